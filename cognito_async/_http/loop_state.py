"""What a transport has open on one event loop, and how it is closed, with the loop or without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from typing import Any, TypeAlias

import aiohttp

from cognito_async._http.connector import TrackingConnector, has_open_socket
from cognito_async._http.in_flight import InFlightRequests
from cognito_async._single_flight import own_tasks


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
        slots: int,
    ) -> None:
        self.loop = loop
        self.session = session
        self.in_flight = InFlightRequests(loop, slots)
        self._states = states
        self._connector = connector  # None: the session is the caller's
        self._lifetime = self._until_the_loop_ends()

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
            if self._connector is not None:
                await self.session.close()

    def close_without_loop(self) -> None:
        """Close the sockets and the session of a loop that is already closed."""
        if self._connector is not None:
            for transport in self._connector.transports:
                _close_socket(transport)
            _run(self._connector.close())
            for task in self.in_flight.tasks():
                if task in own_tasks:
                    task.get_coro().close()
            self.session.detach()
        _run(self.close())


LoopStates: TypeAlias = dict[asyncio.AbstractEventLoop, LoopState]


def close_states_of_closed_loops(states: LoopStates) -> None:
    """Close what is left of loops that were closed without ``shutdown_asyncgens``."""
    for loop in list(states):
        if loop.is_closed() and (state := states.pop(loop, None)):  # None if another thread was faster
            state.close_without_loop()


def _close_socket(transport: asyncio.Transport) -> None:
    """Close a socket at once: its transport schedules this step on the loop, where it would never run."""
    with suppress(RuntimeError):  # the loop is closed
        transport.abort()
    ssl_protocol = getattr(transport, "_ssl_protocol", None)
    inner: Any = transport if ssl_protocol is None else ssl_protocol._transport  # noqa: SLF001  no public name
    if inner is not None and has_open_socket(inner):
        inner.set_protocol(asyncio.Protocol())  # those of TLS and aiohttp would use the loop
        inner._call_connection_lost(None)  # noqa: SLF001  as above


def _run(awaitable: Awaitable[None]) -> None:
    """Complete an awaitable that has nothing to wait for, outside of a loop."""
    for _ in awaitable.__await__():
        pass
