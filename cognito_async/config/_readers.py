"""Readers of text from variables and profiles, for settings that only tune the client.

Each returns the value, normalized as by the AWS SDKs, or raises a ValueError with what is expected.
"""

from __future__ import annotations

import re

from cognito_async.config import _validators
from cognito_async.config._validators import RetryMode

_NOT_IN_APP_ID = r"[^A-Za-z0-9!$%&'*+.^_`|~-]"


def boolean(text: str) -> bool:
    """Boolean: ``true`` or ``false`` in any case."""
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    raise ValueError("true or false")


def count(text: str) -> int:
    """Positive integer."""
    try:
        number = int(text)
    except ValueError:
        number = 0  # rejected by the validator
    return _validators.count(number)


def retry_mode(text: str) -> RetryMode:
    """Retry mode in any case."""
    return _validators.retry_mode(text.strip().lower())


def app_id(text: str) -> str:
    """Name of the application; characters that the user agent cannot contain become ``-``."""
    return re.sub(_NOT_IN_APP_ID, "-", text.strip())


def path(text: str) -> str:
    """Path of a file."""
    return text
