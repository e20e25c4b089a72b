"""A copy creates nothing twice when responses are lost, and takes over only what it has created itself."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async.bulk import BulkError, CopyReport, copy_pool
from cognito_async.bulk._copy_settings import has_settings
from cognito_async.bulk._copy_target import TAG
from cognito_async.errors import (
    AccessDeniedException,
    ConnectionLostError,
    LimitExceededException,
    ReadTimeoutError,
)
from cognito_async.transport import HTTPResponse
from support.bulk_pool import Killed
from support.copied_pools import full_pool, state
from support.fake_account import FakeAccount, FakePool, RefusedError, Wire
from support.transports import FakeClock, client_with, error_response

Loss = Callable[[], HTTPResponse]


def connection_lost() -> HTTPResponse:
    raise ConnectionLostError("connection lost")


def timed_out() -> HTTPResponse:
    raise ReadTimeoutError("no response in time")


def server_error() -> HTTPResponse:
    return error_response("InternalErrorException", 500)


def losing(
    account: FakeAccount, operation: str, loss: Loss
) -> Callable[[str], Awaitable[HTTPResponse | None]]:
    """Lose the response to the first attempt of each request."""
    seen: set[str] = set()

    async def lose(carried_out: str) -> HTTPResponse | None:
        request = json.dumps(account.requests[-1])
        if carried_out != operation or request in seen:
            return None
        seen.add(request)
        return loss()

    return lose


async def copied(
    account: FakeAccount, source: FakePool, target: FakePool | None = None, **options: Any
) -> CopyReport:
    """Copy with the default retries."""
    client = client_with(account, FakeClock(), region=account.region)
    return await copy_pool(client, source.id, client, target and target.id, **options)


def result(account: FakeAccount, report: CopyReport) -> Any:
    failures = [(each.part, each.name, each.error) for each in report.failures]
    pool = account.pools[report.target_pool_id or ""]
    return state(pool), dict(report.counts), failures, len(account.pools)


def killing(account: FakeAccount, operation: str) -> None:
    """Kill the process before a request is carried out."""

    async def kill(carried_out: str) -> None:
        if carried_out == operation:
            raise Killed

    account.during = kill


def without_tags(account: FakeAccount) -> None:
    """Let a policy of the account deny the tag of a copy."""
    create = account._create_user_pool

    def denying(members: Wire) -> Wire:
        if TAG in members.get("UserPoolTags", {}):
            raise RefusedError("AccessDeniedException")
        return create(members)

    account._create_user_pool = denying  # type: ignore[method-assign]


@pytest.mark.parametrize("loss", [connection_lost, timed_out, server_error])
@pytest.mark.parametrize("target_before", ["none", "existing"])
@pytest.mark.parametrize(
    "operation",
    [
        "CreateUserPool",
        "SetUserPoolMfaConfig",
        "AddCustomAttributes",
        "CreateResourceServer",
        "CreateIdentityProvider",
        "CreateUserPoolClient",
        "CreateGroup",
        "AdminCreateUser",
        "AdminLinkProviderForUser",
        "AdminSetUserPassword",
        "AdminDisableUser",
        "AdminAddUserToGroup",
    ],
)
async def test_lost_responses_change_nothing(operation: str, loss: Loss, target_before: str) -> None:
    results = []
    for lost in (False, True):
        account = FakeAccount()
        source = full_pool(account)
        target = account.add_pool(Name="shop") if target_before == "existing" else None
        if lost:
            account.after = losing(account, operation, loss)
        results.append(result(account, await copied(account, source, target)))
    assert results[0] == results[1]


@pytest.mark.parametrize("operation", ["CreateResourceServer", "AdminLinkProviderForUser", "CreateGroup"])
async def test_what_is_rejected_after_a_lost_request_is_a_failure(operation: str) -> None:
    account = FakeAccount()
    source = full_pool(account)

    async def reject(next_operation: str) -> None:
        if next_operation == operation and operation not in account.errors:
            account.errors[operation] = "InvalidParameterException"
            raise ConnectionLostError("connection lost")

    account.during = reject
    report = await copied(account, source)
    assert "InvalidParameterException" in {each.error for each in report.failures}


@pytest.mark.parametrize("operation", ["CreateUserPool", "CreateUserPoolClient"])
async def test_an_unreadable_response_to_a_creation_is_a_lost_one(operation: str) -> None:
    account = FakeAccount()
    source = full_pool(account)
    account.after = losing(account, operation, lambda: HTTPResponse(200, {}, b"<html>"))
    report = await copied(account, source)
    assert (len(account.pools), report.failed) == (2, 0)
    assert len(account.pools[report.target_pool_id or ""].clients) == 3


@pytest.mark.parametrize("operation", ["CreateUserPool", "CreateUserPoolClient"])
async def test_a_request_that_was_lost_is_sent_by_the_next_call(operation: str, tmp_path: Path) -> None:
    account = FakeAccount()
    source = full_pool(account)

    async def lose(carried_out: str) -> None:
        if carried_out == operation:
            raise ConnectionLostError("connection lost")

    account.during = lose
    with pytest.raises(ConnectionLostError):
        await copied(account, source, journal=tmp_path / "journal")
    account.during = None
    report = await copied(account, source, journal=tmp_path / "journal")
    assert (len(account.pools), report.failed) == (2, 0)
    assert len(account.pools[report.target_pool_id or ""].clients) == 3


async def test_a_throttled_creation_is_sent_again() -> None:
    account = FakeAccount()
    source = full_pool(account)
    throttled = 0

    async def throttle(_: str) -> None:
        nonlocal throttled
        if account.calls["CreateUserPoolClient"] == 0 and throttled < 2:
            throttled += 1
            account.errors["CreateUserPoolClient"] = "TooManyRequestsException"
        else:
            account.errors.clear()

    account.during = throttle
    report = await copied(account, source)
    assert report.counts["app_clients"].created == 3


# The pool


async def test_a_new_pool_has_a_tag_that_proves_who_created_it() -> None:
    account = FakeAccount()
    source = full_pool(account)
    reports = [await copied(account, source) for _ in range(2)]
    tags = [account.pools[report.target_pool_id or ""].settings["UserPoolTags"] for report in reports]
    assert [each["team"] for each in tags] == ["red", "red"]
    assert len({each[TAG] for each in tags}) == 2
    copy_of_copy = await copied(account, account.pools[reports[0].target_pool_id or ""])
    assert account.pools[copy_of_copy.target_pool_id or ""].settings["UserPoolTags"][TAG] != tags[0][TAG]


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_pool_of_somebody_else_is_not_taken_over_after_a_kill(
    tmp_path: Path, *, carried_out: bool
) -> None:
    account = FakeAccount()
    source = full_pool(account)
    killing(account, "CreateUserPool")
    if carried_out:
        account.during, account.after = None, account.during  # type: ignore[assignment]
    with pytest.raises(Killed):
        await copied(account, source, journal=tmp_path / "journal")
    account.during = account.after = None
    others = [account.add_pool(Name="shop", UserPoolTags=tags) for tags in ({}, {TAG: "another"})]
    report = await copied(account, source, journal=tmp_path / "journal")
    assert report.target_pool_id not in {each.id for each in others}
    assert [(each.users, each.groups) for each in others] == [({}, {})] * 2
    assert len(account.pools) == 4


@pytest.mark.parametrize(
    ("code", "error"),
    [("LimitExceededException", LimitExceededException), ("AccessDeniedException", AccessDeniedException)],
)
async def test_after_a_rejected_creation_nothing_is_taken_over(
    tmp_path: Path, code: str, error: type[Exception]
) -> None:
    account = FakeAccount()
    source = full_pool(account)
    account.errors["CreateUserPool"] = code
    with pytest.raises(error):
        await copied(account, source, journal=tmp_path / "journal")
    account.errors.clear()
    other = account.add_pool(Name="shop")
    report = await copied(account, source, journal=tmp_path / "journal")
    assert report.target_pool_id != other.id
    assert not other.users


async def test_where_a_policy_denies_the_tag_there_is_none(tmp_path: Path) -> None:
    account = FakeAccount()
    source = full_pool(account)
    without_tags(account)
    report = await copied(account, source, journal=tmp_path / "journal")
    assert account.pools[report.target_pool_id or ""].settings["UserPoolTags"] == {"team": "red"}
    assert len(account.pools) == 2


async def test_a_source_with_all_tags_it_may_have_is_copied_without_one() -> None:
    account = FakeAccount()
    source = full_pool(account)
    source.settings["UserPoolTags"] = {f"tag-{number}": "x" for number in range(50)}
    report = await copied(account, source)
    assert len(account.pools[report.target_pool_id or ""].settings["UserPoolTags"]) == 50


async def test_a_denied_request_without_the_tag_is_not_sent_again() -> None:
    account = FakeAccount()
    source = full_pool(account)
    source.settings["UserPoolTags"] = {f"tag-{number}": "x" for number in range(50)}
    account.errors["CreateUserPool"] = "AccessDeniedException"
    with pytest.raises(AccessDeniedException):
        await copied(account, source)
    assert account.calls["CreateUserPool"] == 1


async def test_without_tags_at_all_the_request_has_none() -> None:
    account = FakeAccount()
    source = account.add_pool(Name="shop")
    without_tags(account)
    await copied(account, source)
    (created,) = [members for operation, members in account.requests if operation == "CreateUserPool"][1:]
    assert "UserPoolTags" not in created


async def test_without_a_tag_a_new_pool_of_the_name_is_an_error(tmp_path: Path) -> None:
    account = FakeAccount()
    source = full_pool(account)
    old = account.add_pool(Name="shop")
    without_tags(account)

    async def lose(operation: str) -> HTTPResponse | None:
        return server_error() if operation == "CreateUserPool" and len(account.pools) > 2 else None

    account.after = lose
    for _ in range(2):
        with pytest.raises(BulkError, match="may have created one of the pools named shop") as caught:
            await copied(account, source, journal=tmp_path / "journal")
        assert f"new since it began: {list(account.pools)[-1]}; pass the one to use" in str(caught.value)
    assert len(account.pools) == 3
    assert not old.users


async def test_without_a_tag_a_request_that_was_lost_is_sent_again(tmp_path: Path) -> None:
    account = FakeAccount()
    source = full_pool(account)
    without_tags(account)

    async def lose(operation: str) -> None:
        if operation == "CreateUserPool" and account.calls[operation]:
            raise ConnectionLostError("connection lost")

    account.during = lose
    with pytest.raises(ConnectionLostError):
        await copied(account, source, journal=tmp_path / "journal")
    account.during = None
    await copied(account, source, journal=tmp_path / "journal")
    assert len(account.pools) == 2


# App clients


async def lost_app_client(account: FakeAccount, source: FakePool, target: FakePool, journal: Path) -> None:
    """Lose the response to the creation of the app client ``mobile``, and the process."""

    async def kill(operation: str) -> None:
        if operation == "CreateUserPoolClient" and account.requests[-1][1]["ClientName"] == "mobile":
            raise Killed

    account.after = kill  # type: ignore[assignment]
    with pytest.raises(Killed):
        await copied(account, source, target, journal=journal)
    account.after = None


async def test_an_app_client_is_taken_over_if_its_settings_are_those_of_the_request(tmp_path: Path) -> None:
    account = FakeAccount()
    source, target = full_pool(account), account.add_pool()
    await lost_app_client(account, source, target, tmp_path / "journal")
    mine = list(target.clients)[-1]
    target.clients[mine]["AllowedOAuthScopes"].reverse()
    other = {"UserPoolId": target.id, "ClientId": "other", "ClientName": "mobile"}
    target.clients = {"other": other} | target.clients
    report = await copied(account, source, target, journal=tmp_path / "journal")
    assert report.client_ids["old-1"] == mine
    assert report.counts["app_clients"].created == 3
    assert len(target.clients) == 4


async def test_app_clients_with_other_settings_are_an_error(tmp_path: Path) -> None:
    account = FakeAccount()
    source, target = full_pool(account), account.add_pool()
    await lost_app_client(account, source, target, tmp_path / "journal")
    mine = list(target.clients)[-1]
    target.clients[mine]["CallbackURLs"] = ["https://other.example.com"]
    with pytest.raises(BulkError, match=f"clients named mobile .* not those of the source: {mine}; delete"):
        await copied(account, source, target, journal=tmp_path / "journal")
    target.clients[mine]["ClientName"] = "renamed"
    report = await copied(account, source, target, journal=tmp_path / "journal")
    assert report.client_ids["old-1"] != mine
    assert len(target.clients) == 4


async def test_an_app_client_that_somebody_creates_meanwhile_is_not_taken_over(tmp_path: Path) -> None:
    account = FakeAccount()
    source, target = full_pool(account), account.add_pool()
    account.errors["CreateUserPoolClient mobile"] = "LimitExceededException"
    with pytest.raises(LimitExceededException):
        await copied(account, source, target, journal=tmp_path / "journal")
    account.errors.clear()
    other = {"UserPoolId": target.id, "ClientId": "other", "ClientName": "mobile"}
    target.clients["other"] = other
    report = await copied(account, source, target, journal=tmp_path / "journal")
    assert "other" not in report.client_ids.values()
    assert len(target.clients) == 4


async def test_an_app_client_that_cannot_be_read_is_a_failure() -> None:
    account = FakeAccount()
    source, target = full_pool(account), account.add_pool()
    account.errors["DescribeUserPoolClient"] = "InvalidParameterException"
    report = await copied(account, source, target, parts=("app_clients",))
    assert {(each.name, each.error) for each in report.failures} == {
        (name, "InvalidParameterException") for name in source.clients
    }


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({}, {"a": 1}, False),
        ({}, {"a": []}, True),
        ({"a": [1]}, {"a": []}, False),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2, 1]}}, True),
        ({"a": [1]}, {"a": [1, 1]}, False),
        ({"a": 1}, {"a": [1]}, False),
    ],
)
def test_what_counts_as_the_same_settings(found: Any, wanted: Any, *, same: bool) -> None:
    assert has_settings(found, wanted) is same
