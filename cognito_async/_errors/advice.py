"""Advice for errors of the service that are not in the model, by code or HTTP status."""

from __future__ import annotations

from collections.abc import Mapping

_BLOCKED = (
    "A proxy or firewall on the way may have rejected the request: check proxy and endpoint_url of "
    "client.config."
)
_ELSEWHERE = (
    "Something other than the service may have responded: check endpoint_url and proxy of client.config."
)
_EXPIRED = (
    "Get new credentials, for example by signing in again (aws sso login). A credentials provider that "
    "sets expires_at is called before they expire."
)
_NEW = "The code is unknown to this release: see the operation's page in AWS's API reference."
_SIGNATURE = (
    "Check the secret access key and the clock of this machine, and that no proxy changes the request."
)
_THROTTLED = 'Send fewer requests at a time, or create the client with retry_mode="adaptive".'
_UNAVAILABLE = (
    "Retry later; if the error persists, check the AWS Health Dashboard, and send AWS support the request id."
)
_UNKNOWN_KEY = (
    "The access key is unknown: check that it was not deleted or deactivated, and that temporary credentials "
    "include their session token."
)
_UNSIGNED = "The signature did not arrive: check that no proxy removes the Authorization header."
_UNSUPPORTED = (
    "The endpoint does not support this operation: check endpoint_url of client.config; emulators lack some."
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
        "A value in the request has a type that the service cannot read: compare it with the reference."
    ),
    "SignatureDoesNotMatch": _SIGNATURE,
    "UnknownOperationException": _UNSUPPORTED,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "ValidationException": "Correct the values that the message names.",
}

_BY_STATUS: Mapping[int, str] = {
    403: _BLOCKED,
    407: "Put user and password into the URL of the proxy.",
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
