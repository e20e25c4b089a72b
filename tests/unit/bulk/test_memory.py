"""Memory of bulk jobs does not depend on the number of users."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cognito_async.bulk import export_users, gather_iter, import_users, list_all_users
from support.bulk_pool import POOL_ID, EndlessPool
from support.transports import client_with

FEW, MANY = 1_000, 8_000
MARGIN = 400_000
"""Bytes. The users of MANY would take 7 MB more."""


async def peak(job: Callable[[int], Awaitable[object]], users: int) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        await job(users)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def growth(job: Callable[[int], Awaitable[object]]) -> int:
    await job(FEW)  # caches
    few = await peak(job, FEW)
    return await peak(job, MANY) - few


@pytest.mark.parametrize("concurrency", [1, 8])
async def test_memory_of_an_export_is_flat(tmp_path: Path, concurrency: int) -> None:
    async def job(users: int) -> None:
        pool = EndlessPool(users)
        path = tmp_path / "users.jsonl"
        report = await export_users(client_with(pool), POOL_ID, path, concurrency=concurrency, resume=False)
        assert report.users == users
        assert (pool.most_running > 1) is (concurrency > 1)  # in parts

    assert await growth(job) < MARGIN


async def test_memory_of_a_list_in_parts_is_flat() -> None:
    async def job(users: int) -> None:
        pool, count = EndlessPool(users), 0
        async for _ in list_all_users(client_with(pool), POOL_ID):
            count += 1
        assert count == users
        assert pool.most_running == 8

    assert await growth(job) < MARGIN


async def test_memory_of_an_import_is_flat(tmp_path: Path) -> None:
    for users in (FEW, MANY):
        with (tmp_path / f"{users}.jsonl").open("w") as file:
            for number in range(users):
                attributes = {"email": f"{number}@example.com"}
                file.write(json.dumps({"username": f"user-{number}", "attributes": attributes}) + "\n")

    async def job(users: int) -> None:
        await import_users(client_with(EndlessPool(0)), POOL_ID, tmp_path / f"{users}.jsonl")

    assert await growth(job) < MARGIN


async def test_memory_of_calls_is_flat() -> None:
    async def call() -> bytes:
        return bytes(1000)

    async def job(calls: int) -> None:
        async for _ in gather_iter(call for _ in range(calls)):
            pass

    assert await growth(job) < MARGIN
