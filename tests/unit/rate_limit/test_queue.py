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

from cognito_async.rate_limit import _lanes
from cognito_async.rate_limit._lanes import Lane
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
    monkeypatch.setattr(_lanes, "_MANY", 10)

    async def run() -> None:
        queue = a_queue(100.0, 5.0)
        for number in range(200):
            await acquire(queue, ("GetGroup", f"pool {number}"))
            await asyncio.sleep(0.2)
        assert len(queue.lanes.lanes) <= 10

    run_in_virtual_time(run())


def factors(queue: QuotaQueue, *keys: Key) -> list[float]:
    """Return the factors of the category and of pools."""
    now = queue.clock()
    own = [queue.lanes.lanes[key].bucket for key in keys]
    return [bucket.factor(now) for bucket in (queue.bucket, *own) if bucket is not None]


def test_throttling_of_one_pool_slows_down_only_this_pool() -> None:
    async def run() -> None:
        queue, a, b = a_queue(100.0, 50.0), ("GetGroup", "a"), ("GetGroup", "b")
        for key in (a, b):
            await acquire(queue, key)
        queue.throttled(a, 0.1)
        queue.throttled(a, 0.1)  # it was in flight
        assert factors(queue, a, b) == [1, 0.5, 1]
        await asyncio.sleep(1)
        queue.throttled(a, 0.1)
        assert factors(queue, a, b) == [1, 0.25, 1]
        queue.throttled(b, 0.1)
        assert factors(queue, a, b) == [0.5, 0.25, 0.5]
        await asyncio.sleep(100)
        queue.throttled(a, 0.1)
        await asyncio.sleep(3)
        queue.throttled(("GetGroup", "c"), 0.0)
        assert factors(queue, b) == [1, 1]

    run_in_virtual_time(run())


def test_throttling_slows_down_a_category_without_quotas_of_pools() -> None:
    async def run() -> None:
        queue = a_queue(100.0)
        queue.throttled(None, 0.1)
        queue.throttled(None, 0.2)  # it was in flight
        assert factors(queue) == [0.5]

    run_in_virtual_time(run())


def test_many_pools_that_wait_cost_a_bounded_time_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call looks at a few pools, not at all that wait."""
    looks = 0
    delay = Lane.delay

    def counted(lane: Lane, now: float) -> float:
        nonlocal looks
        looks += 1
        return delay(lane, now)

    monkeypatch.setattr(Lane, "delay", counted)

    async def run() -> None:
        queue = a_queue(20.0, 5.0)
        for cancel in (True, False):
            tasks = [
                asyncio.create_task(acquire(queue, ("GetGroup", f"pool {number}"))) for number in range(1000)
            ]
            await asyncio.sleep(0.2)
            if cancel:
                for task in tasks:
                    task.cancel()
            await asyncio.wait(tasks)
        assert queue._waiting == 0

    run_in_virtual_time(run())
    assert looks < 2000 * 10


def test_calls_that_were_cancelled_do_not_fill_the_memory() -> None:
    async def run() -> None:
        queue = a_queue(0.01)
        await acquire(queue)
        first = asyncio.create_task(acquire(queue))
        await asyncio.sleep(0)
        for _ in range(20):
            tasks = [asyncio.create_task(acquire(queue)) for _ in range(10)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        assert len(queue.lanes.lanes[None]._queue) < 20
        first.cancel()

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


class Clock:
    """A clock that stands still until it is started, so that nobody's turn comes before on a slow machine."""

    def __init__(self) -> None:
        self._stands_at: float | None = time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() if self._stands_at is None else self._stands_at

    def start(self) -> None:
        self._stands_at = None


def test_a_loop_that_was_closed_while_calls_wait_delays_no_other() -> None:
    """Also its coroutines end while the queue is locked."""
    clock = Clock()
    queue = QuotaQueue(1000.0, None, clock)

    async def start() -> None:
        queue.bucket.throttle(clock(), clock())
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
    clock.start()
    asyncio.run(acquire(queue))
    assert queue._waiting == 0


def test_a_loop_that_is_blocked_delays_no_other() -> None:
    """One of its calls is cancelled after its turn has come, but before the loop runs again."""
    clock = Clock()
    queue = QuotaQueue(1000.0, None, clock)
    paused = asyncio.new_event_loop()
    waiting = [paused.create_task(queue.wait(None)) for _ in range(3)]
    queue.bucket.throttle(clock(), clock())
    paused.run_until_complete(asyncio.sleep(0))
    clock.start()
    asyncio.run(acquire(queue))
    assert queue._waiting == 0
    waiting[0].cancel()
    paused.run_until_complete(asyncio.wait(waiting))
    assert [task.cancelled() for task in waiting] == [True, False, False]
    paused.close()


def test_a_loop_that_was_closed_while_many_calls_wait_makes_no_later_call_late() -> None:
    queue = QuotaQueue(1000.0, None, time.monotonic)

    async def start() -> None:
        for _ in range(2000):
            task = asyncio.ensure_future(queue.wait(None))
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(start())
    loop.close()
    shortest = queue.try_now(None)
    assert shortest is None or shortest < 0.1
    assert queue._waiting == 0
    assert queue._timers == {}


def test_a_loop_that_is_closed_in_the_moment_of_a_turn_delays_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    queue = QuotaQueue(1000.0, None, clock)
    paused = asyncio.new_event_loop()
    task = paused.create_task(queue.wait(None))
    queue.bucket.throttle(clock(), clock())
    paused.run_until_complete(asyncio.sleep(0))

    def closed(*_: object) -> None:
        raise RuntimeError("Event loop is closed")

    with monkeypatch.context() as patch:
        patch.setattr(paused, "call_soon_threadsafe", closed)
        clock.start()
        asyncio.run(acquire(queue))
    assert queue._waiting == 0
    task.cancel()
    paused.run_until_complete(asyncio.wait([task]))
    paused.close()


@pytest.mark.parametrize("per_pool", [None, 20.0])
def test_calls_of_a_loop_that_was_blocked_do_not_go_out_all_at_a_time(per_pool: float | None) -> None:
    """Their turns came while the loop was blocked, because another loop woke them."""
    now = 0.0
    queue, key = QuotaQueue(20.0, per_pool, lambda: now), ("GetGroup", "a")
    blocked = asyncio.new_event_loop()
    sent: list[tuple[float, int]] = []

    async def call(number: int) -> None:
        await acquire(queue, key)
        sent.append((now, number))

    tasks = [blocked.create_task(call(number)) for number in range(100)]
    blocked.run_until_complete(asyncio.sleep(0))

    async def other() -> None:
        nonlocal now
        waiting = asyncio.create_task(acquire(queue, key))
        await asyncio.sleep(0)
        for _ in range(200):  # the other loop wakes those whose turn has come
            now += 0.02
            with queue._lock:
                queue._grant(now, asyncio.get_running_loop())
        waiting.cancel()

    asyncio.run(other())
    now += 0.5

    async def rest() -> None:
        nonlocal now
        while len(sent) < 100:
            for _ in range(20):
                await asyncio.sleep(0)
            now += 0.01
            with queue._lock:
                queue._grant(now, blocked)

    blocked.run_until_complete(rest())
    blocked.run_until_complete(asyncio.wait(tasks))
    blocked.close()
    assert greatest_window([at for at, _ in sent]) <= 20
    late = [number for _, number in sent if number <= 76]
    assert late == sorted(late)
    assert sorted(number for _, number in sent) == list(range(100))


def test_processes_that_start_together_do_not_send_their_first_requests_together() -> None:
    queue = QuotaQueue(0.5, None, lambda: 0.0, 0.25)
    assert queue.try_now(None) == pytest.approx(0.75 / 0.475)
    queue = QuotaQueue(5.0, 0.5, lambda: 0.0, 0.25)
    assert queue.try_now(None) is None
    assert queue.try_now(("GetGroup", "a")) == pytest.approx(0.75 / 0.475)
    assert QuotaQueue(1.0, 1.0, lambda: 0.0, 0.25).try_now(("GetGroup", "a")) is None


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
