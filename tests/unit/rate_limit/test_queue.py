"""QuotaQueue: order, cancellation, pools, event loops and threads."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import time
from collections import defaultdict
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async.rate_limit import _queue
from cognito_async.rate_limit._queue import QuotaQueue
from support.quota_simulation import greatest_window
from support.virtual_time import run_in_virtual_time

Key = tuple[str, str] | None


async def acquire(queue: QuotaQueue, key: Key = None) -> None:
    if queue.try_now(key) is not None:
        await queue.wait(key)


def a_queue(rate: float = 10.0, per_pool: float | None = None) -> QuotaQueue:
    return QuotaQueue(rate, per_pool, asyncio.get_running_loop().time)


CALLS = st.lists(
    st.tuples(st.floats(0, 3), st.one_of(st.none(), st.floats(0, 5)), st.sampled_from("abc")), max_size=60
)


@settings(deadline=None)
@given(st.sampled_from([0.5, 1.0, 3.0, 20.0, 40.0]), st.sampled_from([None, 1.0, 5.0]), CALLS)
def test_any_calls_with_any_cancellations_are_served_in_order_within_the_rate_and_lose_no_tokens(
    rate: float, per_pool: float | None, calls: list[tuple[float, float | None, str]]
) -> None:
    """A call is: the time of its start, how long it waits before it is cancelled, and its pool."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        queue, start = a_queue(rate, per_pool), loop.time()
        served: list[tuple[float, int, str]] = []

        patient: set[int] = set()
        numbers = count()

        async def call(at: float, patience: float | None, pool: str) -> None:
            await asyncio.sleep(at)
            number = next(numbers)
            if patience is None:
                patient.add(number)
            try:
                async with asyncio.timeout(patience):
                    await acquire(queue, ("Operation", pool))
            except TimeoutError:
                return
            served.append((loop.time() - start, number, pool))

        async with asyncio.TaskGroup() as group:
            for each in calls:
                group.create_task(call(*each))
        assert greatest_window([at for at, _, _ in served]) <= math.ceil(rate)
        by_pool: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for at, number, pool in served:
            by_pool["" if per_pool is None else pool].append((at, number))
        for turns in by_pool.values():
            if per_pool is not None:
                assert greatest_window([at for at, _ in turns]) <= math.ceil(per_pool)
            assert [number for _, number in turns] == sorted(number for _, number in turns)
        assert patient <= {number for _, number, _ in served}
        # Nothing is left over, and a rested queue allows what a new one allows.
        assert queue._waiting == 0
        assert queue._timers == {}
        await asyncio.sleep(100)
        fresh = a_queue(rate, per_pool)
        for _ in range(50):
            key = ("Operation", "a")
            assert (queue.try_now(key) is None) == (fresh.try_now(key) is None)

    run_in_virtual_time(run())


def test_a_cancelled_wait_gives_its_place_to_the_next() -> None:
    async def run() -> list[float]:
        loop, queue = asyncio.get_running_loop(), a_queue(1.0)
        start = loop.time()
        await acquire(queue)
        waiting = [asyncio.create_task(acquire(queue)) for _ in range(3)]
        await asyncio.sleep(0.5)
        waiting[0].cancel()
        waiting[1].cancel()
        await waiting[2]
        return [loop.time() - start]

    assert run_in_virtual_time(run()) == pytest.approx([1 / 0.95], abs=0.01)


@pytest.mark.parametrize("per_pool", [None, 1.0])
def test_a_call_that_is_cancelled_in_the_moment_of_its_turn_gives_the_token_back(
    per_pool: float | None,
) -> None:
    async def run() -> None:
        queue, key = a_queue(1.0, per_pool), ("GetGroup", "a")
        await acquire(queue, key)
        first, second = (asyncio.create_task(acquire(queue, key)) for _ in range(2))
        await asyncio.sleep(1.0)
        queue.clock = lambda: 1e6
        queue._wake(next(iter(queue._timers.values())), asyncio.get_running_loop())
        first.cancel()  # it has its turn, but did not run since
        await second
        with pytest.raises(asyncio.CancelledError):
            await first

    run_in_virtual_time(run())


def test_a_pool_that_is_at_its_quota_delays_no_other_pool() -> None:
    async def run() -> None:
        loop, queue = asyncio.get_running_loop(), a_queue(20.0, 1.0)
        start, order = loop.time(), []

        async def call(pool: str) -> None:
            await acquire(queue, ("GetGroup", pool))
            order.append((pool, round(loop.time() - start, 1)))

        async with asyncio.TaskGroup() as group:
            for pool in ("full", "full", "full", "other", "third"):
                group.create_task(call(pool))
        assert order == [("full", 0.0), ("other", 0.1), ("third", 0.1), ("full", 1.1), ("full", 2.1)]

    run_in_virtual_time(run())


def test_a_new_call_does_not_overtake_one_of_another_pool_that_may_go() -> None:
    async def run() -> None:
        loop, queue = asyncio.get_running_loop(), a_queue(1.0, 1.0)
        order: list[str] = []

        async def call(pool: str) -> None:
            await acquire(queue, ("GetGroup", pool))
            order.append(pool)

        await call("first")
        tasks = [asyncio.create_task(call("second"))]
        await asyncio.sleep(0)
        now = loop.time() + 10  # the timer is late
        queue.clock = lambda: now
        tasks.append(asyncio.create_task(call("third")))
        await asyncio.sleep(0)
        queue.clock = loop.time
        await asyncio.wait(tasks)
        assert order == ["first", "second", "third"]

    run_in_virtual_time(run())


def test_requests_without_pool_have_only_the_quota_of_the_category() -> None:
    async def run() -> None:
        queue = a_queue(100.0, 1.0)
        assert [queue.try_now(None) for _ in range(5)] == [None] * 5

    run_in_virtual_time(run())


def test_many_pools_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_queue, "_MANY", 10)

    async def run() -> None:
        queue = a_queue(100.0, 5.0)
        for number in range(200):
            await acquire(queue, ("GetGroup", f"pool {number}"))
            await asyncio.sleep(0.2)
        assert len(queue._lanes) <= 10

    run_in_virtual_time(run())


def test_throttling_slows_down_the_category_and_the_pool() -> None:
    async def run() -> None:
        queue, key = a_queue(100.0, 50.0), ("GetGroup", "a")
        await acquire(queue, key)
        queue.throttled(key, 0.1)
        queue.throttled(None, 0.1)  # it was in flight
        queue.throttled(("GetGroup", "unknown"), 0.0)
        now = queue.clock()
        lane = queue._lanes[key]
        assert lane.bucket is not None
        assert (queue.bucket.factor(now), lane.bucket.factor(now)) == (0.25, 0.5)

    run_in_virtual_time(run())


def test_those_who_wait_go_on_at_a_new_rate() -> None:
    async def run() -> float:
        loop, queue = asyncio.get_running_loop(), a_queue(1.0)
        start = loop.time()
        tasks = [asyncio.create_task(acquire(queue)) for _ in range(20)]
        await asyncio.sleep(1)
        queue.set_rate(100.0)
        await asyncio.wait(tasks)
        return loop.time() - start

    assert run_in_virtual_time(run()) < 3


def test_loops_in_threads_share_a_queue_and_nothing_is_lost() -> None:
    queue = QuotaQueue(2000.0, None, time.monotonic)
    served: list[float] = []

    async def worker(seed: int) -> None:
        random = Random(seed)
        for _ in range(25):
            waiting = asyncio.create_task(acquire(queue))
            if random.random() < 0.2:
                await asyncio.sleep(random.choice([0, 0.001]))
                waiting.cancel()
            if await asyncio.gather(waiting, return_exceptions=True) == [None]:
                served.append(time.monotonic())

    async def main(seed: int) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(10):
                group.create_task(worker(seed * 100 + number))

    threads = [threading.Thread(target=asyncio.run, args=(main(seed),)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue._waiting == 0
    assert queue._timers == {}
    assert len(served) > 500


def test_a_loop_that_was_closed_while_calls_wait_delays_no_other() -> None:
    """Also its coroutines end while the queue is locked."""
    queue = QuotaQueue(1000.0, None, time.monotonic)

    async def start() -> None:
        queue.bucket.throttle(time.monotonic(), time.monotonic())
        for _ in range(3):
            task = asyncio.ensure_future(queue.wait(None))
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(start())
    loop.close()
    del loop
    gc.collect()
    assert queue._waiting == 3
    asyncio.run(acquire(queue))
    assert queue._waiting == 0


def test_a_loop_that_is_blocked_delays_no_other() -> None:
    """One of its calls is cancelled after its turn has come, but before the loop runs again."""
    queue = QuotaQueue(1000.0, None, time.monotonic)
    paused = asyncio.new_event_loop()
    waiting = [paused.create_task(queue.wait(None)) for _ in range(3)]
    queue.bucket.throttle(time.monotonic(), time.monotonic())
    paused.run_until_complete(asyncio.sleep(0))
    asyncio.run(acquire(queue))
    assert queue._waiting == 0
    waiting[0].cancel()
    paused.run_until_complete(asyncio.wait(waiting))
    assert [task.cancelled() for task in waiting] == [True, False, False]
    paused.close()


def test_a_call_is_told_the_shortest_wait() -> None:
    async def run() -> None:
        queue = a_queue(10.0, 1.0)
        key = ("GetGroup", "a")
        assert queue.try_now(key) is None
        assert queue.try_now(None) == pytest.approx(1 / 9.5)
        assert queue.try_now(key) == pytest.approx(1 / 0.95)
        waiting = [asyncio.create_task(queue.wait(key)) for _ in range(4)]
        await asyncio.sleep(0)
        assert queue.try_now(key) == pytest.approx(5 / 0.95)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)

    run_in_virtual_time(run())
