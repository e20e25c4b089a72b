"""Many calls with limited concurrency: results in order, failures beside them."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
)
from inspect import isawaitable
from typing import Any, Generic, Literal, NoReturn, TypeAlias, TypeVar, overload

from attrs import frozen

from cognito_async._errors import InvalidRequestError
from cognito_async._messages import safe_repr

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@frozen
class Ok(Generic[T_co]):
    """A call that succeeded."""

    value: T_co
    """What the call returned."""

    @property
    def error(self) -> None:
        """None."""
        return

    def unwrap(self) -> T_co:
        """Return the value."""
        return self.value


@frozen
class Failed:
    """A call that failed."""

    error: Exception
    """What the call raised."""

    def unwrap(self) -> NoReturn:
        """Raise the error."""
        raise self.error


Result: TypeAlias = Ok[T] | Failed
"""Result of a call: ``Ok`` with its value, or ``Failed`` with its error."""
Call: TypeAlias = Awaitable[T] | Callable[[], Awaitable[T]]
Calls: TypeAlias = Iterable[Call[T]] | AsyncIterable[Call[T]]


@overload
async def gather(
    calls: Calls[T],
    *,
    concurrency: int = 10,
    on_error: Literal["collect"] = "collect",
    on_result: Callable[[int, Result[T]], object] | None = None,
) -> list[Result[T]]: ...
@overload
async def gather(
    calls: Calls[T],
    *,
    concurrency: int = 10,
    on_error: Literal["raise"],
    on_result: Callable[[int, Result[T]], object] | None = None,
) -> list[T]: ...
async def gather(
    calls: Calls[T],
    *,
    concurrency: int = 10,
    on_error: Literal["collect", "raise"] = "collect",
    on_result: Callable[[int, Result[T]], object] | None = None,
) -> list[Any]:
    """Run calls, a limited number at a time, and return their results in order.

    The calls are read one by one, each when a slot is free: a generator of a million calls takes the memory
    of its results only. A coroutine that is not started, after an error or a cancellation, is closed.

    A cancellation cancels the calls in flight. The results so far are not lost if ``on_result`` keeps them.

    Args:
        calls: Coroutines, or functions without arguments that return awaitables; the iterable may be
            asynchronous, and lazy.
        concurrency: Maximum number of calls at the same time. ``max_connections`` of the client limits the
            requests too.
        on_error: ``collect`` returns an ``Ok`` or ``Failed`` for each call. ``raise`` returns the values; the
            first error cancels the other calls and is raised, with a note of its position.
        on_result: Called with position and result of each call as soon as it is complete. What it raises ends
            the gathering.

    Raises:
        InvalidRequestError: An argument is invalid, or an element of ``calls`` is no call.
    """
    check_concurrency(concurrency, "gather")
    if on_error not in ("collect", "raise"):
        raise _invalid("on_error", "collect or raise", safe_repr(on_error))
    results: dict[int, Result[T]] = {}

    async def deliver(index: int, result: Result[T]) -> None:
        results[index] = result
        if on_result is not None:
            on_result(index, result)
        if on_error == "raise" and isinstance(result, Failed):
            others = sum(isinstance(each, Ok) for each in results.values())
            result.error.add_note(f"gather: call {index} failed; {others} others had succeeded")
            raise result.error

    await _run(calls, concurrency, deliver)
    ordered = (results[index] for index in range(len(results)))
    return list(ordered) if on_error == "collect" else [each.unwrap() for each in ordered]


async def gather_iter(
    calls: Calls[T], *, concurrency: int = 10
) -> AsyncGenerator[tuple[int, Result[T]], None]:
    """Run calls, a limited number at a time; iterate over positions and results, in order of completion.

    Memory is independent of the number of calls: when results are not consumed, no further calls start. If
    ``calls`` raises, the results so far come first, then the error. Use it with ``contextlib.aclosing`` if
    the iteration may end early: the calls in flight are cancelled then, and up to twice ``concurrency``
    results that are complete and not consumed are lost.

    Args:
        calls: As for ``gather``.
        concurrency: Maximum number of calls at the same time.

    Raises:
        InvalidRequestError: An argument is invalid, or an element of ``calls`` is no call.
    """
    check_concurrency(concurrency, "gather_iter")
    queue: asyncio.Queue[tuple[int, Result[T]] | None] = asyncio.Queue()
    slots = asyncio.Semaphore(concurrency)

    async def deliver(index: int, result: Result[T]) -> None:
        queue.put_nowait((index, result))  # first: a worker that ends while it waits has delivered
        await slots.acquire()

    run = asyncio.create_task(_run(calls, concurrency, deliver))
    run.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (item := await queue.get()) is not None:
            slots.release()
            yield item
        run.result()  # raises what ended it
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def _run(
    calls: Calls[T], concurrency: int, deliver: Callable[[int, Result[T]], Coroutine[Any, Any, None]]
) -> None:
    """Run all calls and deliver their results. The first other error ends all, and is raised."""
    numbered = _numbered(calls)
    reading = asyncio.Lock()

    async def work() -> None:
        while True:
            async with reading:  # an asynchronous iterator serves one reader at a time
                try:
                    index, call = await anext(numbered)
                except StopAsyncIteration:
                    return
            await deliver(index, await _result(call))

    workers = [asyncio.create_task(work()) for _ in range(concurrency)]
    pending = set(workers)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for worker in done:
                worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await numbered.aclose()


async def _numbered(calls: Calls[T]) -> AsyncGenerator[tuple[int, Call[T]], None]:
    """Yield the calls with their positions; close what is not started."""
    index = 0
    try:
        if isinstance(calls, AsyncIterable):
            async for call in calls:
                yield index, _checked(index, call)
                index += 1
        else:
            for call in calls:
                yield index, _checked(index, call)
                index += 1
    finally:
        if isinstance(calls, Collection):
            for call in list(calls)[index + 1 :]:
                _close(call)
        elif isinstance(calls, AsyncGenerator):
            await calls.aclose()
        else:
            _close(calls)


async def _result(call: Call[T]) -> Result[T]:
    try:
        return Ok(await (call if isawaitable(call) else call()))
    except Exception as error:  # noqa: BLE001  it is the result
        return Failed(error)


def _close(call: object) -> None:
    """Close a coroutine that was not started, or a generator."""
    close = getattr(call, "close", None)
    if close is not None:
        close()


def _checked(index: int, call: Call[T]) -> Call[T]:
    if not isawaitable(call) and not callable(call):
        name = type(call).__name__
        raise _invalid(f"calls[{index}]", "a coroutine, or a function that returns one", name)
    return call


def check_concurrency(concurrency: object, function: str) -> None:
    """Raise InvalidRequestError unless it is a positive number."""
    if type(concurrency) is not int or concurrency < 1:
        problem = f"concurrency: expected a number of at least 1, got {safe_repr(concurrency)}"
        raise InvalidRequestError(function, [problem])


def _invalid(name: str, expected: str, found: str) -> InvalidRequestError:
    return InvalidRequestError("gather", [f"{name}: expected {expected}, got {found}"])
