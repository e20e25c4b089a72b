"""Token buckets: how many requests may be sent when. No waiting, no locks."""

from __future__ import annotations

import math
from collections import deque
from contextlib import suppress

# Share of the rate for requests at a steady pace; the rest is the burst after a pause. Together they stay
# within the rate in every second, also of a service whose clock is up to 5 % slower.
_STEADY = 0.95
# A wake-up that is late by up to so many seconds costs no throughput while requests wait.
_LATENESS = 0.1
# After throttling: half the rate for some seconds, then more by a tenth of the rate each second.
_HOLD = 2.0
_RECOVERY = 0.1
_LOWEST = 1 / 64
# Token counts and times are sums of floats.
_EPSILON = 1e-9


class TokenBucket:
    """Allows at most ``rate`` requests in any second, rounded up.

    Tokens come at 95 % of the rate. A burst takes at most 5 % of a second's requests, but at least one. The
    times of the last requests are kept, so the promise about every second is exact.
    """

    __slots__ = ("_burst", "_factor", "_granted", "_level", "_steady", "_throttled_at", "_updated", "rate")

    def __init__(self, rate: float, now: float, level: float | None = None) -> None:
        """Create a bucket.

        Args:
            rate: Requests per second.
            now: The time.
            level: Tokens at the beginning; None for those of a bucket that has rested.
        """
        self._level = math.inf if level is None else level
        self._updated = now
        self._factor = 1.0
        self._throttled_at = -math.inf
        self._granted: deque[float] = deque()
        self.set_rate(rate)

    def set_rate(self, rate: float) -> None:
        """Change the rate; what was sent already still counts."""
        self.rate = rate
        self._steady = _STEADY * rate
        self._burst = max(1.0, (1 - _STEADY) * rate)
        self._level = min(self._level, self._burst)
        self._granted = deque(self._granted, maxlen=math.ceil(rate))

    def delay(self, now: float, *, queued: bool) -> float:
        """Return the seconds until a token can be taken; 0 if it can be taken now.

        Args:
            now: The time.
            queued: Whether requests wait: then tokens of a late wake-up are kept.
        """
        if now > self._updated:
            earned = self._worked(now) - self._worked(self._updated)
            most = self._burst + self._steady * _LATENESS if queued else self._burst
            self._level = min(self._level + earned * self._steady, most)
            self._updated = now
            if self.factor(now) == 1.0:
                self._factor = 1.0
        delay = self.shortest_delay(now, 0)
        if len(self._granted) == self._granted.maxlen:
            delay = max(delay, self._granted[0] + 1.0 - now)
        return delay

    def take(self, now: float) -> None:
        """Take a token; ``delay`` has returned 0."""
        self._level -= 1.0
        self._granted.append(now)

    def give_back(self, taken_at: float) -> None:
        """Return a token whose request was not sent."""
        self._level = min(self._level + 1.0, self._burst)
        with suppress(ValueError):  # more requests than a second's were sent since
            self._granted.remove(taken_at)

    def shortest_delay(self, now: float, ahead: int) -> float:
        """Return the seconds after which a request may be sent at the earliest, with others ahead of it."""
        missing = ahead + 1.0 - self._level
        return self._seconds_for(missing / self._steady, now) if missing > _EPSILON else 0.0

    def throttle(self, now: float, sent_at: float) -> bool:
        """Halve the rate for some seconds, unless the request was sent before it was halved last.

        Return whether it was halved.
        """
        if sent_at < self._throttled_at:
            return False
        self._factor = max(self.factor(now) / 2, _LOWEST)
        self._throttled_at = now
        self._updated = max(now, self._updated)
        self._level = min(self._level, 0.0)
        return True

    def factor(self, now: float) -> float:
        """Return the part of the rate that is used; below 1 after throttling."""
        if self._factor == 1.0:
            return 1.0
        return min(1.0, self._factor + max(0.0, now - self._throttled_at - _HOLD) * _RECOVERY)

    def _worked(self, now: float) -> float:
        """Return the seconds since throttling, each times the factor of its time."""
        if self._factor == 1.0:
            return now
        since = now - self._throttled_at
        rising = min(max(0.0, since - _HOLD), (1 - self._factor) / _RECOVERY)
        full = max(0.0, since - _HOLD - rising)
        return self._factor * (since - full) + _RECOVERY * rising * rising / 2 + full

    def _seconds_for(self, work: float, now: float) -> float:
        """Return the seconds in which so many seconds times the factor pass."""
        factor = self.factor(now)
        if factor == 1.0:
            return work
        hold = max(0.0, self._throttled_at + _HOLD - now)
        if work <= factor * hold:
            return work / factor
        work -= factor * hold
        rising = (1 - factor) / _RECOVERY
        gained = rising * (1 + factor) / 2
        if work > gained:
            return hold + rising + work - gained
        return hold + (math.sqrt(factor * factor + 2 * _RECOVERY * work) - factor) / _RECOVERY

    def is_idle(self, now: float) -> bool:
        """Return whether a new bucket would allow the same."""
        last = self._granted[-1] if self._granted else -math.inf
        return self.factor(now) == 1.0 and now - last > max(1.0, 2 / self._steady)
