"""Ten processes with a share of 0.1 each use the quota, and stay within it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from random import Random

import pytest

from cognito_async._endpoints.quotas import QUOTAS
from support.quota_simulation import Process, Service, limited, limiter_on
from support.virtual_time import run_in_virtual_time

SECONDS = 60.0
PROCESSES = 10


async def simulate(
    category: str = "UserRead",
    *,
    seed: int = 1,
    callers: int = 40,
    latency: float = 0.05,
    drift: float = 0.0,
    starts_together: bool = True,
    stops: int = 0,
) -> tuple[Service, float]:
    """Run the processes; return the service and the time of the start.

    Args:
        category: Quota category.
        seed: Of random numbers.
        callers: Tasks of each process.
        latency: Mean seconds from a process to the service, and back.
        drift: How much faster or slower clocks of processes run, at most.
        starts_together: Whether all processes start with a burst in the same moment.
        stops: Number of processes that stop after a third of the time.
    """
    loop, random = asyncio.get_running_loop(), Random(seed)
    rate = QUOTAS[category].rate
    service = Service(rate, loop.time)
    start = loop.time()

    def clock(speed: float, offset: float):
        return lambda: offset + loop.time() * speed

    async def process(number: int) -> None:
        if not starts_together:
            await asyncio.sleep(random.uniform(0, 1))
        limiter = limiter_on(
            clock(1 + random.uniform(-drift, drift), random.uniform(0, 1e6)), share=1 / PROCESSES
        )
        until = start + (SECONDS / 3 if number < stops else SECONDS)
        request = limited(quota=category)
        await Process(limiter, service, Random(seed + number), latency, request).run(callers, until)

    async with asyncio.TaskGroup() as group:
        for number in range(PROCESSES):
            group.create_task(process(number))
    return service, start


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"seed": 2, "category": "UserList"},
        {"seed": 3, "category": "UserUpdate"},
        {"seed": 4, "category": "UserPoolRead", "callers": 10},
        {"seed": 5, "starts_together": False},
        {"seed": 6, "latency": 0.5, "callers": 80},
        {"seed": 7, "drift": 0.02, "latency": 0.2},
    ],
    ids=lambda options: " ".join(options) or "default",
)
def test_ten_processes_use_more_than_90_percent_and_are_throttled_in_less_than_half_a_percent(
    options,
) -> None:
    service, start = run_in_virtual_time(simulate(**options))
    assert service.throttled_share < 0.005
    assert service.used(start + 2, start + SECONDS) > 0.9


def test_with_a_stopped_process_the_others_go_on_with_their_shares() -> None:
    service, start = run_in_virtual_time(simulate(stops=1))
    assert service.throttled_share < 0.005
    assert 0.9 * 0.9 < service.used(start + SECONDS / 3 + 2, start + SECONDS) <= 0.9


def test_a_process_that_was_not_counted_slows_the_others_down_instead_of_failing_them() -> None:
    """Thirteen processes with a tenth of the quota each: the service throttles them, and they adapt."""

    async def overload() -> Service:
        loop = asyncio.get_running_loop()
        service = Service(120, loop.time)
        async with asyncio.TaskGroup() as group:
            for number in range(13):
                limiter = limiter_on(loop.time, share=0.1)
                process = Process(limiter, service, Random(number), 0.05, limited())
                group.create_task(process.run(40, loop.time() + SECONDS))
        return service

    service = run_in_virtual_time(overload())
    assert service.throttled_share < 0.1
    assert service.used(2, SECONDS) > 0.8


def test_waiting_costs_no_throughput_when_the_loop_is_slow() -> None:
    """Every timer fires up to 50 ms late."""

    async def slow() -> Service:
        loop = asyncio.get_running_loop()
        call_later, random = loop.call_later, Random(1)
        loop.call_later = lambda delay, *rest, **more: call_later(
            delay + random.uniform(0, 0.05), *rest, **more
        )
        service = Service(120, loop.time)
        process = Process(limiter_on(loop.time), service, Random(2), 0.05, limited())
        await process.run(100, loop.time() + SECONDS)
        return service

    service = run_in_virtual_time(slow())
    assert service.throttled == []
    assert service.used(2, SECONDS) > 0.9


def test_the_first_burst_is_within_the_quota_of_the_second_too() -> None:
    service, start = run_in_virtual_time(simulate("UserUpdate", latency=0.0))
    assert service.throttled == []
    assert sum(at < start + 1 for at in service.accepted) <= 25 + PROCESSES
    assert all(later >= earlier for earlier, later in pairwise(service.accepted))
