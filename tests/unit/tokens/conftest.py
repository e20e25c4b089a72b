"""Verifiers with a clock that tests set, and without network."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async.tokens import TokenVerifier
from support import tokens


class Clock:
    """Time of day and monotonic time."""

    def __init__(self) -> None:
        self.now = float(tokens.NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_verifier(clock: Clock) -> Any:
    """Return a function that creates a verifier with this clock, and by default with one key."""

    def make(*arguments: Any, **settings: Any) -> TokenVerifier:
        defaults: dict[str, Any] = {"client_id": tokens.CLIENT}
        if "transport" not in settings:
            defaults["jwks"] = tokens.jwks()
        verifier = TokenVerifier(*(arguments or (tokens.POOL,)), **{**defaults, **settings})
        verifier._set_clock(clock)
        return verifier

    return make
