"""The queue in front of a quota: requests wait first come, first served, on any number of event loops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from cognito_async.rate_limit._bucket import TokenBucket
from cognito_async.rate_limit._lanes import Lane, Lanes, Waiter

# Shortest timer: uvloop rounds to milliseconds, and tokens that come meanwhile are not lost.
_TICK = 0.001
_LONGEST_TIMER = 3600.0
# A request whose loop continues it so much later than its turn takes a new token.
_PROMPT = 0.01
# The category is slowed down if two pools are throttled within so many seconds.
_TOGETHER = 2.0

Key = tuple[str, str] | None


class _Timer:
    """Requests of one event loop that wait, and the timer that wakes them."""

    __slots__ = ("handle", "waiters")

    def __init__(self) -> None:
        self.handle: asyncio.TimerHandle | None = None
        self.waiters: set[Waiter] = set()


class QuotaQueue:
    """Requests that share a quota.

    Each event loop with waiting requests has one timer. The first one that is due wakes requests of all
    loops, so a loop that is blocked delays no other. A request of a loop that was blocked takes its token
    when it continues. The lock is held for microseconds.

    Args:
        rate: Requests per second.
        per_pool: Requests per second of each operation and pool; None if they have no quota of their own.
        clock: The clock.
        first_token: Part of the first token that a rate below 1 begins with. Processes that start at the same
            time then do not send their first requests at the same time.
    """

    def __init__(
        self, rate: float, per_pool: float | None, clock: Callable[[], float], first_token: float = 1.0
    ) -> None:
        self.clock = clock
        self.bucket = TokenBucket(rate, clock(), first_token if rate < 1 else None)
        self.lanes = Lanes(per_pool, first_token if per_pool is not None and per_pool < 1 else None)
        self._lock = threading.RLock()  # dropping a request of a closed loop ends its coroutine
        self._timers: dict[asyncio.AbstractEventLoop, _Timer] = {}
        self._waiting = 0
        self._throttled: tuple[Key, float] | None = None

    def set_rate(self, rate: float) -> None:
        """Change the rate of the category."""
        with self._lock:
            self.bucket.set_rate(rate)

    def try_now(self, key: Key) -> float | None:
        """Take a token if nobody waits; return None, or the least seconds to wait."""
        with self._lock:
            now = self.clock()
            self._drop_closed(now)
            lane = self.lanes.lane(key, now)
            own = lane.delay(now)
            shared = self.bucket.delay(now, queued=self._waiting > 0)
            if not lane.waiting and max(own, shared) <= 0.0 and self.lanes.next(now) is None:
                self._take(lane, now)
                return None
            return max(bucket.shortest_delay(now, lane.waiting) for bucket in self._buckets(lane))

    def binding(self, key: Key) -> TokenBucket:
        """Return the bucket that a request of an operation and pool waits for longest."""
        with self._lock:
            now = self.clock()
            lane = self.lanes.lane(key, now)
            return max(self._buckets(lane), key=lambda bucket: bucket.shortest_delay(now, lane.waiting))

    async def wait(self, key: Key) -> None:
        """Wait for the turn, and take a token. A cancelled wait leaves none behind."""
        with self._lock:
            waiter = Waiter(self.lanes.lane(key, self.clock()))
            self._enter(waiter)
        try:
            while True:
                await waiter.future
                if self._is_prompt(waiter):
                    return
        except BaseException:  # cancelled; the deadline of a call cancels too
            self._withdraw(waiter)
            raise

    def throttled(self, key: Key, sent_ago: float) -> None:
        """Slow down after a throttling error of a request that was sent some seconds ago.

        If its pool has a quota of its own, the category is slowed down only if another pool is throttled too.
        """
        with self._lock:
            now = self.clock()
            lane = self.lanes.lane(key, now)
            if lane.bucket is not None:
                if not lane.bucket.throttle(now, now - sent_ago):
                    return
                self.lanes.place(lane, now)
                before, self._throttled = self._throttled, (key, now)
                if before is None or before[0] == key or now - before[1] > _TOGETHER:
                    return
            self.bucket.throttle(now, now - sent_ago)

    def after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may have held."""
        self._lock = threading.RLock()

    # With the lock

    def _buckets(self, lane: Lane) -> tuple[TokenBucket, ...]:
        return (self.bucket,) if lane.bucket is None else (lane.bucket, self.bucket)

    def _enter(self, waiter: Waiter) -> None:
        now, lane = self.clock(), waiter.lane
        lane.add(waiter)
        self._waiting += 1
        timer = self._timers.setdefault(waiter.loop, _Timer())
        timer.waiters.add(waiter)
        if lane.first() is waiter:
            self.lanes.place(lane, now)
            self._start(timer, waiter.loop, self._grant(now, waiter.loop))
        elif timer.handle is None:
            self._start(timer, waiter.loop, self._grant(now, waiter.loop))

    def _leave(self, waiter: Waiter, here: asyncio.AbstractEventLoop) -> None:
        waiter.lane.remove(waiter)
        self._waiting -= 1
        timer = self._timers[waiter.loop]
        timer.waiters.discard(waiter)
        if not timer.waiters:
            del self._timers[waiter.loop]
            if timer.handle is not None and waiter.loop is here:  # that of another loop does nothing
                timer.handle.cancel()

    def _drop_closed(self, now: float) -> None:
        """Drop the requests of closed loops: nobody continues them."""
        for loop in [each for each in self._timers if each.is_closed()]:
            for waiter in list(self._timers[loop].waiters):
                self._leave(waiter, loop)
                self.lanes.place(waiter.lane, now)

    def _take(self, lane: Lane, now: float) -> None:
        for bucket in self._buckets(lane):
            bucket.take(now)

    def _give_back(self, waiter: Waiter) -> None:
        for bucket in self._buckets(waiter.lane):
            bucket.give_back(waiter.granted_at)

    def _grant(self, now: float, here: asyncio.AbstractEventLoop) -> float:
        """Wake the requests that may be sent, on the loop ``here``; return the seconds until the next one."""
        self._drop_closed(now)
        while True:
            shared = self.bucket.delay(now, queued=True)
            if shared > 0.0:
                return shared
            waiter = self.lanes.next(now)
            if waiter is None:
                return self.lanes.next_delay(now)
            self._leave(waiter, here)
            waiter.granted_at = now
            self._take(waiter.lane, now)
            self.lanes.place(waiter.lane, now)
            if waiter.loop is here:
                waiter.wake()
            else:
                with suppress(RuntimeError):  # the loop is closed in this moment
                    waiter.loop.call_soon_threadsafe(waiter.wake)

    def _start(self, timer: _Timer, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        if timer.handle is not None:
            timer.handle.cancel()
            timer.handle = None
        if timer.waiters:
            delay = min(max(delay, _TICK), _LONGEST_TIMER)
            timer.handle = loop.call_later(delay, self._wake, timer, loop)

    # Without the lock

    def _wake(self, timer: _Timer, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            timer.handle = None
            self._start(timer, loop, self._grant(self.clock(), loop))

    def _is_prompt(self, waiter: Waiter) -> bool:
        """Return whether a request may be sent now that it continues; otherwise it waits again.

        If its loop was blocked since its turn, its token is of a time that is over.
        """
        with self._lock:
            now = self.clock()
            if now - waiter.granted_at <= _PROMPT:
                return True
            self._give_back(waiter)
            waiter.future = waiter.loop.create_future()
            self._enter(waiter)
            self._grant(now, waiter.loop)
            return False

    def _withdraw(self, waiter: Waiter) -> None:
        """Leave the queue, or return the token if it was granted already; others move up."""
        if waiter.loop.is_closed():  # its coroutine is dropped, perhaps while the queue is locked
            return
        with self._lock:
            now = self.clock()
            if waiter.queued:
                self._leave(waiter, waiter.loop)
            else:
                self._give_back(waiter)
            self.lanes.place(waiter.lane, now)
            self._grant(now, waiter.loop)
