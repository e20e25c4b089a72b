"""What a transport has open on one event loop, and how it is closed, with the loop or without it."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from typing import Any, TypeAlias

import aiohttp

from cognito_async._http.connector import TrackingConnector, has_open_socket
from cognito_async._http.direct import DirectConnections
from cognito_async._http.in_flight import InFlightRequests
from cognito_async._single_flight import create_task, own_tasks


class LoopState:
    """Session and requests in flight of one event loop.

    ``asyncio.run`` closes the session when it ends. A program that closes its loop itself usually does not,
    and afterwards nothing can be awaited on that loop: ``close_without_loop`` is for these.
    """

    def __init__(
        self,
        states: LoopStates,
        loop: asyncio.AbstractEventLoop,
        session: aiohttp.ClientSession,
        connector: TrackingConnector | None,
        *,
        direct: DirectConnections | None = None,
        slots: int,
    ) -> None:
        self.loop = loop
        self.session = session
        self.direct = direct
        self.in_flight = InFlightRequests(loop, slots)
        self._states = states
        self._connector = connector  # None: the session is the caller's
        self._lifetime = self._until_the_loop_ends()
        self._closing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Add the state to those of the transport, and tie the session to the running loop."""
        await anext(self._lifetime)

    async def close(self) -> None:
        """Close the session; called on its loop."""
        await self._lifetime.aclose()

    async def _until_the_loop_ends(self) -> AsyncGenerator[None]:
        # A loop closes the async generators that were started on it when it shuts down.
        self._states[self.loop] = self
        try:
            yield
        finally:
            self._states.pop(self.loop, None)
            self.in_flight.close()
            if self.direct is not None:
                self.direct.close()
            if self._connector is not None and not self.session.closed:
                _remaining[self] = True
                # Old releases of aiohttp do not wait for the end of TLS; the loop could be closed before.
                # New ones wait in a task, about which asyncio prints a message if the loop is closed.
                for inner in self._connector.transports:
                    inner.abort()
                for _ in range(2):  # the steps that close a socket, and then its connection with TLS
                    await asyncio.sleep(0)
                await self.session.close()
                _remaining.pop(self, None)

    def close_in_task(self) -> None:
        """Start to close the session; called on its loop."""
        self._closing = create_task(self._close_unless_the_loop_does())

    async def _close_unless_the_loop_does(self) -> None:
        with suppress(RuntimeError):  # the loop ends, and closes its asynchronous generators
            await self.close()

    def close_without_loop(self) -> None:
        """Close the sockets and the session of a loop that is already closed."""
        if self._closing is not None:
            _close_coroutine(self._closing)
        if self._connector is not None:
            if isinstance(self.loop, asyncio.BaseEventLoop):  # others close their sockets themselves
                for inner, outer in self._connector.transports.items():
                    _close_socket(inner, outer)
            _run(self._connector.close())
            for task in self.in_flight.tasks():
                if task in own_tasks:
                    _close_coroutine(task)
            self.session.detach()
        with suppress(RuntimeError):  # a task of the caller was closing the session
            _run(self.close())


LoopStates: TypeAlias = dict[asyncio.AbstractEventLoop, LoopState]


# Those of transports that were collected, and those that are being closed, each until its sockets are closed.
_remaining: dict[LoopState, bool] = {}


def close_states_of_closed_loops(states: LoopStates) -> None:
    """Close what is left of loops that were closed without ``shutdown_asyncgens``."""
    for loop in list(states):
        if loop.is_closed() and (state := states.pop(loop, None)):  # None if another thread was faster
            state.close_without_loop()
    for state in list(_remaining):
        if state.loop.is_closed() and _remaining.pop(state, False):  # as above
            state.close_without_loop()


def close_states_of_collected_transport(states: LoopStates) -> None:
    """Close what a transport has left; the garbage collector calls this, in any thread.

    A loop may be closed before it has run the steps that are scheduled here. The state is then closed when
    the next transport opens one, or at exit.
    """
    close_states_of_closed_loops(states)
    for state in list(states.values()):
        _remaining[state] = True
        with suppress(RuntimeError):  # the loop was closed just now
            state.loop.call_soon_threadsafe(state.close_in_task)
    states.clear()


atexit.register(close_states_of_closed_loops, {})


def _close_coroutine(task: asyncio.Task[Any]) -> None:
    """End a task whose loop is closed."""
    coroutine: Any = task.get_coro()
    coroutine.close()


def _close_socket(inner: Any, outer: asyncio.Transport) -> None:
    """Close a socket at once: its transport schedules this step on the loop, where it would never run."""
    with suppress(RuntimeError):  # the loop is closed
        outer.abort()
    if has_open_socket(inner):
        inner.set_protocol(asyncio.Protocol())  # those of TLS and aiohttp would use the loop
        inner._call_connection_lost(None)  # noqa: SLF001  has no public name


def _run(awaitable: Awaitable[None]) -> None:
    """Complete an awaitable that has nothing to wait for, outside of a loop."""
    for _ in awaitable.__await__():
        pass
