"""The export to JSON Lines is complete, without lost or duplicated users, wherever it is interrupted."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from rich.progress import Progress

from cognito_async import CognitoClient
from cognito_async.errors import NotAuthorizedException
from examples.example import Completed, load, wait_for_exit
from examples.proxy import ControlledProxy, Fail, Hang

USERS = 130
PAGES = 3
PURE = {"as_json", "<genexpr>", "<dictcomp>"}
"""Functions without side effects that run for every user."""

export_users = load("export_users")
Run = Callable[..., Awaitable[Completed]]


@pytest.fixture
async def pool_id(proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]) -> str:
    return await practice(USERS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.jsonl"


@pytest.fixture
async def expected(pool_id: str, emulator: CognitoClient) -> bytes:
    """Return the content of an uninterrupted export."""
    users = await emulator.get_paginator("list_users").paginate(user_pool_id=pool_id).collect()
    assert len(users) == USERS
    lines = [json.dumps(export_users.as_json(user), ensure_ascii=False) + "\n" for user in users]
    return "".join(lines).encode()


async def test_all_users_are_exported_with_all_their_data(
    run: Run, pool_id: str, path: Path, expected: bytes
) -> None:
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 0, completed.err
    assert completed.out == "130 users in users.jsonl\n"
    assert "130/130" in completed.err
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
async def test_an_export_resumes_after_a_failed_page(
    run: Run, proxy: ControlledProxy, path: Path, expected: bytes, good: int
) -> None:
    proxy.plans["ListUsers"] = [*[None] * good, Fail("NotAuthorizedException")]
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 1
    assert "Run the same command again to resume." in completed.err
    assert len(path.read_bytes().splitlines()) == good * 60
    again = await run("export_users", "users.jsonl")
    assert again.code == 0, again.err
    assert f"has {good * 60} users already" in again.err or good == 0
    assert path.read_bytes() == expected
    # Every page once, and the failed page twice.
    assert proxy.count("ListUsers") == PAGES + 1
    assert [file.name for file in path.parent.iterdir()] == ["users.jsonl"]


class Killed(BaseException):
    """Raised to simulate a kill at a certain line."""


@contextmanager
def killed_at(line: int) -> Iterator[list[int]]:
    """Kill the export before it executes the line with this number; yields the count of executed lines."""
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


# A killed export does not close its files.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_export_killed_at_any_line_resumes_without_loss_or_duplicates(
    emulator: CognitoClient, pool_id: str, path: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # fsync protects against power cuts only, takes most of the time, and is not needed after a kill.
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
    assert complete  # when killed at the last lines


async def test_a_killed_process_can_be_resumed(
    run: Run, start: Callable[..., Awaitable[Any]], proxy: ControlledProxy, path: Path, expected: bytes
) -> None:
    hang = Hang()
    proxy.plans["ListUsers"] = [None, None, hang]
    process = await start("export_users", "users.jsonl")
    await hang.reached.wait()  # the second page may be partly written
    process.kill()
    await wait_for_exit(process)
    with path.open("ab") as file:
        file.write(b'{"username": "half a li')
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 0, completed.err
    assert path.read_bytes() == expected


async def test_a_complete_export_is_only_replaced_on_request(run: Run, pool_id: str, path: Path) -> None:
    path.write_text("precious\n")
    completed = await run("export_users", "users.jsonl")
    assert (completed.code, completed.err) == (1, "users.jsonl already exists; --start-over replaces it\n")
    assert path.read_text() == "precious\n"
    completed = await run("export_users", "users.jsonl", "--start-over")
    assert completed.code == 0, completed.err
    assert len(path.read_text().splitlines()) == USERS


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("{", "users.jsonl.state is damaged"),
        ('{"pool": 1}', "users.jsonl.state is damaged"),
        ('{"pool_id": "eu-west-1_other", "size": 0}', "users.jsonl is an export of pool eu-west-1_other"),
        ('{"pool_id": "POOL", "size": 9}', "users.jsonl is shorter than before"),
    ],
)
def test_inconsistent_files_are_rejected(path: Path, state: str, message: str) -> None:
    path.with_name("users.jsonl.state").write_text(state)
    with pytest.raises(export_users.ExportError, match=message):
        export_users.ExportFile(path, "POOL")
    assert not path.exists()


async def test_a_rejected_position_suggests_starting_over(
    run: Run, proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    proxy.plans["ListUsers"] = [None, Fail("NotAuthorizedException"), Fail("InvalidParameterException")]
    await run("export_users", "users.jsonl")
    completed = await run("export_users", "users.jsonl")
    assert completed.code == 1
    assert "--start-over" in completed.err


async def test_an_error_names_the_operation_and_the_cause(
    proxy: ControlledProxy, pool_id: str, path: Path
) -> None:
    proxy.plans["DescribeUserPool"] = [Fail("NotAuthorizedException", message="not you")]
    with pytest.raises(
        NotAuthorizedException, match="DescribeUserPool failed with NotAuthorizedException: not you"
    ):
        await export_users.run(pool_id, path)


async def test_an_output_file_that_cannot_be_created_is_named(run: Run, pool_id: str) -> None:
    completed = await run("export_users", "nowhere/users.jsonl")
    assert completed.code == 1
    assert "nowhere/users.jsonl" in completed.err
    assert "Traceback" not in completed.err
