"""Error responses of the fake service."""

from __future__ import annotations

WRONG_PASSWORD = "Incorrect username or password."  # noqa: S105  a message


class FaultError(Exception):
    """An error that the service returns.

    Args:
        code: Name of the error, such as ``NotAuthorizedException``.
        message: Text of the error.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def not_authorized(message: str = WRONG_PASSWORD) -> FaultError:
    """Return the error for a wrong password, session, token or hash."""
    return FaultError("NotAuthorizedException", message)


def invalid_parameter(message: str) -> FaultError:
    """Return the error for a wrong parameter."""
    return FaultError("InvalidParameterException", message)


def not_found(message: str) -> FaultError:
    """Return the error for a pool, app client or device that does not exist."""
    return FaultError("ResourceNotFoundException", message)


def user_not_found() -> FaultError:
    """Return the error for a user that does not exist."""
    return FaultError("UserNotFoundException", "User does not exist.")


def invalid_session(reason: str = "") -> FaultError:
    """Return the error for a session that cannot be used."""
    return not_authorized(f"Invalid session for the user{f', {reason}' if reason else ''}.")


def code_mismatch() -> FaultError:
    """Return the error for a wrong code."""
    return FaultError("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> FaultError:
    """Return the error for a code that is too old."""
    return FaultError("ExpiredCodeException", "Invalid code provided, please request a code again.")
