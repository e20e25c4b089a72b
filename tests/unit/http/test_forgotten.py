"""Clients that are never closed: one warning by their own name, none when the interpreter exits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from unit.http.test_closed_loops import serve

from cognito_async._pipeline import lifetime
from cognito_async._pipeline.lifetime import Lifetime

pytestmark = pytest.mark.usefixtures("http_path")

MESSAGE = 'CognitoClient was not closed: use it with "async with", or await its close()'
PREAMBLE = """
import asyncio, gc, sys
from cognito_async import CognitoClient, Credentials

def create(**settings):
    keys = Credentials(access_key_id="testing", secret_access_key="testing")
    return CognitoClient(region="eu-west-1", endpoint_url=sys.argv[1], credentials=keys, **settings)

async def call(client):
    await client.admin_get_user(user_pool_id="eu-west-1_a", username="ana")

def run(main):
    if sys.argv[2] == "uvloop":
        import uvloop
        uvloop.run(main)
    else:
        asyncio.run(main)

"""
CREATED = PREAMBLE[: PREAMBLE.index("return CognitoClient")].count("\n") + 1
LOOPS = [
    "asyncio",
    pytest.param("uvloop", marks=pytest.mark.skipif(not find_spec("uvloop"), reason="absent")),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(None) as url:
        yield url


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def stderr(folder: Path, program: str, url: str, loop: str, *options: str) -> str:
    """Run a program with all warnings on; return what it writes to stderr."""
    path = folder / "app.py"
    path.write_text(PREAMBLE + textwrap.dedent(program), encoding="utf-8")
    command = [sys.executable, "-W", "always", *options, str(path), url, loop]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    return result.stderr


def test_a_client_that_is_not_closed_warns_once_with_the_line_that_created_it(
    tmp_path: Path, url: str, loop: str
) -> None:
    program = """
    async def main():
        await call(create())
        gc.collect()
        await asyncio.sleep(0)

    run(main())
    """
    text = stderr(tmp_path, program, url, loop)
    assert re.findall(r"^(.*app\.py:\d+): (\w+: .*)$", text, re.MULTILINE) == [
        (f"{tmp_path / 'app.py'}:{CREATED}", f"ResourceWarning: {MESSAGE}")
    ]
    assert text.count(MESSAGE) == 1
    assert "nclosed" not in text


def test_with_tracemalloc_the_warning_shows_the_calls_that_led_there(tmp_path: Path, url: str) -> None:
    program = """
    async def main():
        client = create()
        await call(client)

    run(main())
    """
    text = stderr(tmp_path, program, url, "asyncio", "-X", "tracemalloc=10")
    assert text.count(MESSAGE) == 1
    assert "Object allocated at" in text
    assert "client = create()" in text.partition("Object allocated at")[2]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("client = create()\nrun(call(client))\nrun(call(client))\n", id="a client of a module"),
        pytest.param(
            "client = create()\nloop = asyncio.new_event_loop()\nloop.run_until_complete(call(client))\n"
            "import atexit; atexit.register(loop.close)\n",
            id="a loop that is open until the end",
        ),
        pytest.param("client = create()\ndel client\ngc.collect()\n", id="a client without a call"),
    ],
)
def test_a_client_that_lives_as_long_as_the_program_is_silent(
    tmp_path: Path, url: str, loop: str, program: str
) -> None:
    text = stderr(tmp_path, program, url, loop)
    assert [line for line in text.splitlines() if "ognito" in line or "nclosed" in line] == []


def test_a_client_that_lives_as_long_as_the_program_is_silent_also_in_development_mode(
    tmp_path: Path, url: str
) -> None:
    program = "client = create()\nrun(call(client))\nrun(call(client))\n"
    assert stderr(tmp_path, program, url, "asyncio", "-X", "dev") == ""


def test_a_closed_client_and_one_with_a_session_of_the_caller_are_silent(
    tmp_path: Path, url: str, loop: str
) -> None:
    program = """
    from aiohttp import ClientSession

    async def main():
        async with create() as client:
            await call(client)
        del client
        async with ClientSession() as session:
            await call(create(session=session))
            gc.collect()

    run(main())
    """
    assert stderr(tmp_path, program, url, loop) == ""


def test_views_of_a_client_are_one_client(tmp_path: Path, url: str, loop: str) -> None:
    program = """
    async def main():
        view = create().with_options(timeout=5)
        other = view.with_options(retries=0)
        await call(view)
        del view
        gc.collect()
        print("still used", file=sys.stderr, flush=True)
        await call(other)
        del other
        gc.collect()
        print("forgotten", file=sys.stderr, flush=True)
        await asyncio.sleep(0)

    run(main())
    """
    text = stderr(tmp_path, program, url, loop)
    assert text.count(MESSAGE) == 1
    assert text.index("still used") < text.index(MESSAGE) < text.index("forgotten")


def test_the_line_is_that_of_the_outermost_call_if_all_are_of_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Open:
        def has_connections(self) -> bool:
            return True

    monkeypatch.setattr(lifetime, "_is_ours", lambda _frame: True)
    with pytest.warns(ResourceWarning, match="CognitoClient was not closed"):
        Lifetime("CognitoClient", Open())
