"""The export script: a complete file, and the same command continues after an interruption."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from examples.example import Completed, wait_for_exit
from examples.proxy import ControlledProxy, Fail, Hang

USERS = 130
Run = Callable[..., Awaitable[Completed]]


@pytest.fixture
async def pool_id(proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]) -> str:
    return await practice(USERS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.jsonl"


@pytest.fixture
async def usernames(pool_id: str, emulator: CognitoClient) -> list[str]:
    users = await emulator.get_paginator("list_users").paginate(user_pool_id=pool_id).collect()
    return sorted(user.username for user in users)


def exported(path: Path) -> list[str]:
    """Return the usernames, in order: the file has those of one part of the pool after those of another."""
    return sorted(json.loads(line)["username"] for line in path.read_text().splitlines())


async def test_all_users_are_exported_with_all_their_data(run: Run, path: Path, usernames: list[str]) -> None:
    completed = await run("export_users", "users.jsonl", "--groups")
    assert completed.code == 0, completed.err
    assert completed.out == "130 users in users.jsonl\n"
    assert "130/130" in completed.err
    assert exported(path) == usernames
    lines = sorted(path.read_text().splitlines(), key=lambda line: json.loads(line)["username"])
    first = json.loads(lines[0])
    assert first["attributes"].pop("sub")
    assert first["created"].endswith("+00:00")
    del first["created"], first["modified"]
    assert first == {
        "username": "user-001",
        "status": "CONFIRMED",
        "enabled": True,
        "attributes": {"email": "user-001@example.com", "email_verified": True},
        "groups": ["admins"],
    }


async def test_an_export_continues_after_a_failed_page(
    run: Run, proxy: ControlledProxy, path: Path, usernames: list[str]
) -> None:
    # The first page and the test of the filter, then the parts of the pool.
    proxy.plans["ListUsers"] = [None, None, *[None] * 8, Fail("NotAuthorizedException")]
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 1
    assert "Run the same command again to continue." in completed.err
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 0, completed.err
    assert re.fullmatch(r"130 users in users.jsonl, \d+ of them by earlier runs\n", completed.out)
    assert exported(path) == usernames
    assert [file.name for file in path.parent.iterdir()] == ["users.jsonl"]


async def test_a_killed_process_can_be_continued(
    run: Run,
    start: Callable[..., Awaitable[Any]],
    proxy: ControlledProxy,
    path: Path,
    usernames: list[str],
) -> None:
    hang = Hang()
    proxy.plans["ListUsers"] = [*[None] * 10, hang]
    process = await start("export_users", "users.jsonl")
    await hang.reached.wait()  # a page may be partly written
    process.kill()
    await wait_for_exit(process)
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 0, completed.err
    assert exported(path) == usernames


async def test_a_complete_export_is_only_replaced_on_request(run: Run, pool_id: str, path: Path) -> None:
    path.write_text("precious\n")
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 1
    assert "users.jsonl exists and is not an unfinished export" in completed.err
    assert path.read_text() == "precious\n"
    completed = await run("export_users", "users.jsonl", "--start-over")
    assert completed.code == 0, completed.err
    assert len(path.read_text().splitlines()) == USERS


async def test_an_output_file_that_cannot_be_created_is_named(run: Run, pool_id: str) -> None:
    completed = await run("export_users", "nowhere/users.jsonl")
    assert completed.code == 1
    assert "nowhere/users.jsonl" in completed.err
    assert "Traceback" not in completed.err
