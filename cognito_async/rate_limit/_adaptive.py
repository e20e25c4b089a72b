"""The rate limit of ``retry_mode="adaptive"``: none before the first throttling error."""

from __future__ import annotations

import time
from collections.abc import Callable


class AdaptiveRateLimiter:
    """Limits requests per second in the retry mode ``adaptive``; no limit before the first throttling error.

    After a throttling error the rate falls to 70 % of the measured one. From there it follows a cubic curve
    back to the previous rate and beyond, as CUBIC does for TCP.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, enabled: bool = False) -> None:
        self.clock = clock
        self.enabled = enabled
        self._rate = 1.0
        self._ready_at = 0.0
        self._measured = 0.0
        self._bucket = 0.0
        self._count = 0
        self._highest = 0.0
        self._throttled_at = 0.0

    def reserve(self) -> float:
        """Reserve the next request; return the seconds to wait before it is sent."""
        if not self.enabled:
            return 0.0
        now = self.clock()
        # After a pause, a burst of one second's requests may go out at once, but at least one.
        turn = max(self._ready_at, now - (max(self._rate, 1.0) - 1) / self._rate)
        self._ready_at = turn + 1 / self._rate
        return max(0.0, turn - now)

    def update(self, *, throttled: bool) -> None:
        """Adapt the rate to a response."""
        now = self.clock()
        self._measure(now)
        if throttled:
            rate = min(self._measured, self._rate) if self.enabled else self._measured
            self._highest, self._throttled_at, self.enabled = rate, now, True
            target = 0.7 * rate
        elif self.enabled:
            offset = (self._highest * 0.3 / 0.4) ** (1 / 3)
            target = 0.4 * (now - self._throttled_at - offset) ** 3 + self._highest
        else:
            return
        self._rate = max(min(target, 2 * self._measured), 0.5)

    def _measure(self, now: float) -> None:
        bucket = int(now * 2) / 2
        self._count += 1
        if self._bucket == 0.0:
            self._bucket = bucket - 0.5
        if bucket > self._bucket:
            self._measured = 0.8 * self._count / (bucket - self._bucket) + 0.2 * self._measured
            self._count, self._bucket = 0, bucket
