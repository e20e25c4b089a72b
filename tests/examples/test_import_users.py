"""The import script: created users, failures with reasons, and the same command continues."""

from __future__ import annotations

import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from examples.example import Completed, wait_for_exit
from examples.proxy import ControlledProxy, Fail, Hang

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
    path.write_text("".join([line("ana", sub="x"), "{no json\n", "\n", line("user-001"), line("bo")]))
    proxy.plans["AdminCreateUser"] = [None, None, Fail("InvalidPasswordException", message="[red]too short")]
    completed = await run("import_users", "new.jsonl", "--workers", "1")
    assert completed.code == 1
    assert "4/4" in completed.err
    assert report_of(completed) == {"created": "1", "existing": "1", "skipped": "0", "failed": "2"}
    rows = [row.split(maxsplit=1) for row in completed.out.split("\n\n")[1].splitlines()[1:]]
    assert rows[0][0] == "2"
    assert rows[0][1].strip().startswith("InvalidEntry: not JSON: Expecting property name")
    assert " ".join(rows[-1]).split() == ["5", "bo", "InvalidPasswordException:", "[red]too", "short"]
    assert "The lines that failed are in new.jsonl.failures.jsonl" in completed.out
    assert await usernames(emulator, pool_id) == {"user-001", "user-002", "ana"}
    completed = await run("import_users", "new.jsonl.failures.jsonl")
    assert report_of(completed) == {"created": "1", "existing": "0", "skipped": "0", "failed": "1"}


async def test_an_export_can_be_imported(
    run: Run, emulator: CognitoClient, pool_id: str, path: Path, practice: Callable[[int], Awaitable[str]]
) -> None:
    await run("export_users", "new.jsonl", "--pool", pool_id)
    other = (await emulator.create_user_pool(pool_name="other")).user_pool.id
    completed = await run("import_users", "new.jsonl", "--pool", other)
    assert report_of(completed) == {"created": "2", "existing": "0", "skipped": "0", "failed": "0"}
    user = await emulator.admin_get_user(user_pool_id=other, username="user-002")
    assert user.attribute_map["email"] == "user-002@example.com"
    assert user.attribute_map["email_verified"] is True


async def test_invitations_are_sent_on_request(
    run: Run, proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    path.write_text(line("ana"))
    await run("import_users", "new.jsonl", "--invite")
    await run("import_users", "new.jsonl")
    bodies = [body for operation, body in proxy.calls if operation == "AdminCreateUser"]
    assert [body.get("MessageAction") for body in bodies] == [None, "SUPPRESS"]


@pytest.mark.usefixtures("ctrl_c")
async def test_after_ctrl_c_the_same_command_continues(
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
    assert "Interrupted. Run the same command again to continue." in completed.err
    assert "Traceback" not in completed.err
    proxy.over.set()
    completed = await run("import_users", "new.jsonl")
    assert report_of(completed) == {"created": "8", "existing": "0", "skipped": "0", "failed": "1"}


async def test_an_error_that_affects_all_users_stops_the_import(
    run: Run, proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    path.write_text("".join(line(f"new-{number}") for number in range(30)))
    proxy.plans["AdminCreateUser"] = [None, *[Fail("ExpiredTokenException")] * 30]
    completed = await run("import_users", "new.jsonl", "--workers", "1")
    assert completed.code == 1
    assert proxy.count("AdminCreateUser") == 2
    assert "AdminCreateUser failed with ExpiredTokenException" in completed.err
    assert "Run the same command again to continue." in completed.err


async def test_invalid_arguments_are_rejected(run: Run, pool_id: str, path: Path) -> None:
    completed = await run("import_users", "new.jsonl")
    assert completed.code == 1
    assert "new.jsonl" in completed.err
    assert "Traceback" not in completed.err
    path.write_text("email\n")
    completed = await run("import_users", "new.jsonl", "--workers", "0")
    assert completed.code == 2
    assert "--workers" in completed.err
    path.rename(path.with_suffix(".csv"))
    completed = await run("import_users", "new.csv")
    assert completed.code == 1
    assert "the header of new.csv lacks cognito:mfa_enabled" in completed.err
