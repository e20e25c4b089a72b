"""The clock of a fake pool."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class FakeClock:
    """A clock that a test can advance; nothing sleeps.

    Args:
        start: Seconds since 1970 at which the clock stands still until ``advance``. By default it shows the
            time of this machine, plus what was advanced.
    """

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._advanced = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({datetime.fromtimestamp(self.time(), UTC):%Y-%m-%d %H:%M:%S} UTC)"

    def time(self) -> float:
        """Return the seconds since 1970."""
        return (time.time() if self._start is None else self._start) + self._advanced

    def advance(self, seconds: float) -> None:
        """Let time pass, such as until a token expires."""
        self._advanced += seconds
