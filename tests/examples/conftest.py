"""The examples against moto: the emulator, a relay before it that fails on demand, and pools to work on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar, web

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent / "emulators"))

from example import EXAMPLES, Ended, end
from moto_server import AWS_SETTINGS, make_practice_pool
from relay import Relay

from cognito_async import CognitoClient, Credentials
from cognito_async.testing import MotoServer


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer]:
    with MotoServer() as server:
        yield server


@pytest.fixture
async def relay(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Relay]:
    """Start the relay; the environment leads to it."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        made = Relay(moto.url, session)
        runner = web.ServerRunner(web.Server(made.handle), shutdown_timeout=1)  # type: ignore[arg-type]  # its own
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.address.append("http://{}:{}".format(*runner.addresses[0]))
        for name, value in (AWS_SETTINGS | {"AWS_ENDPOINT_URL": made.url}).items():
            monkeypatch.setenv(name, value)
        yield made
        made.over.set()
        await runner.cleanup()


@pytest.fixture
async def emulator(moto: MotoServer) -> AsyncIterator[CognitoClient]:
    """Give a client that goes to the emulator directly, to prepare and to look after."""
    credentials = Credentials(access_key_id="emulator", secret_access_key="emulator")
    async with CognitoClient(region="eu-west-1", endpoint_url=moto.url, credentials=credentials) as client:
        yield client


@pytest.fixture
def practice(emulator: CognitoClient, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Awaitable[str]]:
    """Give a function that makes a pool with users; it returns the pool's id and puts it in the environment."""

    async def make(users: int) -> str:
        settings = await make_practice_pool(emulator, users)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return settings["COGNITO_USER_POOL_ID"]

    return make


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Awaitable[asyncio.subprocess.Process]]:
    """Give a function that starts an example as a process of its own, in the test's folder."""

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
def run(start: Callable[..., Awaitable[asyncio.subprocess.Process]]) -> Callable[..., Awaitable[Ended]]:
    """Give a function that runs an example to its end."""

    async def run(name: str, *arguments: str, text: str = "") -> Ended:
        return await end(await start(name, *arguments), text)

    return run
