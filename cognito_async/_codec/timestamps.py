"""Timestamps in the formats of the API and of boto3."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def read_timestamp(value: Any) -> Any:
    """Return an aware datetime in UTC, or the value itself if it is not a timestamp.

    Accepts seconds since 1970 as a number or text, ISO 8601 text, and aware datetimes.
    """
    try:
        if isinstance(value, str):
            return _from_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return value


def _from_text(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
