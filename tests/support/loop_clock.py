"""Stops the clock of an event loop, so that a test does not depend on the machine's speed."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class LoopClock:
    """The clock of an event loop while it is stopped; timers are due only after ``advance``."""

    def __init__(self, now: float) -> None:
        self.now = now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def stopped_clock() -> Generator[LoopClock]:
    """Stop the clock of the running event loop."""
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop.time())
    loop.time = lambda: clock.now  # type: ignore[method-assign]
    try:
        yield clock
    finally:
        del loop.time  # type: ignore[method-assign]
