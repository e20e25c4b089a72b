"""Jobs that are killed at any step continue: the same result as without a kill, and nothing is done twice."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async.bulk import (
    ExportReport,
    ImportEntry,
    ImportReport,
    export_users,
    import_users,
)
from cognito_async.errors import InvalidResponseError
from support.bulk_pool import NOW, POOL_ID, BulkPool, Killed, PoolError, served
from support.kill_points import Steps
from support.transports import client_with

POINTS = 200


def content(path: Path) -> dict[str, list[bytes]]:
    """Return the lines of each file; of failures in any order, as lines are processed at the same time."""
    found = {each.name: each.read_bytes().splitlines(keepends=True) for each in path.iterdir()}
    return {name: sorted(lines) if "failures" in name else lines for name, lines in found.items()}


def input_lines() -> str:
    """Return lines of all kinds."""
    lines = ["\n", "{no json\n"]
    for number in range(48):
        user: dict[str, Any] = {"username": f"user-{number:02}", "attributes": {"email": f"{number}@a.com"}}
        user["enabled"] = number % 5 > 0
        user["groups"] = ["staff"] if number % 3 == 0 else []
        user["status"] = "EXTERNAL_PROVIDER" if number == 7 else "CONFIRMED"
        lines.append(json.dumps(user) + "\n")
    return "".join([*lines, lines[3], lines[20]])  # two users twice


def reject_some(operation: str, parameters: Any) -> None:
    if operation == "AdminCreateUser" and parameters["Username"] in ("user-04", "user-17"):
        raise PoolError("InvalidParameterException: no")
    if operation == "AdminAddUserToGroup" and parameters["Username"] == "user-09":
        raise PoolError("InvalidParameterException: no")


def password(entry: ImportEntry) -> str | None:
    return f"password of {entry.username}" if entry.username.endswith("1") else None


def empty_pool(steps: Steps) -> BulkPool:
    pool = BulkPool()
    pool.groups = {"staff": []}
    pool.add("user-02", email="2@a.com")
    pool.add("user-03", email="old@a.com")

    def before(operation: str, parameters: Any) -> None:
        steps.step()
        reject_some(operation, parameters)

    pool.before = before
    pool.after = lambda *_: steps.step()
    return pool


async def imported(pool: BulkPool, path: Path, concurrency: int, on_existing: Any) -> ImportReport:
    client = client_with(pool, retry_mode="off")
    return await import_users(
        client, POOL_ID, path, concurrency=concurrency, on_existing=on_existing, password=password
    )


def numbers(report: ImportReport) -> tuple[object, ...]:
    failures = sorted(report.failures, key=lambda each: each.line)
    return (report.created, report.updated, report.existing, report.skipped, report.failed, failures)


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("on_existing", ["skip", "update"])
async def test_an_import_killed_at_random_points(
    steps: Steps, folder: Callable[[], Path], concurrency: int, on_existing: str
) -> None:
    def prepared() -> tuple[BulkPool, Path]:
        path = folder() / "users.jsonl"
        path.write_text(input_lines())
        return empty_pool(steps), path

    pool, path = prepared()
    steps.start(None)
    report = await imported(pool, path, concurrency, on_existing)
    expected, expected_files, total = pool.state(), content(path.parent), steps.count
    assert set(expected_files) == {"users.jsonl", "users.jsonl.failures.jsonl"}
    assert total > POINTS
    expected_numbers = numbers(report)
    assert expected_numbers[3:5] == (1, 4)
    resumed = 0
    for point in random.Random(7).sample(range(1, total + 1), POINTS // 4):
        pool, path = prepared()
        steps.start(point)
        with pytest.raises(Killed):
            await imported(pool, path, concurrency, on_existing)
        complete = not path.with_name("users.jsonl.journal").exists() and point > total // 2
        steps.start(None)
        if not complete:
            report = await imported(pool, path, concurrency, on_existing)
            assert numbers(report) == expected_numbers, point
            resumed += report.resumed > 0
        assert pool.state() == expected, point
        assert max(pool.created.values()) == 1, point
        assert content(path.parent) == expected_files, point
    assert resumed > POINTS // 8


async def test_an_import_killed_again_and_again(steps: Steps, folder: Callable[[], Path]) -> None:
    path = folder() / "users.jsonl"
    path.write_text(input_lines())
    pool = empty_pool(steps)
    steps.start(None)
    report = await imported(pool, path, 3, "skip")
    expected, expected_files, expected_numbers = pool.state(), content(path.parent), numbers(report)
    path = folder() / "users.jsonl"
    path.write_text(input_lines())
    pool = empty_pool(steps)
    chance = random.Random(3)
    kills, complete = 0, False
    while not complete:
        steps.start(chance.randrange(5, 60))
        try:
            report = await imported(pool, path, 3, "skip")
        except Killed:
            kills += 1
        else:
            complete = True
    assert kills > 5
    assert (pool.state(), content(path.parent), numbers(report)) == (
        expected,
        expected_files,
        expected_numbers,
    )
    assert max(pool.created.values()) == 1


@pytest.mark.parametrize("point", range(1, 70, 4))
async def test_a_cancelled_import_continues(tmp_path: Path, steps: Steps, point: int) -> None:
    """A cancellation is raised, and leaves neither tasks nor a locked journal."""
    path = tmp_path / "users.jsonl"
    path.write_text(input_lines())
    pool = empty_pool(steps)
    steps.start(None)
    task: asyncio.Task[ImportReport] = asyncio.create_task(imported(pool, path, 3, "skip"))

    async def cancel() -> None:
        if sum(pool.calls.values()) >= point:
            task.cancel()

    pool.responding = cancel
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
    pool.responding = None
    report = await imported(pool, path, 3, "skip")
    assert numbers(report)[:5] == (42, 0, 4, 1, 4)
    assert max(pool.created.values()) == 1


@pytest.mark.parametrize(
    ("name", "concurrency"), [("users.jsonl", 1), ("users.csv", 1), ("users.jsonl", 8), ("users.csv", 3)]
)
async def test_an_export_killed_at_every_step(
    steps: Steps, folder: Callable[[], Path], name: str, concurrency: int
) -> None:
    pool = BulkPool(filters=concurrency > 1)
    for number in range(130):
        pool.add(f"user-{number}", email=f"{number}@a.com")
    pool.before = pool.after = lambda *_: steps.step()
    client = client_with(pool, retry_mode="off")

    def in_order(path: Path) -> dict[str, list[bytes]]:
        """Return the lines of the files; of parts in any order."""
        found = content(path)
        return found if concurrency == 1 else {each: sorted(lines) for each, lines in found.items()}

    async def export(path: Path) -> ExportReport:
        return await export_users(client, POOL_ID, path / name, concurrency=concurrency)

    steps.start(None)
    path = folder()
    await export(path)
    expected, total = in_order(path), steps.count
    assert set(expected) == {name}
    for point in range(1, total + 1):
        path = folder()
        steps.start(point)
        with pytest.raises(Killed):
            await export(path)
        steps.start(None)
        if (path / f"{name}.journal").exists() or not (path / name).exists():
            report = await export(path)
            assert report.users == 130
        assert in_order(path) == expected, point


@pytest.mark.parametrize("name", ["users.jsonl", "users.csv"])
@pytest.mark.parametrize("age", [60, 86_400])
async def test_an_export_whose_parts_lack_a_user_killed_at_every_step(
    steps: Steps, folder: Callable[[], Path], name: str, age: int
) -> None:
    """The user is asked for by name, or the export starts over page after page: each user is there once."""
    pool = BulkPool(filters=True)
    for number in range(80):
        pool.add(f"user-{number}", email=f"{number}@a.com")
    pool.users["user-7"]["UserCreateDate"] = NOW - age
    pool.hidden = {"user-7"}
    pool.before = pool.after = lambda *_: steps.step()
    client = client_with(pool, retry_mode="off")

    async def export(path: Path) -> int:
        """Call until it is complete; return the number of errors."""
        errors = 0
        while (path / f"{name}.journal").exists() or not (path / name).exists():
            try:
                await export_users(client, POOL_ID, path / name, concurrency=3)
            except InvalidResponseError:
                errors += 1
        return errors

    steps.start(None)
    path = folder()
    assert await export(path) == (age > 300)
    expected, total = sorted((path / name).read_bytes().splitlines()), steps.count
    assert len(expected) == 80 + (name == "users.csv")
    for point in range(1, total + 1):
        path = folder()
        steps.start(point)
        with pytest.raises(Killed):
            await export(path)
        steps.start(None)
        assert await export(path) <= 1
        assert sorted((path / name).read_bytes().splitlines()) == expected, point


PROGRAM = """
import asyncio, sys
from cognito_async import CognitoClient, Credentials
from cognito_async.bulk import export_users, import_users

async def main(job, url, pool_id, path):
    credentials = Credentials(access_key_id="x", secret_access_key="x")
    async with CognitoClient(region="eu-west-1", endpoint_url=url, credentials=credentials) as client:
        job = {"import": import_users, "export": export_users}[job]
        await job(client, pool_id, path)

asyncio.run(main(*sys.argv[1:]))
"""


async def run_and_kill(job: str, pool: BulkPool, path: Path, requests: int) -> bool:
    """Run a job in a process that is killed after a request took effect; return whether it was complete before."""
    count, reached = 0, asyncio.Event()

    async def respond_until_then() -> None:
        nonlocal count
        count += 1
        if count >= requests:
            reached.set()
            await asyncio.Event().wait()

    pool.responding = respond_until_then
    async with served(pool) as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, job, url, POOL_ID, str(path)
        )
        kill = asyncio.create_task(reached.wait())
        end = asyncio.create_task(process.wait())
        await asyncio.wait({kill, end}, return_when=asyncio.FIRST_COMPLETED)
        if not end.done():
            process.kill()
        code = await end
        kill.cancel()
    assert code in (0, -signal.SIGKILL)
    return code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@pytest.mark.parametrize("job", ["import", "export"])
async def test_a_killed_process_continues(tmp_path: Path, job: str) -> None:
    lines = [json.dumps({"username": f"user-{number:03}", "attributes": {}}) + "\n" for number in range(180)]
    pool, path = BulkPool(), tmp_path / "users.jsonl"
    if job == "import":
        path.write_text("".join(lines))
    else:
        for number in range(180):
            pool.add(f"user-{number:03}")
    kills = 0
    steps = (25, 60, 40) if job == "import" else (2, 1)
    for requests in steps:
        kills += not await run_and_kill(job, pool, path, requests)
    assert kills == len(steps)
    assert await run_and_kill(job, pool, path, 10_000)
    assert {each.name for each in tmp_path.iterdir()} == {"users.jsonl"}
    if job == "import":
        assert set(pool.created.values()) == {1}
        assert sorted(pool.created) == [json.loads(line)["username"] for line in lines]
    else:
        exported = [json.loads(line)["username"] for line in path.read_text().splitlines()]
        assert exported == list(pool.users)
