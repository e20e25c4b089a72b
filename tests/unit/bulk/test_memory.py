"""Memory of bulk jobs does not depend on the number of users."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

from cognito_async.bulk import export_users, gather_iter, import_users
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


async def test_memory_of_an_export_is_flat(tmp_path: Path) -> None:
    async def job(users: int) -> None:
        client = client_with(EndlessPool(users))
        await export_users(client, POOL_ID, tmp_path / "users.jsonl", resume=False)

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
