"""Causes of every error of ``cognito_async.bulk``, added to those of ``error_cases``."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cognito_async import bulk
from cognito_async.bulk import _journal
from cognito_async.bulk._journal import Journal
from faults.error_cases import ERROR_CASES, add_case
from support.bulk_pool import POOL_ID, BulkPool, Killed
from support.fake_account import FakeAccount, FakePool
from support.transports import client_with

JOBS = "Bulk jobs"
JOURNAL = "Journals of bulk jobs"
COPY = "Copies of pools"
LISTING = "Lists of all users in parallel"
GATHER = "Arguments of gather"
USERS = Path("users.jsonl")
JOB = {"job": "export_users", "user_pool_id": POOL_ID}


async def clean() -> None:
    for path in Path().glob("users.*"):
        path.unlink()


async def exported(path: str = "users.jsonl", *, existing: str | None = None, **arguments: Any) -> None:
    await clean()
    if existing is not None:
        USERS.write_text(existing)
    await bulk.export_users(client_with(BulkPool()), POOL_ID, path, **arguments)


async def imported(text: str = "", path: str = "users.jsonl", **arguments: Any) -> None:
    await clean()
    Path(path).write_text(text)
    await bulk.import_users(client_with(BulkPool()), POOL_ID, path, **arguments)


async def export_of_a_shorter_file() -> None:
    await clean()
    pool = BulkPool()
    for number in range(70):
        pool.add(f"user-{number:02}")
    pool.before = lambda *_: pool.calls["ListUsers"] < 2 or kill()
    with suppress(Killed):
        await bulk.export_users(client_with(pool), POOL_ID, USERS, concurrency=1)
    USERS.write_text("")
    await bulk.export_users(client_with(pool), POOL_ID, USERS, concurrency=1)


async def import_of_a_pipe() -> None:
    await clean()
    os.mkfifo(USERS)
    await bulk.import_users(client_with(BulkPool()), POOL_ID, USERS)


async def import_of_a_file_that_changes() -> None:
    await clean()
    USERS.write_text('{"username": "ana", "attributes": {}}\n')
    pool = BulkPool()

    def change(operation: str, _: object) -> None:
        if operation == "DescribeUserPool":
            USERS.write_text("")

    pool.before = change
    await bulk.import_users(client_with(pool), POOL_ID, USERS)


async def import_with_shorter_failures() -> None:
    await clean()
    USERS.write_text('{\n{"username": "ana", "attributes": {}}\n')
    pool = BulkPool()
    pool.before = lambda operation, _: operation != "AdminCreateUser" or kill()
    with suppress(Killed):
        await bulk.import_users(client_with(pool), POOL_ID, USERS, concurrency=1)
    Path("users.jsonl.failures.jsonl").write_text("")
    await bulk.import_users(client_with(pool), POOL_ID, USERS)


def kill() -> None:
    raise Killed


async def journal(text: str, **job: Any) -> None:
    await clean()
    path = Path("users.jsonl.journal")
    path.write_text(text)
    await Journal.open(path, JOB | job, lambda _: None)


async def locked_journal() -> None:
    await clean()
    with patch.object(_journal, "try_lock", lambda _: False):
        await journal("")


async def gathered(calls: Any = (), **arguments: Any) -> None:
    await bulk.gather(calls, **arguments)


async def copied(**arguments: Any) -> None:
    account = FakeAccount()
    source = account.add_pool(Name="shop")
    arguments = {"target_pool_id": None} | arguments
    if arguments["target_pool_id"] == "source":
        arguments["target_pool_id"] = source.id
    await bulk.copy_pool(account.client(), source.id, account.client(), **arguments)


async def copied_after(
    operation: str,
    change: Callable[[FakeAccount, FakePool], object],
    target: Callable[[FakeAccount], FakeAccount] = lambda account: account,
    **arguments: Any,
) -> None:
    """Kill a copy before a request, change the account, and call again."""
    account = FakeAccount()
    tags = {f"tag-{number}": "x" for number in range(50)}  # no room for one that proves anything
    source = account.add_pool(Name="shop", UserPoolTags=tags)
    source.clients["a"] = {
        "UserPoolId": source.id,
        "ClientId": "a",
        "ClientName": "web",
        "RefreshTokenValidity": 5,
    }
    await clean()

    async def stop(carried_out: str) -> None:
        if carried_out == operation:
            raise Killed

    account.during = stop
    with suppress(Killed):
        await bulk.copy_pool(account.client(), source.id, account.client(), None, journal="users.copy")
    account.during = None
    change(account, list(account.pools.values())[-1])
    await bulk.copy_pool(
        account.client(), source.id, target(account).client(), None, journal="users.copy", **arguments
    )


def add_two_pools(account: FakeAccount, _: FakePool) -> None:
    account.add_pool(Name="shop")
    account.add_pool(Name="shop")


def add_app_client(_: FakeAccount, pool: FakePool) -> None:
    pool.clients["b"] = {
        "UserPoolId": pool.id,
        "ClientId": "b",
        "ClientName": "web",
        "RefreshTokenValidity": 9,
    }


def delete_pool(account: FakeAccount, pool: FakePool) -> None:
    del account.pools[pool.id]


def other_account(account: FakeAccount) -> FakeAccount:
    other = FakeAccount()
    other.account_id, other.pools = "222222222222", account.pools
    return other


def account_with(filters: str) -> FakeAccount:
    """Return an account with a pool of users, whose filter changes after it was tested."""
    account = FakeAccount(filters="prefix")
    account.add_users(account.add_pool(), 200)

    async def change_filters(_: str) -> None:
        if account.calls["ListUsers"] == 2:
            account.filters = filters

    account.during = change_filters
    return account


async def listed(filters: str = "prefix", **arguments: Any) -> None:
    account = account_with(filters)
    async for _ in bulk.list_all_users(account.client(), next(iter(account.pools)), **arguments):
        pass


async def exported_in_parts(filters: str) -> None:
    await clean()
    account = account_with(filters)
    await bulk.export_users(account.client(), next(iter(account.pools)), USERS)


HEADER = f'{{"cognito_async_journal":1,"job":"export_users","user_pool_id":"{POOL_ID}"}}\n'

add_case(JOBS, "the file of another export exists", exported, existing="precious\n")
add_case(JOBS, "a file that became shorter", export_of_a_shorter_file)
add_case(JOBS, "failures that became shorter", import_with_shorter_failures)
add_case(JOBS, "another suffix", exported, "users.txt")
add_case(JOBS, "an unknown format", exported, format="xml")
add_case(JOBS, "groups in CSV", exported, "users.csv", groups=True)
add_case(JOBS, "CSV with the columns of something else", imported, "name,email\n", "users.csv")
add_case(JOBS, "CSV with a column twice", imported, "email,email,cognito:mfa_enabled,cognito:username\n", "users.csv")  # fmt: skip
add_case(JOBS, "an unknown way to treat existing users", imported, on_existing="replace")
add_case(JOBS, "a pipe", import_of_a_pipe)
add_case(JOBS, "a file that changes during the import", import_of_a_file_that_changes)
add_case(JOBS, "the journal is the file", imported, journal="users.jsonl")
add_case(JOBS, "no concurrency", imported, concurrency=0)

add_case(COPY, "the target is the source", copied, target_pool_id="source")
add_case(COPY, "parts that are a text", copied, parts="users")
add_case(COPY, "an unknown part", copied, parts=["settings", "user"])
add_case(COPY, "a new pool without settings", copied, parts=["users"])
add_case(COPY, "no concurrency", copied, concurrency=0)
add_case(COPY, "a name for an existing pool", copied, target_pool_id="eu-west-1_x", pool_name="x")
add_case(COPY, "it is unclear which pool was created", copied_after, "CreateUserPool", add_two_pools)
add_case(COPY, "an app client has changed since", copied_after, "CreateUserPoolClient", add_app_client)
add_case(COPY, "the target was deleted", copied_after, "CreateUserPoolClient", delete_pool)
add_case(
    COPY,
    "the target is in another account",
    copied_after,
    "CreateUserPoolClient",
    lambda *_: None,
    target=other_account,
)
add_case(
    COPY,
    "the journal is of another copy",
    copied_after,
    "CreateUserPoolClient",
    lambda *_: None,
    pool_name="x",
)

add_case(LISTING, "no concurrency", listed, concurrency=0)
add_case(LISTING, "the filter is ignored", listed, "ignored")
add_case(LISTING, "the filter leaves out users", listed, "lossy")
add_case(LISTING, "the filter of an export leaves out users", exported_in_parts, "lossy")

add_case(JOURNAL, "another run has it", locked_journal)
add_case(JOURNAL, "another pool", journal, HEADER + "{}\n", user_pool_id="eu-west-1_other")
add_case(JOURNAL, "a later version wrote it", journal, '{"cognito_async_journal":2}\n')
add_case(JOURNAL, "another file has its name", journal, "precious\n")
add_case(JOURNAL, "a line is damaged", journal, HEADER + "{\n{}\n")

add_case(GATHER, "an element that is no call", gathered, [7])
add_case(GATHER, "an unknown on_error", gathered, on_error="ignore")
add_case(GATHER, "no concurrency", gathered, concurrency=0)

__all__ = ["ERROR_CASES", "EXCEPTIONS"]
EXCEPTIONS = {name for name in bulk.__all__ if name.endswith("Error")}
