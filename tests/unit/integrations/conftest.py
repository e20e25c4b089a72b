"""A verifier with keys that are there, and one whose keys cannot be fetched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cognito_async.errors import ConnectError
from cognito_async.tokens import TokenVerifier
from support.tokens import CLIENT, NOW, POOL, jwks
from support.transports import ScriptedTransport


@pytest.fixture
def make_verifier() -> Callable[..., TokenVerifier]:
    def make(**settings: Any) -> TokenVerifier:
        keys = {} if "transport" in settings else {"jwks": jwks()}
        verifier = TokenVerifier(**{"user_pool_id": POOL, "client_id": CLIENT, **keys, **settings})
        verifier._set_clock(lambda: NOW)
        return verifier

    return make


@pytest.fixture
def verifier(make_verifier: Callable[..., TokenVerifier]) -> TokenVerifier:
    return make_verifier()


@pytest.fixture
def without_keys(make_verifier: Callable[..., TokenVerifier]) -> TokenVerifier:
    failure = ConnectError("no connection")
    return make_verifier(transport=ScriptedTransport(*[failure] * 10))
