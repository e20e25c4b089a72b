"""From single values to the wire form: text, numbers, booleans, blobs and timestamps."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cognito_async._problems import refuse
from cognito_async._timestamps import read_timestamp

Writer = Callable[[Any], Any]


def count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def string_writer(minimum: int) -> Writer:
    def write(value: Any) -> str:
        if type(value) is str and len(value) >= minimum and value.isascii():
            return value
        if not isinstance(value, str):
            raise refuse("expected str", value)
        if len(value) < minimum:
            raise refuse(f"expected at least {count(minimum, 'character')}", value)
        if not value.isascii():
            _check_unicode(value)
        return value if type(value) is str else str.__str__(value)

    return write


def _check_unicode(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refuse("expected Unicode text, got half of a surrogate pair") from None


def number_writer(kind: type, minimum: int | None) -> Writer:
    accepted = int if kind is int else int | float

    def write(value: Any) -> int | float:
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise refuse(f"expected {kind.__name__}", value)
        number = plain_number(value)
        if minimum is not None and number < minimum:
            raise refuse(f"expected at least {minimum}", value)
        return number

    return write


def plain_number(value: int | float) -> int | float:
    """The number itself, without a class of its own such as numpy's."""
    if isinstance(value, int):
        return int(value)
    if not math.isfinite(value):
        raise refuse("expected a finite number", value)
    return float(value)


def decimal(value: int) -> str:
    """The text of a number."""
    try:
        return str(int(value))
    except ValueError:  # Python writes no more than 4,300 digits
        raise refuse("a number has too many digits to be sent") from None


def write_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse("expected bool", value)
    return value


def blob_writer(*, to_json: bool) -> Writer:
    def write(value: Any) -> bytes | str:
        if not isinstance(value, bytes | bytearray):
            raise refuse("expected bytes", value)
        return base64.b64encode(value).decode() if to_json else bytes(value)

    return write


def timestamp_writer(*, to_json: bool) -> Writer:
    def write(value: Any) -> datetime | int | float:
        if isinstance(value, datetime) and value.tzinfo is not None:
            if not to_json:
                return value
            seconds = value.timestamp()
            return int(seconds) if seconds.is_integer() else seconds
        if not to_json:
            moment = read_timestamp(value)
            if isinstance(moment, datetime):
                return moment
        raise refuse("expected a datetime with time zone", value)

    return write
