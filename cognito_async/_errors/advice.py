"""Advice for errors of the service: by text for codes with several meanings, else by code or HTTP status."""

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

_REVOKED = "The user must sign in again: the token was revoked or has expired, or the user was signed out."

# Codes that the model uses for several causes: a part of the message in lower case, and the advice. The first
# part that fits counts. AWS does not document the messages: any other one has the general advice of the code.
_BY_TEXT: Mapping[str, Mapping[str, str]] = {
    "CodeMismatchException": {
        "auth state": (
            "Let the user enter the code again, with the latest session of the sign-in; if it fails again, "
            "start the sign-in again."
        ),
    },
    "ExpiredCodeException": {
        "software token": (
            "Wait for the next code of the authenticator app, at most 30 seconds: each code is valid once."
        ),
    },
    "LimitExceededException": {
        "attempt limit exceeded": (
            "Wait until the attempt limit of this user resets, which takes minutes to hours; a retry fails "
            "until then."
        ),
    },
    "NotAuthorizedException": {
        "failed with error": (
            "A Lambda trigger rejected the request: the message is from the function, and its log in "
            "CloudWatch has the reason."
        ),
        "incorrect username or password": (
            "Let the user enter both again, and start the sign-in again. An unknown user has the same error "
            "if prevent_user_existence_errors of the app client is enabled."
        ),
        "password attempts exceeded": (
            "Wait before the next sign-in: wrong passwords lock the user out, longer each time, up to 15 "
            "minutes; every sign-in fails until then."
        ),
        "invalid session": (
            "Start the sign-in again: a session is valid for auth_session_validity of the app client, 3 to "
            "15 minutes, and for one successful answer. Each answer needs the session of the latest "
            "response."
        ),
        "verify secret hash": (
            "Check client id and secret, and the name in the hash: the username of the request. Answers to "
            "challenges need the USERNAME of the challenge, and REFRESH_TOKEN_AUTH needs the username of "
            "the access token, not an email address or phone number."
        ),
        "was not received": (
            "Pass a secret hash exactly if the app client has a secret: secret_hash, or SECRET_HASH among "
            "the parameters of a sign-in."
        ),
        "user is disabled": "Enable the user with admin_enable_user; until then every sign-in fails.",
        "temporary password has expired": (
            "Invite the user again: admin_create_user with message_action RESEND, or set a password with "
            "admin_set_user_password."
        ),
        "invalid refresh token": (
            "Pass the refresh token to the app client that issued it; with device tracking, also the "
            "device_key of the confirmed device. Otherwise the user must sign in again."
        ),
        "token has been revoked": _REVOKED,
        "refresh token has expired": _REVOKED,
        "access token has expired": (
            "Get a new access token with the refresh token; if that fails too, the user must sign in again."
        ),
        "invalid access token": (
            "Pass the access token unchanged, not the ID token, to the Region of the pool that issued it."
        ),
        "required scopes": (
            "Use an access token with the scope aws.cognito.signin.user.admin: of a sign-in without a "
            "browser, or of an authorization that requests this scope."
        ),
    },
    "SoftwareTokenMFANotFoundException": {
        "for the user": (
            "Set up TOTP for the user with associate_software_token and verify_software_token, or let the "
            "user choose another factor."
        ),
    },
}


def advice_by_text(code: str, message: str) -> str:
    """Return what to do next according to the message of a modeled error; empty if the message is unknown."""
    text = message.lower()
    return next((advice for part, advice in _BY_TEXT.get(code, {}).items() if part in text), "")


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
