"""What to do next after an error of the service that the model does not know, by its code or HTTP status."""

from __future__ import annotations

from collections.abc import Mapping

_BLOCKED = (
    "Something before the service refused, a proxy or firewall perhaps: look at proxy and endpoint_url of "
    "client.config."
)
_ELSEWHERE = (
    "Something else than the service may have answered: look at endpoint_url and proxy of client.config."
)
_EXPIRED = (
    "Get new credentials, for example by signing in again (aws sso login); a credentials provider that says "
    "expires_at is asked in time."
)
_NEW = "This release does not know the code: the operation's page in AWS's API reference may."
_SIGNATURE = (
    "Look at the secret access key and at the clock of this machine; see that no proxy changes the request."
)
_THROTTLED = 'Send fewer requests at a time, or make the client with retry_mode="adaptive".'
_UNAVAILABLE = (
    "Try again later; if it goes on, look at the AWS Health Dashboard, and give support the request id."
)
_UNKNOWN_KEY = (
    "The access key is not known: look whether it was deleted or switched off, and whether temporary "
    "credentials came with their session token."
)
_UNSIGNED = "The signature did not arrive: see that no proxy takes the Authorization header away."
_UNSUPPORTED = (
    "What answers does not know this operation: look at endpoint_url of client.config; emulators lack some."
)

_BY_CODE: Mapping[str, str] = {
    "AccessDenied": "Allow the action in the IAM policy of the credentials that signed the request.",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "IncompleteSignature": _SIGNATURE,
    "IncompleteSignatureException": _SIGNATURE,
    "InternalFailure": _UNAVAILABLE,
    "InvalidAction": _UNSUPPORTED,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "InvalidSignatureException": _SIGNATURE,
    "MissingAuthenticationToken": _UNSIGNED,
    "MissingAuthenticationTokenException": _UNSIGNED,
    "OptInRequired": "Enable the Region in the account, or choose another one.",
    "RequestExpired": _SIGNATURE,
    "RequestInTheFuture": _SIGNATURE,
    "RequestTimeTooSkewed": _SIGNATURE,
    "SerializationException": (
        "A value in the request is of a type that the service does not read: compare it with the reference."
    ),
    "SignatureDoesNotMatch": _SIGNATURE,
    "UnknownOperationException": _UNSUPPORTED,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "ValidationException": "Correct what the message names.",
}

_BY_STATUS: Mapping[int, str] = {
    403: _BLOCKED,
    407: "Give user and password in the URL of the proxy.",
    413: "Send less in one request.",
    501: _UNSUPPORTED,
}


def advice_for(code: str, status: int, *, throttling: bool) -> str:
    """Return what to do next."""
    if throttling:
        return _THROTTLED
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status >= 500 and status not in _BY_STATUS:  # noqa: PLR2004  HTTP
        return _UNAVAILABLE
    if not code.isdigit():
        return _NEW
    return _BY_STATUS.get(status, _ELSEWHERE)
