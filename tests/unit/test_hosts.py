"""Which hosts are this machine."""

from __future__ import annotations

import pytest

from cognito_async._hosts import is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "app.localhost",
        "127.0.0.1",
        "127.255.255.254",
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
    ],
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost.",
        "localhost.example.com",
        "notlocalhost",
        "127.example.com",
        "127.0.0.1.example.com",
        "127.999.999.999",
        "127.1",
        "127.0.0.01",
        "0.0.0.0",
        "10.0.0.1",
        "2130706433",
        "0x7f000001",
        "::",
        "::2",
        "::ffff:10.0.0.1",
        "a:b",
    ],
)
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)
