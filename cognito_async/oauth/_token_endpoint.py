"""The token endpoint, and the revocation of refresh tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cognito_async._model.record import Record, field, frozen
from cognito_async.oauth._http import Endpoints, Invalid
from cognito_async.sign_in import Tokens
from cognito_async.sign_in._lifetime import LONGEST_LIFETIME, Lifetime, claimed_lifetime

_DEFAULT_LIFETIME = 3600.0


@frozen(kw_only=True)
class TokenResponse(Record):
    """A response of the token endpoint."""

    access_token: str = field(repr=False)
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lifetime: Lifetime
    """End of the access token, counted from the response."""

    id_lifetime: Lifetime
    """End of the ID token, if there is one."""

    def tokens(self, previous_refresh_token: str | None = None) -> Tokens:
        """Return the tokens; without rotation, the previous refresh token stays."""
        return Tokens(
            access_token=self.access_token,
            id_token=self.id_token,
            refresh_token=self.refresh_token or previous_refresh_token,
            expires_at=datetime.fromtimestamp(self.lifetime.date, UTC),
        )


async def request_tokens(
    endpoints: Endpoints, form: Mapping[str, str], *, idempotent: bool
) -> tuple[TokenResponse, Invalid]:
    """Return the tokens for a grant; and how to reject the response.

    Raises:
        OAuthError: The endpoint returned an error.
        InvalidResponseError: The response has no usable tokens.
        CognitoError: Other errors of the request.
    """
    body, invalid = await endpoints.json(
        "OAuthToken", "POST", "/oauth2/token", form=form, idempotent=idempotent
    )
    access_token = _token(body, "access_token", invalid)
    if access_token is None:
        raise invalid("there is no access token")
    kind = body.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise invalid("the token type is not Bearer")
    seconds = body.get("expires_in")
    if seconds is None:
        seconds = claimed_lifetime(access_token) or _DEFAULT_LIFETIME
    if type(seconds) not in (int, float) or not 0 < seconds <= LONGEST_LIFETIME:
        raise invalid("the lifetime of the access token is not a number of seconds")
    id_token = _token(body, "id_token", invalid)
    response = TokenResponse(
        access_token=access_token,
        id_token=id_token,
        refresh_token=_token(body, "refresh_token", invalid),
        lifetime=Lifetime.starting_now(endpoints.app, seconds),
        id_lifetime=Lifetime.starting_now(endpoints.app, claimed_lifetime(id_token) or seconds),
    )
    return response, invalid


async def revoke(endpoints: Endpoints, refresh_token: str) -> None:
    """Revoke a refresh token, and the access tokens made from it."""
    await endpoints.send("OAuthRevoke", "POST", "/oauth2/revoke", form={"token": refresh_token})


def _token(body: Mapping[str, Any], name: str, invalid: Invalid) -> str | None:
    """Return a token of a response, which must fit into a header; None if there is none."""
    value = body.get(name)
    if value is None:
        return None
    if (
        not isinstance(value, str)
        or not value
        or not value.isascii()
        or not value.isprintable()
        or " " in value
    ):
        raise invalid(f"{name} is not a token")
    return value
