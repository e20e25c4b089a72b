"""Bearer tokens in HTTP (RFC 6750): the token of a request, and the response without a valid one."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import NamedTuple

from cognito_async._errors import CognitoError, ConfigurationError, InvalidRequestError
from cognito_async._messages import safe_repr
from cognito_async.tokens import TokenVerifier
from cognito_async.tokens._claims import AccessClaims
from cognito_async.tokens._errors import (
    ExpiredTokenError,
    KeysUnavailableError,
    MissingGroupError,
    MissingScopeError,
    TokenError,
)
from cognito_async.tokens._settings import required_names

RETRY_AFTER = "2"
"""Seconds to wait if the service names none; a fetch of keys that failed is repeated after one second."""

log = logging.getLogger("cognito_async")

# Text of a quoted-string that needs no escapes, and scope-token of RFC 6749, section 3.3.
_QUOTABLE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


class ErrorResponse(NamedTuple):
    """Response for an error, in the words of no framework."""

    status: HTTPStatus
    detail: str
    headers: dict[str, str]
    code: str | None = None

    @property
    def body(self) -> dict[str, str]:
        """The body, as JSON; without a code, it is that of ``HTTPException`` in FastAPI."""
        return {"detail": self.detail} if self.code is None else {"detail": self.detail, "code": self.code}


async def verify_request(
    verifier: TokenVerifier,
    authorization: Sequence[str],
    *,
    scopes: Collection[str] = (),
    groups: Collection[str] = (),
    realm: str | None = None,
) -> AccessClaims | ErrorResponse | None:
    """Return the claims of the access token of a request, None without a token, or the response.

    Args:
        verifier: Verifies the token.
        authorization: Values of all headers ``Authorization``.
        scopes: The token must have all of these scopes, besides those of the verifier.
        groups: The user must be in at least one of these groups, besides those of the verifier.
        realm: Realm of ``WWW-Authenticate``.
    """
    if not authorization:
        return None
    if len(authorization) > 1:
        return _invalid_request("More than one Authorization header", realm)
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer":
        return None
    if not (token := token.strip(" ")):
        return _invalid_request("No token after Bearer", realm)
    try:
        return await verifier.access(token, scopes=scopes or None, groups=groups or None)
    except TokenError as error:
        response = token_response(error, realm)
        log_response(response, error)
        return response


def not_authenticated(realm: str | None) -> ErrorResponse:
    """Return the response to a request without a token: a challenge without an error code."""
    return ErrorResponse(HTTPStatus.UNAUTHORIZED, "Not authenticated", challenge(realm))


def token_response(error: TokenError, realm: str | None) -> ErrorResponse:
    """Return the response for a token that was rejected. It says nothing about the token but "expired"."""
    match error:
        case KeysUnavailableError():
            text = "The access token cannot be checked at the moment"
            return ErrorResponse(HTTPStatus.SERVICE_UNAVAILABLE, text, {"Retry-After": RETRY_AFTER})
        case MissingScopeError(required=scopes):
            text = "The access token lacks a required scope"
            headers = challenge(realm, "insufficient_scope", text, scopes)
            return ErrorResponse(HTTPStatus.FORBIDDEN, text, headers)
        case MissingGroupError():
            text = "The user is in no group that has access"
            return ErrorResponse(HTTPStatus.FORBIDDEN, text, challenge(realm, "insufficient_scope", text))
        case _:
            expired = isinstance(error, ExpiredTokenError)
            text = "The access token has expired" if expired else "The access token is invalid"
            return ErrorResponse(HTTPStatus.UNAUTHORIZED, text, challenge(realm, "invalid_token", text))


def challenge(
    realm: str | None, error: str | None = None, description: str | None = None, scopes: Collection[str] = ()
) -> dict[str, str]:
    """Return the header ``WWW-Authenticate``; scopes that it cannot contain are left out."""
    scope = " ".join(sorted(scopes)) if all(map(_SCOPE.fullmatch, scopes)) else ""
    values = {"realm": realm, "error": error, "error_description": description, "scope": scope}
    parameters = ", ".join(f'{name}="{value}"' for name, value in values.items() if value)
    return {"WWW-Authenticate": f"Bearer {parameters}".rstrip()}


def log_response(response: ErrorResponse, error: CognitoError) -> None:
    """Write one record: INFO for errors of callers, WARNING for temporary ones, else ERROR with traceback."""
    temporary = response.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
    if response.status < HTTPStatus.INTERNAL_SERVER_ERROR or temporary:
        level, traceback = logging.WARNING if temporary else logging.INFO, None
    else:
        level, traceback = logging.ERROR, error
    name = type(error).__name__
    log.log(level, "responded with HTTP %d to %s: %s", response.status, name, error, exc_info=traceback)


def _invalid_request(text: str, realm: str | None) -> ErrorResponse:
    return ErrorResponse(HTTPStatus.BAD_REQUEST, text, challenge(realm, "invalid_request", text))


# Arguments


def check_verifier(verifier: object) -> None:
    """Check that it is a verifier, or a function that can return one.

    Raises:
        ConfigurationError: It is something else.
    """
    if not isinstance(verifier, TokenVerifier) and not callable(verifier):
        expected = "a TokenVerifier or a function that returns one"
        raise ConfigurationError(f"verifier: expected {expected}, got {type(verifier).__name__}")


def checked_realm(realm: str | None) -> str | None:
    """Return a realm for ``WWW-Authenticate``.

    Raises:
        ConfigurationError: It is not ASCII text that can stand between quotes.
    """
    if realm is None or (isinstance(realm, str) and _QUOTABLE.fullmatch(realm)):
        return realm
    raise ConfigurationError(f"realm: expected ASCII text without quotes and \\, got {safe_repr(realm)}")


def checked_scopes(scopes: str | Collection[str] | None) -> frozenset[str]:
    """Return required scopes; None is none.

    Raises:
        InvalidRequestError: They are not text, empty, or no token can have one of them.
    """
    names = required_names("scopes", scopes)
    for each in sorted(names):
        if not _SCOPE.fullmatch(each):
            expected = "ASCII text without spaces and quotes, or a list of it"
            problem = f"scopes: expected {expected}, got {safe_repr(each)}"
            raise InvalidRequestError("TokenVerifier", [problem])
    return names


def checked_groups(groups: str | Collection[str] | None) -> frozenset[str]:
    """Return required groups; None is none.

    Raises:
        InvalidRequestError: They are not text, or empty.
    """
    return required_names("groups", groups)
