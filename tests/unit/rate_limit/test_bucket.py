"""TokenBucket: the promise about every second, bursts, and the reaction to throttling."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async.rate_limit._bucket import TokenBucket
from support.quota_simulation import greatest_window

RATES = st.one_of(st.integers(1, 400), st.floats(0.1, 400))


def taken(bucket: TokenBucket, now: float, *, most: int = 1000) -> int:
    """Return how many tokens can be taken at once."""
    count = 0
    while count < most and bucket.delay(now, queued=False) <= 0:
        bucket.take(now)
        count += 1
    return count


@given(
    RATES,
    st.lists(st.tuples(st.floats(0, 2), st.integers(1, 40), st.booleans(), st.integers(0, 3)), max_size=40),
)
def test_no_second_has_more_requests_than_the_rate_rounded_up(
    rate: float, steps: list[tuple[float, int, bool, int]]
) -> None:
    bucket, now, times = TokenBucket(rate, 0.0), 0.0, []
    for pause, wanted, queued, withdrawn in steps:
        now += pause
        taken_now = 0
        while taken_now < wanted and bucket.delay(now, queued=queued) <= 0:
            bucket.take(now)
            taken_now += 1
        for _ in range(min(withdrawn, taken_now)):
            bucket.give_back(now)
            taken_now -= 1
        times += [now] * taken_now
    assert greatest_window(times) <= math.ceil(rate)


@given(RATES)
def test_a_delay_is_exactly_long_enough(rate: float) -> None:
    bucket, now = TokenBucket(rate, 0.0), 0.0
    for _ in range(50):
        delay = bucket.delay(now, queued=True)
        now += delay
        assert bucket.delay(now, queued=True) <= 1e-6
        now += 1e-6
        assert bucket.delay(now, queued=True) == 0
        bucket.take(now)


@pytest.mark.parametrize(("rate", "burst"), [(0.1, 1), (1, 1), (12, 1), (40, 2), (120, 6), (360, 18)])
def test_the_burst_after_a_pause_is_a_twentieth_of_a_second_s_requests_but_at_least_one(
    rate: float, burst: int
) -> None:
    bucket = TokenBucket(rate, 0.0)
    assert taken(bucket, 0.0) == burst
    assert taken(bucket, 1000.0) == burst


def test_tokens_of_a_late_wake_up_are_kept_for_those_who_wait() -> None:
    for queued, expected in ((True, 9), (False, 5)):
        bucket = TokenBucket(100.0, 0.0)
        taken(bucket, 0.0)
        bucket.delay(0.1, queued=queued)
        count = 0
        while bucket.delay(0.1, queued=True) <= 0:
            bucket.take(0.1)
            count += 1
        assert count == expected


def test_a_token_that_was_given_back_can_be_taken_again() -> None:
    bucket = TokenBucket(10.0, 0.0)
    bucket.take(0.0)
    assert bucket.delay(0.0, queued=False) > 0
    bucket.give_back(0.0)
    assert taken(bucket, 0.0) == 1


def test_a_token_of_long_ago_can_be_given_back() -> None:
    bucket = TokenBucket(1.0, 0.0)
    for now in (0.0, 10.0):
        assert taken(bucket, now) == 1
    bucket.give_back(0.0)
    assert bucket.delay(10.0, queued=False) > 0  # the second is used up


def test_a_lower_rate_holds_at_once_and_a_higher_one_too() -> None:
    bucket = TokenBucket(100.0, 0.0)
    assert taken(bucket, 0.0) == 5
    bucket.set_rate(5.0)
    assert bucket.delay(0.9, queued=True) == pytest.approx(0.1)  # five were sent in this second
    bucket.set_rate(200.0)
    assert taken(bucket, 10.0) == 10


def test_throttling_halves_the_rate_for_two_seconds_and_then_it_recovers() -> None:
    bucket = TokenBucket(100.0, 0.0)
    assert bucket.throttle(10.0, 9.9)
    assert taken(bucket, 10.0) == 0
    assert [bucket.factor(10.0 + after) for after in (0, 2, 3, 6.5, 7, 100)] == pytest.approx(
        [0.5, 0.5, 0.6, 0.95, 1, 1]
    )


@given(st.integers(1, 4), st.floats(0, 12), st.integers(0, 30))
def test_the_shortest_wait_after_throttling_is_exact(times: int, after: float, ahead: int) -> None:
    """It counts the tokens at the rate of each moment."""
    bucket, reference = TokenBucket(10.0, 0.0), TokenBucket(10.0, 0.0)
    for each in (bucket, reference):
        for _ in range(times):
            each.throttle(100.0, 100.0)
        each.delay(100.0 + after, queued=True)
    shortest = bucket.shortest_delay(100.0 + after, ahead)
    factor = reference.factor(100.0 + after)
    assert shortest >= (ahead + 1 - reference._level) / 9.5 * 0.999
    assert shortest <= max(0.0, (ahead + 1 - reference._level) / 9.5 / factor) + 1e-6
    steps, earned = 2000, 0.0
    for step in range(steps):  # the integral of the rate
        earned += 9.5 * reference.factor(100.0 + after + shortest * (step + 0.5) / steps) * shortest / steps
    assert earned == pytest.approx(max(0.0, ahead + 1 - reference._level), rel=1e-3, abs=1e-6)


def test_a_recovered_bucket_is_as_fast_as_a_new_one() -> None:
    bucket = TokenBucket(100.0, 0.0)
    bucket.throttle(10.0, 9.9)
    bucket.delay(30.0, queued=False)
    assert bucket._factor == 1.0
    assert taken(bucket, 30.0) == 5


def test_requests_that_were_in_flight_do_not_halve_it_again() -> None:
    bucket = TokenBucket(100.0, 0.0)
    assert bucket.throttle(10.0, 9.9)
    assert not bucket.throttle(10.1, 9.95)
    assert bucket.factor(10.1) == 0.5
    assert bucket.throttle(10.2, 10.0)
    assert bucket.factor(10.2) == 0.25


def test_the_rate_never_becomes_zero() -> None:
    bucket = TokenBucket(64.0, 0.0)
    for now in range(1, 100):
        bucket.throttle(float(now), float(now))
    assert bucket.factor(99.0) == 1 / 64
    assert bucket.delay(99.0, queued=True) < 2


def test_a_clock_that_goes_back_gives_no_tokens() -> None:
    bucket = TokenBucket(10.0, 100.0)
    assert taken(bucket, 100.0) == 1
    assert bucket.delay(50.0, queued=True) > 0
    assert bucket.delay(99.0, queued=True) > 0


def test_it_is_idle_when_a_new_one_would_allow_the_same() -> None:
    bucket = TokenBucket(5.0, 0.0)
    assert bucket.is_idle(0.0)
    bucket.take(0.0)
    assert not bucket.is_idle(0.9)
    assert bucket.is_idle(1.1)
    bucket.throttle(2.0, 2.0)
    assert not bucket.is_idle(3.5)
