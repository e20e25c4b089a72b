"""Fixtures for the examples: an emulator, a proxy in front of it that fails on demand, pools with users."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar, web

from cognito_async import CognitoClient, Credentials
from cognito_async.testing import MotoServer
from emulators.moto_server import AWS_SETTINGS, make_practice_pool
from examples.example import EXAMPLES, Completed, wait_for_exit
from examples.proxy import ControlledProxy


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer]:
    with MotoServer() as server:
        yield server


@pytest.fixture
async def proxy(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ControlledProxy]:
    """Start the proxy and point the environment to it."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        controlled = ControlledProxy(moto.url, session)
        runner = web.ServerRunner(web.Server(controlled.handle), shutdown_timeout=1)  # type: ignore[arg-type]
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        controlled.address.append("http://{}:{}".format(*runner.addresses[0]))
        for name, value in (AWS_SETTINGS | {"AWS_ENDPOINT_URL": controlled.url}).items():
            monkeypatch.setenv(name, value)
        yield controlled
        controlled.over.set()
        await runner.cleanup()


@pytest.fixture
async def emulator(moto: MotoServer) -> AsyncIterator[CognitoClient]:
    """Return a client that bypasses the proxy, for setup and checks."""
    credentials = Credentials(access_key_id="emulator", secret_access_key="emulator")
    async with CognitoClient(region="eu-west-1", endpoint_url=moto.url, credentials=credentials) as client:
        yield client


@pytest.fixture
def practice(emulator: CognitoClient, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Awaitable[str]]:
    """Return a function that creates a pool with users, sets it in the environment and returns its id."""

    async def create(users: int) -> str:
        settings = await make_practice_pool(emulator, users)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return settings["COGNITO_USER_POOL_ID"]

    return create


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Awaitable[asyncio.subprocess.Process]]:
    """Return a function that starts an example as a separate process, in the test's folder."""

    async def start(name: str, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / f"{name}.py"),
            *arguments,
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": "110"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    return start


@pytest.fixture
def run(start: Callable[..., Awaitable[asyncio.subprocess.Process]]) -> Callable[..., Awaitable[Completed]]:
    """Return a function that runs an example until it exits."""

    async def run(name: str, *arguments: str, text: str = "") -> Completed:
        return await wait_for_exit(await start(name, *arguments), text)

    return run
