"""AdaptiveRateLimiter, compared with the rate limiter of botocore."""

from __future__ import annotations

import math
from itertools import pairwise
from types import SimpleNamespace

import pytest
from botocore.retries import adaptive, bucket, throttling
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async.rate_limit import AdaptiveRateLimiter


class FakeClock:
    """A clock that does not advance by itself, for both limiters."""

    def __init__(self, now: float) -> None:
        self.now = now

    def current_time(self) -> float:
        return self.now

    def __call__(self) -> float:
        return self.now


class BothLimiters:
    """Our rate limiter and that of botocore, on the same clock."""

    def __init__(self, start: float = 1000.0) -> None:
        self.clock = FakeClock(start)
        self.bucket = bucket.TokenBucket(max_rate=1, clock=self.clock)
        self.theirs = adaptive.ClientRateLimiter(
            rate_adjustor=throttling.CubicCalculator(starting_max_rate=0, start_time=start),
            rate_clocker=adaptive.RateClocker(self.clock),
            token_bucket=self.bucket,
            throttling_detector=SimpleNamespace(is_throttling_error=lambda throttled: throttled),
            clock=self.clock,
        )
        self.ours = AdaptiveRateLimiter(self.clock)
        # botocore measures from the creation of the client. Our measurement begins with the first response,
        # so both begin half a second after the creation.
        self.clock.now += 0.5
        self.update(throttled=False)

    def update(self, *, throttled: bool) -> None:
        self.ours.update(throttled=throttled)
        self.theirs.on_receiving_response(throttled=throttled)

    def agree(self) -> bool:
        measured = math.isclose(self.ours._measured, self.theirs._rate_clocker.measured_rate)
        if not self.ours.enabled:
            return measured and not self.theirs._enabled
        return measured and self.theirs._enabled and math.isclose(self.ours._rate, self.bucket.max_rate)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.01, 0.1, 0.3, 0.5, 1.0, 2.5, 30.0]), st.booleans()), max_size=200
    )
)
def test_the_rate_equals_botocore_s_after_any_sequence_of_responses(steps: list[tuple[float, bool]]) -> None:
    limiters = BothLimiters()
    assert limiters.agree()
    for pause, throttled in steps:
        limiters.clock.now += pause
        limiters.update(throttled=throttled)
        assert limiters.agree()


def test_the_rate_falls_to_seventy_percent_and_recovers() -> None:
    limiters = BothLimiters()
    for _ in range(200):
        limiters.clock.now += 0.01
        limiters.update(throttled=False)
    before = limiters.ours._measured
    assert before > 50
    limiters.clock.now += 0.01
    limiters.update(throttled=True)
    assert limiters.ours._rate == pytest.approx(0.7 * limiters.ours._measured)
    rates = []
    for _ in range(2000):
        limiters.clock.now += 0.01
        limiters.update(throttled=False)
        rates.append(limiters.ours._rate)
    assert rates == sorted(rates)
    assert rates[-1] > before


def test_without_throttling_errors_there_is_no_delay() -> None:
    limiter = AdaptiveRateLimiter(FakeClock(1000.0))
    for _ in range(1000):
        assert limiter.reserve() == 0
        limiter.update(throttled=False)
    assert not limiter.enabled


def test_the_rate_never_falls_below_one_in_two_seconds() -> None:
    clock = FakeClock(1000.0)
    limiter = AdaptiveRateLimiter(clock)
    for _ in range(100):
        clock.now += 5
        limiter.update(throttled=True)
    assert limiter._rate == 0.5
    limiter.reserve()
    delays = [limiter.reserve() for _ in range(3)]
    assert delays == pytest.approx([2, 4, 6])


def limiter_with_rate(rate: float) -> tuple[AdaptiveRateLimiter, FakeClock]:
    clock = FakeClock(1000.0)
    limiter = AdaptiveRateLimiter(clock, enabled=True)
    limiter._rate = rate
    return limiter, clock


@pytest.mark.parametrize("rate", [0.5, 1.0, 3.0, 40.0])
def test_requests_are_sent_at_the_rate(rate: float) -> None:
    limiter, _ = limiter_with_rate(rate)
    delays = [limiter.reserve() for _ in range(200)]
    assert delays == sorted(delays)
    intervals = [later - earlier for earlier, later in pairwise(delays[100:])]
    assert intervals == pytest.approx([1 / rate] * 99)


@pytest.mark.parametrize("rate", [0.5, 1.0, 3.0, 40.0])
@pytest.mark.parametrize("pause", [0.0, 0.1, 1.0, 2.0, 10.0, 1000.0])
def test_the_burst_after_a_pause_is_that_of_botocore(rate: float, pause: float) -> None:
    limiter, clock = limiter_with_rate(rate)
    theirs = bucket.TokenBucket(max_rate=rate, clock=clock)
    # Neither limiter has capacity left.
    limiter._ready_at = clock.now + 1 / rate
    theirs._current_capacity = 0.0
    clock.now += pause
    theirs._refill()
    allowed = int(theirs.available_capacity + 1e-9)
    assert sum(limiter.reserve() < 1e-9 for _ in range(100)) == allowed


def test_a_second_throttling_error_lowers_the_rate_again() -> None:
    limiters = BothLimiters()
    for _ in range(100):
        limiters.clock.now += 0.02
        limiters.update(throttled=False)
    limiters.update(throttled=True)
    first = limiters.ours._rate
    limiters.update(throttled=True)
    assert limiters.ours._rate == pytest.approx(0.7 * first)
    assert limiters.agree()
