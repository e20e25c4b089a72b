"""How long tokens are valid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

from cognito_async._model.record import Record, frozen
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._tokens import Tokens, unverified_claims

_EARLY = 60.0
"""Seconds before its end at which a token is replaced; for a short one, half of its lifetime."""
LONGEST_LIFETIME = 366 * 24 * 3600
"""Seconds; the service allows a day."""


@frozen
class Lifetime(Record):
    """The end of a token, by the date and by the monotonic clock.

    The monotonic clock may stand still while a machine sleeps, and the date may be set back: the one that
    shows less time counts.
    """

    date: float
    monotonic: float = float("inf")
    early: float = _EARLY
    """Seconds before the end at which the token is replaced."""

    @classmethod
    def starting_now(cls, app: App, seconds: float) -> Self:
        """Return the lifetime of a token that the service has just made."""
        return cls(app.now() + seconds, app.monotonic() + seconds, min(_EARLY, seconds / 2))

    @classmethod
    def of_access_token(cls, tokens: Tokens | None) -> Self:
        """Return the lifetime of a stored access token; it has ended if there is none."""
        return cls(0.0 if tokens is None else tokens.expires_at.timestamp())

    @classmethod
    def of_id_token(cls, tokens: Tokens | None) -> Self:
        """Return the lifetime of a stored ID token; it has ended if there is none that says its end."""
        end = _seconds(unverified_claims(None if tokens is None else tokens.id_token), "exp")
        return cls(0.0 if end is None else end)

    def seconds_left(self, app: App) -> float:
        """Return the seconds until the end, negative after it."""
        return min(self.date - app.now(), self.monotonic - app.monotonic())


def claimed_lifetime(token: str | None) -> float | None:
    """Return the seconds from ``iat`` to ``exp`` of a token; None if it does not say them."""
    claims = unverified_claims(token)
    start, end = _seconds(claims, "iat"), _seconds(claims, "exp")
    if start is None or end is None:
        return None
    return end - start


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a claim that is a number of seconds; None if it is something else, or not finite."""
    value = claims.get(name)
    try:
        number = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:  # JSON has integers of any size
        return None
    return number if math.isfinite(number) else None
