"""Progress of a bulk job, and how often it is reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

_INTERVAL = 0.1
"""Seconds between two reports."""


class Progress(NamedTuple):
    """Progress of a bulk job."""

    done: int
    """Items processed, including failures and those of earlier runs."""

    total: int | None
    """Items in total; None if unknown. An estimate for exports: the service counts users now and then."""

    failed: int
    """Items that failed, including those of earlier runs."""

    seconds: float
    """Seconds since the start of this run."""

    resumed: int = 0
    """Items that earlier runs processed."""

    @property
    def rate(self) -> float:
        """Items per second, of this run; 0 at its start."""
        return (self.done - self.resumed) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds left at this rate; None if total or rate is unknown."""
        if self.total is None:
            return None
        left = max(self.total - self.done, 0)
        if not left:
            return 0.0
        return left / self.rate if self.rate > 0 else None


ProgressCallback: TypeAlias = Callable[[Progress], object]
"""A plain function; what it returns is ignored, and what it raises ends the job."""


class ProgressReporter:
    """Counts items and calls a function with the progress, at most ten times per second.

    Args:
        callback: The function, or None.
        total: Items in total, or None.
        done: Items that earlier runs processed.
        failed: Those of them that failed.
        clock: Seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        callback: ProgressCallback | None,
        *,
        total: int | None = None,
        done: int = 0,
        failed: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.done = self.resumed = done
        self.failed = failed
        self._callback = callback
        self._clock = clock
        self._start = clock()
        self._next = self._start

    @property
    def progress(self) -> Progress:
        """The progress at this moment."""
        seconds = self._clock() - self._start
        return Progress(self.done, self.total, self.failed, seconds, self.resumed)

    def advance(self, done: int = 1, *, failed: int = 0) -> None:
        """Count processed items, those that failed included; report them if the last report is old enough."""
        self.done += done
        self.failed += failed
        now = self._clock()
        if now >= self._next:
            self._next = now + _INTERVAL
            self._report()

    def take_back(self, done: int, failed: int) -> None:
        """Count items of earlier runs no longer: they are processed again."""
        self.done -= done
        self.resumed -= done
        self.failed -= failed

    def start(self) -> None:
        """Report the progress of earlier runs."""
        self._report()

    def finish(self) -> None:
        """Report the final progress; the total is what was processed."""
        self.total = self.done
        self._report()

    def _report(self) -> None:
        if self._callback is not None:
            self._callback(self.progress)
