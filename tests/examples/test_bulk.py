"""The script that moves users from a pool to another one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from emulators.bulk_server import TARGET_ID, Pools
from examples.example import Completed
from support.bulk_pool import POOL_ID, BulkPool, PoolError, served

USERS = 130
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
    assert {each.name for each in tmp_path.iterdir()} == {"users.jsonl"}


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
        assert len((tmp_path / "users.jsonl").read_text().splitlines()) == USERS
        target(pools).before = lambda *_: None
        completed = await run("bulk", "--file", "users.jsonl")
    assert completed.code == 0, completed.err
    assert completed.out == "130 created, 0 existing, 0 failed\n"


async def test_failures_are_named(
    run: Run, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "users.jsonl").write_text(json.dumps({"username": "", "attributes": {}}))
    async with served(pools) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        completed = await run("bulk", POOL_ID, TARGET_ID)
    assert "The failures are in users.jsonl.failures.jsonl" in completed.out
