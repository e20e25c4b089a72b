"""Imports off the event loop: at the first call of an area, and by ``preload``; in separate processes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from cognito_async import _preload, preload
from cognito_async.errors import InvalidRequestError

# Records the modules that are imported on an event loop, and those that are imported in a thread.
PROGRAM = """
import asyncio, json, sys
from cognito_async import CognitoClient, Credentials, HTTPResponse, preload

class Recorder:
    on_loop, off_loop = [], []

    def find_spec(self, name, path=None, target=None):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self.off_loop.append(name)
        else:
            self.on_loop.append(name)

BODIES = {
    "AdminGetUser": (200, {"Username": "ana"}),
    "GetUser": (200, {"Username": ["of an unexpected type"]}),
    "InitiateAuth": (400, {"__type": "NotAuthorizedException", "message": "no"}),
    "ListUsers": (200, {"Users": [{"Username": "ana"}]}),
    "DescribeUserPool": (200, {"UserPool": {"Id": "p"}}),
}

class Transport:
    async def prepare(self, url): ...
    async def close(self): ...
    async def send(self, request, *, timeout, resend):
        status, body = BODIES[request.headers["X-Amz-Target"].rpartition(".")[2]]
        return HTTPResponse(status, {}, json.dumps(body).encode())

client = CognitoClient(
    region="eu-west-1",
    credentials=Credentials(access_key_id="testing", secret_access_key="testing"),
    transport=Transport(),
)

async def use():
    sys.meta_path.insert(0, Recorder())
    await asyncio.gather(*(client.admin_get_user(user_pool_id="p", username="ana") for _ in range(20)))
    await client.get_user(access_token="token")
    try:
        await client.initiate_auth(client_id="c", auth_flow="USER_PASSWORD_AUTH")
    except Exception as error:
        assert type(error).__name__ == "NotAuthorizedException", error
    await client.describe_user_pool(user_pool_id="p")
    LIST
"""
EXECUTOR = {"concurrent.futures.thread", "queue", "_queue"}
"""Imported by asyncio for its first thread."""

LIST = "assert await client.get_paginator('list_users').paginate(user_pool_id='p').collect()"
PRINT = "asyncio.run(use()); print(json.dumps([Recorder.on_loop, Recorder.off_loop]))"


def imported(program: str, before: str = "") -> tuple[set[str], set[str]]:
    """Run a program; return what it imports on the event loop, and in threads."""
    command = [sys.executable, "-c", "\n".join([textwrap.dedent(program), before, PRINT])]
    on_loop, off_loop = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return set(on_loop) - EXECUTOR, set(off_loop)


def test_the_first_call_of_an_area_imports_its_modules_off_the_loop() -> None:
    on_loop, off_loop = imported(PROGRAM.replace("LIST", ""))
    assert on_loop == set()
    assert off_loop >= {
        "cognito_async.operations.users",
        "cognito_async.types.users",
        "cognito_async.operations.auth",
        "cognito_async.types.user_pools",
        "cognito_async._codec.codec",
        "cognito_async._codec.lenient_decoder",
        "cognito_async.errors",
        "cattrs",
        "msgspec",
    }


def test_a_method_that_a_program_keeps_is_compiled_once() -> None:
    program = PROGRAM[: PROGRAM.index("async def use")]
    program += """
from cognito_async import _hints
compiled, compile_method = [], _hints.compiled_with_hints

def recorded(function):
    compiled.append(function.__qualname__)
    return compile_method(function)

_hints.compiled_with_hints = recorded

async def use():
    kept, list_users = client.admin_get_user, client.list_users
    for _ in range(3):
        await kept(user_pool_id="p", username="ana")
        await client.admin_get_user(user_pool_id="p", username="ana")
    await asyncio.gather(*(list_users(user_pool_id="p") for _ in range(3)))

asyncio.run(use())
print(sorted(compiled))
"""
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    methods = ["CognitoClient.admin_get_user", "CognitoClient.list_users"]
    assert output == f"{['AdminGetUserRequest.__init__', *methods, 'ListUsersRequest.__init__']}\n"


def test_request_objects_load_the_codec_off_the_loop() -> None:
    program = PROGRAM.replace("LIST", "")
    send = "request = types.AdminGetUserRequest(user_pool_id='p', username='ana')"
    start = program.index("    await asyncio.gather(")
    program = f"from cognito_async import types\n{send}\n{program[:start]}    await client.send(request)\n"
    on_loop, off_loop = imported(program)
    assert on_loop == set()
    assert "cognito_async._codec.codec" in off_loop


@pytest.mark.parametrize("areas", ["", "'users', 'account', 'auth', 'user_pools'"])
def test_preload_leaves_nothing_to_import(areas: str) -> None:
    assert imported(PROGRAM.replace("LIST", LIST), f"preload({areas})") == (set(), set())


def test_preload_imports_only_the_areas_that_are_named() -> None:
    names = (
        "print(json.dumps([[name for name in sys.modules if name.startswith('cognito_async.types.')], []]))"
    )
    command = [
        sys.executable,
        "-c",
        f"import json, sys; from cognito_async import preload; preload('tags'); {names}",
    ]
    [areas, _] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert areas == ["cognito_async.types.tags"]


@pytest.mark.parametrize("area", ["user", "common", "", None, 7, "users; DROP"])
def test_an_unknown_area_is_an_error_that_lists_the_areas(area: Any) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"there is no area .*; the areas are account, app_clients, "
    ):
        preload("users", area)


async def test_concurrent_callers_share_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    def run(names: tuple[str, ...]) -> None:
        runs.append(names)

    monkeypatch.setattr(_preload, "_import", run)
    await asyncio.gather(*(_preload.import_off_loop("no.such_module") for _ in range(50)))
    assert runs == [("no.such_module",)]
    assert _preload._imports == {}


async def test_a_module_that_cannot_be_imported_raises_in_every_caller() -> None:
    calls = (_preload.import_off_loop("cognito_async.no_such_module") for _ in range(3))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [ModuleNotFoundError] * 3
    assert _preload._imports == {}


async def test_a_cancelled_caller_does_not_cancel_the_import_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_preload, "_import", lambda names: None)
    first, second = (asyncio.create_task(_preload.import_off_loop("no.such_module")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_caller_waits_off_the_loop_for_a_module_that_a_thread_is_importing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_module.py").write_text("import builtins\nvalue = builtins.slow_import()\n")
    started, gate = threading.Event(), threading.Event()

    def slow_import() -> bool:
        started.set()
        return gate.wait(60)

    monkeypatch.setattr("builtins.slow_import", slow_import, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        first = asyncio.create_task(_preload.import_off_loop("slow_module"))
        assert await asyncio.to_thread(started.wait, 60)
        second = asyncio.create_task(_preload.import_off_loop("slow_module"))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not second.done()  # a caller that goes on would import it on the loop, and wait for the thread
    finally:
        gate.set()
    await asyncio.gather(first, second)
    assert sys.modules.pop("slow_module").value is True


def test_a_call_without_asyncio_names_its_owner() -> None:
    with pytest.raises(RuntimeError, match=r"^TokenVerifier needs a running asyncio event loop"):
        _preload.import_off_loop("no.such_module", owner="TokenVerifier").send(None)
    assert _preload._imports == {}
