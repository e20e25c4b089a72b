"""``list_all_users``: exact, without doubles, bounded, and without leftovers."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from typing import Any

import pytest

from cognito_async import types
from cognito_async._single_flight import own_tasks
from cognito_async.bulk import list_all_users
from cognito_async.errors import (
    InvalidRequestError,
    InvalidResponseError,
    NotAuthorizedException,
    ReadTimeoutError,
)
from support.fake_account import NOW, FakeAccount, FakePool, Wire, as_list
from support.virtual_time import run_in_virtual_time

QUOTA = 30.0
"""Default quota of ListUsers, per second."""
LATENCY = 0.2


def account_with(count: int, **arguments: Any) -> tuple[FakeAccount, FakePool]:
    account = FakeAccount(**arguments)
    pool = account.add_pool()
    account.add_users(pool, count)
    return account, pool


async def names(account: FakeAccount, pool: FakePool, **options: Any) -> list[str]:
    return [user.username async for user in list_all_users(account.client(), pool.id, **options)]


def unfinished() -> list[asyncio.Task[Any]]:
    return [task for task in own_tasks if not task.done()]


@pytest.mark.parametrize("count", [0, 1, 59, 60, 61, 120, 961, 3000])
@pytest.mark.parametrize("concurrency", [1, 2, 8, 16, 99])
async def test_each_user_is_returned_once(count: int, concurrency: int) -> None:
    account, pool = account_with(count)
    found = await names(account, pool, concurrency=concurrency)
    assert len(found) == count
    assert set(found) == set(pool.users)
    assert unfinished() == []


@pytest.mark.parametrize(
    "more", [{}, {"attributes_to_get": ["sub"]}, {"attributes_to_get": ["email"]}, {"attributes_to_get": []}]
)
async def test_a_pool_of_one_page_takes_one_request(more: dict[str, list[str]]) -> None:
    account, pool = account_with(60)
    users = [user async for user in list_all_users(account.client(), pool.id, **more)]
    assert len(users) == 60
    expected = more.get("attributes_to_get", ["sub", "email"])
    assert all(list(user.attribute_map) == expected for user in users)
    assert [name for name, _ in account.requests] == ["ListUsers"]


async def test_names_of_attributes_are_no_string() -> None:
    account, pool = account_with(100)
    with pytest.raises(InvalidRequestError, match="attributes_to_get"):
        await names(account, pool, attributes_to_get="email")


async def test_empty_pages_before_the_first_users_are_read_over() -> None:
    account, pool = account_with(200)
    original = account._list_users

    def with_empty_page(members: Wire) -> Wire:
        if "Filter" in members:
            return original(members)
        token = members.pop("PaginationToken", None)
        if token is None:
            return {"Users": [], "PaginationToken": "after the empty page"}
        return original(members if token == "after the empty page" else members | {"PaginationToken": token})

    account._list_users = with_empty_page  # type: ignore[method-assign]
    assert set(await names(account, pool)) == set(pool.users)


async def test_users_keep_all_attributes_or_have_those_asked_for() -> None:
    account, pool = account_with(130)
    users = [user async for user in list_all_users(account.client(), pool.id)]
    assert all(set(user.attribute_map) == {"sub", "email"} for user in users)
    users = [user async for user in list_all_users(account.client(), pool.id, attributes_to_get=["email"])]
    assert len(users) == 130
    assert all(set(user.attribute_map) == {"email"} for user in users)


@pytest.mark.parametrize("filters", ["ignored", "exact", "refused"])
@pytest.mark.parametrize("attributes", [None, ["email"]])
async def test_a_service_without_the_filter_is_read_page_after_page(
    filters: str, attributes: list[str] | None
) -> None:
    account, pool = account_with(300, filters=filters)
    found = await names(account, pool, attributes_to_get=attributes)
    assert sorted(found) == sorted(pool.users)
    assert account.calls["ListUsers"] == 5 + 2


async def test_a_pool_whose_subs_are_no_uuids_is_read_page_after_page() -> None:
    account, pool = account_with(100)
    next(iter(pool.users.values()))["Attributes"] = as_list({"sub": "X1"})
    assert sorted(await names(account, pool)) == sorted(pool.users)
    assert not any("Filter" in members for _, members in account.requests)


async def test_another_error_of_the_test_of_the_filter_is_raised() -> None:
    account, pool = account_with(100)

    async def refuse_second(_: str) -> None:
        if account.calls["ListUsers"] == 1:
            account.errors["ListUsers"] = "NotAuthorizedException"

    account.during = refuse_second
    with pytest.raises(NotAuthorizedException):
        await names(account, pool)


@pytest.mark.parametrize("attributes", [None, ["email"], []])
async def test_a_user_that_does_not_match_the_filter_is_an_error(attributes: list[str] | None) -> None:
    account, pool = account_with(100)

    async def stop_filtering(_: str) -> None:
        if account.calls["ListUsers"] == 2:
            account.filters = "ignored"

    account.during = stop_filtering
    with pytest.raises(InvalidResponseError, match=r"does not match the filter sub \^= .*concurrency=1"):
        await names(account, pool, attributes_to_get=attributes)
    assert unfinished() == []


async def test_users_that_the_filter_leaves_out_are_an_error() -> None:
    account, pool = account_with(1000, filters="lossy")
    first = next(iter(pool.users.values()))
    first["Attributes"] = as_list({"sub": "00000000-0000-4000-8000-000000000000"})
    with pytest.raises(InvalidResponseError, match="the filter by sub has left out users"):
        await names(account, pool)


def hide_from_parts(account: FakeAccount, *users: Wire) -> None:
    """Leave users out of what the filter by sub finds, as the service may do with new ones."""
    filtered = account._filtered

    def without(found: list[Wire], text: str | None) -> list[Wire]:
        found = filtered(found, text)
        return [each for each in found if each not in users] if text and text.startswith("sub ") else found

    account._filtered = without  # type: ignore[method-assign]


@pytest.mark.parametrize("attributes", [None, ["email"]])
@pytest.mark.parametrize("position", [0, 3])
async def test_users_created_just_before_are_asked_for_by_name(
    attributes: list[str] | None, position: int
) -> None:
    account, pool = account_with(500)
    new = list(pool.users.values())[position]
    new["UserCreateDate"] = NOW - 200
    hide_from_parts(account, new)
    users = [user async for user in list_all_users(account.client(), pool.id, attributes_to_get=attributes)]
    assert sorted(user.username for user in users) == sorted(pool.users)
    assert {tuple(user.attribute_map) for user in users} == {tuple(attributes or ["sub", "email"])}


async def test_users_created_earlier_must_be_found() -> None:
    account, pool = account_with(500)
    old = list(pool.users.values())[3]
    old["UserCreateDate"] = NOW - 400
    hide_from_parts(account, old)
    with pytest.raises(InvalidResponseError, match="the filter by sub has left out users"):
        await names(account, pool)


async def test_a_new_user_whom_no_filter_finds_is_left_out() -> None:
    account, pool = account_with(500)
    new = pool.users["user-3"]
    new["UserCreateDate"] = NOW
    hide_from_parts(account, new)
    original = account._list_users

    def by_name(members: Wire) -> Wire:
        if members.get("Filter", "").startswith("username"):
            return {"Users": [pool.users["user-4"]]}
        return original(members)

    account._list_users = by_name  # type: ignore[method-assign]
    found = await names(account, pool)
    assert sorted(found) == sorted(set(pool.users) - {"user-3"})


async def test_users_deleted_meanwhile_are_no_error() -> None:
    account, pool = account_with(100)

    async def delete_some(_: str) -> None:
        if account.calls["ListUsers"] == 2:
            for name in list(pool.users)[5:20]:
                del pool.users[name]

    account.during = delete_some
    assert set(await names(account, pool)) == set(pool.users)


async def test_an_error_of_one_part_ends_the_others_and_has_no_resume_token() -> None:
    account, pool = account_with(5000)

    async def fail(_: str) -> None:
        if account.calls["ListUsers"] < 30:
            await asyncio.sleep(0)
        elif "ListUsers" not in account.errors:
            account.errors["ListUsers"] = "NotAuthorizedException"
        else:
            await asyncio.Event().wait()

    account.during = fail
    with pytest.raises(NotAuthorizedException) as caught:
        await names(account, pool)
    assert caught.value.resume_token is None
    assert account.in_flight == 0
    assert unfinished() == []


async def test_errors_of_several_parts_at_once_leave_nothing_unretrieved() -> None:
    account, pool = account_with(5000)

    async def fail(_: str) -> None:
        await asyncio.sleep(0)
        if account.calls["ListUsers"] > 20:
            raise ReadTimeoutError("no response in time")

    account.during = fail
    with pytest.raises(ReadTimeoutError):
        await names(account, pool, concurrency=16)
    assert unfinished() == []


def users_in_memory() -> int:
    gc.collect()
    return sum(type(each) is types.UserType for each in gc.get_objects())


@pytest.mark.parametrize("concurrency", [1, 2, 4])
async def test_requests_in_flight_and_pages_in_memory_are_bounded(concurrency: int) -> None:
    account, pool = account_with(3000)
    before = users_in_memory()

    async def pause(_: str) -> None:
        await asyncio.sleep(0)

    account.during = pause
    held = []
    async with aclosing(list_all_users(account.client(), pool.id, concurrency=concurrency)) as users:
        position = 0
        async for _ in users:
            position += 1
            if position % 400 == 0:
                for _ in range(200):
                    await asyncio.sleep(0)
                held.append(users_in_memory() - before)
    assert len(held) == 7
    assert max(held) <= max(concurrency, 2) * 60 + 1  # and the user before
    assert account.max_in_flight == concurrency
    assert unfinished() == []


async def test_leaving_the_loop_ends_all_tasks() -> None:
    account, pool = account_with(3000)
    hanging = asyncio.Event()

    async def hang(_: str) -> None:
        if account.calls["ListUsers"] > 5:
            hanging.set()
            await asyncio.Event().wait()

    account.during = hang
    async with aclosing(list_all_users(account.client(), pool.id)) as users:
        async for _ in users:
            await hanging.wait()
            break
    assert unfinished() == []
    assert account.in_flight == 0
    assert account.cancelled > 0


async def test_cancelling_the_reader_ends_all_tasks() -> None:
    account, pool = account_with(3000)
    hanging = asyncio.Event()

    async def hang(_: str) -> None:
        if account.calls["ListUsers"] > 5:
            hanging.set()
            await asyncio.Event().wait()

    account.during = hang

    async def read() -> list[types.UserType]:
        async with aclosing(list_all_users(account.client(), pool.id)) as users:
            return [user async for user in users]

    task = asyncio.create_task(read())
    await hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert unfinished() == []
    assert account.in_flight == 0


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "8", None])
def test_a_wrong_concurrency_is_an_error(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="concurrency: expected a number of at least 1, got "):
        list_all_users(FakeAccount().client(), "eu-west-1_1", concurrency=value)


def requests_per_second(users: int, concurrency: int) -> float:
    """Return the simulated rate of requests, with a server that takes them at the rate of the quota."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        next_slot = 0.0

        async def take(_: str) -> None:
            nonlocal next_slot
            slot = max(loop.time(), next_slot)
            next_slot = slot + 1 / QUOTA
            await asyncio.sleep(slot - loop.time() + LATENCY)

        account, pool = account_with(users, during=take)
        assert len(await names(account, pool, concurrency=concurrency)) == users
        return account.calls["ListUsers"] / loop.time()

    return run_in_virtual_time(main())


def test_the_rate_is_that_of_the_quota_and_not_of_the_latency() -> None:
    users = 8_000
    assert requests_per_second(users, 1) == pytest.approx(1 / LATENCY, rel=0.02)
    assert requests_per_second(users, 8) >= 0.9 * QUOTA
