"""The import from JSON Lines: what is created, what fails and why, and a bounded number at once."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from example import Ended, end, load
from relay import Cut, Fail, Hold, Relay

from cognito_async import CognitoClient
from cognito_async.errors import ConnectError, ConnectionLostError, ServiceError

import_users = load("import_users")
Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def pool_id(relay: Relay, practice: Callable[[int], Awaitable[str]]) -> str:
    return await practice(2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new.jsonl"


def line(username: str, **attributes: Any) -> str:
    attributes = {"email": f"{username}@example.com"} | attributes
    return json.dumps({"username": username, "attributes": attributes}) + "\n"


def report_of(ended: Ended) -> dict[str, str]:
    """Return the counts at the top of the report."""
    return dict(row.rsplit(maxsplit=1) for row in ended.out.split("\n\n")[0].splitlines())


async def usernames(client: CognitoClient, pool_id: str) -> set[str]:
    users = await client.get_paginator("list_users").paginate(user_pool_id=pool_id).collect()
    return {user.username for user in users}


async def test_every_line_is_created_or_reported(
    run: Run, relay: Relay, emulator: CognitoClient, pool_id: str, path: Path
) -> None:
    bad = ["{no json\n", '{"username": 7, "attributes": {}}\n', line("eve", nickname=[7])]
    path.write_text(
        "".join([line("ana", sub="x"), bad[0], "\n", line("user-001"), bad[1], bad[2], line("bo")])
    )
    relay.plans["AdminCreateUser"] = [None, None, Fail("InvalidPasswordException", message="[red]too short")]
    ended = await run("import_users", "new.jsonl", "--workers", "1")
    assert ended.code == 1
    assert "6/6" in ended.err
    assert report_of(ended) == {"created": "1", "already there": "1", "failed": "4"}
    rows = [row.split(maxsplit=1) for row in ended.out.split("\n\n")[1].splitlines()[1:]]
    assert {int(number): text.strip() for number, text in rows} == {
        2: "no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        5: 'expected {"username": "...", "attributes": {...}}',
        6: "eve       user_attributes.nickname: expected str, bool, int or None, got list",
        7: "bo        InvalidPasswordException: [red]too short",
    }
    assert path.with_name("new.failed.jsonl").read_text() == "".join([*bad, line("bo")])
    assert await usernames(emulator, pool_id) == {"user-001", "user-002", "ana"}


async def test_mended_lines_are_imported_in_their_turn(
    run: Run, relay: Relay, emulator: CognitoClient, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana") + line("bo"))
    relay.plans["AdminCreateUser"] = [None, Fail("InvalidParameterException")]
    assert (await run("import_users", "new.jsonl", "--workers", "1")).code == 1
    ended = await run("import_users", "new.failed.jsonl")
    assert ended.code == 0, ended.err
    assert report_of(ended) == {"created": "1", "already there": "0", "failed": "0"}
    assert {"ana", "bo"} <= await usernames(emulator, pool_id)
    # The second import had nothing to complain of.
    assert {file.name for file in path.parent.iterdir()} == {"new.jsonl", "new.failed.jsonl"}


async def test_what_is_exported_can_be_imported(
    run: Run, emulator: CognitoClient, pool_id: str, path: Path, practice: Callable[[int], Awaitable[str]]
) -> None:
    await run("export_users", "new.jsonl", "--pool", pool_id)
    other = (await emulator.create_user_pool(pool_name="other")).user_pool.id
    ended = await run("import_users", "new.jsonl", "--pool", other)
    assert report_of(ended) == {"created": "2", "already there": "0", "failed": "0"}
    found = await emulator.admin_get_user(user_pool_id=other, username="user-002")
    assert found.attribute_map["email"] == "user-002@example.com"
    assert found.attribute_map["email_verified"] is True


async def test_invitations_are_sent_unless_told_otherwise(
    run: Run, relay: Relay, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana"))
    await run("import_users", "new.jsonl")
    await run("import_users", "new.jsonl", "--no-invitations")
    bodies = [body for operation, body in relay.calls if operation == "AdminCreateUser"]
    assert [body.get("MessageAction") for body in bodies] == [None, "SUPPRESS"]


async def test_no_more_users_are_created_and_lines_read_at_once_than_told(
    relay: Relay, emulator: CognitoClient, pool_id: str
) -> None:
    workers, count = 3, 20
    together = asyncio.Barrier(workers)  # all of them are needed to get past it
    report = import_users.Report(lines=count)
    calls, running, most, read_ahead = 0, 0, 0, 0

    class Client:
        async def admin_create_user(self, **_parameters: Any) -> None:
            nonlocal calls, running, most
            calls += 1
            running += 1
            most = max(most, running)
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
    assert most == workers
    assert read_ahead <= workers


async def test_ctrl_c_ends_with_the_report_so_far_and_the_same_command_goes_on(
    run: Run, start: Callable[..., Awaitable[Any]], relay: Relay, pool_id: str, path: Path
) -> None:
    hold = Hold()
    relay.plans["AdminCreateUser"] = [None, Fail("InvalidParameterException"), None, hold]
    path.write_text("".join(line(f"new-{number}") for number in range(9)))
    process = await start("import_users", "new.jsonl", "--workers", "1")
    await hold.reached.wait()
    process.send_signal(signal.SIGINT)
    ended = await end(process)
    assert ended.code == 130
    assert report_of(ended) == {"created": "2", "already there": "0", "failed": "1", "not done": "6"}
    assert "Stopped: Ctrl-C\nThe same command goes on" in ended.out
    assert "Traceback" not in ended.err
    assert path.with_name("new.failed.jsonl").read_text() == line("new-1")
    relay.over.set()
    ended = await run("import_users", "new.jsonl")
    assert ended.code == 0, ended.err
    counts = report_of(ended)
    assert int(counts["created"]) + int(counts["already there"]) == 9
    assert int(counts["already there"]) >= 2


@pytest.mark.parametrize(
    "failure",
    [
        Fail("ResourceNotFoundException", message="User pool eu-west-1_x does not exist."),
        Fail("NotAuthorizedException"),
        Fail("ExpiredTokenException"),
    ],
    ids=lambda failure: failure.code,
)
async def test_what_concerns_every_line_stops_the_import(
    run: Run, relay: Relay, pool_id: str, path: Path, failure: Fail
) -> None:
    path.write_text("".join(line(f"new-{number}") for number in range(30)))
    relay.plans["AdminCreateUser"] = [None] + [failure] * 30
    ended = await run("import_users", "new.jsonl", "--workers", "1")
    assert ended.code == 1
    assert relay.count("AdminCreateUser") == 2
    assert report_of(ended) == {"created": "1", "already there": "0", "failed": "0", "not done": "29"}
    assert f"Stopped: AdminCreateUser failed with {failure.code}" in ended.out


async def test_a_connection_that_breaks_costs_no_line(
    run: Run, relay: Relay, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana") + line("bo"))
    relay.plans["AdminCreateUser"] = [Cut()]
    ended = await run("import_users", "new.jsonl", "--workers", "1")
    assert report_of(ended) == {"created": "2", "already there": "0", "failed": "0"}


def test_a_network_that_is_gone_concerns_all_lines_and_a_lost_answer_one() -> None:
    assert import_users.concerns_all(ConnectError())
    assert not import_users.concerns_all(ConnectionLostError())
    assert not import_users.concerns_all(ServiceError(status=503))


async def test_arguments_that_make_no_sense_are_refused(run: Run, pool_id: str, path: Path) -> None:
    ended = await run("import_users", "new.jsonl")
    assert (ended.code, ended.err.splitlines()[-1]) == (
        2,
        "import_users.py: error: there is no file new.jsonl",
    )
    path.write_text(line("ana"))
    ended = await run("import_users", "new.jsonl", "--workers", "0")
    assert ended.code == 2
    assert "--workers" in ended.err
