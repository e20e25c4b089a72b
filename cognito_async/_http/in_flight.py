"""The requests in flight on an event loop: connection slots, and one timer for all deadlines.

A timer for each request would cost a tenth of a call, and nearly all of them would be cancelled unused. The
one timer here is set to the earliest deadline: with a read timeout of 15 seconds it runs every 15 seconds,
however many calls there are. A request waits for its slot before aiohttp creates any object for it; otherwise
10,000 waiting calls would keep Python's garbage collector busy.
"""

from __future__ import annotations

import asyncio
from collections import deque
from math import inf
from types import TracebackType
from typing import Any

from cognito_async.transport import Connections


class InFlightRequests:
    """All requests of a transport on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, slots: int) -> None:
        self._loop = loop
        self._all_slots = slots
        self._slots = slots
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._exchanges: set[Exchange] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def enter(self, exchange: Exchange) -> None:
        """Start to watch an exchange, and assign it a slot if one is free."""
        self._exchanges.add(exchange)
        if exchange.deadline < self._timer_at:
            self._set_timer(exchange.deadline)
        if self._slots > 0:
            self._slots -= 1
            exchange.has_slot = True

    def leave(self, exchange: Exchange) -> None:
        """Stop watching an exchange, and release its slot."""
        self._exchanges.discard(exchange)
        if exchange.has_slot:
            self._release_slot()

    async def acquire_slot(self) -> None:
        """Wait for a slot, first come first served."""
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # the slot was assigned just before
                self._release_slot()
            raise

    def reschedule(self, exchange: Exchange, deadline: float) -> None:
        """Move a deadline, to later or to earlier."""
        exchange.deadline = deadline
        if deadline < self._timer_at:
            self._set_timer(deadline)

    def _release_slot(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._slots += 1

    def counts(self) -> Connections:
        """Return the number of requests that have a slot, and of those that wait for one; in any thread."""
        waiting = sum(not waiter.done() for waiter in self._waiters.copy())
        return Connections(in_use=self._all_slots - self._slots, waiting=waiting)

    def tasks(self) -> list[asyncio.Task[Any]]:
        """Return the tasks that wait for a response."""
        return [exchange.task for exchange in self._exchanges]

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
        for exchange in self._exchanges:
            if exchange.expired:
                continue
            if exchange.deadline <= now:
                exchange.expire()
            elif exchange.deadline < nearest:
                nearest = exchange.deadline
        self._set_timer(nearest)


class Exchange:
    """A request and its response: the deadline, and the kind of connection.

    There is a total timeout and, once connected, a read timeout for each step. Used with ``with``, the task
    is cancelled when the deadline passes, and a TimeoutError is raised. Times are those of the loop's clock.
    Without ``has_slot``, ``acquire_slot`` has to be called first.
    """

    __slots__ = (
        "_cancelling",
        "_in_flight",
        "_read_timeout",
        "_total_deadline",
        "connection_reused",
        "deadline",
        "expired",
        "has_slot",
        "needs_new_connection",
        "task",
    )

    def __init__(self, in_flight: InFlightRequests, deadline: float, read_timeout: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request needs a task that a deadline can cancel")
        self.deadline = deadline
        self.expired = False
        self.has_slot = False
        self.needs_new_connection = False
        """Whether the request needs a connection that has carried no request before."""
        self.connection_reused = False
        """Whether its connection had carried a request before."""
        self._total_deadline = deadline
        self._read_timeout = read_timeout
        self.task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        self._in_flight = in_flight

    def __enter__(self) -> None:
        self._in_flight.enter(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._in_flight.leave(self)
        task = self.task
        del self.task  # its context refers to this exchange: a reference cycle
        # As in asyncio.timeout: a cancellation from outside takes precedence.
        if self.expired and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    async def acquire_slot(self) -> None:
        """Wait for a slot, and keep it until the end of the exchange."""
        await self._in_flight.acquire_slot()
        self.has_slot = True

    @property
    def hit_total_timeout(self) -> bool:
        """Whether the deadline is that of the total timeout, and not of the read timeout."""
        return self.deadline == self._total_deadline

    def extend_deadline(self, now: float) -> None:
        """Restart the read timeout."""
        self._in_flight.reschedule(self, min(self._total_deadline, now + self._read_timeout))

    def restart(self) -> None:
        """Prepare to send the request again on a new connection, within the rest of the total timeout."""
        self.deadline = self._total_deadline
        self.needs_new_connection = True
        self.connection_reused = False

    def expire(self) -> None:
        """Cancel the task, because the deadline has passed."""
        self.expired = True
        self.task.cancel()
