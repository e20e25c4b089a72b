"""Whether, when and at what price a failed request is sent again: decisions only, nothing here waits.

The numbers are those of botocore 1.44's standard mode. Two things differ: LimitExceededException is not
retried, because here it is a quota or a lockout, and a request that must not arrive twice is retried only
when it cannot have been carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from cognito_async._errors import CognitoError, ServiceError, TransportError
from cognito_async._model import Operation

__all__ = [
    "BASE_DELAY",
    "COST",
    "LONGEST_DELAY",
    "QUOTA",
    "REFUND",
    "SKEW",
    "THROTTLING_BASE_DELAY",
    "THROTTLING_COST",
    "RateLimiter",
    "RetryQuota",
    "cost_of",
    "delay_before",
    "is_retryable",
    "is_skewed",
    "is_throttling",
]

BASE_DELAY = 0.05
"""Most seconds before the first retry; each further one may wait twice as long."""

THROTTLING_BASE_DELAY = 1.0
"""As ``BASE_DELAY``, when the service asks for fewer requests."""

LONGEST_DELAY = 20.0
"""Most seconds before any retry, unless the service asks for more."""

QUOTA = 500
"""Tokens of a client that has not retried yet, with which it pays for retries."""

COST = 14
"""Tokens that a retry costs; they come back when it succeeds."""

THROTTLING_COST = 5
"""As ``COST``, when the service asks for fewer requests."""

REFUND = 1
"""What a call that needed no retry gives back."""

SKEW = 4 * 60
"""Seconds from which a difference between the clocks explains a refused signature."""

_SKEW_CODES = frozenset(
    {
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)


def is_retryable(failure: CognitoError, operation: Operation) -> bool:
    """Whether sending the request again may help and does no harm."""
    if isinstance(failure, ServiceError):
        # The service turns a throttled request away before it does anything.
        return failure.throttling or (failure.retryable and operation.replay_safe)
    if isinstance(failure, TransportError):
        return failure.retryable and (operation.replay_safe or not failure.may_have_arrived)
    return False


def is_throttling(failure: CognitoError) -> bool:
    """Whether the service asks for fewer requests."""
    return isinstance(failure, ServiceError) and failure.throttling


def cost_of(failure: CognitoError) -> int:
    """Price of a retry after this failure, in tokens of the quota."""
    return THROTTLING_COST if is_throttling(failure) else COST


def delay_before(failure: CognitoError, retries: int, random: float) -> float:
    """Seconds to wait: exponential with full jitter, or what the service asks for.

    Args:
        failure: Why the last request failed.
        retries: How many retries there were before this one.
        random: A number from 0 to 1.
    """
    base = THROTTLING_BASE_DELAY if is_throttling(failure) else BASE_DELAY
    delay = random * min(base * 2.0**retries, LONGEST_DELAY)
    asked = _asked_delay(failure.headers) if isinstance(failure, ServiceError) else None
    return delay if asked is None else max(delay, min(asked, delay + 5))


def _asked_delay(headers: Mapping[str, str]) -> float | None:
    text = headers.get("x-amz-retry-after", "")  # milliseconds
    return int(text) / 1000 if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


def is_skewed(failure: CognitoError) -> bool:
    """Whether a signature may have been refused for its time."""
    return isinstance(failure, ServiceError) and failure.code in _SKEW_CODES


class RetryQuota:
    """Tokens that a client has for retries: when much fails, it stops adding load."""

    def __init__(self) -> None:
        self.tokens: int = QUOTA

    def take(self, cost: int) -> bool:
        """Pay for a retry; False when there is not enough left."""
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True

    def give_back(self, paid: int | None) -> None:
        """After a success: what its last retry cost, or a little when there was none."""
        self.tokens = min(QUOTA, self.tokens + (REFUND if paid is None else paid))


class RateLimiter:
    """The adaptive mode's own limit on requests a second; none before the first throttling.

    After throttling the rate falls to 70 % of what was measured; from there it follows a cubic curve back
    to the rate before and beyond, as CUBIC does for TCP.
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
        """Take the next place in the queue; return the seconds until it is this request's turn."""
        if not self.enabled:
            return 0.0
        now = self.clock()
        # After a pause, as many may go at once as one second has room for, but at least one.
        turn = max(self._ready_at, now - (max(self._rate, 1.0) - 1) / self._rate)
        self._ready_at = turn + 1 / self._rate
        return max(0.0, turn - now)

    def update(self, *, throttled: bool) -> None:
        """Learn from an answer."""
        now = self.clock()
        self._measure(now)
        if throttled:
            rate = min(self._measured, self._rate) if self.enabled else self._measured
            self._highest, self._throttled_at, self.enabled = rate, now, True
            wanted = 0.7 * rate
        elif self.enabled:
            offset = (self._highest * 0.3 / 0.4) ** (1 / 3)
            wanted = 0.4 * (now - self._throttled_at - offset) ** 3 + self._highest
        else:
            return
        self._rate = max(min(wanted, 2 * self._measured), 0.5)

    def _measure(self, now: float) -> None:
        bucket = int(now * 2) / 2
        self._count += 1
        if self._bucket == 0.0:
            self._bucket = bucket - 0.5
        if bucket > self._bucket:
            self._measured = 0.8 * self._count / (bucket - self._bucket) + 0.2 * self._measured
            self._count, self._bucket = 0, bucket
