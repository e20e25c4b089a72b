"""Checks of what callers pass, before anything is sent. Values that may be secrets are never quoted."""

from __future__ import annotations

from cognito_async._errors import InvalidRequestError


def checked_text(where: str, name: str, value: object) -> str:
    """Return a value that must be text and not empty.

    Raises:
        InvalidRequestError: It is not.
    """
    if not isinstance(value, str):
        raise InvalidRequestError(where, [f"{name}: expected str, got {type(value).__name__}"])
    if not value:
        raise InvalidRequestError(where, [f"{name}: expected text, got an empty string"])
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError(where, [f"{name}: contains half of a surrogate pair"]) from None
    return value
