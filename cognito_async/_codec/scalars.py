"""Encoders of single values: strings, numbers, booleans, blobs and timestamps."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cognito_async._codec.timestamps import read_timestamp
from cognito_async._codec.validation import ValidationFailed, invalid

Encoder = Callable[[Any], Any]

_UTC_OFFSET = "+00:00"


def count(number: int, unit: str) -> str:
    """Return a number with its unit, in the plural except for 1."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def string_encoder(min_length: int) -> Encoder:
    """Return the encoder of strings."""

    def encode(value: Any) -> str:
        if type(value) is str and len(value) >= min_length and value.isascii():
            return value
        if not isinstance(value, str):
            raise invalid("expected str", value)
        if len(value) < min_length:
            raise invalid(f"expected at least {count(min_length, 'character')}", value)
        if not value.isascii():
            _check_unicode(value)
        return value if type(value) is str else str.__str__(value)

    return encode


def _check_unicode(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        pass  # it holds the text
    else:
        return
    raise invalid("expected Unicode text, got half of a surrogate pair")


def number_encoder(kind: type, minimum: int | None) -> Encoder:
    """Return the encoder of ``int`` or ``float``."""
    accepted = int if kind is int else int | float

    def encode(value: Any) -> int | float:
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise invalid(f"expected {kind.__name__}", value)
        number = plain_number(value)
        if minimum is not None and number < minimum:
            raise invalid(f"expected at least {minimum}", value)
        return number

    return encode


def plain_number(value: int | float) -> int | float:
    """Return an int or float in place of a subclass such as numpy's."""
    if isinstance(value, int):
        return int(value)
    if not math.isfinite(value):
        raise invalid("expected a finite number", value)
    return float(value)


def decimal(value: int) -> str:
    """Return an integer as text."""
    try:
        return str(int(value))
    except ValueError:  # Python converts at most 4,300 digits
        raise invalid("a number has too many digits") from None


def encode_bool(value: Any) -> bool:
    """Return a bool unchanged."""
    if not isinstance(value, bool):
        raise invalid("expected bool", value)
    return value


def blob_encoder(*, to_text: bool, from_text: bool) -> Encoder:
    """Return the encoder of blobs: base64 or bytes.

    Args:
        to_text: Whether the result is base64.
        from_text: Whether base64 is accepted besides bytes.
    """

    def encode(value: Any) -> bytes | str:
        if from_text and isinstance(value, str):
            value = _from_base64(value)
        if not isinstance(value, bytes | bytearray):
            raise invalid("expected bytes", value)
        return base64.b64encode(value).decode() if to_text else bytes(value)

    return encode


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        pass  # an error before it may hold the text
    raise invalid("expected bytes, or their base64 as text")  # not quoted: it may be a whole file


def encode_api_timestamp(value: Any) -> int | float:
    """Return seconds since 1970."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _invalid_timestamp(value)
    seconds = value.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def encode_datetime(value: Any) -> datetime:
    """Return a datetime; accepts timestamps in all formats."""
    moment = value if isinstance(value, datetime) else read_timestamp(value)
    if not isinstance(moment, datetime):
        raise _invalid_timestamp(value)
    return moment


def encode_iso_timestamp(value: Any) -> str:
    """Return ISO 8601 text in UTC, such as ``2030-01-01T00:00:00Z``; accepts timestamps in all formats."""
    moment = encode_datetime(value)
    if moment.tzinfo is None:
        raise _invalid_timestamp(value)
    text: str = read_timestamp(moment).isoformat()
    return f"{text.removesuffix(_UTC_OFFSET)}Z" if text.endswith(_UTC_OFFSET) else text


def _invalid_timestamp(value: Any) -> ValidationFailed:
    return invalid("expected a datetime with time zone", value)
