"""Checks of what callers pass, before anything is sent. Values that may be secrets are never quoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cognito_async._errors import InvalidRequestError

T = TypeVar("T")

_TOTP_DIGITS = 6


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
        pass  # it holds the text
    else:
        return value
    raise InvalidRequestError(where, [f"{name}: contains half of a surrogate pair"])


def checked_type(where: str, name: str, value: object, cls: type[T]) -> T:
    """Return a value that must be of a class.

    Raises:
        InvalidRequestError: It is not.
    """
    if not isinstance(value, cls):
        problem = f"{name}: expected {cls.__name__}, got {type(value).__name__}"
        raise InvalidRequestError(where, [problem])
    return value


def checked_function(where: str, name: str, value: object) -> None:
    """Check an optional function.

    Raises:
        InvalidRequestError: It cannot be called.
    """
    if not (value is None or callable(value)):
        raise InvalidRequestError(where, [f"{name}: expected a function, got {type(value).__name__}"])


def required_text(instance: object, attribute: Any, value: str) -> None:
    """Validate an attribute of an attrs class as ``checked_text`` does."""
    checked_text(type(instance).__name__, attribute.name, value)


def checked_code(where: str, value: object, *, digits: int | None = None) -> str:
    """Return a code of digits.

    Args:
        where: Function that was called.
        value: Code as the caller passed it.
        digits: Exact number of digits, if there is one.

    Raises:
        InvalidRequestError: It is not text, or has other characters or another length.
    """
    code = checked_text(where, "code", value)
    if not (code.isascii() and code.isdigit()):
        raise InvalidRequestError(where, ["code: expected digits only, without blanks or other characters"])
    if digits is not None and len(code) != digits:
        raise InvalidRequestError(where, [f"code: expected {digits} digits, got {len(code)}"])
    return code


def checked_totp(where: str, value: object) -> str:
    """Return the code of an authenticator app, which has six digits."""
    return checked_code(where, value, digits=_TOTP_DIGITS)


def checked_texts(where: str, name: str, values: object) -> dict[str, str]:
    """Return a mapping of text to text; None is an empty one.

    Raises:
        InvalidRequestError: It is something else.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidRequestError(where, [f"{name}: expected a mapping, got {type(values).__name__}"])
    problems = [
        f"{name}: expected str for both key and value of {key!r}, got {type(value).__name__}"
        for key, value in values.items()
        if not (isinstance(key, str) and isinstance(value, str))
    ]
    if problems:
        raise InvalidRequestError(where, problems)
    return dict(values)


def one_of(where: str, name: str, value: object, allowed: tuple[str, ...]) -> str:
    """Return a value that must be one of some texts.

    Raises:
        InvalidRequestError: It is not.
    """
    if value not in allowed:
        options = " or ".join(map(repr, allowed)) or "nothing: the list is empty"
        raise InvalidRequestError(where, [f"{name}: expected {options}"])
    return str(value)
