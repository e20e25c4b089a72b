"""Errors of the OAuth 2.0 endpoints and of callbacks."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from cognito_async._errors import CognitoError, ServiceError
from cognito_async._errors.service import TOO_MANY_REQUESTS
from cognito_async.errors import TooManyRequestsException
from cognito_async.transport import HTTPResponse

_LONGEST_TEXT = 300
_SHORTEST_SECRET = 8
"""Characters; to replace a shorter text would tear messages apart, and no secret of the service is."""
CALLBACK = "OAuthAuthorize"
"""Name for errors of what comes back by the browser."""
CODE = r"[\x20-\x21\x23-\x5B\x5D-\x7E]{1,60}"  # the characters of RFC 6749, section 5.2
_LONG_WORD = r"[A-Za-z0-9_~+/-]{12,}"  # as in secrets; a dot separates the parts of a token
_CHALLENGE = r'error="([^"]*)"'
_CHALLENGE_DESCRIPTION = r'error_description="([^"]*)"'

_ADVICE: Mapping[str, str] = {
    "access_denied": (
        "The user or the identity provider refused, or a Lambda trigger did: the description says more. "
        "Offer the user to start again."
    ),
    "consent_required": "Start again without prompt=none, so that the user can agree.",
    "interaction_required": "Start again without prompt=none, so that the user sees the page.",
    "invalid_client": (
        "Check client id and client secret: the app client must exist and belong to this domain."
    ),
    "invalid_grant": (
        "Start the sign-in again: a code is valid once and for five minutes, with the redirect URI and the "
        "verifier that it was requested with; a refresh token may be revoked or expired."
    ),
    "invalid_request": (
        "Check that redirect and logout URLs are registered with the app client exactly as they are here, "
        "and that the parameters are those of the service."
    ),
    "invalid_scope": "Allow the scopes for the app client, or ask only for those that it allows.",
    "invalid_token": "Get a new access token, with the scope openid: the user signed out, or it has expired.",
    "login_required": "Start again without prompt=none: the browser has no session with managed login.",
    "server_error": (
        "Retry later; if a Lambda trigger or an identity provider failed, its log has the reason."
    ),
    "temporarily_unavailable": "Retry later.",
    "unauthorized_client": (
        "Allow the grant for the app client (authorization code or client credentials), and register the "
        "redirect URI exactly as it is here."
    ),
    "unsupported_grant_type": "Allow the grant for the app client; emulators lack some grants.",
    "unsupported_response_type": "Allow the authorization code grant for the app client.",
    "unsupported_token_type": "Pass the refresh token: other tokens cannot be revoked.",
}
_BLOCKED = (
    "A web ACL of AWS WAF, or a proxy or firewall on the way, may have rejected the request: check its "
    "rules, and proxy of client.config."
)
_ELSEWHERE = (
    "Something other than the user pool domain may have responded: check the domain, and proxy of "
    "client.config."
)
_TRIGGER = "The Lambda trigger of the user pool failed: its log in CloudWatch has the reason."
_UNAVAILABLE = "Retry later; if the error persists, check the AWS Health Dashboard."
_UNKNOWN = "See the description, and the pages on this endpoint in AWS's developer guide."

INVALID_RESPONSE_ADVICE = f"The request may have been carried out. {_ELSEWHERE}"
"""Advice for responses that report success and cannot be used."""


class OAuthError(ServiceError):
    """An endpoint of the user pool domain returned an error, or the callback reports one.

    It has the attributes of ``ServiceError``: ``code`` is the error of OAuth 2.0, or the HTTP status if there
    is none, and ``message`` is its description. Too many requests raise ``TooManyRequestsException`` instead.

    An error of a callback has the operation ``OAuthAuthorize`` and the status 302. Its text came through the
    browser, where it can be changed: it is in ``description`` only, names no Lambda trigger, and justifies no
    retry.
    """

    def __init__(
        self, message: str = "", *, code: str, status: int = 400, operation: str = "", **details: Any
    ) -> None:
        self._description = message
        self.advice = _ADVICE.get(code, _UNKNOWN) if operation == CALLBACK else _advice(code, status)
        message = "" if operation == CALLBACK else message
        super().__init__(message, code=code, status=status, operation=operation, **details)
        if self.trigger is not None:
            self.advice = _TRIGGER

    @property
    def error(self) -> str:
        """Error code of OAuth 2.0, such as ``invalid_grant``; the HTTP status if the response has none."""
        return self.code

    @property
    def description(self) -> str:
        """Description of the error, possibly empty. Of a callback, anyone may have written it."""
        return self._description

    @property
    def throttling(self) -> bool:
        """Whether the endpoint rejected the request because there were too many."""
        return self.operation != CALLBACK and super().throttling

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed a little later; that of a browser cannot be repeated."""
        return self.operation != CALLBACK and super().retryable


class CallbackError(CognitoError):
    """The URL that was called back is not the response to the request; no code was exchanged."""

    advice = "Start the sign-in again, with a new request."


class StateMismatchError(CallbackError):
    """The callback does not have the state of the request: another sign-in, or a forged callback.

    Also for a callback with an error, whose text is not shown then.
    """

    advice = (
        "Start the sign-in again. If this happens often, users have two sign-ins open, or the state of the "
        "request was lost: check the cookie (SameSite=Lax, Secure, path)."
    )


def error_of_response(
    operation: str, response: HTTPResponse, attempts: int, secrets: Collection[str]
) -> ServiceError:
    """Return the error for a response whose status is not 2xx; it contains none of the secrets."""
    code, description = _members(response)
    secrets = sorted((each for each in secrets if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)
    description = shown(description, secrets)
    if not re.fullmatch(CODE, code) or _masked(code, secrets) != code:
        code = str(response.status)
        if not description:
            description = _described(response)
    details: dict[str, Any] = {
        "operation": operation,
        "status": response.status,
        "request_id": response.headers.get("x-amzn-requestid") or response.headers.get("x-amz-cf-id"),
        "attempts": attempts,
        "headers": response.headers,
    }
    if response.status == TOO_MANY_REQUESTS:
        return TooManyRequestsException(description, **details)
    return OAuthError(description, code=code, **details)


def shown(text: str, secrets: Collection[str] = ()) -> str:
    """Return text of somebody else for a message: one line, not too long, without secrets."""
    text = _masked(text, secrets)
    text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


def _masked(text: str, secrets: Collection[str]) -> str:
    """Return text without secrets, and without their longer parts: a server may quote a part of a request."""
    for secret in secrets:
        text = text.replace(secret, "***")

    def mask(word: re.Match[str]) -> str:
        return "***" if any(word[0] in secret for secret in secrets) else word[0]

    return re.sub(_LONG_WORD, mask, text)


def _members(response: HTTPResponse) -> tuple[str, str]:
    """Return error and description of a JSON body, else of the header ``WWW-Authenticate``."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        code, description = body.get("error"), body.get("error_description")
        if isinstance(code, str):
            return code, description if isinstance(description, str) else ""
    challenge = response.headers.get("www-authenticate", "")
    found = [re.search(pattern, challenge) for pattern in (_CHALLENGE, _CHALLENGE_DESCRIPTION)]
    code, description = (match[1] if match else "" for match in found)
    return code, description


def _described(response: HTTPResponse) -> str:
    status = response.status
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    if 300 <= status < 400:  # noqa: PLR2004  HTTP
        return f"{phrase}; redirects are not followed"
    if not response.body:
        return phrase
    kind = shown(response.headers.get("content-type", "no content type").partition(";")[0])
    return f"{phrase}; the body is not an error of OAuth 2.0 ({kind}, {len(response.body)} bytes)"


def _advice(code: str, status: int) -> str:
    if code in _ADVICE:
        return _ADVICE[code]
    if status >= 500:  # noqa: PLR2004  HTTP
        return _UNAVAILABLE
    if not code.isdigit():
        return _UNKNOWN
    return _BLOCKED if status == HTTPStatus.FORBIDDEN else _ELSEWHERE
