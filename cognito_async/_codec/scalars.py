"""Encoders of single values: strings, numbers, booleans, blobs and timestamps."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cognito_async._codec.timestamps import read_timestamp
from cognito_async._codec.validation import invalid

Encoder = Callable[[Any], Any]


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
        raise invalid("expected Unicode text, got half of a surrogate pair") from None


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


def blob_encoder(*, to_json: bool) -> Encoder:
    """Return the encoder of blobs: base64 in JSON, else bytes."""

    def encode(value: Any) -> bytes | str:
        if not isinstance(value, bytes | bytearray):
            raise invalid("expected bytes", value)
        return base64.b64encode(value).decode() if to_json else bytes(value)

    return encode


def timestamp_encoder(*, to_json: bool) -> Encoder:
    """Return the encoder of timestamps: seconds since 1970 in JSON, else aware datetimes."""

    def encode(value: Any) -> datetime | int | float:
        if isinstance(value, datetime) and value.tzinfo is not None:
            if not to_json:
                return value
            seconds = value.timestamp()
            return int(seconds) if seconds.is_integer() else seconds
        if not to_json:
            moment = read_timestamp(value)
            if isinstance(moment, datetime):
                return moment
        raise invalid("expected a datetime with time zone", value)

    return encode
