"""How long tokens are valid."""

from __future__ import annotations

from typing import Self

from cognito_async._model.record import Record, frozen
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._tokens import Tokens, unverified_claims

_EARLY = 60.0
"""Seconds before its end at which a token is replaced; for a short one, half of its lifetime."""


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
        end = unverified_claims(None if tokens is None else tokens.id_token).get("exp")
        return cls(float(end) if isinstance(end, int | float) else 0.0)

    def seconds_left(self, app: App) -> float:
        """Return the seconds until the end, negative after it."""
        return min(self.date - app.now(), self.monotonic - app.monotonic())


def claimed_lifetime(token: str) -> float | None:
    """Return the seconds from ``iat`` to ``exp`` of a token; None if it does not say them."""
    claims = unverified_claims(token)
    start, end = claims.get("iat"), claims.get("exp")
    if isinstance(start, int | float) and isinstance(end, int | float):
        return float(end - start)
    return None
