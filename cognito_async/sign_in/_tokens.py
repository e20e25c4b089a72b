"""Tokens of a signed-in user."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

from cognito_async._errors import InvalidRequestError
from cognito_async._model.record import Record, field, frozen
from cognito_async.sign_in import _state
from cognito_async.sign_in._inputs import required_text

_KIND = "token set"


def _aware(_tokens: object, _attribute: object, value: datetime) -> None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        kind = "one without" if isinstance(value, datetime) else type(value).__name__
        raise InvalidRequestError("Tokens", [f"expires_at: expected a datetime with a time zone, got {kind}"])


@frozen(kw_only=True)
class Tokens(Record):
    """Tokens of a signed-in user; their ``repr`` is masked."""

    access_token: str = field(repr=False, validator=required_text)
    """Access token, a JWT for this API and for yours."""

    id_token: str | None = field(default=None, repr=False)
    """ID token, a JWT with the user's attributes."""

    refresh_token: str | None = field(default=None, repr=False)
    """Refresh token; it is the secret that keeps the user signed in."""

    expires_at: datetime = field(validator=_aware)
    """When the access token expires, with a time zone."""

    def to_state(self) -> str:
        """Return the tokens as text, neither encrypted nor signed: keep it on the server."""
        return _state.dump(
            _KIND,
            {
                "access": self.access_token,
                "id": self.id_token,
                "refresh": self.refresh_token,
                "expires": self.expires_at.timestamp(),
            },
        )

    @classmethod
    def from_state(cls, text: str) -> Self:
        """Return the tokens that ``to_state`` wrote.

        Raises:
            InvalidRequestError: The text does not come from ``to_state``.
        """
        state = _state.load(_KIND, text)
        try:
            expires_at = datetime.fromtimestamp(state["expires"], UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise _state.invalid(_KIND, "the time is missing; the text was changed") from None
        return cls(
            access_token=_state.text(state, "access"),
            id_token=state.get("id") and _state.text(state, "id"),
            refresh_token=state.get("refresh") and _state.text(state, "refresh"),
            expires_at=expires_at,
        )


def unverified_claims(token: str | None) -> Mapping[str, Any]:
    """Return the claims of a token that came from the service itself; empty if it is no JWT.

    Nothing is verified: a token from anywhere else needs a verifier.
    """
    try:
        _, payload, _ = (token or "").split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        claims = None
    return MappingProxyType(claims if isinstance(claims, dict) else {})
