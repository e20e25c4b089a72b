"""MotoServer: start, stop, isolation, and errors of the emulator's process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cognito_async.testing import _moto
from cognito_async.testing._moto import MotoServer
from support.moto import responds


async def test_an_emulator_serves_signed_and_unsigned_requests_of_one_pool() -> None:
    with MotoServer() as emulator:
        async with emulator.client() as client:
            pool = (await client.create_user_pool(pool_name="people")).user_pool
            app = await client.create_user_pool_client(user_pool_id=pool.id or "", client_name="app")
            signed_up = await client.sign_up(
                client_id=app.user_pool_client.client_id or "", username="ana", password="Correct-Horse-7"
            )
            assert signed_up.user_confirmed is False
        emulator.reset()
        async with emulator.client() as client:
            assert (await client.list_user_pools(max_results=60)).user_pools == []
    assert emulator.url == ""


async def test_responses_of_an_emulator_have_no_header_twice() -> None:
    with (
        MotoServer() as emulator,
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"{emulator.url}/moto-api/data.json"
        ) as response,
    ):
        names = [name.lower() for name in response.headers]
    assert sorted(names) == sorted(set(names))


def test_an_emulator_works_in_development_mode() -> None:
    code = """
import asyncio, logging
from cognito_async.testing import MotoServer
logging.getLogger("asyncio").setLevel(logging.ERROR)  # it reports slow steps, which a busy machine has
async def create(emulator):
    async with emulator.client() as client:
        return await client.create_user_pool(pool_name="people")
with MotoServer() as emulator:
    print(asyncio.run(create(emulator)).user_pool.name)
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("people\n", "")


def test_two_emulators_have_different_urls_and_stop_at_the_end_of_their_with_blocks() -> None:
    with MotoServer() as first:
        with MotoServer() as second:
            urls = [first.url, second.url]
            assert urls[0] != urls[1]
            assert [responds(url) for url in urls] == [True, True]
        assert [responds(url) for url in urls] == [True, False]
    assert [responds(url) for url in urls] == [False, False]


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="needs Linux: waits for the end of a process that is not a child"
)
def test_an_emulator_ends_if_its_parent_process_is_killed() -> None:
    code = """
import subprocess, sys
from cognito_async.testing import MotoServer
class Popen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        print(self.pid)
subprocess.Popen = Popen
with MotoServer() as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid, url = process.stdout.readline(), process.stdout.readline().strip()
        assert responds(url)
        emulator = os.pidfd_open(int(pid))
        process.kill()
    try:
        ended, _, _ = select.select([emulator], [], [], 30)
    finally:
        os.close(emulator)
    assert ended
    assert not responds(url)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """Return the list of all processes that the test starts."""
    started: list[subprocess.Popen[str]] = []

    class Popen(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    return started


def test_the_error_of_an_emulator_that_does_not_start_has_its_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, processes: list[subprocess.Popen[str]]
) -> None:
    program = tmp_path / "program.py"
    program.write_text("raise SystemExit('no memory left')")
    monkeypatch.setattr(_moto, "_PROGRAM", program)
    server = MotoServer()
    with pytest.raises(RuntimeError, match=r"moto did not start:\nno memory left"), server:
        pass
    assert server.url == ""
    assert [process.returncode for process in processes] == [1]


def test_an_emulator_that_starts_too_slowly_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, processes: list[subprocess.Popen[str]]
) -> None:
    program = tmp_path / "program.py"
    program.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(_moto, "_PROGRAM", program)
    monkeypatch.setattr(_moto, "_START_TIMEOUT", 0.05)
    with pytest.raises(RuntimeError, match="moto did not start"), MotoServer():
        pass
    assert [process.returncode for process in processes] == [-signal.SIGKILL]


def test_an_emulator_that_does_not_stop_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, processes: list[subprocess.Popen[str]]
) -> None:
    program = tmp_path / "program.py"
    program.write_text("import time\nprint('http://127.0.0.1:1', flush=True)\ntime.sleep(600)\n")
    monkeypatch.setattr(_moto, "_PROGRAM", program)
    monkeypatch.setattr(_moto, "_STOP_TIMEOUT", 0.05)
    with MotoServer() as server:
        assert server.url == "http://127.0.0.1:1"
    assert [process.returncode for process in processes] == [-signal.SIGKILL]


def test_importing_the_program_of_the_emulator_starts_nothing(
    processes: list[subprocess.Popen[str]],
) -> None:
    import cognito_async.testing._moto_process

    assert callable(cognito_async.testing._moto_process.main)
    assert processes == []


@pytest.mark.parametrize(
    ("missing", "words"),
    [(["moto"], "needs moto: pip"), (["flask", "flask_cors"], "needs flask and flask_cors: pip")],
)
def test_the_error_of_a_missing_requirement_names_it(
    missing: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=words), MotoServer():
        pass
