"""The page about bulk work: its programs run, and its figures are those of the code and of the quotas."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from docs.guide_examples import blocks
from docs.guide_tables import page

from cognito_async import CognitoClient, bulk
from cognito_async.bulk import Progress
from cognito_async.bulk._copy_report import PARTS
from cognito_async.errors import NotAuthorizedException
from cognito_async.testing import FakeUserPool
from support.bulk_pool import POOL_ID, BulkPool
from support.copied_pools import full_pool
from support.fake_account import FakeAccount
from support.transports import client_with

PAGE = page("bulk")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the functions of the page by name; they run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    functions: dict[str, Any] = {}
    for block in blocks("bulk", "python"):
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(block, "bulk", "exec"), names)
        functions |= {
            key: value
            for key, value in names.items()
            if inspect.isfunction(value) and value.__module__ == "example"
        }
    return functions


@pytest.fixture
def pool() -> BulkPool:
    pool = BulkPool()
    pool.add("ana", email="ana@example.com")
    pool.add("bo")
    return pool


@pytest.fixture
def client(pool: BulkPool) -> CognitoClient:
    return client_with(pool)


def test_every_program_has_a_test(programs: dict[str, Any]) -> None:
    assert list(programs) == [
        "show", "export", "count_disabled", "import_file", "random_password", "import_with_passwords", "copy",
        "handler", "migrate", "read", "add_all_to_group", "run_job",
    ]  # fmt: skip


async def test_export_and_import(
    programs: dict[str, Any],
    client: CognitoClient,
    pool: BulkPool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await programs["export"](client, POOL_ID)
    assert capsys.readouterr().out.splitlines()[-1] == "2"
    other = BulkPool()
    path = Path("users.jsonl")
    path.write_text(path.read_text() + "{}\n")
    await programs["import_file"](client_with(other), POOL_ID)
    assert capsys.readouterr().out == (
        '2 0 1\n3  InvalidEntry expected {"username": "...", "attributes": {...}}\n'
    )
    other.users.clear()
    Path("users.jsonl.failures.jsonl").unlink()
    await programs["import_with_passwords"](client_with(other), POOL_ID)
    assert {permanent for _, permanent in other.passwords.values()} == {True}
    programs["show"](Progress(10, 20, 0, 1.0))
    assert capsys.readouterr().out == "10 of 20, 10 per second\n"


async def test_users_in_parallel(programs: dict[str, Any]) -> None:
    account = FakeAccount()
    pool = account.add_pool()
    account.add_users(pool, 200)
    for user in list(pool.users.values())[:7]:
        user["Enabled"] = False
    assert await programs["count_disabled"](account.client(), pool.id) == 7


async def test_a_copy(programs: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    account = FakeAccount()
    source = full_pool(account)
    account.errors["CreateGroup admins"] = "InvalidParameterException"
    await programs["copy"](account.client(), account.client(), source.id)
    out = capsys.readouterr().out
    assert "users 11\n" in out
    assert f"{list(account.pools)[-1]} {{'old-1': " in out
    assert "groups admins InvalidParameterException\n" in out
    assert "passwords the service returns no passwords" in out
    parts = re.findall(r"^\| `(\w+)` ", PAGE.partition("| Part ")[2].partition("\n\n")[0], re.MULTILINE)
    assert parts == list(PARTS)


@pytest.fixture
def old_pool(monkeypatch: pytest.MonkeyPatch) -> FakeUserPool:
    old = FakeUserPool(users={"ana": "correct horse"})
    old.user("ana").attributes |= {"email": "ana@example.com", "email_verified": "true"}
    old.add_user("invited", "temporary pw", status="FORCE_CHANGE_PASSWORD")
    monkeypatch.setenv("OLD_POOL_ID", old.pool_id)
    monkeypatch.setenv("OLD_CLIENT_ID", old.client_id)
    return old


def migration(source: str, name: str, password: str | None = None) -> dict[str, Any]:
    """Return an event of the trigger."""
    request = {} if password is None else {"password": password}
    return {
        "triggerSource": f"UserMigration_{source}",
        "userName": name,
        "request": request,
        "response": {"userAttributes": None, "finalUserStatus": None, "messageAction": None},
    }


async def test_a_user_migrates_with_the_password(programs: dict[str, Any], old_pool: FakeUserPool) -> None:
    migrate, client = programs["migrate"], old_pool.client()
    response = (await migrate(client, migration("Authentication", "ana", "correct horse")))["response"]
    attributes = {"email": "ana@example.com", "email_verified": "true"}
    assert response == {
        "userAttributes": attributes,
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
    }
    response = (await migrate(client, migration("ForgotPassword", "ana")))["response"]
    assert response == {"userAttributes": attributes, "finalUserStatus": None, "messageAction": "SUPPRESS"}


@pytest.mark.parametrize(("name", "password"), [("ana", "wrong horse"), ("invited", "temporary pw")])
async def test_a_wrong_or_temporary_password_migrates_nobody(
    programs: dict[str, Any], old_pool: FakeUserPool, name: str, password: str
) -> None:
    with pytest.raises(NotAuthorizedException):
        await programs["migrate"](old_pool.client(), migration("Authentication", name, password))


@pytest.mark.parametrize("change", [{"Enabled": False}, {"UserStatus": "UNCONFIRMED"}])
async def test_a_disabled_or_unconfirmed_user_does_not_migrate_with_forgot_password(
    programs: dict[str, Any],
    client: CognitoClient,
    pool: BulkPool,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
) -> None:
    monkeypatch.setenv("OLD_POOL_ID", POOL_ID)
    assert await programs["migrate"](client, migration("ForgotPassword", "ana"))
    pool.users["ana"] |= change
    event = migration("ForgotPassword", "ana")
    with pytest.raises(NotAuthorizedException):
        await programs["migrate"](client, event)
    assert event["response"]["userAttributes"] is None


def test_the_function_of_the_trigger_runs_where_lambda_calls_it(
    programs: dict[str, Any], old_pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = programs["handler"].__globals__
    assert names["OLD"].config.timeout == 4
    monkeypatch.setitem(names, "OLD", old_pool.client())
    with names["RUNNER"]:
        event = programs["handler"](migration("Authentication", "ana", "correct horse"), None)
    assert event["response"]["finalUserStatus"] == "CONFIRMED"


async def test_many_calls(
    programs: dict[str, Any],
    client: CognitoClient,
    pool: BulkPool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = await programs["read"](client, POOL_ID, ["ana", "nobody", "bo"])
    assert [user.username for user in found] == ["ana", "bo"]
    assert capsys.readouterr().out == "nobody UserNotFoundException\n"


async def test_many_calls_as_they_complete(
    programs: dict[str, Any],
    client: CognitoClient,
    pool: BulkPool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pool.groups["staff"] = []
    assert await programs["add_all_to_group"](client, POOL_ID, "staff") == 0
    assert pool.groups["staff"] == ["ana", "bo"]
    add = pool.AdminAddUserToGroup
    pool.AdminAddUserToGroup = lambda **parts: add(  # type: ignore[method-assign]
        **parts | {"Username": parts["Username"].replace("bo", "nobody")}
    )
    assert await programs["add_all_to_group"](client, POOL_ID, "staff") == 1
    assert "1 AdminAddUserToGroup failed with UserNotFoundException" in capsys.readouterr().out


@pytest.fixture
async def bucket() -> AsyncIterator[tuple[TestServer, list[web.BaseRequest], list[bytes]]]:
    requests: list[web.BaseRequest] = []
    bodies: list[bytes] = []

    async def put(request: web.Request) -> web.Response:
        requests.append(request)
        bodies.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_put("/upload", put)
    async with TestServer(app) as server:
        yield server, requests, bodies


async def test_an_import_job(programs: dict[str, Any], bucket: Any) -> None:
    server, requests, bodies = bucket
    job = {"JobName": "move", "JobId": "import-1", "UserPoolId": POOL_ID, "Status": "Created"}
    job |= {
        "PreSignedUrl": str(server.make_url("/upload")),
        "CloudWatchLogsRoleArn": "arn:aws:iam::1:role/logs",
    }

    class Jobs(BulkPool):
        def CreateUserImportJob(self, **_parameters: Any) -> Any:  # noqa: N802  as in the API
            return {"UserImportJob": job}

        def StartUserImportJob(self, **_parameters: Any) -> Any:  # noqa: N802
            assert bodies == [b"users"]
            job["Status"] = "Succeeded"
            return {"UserImportJob": job}

        def DescribeUserImportJob(self, **_parameters: Any) -> Any:  # noqa: N802
            return {"UserImportJob": job | {"ImportedUsers": 1}}

    Path("users.csv").write_text("users")
    async with ClientSession() as http:
        assert await programs["run_job"](client_with(Jobs()), http, POOL_ID, "arn:aws:iam::1:role/logs") == 1
    assert requests[0].headers["x-amz-server-side-encryption"] == "aws:kms"


def test_the_page_names_what_the_code_has() -> None:
    for name in bulk.__all__:
        if not name.startswith("Copy") and name not in {
            "BulkError",
            "ExportReport",
            "ImportFailure",
            "ImportReport",
            "Result",
        }:
            assert name in PAGE
    for column in ("users.jsonl.journal", "users.jsonl.failures.jsonl", "first hundred"):
        assert column in PAGE
    assert bulk._import._SHOWN_FAILURES == 100


@pytest.mark.parametrize(
    "row",
    [line for line in PAGE.splitlines() if line.startswith(("| export", "| import", "| `list", "| copy,"))],
)
def test_times_for_a_million_users_follow_from_the_quotas(row: str) -> None:
    _, requests, quota, time = [cell.strip() for cell in row.strip("|").split("|")]
    users_per_request = 60 if "for 60 users" in requests else 1
    seconds = 1_000_000 / users_per_request / int(quota)
    amount, unit = time.split()
    expected = float(amount) * {"minutes": 60, "hours": 3600}[unit]
    assert abs(seconds - expected) < 0.05 * seconds
