"""An emulator for the examples of the pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from cognito_async.testing import MotoServer


@pytest.fixture(scope="session")
def _moto() -> Iterator[str]:
    with MotoServer() as emulator:
        yield emulator.url


@pytest.fixture
def moto(_moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Settings in the environment as a reader of the pages has them; returns the emulator's URL."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", _moto)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    level = logging.getLogger("cognito_async").level
    yield _moto
    logging.getLogger("cognito_async").setLevel(level)
