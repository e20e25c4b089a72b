"""The import from JSON Lines: created users, failures with reasons, limited concurrency."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.errors import ConnectError, ConnectionLostError, ServiceError
from examples.example import Completed, load, wait_for_exit
from examples.proxy import ControlledProxy, Disconnect, Fail, Hang

import_users = load("import_users")
Run = Callable[..., Awaitable[Completed]]


@pytest.fixture
async def pool_id(proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]) -> str:
    return await practice(2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new.jsonl"


def line(username: str, **attributes: Any) -> str:
    attributes = {"email": f"{username}@example.com"} | attributes
    return json.dumps({"username": username, "attributes": attributes}) + "\n"


def report_of(completed: Completed) -> dict[str, str]:
    """Return the counts at the top of the report."""
    return dict(row.rsplit(maxsplit=1) for row in completed.out.split("\n\n")[0].splitlines())


async def usernames(client: CognitoClient, pool_id: str) -> set[str]:
    users = await client.get_paginator("list_users").paginate(user_pool_id=pool_id).collect()
    return {user.username for user in users}


async def test_every_line_is_created_or_reported(
    run: Run, proxy: ControlledProxy, emulator: CognitoClient, pool_id: str, path: Path
) -> None:
    bad = ["{no json\n", '{"username": 7, "attributes": {}}\n', line("eve", nickname=[7])]
    path.write_text(
        "".join([line("ana", sub="x"), bad[0], "\n", line("user-001"), bad[1], bad[2], line("bo")])
    )
    proxy.plans["AdminCreateUser"] = [None, None, Fail("InvalidPasswordException", message="[red]too short")]
    completed = await run("import_users", "new.jsonl", "--workers", "1")
    assert completed.code == 1
    assert "6/6" in completed.err
    assert report_of(completed) == {"created": "1", "existing": "1", "failed": "4"}
    rows = [row.split(maxsplit=1) for row in completed.out.split("\n\n")[1].splitlines()[1:]]
    assert {int(number): text.strip() for number, text in rows} == {
        2: "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        5: 'expected {"username": "...", "attributes": {...}}',
        6: "eve       user_attributes.nickname: expected str, bool, int or None, got list",
        7: "bo        InvalidPasswordException: [red]too short",
    }
    assert path.with_name("new.failed.jsonl").read_text() == "".join([*bad, line("bo")])
    assert await usernames(emulator, pool_id) == {"user-001", "user-002", "ana"}


async def test_fixed_lines_can_be_imported(
    run: Run, proxy: ControlledProxy, emulator: CognitoClient, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana") + line("bo"))
    proxy.plans["AdminCreateUser"] = [None, Fail("InvalidParameterException")]
    assert (await run("import_users", "new.jsonl", "--workers", "1")).code == 1
    completed = await run("import_users", "new.failed.jsonl")
    assert completed.code == 0, completed.err
    assert report_of(completed) == {"created": "1", "existing": "0", "failed": "0"}
    assert {"ana", "bo"} <= await usernames(emulator, pool_id)
    # The second import had no failures, so it left no file.
    assert {file.name for file in path.parent.iterdir()} == {"new.jsonl", "new.failed.jsonl"}


async def test_an_export_can_be_imported(
    run: Run, emulator: CognitoClient, pool_id: str, path: Path, practice: Callable[[int], Awaitable[str]]
) -> None:
    await run("export_users", "new.jsonl", "--pool", pool_id)
    other = (await emulator.create_user_pool(pool_name="other")).user_pool.id
    completed = await run("import_users", "new.jsonl", "--pool", other)
    assert report_of(completed) == {"created": "2", "existing": "0", "failed": "0"}
    user = await emulator.admin_get_user(user_pool_id=other, username="user-002")
    assert user.attribute_map["email"] == "user-002@example.com"
    assert user.attribute_map["email_verified"] is True


async def test_invitations_are_sent_by_default(
    run: Run, proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana"))
    await run("import_users", "new.jsonl")
    await run("import_users", "new.jsonl", "--no-invitations")
    bodies = [body for operation, body in proxy.calls if operation == "AdminCreateUser"]
    assert [body.get("MessageAction") for body in bodies] == [None, "SUPPRESS"]


async def test_concurrency_and_read_ahead_are_limited_to_the_number_of_workers(
    proxy: ControlledProxy, emulator: CognitoClient, pool_id: str
) -> None:
    workers, count = 3, 20
    together = asyncio.Barrier(workers)  # released only when all workers wait
    report = import_users.Report(lines=count)
    calls, running, maximum, read_ahead = 0, 0, 0, 0

    class Client:
        async def admin_create_user(self, **_parameters: Any) -> None:
            nonlocal calls, running, maximum
            calls += 1
            running += 1
            maximum = max(maximum, running)
            if calls <= workers:
                await together.wait()
            await asyncio.sleep(0)
            running -= 1

    def lines() -> Iterator[str]:
        nonlocal read_ahead
        for number in range(count):
            read_ahead = max(read_ahead, number + 1 - report.done)
            yield line(f"new-{number}")

    importer = import_users.Importer(
        Client(), pool_id, report, message_action=None, on_progress=lambda: None, on_failure=print
    )
    await importer.run(lines(), workers)
    assert report.created == count
    assert maximum == workers
    assert read_ahead <= workers


@pytest.mark.usefixtures("ctrl_c")
async def test_ctrl_c_prints_the_report_and_the_same_command_continues(
    run: Run, start: Callable[..., Awaitable[Any]], proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    hang = Hang()
    proxy.plans["AdminCreateUser"] = [None, Fail("InvalidParameterException"), None, hang]
    path.write_text("".join(line(f"new-{number}") for number in range(9)))
    process = await start("import_users", "new.jsonl", "--workers", "1")
    await hang.reached.wait()
    process.send_signal(signal.SIGINT)
    completed = await wait_for_exit(process)
    assert completed.code == 130
    assert report_of(completed) == {"created": "2", "existing": "0", "failed": "1", "not done": "6"}
    assert "Stopped: Ctrl-C\nRun the same command again to continue" in completed.out
    assert "Traceback" not in completed.err
    assert path.with_name("new.failed.jsonl").read_text() == line("new-1")
    proxy.over.set()
    completed = await run("import_users", "new.jsonl")
    assert completed.code == 0, completed.err
    counts = report_of(completed)
    assert int(counts["created"]) + int(counts["existing"]) == 9
    assert int(counts["existing"]) >= 2


@pytest.mark.parametrize(
    "failure",
    [
        Fail("ResourceNotFoundException", message="User pool eu-west-1_x does not exist."),
        Fail("NotAuthorizedException"),
        Fail("ExpiredTokenException"),
    ],
    ids=lambda failure: failure.code,
)
async def test_an_error_that_affects_all_lines_stops_the_import(
    run: Run, proxy: ControlledProxy, pool_id: str, path: Path, failure: Fail
) -> None:
    path.write_text("".join(line(f"new-{number}") for number in range(30)))
    proxy.plans["AdminCreateUser"] = [None] + [failure] * 30
    completed = await run("import_users", "new.jsonl", "--workers", "1")
    assert completed.code == 1
    assert proxy.count("AdminCreateUser") == 2
    assert report_of(completed) == {"created": "1", "existing": "0", "failed": "0", "not done": "29"}
    assert f"Stopped: AdminCreateUser failed with {failure.code}" in completed.out


async def test_a_lost_connection_loses_no_line(
    run: Run, proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana") + line("bo"))
    proxy.plans["AdminCreateUser"] = [Disconnect()]
    completed = await run("import_users", "new.jsonl", "--workers", "1")
    assert report_of(completed) == {"created": "2", "existing": "0", "failed": "0"}


def test_a_failed_connection_affects_all_lines_and_a_lost_response_one() -> None:
    assert import_users.affects_all(ConnectError())
    assert not import_users.affects_all(ConnectionLostError())
    assert not import_users.affects_all(ServiceError(status=503))


async def test_invalid_arguments_are_rejected(run: Run, pool_id: str, path: Path) -> None:
    completed = await run("import_users", "new.jsonl")
    assert (completed.code, completed.err.splitlines()[-1]) == (
        2,
        "import_users.py: error: file not found: new.jsonl",
    )
    path.write_text(line("ana"))
    completed = await run("import_users", "new.jsonl", "--workers", "0")
    assert completed.code == 2
    assert "--workers" in completed.err
