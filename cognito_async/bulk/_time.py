"""The time of the service, which may differ from that of this machine."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from cognito_async._model.shapes import Response

_CLOCK_DIFFERENCE = 300.0
"""Seconds that the clock of this machine may be ahead; the service rejects requests beyond that."""


def time_of(response: Response) -> float:
    """Return the time of the service, in seconds since the epoch; without it, that of this machine."""
    date = response.response_metadata.headers.get("date", "")
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return time.time() - _CLOCK_DIFFERENCE
