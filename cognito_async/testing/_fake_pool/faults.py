"""Error responses of the fake service."""

from __future__ import annotations

WRONG_PASSWORD = "Incorrect username or password."  # noqa: S105  a message


class Fault(Exception):
    """An error that the service returns.

    Args:
        code: Name of the error, such as ``NotAuthorizedException``.
        message: Text of the error.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def not_authorized(message: str = WRONG_PASSWORD) -> Fault:
    """Return the error for a wrong password, session, token or hash."""
    return Fault("NotAuthorizedException", message)


def invalid_parameter(message: str) -> Fault:
    """Return the error for a wrong parameter."""
    return Fault("InvalidParameterException", message)


def not_found(message: str) -> Fault:
    """Return the error for a pool, app client or device that does not exist."""
    return Fault("ResourceNotFoundException", message)


def user_not_found() -> Fault:
    """Return the error for a user that does not exist."""
    return Fault("UserNotFoundException", "User does not exist.")


def invalid_session(reason: str = "") -> Fault:
    """Return the error for a session that cannot be used."""
    return not_authorized(f"Invalid session for the user{f', {reason}' if reason else ''}.")


def code_mismatch() -> Fault:
    """Return the error for a wrong code."""
    return Fault("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> Fault:
    """Return the error for a code that is too old."""
    return Fault("ExpiredCodeException", "Invalid code provided, please request a code again.")
