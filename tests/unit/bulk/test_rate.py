"""Jobs use the rate that the quotas allow: a server that takes requests at the rate of the quota is never idle for long.

Time is that of a simulated clock.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cognito_async import CognitoClient
from cognito_async._pipeline.state import Effects
from cognito_async.bulk import copy_pool, export_users, gather_iter, import_users
from support.bulk_pool import POOL_ID, BulkPool
from support.fake_account import FakeAccount
from support.transports import client_with
from support.virtual_time import run_in_virtual_time

LATENCY = 0.1
RATES = {"AdminCreateUser": 50.0, "AdminListGroupsForUser": 50.0, "AdminSetUserPassword": 30.0}
"""The default quotas of their categories."""
SHARE = 0.9


class PacedPool(BulkPool):
    """Takes requests at the rate of their quota, as with a limiter that waits; each takes some time too."""

    def __init__(self) -> None:
        super().__init__()
        self.operation, pace = "", Pace()
        self.before = lambda operation, _: setattr(self, "operation", operation)
        self.responding = lambda: pace(self.operation)


class Pace:
    """Makes each request wait for a slot of its quota, and take some time."""

    def __init__(self) -> None:
        self.next: dict[str, float] = {}

    async def __call__(self, operation: str) -> None:
        loop = asyncio.get_running_loop()
        slot = max(loop.time(), self.next.get(operation, 0.0))
        self.next[operation] = slot + 1 / RATES.get(operation, 1000.0)
        await asyncio.sleep(slot - loop.time() + LATENCY)


def client_of(pool: PacedPool | FakeAccount) -> CognitoClient:
    loop = asyncio.get_running_loop()
    client = client_with(pool)
    client._pipeline.effects = Effects(
        now=lambda: 1_800_000_000.0 + loop.time(),
        monotonic=loop.time,
        sleep=asyncio.sleep,
        random=lambda: 1.0,
    )
    return client


def test_an_import_uses_the_quota_of_creations(tmp_path: Path) -> None:
    users = 2_000
    path = tmp_path / "users.jsonl"
    path.write_text(
        "".join(
            json.dumps({"username": f"user-{number}", "attributes": {}}) + "\n" for number in range(users)
        )
    )

    async def main() -> float:
        await import_users(client_of(PacedPool()), POOL_ID, path)
        return asyncio.get_running_loop().time()

    seconds = run_in_virtual_time(main())
    assert users / seconds >= SHARE * RATES["AdminCreateUser"]


def test_an_export_with_groups_uses_the_quota_of_their_requests(tmp_path: Path) -> None:
    users = 1_200

    async def main() -> float:
        pool = PacedPool()
        for number in range(users):
            pool.add(f"user-{number}")
        await export_users(client_of(pool), POOL_ID, tmp_path / "users.jsonl", groups=True)
        return asyncio.get_running_loop().time()

    seconds = run_in_virtual_time(main())
    assert users / seconds >= SHARE * RATES["AdminListGroupsForUser"]


def test_the_next_page_is_requested_while_a_page_is_written(tmp_path: Path) -> None:
    """Pages follow each other: the time of an export is that of the responses and nothing more."""
    pages = 20

    async def main() -> float:
        pool = PacedPool()
        for number in range(pages * 60):
            pool.add(f"user-{number}")
        await export_users(client_of(pool), POOL_ID, tmp_path / "users.jsonl")
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(pages * LATENCY, rel=0.05)


def test_a_copy_uses_the_quota_of_passwords() -> None:
    users = 1_200

    async def main() -> float:
        account = FakeAccount(during=Pace())
        source, target = account.add_pool(), account.add_pool()
        account.add_users(source, users)
        client = client_of(account)
        report = await copy_pool(client, source.id, client, target.id, parts=["users"])
        assert report.counts["users"].created == users
        return asyncio.get_running_loop().time()

    seconds = run_in_virtual_time(main())
    assert users / seconds >= SHARE * RATES["AdminSetUserPassword"]


def test_calls_use_all_slots() -> None:
    async def main() -> float:
        async for _ in gather_iter((asyncio.sleep(1) for _ in range(100)), concurrency=20):
            pass
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(5.0)
