"""A copy that is killed at any step continues: the same target and the same report as without a kill."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cognito_async.bulk import CopyReport, JournalError, copy_pool
from support.bulk_pool import Killed
from support.copied_pools import full_pool, state
from support.fake_account import FakeAccount, FakePool
from support.kill_points import Steps

POINTS = 60
"""Of each of six tests."""


def prepared(
    steps: Steps, *, existing: bool, **settings: Any
) -> tuple[FakeAccount, FakePool, FakePool | None]:
    """Return an account, the source, and the target if it exists before."""
    account = FakeAccount()
    account.max_page = 4
    source = full_pool(account, users=14, **settings)
    source.groups["empty"] = {"UserPoolId": source.id, "GroupName": "empty"}
    target = account.add_pool(Name="shop") if existing else None
    if target is not None:
        target.schema = [source.schema[1]]
        target.groups["staff"] = {"UserPoolId": target.id, "GroupName": "staff"}
        target.clients["own"] = {"UserPoolId": target.id, "ClientId": "own", "ClientName": "mobile"}
        account.add_user(target, "user-003", status="FORCE_CHANGE_PASSWORD", email="user-003@example.com")
    account.errors["AdminCreateUser user-007"] = "InvalidParameterException"

    async def step(_: str) -> None:
        steps.step()

    account.during = account.after = step
    return account, source, target


async def copied(
    account: FakeAccount,
    source: FakePool,
    target: FakePool | None,
    journal: Path,
    concurrency: int,
    **options: Any,
) -> CopyReport:
    client = account.client(retry_mode="off")
    options = {"journal": journal, "concurrency": concurrency} | options
    return await copy_pool(client, source.id, client, target and target.id, **options)


def numbers(report: CopyReport) -> Any:
    names = sorted((each.part, each.name, each.error) for each in report.failures)
    return dict(report.counts), names, set(report.client_ids), dict(report.not_copied), report.failed


def result(account: FakeAccount, report: CopyReport) -> Any:
    return state(account.pools[report.target_pool_id or ""]), numbers(report), len(account.pools)


@pytest.mark.parametrize("concurrency", [1, 5])
@pytest.mark.parametrize("target_before", ["none", "existing"])
async def test_a_copy_killed_at_random_points(
    steps: Steps, folder: Callable[[], Path], concurrency: int, target_before: str
) -> None:
    existing = target_before == "existing"
    account, source, target = prepared(steps, existing=existing)
    steps.start(None)
    report = await copied(account, source, target, folder() / "journal", concurrency)
    expected, total = result(account, report), steps.count
    assert report.failed == 1
    for point in random.Random(concurrency).sample(range(1, total + 1), POINTS):
        account, source, target = prepared(steps, existing=existing)
        journal = folder() / "journal"
        steps.start(point)
        with pytest.raises(Killed):
            await copied(account, source, target, journal, concurrency)
        steps.start(None)
        report = await copied(account, source, target, journal, concurrency)
        assert result(account, report) == expected, point
        assert max(account.created.values()) == 1, point


@pytest.mark.parametrize("target_before", ["none", "existing"])
async def test_a_killed_copy_that_goes_through_everything_again(
    steps: Steps, folder: Callable[[], Path], target_before: str
) -> None:
    existing = target_before == "existing"
    account, source, target = prepared(steps, existing=existing)
    steps.start(None)
    expected = result(account, await copied(account, source, target, folder() / "journal", 3))
    for point in random.Random(7).sample(range(1, steps.count + 1), POINTS):
        account, source, target = prepared(steps, existing=existing)
        journal = folder() / "journal"
        steps.start(point)
        with pytest.raises(Killed):
            await copied(account, source, target, journal, 3)
        steps.start(random.Random(point).randrange(1, steps.count + 30))
        with suppress(Killed):
            await copied(account, source, target, journal, 3, resume=False)
        steps.start(None)
        report = await copied(account, source, target, journal, 3, resume=bool(point % 2))
        assert max(account.created.values()) == 1, point
        assert len(account.pools) == expected[2], point
        assert result(account, report)[0] == expected[0], point


def with_collisions(steps: Steps) -> tuple[FakeAccount, FakePool, FakePool]:
    """Return an account whose target has names of the source's users as those of others."""
    account, source, target = prepared(steps, existing=True, AliasAttributes=["email"])
    assert target is not None
    target.settings["AliasAttributes"] = ["email", "preferred_username"]
    account.add_user(target, "a", email="user-006@example.com", email_verified="true")
    account.add_user(target, "b", preferred_username="user-009")
    account.add_user(target, "user-012", email="other@example.com", email_verified="true")
    account.role_errors["arn:aws:iam::123456789012:role/staff"] = "AccessDeniedException"
    return account, source, target


@pytest.mark.parametrize("concurrency", [1, 5])
async def test_a_copy_with_collisions_killed_at_random_points(
    steps: Steps, folder: Callable[[], Path], concurrency: int
) -> None:
    account, source, target = with_collisions(steps)
    steps.start(None)
    report = await copied(account, source, target, folder() / "journal", concurrency)
    expected, total = result(account, report), steps.count
    assert sorted((each.part, each.name) for each in report.failures if each.error == "UserCollision") == [
        ("memberships", "user-006 in staff"),
        ("memberships", "user-009 in staff"),
        ("memberships", "user-012 in staff"),
        ("users", "user-006"),
        ("users", "user-009"),
    ]
    for point in random.Random(concurrency).sample(range(1, total + 1), POINTS):
        account, source, target = with_collisions(steps)
        journal = folder() / "journal"
        steps.start(point)
        with pytest.raises(Killed):
            await copied(account, source, target, journal, concurrency)
        steps.start(None)
        report = await copied(account, source, target, journal, concurrency)
        assert result(account, report) == expected, point
        assert max(account.created.values()) == 1, point


async def test_a_copy_killed_again_and_again(steps: Steps, folder: Callable[[], Path]) -> None:
    account, source, target = prepared(steps, existing=False)
    steps.start(None)
    expected = result(account, await copied(account, source, target, folder() / "journal", 3))
    account, source, target = prepared(steps, existing=False)
    journal, chance, kills = folder() / "journal", random.Random(5), 0
    while True:
        steps.start(chance.randrange(20, 90))
        try:
            report = await copied(account, source, target, journal, 3)
        except Killed:
            kills += 1
        else:
            break
    assert kills > 5
    assert result(account, report) == expected
    assert max(account.created.values()) == 1


async def test_a_complete_copy_returns_its_report_again(steps: Steps, tmp_path: Path) -> None:
    account, source, target = prepared(steps, existing=False)
    steps.start(None)
    first = await copied(account, source, target, tmp_path / "journal", 3)
    requests = len(account.requests)
    again = await copied(account, source, target, tmp_path / "journal", 3)
    assert numbers(again) == numbers(first)
    assert again.target_pool_id == first.target_pool_id
    assert (first.was_complete, again.was_complete) == (False, True)
    assert [operation for operation, _ in account.requests[requests:]] == ["DescribeUserPool"]


async def test_a_journal_belongs_to_one_copy(steps: Steps, tmp_path: Path) -> None:
    account, source, target = prepared(steps, existing=True)
    steps.start(None)
    await copied(account, source, target, tmp_path / "journal", 3)
    with pytest.raises(JournalError, match="belongs to another job: its target_pool_id is"):
        await copied(account, source, None, tmp_path / "journal", 3)


@pytest.mark.parametrize("point", range(1, 80, 5))
async def test_a_cancelled_copy_leaves_no_task_and_continues(
    steps: Steps, tmp_path: Path, point: int
) -> None:
    account, source, target = prepared(steps, existing=True)
    steps.start(None)
    task = asyncio.create_task(copied(account, source, target, tmp_path / "journal", 3))

    async def cancel(_: str) -> None:
        if len(account.requests) >= point:
            task.cancel()
        await asyncio.sleep(0)

    account.after = cancel
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
    account.after = None
    report = await copied(account, source, target, tmp_path / "journal", 3)
    assert report.counts["users"].created == 13
    assert max(account.created.values()) == 1
