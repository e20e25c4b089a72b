"""Jobs use the rate that the quotas allow: a server that takes requests at the rate of the quota is never idle for long.

Time is that of a simulated clock.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async._pipeline.state import Effects
from cognito_async.bulk import copy_pool, export_users, gather_iter, import_users
from cognito_async.rate_limit import QuotaRateLimiter
from support.bulk_pool import POOL_ID, BulkPool, PoolError
from support.fake_account import FakeAccount
from support.transports import client_with
from support.virtual_time import run_in_virtual_time

LATENCY = 0.1
RATES = {
    "ListUsers": 30.0,
    "AdminCreateUser": 50.0,
    "AdminListGroupsForUser": 50.0,
    "AdminSetUserPassword": 30.0,
}
"""The default quotas of their categories."""
SHARE = 0.9


class PacedPool(BulkPool):
    """Takes requests at the rate of their quota, as with a limiter that waits; each takes some time too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
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


class EnforcingPool(BulkPool):
    """Rejects requests beyond the quota of a second; each takes some time."""

    def __init__(self) -> None:
        super().__init__(filters=True)
        self.throttled = 0
        self.times: dict[str, deque[float]] = {}
        self.before = self.check
        self.responding = lambda: asyncio.sleep(LATENCY)

    def check(self, operation: str, _parameters: Any) -> None:
        rate = int(RATES.get(operation, 1000))
        times = self.times.setdefault(operation, deque(maxlen=rate))
        now = asyncio.get_running_loop().time()
        if len(times) == rate and now - times[0] < 1:
            self.throttled += 1
            raise PoolError("TooManyRequestsException: Rate exceeded")
        times.append(now)


def client_of(pool: BulkPool | FakeAccount, **options: Any) -> CognitoClient:
    loop = asyncio.get_running_loop()
    client = client_with(pool, **options)
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
        await export_users(client_of(pool), POOL_ID, tmp_path / "users.jsonl", concurrency=1)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(pages * LATENCY, rel=0.05)


def test_an_export_in_parts_uses_the_quota_of_pages(tmp_path: Path) -> None:
    pages = 0

    async def main() -> float:
        nonlocal pages
        pool = PacedPool(filters=True)
        for number in range(20_000):
            pool.add(f"user-{number}")
        await export_users(client_of(pool), POOL_ID, tmp_path / "users.jsonl")
        pages = pool.calls["ListUsers"]
        return asyncio.get_running_loop().time()

    seconds = run_in_virtual_time(main())
    assert pages > 20_000 / 60
    assert pages / seconds >= SHARE * RATES["ListUsers"]


@pytest.mark.parametrize("job", ["export", "import"])
def test_with_a_limiter_jobs_use_the_quota_and_are_not_throttled(tmp_path: Path, job: str) -> None:
    operation = "ListUsers" if job == "export" else "AdminCreateUser"
    path = tmp_path / "users.jsonl"
    lines = [json.dumps({"username": f"user-{number}", "attributes": {}}) + "\n" for number in range(2_000)]

    async def main() -> tuple[float, int]:
        pool = EnforcingPool()
        limiter = QuotaRateLimiter()
        limiter._clock = asyncio.get_running_loop().time
        client = client_of(pool, limiter=limiter)
        if job == "export":
            for number in range(20_000):
                pool.add(f"user-{number}")
            await export_users(client, POOL_ID, path)
        else:
            path.write_text("".join(lines))
            await import_users(client, POOL_ID, path)
        assert pool.throttled == 0
        return asyncio.get_running_loop().time(), pool.calls[operation]

    seconds, calls = run_in_virtual_time(main())
    assert calls / seconds >= SHARE * RATES[operation]


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
