"""The export to JSON Lines: complete, and none lost or doubled, whenever it is ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from example import Ended, end, load
from relay import Fail, Hold, Relay
from rich.progress import Progress

from cognito_async import CognitoClient
from cognito_async.errors import NotAuthorizedException

USERS = 130
PAGES = 3
PURE = {"as_json", "<genexpr>", "<dictcomp>"}
"""Functions that change nothing, and run for every user."""

export_users = load("export_users")
Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def pool_id(relay: Relay, practice: Callable[[int], Awaitable[str]]) -> str:
    return await practice(USERS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.jsonl"


@pytest.fixture
async def expected(pool_id: str, emulator: CognitoClient) -> bytes:
    """Return what an export that nothing interrupts gives."""
    users = await emulator.get_paginator("list_users").paginate(user_pool_id=pool_id).collect()
    assert len(users) == USERS
    lines = [json.dumps(export_users.as_json(user), ensure_ascii=False) + "\n" for user in users]
    return "".join(lines).encode()


async def test_all_users_are_exported_with_what_is_known_about_them(
    run: Run, pool_id: str, path: Path, expected: bytes
) -> None:
    ended = await run("export_users", "users.jsonl")
    assert ended.code == 0, ended.err
    assert ended.out == "130 users in users.jsonl\n"
    assert "130/130" in ended.err
    assert path.read_bytes() == expected
    first = json.loads(path.read_text().splitlines()[0])
    assert first["attributes"].pop("sub")
    assert first["created"].endswith("+00:00")
    del first["created"], first["modified"]
    assert first == {
        "username": "user-001",
        "status": "CONFIRMED",
        "enabled": True,
        "attributes": {"email": "user-001@example.com", "email_verified": True},
    }


@pytest.mark.parametrize("good", range(PAGES))
async def test_after_a_page_that_fails_the_rest_is_exported(
    run: Run, relay: Relay, path: Path, expected: bytes, good: int
) -> None:
    relay.plans["ListUsers"] = [*[None] * good, Fail("NotAuthorizedException")]
    ended = await run("export_users", "users.jsonl")
    assert ended.code == 1
    assert "The same command goes on from here." in ended.err
    assert len(path.read_bytes().splitlines()) == good * 60
    again = await run("export_users", "users.jsonl")
    assert again.code == 0, again.err
    assert f"has {good * 60} users already" in again.err or good == 0
    assert path.read_bytes() == expected
    # The pages before the failure, the one that failed, and those from it on.
    assert relay.count("ListUsers") == PAGES + 1
    assert [file.name for file in path.parent.iterdir()] == ["users.jsonl"]


class Killed(BaseException):
    """The end of the program at a certain line."""


@contextmanager
def killed_at(line: int) -> Iterator[list[int]]:
    """End the program before the line with this number, of all that the export goes through; gives the count."""
    lines = [0]

    def trace(frame: FrameType, event: str, _value: Any) -> Any:
        code = frame.f_code
        if code.co_filename != export_users.__file__ or code.co_name in PURE:
            return None
        if event == "line":
            lines[0] += 1
            if lines[0] == line:
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


# Who is killed does not close files.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_killed_at_any_line_the_export_goes_on_without_loss_or_double(
    emulator: CognitoClient, pool_id: str, path: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is for power cuts takes most of the time, and what was written outlives the program without it.
    monkeypatch.setattr(export_users.os, "fsync", lambda _number: None)

    async def export() -> None:
        with export_users.ExportFile(path, pool_id) as file:
            await export_users.export_users(emulator, file, Progress(disable=True))

    with killed_at(-1) as lines:
        await export()
    assert path.read_bytes() == expected
    assert lines[0] > 50
    complete = False
    for line in range(1, lines[0] + 1):
        path.unlink()
        with killed_at(line), pytest.raises(Killed):
            await export()
        complete = path.exists() and not path.with_name("users.jsonl.state").exists()
        if not complete:
            await export()
        assert path.read_bytes() == expected, line
        assert [file.name for file in path.parent.iterdir()] == ["users.jsonl"], line
    assert complete  # at the last lines


async def test_a_process_killed_by_the_system_leaves_what_the_next_one_needs(
    run: Run, start: Callable[..., Awaitable[Any]], relay: Relay, path: Path, expected: bytes
) -> None:
    hold = Hold()
    relay.plans["ListUsers"] = [None, None, hold]
    process = await start("export_users", "users.jsonl")
    await hold.reached.wait()  # the second page may be on its way to the disk
    process.kill()
    await end(process)
    with path.open("ab") as file:
        file.write(b'{"username": "half a li')
    ended = await run("export_users", "users.jsonl")
    assert ended.code == 0, ended.err
    assert path.read_bytes() == expected


async def test_a_complete_export_is_replaced_on_demand_only(run: Run, pool_id: str, path: Path) -> None:
    path.write_text("precious\n")
    ended = await run("export_users", "users.jsonl")
    assert (ended.code, ended.err) == (1, "users.jsonl is there already; --start-over replaces it\n")
    assert path.read_text() == "precious\n"
    ended = await run("export_users", "users.jsonl", "--start-over")
    assert ended.code == 0, ended.err
    assert len(path.read_text().splitlines()) == USERS


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("{", "users.jsonl.state is damaged"),
        ('{"pool": 1}', "users.jsonl.state is damaged"),
        ('{"pool_id": "eu-west-1_other", "size": 0}', "users.jsonl is of the pool eu-west-1_other"),
        ('{"pool_id": "POOL", "size": 9}', "users.jsonl is shorter than it was"),
    ],
)
def test_files_that_do_not_go_with_each_other_are_refused(path: Path, state: str, said: str) -> None:
    path.with_name("users.jsonl.state").write_text(state)
    with pytest.raises(export_users.ExportError, match=said):
        export_users.ExportFile(path, "POOL")
    assert not path.exists()


async def test_a_place_that_the_service_refuses_is_told_how_to_leave(
    run: Run, relay: Relay, pool_id: str, path: Path
) -> None:
    relay.plans["ListUsers"] = [None, Fail("NotAuthorizedException"), Fail("InvalidParameterException")]
    await run("export_users", "users.jsonl")
    ended = await run("export_users", "users.jsonl")
    assert ended.code == 1
    assert "--start-over" in ended.err


async def test_an_error_names_operation_and_cause(relay: Relay, pool_id: str, path: Path) -> None:
    relay.plans["DescribeUserPool"] = [Fail("NotAuthorizedException", message="not you")]
    with pytest.raises(
        NotAuthorizedException, match="DescribeUserPool failed with NotAuthorizedException: not you"
    ):
        await export_users.run(pool_id, path)


async def test_a_place_where_no_file_can_be_is_named(run: Run, pool_id: str) -> None:
    ended = await run("export_users", "nowhere/users.jsonl")
    assert ended.code == 1
    assert "nowhere/users.jsonl" in ended.err
    assert "Traceback" not in ended.err
