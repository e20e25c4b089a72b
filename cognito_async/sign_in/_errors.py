"""Errors of sign-in: the service has one code for many of them, and its text tells them apart."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TypeVar

from cognito_async._errors import (
    CognitoError,
    ConnectionLostError,
    ReadTimeoutError,
    ServiceError,
    TransportError,
)
from cognito_async.errors import NotAuthorizedException, RefreshTokenReuseException

T = TypeVar("T")
ErrorT = TypeVar("ErrorT", bound=ServiceError)

_SERVER_ERROR = 500


class SignInError(NotAuthorizedException):
    """The service refused a step of a sign-in; the subclasses say why."""


class WrongPasswordError(SignInError):
    """User name or password is wrong; pools that hide whether a user exists answer so for unknown users too.

    The service answers the same if the clock of this machine is far off.
    """


class AttemptsExceededError(SignInError):
    """Too many wrong passwords: the user is locked out, at first for a second, then for up to 15 minutes."""


class SessionExpiredError(SignInError):
    """The sign-in took longer than the app client allows (3 to 15 minutes), or a step was answered twice."""


class SecretHashError(SignInError):
    """The secret hash is wrong, missing, or sent for an app client without a secret."""


class UserDisabledError(SignInError):
    """The user is disabled."""


class DeviceRefusedError(SignInError):
    """The proof of the device is wrong, such as after a change of its password in your store."""


class WrongAnswerError(SignInError):
    """The answer to a custom challenge is wrong."""


class SignedOutError(CognitoError):
    """The session has ended: the user has to sign in again. ``__cause__`` is the service's error, if any."""


class RefreshTokenReusedError(SignedOutError, RefreshTokenReuseException):
    """The refresh token was used before, by somebody else or by another session; the session has ended."""


_BY_TEXT: tuple[tuple[str, type[SignInError]], ...] = (
    ("incorrect username or password", WrongPasswordError),
    ("attempts exceeded", AttemptsExceededError),
    ("invalid session", SessionExpiredError),
    ("session is expired", SessionExpiredError),
    ("secret hash", SecretHashError),
    ("secret_hash", SecretHashError),
    ("client secret", SecretHashError),
    ("user is disabled", UserDisabledError),
)


# What a wrong password means at other challenges than those for the user's password.
_BY_CHALLENGE: Mapping[str, type[SignInError]] = {
    "DEVICE_SRP_AUTH": DeviceRefusedError,
    "DEVICE_PASSWORD_VERIFIER": DeviceRefusedError,
    "CUSTOM_CHALLENGE": WrongAnswerError,
}


def refined(error: NotAuthorizedException, challenge: str = "") -> NotAuthorizedException:
    """Return the error as the subclass for its text and challenge; unchanged if the text is unknown."""
    text = error.message.lower()
    for part, cls in _BY_TEXT:
        if part in text:
            if cls is WrongPasswordError:
                return converted(error, _BY_CHALLENGE.get(challenge, cls))
            return converted(error, cls)
    return error


def converted(error: ServiceError, cls: type[ErrorT]) -> ErrorT:
    """Return an error of the service as one of another class, with all its facts."""
    new = cls.__new__(cls)
    new.args = error.args
    new.__dict__.update(error.__dict__)
    return new


def response_lost(error: TransportError | ServiceError) -> bool:
    """Return whether the service may have carried out the request although there is no usable response."""
    if isinstance(error, ServiceError):
        return error.status >= _SERVER_ERROR
    return isinstance(error, ConnectionLostError | ReadTimeoutError)


async def with_refined_errors(call: Awaitable[T], challenge: str = "") -> T:
    """Await a call, and raise ``NotAuthorizedException`` as the subclass for its text."""
    try:
        return await call
    except NotAuthorizedException as error:
        raise refined(error, challenge) from None
