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
    assert [each.name for each in tmp_path.glob("*.journal")] == [f"copy-of-{source.id}-to-new-new.journal"]


async def test_a_complete_copy_says_so_and_can_be_restarted(
    run: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = full_pool(account)
    async with served(account) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        first = await run("copy_pool", source.id)
        again = await run("copy_pool", source.id)
        other = await run("copy_pool", source.id, "--name", "shop/2")
        account.add_user(source, "late", email="late@example.com", email_verified="true")
        more = await run("copy_pool", source.id, "--restart")
    assert [each.code for each in (first, again, other, more)] == [0, 0, 0, 0], more.err
    target, second = list(account.pools)[1:]
    assert f"The copy is {target}\n" in first.out
    assert f"The copy {target} was complete already; this is its report." in again.out
    assert "add --restart" in again.out
    assert f"The copy is {second}\n" in other.out
    assert f"The copy is {target}\n" in more.out
    assert [line.split() for line in more.out.splitlines() if line.startswith("users ")] == [
        ["users", "1", "9", "2", "0"]
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target", "{source}"), "target_pool_id: is the source"),
        (("--target", "{other}", "--name", "x"), "an existing pool keeps its name"),
        (("--dry-run",), "ListGroups failed with NotAuthorizedException"),
    ],
)
async def test_what_the_same_command_cannot_continue_has_no_such_advice(
    run: Run,
    account: FakeAccount,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    message: str,
) -> None:
    source, other = full_pool(account), account.add_pool()
    account.errors["ListGroups"] = "NotAuthorizedException"
    async with served(account) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        filled = [option.format(source=source.id, other=other.id) for option in options]
        stopped = await run("copy_pool", source.id, *filled)
    assert stopped.code == 1
    assert message in stopped.err
    assert "to continue" not in stopped.err


async def test_the_note_about_triggers_is_printed(
    run: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = full_pool(account)
    account.errors["AdminCreateUser"] = "UnexpectedLambdaException"
    async with served(account) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        stopped = await run("copy_pool", source.id)
    assert "with aws lambda add-permission" in stopped.err
    assert stopped.err.endswith("Run the same command, without --restart, to continue.\n")


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
        assert "Run the same command, without --restart, to continue." in stopped.err
        del account.errors["AdminCreateUser user-004"]
        done = await run("copy_pool", *options)
    assert done.code == 1
    assert "failed: users user-005: InvalidParameterException: no" in done.out
    assert len(target.users) == 8
    assert max(account.created.values()) == 1
