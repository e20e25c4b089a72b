"""The server side of SRP: it agrees with the client's side, and with nothing else."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async.sign_in import _srp
from cognito_async.sign_in._modpow import run
from cognito_async.testing._srp_server import (
    ServerExchange,
    is_current,
    make_verifier,
    parse_public_value,
    parse_timestamp,
)

VECTORS = json.loads((Path(__file__).parents[1] / "sign_in" / "srp_vectors.json").read_text(encoding="utf-8"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NOW = datetime(2023, 9, 5, 7, 4, 3, tzinfo=UTC)
STAMP = "Tue Sep 5 07:04:03 UTC 2023"


def prove(
    server_password: str, client_password: str, *, group: str, name: str, salt: int, secret: int
) -> bool:
    client = _srp.Exchange(secret)
    server = ServerExchange(
        group=group,
        name=name,
        salt=salt,
        verifier=make_verifier(group, name, server_password, salt),
        public=parse_public_value(run(client.public_value())),
    )
    told = server.parameters
    signature = run(
        client.signature(
            group=group,
            name=name,
            password=client_password,
            salt=told["SALT"],
            srp_b=told["SRP_B"],
            secret_block=told["SECRET_BLOCK"],
            timestamp=STAMP,
        )
    )
    assert not server.is_signed(signature, STAMP.replace("03", "04"))
    return server.is_signed(signature, STAMP)


@settings(max_examples=20, deadline=None)
@given(
    password=TEXTS,
    group=TEXTS,
    name=TEXTS,
    salt=st.integers(0, 2**128 - 1),
    secret=st.integers(2**10, 2**256 - 1),
)
def test_the_right_password_is_accepted_and_another_is_not(
    password: str, group: str, name: str, salt: int, secret: int
) -> None:
    assert prove(password, password, group=group, name=name, salt=salt, secret=secret)
    assert not prove(password, f"{password}x", group=group, name=name, salt=salt, secret=secret)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_vectors_of_other_implementations(vector: dict[str, str]) -> None:
    server = ServerExchange(
        group=vector["group"],
        name=vector["user"],
        salt=int(vector["salt"], 16),
        verifier=make_verifier(vector["group"], vector["user"], vector["password"], int(vector["salt"], 16)),
        public=parse_public_value(vector["A"]),
        secret=int(vector["b"], 16),
    )
    assert server.parameters["SRP_B"] == vector["B"]
    server._block = b64decode(vector["block"])
    assert server.is_signed(vector["sig"], vector["ts"])


@pytest.mark.parametrize(
    "text", ["0", f"{_srp.N:x}", f"{_srp.N + 1:x}", "0x12", "", "-1", "g", " 1", "1" * 1025]
)
def test_a_public_value_that_is_unsafe_or_malformed(text: str) -> None:
    with pytest.raises(ValueError, match=r"SRP_A|hexadecimal"):
        parse_public_value(text)


def test_the_largest_and_smallest_public_value() -> None:
    assert parse_public_value("1") == 1
    assert parse_public_value(f"{_srp.N - 1:X}") == _srp.N - 1


@given(st.integers(0, 253402300799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_timestamps_are_read_as_they_are_written(moment: datetime) -> None:
    assert parse_timestamp(_srp.timestamp(moment)) == moment
    assert is_current(_srp.timestamp(moment), moment)


@pytest.mark.parametrize(
    "text",
    ["Tue Sep 05 07:04:03 UTC 2023", "Mon Sep 5 07:04:03 UTC 2023", "Xyz Sep 5 07:04:03 UTC 2023"],
)
def test_a_needless_zero_or_a_wrong_weekday_is_not_current(text: str) -> None:
    assert not is_current(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "2023-09-05T07:04:03Z",
        "Tue Sep 5 7:04:03 UTC 2023",
        "Tue Sep 5 07:04:03 GMT 2023",
        "Tue Sep 5 07:04:03 UTC 23",
        "Tue Feb 30 07:04:03 UTC 2023",
        "Die Sept 5 07:04:03 UTC 2023",
        "Tue Sex 5 07:04:03 UTC 2023",
        "Tue Sep 5 07:04:60 UTC 2023",
        "Tue Sep \u0665 07:04:03 UTC 2023",
        "",
    ],
)
def test_a_timestamp_of_another_form(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        is_current(text, NOW)


@pytest.mark.parametrize(("minutes", "current"), [(0, True), (4, True), (-4, True), (6, False), (-6, False)])
def test_the_window_of_timestamps(minutes: int, *, current: bool) -> None:
    assert is_current(STAMP, NOW + timedelta(minutes=minutes)) is current


def test_an_exchange_shows_no_secret() -> None:
    server = ServerExchange(group="g", name="n", salt=1, verifier=2, public=3)
    assert repr(server) == "<ServerExchange>"
