"""The queue in front of a quota: requests wait first come, first served, on any number of event loops."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from cognito_async.rate_limit._bucket import TokenBucket

# Shortest timer: uvloop rounds to milliseconds, and tokens that come meanwhile are not lost.
_TICK = 0.001
# Number of pools and operations with a bucket from which idle ones are removed.
_MANY = 256

_numbers = count()


class Waiter:
    """A request in the queue."""

    __slots__ = ("future", "granted_at", "lane", "loop", "number")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[None] = self.loop.create_future()
        self.number = next(_numbers)
        self.granted_at: float | None = None

    def wake(self) -> None:
        """Let the request be sent; on its own loop."""
        if not self.future.done():
            self.future.set_result(None)


class Lane:
    """Requests that share all of their quotas.

    If an operation and pool have a quota of their own, those of the same operation and pool.
    """

    __slots__ = ("bucket", "waiters")

    def __init__(self, bucket: TokenBucket | None) -> None:
        self.bucket = bucket
        self.waiters: OrderedDict[Waiter, None] = OrderedDict()

    def delay(self, now: float) -> float:
        """Return the seconds until the quota of the operation and pool allows a request."""
        return 0.0 if self.bucket is None else self.bucket.delay(now, queued=bool(self.waiters))


class _Timer:
    """Requests of one event loop that wait, and the timer that wakes them."""

    __slots__ = ("handle", "waiting")

    def __init__(self) -> None:
        self.handle: asyncio.TimerHandle | None = None
        self.waiting = 0


class QuotaQueue:
    """Requests that share a quota.

    Each event loop with waiting requests has one timer. The first one that is due wakes requests of all
    loops, so a loop that is blocked delays no other. The lock is held for microseconds.
    """

    def __init__(self, rate: float, per_pool: float | None, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.bucket = TokenBucket(rate, clock())
        self.per_pool = per_pool
        self._lock = threading.RLock()  # dropping a request of a closed loop ends its coroutine
        self._lanes: dict[tuple[str, str] | None, Lane] = {}
        self._timers: dict[asyncio.AbstractEventLoop, _Timer] = {}
        self._waiting = 0

    def set_rate(self, rate: float) -> None:
        """Change the rate of the category."""
        with self._lock:
            self.bucket.set_rate(rate)

    def try_now(self, key: tuple[str, str] | None) -> float | None:
        """Take a token if nobody waits; return None, or the least seconds to wait."""
        with self._lock:
            now = self.clock()
            lane = self._lane(key, now)
            own = lane.delay(now)
            shared = self.bucket.delay(now, queued=self._waiting > 0)
            if not lane.waiters and max(own, shared) <= 0.0 and not self._is_behind(lane, now):
                self._take(lane, now)
                return None
            ahead = len(lane.waiters)
            shortest = self.bucket.shortest_delay(ahead)
            return shortest if lane.bucket is None else max(shortest, lane.bucket.shortest_delay(ahead))

    async def wait(self, key: tuple[str, str] | None) -> None:
        """Wait for the turn, and take a token. A cancelled wait leaves none behind."""
        with self._lock:
            now = self.clock()
            waiter = Waiter(self._lane(key, now))
            waiter.lane.waiters[waiter] = None
            self._waiting += 1
            timer = self._timers.setdefault(waiter.loop, _Timer())
            timer.waiting += 1
            if timer.handle is None or len(waiter.lane.waiters) == 1:  # otherwise the timer is early enough
                self._start(timer, waiter.loop, self._grant(now, waiter.loop))
        try:
            await waiter.future
        except BaseException:  # cancelled; the deadline of a call cancels too
            self._withdraw(waiter)
            raise

    def throttled(self, key: tuple[str, str] | None, sent_ago: float) -> None:
        """Slow down after a throttling error of a request that was sent some seconds ago."""
        with self._lock:
            now = self.clock()
            if self.bucket.throttle(now, now - sent_ago) and (lane := self._lanes.get(key)) and lane.bucket:
                lane.bucket.throttle(now, now - sent_ago)

    # With the lock

    def _lane(self, key: tuple[str, str] | None, now: float) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= _MANY:
                self._remove_idle(now)
            own = None if key is None or self.per_pool is None else TokenBucket(self.per_pool, now)
            lane = self._lanes[key] = Lane(own)
        return lane

    def _remove_idle(self, now: float) -> None:
        self._lanes = {
            key: lane
            for key, lane in self._lanes.items()
            if lane.waiters or (lane.bucket is not None and not lane.bucket.is_idle(now))
        }

    def _is_behind(self, lane: Lane, now: float) -> bool:
        """Return whether a request of another lane has waited longer and could be sent."""
        return self._waiting > len(lane.waiters) and any(
            other.waiters and other.delay(now) <= 0.0 for other in self._lanes.values() if other is not lane
        )

    def _take(self, lane: Lane, now: float) -> None:
        self.bucket.take(now)
        if lane.bucket is not None:
            lane.bucket.take(now)

    def _grant(self, now: float, here: asyncio.AbstractEventLoop) -> float:
        """Wake the requests that may be sent, on the loop ``here``; return the seconds until the next one."""
        while True:
            shared = self.bucket.delay(now, queued=True)
            delays = [(lane.delay(now), next(iter(lane.waiters)).number, lane) for lane in self._queued()]
            ready = [(number, lane) for delay, number, lane in delays if delay <= 0.0]
            if shared > 0.0 or not ready:
                return max(shared, min((delay for delay, _, _ in delays), default=0.0))
            _, lane = min(ready)
            waiter = next(iter(lane.waiters))
            self._remove(waiter, here)
            if waiter.loop is here:
                waiter.wake()
            else:
                try:
                    waiter.loop.call_soon_threadsafe(waiter.wake)
                except RuntimeError:  # the loop was closed while the request waited
                    continue
            waiter.granted_at = now
            self._take(lane, now)

    def _queued(self) -> list[Lane]:
        return [lane for lane in self._lanes.values() if lane.waiters]

    def _remove(self, waiter: Waiter, here: asyncio.AbstractEventLoop) -> None:
        del waiter.lane.waiters[waiter]
        self._waiting -= 1
        timer = self._timers[waiter.loop]
        timer.waiting -= 1
        if not timer.waiting:
            del self._timers[waiter.loop]
            if timer.handle is not None and waiter.loop is here:  # that of another loop does nothing
                timer.handle.cancel()

    def _start(self, timer: _Timer, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        if timer.handle is not None:
            timer.handle.cancel()
            timer.handle = None
        if timer.waiting:
            timer.handle = loop.call_later(max(delay, _TICK), self._wake, timer, loop)

    # Without the lock

    def _wake(self, timer: _Timer, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            timer.handle = None
            self._start(timer, loop, self._grant(self.clock(), loop))

    def _withdraw(self, waiter: Waiter) -> None:
        """Leave the queue, or return the token if it was granted already; others move up."""
        with self._lock:
            now = self.clock()
            if waiter.granted_at is None:
                with suppress(KeyError):  # removed, because its loop was closed
                    self._remove(waiter, waiter.loop)
                return
            self.bucket.give_back(waiter.granted_at)
            if waiter.lane.bucket is not None:
                waiter.lane.bucket.give_back(waiter.granted_at)
            self._grant(now, waiter.loop)
