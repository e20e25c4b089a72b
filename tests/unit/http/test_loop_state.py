"""Requests in flight on an event loop that was closed by hand."""

from __future__ import annotations

import asyncio
from math import inf

import aiohttp

from cognito_async._http.connector import TrackingConnector
from cognito_async._http.in_flight import Exchange
from cognito_async._http.loop_state import LoopState, LoopStates, close_states_of_closed_loops
from cognito_async._single_flight import own_tasks


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
        connector = TrackingConnector()
        session = aiohttp.ClientSession(connector=connector)
        state = LoopState(states, loop, session, connector, slots=3)
        await state.open()
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
