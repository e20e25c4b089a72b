"""The script that copies a pool."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from examples.example import Completed
from support.bulk_pool import served
from support.copied_pools import full_pool
from support.fake_account import FakeAccount

Run = Callable[..., Awaitable[Completed]]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> FakeAccount:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "fake")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    return FakeAccount()


async def test_a_plan_and_then_a_copy(
    run: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = full_pool(account)
    async with served(account) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        plan = await run("copy_pool", source.id, "--dry-run", "--name", "new")
        assert (plan.code, len(account.pools)) == (0, 1)
        assert "Nothing was changed: this is a plan." in plan.out
        done = await run("copy_pool", source.id, "--name", "new")
    assert done.code == 0, done.err
    target = list(account.pools.values())[-1]
    assert target.settings["Name"] == "new"
    assert f"The copy is {target.id}" in done.out
    assert [line.split() for line in done.out.splitlines() if line.startswith("users ")] == [
        ["users", "9", "0", "2", "0"]
    ]
    for old in source.clients:
        assert f"app client {old} is client" in done.out
    assert "- passwords: the service returns no passwords" in done.out
    assert (tmp_path / f"copy-of-{source.id}.journal").exists()


async def test_after_an_error_the_same_command_continues(
    run: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = full_pool(account), account.add_pool()
    monkeypatch.setenv("COGNITO_USER_POOL_ID", source.id)
    account.errors["AdminCreateUser user-004"] = "NotAuthorizedException"
    account.errors["AdminCreateUser user-005"] = "InvalidParameterException"
    options = ("--target", target.id, "--region", "eu-west-1", "--journal", "journal")
    async with served(account) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        stopped = await run("copy_pool", *options)
        assert stopped.code == 1
        assert "Run the same command again to continue." in stopped.err
        del account.errors["AdminCreateUser user-004"]
        done = await run("copy_pool", *options)
    assert done.code == 1
    assert "failed: users user-005: InvalidParameterException: no" in done.out
    assert len(target.users) == 8
    assert max(account.created.values()) == 1
