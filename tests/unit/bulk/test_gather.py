"""gather: results in order, limited concurrency, lazy input, nothing lost on errors and cancellations."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from cognito_async.bulk import Failed, Ok, gather, gather_iter
from cognito_async.errors import InvalidRequestError


async def value(number: int, *, wait: int = 0) -> int:
    for _ in range(wait):
        await asyncio.sleep(0)
    if number < 0:
        raise ValueError(number)
    return number


async def test_results_are_in_order_and_failures_beside_them() -> None:
    results = await gather([value(1, wait=5), value(-2), value(3)])
    assert results[0] == Ok(1)
    assert results[2] == Ok(3)
    failed = results[1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ValueError)
    with pytest.raises(ValueError, match="-2"):
        failed.unwrap()
    assert (results[0].unwrap(), results[0].error) == (1, None)


async def test_functions_and_tasks_are_called_and_awaited() -> None:
    task = asyncio.create_task(value(2))
    assert await gather([lambda: value(1), task], on_error="raise") == [1, 2]


async def test_there_may_be_no_calls() -> None:
    assert await gather([]) == []
    assert await gather([], on_error="raise") == []


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_calls_are_read_when_a_slot_is_free(
    asynchronous: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    read, running, most = 0, 0, 0

    async def call() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    def calls() -> Iterator[Callable[[], Awaitable[None]]]:
        nonlocal read
        for _ in range(20):
            read += 1
            assert read <= len(done) + 3
            yield call

    async def asynchronous_calls() -> AsyncIterator[Callable[[], Awaitable[None]]]:
        for each in calls():
            await asyncio.sleep(0)
            yield each

    done: list[int] = []
    source: Any = asynchronous_calls() if asynchronous else calls()
    results = await gather(source, concurrency=3, on_result=lambda index, _: done.append(index))
    assert results == [Ok(None)] * 20
    assert sorted(done) == list(range(20))
    assert most <= 3


async def test_the_first_error_cancels_the_others() -> None:
    cancelled: list[int] = []

    async def hang(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(number)

    with pytest.raises(ValueError, match="-1") as caught:
        await gather([hang(0), value(1), value(-1, wait=3), hang(3)], on_error="raise")
    assert cancelled == [0, 3]
    assert caught.value.__notes__ == ["gather: call 2 failed; 1 others had succeeded"]


async def test_coroutines_that_are_not_started_are_closed() -> None:
    """Python warns about those that are neither awaited nor closed; warnings are errors here."""
    with pytest.raises(ValueError, match="-1"):
        await gather([value(-1), *(value(number) for number in range(5))], concurrency=1, on_error="raise")
    gc.collect()


async def test_a_generator_is_closed_early() -> None:
    closed = []

    def calls() -> Iterator[Callable[[], Awaitable[int]]]:
        try:
            while True:
                yield lambda: value(-1)
        finally:
            closed.append("generator")

    async def asynchronous_calls() -> AsyncIterator[Callable[[], Awaitable[int]]]:
        try:
            while True:
                yield lambda: value(-1)
        finally:
            closed.append("asynchronous generator")

    for source in (calls(), asynchronous_calls(), iter([lambda: value(-1)])):
        with pytest.raises(ValueError, match="-1"):
            await gather(source, on_error="raise")  # type: ignore[arg-type]
    assert closed == ["generator", "asynchronous generator"]


async def test_on_cancellation_the_results_so_far_were_delivered() -> None:
    delivered: dict[int, object] = {}
    hang = asyncio.Event()
    started = asyncio.Event()

    async def last() -> None:
        started.set()
        await hang.wait()

    task = asyncio.create_task(
        gather([lambda: value(1), lambda: value(-1), last], on_result=delivered.__setitem__)  # type: ignore[list-item]
    )
    await started.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert delivered[0] == Ok(1)
    assert isinstance(delivered[1], Failed)
    assert 2 not in delivered


async def test_a_call_that_cancels_itself_ends_all() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await gather([asyncio.Event().wait(), cancelled()])


async def test_an_error_of_the_input_ends_all() -> None:
    def calls() -> Iterator[Callable[[], Awaitable[int]]]:
        yield lambda: value(1)
        raise LookupError("no more")

    with pytest.raises(LookupError):
        await gather(calls())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"concurrency": 0}, "concurrency: expected a number of at least 1, got 0"),
        ({"concurrency": True}, "concurrency: expected a number of at least 1, got True"),
        ({"on_error": "ignore"}, "on_error: expected collect or raise, got 'ignore'"),
        (
            {"calls": [7]},
            r"calls\[0\]: expected a coroutine, or a function that returns one, got int",
        ),
    ],
)
async def test_wrong_arguments(arguments: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        await gather(**{"calls": [], **arguments})


async def test_results_can_be_iterated_as_they_complete() -> None:
    results = [each async for each in gather_iter([value(0, wait=9), value(1)])]
    assert results == [(1, Ok(1)), (0, Ok(0))]


async def test_without_a_consumer_no_further_calls_start() -> None:
    started = 0

    async def call() -> None:
        nonlocal started
        started += 1

    async with aclosing(gather_iter((call for _ in range(100)), concurrency=3)) as results:
        assert await anext(results) is not None
        for _ in range(50):
            await asyncio.sleep(0)
        assert started <= 3 + 3 + 1


async def test_an_iteration_that_ends_early_cancels_the_calls() -> None:
    cancelled = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    async with aclosing(gather_iter([hang, lambda: value(1)])) as results:  # type: ignore[list-item]
        assert await anext(results) == (1, Ok(1))
    assert cancelled == [1]


async def test_results_before_an_error_of_the_input_are_delivered() -> None:
    def calls() -> Iterator[Coroutine[Any, Any, int]]:
        for number in range(5):
            yield value(number)
        raise ZeroDivisionError

    found: list[int] = []
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async for index, _ in gather_iter(calls(), concurrency=3):
            for _ in range(20):  # a slow consumer: calls complete meanwhile
                await asyncio.sleep(0)
            found.append(index)
    assert sorted(found) == list(range(5))


async def test_the_concurrency_of_an_iteration_is_checked() -> None:
    with pytest.raises(InvalidRequestError, match="gather_iter: concurrency"):
        await anext(gather_iter([], concurrency=0))


async def test_an_iteration_raises_errors_of_the_input() -> None:
    with pytest.raises(InvalidRequestError, match="got NoneType"):
        [each async for each in gather_iter([None])]  # type: ignore[list-item]
