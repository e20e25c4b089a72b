"""Processes with limiters, and a service that enforces a quota; all on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from attrs import define, field

from cognito_async.rate_limit import LimitedRequest, QuotaRateLimiter


async def unknown_rate(_category: str) -> int:
    raise AssertionError("the limiter must not ask")


def limited(operation: str = "AdminGetUser", quota: str | None = "UserRead", **facts: Any) -> LimitedRequest:
    """Return a request as a limiter knows it."""
    defaults: dict[str, Any] = {
        "region": "eu-west-1",
        "user_pool_id": None,
        "challenge": None,
        "attempt": 1,
        "seconds_left": None,
        "provisioned_rate": unknown_rate,
    }
    return LimitedRequest(operation=operation, quota=quota, **{**defaults, **facts})


def limiter_on(clock: Callable[[], float], **arguments: Any) -> QuotaRateLimiter:
    """Return a limiter with a clock of its own."""
    limiter = QuotaRateLimiter(**arguments)
    limiter._clock = clock
    return limiter


async def acquire(limiter: QuotaRateLimiter, request: LimitedRequest) -> None:
    """Wait for the turn of a request, as the pipeline does."""
    turn = limiter.acquire(request)
    if turn is not None:
        await turn


def greatest_window(times: list[float]) -> int:
    """Return the largest number of times in any second."""
    return max((sum(start <= at < start + 1 for at in times) for start in times), default=0)


@define
class Service:
    """Enforces a quota as AWS does: a token bucket with the tokens of one second."""

    rate: float
    now: Callable[[], float]
    level: float = field(init=False)
    updated: float = field(init=False)
    accepted: list[float] = field(factory=list)
    throttled: list[float] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.level, self.updated = self.rate, self.now()

    def receive(self) -> bool:
        """Return whether a request is accepted."""
        now = self.now()
        self.level = min(self.rate, self.level + (now - self.updated) * self.rate)
        self.updated = now
        accepted = self.level >= 1
        self.level -= accepted
        (self.accepted if accepted else self.throttled).append(now)
        return accepted

    @property
    def throttled_share(self) -> float:
        return len(self.throttled) / (len(self.throttled) + len(self.accepted))

    def used(self, start: float, end: float) -> float:
        """Return the part of the quota that was used in a span of time."""
        return sum(start <= at < end for at in self.accepted) / (self.rate * (end - start))


@define
class Process:
    """Calls an operation from many tasks, all through one limiter."""

    limiter: QuotaRateLimiter
    service: Service
    random: Random
    latency: float
    request: LimitedRequest

    async def call(self) -> None:
        """Send a request until it is accepted."""
        while True:
            await acquire(self.limiter, self.request)
            loop = asyncio.get_running_loop()
            sent = loop.time()
            await asyncio.sleep(self.latency * self.random.uniform(0.2, 1.8))
            accepted = self.service.receive()
            await asyncio.sleep(self.latency * self.random.uniform(0.2, 1.8))
            self.limiter.feedback(self.request, throttled=not accepted, seconds=loop.time() - sent)
            if accepted:
                return
            await asyncio.sleep(self.random.uniform(0.0, 1.0))

    async def work(self, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            await self.call()

    async def run(self, callers: int, until: float) -> None:
        """Call from many tasks at a time."""
        async with asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(self.work(until))
