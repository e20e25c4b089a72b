"""The page about tokens: its tables and tree are those of the code, and its programs run."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from docs.guide_examples import blocks, create_resources
from docs.guide_tables import page

from cognito_async import CognitoClient, tokens
from cognito_async.sign_in import SignedIn
from cognito_async.testing import FakeUserPool
from cognito_async.tokens import (
    AccessClaims,
    IdClaims,
    MissingGroupError,
    TokenVerifier,
    WrongNonceError,
    _checks,
    _download,
    _errors,
    _jose,
    _jwks,
)
from support import tokens as own_tokens

PAGE = page("verify-tokens")
PASSWORD = "Correct-Horse-7"


def section(title: str) -> str:
    """Return the text of a section."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the first table of a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# The tables


def test_every_argument_has_a_row() -> None:
    shown = [code(row[0])[0] for row in rows(PAGE.partition("\n## ")[0])]
    assert sorted(shown) == sorted(inspect.signature(TokenVerifier).parameters)


def test_every_claim_has_a_row() -> None:
    table = rows(section("Access tokens and ID tokens"))
    for column, cls in ((1, AccessClaims), (2, IdClaims)):
        shown = {name for row in table if row[column] for name in code(row[0])}
        assert shown == {field.name for field in attrs.fields(cls)}


def test_every_error_has_a_row_and_is_in_the_tree() -> None:
    errors = {cls.__name__ for cls in _errors.TokenError.__subclasses__()}
    tree = section("Errors").partition("```text")[2].partition("```")[0]
    assert set(re.findall(r"    [├└]── (\w+)", tree)) == errors
    shown = {name for row in rows(section("What each check prevents")) for name in code(row[1])}
    assert shown == errors - {"KeysUnavailableError"}
    assert errors | {"TokenError"} == {name for name in tokens.__all__ if name.endswith("Error")}


def test_numbers_on_the_page_are_those_of_the_code() -> None:
    assert (_checks.MAX_LENGTH, _jose._MIN_KEY_BITS) == (32 * 1024, 2048)
    assert (_jose._MAX_KEY_BITS, _jose._MAX_KEYS) == (16384, 100)
    assert (_download.MAX_SIZE, _download.TIMEOUT, _download._ATTEMPTS) == (64 * 1024, 5, 2)
    assert _download.DEADLINE == 10
    assert (_jwks.REFETCH_INTERVAL, _jwks.MAX_AGE, _jwks.RETRY_AFTER_FAILURE) == (10, 86400, 1)


# The programs


@pytest.fixture(scope="module")
def programs() -> dict[str, Callable[..., Any]]:
    """Return the functions of the page by name."""
    functions: dict[str, Callable[..., Any]] = {}
    for block in blocks("verify-tokens", "python"):
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(block, "verify-tokens", "exec"), names)
        for node in ast.parse(block).body:
            if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef)):
                functions[node.name] = names[node.name]
    return functions


@pytest.fixture
def pool() -> FakeUserPool:
    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, groups=["staff"], email="ana@example.com", **{"custom:team": "red"})
    return pool


async def session(pool: FakeUserPool) -> SignedIn:
    step = await pool.app().sign_in("ana", PASSWORD, flow="password")
    assert isinstance(step, SignedIn)
    return step


def test_every_program_has_a_test(programs: dict[str, Any]) -> None:
    assert list(programs) == [
        "main", "read_order", "after_sign_in", "resource_server", "status_of", "start", "offline", "remember",
        "test_an_expired_token_is_rejected",
    ]  # fmt: skip


async def test_the_first_program(
    programs: dict[str, Any],
    pool: FakeUserPool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = (await session(pool)).tokens.access_token
    monkeypatch.setitem(
        programs["main"].__globals__, "TokenVerifier", lambda _, **settings: pool.verifier(**settings)
    )
    await programs["main"](pool.pool_id, pool.client_id, token)
    await programs["main"](pool.pool_id, "other", token)
    monkeypatch.setitem(
        programs["main"].__globals__,
        "TokenVerifier",
        lambda _, **settings: pool.verifier(jwks={"keys": []}, **settings),
    )
    await programs["main"](pool.pool_id, pool.client_id, token)
    first, second, third = capsys.readouterr().out.splitlines()
    assert third.startswith("503: jwks= is not usable")
    assert re.fullmatch(r"ana \['staff'\] \d\d:\d\d", first)
    assert second.startswith("401: the token was issued to another app client.")


async def test_scopes_and_groups(programs: dict[str, Any], pool: FakeUserPool) -> None:
    token = (await session(pool)).tokens.access_token
    with pytest.raises(tokens.MissingScopeError):
        await programs["read_order"](pool.verifier(), token)
    pool.user("ana").groups.clear()
    with pytest.raises(MissingGroupError):
        await programs["read_order"](pool.verifier(), (await session(pool)).tokens.access_token)


async def test_the_id_token(
    programs: dict[str, Any], pool: FakeUserPool, capsys: pytest.CaptureFixture[str]
) -> None:
    token = (await session(pool)).tokens.id_token
    assert (await programs["after_sign_in"](pool.verifier(), token, None)).username == "ana"
    assert capsys.readouterr().out == "ana@example.com True red\n"
    with pytest.raises(WrongNonceError):
        await programs["after_sign_in"](pool.verifier(), token, "n-1")


def test_tokens_that_are_bound_to_an_api(programs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    api = "https://api.example.com"
    monkeypatch.setitem(
        programs["resource_server"].__globals__,
        "TokenVerifier",
        lambda *arguments, **settings: TokenVerifier(*arguments, jwks=own_tokens.jwks(), **settings),
    )
    verifier = programs["resource_server"](own_tokens.POOL, [own_tokens.CLIENT], api)
    assert verifier.access_sync(own_tokens.token(aud=api, exp=4_000_000_000)).audience == {api}
    with pytest.raises(tokens.WrongAudienceError):
        verifier.access_sync(own_tokens.token(exp=4_000_000_000))


async def test_statuses(programs: dict[str, Any], pool: FakeUserPool) -> None:
    token = (await session(pool)).tokens.access_token
    status_of, verifier = programs["status_of"], pool.verifier()
    assert await status_of(verifier, "x") == 401
    assert await status_of(verifier, token) == 403
    assert await status_of(TokenVerifier(pool.pool_id, client_id=None, jwks={"keys": []}), token) == 503
    assert await status_of(*own_verifier_and_token("orders/read")) == 200


def own_verifier_and_token(scope: str) -> tuple[TokenVerifier, str]:
    """Return a verifier and a token that it accepts."""
    token = own_tokens.token(scope=scope, exp=4_000_000_000)
    return TokenVerifier(own_tokens.POOL, client_id=None, jwks=own_tokens.jwks()), token


async def test_keys_at_the_start_and_offline(
    programs: dict[str, Any], pool: FakeUserPool, tmp_path: Path
) -> None:
    token = (await session(pool)).tokens.access_token
    verifier = pool.verifier()
    await programs["start"](verifier)
    assert verifier.access_sync(token).username == "ana"
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(pool.jwks()), encoding="utf-8")
    assert programs["offline"](pool.pool_id, file, token) == "ana"


async def test_tokens_are_remembered(
    programs: dict[str, Any], pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[TokenVerifier] = []

    def verifier(_: str, **settings: Any) -> TokenVerifier:
        made.append(pool.verifier(**settings))
        return made[-1]

    monkeypatch.setitem(programs["remember"].__globals__, "TokenVerifier", verifier)
    token = (await session(pool)).tokens.access_token
    await programs["remember"](pool.pool_id, pool.client_id, [token, token])
    assert made[0]._cache is not None
    assert len(made[0]._cache) == 1


async def test_the_test_of_an_api(programs: dict[str, Any]) -> None:
    await programs["test_an_expired_token_is_rejected"]()


async def test_tokens_of_moto_have_an_issuer_of_aws_and_keys_elsewhere(moto: str) -> None:
    resources = await create_resources()
    async with CognitoClient() as client:
        response = await client.initiate_auth(
            client_id=resources.client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
        )
    result = response.authentication_result
    assert result is not None
    url = f"{moto}/{resources.pool_id}/.well-known/jwks.json"
    async with TokenVerifier(resources.pool_id, client_id=resources.client_id, jwks_url=url) as verifier:
        assert (await verifier.access(result.access_token or "")).username == "ana"
        assert (await verifier.id(result.id_token or "")).username == "ana"
