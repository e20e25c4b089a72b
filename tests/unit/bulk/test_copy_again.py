"""A copy that is called again: positions that the service rejects, ``resume=False``, and journals of other targets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from cognito_async.bulk import CopyReport, JournalError, JournalLockedError, Progress, copy_pool
from cognito_async.errors import (
    InvalidLambdaResponseException,
    InvalidParameterException,
    InvalidRequestError,
    NotAuthorizedException,
    ResourceNotFoundException,
    UnexpectedLambdaException,
)
from cognito_async.transport import HTTPResponse
from support.bulk_pool import Killed
from support.copied_pools import full_pool, state
from support.fake_account import FakeAccount, FakePool, Wire
from support.transports import error_response


@pytest.fixture
def account() -> FakeAccount:
    account = FakeAccount()
    account.max_page = 4
    return account


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


async def copied(
    account: FakeAccount, source: FakePool, target: FakePool | None = None, **options: Any
) -> CopyReport:
    client = account.client(retry_mode="off")
    settings = {"concurrency": 2} | options
    return await copy_pool(client, source.id, client, target and target.id, **settings)


async def killed(account: FakeAccount, operation: str, number: int, *pools: FakePool, **options: Any) -> None:
    """Kill a copy at the given request."""

    async def kill(carried_out: str) -> None:
        if carried_out == operation and account.calls[operation] >= number:
            raise Killed

    account.during = kill
    with pytest.raises(Killed):
        await copied(account, *pools, **options)
    account.during = None


def expire_tokens(account: FakeAccount) -> None:
    """Let the service reject the tokens that it has returned so far."""
    respond, serial = account._respond, f"{len(account.requests)} "

    def responding(operation: str, members: Wire) -> HTTPResponse:
        for name in ("PaginationToken", "NextToken"):
            if name in members and operation.startswith("ListUsers"):
                if not members[name].startswith(serial):
                    return error_response("InvalidParameterException")
                members = members | {name: members[name].removeprefix(serial)}
        response = respond(operation, members)
        body = json.loads(response.body)
        for name in ("PaginationToken", "NextToken"):
            if name in body and operation.startswith("ListUsers"):
                body[name] = serial + body[name]
        return HTTPResponse(response.status, response.headers, json.dumps(body).encode())

    account._respond = responding  # type: ignore[method-assign]


def counts(report: CopyReport) -> dict[str, tuple[int, int, int, int]]:
    return {
        part: (each.created, each.existing, each.skipped, each.failed) for part, each in report.counts.items()
    }


async def expected(**settings: Any) -> tuple[Any, Any]:
    """Return the target and the numbers of a copy without interruption."""
    account = FakeAccount()
    account.max_page = 4
    source = full_pool(account, users=20, **settings)
    report = await copied(account, source)
    return state(account.pools[report.target_pool_id or ""]), counts(report)


# Positions


@pytest.mark.parametrize("operation", ["AdminCreateUser", "AdminSetUserPassword", "AdminAddUserToGroup"])
@pytest.mark.parametrize("settings", [{}, {"UsernameAttributes": ["email"]}])
async def test_a_list_whose_position_is_rejected_is_copied_from_its_first_page(
    account: FakeAccount, journal: Path, operation: str, settings: Wire
) -> None:
    source = full_pool(account, users=20, **settings)
    await killed(account, operation, 6, source, journal=journal)
    expire_tokens(account)
    seen: list[Progress] = []
    report = await copied(account, source, journal=journal, progress=seen.append)
    assert (state(account.pools[report.target_pool_id or ""]), counts(report)) == await expected(**settings)
    assert len(account.pools) == 2
    assert max(account.created.values()) == 1
    assert seen[-1].done == sum(sum(counts(report)[part]) for part in ("users", "memberships"))
    assert min(each.done for each in seen) >= 0


async def test_a_restarted_list_may_be_interrupted_and_restarted_too(
    account: FakeAccount, journal: Path
) -> None:
    source = full_pool(account, users=20)
    await killed(account, "AdminSetUserPassword", 6, source, journal=journal)
    expire_tokens(account)
    await killed(account, "AdminSetUserPassword", 12, source, journal=journal)
    expire_tokens(account)
    report = await copied(account, source, journal=journal)
    assert (state(account.pools[report.target_pool_id or ""]), counts(report)) == await expected()
    assert max(account.created.values()) == 1


async def test_failures_of_a_restarted_list_are_not_reported_twice(
    account: FakeAccount, journal: Path
) -> None:
    source = full_pool(account, users=20)
    account.errors |= {
        "AdminCreateUser user-002": "InvalidParameterException",
        "AdminCreateUser user-003": "InvalidParameterException",
        "CreateGroup admins": "InvalidParameterException",
    }
    await killed(account, "AdminCreateUser", 14, source, journal=journal)
    expire_tokens(account)
    del account.errors["AdminCreateUser user-003"]
    report = await copied(account, source, journal=journal)
    assert {(each.part, each.name) for each in report.failures} == {
        ("groups", "admins"),
        ("users", "user-002"),
    }
    assert report.failed == len(report.failures) == 2


@pytest.mark.parametrize("journal_used", [True, False])
async def test_a_rejected_request_for_the_first_page_ends_the_copy(
    account: FakeAccount, journal: Path, *, journal_used: bool
) -> None:
    source = full_pool(account, users=20)
    if journal_used:
        await killed(account, "AdminCreateUser", 14, source, journal=journal)
    account.errors["ListUsers"] = "InvalidParameterException"
    with pytest.raises(InvalidParameterException):
        await copied(account, source, journal=journal)


async def test_pages_of_another_size_after_a_kill_change_nothing(account: FakeAccount, journal: Path) -> None:
    source = full_pool(account, users=20)
    account.max_page = 10
    await killed(account, "AdminSetUserPassword", 15, source, journal=journal, concurrency=8)
    account.max_page = 3
    report = await copied(account, source, journal=journal, concurrency=8)
    assert (state(account.pools[report.target_pool_id or ""]), counts(report)) == await expected()


# Again


@pytest.mark.parametrize("existing", [False, True])
async def test_an_interrupted_copy_that_goes_through_everything_again_completes_its_users(
    account: FakeAccount, journal: Path, *, existing: bool
) -> None:
    source = full_pool(account, users=20)
    pools = (source, account.add_pool()) if existing else (source,)
    await killed(account, "AdminSetUserPassword", 6, *pools, journal=journal, concurrency=4)
    report = await copied(account, *pools, journal=journal, resume=False)
    target = account.pools[report.target_pool_id or ""]
    wanted, numbers = await expected()
    assert {
        name: each for name, each in counts(report).items() if name not in ("settings", "attributes")
    } == {name: each for name, each in numbers.items() if name != "settings"}
    assert state(target)["passwords"] == wanted["passwords"]
    assert len(account.pools) == 2
    assert max(account.created.values()) == 1


@pytest.mark.parametrize("existing", [False, True])
async def test_a_complete_copy_that_goes_through_everything_again_copies_what_is_new(
    account: FakeAccount, journal: Path, *, existing: bool
) -> None:
    source = full_pool(account)
    pools = (source, account.add_pool(Name="shop")) if existing else (source,)
    account.errors["AdminCreateUser user-002"] = "InvalidParameterException"
    first = await copied(account, *pools, journal=journal)
    target = account.pools[first.target_pool_id or ""]
    assert (first.failed, await copied(account, *pools, journal=journal)) == (1, first_again(first))
    account.errors.clear()
    account.add_user(source, "late", email="late@example.com", email_verified="true")
    source.schema.append({"Name": "custom:late", "AttributeDataType": "String"})
    account.add_user(target, "own", email="own@example.com")
    target.settings["Policies"] = {}
    target.mfa = {"MfaConfiguration": "OFF"}
    before = dict(target.settings), target.mfa
    report = await copied(account, *pools, journal=journal, resume=False)
    assert counts(report)["users"] == (2, 8, 2, 0)
    assert counts(report)["attributes"] == (1, 3, 0, 0)
    assert counts(report)["app_clients"] == (0, 3, 0, 0)
    assert (report.target_pool_id, report.was_complete, report.failed) == (target.id, False, 0)
    assert report.client_ids == first.client_ids
    assert (dict(target.settings), target.mfa) == before
    assert len(account.pools) == 2
    again = await copied(account, *pools, journal=journal)
    assert (again.was_complete, counts(again)) == (True, counts(report))


def first_again(report: CopyReport) -> Any:
    """Return what equals the report of the next run, which takes other seconds."""

    class Same:
        def __eq__(self, other: object) -> bool:
            return evolve(report, was_complete=True, seconds=0) == evolve(other, seconds=0)  # type: ignore[type-var]

        __hash__ = None  # type: ignore[assignment]

    return Same()


async def test_rejected_settings_are_tried_again(account: FakeAccount, journal: Path) -> None:
    source = full_pool(account)
    account.errors |= {
        "SetUserPoolMfaConfig": "InvalidParameterException",
        "CreateGroup": "NotAuthorizedException",
    }
    with pytest.raises(NotAuthorizedException):
        await copied(account, source, journal=journal)
    account.errors.clear()
    report = await copied(account, source, journal=journal, resume=False)
    assert account.pools[report.target_pool_id or ""].mfa["MfaConfiguration"] == "OPTIONAL"
    assert counts(report)["settings"] == (1, 0, 0, 0)


async def test_without_records_there_is_nothing_to_go_through_again(
    account: FakeAccount, journal: Path
) -> None:
    source = full_pool(account)
    report = await copied(account, source, journal=journal, resume=False)
    assert counts(report)["users"] == (9, 0, 2, 0)
    assert '"again"' not in journal.read_text()


async def test_an_app_client_that_was_deleted_since_is_created_again(
    account: FakeAccount, journal: Path
) -> None:
    source = full_pool(account)
    first = await copied(account, source, journal=journal)
    target = account.pools[first.target_pool_id or ""]
    del target.clients[first.client_ids["old-1"]]
    report = await copied(account, source, journal=journal, resume=False)
    assert counts(report)["app_clients"] == (1, 2, 0, 0)
    assert report.client_ids["old-1"] in target.clients


# Other targets


async def test_a_journal_is_of_one_region(account: FakeAccount, journal: Path) -> None:
    source, there = full_pool(account), FakeAccount(region="us-east-1")
    other = there.add_pool(Name="shop")
    account.errors["CreateUserPool"] = "NotAuthorizedException"
    with pytest.raises(NotAuthorizedException):
        await copied(account, source, journal=journal)
    before = journal.read_text()
    for resume in (True, False):
        with pytest.raises(JournalError, match="its target_region is 'eu-west-1', not 'us-east-1'") as caught:
            await copy_pool(account.client(), source.id, there.client(), None, journal=journal, resume=resume)
        assert "Pass another journal=" in str(caught.value)
        assert "resume=False" not in str(caught.value)
    assert journal.read_text() == before
    assert not other.users


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("same_id", [False, True])
async def test_a_journal_is_of_one_account(
    account: FakeAccount, journal: Path, *, complete: bool, same_id: bool
) -> None:
    source, there = full_pool(account), FakeAccount()
    there.account_id = "222222222222"
    others = [there.add_pool(Name="shop") for _ in range(2 if same_id else 1)]
    if complete:
        await copied(account, source, journal=journal)
    else:
        await killed(account, "AdminCreateUser", 3, source, journal=journal)
    text = "this client is of account 222222222222" if same_id else "this client finds no such pool"
    for resume in (True, False):
        with pytest.raises(JournalError, match=f"in account 123456789012, and {text}. Pass another journal="):
            await copy_pool(account.client(), source.id, there.client(), None, journal=journal, resume=resume)
    assert [each.users for each in others] == [{}] * len(others)
    assert list(there.pools) == [each.id for each in others]


async def test_a_target_that_was_deleted_is_named(account: FakeAccount, journal: Path) -> None:
    source, target = full_pool(account), account.add_pool()
    await copied(account, source, target, journal=journal)
    del account.pools[target.id]
    with pytest.raises(JournalError, match=f"is of a copy to the pool {target.id} in account 123456789012"):
        await copied(account, source, target, journal=journal)
    with pytest.raises(ResourceNotFoundException):
        await copied(account, source, target)


async def test_a_description_without_an_arn_has_no_account(account: FakeAccount, journal: Path) -> None:
    source = full_pool(account)
    describe = account._describe_user_pool

    def without_arn(members: Wire) -> Wire:
        body = describe(members)
        del body["UserPool"]["Arn"]
        return body

    account._describe_user_pool = without_arn  # type: ignore[method-assign]
    first = await copied(account, source, journal=journal)
    assert (await copied(account, source, journal=journal)).was_complete
    del account.pools[first.target_pool_id or ""]
    with pytest.raises(JournalError, match=f"{first.target_pool_id}, and this client finds no such pool"):
        await copied(account, source, journal=journal)


async def test_two_runs_of_a_copy_at_once_are_an_error(account: FakeAccount, journal: Path) -> None:
    source = full_pool(account)
    results = await asyncio.gather(
        *(copied(account, source, journal=journal) for _ in range(2)), return_exceptions=True
    )
    assert {type(each) for each in results} == {CopyReport, JournalLockedError}
    (locked,) = [each for each in results if isinstance(each, JournalLockedError)]
    assert str(locked).endswith(
        "Wait for the other run, or stop it: two runs of a job would do the work twice."
    )
    assert len(account.pools) == 2


# The rest


async def test_settings_that_another_region_lacks_are_listed_after_a_kill_too(
    account: FakeAccount, tmp_path: Path
) -> None:
    listed = []
    for operation in (None, "CreateUserPool", "SetUserPoolMfaConfig", "CreateGroup"):
        here, there = FakeAccount(), FakeAccount(region="us-east-1")
        source, journal = full_pool(here), tmp_path / f"{operation}.journal"

        async def kill(carried_out: str, operation: str | None = operation) -> None:
            if carried_out == operation:
                raise Killed

        there.after = kill  # type: ignore[assignment]
        if operation is not None:
            with pytest.raises(Killed):
                await copy_pool(here.client(), source.id, there.client(), None, journal=journal)
            notes = [line for line in journal.read_bytes().splitlines(True) if b'"note"' not in line]
            journal.write_bytes(b"".join(notes))
        there.after = None
        report = await copy_pool(here.client(), source.id, there.client(), None, journal=journal)
        listed.append({name for name in report.not_copied if name.startswith("setting ")})
    expected = {
        "setting AutoVerifiedAttributes: phone_number",
        "setting LambdaConfig",
        "setting SmsConfiguration",
        "setting SmsMfaConfiguration",
        "setting UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate: phone_number",
    }
    assert listed == [expected] * 4


@pytest.mark.parametrize("error", [UnexpectedLambdaException, InvalidLambdaResponseException])
async def test_a_trigger_that_fails_ends_the_copy_and_its_users_are_tried_again(
    account: FakeAccount, journal: Path, error: type[Exception]
) -> None:
    source = full_pool(account)
    account.errors["AdminCreateUser"] = error.__name__
    with pytest.raises(error) as caught:
        await copied(account, source, journal=journal)
    assert "with aws lambda add-permission" in caught.value.__notes__[0]
    account.errors.clear()
    report = await copied(account, source, journal=journal)
    assert counts(report)["users"] == (9, 0, 2, 0)
    assert report.failed == 0


async def test_a_trigger_that_rejects_one_user_is_a_failure(account: FakeAccount) -> None:
    account.errors["AdminCreateUser user-001"] = "UserLambdaValidationException"
    report = await copied(account, full_pool(account))
    assert [(each.name, each.error) for each in report.failures][:1] == [
        ("user-001", "UserLambdaValidationException")
    ]


async def test_an_existing_pool_cannot_be_named(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    with pytest.raises(InvalidRequestError, match="pool_name: an existing pool keeps its name"):
        await copied(account, source, target, pool_name="new")
    assert not account.requests
