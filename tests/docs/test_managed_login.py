"""The pages about managed login and machine-to-machine tokens: programs run, tables are those of the code."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from docs.guide_examples import blocks
from docs.guide_tables import page

from cognito_async import errors, oauth
from cognito_async.oauth import AuthorizationRequest, ClientCredentials, ManagedLogin, OAuthError
from cognito_async.oauth._domains import base_url
from cognito_async.sign_in import SignedIn
from cognito_async.testing import FakeUserPool

REDIRECT = "https://app.example.com/callback"
PAGES = ("managed-login", "machine-to-machine")
SECRET = "client_secret_for_the_tests"


@pytest.fixture
def programs() -> dict[str, Any]:
    """Return the functions of the pages by name."""
    functions: dict[str, Any] = {}
    for name in PAGES:
        for block in blocks(name, "python"):
            names: dict[str, Any] = {"__name__": "example"}
            exec(compile(block, name, "exec"), names)
            functions |= {key: value for key, value in names.items() if inspect.isfunction(value)}
    del functions["discover"]
    return functions


@pytest.fixture
def pool() -> FakeUserPool:
    pool = FakeUserPool()
    pool.add_user("ana", "correct horse", email="ana@example.com")
    pool.app_client.callback_urls = [REDIRECT]
    return pool


@pytest.fixture
async def login(programs: dict[str, Any], pool: FakeUserPool) -> ManagedLogin:
    login = await programs["set_up"](pool.app(), pool.verifier())
    assert isinstance(login, ManagedLogin)
    return login


def test_every_program_has_a_test(programs: dict[str, Any]) -> None:
    assert list(programs) == [
        "sign_in_page", "callback", "set_up", "careful_callback", "profile", "sign_out", "main", "orders",
    ]  # fmt: skip


async def test_a_user_signs_in_and_out(
    programs: dict[str, Any], pool: FakeUserPool, login: ManagedLogin
) -> None:
    url, cookie = programs["sign_in_page"](login)
    session = await programs["callback"](login, pool.managed_login(url, "ana"), cookie)
    assert (await session.get_user()).username == "ana"
    assert await programs["profile"](login, session) == "ana@example.com"
    assert (await programs["sign_out"](login, session)).startswith(f"{pool.domain}/logout?")


async def test_errors_are_told_apart(
    programs: dict[str, Any], pool: FakeUserPool, login: ManagedLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    careful = programs["careful_callback"]
    url, cookie = programs["sign_in_page"](login)
    assert await careful(login, pool.managed_login(url, "ana", signed_in=False), cookie) == (
        "You cancelled the sign-in."
    )
    assert await careful(login, f"{REDIRECT}?code=1&state=x", cookie) == "Please sign in again."
    state = AuthorizationRequest.from_state(cookie).state
    assert await careful(login, f"{REDIRECT}?code=1&state={state}", cookie) == (
        "The sign-in failed. Please try again."
    )
    wrong_nonce = re.sub("nonce=[^&]*", "nonce=x", url)
    assert await careful(login, pool.managed_login(wrong_nonce, "ana"), cookie) == (
        "The sign-in failed. Please try again."
    )
    assert isinstance(await careful(login, pool.managed_login(url, "ana"), cookie), SignedIn)

    async def throttled(*_: Any) -> Any:
        raise errors.TooManyRequestsException

    monkeypatch.setattr(login, "redeem", throttled)
    assert await careful(login, url, cookie) == "Please try again in a minute."


@pytest.fixture
def machines() -> FakeUserPool:
    pool = FakeUserPool(client_secret=SECRET)
    pool.app_client.oauth_flows = ["client_credentials"]
    pool.app_client.scopes = ["orders/read"]
    return pool


async def test_a_service_gets_a_token(
    programs: dict[str, Any],
    machines: FakeUserPool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with machines.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        await programs["main"](machines.pool_id, machines.client_id, SECRET, url)
    assert capsys.readouterr().out == "1\n"


@pytest.fixture
async def api() -> AsyncIterator[TestServer]:
    tokens: list[str] = []

    async def orders(request: web.Request) -> web.Response:
        tokens.append(request.headers["Authorization"])
        return web.Response(text="orders", status=401 if len(set(tokens)) < 2 else 200)

    app = web.Application()
    app.router.add_get("/orders", orders)
    async with TestServer(app) as server:
        yield server


async def test_a_refused_token_is_replaced(
    programs: dict[str, Any], machines: FakeUserPool, api: TestServer
) -> None:
    m2m = ClientCredentials(machines.app(), domain=machines.domain)
    async with ClientSession() as http:
        assert await programs["orders"](http, m2m, str(api.make_url("/orders"))) == "orders"
    assert len(machines.requests) == 2


# Tables


def rows(name: str, title: str) -> list[list[str]]:
    text = page(name).partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_argument_has_a_row() -> None:
    shown = [row[0].strip("`") for row in rows("managed-login", "The request")]
    assert shown == [name for name in inspect.signature(ManagedLogin.authorize).parameters if name != "self"]


def test_every_error_has_a_row() -> None:
    shown = {row[0].strip("`") for row in rows("managed-login", "Errors")}
    assert {name for name in oauth.__all__ if name.endswith("Error")} <= shown
    assert all(hasattr(oauth, name) or hasattr(errors, name) for name in shown)


@pytest.mark.parametrize(
    ("row", "region"),
    [
        (0, "eu-west-1"),
        (1, "cn-north-1"),
        (2, "us-gov-west-1"),
        (3, "us-east-1"),
        (5, "eu-west-1"),
        (6, "eu-west-1"),
        (7, "eu-west-1"),
    ],
)
def test_the_urls_of_domains_are_those_of_the_code(row: int, region: str) -> None:
    domain, url = rows("managed-login", "Set up")[row]
    found = base_url(re.findall("`([^`]+)`", domain)[0], f"{region}_A", use_fips="use_fips" in domain)
    assert url.startswith(f"`{found}`")


def test_all_rows_of_domains_are_tested() -> None:
    shown = rows("managed-login", "Set up")
    assert [row for row, (_, url) in enumerate(shown) if not url.startswith("`")] == [4, 8]


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_aligned_in_the_source(name: str) -> None:
    tables = re.findall(r"(?m)(?:^\|.*\n)+", page(name))
    assert [table for table in tables if len({len(line) for line in table.splitlines()}) > 1] == []


def test_the_error_of_a_lambda_trigger_names_it() -> None:
    error = OAuthError("PreSignUp failed with error Not invited.", code="invalid_request")
    assert error.trigger == "PreSignUp"
    assert "CloudWatch" in error.advice
