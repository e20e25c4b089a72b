"""Requests that wait, by operation and pool: which may be sent next. No locks, no timers."""

from __future__ import annotations

import asyncio
from heapq import heapify, heappop, heappush
from itertools import count

from cognito_async.rate_limit._bucket import TokenBucket

# Number of pools and operations with a bucket from which idle ones are removed.
_MANY = 256

_numbers = count()


class Waiter:
    """A request that waits for its turn."""

    __slots__ = ("future", "granted_at", "lane", "loop", "number", "queued")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.loop = asyncio.get_running_loop()
        self.number = next(_numbers)
        self.queued = False
        self.granted_at = 0.0
        self.future: asyncio.Future[None] = self.loop.create_future()

    def wake(self) -> None:
        """Let the request continue; on its own loop."""
        if not self.future.done():
            self.future.set_result(None)


class Lane:
    """Requests that share all of their quotas.

    If an operation and pool have a quota of their own, those of the same operation and pool.
    """

    __slots__ = ("_queue", "bucket", "entry", "waiting")

    def __init__(self, bucket: TokenBucket | None) -> None:
        self.bucket = bucket
        self.waiting = 0
        self.entry: tuple[float, int, Lane] | None = None
        """Its current place in the heaps of ``Lanes``."""
        self._queue: list[tuple[int, Waiter]] = []

    def add(self, waiter: Waiter) -> None:
        """Add a request; in the order of the numbers."""
        waiter.queued = True
        self.waiting += 1
        heappush(self._queue, (waiter.number, waiter))

    def remove(self, waiter: Waiter) -> None:
        """Remove a request."""
        waiter.queued = False
        self.waiting -= 1
        if len(self._queue) > 2 * self.waiting + 8:  # most were cancelled
            self._queue = [each for each in self._queue if each[1].queued]
            heapify(self._queue)

    def first(self) -> Waiter | None:
        """Return the request that waits longest."""
        while self._queue:
            waiter = self._queue[0][1]
            if waiter.queued:
                return waiter
            heappop(self._queue)
        return None

    def delay(self, now: float) -> float:
        """Return the seconds until the quota of the operation and pool allows a request."""
        return 0.0 if self.bucket is None else self.bucket.delay(now, queued=self.waiting > 0)


class Lanes:
    """The lanes of a quota.

    Those with requests are in one of two heaps: by the number of the request if it may be sent as far as the
    quota of its pool is concerned, otherwise by the time when it may. An entry that is not the current one
    of its lane is skipped.
    """

    def __init__(self, per_pool: float | None, level: float | None = None) -> None:
        self.per_pool = per_pool
        self.level = level
        self.lanes: dict[tuple[str, str] | None, Lane] = {}
        self._most = _MANY
        self._ready: list[tuple[float, int, Lane]] = []
        self._delayed: list[tuple[float, int, Lane]] = []

    def lane(self, key: tuple[str, str] | None, now: float) -> Lane:
        """Return the lane of an operation and pool."""
        lane = self.lanes.get(key)
        if lane is None:
            if len(self.lanes) >= self._most:
                self._remove_idle(now)
            own = (
                None if key is None or self.per_pool is None else TokenBucket(self.per_pool, now, self.level)
            )
            lane = self.lanes[key] = Lane(own)
        return lane

    def place(self, lane: Lane, now: float) -> None:
        """Put a lane where it belongs, after a change of its requests or its bucket."""
        first = lane.first()
        if first is None:
            lane.entry = None
            return
        delay = lane.delay(now)
        entry = (now + delay if delay > 0.0 else 0.0, first.number, lane)
        if entry != lane.entry:
            lane.entry = entry
            heappush(self._delayed if delay > 0.0 else self._ready, entry)

    def next(self, now: float) -> Waiter | None:
        """Return the request that waits longest of those that their pools allow now."""
        due = []
        while self._delayed and self._delayed[0][0] <= now:
            due.append(heappop(self._delayed))
        for entry in due:
            if entry[2].entry is entry:
                entry[2].entry = None
                self.place(entry[2], now)
        while self._ready:
            entry = self._ready[0]
            if entry[2].entry is entry:
                return entry[2].first()
            heappop(self._ready)
        return None

    def next_delay(self, now: float) -> float:
        """Return the seconds until a pool may allow a request, if none does now."""
        return self._delayed[0][0] - now if self._delayed else 0.0

    def _remove_idle(self, now: float) -> None:
        self.lanes = {
            key: lane
            for key, lane in self.lanes.items()
            if lane.waiting or (lane.bucket is not None and not lane.bucket.is_idle(now))
        }
        self._most = max(_MANY, 2 * len(self.lanes))
