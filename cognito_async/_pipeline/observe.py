"""Calls the hooks of a client. Loaded only by clients that have hooks."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from weakref import ref

from cognito_async._errors import ConfigurationError
from cognito_async._pipeline.call import Call
from cognito_async._pipeline.hook_errors import all_linked, without
from cognito_async._pipeline.hook_facts import facts_of, facts_of_failure
from cognito_async._pipeline.hook_headers import checked_headers
from cognito_async._pipeline.state import Effects
from cognito_async.hooks import AttemptInfo, AttemptResult, CallInfo, CallResult, Connections, Hooks
from cognito_async.rate_limit._category import category_of
from cognito_async.transport import HTTPRequest, HTTPResponse

T = TypeVar("T")

_log = logging.getLogger("cognito_async")

_METHODS = ("attach", "before_call", "before_attempt", "after_attempt", "after_call")
_PORTS = {"http": 80, "https": 443}

_FAILED = object()
"""State of a hook whose ``before_call`` has raised an exception."""


class HookRunner:
    """The hooks of a client.

    Args:
        hooks: Value of the argument ``hooks``.

    Raises:
        ConfigurationError: One is not an object of a subclass of ``Hooks``, or has an async method.
    """

    def __init__(self, hooks: Sequence[Hooks]) -> None:
        if isinstance(hooks, Hooks | type | str | bytes | bytearray) or not isinstance(hooks, Sequence):
            raise ConfigurationError(f"hooks: expected a list of Hooks, got {_kind(hooks)}")
        for index, each in enumerate(hooks):
            if not isinstance(each, Hooks):
                raise ConfigurationError(
                    f"hooks[{index}]: expected an object of a subclass of Hooks, got {_kind(each)}"
                )
            for method in _METHODS:
                if iscoroutinefunction(getattr(each, method)):
                    raise ConfigurationError(
                        f"hooks[{index}]: {type(each).__name__}.{method} is async; hooks are plain functions"
                    )
        self.hooks = tuple(hooks)
        self._reported: set[tuple[int, str]] = set()

    def attach(self, client: HasConnections) -> None:
        """Run ``attach``; the function that the hooks get does not keep the client in memory."""
        owner = ref(client)

        def connections() -> Connections | None:
            client = owner()
            return None if client is None else client.connections()

        for index in range(len(self.hooks)):
            self.run(index, "attach", connections)

    async def observe(self, work: Callable[[CallObserver], Awaitable[T]], effects: Effects) -> T:
        """Run a call and the hooks around it.

        Args:
            work: Makes the call, and calls ``start`` of its argument at the beginning.
            effects: Has the clock.
        """
        observer = CallObserver(self, effects.monotonic)
        try:
            result = await work(observer)
        except BaseException as error:
            observer.end(error)
            raise
        observer.end(None)
        return result

    def run(self, index: int, method: str, *arguments: object) -> Any:
        """Run a method of a hook; return ``_FAILED`` if it has raised an exception."""
        hook = self.hooks[index]
        error_of_call = sys.exception()
        try:
            result = getattr(hook, method)(*arguments)
            if result is not None and method != "before_call":  # whose result may be any object
                _check_result(result)
        except Exception as error:  # noqa: BLE001  a fault of a hook must not break calls
            self.report(index, method, error, error_of_call)
            return _FAILED
        return result

    def report(self, index: int, method: str, error: Exception, error_of_call: BaseException | None) -> None:
        """Log the first failure of a method.

        Args:
            index: Index of the hook.
            method: Name of its method.
            error: What it has raised.
            error_of_call: What was handled when the method was called. Not logged: its text may contain the
                name of a user.
        """
        if (index, method) in self._reported:
            return
        self._reported.add((index, method))
        shown = without(all_linked(error_of_call), error)
        name = f"{type(self.hooks[index]).__name__}.{method}"
        _log.error("hooks[%d]: %s failed; later failures are not logged", index, name, exc_info=shown)


class HasConnections(Protocol):
    """A pipeline."""

    def connections(self) -> Connections | None:
        """Return the numbers of connections; None if the client is closed."""


class CallObserver:
    """Runs the hooks for one call."""

    __slots__ = (
        "_attempt",
        "_attempt_started",
        "_call",
        "_clock",
        "_delay",
        "_delayed",
        "_facts",
        "_headers",
        "_info",
        "_runner",
        "_started",
        "_states",
        "_waited",
        "request",
    )

    def __init__(self, runner: HookRunner, clock: Callable[[], float]) -> None:
        self.request: HTTPRequest | None = None
        """The request, if it is no operation of the API."""
        self._runner = runner
        self._clock = clock
        self._started = clock()
        self._states: list[Any] = []
        self._headers: dict[str, str] = {}
        self._facts: dict[str, Any] = {}
        """What is known of the last attempt."""
        self._call: Call
        self._info: CallInfo
        self._attempt: AttemptInfo | None = None
        self._attempt_started = self._delay = self._delayed = self._waited = 0.0

    def start(self, call: Call) -> None:
        """Run ``before_call``."""
        operation = call.operation
        self._call = call
        self._info = CallInfo(
            operation=operation.name,
            signed=operation.signed,
            quota=category_of(operation, call.request),
            timeout=call.timeout,
            id=call.id,
        )
        call.observer = self
        for index in range(len(self._runner.hooks)):
            self._states.append(self._runner.run(index, "before_call", self._info))

    def before_attempt(self, url: str, region: str | None) -> None:
        """Run ``before_attempt``, and collect the headers that hooks add.

        Args:
            url: URL of the API.
            region: Region of the client.
        """
        call, request = self._call, self.request
        host, port = _address(url if request is None else request.url)
        attempt = self._attempt = AttemptInfo(
            number=call.attempts,
            max_attempts=call.max_attempts,
            method="POST" if request is None else request.method,
            host=host,
            port=port,
            region=region,
            timeout=call.seconds_left(),
            waited=call.waited,
            delayed=self._delay,
        )
        self._waited += attempt.waited
        self._delayed += attempt.delayed
        call.waited = self._delay = 0.0  # if the call ends before the next attempt, `end` adds the rest
        self._headers = {}
        self._attempt_started = self._clock()
        for index, state in enumerate(self._states):
            if state is not _FAILED:
                added = self._runner.run(index, "before_attempt", self._info, attempt, state)
                if added is not None and added is not _FAILED:
                    self._add(index, added)

    def _add(self, index: int, headers: Any) -> None:
        error_of_call = sys.exception()  # the caller may be handling an error
        try:
            self._headers |= checked_headers(headers)
        except (TypeError, ValueError) as error:
            self._runner.report(index, "before_attempt", error, error_of_call)

    async def delay(self, sleep: Awaitable[None]) -> None:
        """Wait until the next attempt, and measure how long."""
        started = self._clock()
        try:
            await sleep
        finally:
            self._delay = self._clock() - started

    def with_headers(self, request: HTTPRequest) -> HTTPRequest:
        """Return a request with the headers that hooks have added."""
        if not self._headers:
            return request
        names = {name.lower() for name in self._headers}
        own = {name: value for name, value in request.headers.items() if name.lower() not in names}
        return request._replace(headers=own | self._headers)

    def after_attempt(self, outcome: HTTPResponse | BaseException, delay: float | None) -> None:
        """Run ``after_attempt``.

        Args:
            outcome: Response or error.
            delay: Seconds until the next attempt; None if there is none.
        """
        attempt, self._attempt = self._attempt, None
        self._facts = facts_of(outcome, self._call)
        seconds = self._clock() - self._attempt_started
        result = AttemptResult(seconds=seconds, retry_delay=delay, **self._facts)
        self._run_reversed("after_attempt", attempt, result)

    def end(self, error: BaseException | None) -> None:
        """Run ``after_call``, and before it ``after_attempt`` if an attempt is not over.

        Args:
            error: What the call raises.
        """
        if not self._states:  # a parameter is invalid
            return
        call = self._call
        if error is not None:
            if self._attempt is not None:
                self.after_attempt(error, None)
            self._facts = facts_of_failure(error, call, self._facts)
        result = CallResult(
            seconds=self._clock() - self._started,
            attempts=call.attempts,
            waited=self._waited + call.waited,
            delayed=self._delayed + self._delay,
            **self._facts,
        )
        self._run_reversed("after_call", result)

    def _run_reversed(self, method: str, *facts: object) -> None:
        for index in range(len(self._states) - 1, -1, -1):
            state = self._states[index]
            if state is not _FAILED:
                self._runner.run(index, method, self._info, *facts, state)


def _check_result(result: object) -> None:
    """Check what a method of a hook has returned.

    Raises:
        TypeError: It must be awaited. A task runs by itself.
    """
    if isawaitable(result) and not asyncio.isfuture(result):
        if iscoroutine(result):
            result.close()
        raise TypeError(f"returned an object of {type(result).__name__}, which is not awaited")


@lru_cache(maxsize=64)
def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
