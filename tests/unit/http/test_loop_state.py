"""What is left of an event loop that was closed by hand, and of a transport that was collected."""

from __future__ import annotations

import asyncio
from math import inf
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from cognito_async._http import loop_state
from cognito_async._http.connector import TrackingConnector
from cognito_async._http.in_flight import Exchange
from cognito_async._http.loop_state import (
    LoopState,
    LoopStates,
    close_states_of_closed_loops,
    close_states_of_collected_transport,
)
from cognito_async._single_flight import own_tasks


class FakeTransport:
    """Like that of a TLS connection, whose socket is open until the other side has answered."""

    def __init__(self) -> None:
        self.socket_is_open = True

    def abort(self) -> None:
        asyncio.get_running_loop().call_soon(self.close_socket)

    def close_socket(self) -> None:
        self.socket_is_open = False


async def open_state(states: LoopStates, *transports: Any) -> LoopState:
    connector = TrackingConnector()
    connector.transports.update({transport: transport for transport in transports})
    session = aiohttp.ClientSession(connector=connector)
    state = LoopState(states, asyncio.get_running_loop(), session, connector, slots=3)
    await state.open()
    return state


async def wait_for_a_response(state: LoopState, ended: list[str], name: str) -> None:
    try:
        with Exchange(state.in_flight, inf, inf):
            await state.loop.create_future()
    finally:
        ended.append(name)


def test_only_the_package_s_own_tasks_are_ended_without_their_loop() -> None:
    loop = asyncio.new_event_loop()
    states: LoopStates = {}
    ended: list[str] = []

    async def start() -> list[asyncio.Task[None]]:
        state = await open_state(states)
        names = ("first caller", "own", "second caller")
        tasks = [loop.create_task(wait_for_a_response(state, ended, name)) for name in names]
        own_tasks.add(tasks[1])
        await asyncio.sleep(0)
        return tasks

    tasks = loop.run_until_complete(start())
    loop.close()
    close_states_of_closed_loops(states)
    assert ended == ["own"]
    assert states == {}
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # the loop is closed on purpose
        task.get_coro().close()  # type: ignore[union-attr]


async def test_no_socket_is_open_when_a_session_is_closed() -> None:
    transport = FakeTransport()
    states: LoopStates = {}
    state = await open_state(states, transport)
    await state.close()
    assert not transport.socket_is_open
    assert state.session.closed
    assert states == {}


async def test_what_a_collected_transport_leaves_on_a_running_loop_is_closed_there() -> None:
    states: LoopStates = {}
    state = await open_state(states)
    close_states_of_collected_transport(states)
    for _ in range(10):
        await asyncio.sleep(0)
    assert state.session.closed
    assert states == {}


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_what_a_collected_transport_leaves_is_closed_after_its_loop(steps: int) -> None:
    loop = asyncio.new_event_loop()
    states: LoopStates = {}
    state = loop.run_until_complete(open_state(states))
    close_states_of_collected_transport(states)
    for _ in range(steps):
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.close()
    close_states_of_closed_loops({})  # as another transport does
    assert state.session.closed
    assert states == {}


def test_a_loop_that_is_closed_while_a_transport_is_collected_is_left_to_the_next_transport(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.new_event_loop()
    states: LoopStates = {}
    state = loop.run_until_complete(open_state(states))
    answers = iter([False])
    loop.close()
    monkeypatch.setattr(loop, "is_closed", lambda: next(answers, True))
    close_states_of_collected_transport(states)
    assert not state.session.closed
    close_states_of_closed_loops({})
    assert state.session.closed


@pytest.mark.parametrize("steps", [1, 2])
def test_a_loop_that_is_closed_while_a_caller_closes_the_client(steps: int) -> None:
    loop = asyncio.new_event_loop()
    states: LoopStates = {}
    state = loop.run_until_complete(open_state(states))
    task = loop.create_task(state.close())
    for _ in range(steps):
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.close()
    close_states_of_closed_loops(states)
    assert state.session.closed
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    task.get_coro().close()  # type: ignore[union-attr]


class ClosedByAnotherThread:
    """A loop whose state another thread takes at the moment when this one asks whether it is closed."""

    def __init__(self, states: dict[Any, Any]) -> None:
        self.states = states
        self.loop = self  # used as a state too; it has no method to close it

    def is_closed(self) -> bool:
        self.states.clear()
        return True


def test_a_state_that_another_thread_closes_is_not_closed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    states: dict[Any, Any] = {}
    states[ClosedByAnotherThread(states)] = "state"
    close_states_of_closed_loops(states)
    assert states == {}
    remaining: dict[Any, bool] = {}
    monkeypatch.setattr(loop_state, "_remaining", remaining)
    remaining[ClosedByAnotherThread(remaining)] = True
    close_states_of_closed_loops({})
    assert remaining == {}


async def test_a_connection_that_is_lost_at_once_is_not_tracked() -> None:
    async with TrackingConnector() as connector:
        connector._track(None)
        connector._track(SimpleNamespace(_ssl_protocol=SimpleNamespace(_transport=None)))
        assert connector.transports == {}


async def test_the_transport_of_the_socket_is_tracked_below_all_layers_of_tls() -> None:
    inner = asyncio.Transport({"socket": SimpleNamespace(fileno=lambda: 3)})
    layer = SimpleNamespace(_ssl_protocol=SimpleNamespace(_transport=inner))
    outer = SimpleNamespace(_ssl_protocol=SimpleNamespace(_transport=layer))
    async with TrackingConnector() as connector:
        connector._track(outer)
        assert connector.transports == {inner: outer}


async def test_a_transport_without_an_open_socket_is_no_longer_tracked() -> None:
    closed = asyncio.Transport({"socket": SimpleNamespace(fileno=lambda: -1)})
    async with TrackingConnector() as connector:
        connector._track(closed)
        connector._track(None)
        assert connector.transports == {}


async def test_a_state_that_its_loop_is_closing_is_not_closed_a_second_time() -> None:
    """Both happen if a client is collected just before its event loop ends."""
    state = await open_state({}, FakeTransport())
    closing = asyncio.create_task(state.close())
    await asyncio.sleep(0)  # now it waits for the sockets
    state.close_in_task()
    assert state._closing is not None
    await state._closing
    assert not closing.done()
    await closing
    assert state.session.closed
