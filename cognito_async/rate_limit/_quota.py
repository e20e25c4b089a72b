"""A rate limiter that keeps a process within the request rate quotas of an account."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from random import SystemRandom
from weakref import WeakSet

from cognito_async._endpoints.quotas import CHALLENGE_FACTOR, QUOTAS, Quota
from cognito_async._errors import (
    ClientClosedError,
    ConfigurationError,
    RequestTimeoutError,
    ServiceError,
)
from cognito_async._messages import did_you_mean, safe_repr
from cognito_async._model import Operation
from cognito_async._single_flight import create_task
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

# Seconds until a question is repeated that got no answer, for example because the client was closed.
_PAUSE = 60.0

_ADVICE = "Make fewer calls at a time, or raise timeout."
_ADVICE_ON_RATES = (
    " If the account has a higher rate, pass it as rates= of the limiter, or pass ask_service=True."
)
_ADVICE_ON_SHARE = " If no other process uses the quota, raise share=."

_limiters: WeakSet[QuotaRateLimiter] = WeakSet()


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
    throttling error the category, or the operation and pool if they have a rate of their own, continues with
    half the rate for 2 seconds, and then recovers.

    A forked process begins anew, with the same share.

    Args:
        share: Part of the quotas that this process may use, from 0.000001 to 1. Ten processes that work at
            the same time take 0.1 each.
        rates: Rates of the account that differ from the defaults, in requests per second by category:
            ``{"UserRead": 240}``.
        ask_service: Whether to ask the service for the rates of adjustable categories, with
            ``GetProvisionedLimit``, when one is first used. Calls do not wait for the answer; the default
            rate is used until it comes. Needs the permission ``cognito-idp:GetProvisionedLimit``. If the
            request fails, the log has a warning.

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
        self._first_token = 1.0 if share == 1 else SystemRandom().random()
        self._queues: dict[tuple[str, str, bool], QuotaQueue] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._asked: dict[tuple[str, str], int | None] = {}
        self._ask_again: dict[tuple[str, str], float] = {}
        _limiters.add(self)

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
            self._start_asking(request, name)
        queue = self._queue(name, request.region, is_challenge=is_challenge)
        shortest = queue.try_now(_pool_of(request))
        if shortest is None:
            return None
        if request.seconds_left is not None and shortest >= request.seconds_left:
            raise self._timeout_error(request, name, queue, shortest)
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
            rate = self._rate(name, region, is_challenge=is_challenge)
            queue = QuotaQueue(rate, per_pool, self._clock, self._first_token)
            queue = self._queues.setdefault(key, queue)
        return queue

    def _rate(self, name: str, region: str, *, is_challenge: bool) -> float:
        """Return the rate of this process."""
        rate = self._rates.get(name) or self._asked.get((region, name)) or QUOTAS[name].rate
        share = 1.0 if name == _ASKING else self._share  # the rate of 1 is too low to be divided
        return rate * share * (CHALLENGE_FACTOR if is_challenge else 1)

    def _timeout_error(
        self, request: LimitedRequest, name: str, queue: QuotaQueue, shortest: float
    ) -> RequestTimeoutError:
        bucket = queue.binding(_pool_of(request))
        of_pool = bucket is not queue.bucket
        what = f" of {request.operation} for one pool" if of_pool else ""
        factor = bucket.factor(self._clock())
        slower = f", at present {factor:.0%} of it, because requests were throttled" if factor < 1 else ""
        error = RequestTimeoutError(
            f"the quota {name} allows this process {bucket.rate:g} requests per second{what} "
            f"(share={self._share:g}){slower}; the wait would be {shortest:.3g} seconds, "
            f"{request.seconds_left:.3g} are left"
        )
        error.advice = _ADVICE + ("" if of_pool else _ADVICE_ON_RATES) + _ADVICE_ON_SHARE
        return error

    # Provisioned rates

    def _must_ask(self, name: str, region: str) -> bool:
        """Return whether the rate may differ from the default, and is neither known nor being asked for."""
        key = (region, name)
        if not QUOTAS[name].adjustable or name in self._rates or key in self._asked:
            return False
        asking = self._asking.get(key)
        if asking is not None and not asking.done() and not asking.get_loop().is_closed():
            return False
        return self._clock() >= self._ask_again.get(key, 0.0)

    def _start_asking(self, request: LimitedRequest, name: str) -> None:
        task = create_task(self._ask(request, name), name="QuotaRateLimiter.ask_service")
        self._asking[request.region, name] = task

    async def _ask(self, request: LimitedRequest, name: str) -> None:
        """Ask the service for the rate of a category, and use it."""
        key = (request.region, name)
        try:
            rate: object = await request.provisioned_rate(name)
        except ClientClosedError:  # another client asks
            return
        except Exception as error:  # noqa: BLE001  no call fails because of the question
            reason = getattr(error, "code", type(error).__name__)
            is_final = isinstance(error, ServiceError) and not (error.retryable or error.throttling)
        else:
            if type(rate) is int and 0 < rate <= _HIGHEST_RATE:
                self._asked[key] = rate
                for (region, category, is_challenge), queue in list(self._queues.items()):
                    if (region, category) == key:
                        queue.set_rate(self._rate(name, region, is_challenge=is_challenge))
                return
            reason, is_final = "the response has none", True
        if is_final:
            self._asked[key] = None
        else:
            self._ask_again[key] = self._clock() + _PAUSE
        _log.warning(
            "the service did not tell its rate for %s (%s); the default of %s requests per second is used%s: "
            "allow cognito-idp:GetProvisionedLimit, or pass rates= to the limiter",
            name,
            reason,
            QUOTAS[name].rate,
            "" if is_final else f", and the service is asked again in {_PAUSE:g} seconds",
        )

    def _after_fork(self) -> None:
        """Forget the requests and loops of the parent process."""
        for queue in self._queues.values():
            queue.after_fork()
        self._queues, self._asking, self._ask_again = {}, {}, {}
        self._first_token = 1.0 if self._share == 1 else SystemRandom().random()


def _counted(request: LimitedRequest, quota: str) -> tuple[str, bool]:
    """Return the category of a request, and whether it has the rate of challenge responses."""
    return counted_category(request.operation, quota, request.challenge)


def _pool_of(request: LimitedRequest) -> tuple[str, str] | None:
    """Return operation and pool, which may have a quota of their own."""
    if request.user_pool_id is None or QUOTAS[request.quota or ""].per_pool is None:
        return None
    return (request.operation, request.user_pool_id)


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


def _reset_limiters() -> None:
    for limiter in list(_limiters):
        limiter._after_fork()  # noqa: SLF001


with suppress(AttributeError):  # Windows has no fork
    os.register_at_fork(after_in_child=_reset_limiters)
