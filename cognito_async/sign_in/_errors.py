"""Errors of sign-in: the service has one code for many of them, and its text tells them apart."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from cognito_async._errors import CognitoError
from cognito_async.errors import NotAuthorizedException

T = TypeVar("T")


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


class SignedOutError(CognitoError):
    """The session has ended: the user has to sign in again. ``__cause__`` is the service's error, if any."""


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


def refined(error: NotAuthorizedException) -> NotAuthorizedException:
    """Return the error as the subclass for its text; unchanged if the text is unknown."""
    text = error.message.lower()
    for part, cls in _BY_TEXT:
        if part in text:
            new: Any = cls.__new__(cls)
            new.args = error.args
            new.__dict__.update(error.__dict__)
            return new  # type: ignore[no-any-return]
    return error


async def with_refined_errors(call: Awaitable[T]) -> T:
    """Await a call, and raise ``NotAuthorizedException`` as the subclass for its text."""
    try:
        return await call
    except NotAuthorizedException as error:
        raise refined(error) from None
