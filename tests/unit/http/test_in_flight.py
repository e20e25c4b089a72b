"""Deadlines and connection slots of the requests in flight, on a clock that the test advances."""

from __future__ import annotations

import asyncio
import gc
import weakref
from math import inf
from typing import Any

import pytest

from cognito_async._http.in_flight import Exchange, InFlightRequests


class FakeTimer:
    def __init__(self, at: float, function: Any) -> None:
        self.at = at
        self.function = function
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLoop:
    """The running loop, with a clock of its own and a record of its timers."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[FakeTimer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, function: Any) -> FakeTimer:
        self.timers.append(FakeTimer(at, function))
        return self.timers[-1]

    def create_future(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    @property
    def active_timers(self) -> list[float]:
        return [timer.at for timer in self.timers if not timer.cancelled]

    def advance_to(self, now: float) -> None:
        self.now = now
        for timer in self.timers:
            if not timer.cancelled and timer.at <= now:
                timer.cancelled = True
                timer.function()


@pytest.fixture
def loop() -> FakeLoop:
    return FakeLoop()


@pytest.fixture
def in_flight(loop: FakeLoop) -> InFlightRequests:
    return InFlightRequests(loop, slots=2)


async def wait_forever(exchange: Exchange) -> None:
    with exchange:
        await asyncio.Event().wait()


async def start(
    in_flight: InFlightRequests, end: float, read_timeout: float = inf
) -> tuple[Exchange, asyncio.Task[None]]:
    """Start a request that never ends, in its own task."""
    exchanges: list[Exchange] = []

    async def run() -> None:
        exchanges.append(Exchange(in_flight, end, read_timeout))
        await wait_forever(exchanges[0])

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    return exchanges[0], task


async def cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# Deadlines


async def test_an_expired_deadline_raises_a_timeout_error(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    exchange, task = await start(in_flight, 10.0)
    loop.advance_to(9.9)
    await asyncio.sleep(0)
    assert not task.done()
    loop.advance_to(10.0)
    with pytest.raises(TimeoutError):
        await task
    assert exchange.expired
    assert exchange.hit_total_timeout


async def test_many_requests_share_one_timer(in_flight: InFlightRequests, loop: FakeLoop) -> None:
    tasks = [(await start(in_flight, 10.0 + number))[1] for number in range(5)]
    assert loop.active_timers == [10.0]
    await cancel(*tasks)
    assert len(loop.timers) == 1


async def test_an_earlier_deadline_moves_the_timer(in_flight: InFlightRequests, loop: FakeLoop) -> None:
    _, late = await start(in_flight, 10.0)
    _, early = await start(in_flight, 5.0)
    assert loop.active_timers == [5.0]
    loop.advance_to(5.0)
    with pytest.raises(TimeoutError):
        await early
    assert loop.active_timers == [10.0]
    assert not late.done()
    await cancel(late)


async def test_no_timer_is_set_without_requests_in_flight(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    _, task = await start(in_flight, 5.0)
    await cancel(task)
    loop.advance_to(5.0)
    assert loop.active_timers == []


async def test_closing_stops_the_timer(in_flight: InFlightRequests, loop: FakeLoop) -> None:
    _, task = await start(in_flight, 5.0)
    in_flight.close()
    assert loop.active_timers == []
    await cancel(task)


async def test_no_timer_is_set_without_a_timeout(in_flight: InFlightRequests, loop: FakeLoop) -> None:
    _, task = await start(in_flight, inf)
    assert loop.timers == []
    await cancel(task)


async def test_the_read_timeout_restarts_with_each_extension(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    exchange, task = await start(in_flight, 100.0, read_timeout=10.0)
    exchange.extend_deadline(1.0)
    loop.advance_to(9.0)
    exchange.extend_deadline(9.0)
    loop.advance_to(18.0)
    await asyncio.sleep(0)
    assert not task.done()
    loop.advance_to(19.0)
    with pytest.raises(TimeoutError):
        await task
    assert not exchange.hit_total_timeout


async def test_the_total_timeout_limits_the_read_timeout(in_flight: InFlightRequests, loop: FakeLoop) -> None:
    exchange, task = await start(in_flight, 12.0, read_timeout=10.0)
    exchange.extend_deadline(9.0)
    loop.advance_to(12.0)
    with pytest.raises(TimeoutError):
        await task
    assert exchange.hit_total_timeout


async def test_a_restarted_exchange_has_no_read_timeout_until_it_is_connected(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    exchange, task = await start(in_flight, 100.0, read_timeout=10.0)
    exchange.connection_reused = True
    exchange.extend_deadline(0.0)
    exchange.restart()
    assert exchange.needs_new_connection
    assert not exchange.connection_reused
    loop.advance_to(50.0)
    await asyncio.sleep(0)
    assert not task.done()
    await cancel(task)


async def test_a_cancellation_by_the_caller_takes_precedence_over_a_timeout(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    _, task = await start(in_flight, 5.0)
    task.cancel()
    loop.advance_to(5.0)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_continues_after_catching_the_timeout(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    async def run() -> str:
        try:
            await wait_forever(Exchange(in_flight, 5.0, inf))
        except TimeoutError:
            await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return f"continues, cancelled {task.cancelling()} times"

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    loop.advance_to(5.0)
    assert await task == "continues, cancelled 0 times"


async def test_an_error_raised_while_the_deadline_expires_is_raised_unchanged(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    async def run() -> int:
        task = asyncio.current_task()
        assert task is not None
        try:
            with Exchange(in_flight, 5.0, inf):
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    raise OSError("connection broke") from None
        except OSError:
            return task.cancelling()
        raise AssertionError("no error")

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    loop.advance_to(5.0)
    assert await task == 0


async def test_a_task_that_ends_slowly_is_cancelled_once(in_flight: InFlightRequests, loop: FakeLoop) -> None:
    may_end = asyncio.Event()
    cancelled = []

    async def run() -> None:
        with Exchange(in_flight, 5.0, inf):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(loop.now)
                await may_end.wait()
                raise

    task = asyncio.create_task(run())
    _, late = await start(in_flight, 10.0)
    loop.advance_to(5.0)
    await asyncio.sleep(0)
    loop.advance_to(10.0)
    with pytest.raises(TimeoutError):
        await late
    may_end.set()
    with pytest.raises(TimeoutError):
        await task
    assert cancelled == [5.0]


async def test_an_exchange_outside_of_a_task_raises_a_runtime_error(in_flight: InFlightRequests) -> None:
    message = asyncio.get_running_loop().create_future()

    def create() -> None:
        try:
            Exchange(in_flight, 5.0, inf)
        except RuntimeError as error:
            message.set_result(str(error))

    asyncio.get_running_loop().call_soon(create)
    assert "needs a task" in await message


async def test_a_finished_exchange_keeps_no_reference_to_its_task(in_flight: InFlightRequests) -> None:
    kept: list[Exchange] = []

    async def run() -> None:
        kept.append(Exchange(in_flight, 5.0, inf))
        with kept[0]:
            await asyncio.sleep(0)

    task = asyncio.create_task(run())
    reference = weakref.ref(task)
    await task
    del task
    await asyncio.sleep(0)
    gc.collect()
    assert reference() is None


# Connection slots


async def use_slot(
    in_flight: InFlightRequests, started: list[int], number: int, finish: asyncio.Event
) -> None:
    with (exchange := Exchange(in_flight, inf, inf)):
        if not exchange.has_slot:
            await exchange.acquire_slot()
        started.append(number)
        await finish.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_slots_are_assigned_in_the_order_of_the_requests(in_flight: InFlightRequests) -> None:
    started: list[int] = []
    finish = [asyncio.Event() for _ in range(6)]
    tasks = [asyncio.create_task(use_slot(in_flight, started, n, finish[n])) for n in range(6)]
    await settle()
    assert started == [0, 1]
    for number in (1, 0, 2):
        finish[number].set()
        await settle()
    assert started == [0, 1, 2, 3, 4]
    for event in finish:
        event.set()
    await asyncio.gather(*tasks)
    assert started == [0, 1, 2, 3, 4, 5]


async def test_a_new_request_gets_its_slot_after_those_that_wait(in_flight: InFlightRequests) -> None:
    started: list[int] = []
    finish = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(use_slot(in_flight, started, n, finish[n])) for n in range(3)]
    await settle()
    finish[0].set()
    tasks.append(asyncio.create_task(use_slot(in_flight, started, 3, finish[3])))
    await settle()
    assert started == [0, 1, 2]
    await cancel(*tasks)


async def test_a_request_cancelled_while_waiting_takes_no_slot(in_flight: InFlightRequests) -> None:
    started: list[int] = []
    finish = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(use_slot(in_flight, started, n, finish[n])) for n in range(4)]
    await settle()
    await cancel(tasks[2])
    finish[0].set()
    await settle()
    assert started == [0, 1, 3]
    await cancel(*tasks)


async def test_a_request_cancelled_just_after_it_got_a_slot_releases_it(in_flight: InFlightRequests) -> None:
    started: list[int] = []
    finish = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(use_slot(in_flight, started, n, finish[n])) for n in range(4)]
    await settle()
    finish[0].set()
    await asyncio.sleep(0)  # the first releases its slot to the third, which has not run yet
    tasks[2].cancel()
    await settle()
    assert started == [0, 1, 3]
    await cancel(*tasks)


async def test_all_slots_are_released(in_flight: InFlightRequests) -> None:
    for _ in range(3):
        started: list[int] = []
        tasks = [asyncio.create_task(use_slot(in_flight, started, n, asyncio.Event())) for n in range(5)]
        await settle()
        assert started == [0, 1]
        await cancel(*tasks)


async def test_a_deadline_expires_while_waiting_for_a_slot(
    in_flight: InFlightRequests, loop: FakeLoop
) -> None:
    _, first = await start(in_flight, inf)
    _, second = await start(in_flight, inf)

    async def wait() -> None:
        with (exchange := Exchange(in_flight, 5.0, inf)):
            assert not exchange.has_slot
            await exchange.acquire_slot()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    loop.advance_to(5.0)
    with pytest.raises(TimeoutError):
        await task
    await cancel(first, second)
