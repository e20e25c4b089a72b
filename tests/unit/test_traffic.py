"""Deadlines and room of what is under way, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import gc
import weakref
from math import inf
from typing import Any

import pytest

from cognito_async._traffic import Exchange, Traffic


class Timer:
    def __init__(self, at: float, function: Any) -> None:
        self.at = at
        self.function = function
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """The running loop, but for a clock of its own and timers that are remembered."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, function: Any) -> Timer:
        self.timers.append(Timer(at, function))
        return self.timers[-1]

    def create_future(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    @property
    def set_timers(self) -> list[float]:
        return [timer.at for timer in self.timers if not timer.cancelled]

    def move_to(self, now: float) -> None:
        self.now = now
        for timer in self.timers:
            if not timer.cancelled and timer.at <= now:
                timer.cancelled = True
                timer.function()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def traffic(loop: Loop) -> Traffic:
    return Traffic(loop, room=2)


async def hang(exchange: Exchange) -> None:
    with exchange:
        await asyncio.Event().wait()


async def start(traffic: Traffic, end: float, patience: float = inf) -> tuple[Exchange, asyncio.Task[None]]:
    """Start a request that hangs, in a task of its own."""
    made: list[Exchange] = []

    async def run() -> None:
        made.append(Exchange(traffic, end, patience))
        await hang(made[0])

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    return made[0], task


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# Deadlines


async def test_what_takes_too_long_raises_a_timeout_error(traffic: Traffic, loop: Loop) -> None:
    exchange, task = await start(traffic, 10.0)
    loop.move_to(9.9)
    await asyncio.sleep(0)
    assert not task.done()
    loop.move_to(10.0)
    with pytest.raises(TimeoutError):
        await task
    assert exchange.expired
    assert exchange.is_total


async def test_many_requests_share_one_timer(traffic: Traffic, loop: Loop) -> None:
    tasks = [(await start(traffic, 10.0 + number))[1] for number in range(5)]
    assert loop.set_timers == [10.0]
    await end(*tasks)
    assert len(loop.timers) == 1


async def test_an_earlier_deadline_moves_the_timer(traffic: Traffic, loop: Loop) -> None:
    _, late = await start(traffic, 10.0)
    _, early = await start(traffic, 5.0)
    assert loop.set_timers == [5.0]
    loop.move_to(5.0)
    with pytest.raises(TimeoutError):
        await early
    assert loop.set_timers == [10.0]
    assert not late.done()
    await end(late)


async def test_no_timer_is_left_when_nothing_is_under_way(traffic: Traffic, loop: Loop) -> None:
    _, task = await start(traffic, 5.0)
    await end(task)
    loop.move_to(5.0)
    assert loop.set_timers == []


async def test_closing_stops_the_timer(traffic: Traffic, loop: Loop) -> None:
    _, task = await start(traffic, 5.0)
    traffic.close()
    assert loop.set_timers == []
    await end(task)


async def test_without_a_limit_there_is_no_timer(traffic: Traffic, loop: Loop) -> None:
    _, task = await start(traffic, inf)
    assert loop.timers == []
    await end(task)


async def test_patience_counts_from_each_step(traffic: Traffic, loop: Loop) -> None:
    exchange, task = await start(traffic, 100.0, patience=10.0)
    exchange.step(1.0)
    loop.move_to(9.0)
    exchange.step(9.0)
    loop.move_to(18.0)
    await asyncio.sleep(0)
    assert not task.done()
    loop.move_to(19.0)
    with pytest.raises(TimeoutError):
        await task
    assert not exchange.is_total


async def test_patience_ends_with_the_total(traffic: Traffic, loop: Loop) -> None:
    exchange, task = await start(traffic, 12.0, patience=10.0)
    exchange.step(9.0)
    loop.move_to(12.0)
    with pytest.raises(TimeoutError):
        await task
    assert exchange.is_total


async def test_a_new_start_waits_for_a_connection_as_long_as_there_is_time(
    traffic: Traffic, loop: Loop
) -> None:
    exchange, task = await start(traffic, 100.0, patience=10.0)
    exchange.was_used = True
    exchange.step(0.0)
    exchange.restart()
    assert exchange.wants_new
    assert not exchange.was_used
    loop.move_to(50.0)
    await asyncio.sleep(0)
    assert not task.done()
    await end(task)


async def test_somebody_else_s_cancellation_goes_before_a_timeout(traffic: Traffic, loop: Loop) -> None:
    _, task = await start(traffic, 5.0)
    task.cancel()
    loop.move_to(5.0)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_timed_out_can_go_on(traffic: Traffic, loop: Loop) -> None:
    async def run() -> str:
        try:
            await hang(Exchange(traffic, 5.0, inf))
        except TimeoutError:
            await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return f"goes on, cancelled {task.cancelling()} times"

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    loop.move_to(5.0)
    assert await task == "goes on, cancelled 0 times"


async def test_another_error_at_the_same_moment_is_raised_as_it_is(traffic: Traffic, loop: Loop) -> None:
    async def run() -> int:
        task = asyncio.current_task()
        assert task is not None
        try:
            with Exchange(traffic, 5.0, inf):
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    raise OSError("broke") from None
        except OSError:
            return task.cancelling()
        raise AssertionError("no error")

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    loop.move_to(5.0)
    assert await task == 0


async def test_a_task_that_takes_its_time_to_end_is_cancelled_once(traffic: Traffic, loop: Loop) -> None:
    slow = asyncio.Event()
    cancelled = []

    async def run() -> None:
        with Exchange(traffic, 5.0, inf):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(loop.now)
                await slow.wait()
                raise

    task = asyncio.create_task(run())
    _, late = await start(traffic, 10.0)
    loop.move_to(5.0)
    await asyncio.sleep(0)
    loop.move_to(10.0)
    with pytest.raises(TimeoutError):
        await late
    slow.set()
    with pytest.raises(TimeoutError):
        await task
    assert cancelled == [5.0]


async def test_outside_of_a_task_there_is_nothing_to_cancel(traffic: Traffic) -> None:
    refused = asyncio.get_running_loop().create_future()

    def make() -> None:
        try:
            Exchange(traffic, 5.0, inf)
        except RuntimeError as error:
            refused.set_result(str(error))

    asyncio.get_running_loop().call_soon(make)
    assert "needs a task" in await refused


async def test_a_request_that_is_over_holds_on_to_no_task(traffic: Traffic) -> None:
    kept: list[Exchange] = []

    async def run() -> None:
        kept.append(Exchange(traffic, 5.0, inf))
        with kept[0]:
            await asyncio.sleep(0)

    task = asyncio.create_task(run())
    gone = weakref.ref(task)
    await task
    del task
    await asyncio.sleep(0)
    gc.collect()
    assert gone() is None


# Room


async def queue(traffic: Traffic, log: list[int], number: int, finish: asyncio.Event) -> None:
    with (exchange := Exchange(traffic, inf, inf)):
        if not exchange.has_room:
            await exchange.wait_for_room()
        log.append(number)
        await finish.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_wait_for_room_get_it_in_their_order(traffic: Traffic) -> None:
    log: list[int] = []
    finish = [asyncio.Event() for _ in range(6)]
    tasks = [asyncio.create_task(queue(traffic, log, n, finish[n])) for n in range(6)]
    await settle()
    assert log == [0, 1]
    for number in (1, 0, 2):
        finish[number].set()
        await settle()
    assert log == [0, 1, 2, 3, 4]
    for event in finish:
        event.set()
    await asyncio.gather(*tasks)
    assert log == [0, 1, 2, 3, 4, 5]


async def test_a_newcomer_does_not_go_before_those_who_wait(traffic: Traffic) -> None:
    log: list[int] = []
    finish = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(queue(traffic, log, n, finish[n])) for n in range(3)]
    await settle()
    finish[0].set()
    tasks.append(asyncio.create_task(queue(traffic, log, 3, finish[3])))
    await settle()
    assert log == [0, 1, 2]
    await end(*tasks)


async def test_who_is_cancelled_while_waiting_takes_no_room(traffic: Traffic) -> None:
    log: list[int] = []
    finish = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(queue(traffic, log, n, finish[n])) for n in range(4)]
    await settle()
    await end(tasks[2])
    finish[0].set()
    await settle()
    assert log == [0, 1, 3]
    await end(*tasks)


async def test_who_is_cancelled_when_the_turn_has_come_passes_it_on(traffic: Traffic) -> None:
    log: list[int] = []
    finish = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(queue(traffic, log, n, finish[n])) for n in range(4)]
    await settle()
    finish[0].set()
    await asyncio.sleep(0)  # the first leaves and hands its room to the third, which has not run yet
    tasks[2].cancel()
    await settle()
    assert log == [0, 1, 3]
    await end(*tasks)


async def test_all_room_comes_back(traffic: Traffic) -> None:
    for _ in range(3):
        log: list[int] = []
        tasks = [asyncio.create_task(queue(traffic, log, n, asyncio.Event())) for n in range(5)]
        await settle()
        assert log == [0, 1]
        await end(*tasks)


async def test_time_runs_out_while_waiting_for_room_too(traffic: Traffic, loop: Loop) -> None:
    _, first = await start(traffic, inf)
    _, second = await start(traffic, inf)

    async def wait() -> None:
        with (exchange := Exchange(traffic, 5.0, inf)):
            assert not exchange.has_room
            await exchange.wait_for_room()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    loop.move_to(5.0)
    with pytest.raises(TimeoutError):
        await task
    await end(first, second)
