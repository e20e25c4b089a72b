"""What is under way on an event loop: room for so many requests at one time, and one timer for them all.

A timer for each request would be a tenth of the price of a call, and nearly all of them are stopped unused.
Here the one timer stands at the earliest deadline: with a read timeout of 15 seconds it runs every 15
seconds, however many calls there are. Who has to wait for room does so before aiohttp has built anything for
the request: with 10,000 calls waiting, Python's garbage collector would be busy with that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from math import inf
from types import TracebackType
from typing import Any


class Traffic:
    """All requests of a transport on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, room: int) -> None:
        self._loop = loop
        self._room = room
        self._queue: deque[asyncio.Future[None]] = deque()
        self._open: set[Exchange] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def enter(self, exchange: Exchange) -> None:
        """Watch an exchange, and let it have room if there is any; nobody waits then."""
        self._open.add(exchange)
        if exchange.deadline < self._timer_at:
            self._set_timer(exchange.deadline)
        if self._room > 0:
            self._room -= 1
            exchange.has_room = True

    def leave(self, exchange: Exchange) -> None:
        """Watch it no more, and let others have its room."""
        self._open.discard(exchange)
        if exchange.has_room:
            self._give_room()

    async def wait_for_room(self) -> None:
        """Wait for one's turn, and take the room."""
        turn = self._loop.create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the turn had just come
                self._give_room()
            raise

    def postpone(self, exchange: Exchange, deadline: float) -> None:
        """Move a deadline, to later or to earlier."""
        exchange.deadline = deadline
        if deadline < self._timer_at:
            self._set_timer(deadline)

    def _give_room(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._room += 1

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
    Without ``has_room``, ``wait_for_room`` comes first.
    """

    __slots__ = (
        "_cancelling",
        "_end",
        "_patience",
        "_task",
        "_traffic",
        "deadline",
        "expired",
        "has_room",
        "wants_new",
        "was_used",
    )

    def __init__(self, traffic: Traffic, end: float, patience: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request needs a task that a deadline can cancel")
        self.deadline = end
        self.expired = False
        self.has_room = False
        self.wants_new = False
        """Whether it is to go over a connection that has carried no request before."""
        self.was_used = False
        """Whether the connection that it went over had carried one."""
        self._end = end
        self._patience = patience
        self._task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        self._traffic = traffic

    def __enter__(self) -> None:
        self._traffic.enter(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._traffic.leave(self)
        task = self._task
        del self._task  # which remembers this exchange in its context
        # As asyncio.timeout does: a cancellation by somebody else goes before ours.
        if self.expired and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    async def wait_for_room(self) -> None:
        """Wait until there is room for the request; it keeps it until the end."""
        await self._traffic.wait_for_room()
        self.has_room = True

    @property
    def is_total(self) -> bool:
        """Whether the deadline is the end of all the time, and not that of the patience."""
        return self.deadline == self._end

    def step(self, now: float) -> None:
        """Something happened: be patient anew."""
        deadline = now + self._patience
        self._traffic.postpone(self, min(self._end, deadline))

    def restart(self) -> None:
        """Begin again, over a connection that has carried no request, within what is left of the total."""
        self.deadline = self._end
        self.wants_new = True
        self.was_used = False

    def expire(self) -> None:
        """Cancel the task; the time is up."""
        self.expired = True
        self._task.cancel()
