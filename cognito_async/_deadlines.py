"""Deadlines of what is under way on an event loop, all watched by one timer.

A timer for each request would be a tenth of the price of a call, and nearly all of them are stopped unused.
Here a request leaves its deadline in a set, and the one timer stands at the earliest: with a read timeout of
15 seconds it runs every 15 seconds, however many calls there are.
"""

from __future__ import annotations

import asyncio
from math import inf
from types import TracebackType


class Deadline:
    """Until when a request may take: a total, and once it is connected a patience for each step.

    ``with`` it, what is awaited is cancelled when the time is up, and a TimeoutError comes out. Times are
    those of the loop's clock.
    """

    __slots__ = ("_cancelling", "_deadlines", "_end", "_patience", "_task", "at", "expired")

    def __init__(self, deadlines: Deadlines, end: float, patience: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request needs a task that a deadline can cancel")
        self.at = end
        self.expired = False
        self._end = end
        self._patience = patience
        self._task = task
        self._cancelling = task.cancelling()
        self._deadlines = deadlines

    def __enter__(self) -> None:
        self._deadlines.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._deadlines.discard(self)
        # As asyncio.timeout does: a cancellation by somebody else goes before ours.
        if self.expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    @property
    def is_total(self) -> bool:
        """Whether it stands at the end of all the time, and not at that of the patience."""
        return self.at == self._end

    def step(self, now: float) -> None:
        """Something happened: be patient anew."""
        self.at = min(self._end, now + self._patience)
        self._deadlines.watch(self.at)

    def restart(self) -> None:
        """Leave the total only, as before the first step."""
        self.at = self._end

    def expire(self) -> None:
        """Cancel the task; the time is up."""
        self.expired = True
        self._task.cancel()


class Deadlines:
    """The deadlines of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def add(self, deadline: Deadline) -> None:
        """Take a deadline in."""
        self._open.add(deadline)
        self.watch(deadline.at)

    def discard(self, deadline: Deadline) -> None:
        """Let go of it."""
        self._open.discard(deadline)

    def watch(self, at: float) -> None:
        """See to it that the timer does not stand later than this."""
        if at < self._timer_at:
            self._set_timer(at)

    def close(self) -> None:
        """Stop the timer."""
        self._set_timer(inf)

    def _set_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if at == inf else self._loop.call_at(at, self._check)
        self._timer_at = at

    def _check(self) -> None:
        now = self._loop.time()
        nearest = inf
        for deadline in self._open:
            if deadline.expired:
                continue
            if deadline.at <= now:
                deadline.expire()
            elif deadline.at < nearest:
                nearest = deadline.at
        self._set_timer(nearest)
