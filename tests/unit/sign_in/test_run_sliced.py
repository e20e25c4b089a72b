"""run_sliced: computations on an event loop, one after another, with other tasks in between."""

from __future__ import annotations

import asyncio
import gc
import secrets
import threading
from collections.abc import Generator

import pytest

from cognito_async.sign_in import _modpow
from cognito_async.sign_in._modpow import N, Steps, power, power_of_g, run_sliced


@pytest.fixture(autouse=True)
def _one_step_per_slice(monkeypatch: pytest.MonkeyPatch, pure_python: None) -> None:
    """Let each step take as long as a slice, so that the tests do not depend on the speed of the machine."""
    times = iter(range(10**9))
    monkeypatch.setattr(_modpow, "perf_counter", lambda: next(times))
    monkeypatch.setattr(_modpow, "BUDGET", 1)


def log_steps(log: list[str], name: str, count: int = 3) -> Generator[None, None, str]:
    """Yield some times, and log that."""
    for number in range(count):
        log.append(f"{name}{number}")
        yield
    return name


async def run_other_tasks(count: int = 5) -> None:
    """Give other tasks time to run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_other_tasks_run_between_slices() -> None:
    log: list[str] = []

    async def heartbeat() -> None:
        while True:
            log.append("-")
            await asyncio.sleep(0)

    other = asyncio.create_task(heartbeat())
    assert await run_sliced(log_steps(log, "a")) == "a"
    other.cancel()
    assert "".join(log).strip("-") == "a0-a1-a2"


async def test_several_steps_run_in_a_slice_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(_modpow, "perf_counter", lambda: len(log) / 4)
    task = asyncio.create_task(run_sliced(log_steps(log, "a", 10)))
    counts = []
    while not task.done():
        await asyncio.sleep(0)
        counts.append(len(log))
    assert counts[:4] == [0, 4, 8, 10]


async def test_other_tasks_run_between_short_computations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise fifty people who sign in with gmpy2 would block the loop for the time of all."""
    monkeypatch.setattr(_modpow, "perf_counter", lambda: 0)
    log: list[str] = []
    tasks = [asyncio.create_task(run_sliced(log_steps(log, name, 1))) for name in "abcd"]
    counts = []
    while not all(task.done() for task in tasks):
        before = len(log)
        await asyncio.sleep(0)
        counts.append(len(log) - before)
    assert sum(counts) == 4
    assert max(counts) == 1


async def test_fifty_computations_at_once_give_right_results_in_order() -> None:
    exponents = [secrets.randbits(256) for _ in range(50)]
    done: list[int] = []
    beats = 0

    async def compute(index: int) -> int:
        result = await run_sliced(power_of_g(exponents[index]))
        done.append(index)
        return result

    async def heartbeat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(heartbeat())
    results = await asyncio.gather(*map(compute, range(50)))
    other.cancel()
    assert results == [pow(2, exponent, N) for exponent in exponents]
    assert done == list(range(50))
    assert beats > 50 * 24
    assert _modpow._queues == {}


async def test_one_computation_advances_at_a_time() -> None:
    """A round of the loop is then as long as one slice, however many people sign in."""
    log: list[str] = []
    await asyncio.gather(*(run_sliced(log_steps(log, name)) for name in "abc"))
    assert log == ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"]


async def test_computations_of_low_priority_are_overtaken() -> None:
    """The service waits for the end of exchanges that have begun."""
    log: list[str] = []
    low = [asyncio.create_task(run_sliced(log_steps(log, name, 1), low_priority=True)) for name in "abcd"]
    await run_other_tasks(1)
    high = [asyncio.create_task(run_sliced(log_steps(log, name, 1))) for name in "xyz"]
    assert await asyncio.gather(*low, *high) == list("abcdxyz")
    assert log == ["a0", "x0", "y0", "z0", "b0", "c0", "d0"]
    assert _modpow._queues == {}


async def test_a_cancelled_computation_stops_and_the_next_one_runs() -> None:
    log: list[str] = []
    steps = log_steps(log, "a", 1000)
    first = asyncio.create_task(run_sliced(steps))
    second = asyncio.create_task(run_sliced(log_steps(log, "b")))
    await run_other_tasks()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert steps.gi_frame is None  # closed
    assert await second == "b"
    assert log[-3:] == ["b0", "b1", "b2"]
    assert len(log) < 10
    assert _modpow._queues == {}


@pytest.mark.parametrize("low_priority", [False, True])
async def test_a_cancelled_computation_that_waits_leaves_the_queue(*, low_priority: bool) -> None:
    log: list[str] = []
    tasks = [
        asyncio.create_task(run_sliced(log_steps(log, name), low_priority=low_priority)) for name in "abc"
    ]
    await run_other_tasks(2)
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [results[0], results[2]] == ["a", "c"]
    assert isinstance(results[1], asyncio.CancelledError)
    assert log == ["a0", "a1", "a2", "c0", "c1", "c2"]
    assert _modpow._queues == {}


async def test_an_error_of_a_computation_is_raised_and_the_next_one_runs() -> None:
    def fail() -> Steps[None]:
        yield
        raise ValueError("u is 0")

    log: list[str] = []
    results = await asyncio.gather(
        run_sliced(fail()), run_sliced(log_steps(log, "b")), return_exceptions=True
    )
    assert isinstance(results[0], ValueError)
    assert results[1] == "b"
    assert _modpow._queues == {}


async def test_a_computation_without_steps_is_complete_at_once() -> None:
    assert await run_sliced(log_steps([], "a", 0)) == "a"


@pytest.mark.parametrize("low_priority", [False, True])
def test_a_loop_that_is_closed_meanwhile_does_not_affect_the_next_one(*, low_priority: bool) -> None:
    log: list[str] = []
    for _ in range(3):
        loop = asyncio.new_event_loop()
        tasks = [
            loop.create_task(run_sliced(log_steps(log, name, 1000), low_priority=low_priority))
            for name in "ab"
        ]
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.run_until_complete(run_other_tasks())
        loop.close()
        del task, tasks
        gc.collect()
        assert len(_modpow._queues) <= 1
    assert asyncio.run(run_sliced(power(3, 5))) == 243
    gc.collect()  # an exception of a coroutine that is destroyed fails the test
    assert _modpow._queues == {}


def test_loops_in_threads_compute_at_the_same_time() -> None:
    results: dict[int, int] = {}

    def compute(number: int) -> None:
        results[number] = asyncio.run(run_sliced(power_of_g(2**255 + number)))

    threads = [threading.Thread(target=compute, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: pow(2, 2**255 + number, N) for number in range(4)}


async def test_two_loops_have_their_own_queues() -> None:
    log: list[str] = []
    task = asyncio.create_task(run_sliced(log_steps(log, "a", 1000)))
    await run_other_tasks()
    result = await asyncio.to_thread(asyncio.run, run_sliced(log_steps(log, "b")))
    assert result == "b"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert _modpow._queues == {}
