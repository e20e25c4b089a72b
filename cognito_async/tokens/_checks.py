"""Single checks of a token; each raises the error that says what is wrong."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from typing import Any

from cognito_async._errors import InvalidRequestError
from cognito_async.tokens._claims import AccessClaims, Claims, IdClaims, Kind, required_time, time_claim
from cognito_async.tokens._errors import (
    ExpiredTokenError,
    MalformedTokenError,
    MissingGroupError,
    MissingScopeError,
    NotYetValidError,
    WrongAudienceError,
    WrongClientError,
    WrongNonceError,
    WrongUseError,
)
from cognito_async.tokens._settings import duration, required_names

MAX_LENGTH = 32 * 1024
"""Characters of the longest token; most servers accept no more than 8 to 16 KiB of headers."""


def checked_token(token: object) -> bytes:
    """Return a token as bytes.

    Raises:
        MalformedTokenError: It is not ASCII text, or too long.
    """
    if not isinstance(token, str):
        raise MalformedTokenError(f"expected text, got {type(token).__name__}")
    if len(token) > MAX_LENGTH:
        raise MalformedTokenError(f"the token is longer than {MAX_LENGTH} characters")
    if not token.isascii():
        raise MalformedTokenError("the token has characters that are not ASCII")
    return token.encode("ascii")


# ``iat`` is not checked: the clock of the service may be a second ahead.


def check_expiry(payload: Mapping[str, Any], now: float, leeway: float) -> None:
    """Check ``exp``, which is required.

    Raises:
        MalformedTokenError: It is missing or not a time.
        ExpiredTokenError: The token has expired.
    """
    required_time(payload, "exp")
    late = now - payload["exp"]
    if late >= leeway:
        raise ExpiredTokenError(f"the token expired {duration(late)} ago")


def check_not_before(payload: Mapping[str, Any], now: float, leeway: float) -> None:
    """Check ``nbf``, if there is one.

    Raises:
        MalformedTokenError: It is not a time.
        NotYetValidError: The token is not valid yet.
    """
    if time_claim(payload, "nbf") is not None and (early := payload["nbf"] - now) > leeway:
        raise NotYetValidError(f"the token is valid in {duration(early)}")


def check_use(payload: Mapping[str, Any], kind: Kind[Any]) -> None:
    """Check that a token is of a kind.

    Raises:
        WrongUseError: It is of another one.
    """
    if payload.get("token_use") != kind.use:
        raise WrongUseError(f"the token is not an {kind.name} token")


def check_client(claims: Claims, client_ids: frozenset[str] | None) -> None:
    """Check that a token was issued to one of some app clients; None accepts all.

    Raises:
        WrongClientError: It was issued to another one.
    """
    if client_ids is not None and claims.client_id not in client_ids:
        raise WrongClientError("the token was issued to another app client")


def check_scopes(claims: AccessClaims, own: frozenset[str], scopes: str | Collection[str] | None) -> None:
    """Check that a token has all scopes.

    Raises:
        MissingScopeError: It lacks some.
        InvalidRequestError: ``scopes`` is empty or not text.
    """
    if scopes is not None:
        own |= required_names("scopes", scopes)
    if missing := own - claims.scopes:
        raise MissingScopeError(missing, own)


def check_audience(claims: AccessClaims, audience: frozenset[str] | None) -> None:
    """Check that an access token is bound to one of the verifier's APIs, if it names some.

    Raises:
        WrongAudienceError: It is bound to another one, or to none.
    """
    if audience is not None and audience.isdisjoint(claims.audience):
        bound = "another API" if claims.audience else "no API"
        raise WrongAudienceError(f"the token is bound to {bound}")


def check_groups(claims: Claims, own: frozenset[str], groups: str | Collection[str] | None) -> None:
    """Check that a user is in one of the verifier's groups and in one of the call's.

    Raises:
        MissingGroupError: The user is in none of them.
        InvalidRequestError: ``groups`` is empty or not text.
    """
    for required in (own, required_names("groups", groups)):
        if required and required.isdisjoint(claims.groups):
            raise MissingGroupError(required)


def check_nonce(claims: IdClaims, nonce: str | None) -> None:
    """Check the nonce, in constant time, if there is one.

    Raises:
        WrongNonceError: The token has none or another one.
        InvalidRequestError: ``nonce`` is empty or not text.
    """
    if nonce is None:
        return
    if not isinstance(nonce, str) or not nonce:
        problem = "nonce: expected text, or None for a sign-in without a nonce"
        raise InvalidRequestError("TokenVerifier.id", [problem])
    if not hmac.compare_digest(_bytes(claims.nonce or ""), _bytes(nonce)):
        raise WrongNonceError("the nonce of the token is not that of the authorization request")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
