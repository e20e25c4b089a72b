"""The commands for groups, on a pool of the emulator."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import pytest

from cognito_async import CognitoClient
from examples.example import Completed, load
from examples.proxy import ControlledProxy, Fail

groups = load("groups")
Command = Callable[[str], Awaitable[int]]


@pytest.fixture
async def pool_id(proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]) -> str:
    """Return the id of a pool in which user-001 and user-002 are admins, user-003 to user-006 testers."""
    return await practice(7)


@pytest.fixture
def command(pool_id: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    async def command(line: str) -> int:
        monkeypatch.setattr(sys, "argv", ["groups.py", *line.split()])
        code: int = await groups.run_command(groups.parse())
        return code

    return command


async def members(client: CognitoClient, pool_id: str, group: str) -> list[str]:
    pages = client.get_paginator("list_users_in_group").paginate(user_pool_id=pool_id, group_name=group)
    return [user.username async for user in pages.items()]


async def test_a_group_is_created_once(
    command: Command, emulator: CognitoClient, pool_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command("create editors --description Publish --precedence 5") == 0
    assert await command("create editors --description Other") == 0
    assert capsys.readouterr().out == "editors created\neditors already exists and is unchanged\n"
    group = (await emulator.get_group(user_pool_id=pool_id, group_name="editors")).group
    assert (group.description, group.precedence) == ("Publish", 5)


async def test_users_are_added_moved_and_removed(
    command: Command, emulator: CognitoClient, pool_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command("add admins user-007 user-001") == 0
    assert await members(emulator, pool_id, "admins") == ["user-001", "user-002", "user-007"]
    assert await command("move admins testers user-007 user-002") == 0
    assert await members(emulator, pool_id, "admins") == ["user-001"]
    assert {"user-002", "user-007"} <= set(await members(emulator, pool_id, "testers"))
    assert await command("remove admins user-001") == 0
    assert await members(emulator, pool_id, "admins") == []
    assert capsys.readouterr().out.splitlines() == [
        "user-007: in admins",
        "user-001: in admins",
        "user-007: in testers, no longer in admins",
        "user-002: in testers, no longer in admins",
        "user-001: no longer in admins",
    ]


async def test_an_unknown_user_does_not_stop_the_others(
    command: Command, emulator: CognitoClient, pool_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command("add admins user-006 nobody user-007") == 1
    assert {"user-006", "user-007"} <= set(await members(emulator, pool_id, "admins"))
    assert capsys.readouterr().err == "nobody: no such user\n"


async def test_a_move_that_fails_half_way_leaves_the_user_in_both_groups(
    command: Command, proxy: ControlledProxy, emulator: CognitoClient, pool_id: str
) -> None:
    proxy.plans["AdminRemoveUserFromGroup"] = [Fail("NotAuthorizedException")]
    with pytest.raises(groups.CognitoError):
        await command("move admins testers user-001")
    assert "user-001" in await members(emulator, pool_id, "admins")
    assert "user-001" in await members(emulator, pool_id, "testers")
    assert await command("move admins testers user-001") == 0
    assert "user-001" not in await members(emulator, pool_id, "admins")


async def test_groups_and_members_are_listed(
    command: Command, pool_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await command("create [red]first --precedence 0")
    capsys.readouterr()
    assert await command("list") == 0
    rows = [row.split() for row in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["group", "precedence", "description"]
    assert sorted(rows[1:]) == [
        ["[red]first", "0"],
        ["admins", "All", "admins"],
        ["testers", "All", "testers"],
    ]
    assert await command("members admins") == 0
    rows = [row.split() for row in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["username", "status", "email"],
        ["user-001", "CONFIRMED", "user-001@example.com"],
        ["user-002", "FORCE_CHANGE_PASSWORD", "user-002@example.com"],
    ]


async def test_deleting_a_group_twice_is_an_error(
    run: Callable[..., Awaitable[Completed]], command: Command, pool_id: str
) -> None:
    assert await command("delete admins") == 0
    completed = await run("groups", "delete", "admins")
    assert completed.code == 1
    assert completed.err.startswith(
        "No such group or pool: DeleteGroup failed with ResourceNotFoundException"
    )
