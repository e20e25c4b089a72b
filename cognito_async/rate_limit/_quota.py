"""A rate limiter that keeps a process within the request rate quotas of an account."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Mapping

from cognito_async._endpoints.quotas import CHALLENGE_FACTOR, QUOTAS, Quota
from cognito_async._errors import CognitoError, ConfigurationError, RequestTimeoutError
from cognito_async._messages import did_you_mean, safe_repr
from cognito_async._model import Operation
from cognito_async._single_flight import SingleFlight
from cognito_async._uncopyable import Uncopyable
from cognito_async.rate_limit._category import counted_category
from cognito_async.rate_limit._protocol import LimitedRequest
from cognito_async.rate_limit._queue import QuotaQueue

__all__ = ["Quota", "QuotaRateLimiter", "quota_of"]

_log = logging.getLogger("cognito_async")

_ASKING = "LimitManagement"
"""Category of the requests that ask for rates."""

# Far above what AWS grants: the times of the requests of a second are kept. And one request in 12 days: the
# product with the share, and the time until the next request, stay within what numbers and timers can be.
_HIGHEST_RATE = 1_000_000
_LOWEST_RATE = _LOWEST_SHARE = 1e-6

_ADVICE = (
    "Make fewer calls at a time, or raise timeout. If the account has a higher rate, pass it as rates= of "
    "the limiter, or pass ask_service=True; if no other process uses the quota, raise share=."
)


def quota_of(operation: Operation) -> Quota | None:
    """Return the quota of an operation; None if AWS lists none.

    Args:
        operation: Facts about an operation, such as ``types.GetUserRequest.operation``.
    """
    return None if operation.quota is None else QUOTAS[operation.quota]


class QuotaRateLimiter(Uncopyable):
    """Delays requests so that a process stays within the request rate quotas of its account.

    Pass it as ``CognitoClient(limiter=...)``; several clients may share one, on any event loops and threads.
    Calls wait first come, first served, in a queue for each quota category and Region. One limiter is for one
    account: give clients of another account a limiter of their own.

    In any second, at most the rate times ``share`` requests are sent, rounded up; while calls wait, 95 % of
    that. A call that cannot be sent before its deadline raises ``RequestTimeoutError`` at once. After a
    throttling error the category continues with half the rate for 2 seconds, and then recovers.

    Args:
        share: Part of the quotas that this process may use, from 0.000001 to 1. Ten processes that work at
            the same time take 0.1 each.
        rates: Rates of the account that differ from the defaults, in requests per second by category:
            ``{"UserRead": 240}``.
        ask_service: Whether to ask the service for the rates of adjustable categories, with
            ``GetProvisionedLimit``, when one is first used. Needs the permission
            ``cognito-idp:GetProvisionedLimit``. If the request fails, the default rate is used, and the log
            has a warning.

    Raises:
        ConfigurationError: A value is invalid.
    """

    _instead = (
        "it holds the calls that wait. Each process needs a limiter of its own: create it there, with a "
        "share of the quotas"
    )

    def __init__(
        self, *, share: float = 1.0, rates: Mapping[str, float] | None = None, ask_service: bool = False
    ) -> None:
        if not _is_number(share) or not _LOWEST_SHARE <= share <= 1:
            raise ConfigurationError(
                f"share={safe_repr(share)}: expected a number from {_LOWEST_SHARE:f} to 1"
            )
        self._share = share
        self._rates = _valid_rates(rates)
        self._ask_service = bool(ask_service)
        self._clock = time.monotonic
        self._queues: dict[tuple[str, str, bool], QuotaQueue] = {}
        self._asking: dict[tuple[str, str], SingleFlight[None]] = {}
        self._asked: dict[tuple[str, str], int | None] = {}

    def __repr__(self) -> str:
        rates = f", rates={self._rates}" if self._rates else ""
        ask_service = ", ask_service=True" if self._ask_service else ""
        return f"QuotaRateLimiter(share={self._share}{rates}{ask_service})"

    def acquire(self, request: LimitedRequest, /) -> Awaitable[None] | None:
        """Return None if the request may be sent now, otherwise an awaitable that returns when it may.

        Raises:
            RequestTimeoutError: It cannot be sent before the deadline of the call.
        """
        if request.quota is None:
            return None
        name, is_challenge = _counted(request, request.quota)
        if self._ask_service and self._must_ask(name, request.region):
            return self._ask_and_wait(request, name, is_challenge=is_challenge)
        queue = self._queue(name, request.region, is_challenge=is_challenge)
        shortest = queue.try_now(_pool_of(request))
        if shortest is None:
            return None
        if request.seconds_left is not None and shortest >= request.seconds_left:
            raise self._timeout_error(name, request.seconds_left, queue, shortest)
        return queue.wait(_pool_of(request))

    def feedback(self, request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        """Slow the category down after a throttling error."""
        if throttled and request.quota is not None:
            name, is_challenge = _counted(request, request.quota)
            queue = self._queue(name, request.region, is_challenge=is_challenge)
            queue.throttled(_pool_of(request), seconds)

    def _queue(self, name: str, region: str, *, is_challenge: bool) -> QuotaQueue:
        key = (region, name, is_challenge)
        queue = self._queues.get(key)
        if queue is None:
            quota = QUOTAS[name]
            per_pool = None if quota.per_pool is None else quota.per_pool * self._share
            share = 1.0 if name == _ASKING else self._share  # the rate of 1 is too low to be divided
            rate = self._rate(name, region) * share * (CHALLENGE_FACTOR if is_challenge else 1)
            queue = self._queues.setdefault(key, QuotaQueue(rate, per_pool, self._clock))
        return queue

    def _rate(self, name: str, region: str) -> float:
        """Return the rate of the account."""
        return self._rates.get(name) or self._asked.get((region, name)) or QUOTAS[name].rate

    def _timeout_error(
        self, name: str, seconds_left: float, queue: QuotaQueue, shortest: float
    ) -> RequestTimeoutError:
        error = RequestTimeoutError(
            f"the quota {name} allows this process {queue.bucket.rate:g} requests per second "
            f"(share={self._share:g}); the wait would be {shortest:.3g} seconds, {seconds_left:.3g} are left"
        )
        error.advice = _ADVICE
        return error

    # Provisioned rates

    def _must_ask(self, name: str, region: str) -> bool:
        """Return whether the rate may differ from the default, and is not known yet."""
        return QUOTAS[name].adjustable and name not in self._rates and (region, name) not in self._asked

    async def _ask_and_wait(self, request: LimitedRequest, name: str, *, is_challenge: bool) -> None:
        key = (request.region, name)

        async def ask() -> None:
            self._asked[key] = await _provisioned_rate(request, name)

        await self._asking.setdefault(key, SingleFlight(ask)).wait()
        self._asking.pop(key, None)
        queue = self._queue(name, request.region, is_challenge=is_challenge)
        await queue.wait(_pool_of(request))


def _counted(request: LimitedRequest, quota: str) -> tuple[str, bool]:
    """Return the category of a request, and whether it has the rate of challenge responses."""
    return counted_category(request.operation, quota, request.challenge)


def _pool_of(request: LimitedRequest) -> tuple[str, str] | None:
    """Return operation and pool, which may have a quota of their own."""
    if request.user_pool_id is None or QUOTAS[request.quota or ""].per_pool is None:
        return None
    return (request.operation, request.user_pool_id)


async def _provisioned_rate(request: LimitedRequest, name: str) -> int | None:
    """Return the rate that the service has for the account; None and a warning if it does not say."""
    try:
        rate = await request.provisioned_rate(name)
    except CognitoError as error:
        reason = getattr(error, "code", type(error).__name__)
    else:
        if type(rate) is int and 0 < rate <= _HIGHEST_RATE:
            return rate
        reason = "the response has none"
    _log.warning(
        "the service did not tell its rate for %s (%s); the default of %s requests per second is used: allow "
        "cognito-idp:GetProvisionedLimit, or pass rates= to the limiter",
        name,
        reason,
        QUOTAS[name].rate,
    )
    return None


def _valid_rates(rates: object) -> dict[str, float]:
    if rates is None:
        return {}
    if not isinstance(rates, Mapping):
        raise ConfigurationError(f"rates={safe_repr(rates)}: expected a mapping of quota categories to rates")
    for name, rate in rates.items():
        if name not in QUOTAS:
            hint = did_you_mean(name, QUOTAS) or f"; the categories are {', '.join(QUOTAS)}"
            raise ConfigurationError(f"rates: there is no quota category {safe_repr(name)}{hint}")
        if not _is_number(rate) or not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
            raise ConfigurationError(
                f"rates: {name} is {safe_repr(rate)}; expected requests per second, from "
                f"{_LOWEST_RATE:f} to {_HIGHEST_RATE:,}"
            )
    return dict(rates)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
