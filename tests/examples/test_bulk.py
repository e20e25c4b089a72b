"""The script that moves users from a pool to another one."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from emulators.bulk_server import TARGET_ID, Pools
from examples.example import Completed, wait_for_exit
from support.bulk_pool import POOL_ID, BulkPool, PoolError, served

USERS = 130
FILE = f"users-{POOL_ID}.jsonl"
Run = Callable[..., Awaitable[Completed]]


@pytest.fixture
async def pools(monkeypatch: pytest.MonkeyPatch) -> Pools:
    pools = Pools(USERS)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "fake")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    return pools


def target(pools: Pools) -> BulkPool:
    return pools.by_id[TARGET_ID]


async def test_users_are_moved_with_attributes_and_groups(
    run: Run, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk", POOL_ID, TARGET_ID)
    assert completed.code == 0, completed.err
    assert completed.out == "130 created, 0 existing, 0 failed\n"
    assert completed.err.count("130/130") == 2
    assert set(target(pools).users) == set(pools.by_id[POOL_ID].users)
    assert sorted(target(pools).groups["staff"]) == ["user-00000", "user-00100"]
    assert {each.name for each in tmp_path.iterdir()} == {FILE}


async def test_after_an_error_the_same_command_continues(
    run: Run, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL_ID)
    monkeypatch.setenv("COGNITO_TARGET_POOL_ID", TARGET_ID)

    def fail(operation: str, _parameters: object) -> None:
        if target(pools).calls["AdminCreateUser"] >= 60:
            raise PoolError("NotAuthorizedException: no")

    target(pools).before = fail
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk")
        assert completed.code == 1
        assert "Run the same command again to continue." in completed.err
        assert len((tmp_path / FILE).read_text().splitlines()) == USERS
        target(pools).before = lambda *_: None
        completed = await run("bulk", "--file", FILE)
    assert completed.code == 0, completed.err
    assert completed.out == "130 created, 0 existing, 0 failed\n"


async def test_another_source_has_another_file(
    run: Run, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(json.dumps({"username": "ana", "attributes": {}}))
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk", TARGET_ID, POOL_ID)  # the other direction
    assert completed.code == 0, completed.err
    assert "ana" not in pools.by_id[POOL_ID].users
    assert (tmp_path / f"users-{TARGET_ID}.jsonl").exists()


async def test_a_journal_of_another_job_is_no_reason_to_run_again(
    run: Run, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text("")
    (tmp_path / f"{FILE}.import").write_text("precious\n")
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk", POOL_ID, TARGET_ID)
    assert completed.code == 1
    assert "is not a journal" in completed.err
    assert "Run the same command" not in completed.err


async def test_a_folder_that_does_not_exist_is_named(
    run: Run, pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk", POOL_ID, TARGET_ID, "--file", "nowhere/users.jsonl")
    assert completed.code == 1
    assert "nowhere/users.jsonl" in completed.err
    assert "Run the same command" not in completed.err


async def test_an_interruption_is_no_traceback(
    start: Callable[..., Awaitable[Process]], pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(60)

    target(pools).responding = wait
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        process = await start("bulk", POOL_ID, TARGET_ID)
        await reached.wait()
        process.send_signal(signal.SIGINT)
        completed = await wait_for_exit(process)
    assert completed.code == 130
    assert completed.err.endswith("Interrupted. Run the same command again to continue.\n")


async def test_failures_are_named(
    run: Run, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(json.dumps({"username": "", "attributes": {}}))
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk", POOL_ID, TARGET_ID)
    assert f"The failures are in {FILE}.failures.jsonl" in completed.out
