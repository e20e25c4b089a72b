"""SingleFlight: concurrent callers share one run."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from cognito_async._single_flight import SingleFlight


class GatedWork:
    """A coroutine function that waits for an event, and counts its runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.ended = 0
        self.error: BaseException | None = None
        self.gates: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}

    @property
    def gate(self) -> asyncio.Event:
        return self.gates.setdefault(asyncio.get_running_loop(), asyncio.Event())

    async def run(self) -> int:
        self.runs += 1
        number = self.runs
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
            return number
        finally:
            self.ended += 1


async def run_other_tasks(count: int = 5) -> None:
    """Give other tasks time to run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_thousand_callers_share_one_run() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    callers = [asyncio.create_task(flight.wait()) for _ in range(1000)]
    await run_other_tasks()
    assert work.runs == 1
    work.gate.set()
    assert await asyncio.gather(*callers) == [1] * 1000


async def test_the_next_caller_after_the_end_starts_another_run() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    work.gate.set()
    assert [await flight.wait(), await flight.wait()] == [1, 2]


async def test_all_callers_get_the_same_error_and_the_next_one_another_run() -> None:
    work = GatedWork()
    work.error = LookupError("no")
    flight = SingleFlight(work.run)
    callers = [asyncio.create_task(flight.wait()) for _ in range(10)]
    await run_other_tasks()
    work.gate.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert {id(outcome) for outcome in outcomes} == {id(work.error)}
    work.error = None
    assert await flight.wait() == 2


async def test_cancelling_a_caller_does_not_cancel_the_others() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    first, second = (asyncio.create_task(flight.wait()) for _ in range(2))
    await run_other_tasks()
    first.cancel()
    await run_other_tasks()
    assert first.cancelled()
    assert not second.done()
    work.gate.set()
    assert await second == 1


async def test_a_run_without_callers_continues_and_serves_the_next_caller() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    callers = [asyncio.create_task(flight.wait()) for _ in range(3)]
    await run_other_tasks()
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    gc.collect()
    late = asyncio.create_task(flight.wait())
    await run_other_tasks()
    work.gate.set()
    assert await late == 1


async def test_an_exception_without_callers_is_not_logged_as_never_retrieved(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = GatedWork()
    work.error = LookupError("no")
    flight = SingleFlight(work.run)
    flight.start()
    await run_other_tasks()
    work.gate.set()
    await run_other_tasks()
    del flight
    gc.collect()
    assert caplog.records == []


async def test_start_does_not_wait_and_does_not_start_twice() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    task = flight.start()
    assert flight.start() is task
    await run_other_tasks()
    assert work.runs == 1
    work.gate.set()
    assert await flight.wait() == 1


async def test_close_cancels_a_run_and_waits_for_its_end() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    task = flight.start()
    await run_other_tasks()
    await flight.close()
    assert task.cancelled()
    assert work.ended == 1
    await flight.close()


async def test_close_without_a_run_does_nothing() -> None:
    flight = SingleFlight(GatedWork().run)
    await flight.close()
    work = GatedWork()
    flight = SingleFlight(work.run)
    work.gate.set()
    await flight.wait()
    await flight.close()


# Several event loops


@pytest.fixture
def loops() -> Iterator[tuple[asyncio.AbstractEventLoop, asyncio.AbstractEventLoop]]:
    created = (asyncio.new_event_loop(), asyncio.new_event_loop())
    yield created
    for loop in created:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(run_other_tasks())
        loop.close()


def run_briefly(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(run_other_tasks())


async def open_gate(work: GatedWork) -> None:
    work.gate.set()


def test_each_loop_has_its_own_run(loops: Any) -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    callers = []
    for loop in loops:
        callers.append(loop.create_task(flight.wait()))
        run_briefly(loop)
    assert work.runs == 2
    for loop, caller, number in zip(loops, callers, (1, 2), strict=True):
        loop.run_until_complete(open_gate(work))
        assert loop.run_until_complete(caller) == number


def test_alternating_loops_start_one_run_each(loops: Any) -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)
    for _ in range(3):
        for loop in loops:
            loop.create_task(flight.wait())
            run_briefly(loop)
    assert work.runs == 2


def test_close_does_not_cancel_the_run_of_another_loop(loops: Any) -> None:
    first, second = loops
    work = GatedWork()
    flight = SingleFlight(work.run)
    caller = first.create_task(flight.wait())
    run_briefly(first)
    second.run_until_complete(flight.close())
    first.run_until_complete(open_gate(work))
    assert first.run_until_complete(caller) == 1


def test_the_run_of_an_ended_loop_is_started_again() -> None:
    work = GatedWork()
    flight = SingleFlight(work.run)

    async def start_and_return() -> None:
        flight.start()
        await run_other_tasks()

    async def finish() -> int:
        work.gate.set()
        return await flight.wait()

    asyncio.run(start_and_return())
    assert asyncio.run(finish()) == 2
