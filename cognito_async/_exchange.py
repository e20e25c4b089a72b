"""A request and its answer on their way, and the deadlines of all that are: one timer for an event loop.

A timer for each request would be a tenth of the price of a call, and nearly all of them are stopped unused.
Here the one timer stands at the earliest deadline: with a read timeout of 15 seconds it runs every 15
seconds, however many calls there are.
"""

from __future__ import annotations

import asyncio
from math import inf
from types import TracebackType


class Deadlines:
    """The deadlines of all that is under way on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: set[Exchange] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def add(self, exchange: Exchange) -> None:
        """Watch an exchange."""
        self._open.add(exchange)
        self.watch(exchange.deadline)

    def discard(self, exchange: Exchange) -> None:
        """Watch it no more."""
        self._open.discard(exchange)

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
        for exchange in self._open:
            if exchange.expired:
                continue
            if exchange.deadline <= now:
                exchange.expire()
            elif exchange.deadline < nearest:
                nearest = exchange.deadline
        self._set_timer(nearest)


class Exchange:
    """A request and its answer: until when they may take, and over what kind of connection they go.

    There is a total, and once it is connected a patience for each step. ``with`` it, what is awaited is
    cancelled when the time is up, and a TimeoutError comes out. Times are those of the loop's clock.
    """

    __slots__ = (
        "_cancelling",
        "_deadlines",
        "_end",
        "_patience",
        "_task",
        "deadline",
        "expired",
        "wants_new",
        "was_used",
    )

    def __init__(self, deadlines: Deadlines, end: float, patience: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request needs a task that a deadline can cancel")
        self.deadline = end
        self.expired = False
        self.wants_new = False
        """Whether it is to go over a connection that has carried no request before."""
        self.was_used = False
        """Whether the connection that it went over had carried one."""
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
        """Whether the deadline is the end of all the time, and not that of the patience."""
        return self.deadline == self._end

    def step(self, now: float) -> None:
        """Something happened: be patient anew."""
        self.deadline = min(self._end, now + self._patience)
        self._deadlines.watch(self.deadline)

    def restart(self) -> None:
        """Begin again, over a connection that has carried no request, within what is left of the total."""
        self.deadline = self._end
        self.wants_new = True
        self.was_used = False

    def expire(self) -> None:
        """Cancel the task; the time is up."""
        self.expired = True
        self._task.cancel()
