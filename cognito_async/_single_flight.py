"""Tasks of the package: one run of a coroutine function for concurrent callers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from cognito_async._errors import ClientClosedError

T = TypeVar("T")
CLIENT = "CognitoClient"

own_tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
"""Tasks that the package started."""


def running_loop(owner: str = CLIENT) -> asyncio.AbstractEventLoop:
    """Return the running event loop.

    Raises:
        RuntimeError: There is none; the message says that ``owner`` needs it.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            f"{owner} needs a running asyncio event loop: await its calls in a coroutine that asyncio "
            "runs, as in asyncio.run(main()). trio does not work; anyio works with its asyncio backend"
        ) from None


class SingleFlight(Generic[T]):
    """Callers on an event loop share a task; a cancelled caller does not cancel the others.

    Args:
        function: Coroutine function to run.
        owner: Class that users know, for the message that there is no event loop.
    """

    def __init__(self, function: Callable[[], Coroutine[Any, Any, T]], owner: str = CLIENT) -> None:
        self._function = function
        self._owner = owner
        self._tasks: dict[asyncio.AbstractEventLoop, asyncio.Task[T]] = {}

    async def wait(self) -> T:
        """Return the result of the current run; start one if there is none.

        Raises:
            ClientClosedError: ``close`` cancelled the run.
        """
        run = self.start()
        try:
            return await asyncio.shield(run)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not run.cancelled() or task is None or task.cancelling():
                raise
        raise ClientClosedError("the client was closed while this call waited")

    def start(self) -> asyncio.Task[T]:
        """Return the task of the current run; start one if there is none."""
        loop = running_loop(self._owner)
        task = self._tasks.get(loop)
        if task is None or task.done():
            self._tasks = {other: run for other, run in self._tasks.items() if not other.is_closed()}
            task = self._tasks[loop] = create_task(self._function(), name=self._function.__qualname__)
            task.add_done_callback(_retrieve)
        return task

    @property
    def running(self) -> bool:
        """Whether there is a run on this loop that has not ended."""
        task = self._tasks.get(running_loop(self._owner))
        return task is not None and not task.done()

    async def close(self) -> None:
        """Cancel the current run on this loop."""
        task = self._tasks.get(running_loop(self._owner))
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])


def create_task(coroutine: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Start a task of the package. If its loop is closed before it ends, asyncio does not log that."""
    task = asyncio.create_task(coroutine, name=name)
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001  has no public name
    own_tasks.add(task)
    return task


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Retrieve the exception: asyncio logs it otherwise if all callers were cancelled."""
    if not task.cancelled():
        task.exception()
