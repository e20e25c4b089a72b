"""The page about FastAPI and Starlette: its tables are those of the code, and its programs run."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from docs.guide_examples import blocks
from docs.guide_tables import page
from fastapi import FastAPI
from openapi_spec_validator import validate

from cognito_async.errors import ConnectError
from cognito_async.integrations.fastapi import RequireAccess
from cognito_async.tokens import TokenVerifier
from support.asgi import Response, get
from support.tokens import CLIENT, NOW, POOL, jwks, token
from support.transports import ScriptedTransport

PAGE = page("fastapi")
BLOCKS = blocks("fastapi", "python")


def rows(head: str) -> list[list[str]]:
    """Return the cells of the table that starts with a header, without it."""
    lines = PAGE.partition(f"\n| {head} ")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def program(number: int) -> dict[str, Any]:
    """Run a block of the page; return its names."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(BLOCKS[number], "fastapi", "exec", dont_inherit=True), names)
    return names


@pytest.fixture
def verifier() -> TokenVerifier:
    verifier = TokenVerifier(POOL, client_id=CLIENT, jwks=jwks())
    verifier._set_clock(lambda: NOW)
    return verifier


def bearer(text: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {text}"


def test_every_argument_has_a_row() -> None:
    assert [row[0] for row in rows("Argument")] == list(inspect.signature(RequireAccess).parameters)


async def test_the_table_of_responses_has_what_is_sent(verifier: TokenVerifier) -> None:
    app = FastAPI()
    without_keys = TokenVerifier(POOL, client_id=CLIENT, transport=ScriptedTransport(ConnectError("no"), ConnectError("no")))  # fmt: skip
    for path, require in {
        "/": RequireAccess(verifier),
        "/scope": RequireAccess(verifier, scopes="orders/write"),
        "/group": RequireAccess(verifier, groups="owners"),
        "/keys": RequireAccess(without_keys),
    }.items():
        app.get(path, dependencies=[_depends(require)])(lambda: None)
    responses = [
        await get(app, "/", ("Authorization", "Basic YTpi")),
        await get(app, "/", bearer(token(exp=NOW))),
        await get(app, "/", bearer("x")),
        await get(app, "/scope", bearer(token())),
        await get(app, "/group", bearer(token())),
        await get(app, "/", bearer("")),
        await get(app, "/", bearer(token()), bearer(token())),
        await get(app, "/keys", bearer(token())),
    ]
    assert [row[1:] for row in rows("Request")] == [_row(each) for each in responses]


def _depends(require: RequireAccess) -> Any:
    from fastapi import Depends

    return Depends(require)


def _row(response: Response) -> list[str]:
    challenge = response.headers.get("www-authenticate", "")
    error = re.search(r'error="(\w+)"', challenge)
    assert bool(challenge) is (response.status != 503)
    return [str(response.status), error[1] if error else "", response.json()["detail"]]


async def test_the_first_program(verifier: TokenVerifier) -> None:
    app = program(0)["create_app"](verifier)
    assert (await get(app, "/orders", bearer(token()))).json() == {"user": "ana"}
    assert (await get(app, "/orders", bearer(token(scope="openid")))).status == 403


async def test_scopes_and_groups(verifier: TokenVerifier) -> None:
    app = program(1)["app"]
    app.state.verifier = verifier
    assert (await get(app, "/orders", bearer(token()))).json() == "sub-of-ana"
    assert (await get(app, "/reports", bearer(token()))).json() == "sub-of-ana"
    assert (await get(app, "/reports", bearer(token(cognito__groups=[])))).status == 403
    document = app.openapi()
    validate(document)
    assert document["paths"]["/orders"]["post"]["security"] == [
        {"AccessToken": ["orders/read", "orders/write"]}
    ]


async def test_swagger_ui_gets_the_endpoints_of_managed_login(verifier: TokenVerifier) -> None:
    app, require = program(2)["documented"](verifier, "auth.example.com", CLIENT)
    app.get("/orders", dependencies=[_depends(require)])(lambda: None)
    document = app.openapi()
    validate(document)
    flow = document["components"]["securitySchemes"]["OAuth2AuthorizationCodeBearer"]["flows"]
    assert flow["authorizationCode"]["tokenUrl"] == "https://auth.example.com/oauth2/token"
    body = (await get(app, "/docs")).body.decode()
    assert CLIENT in body
    assert "/docs/oauth2-redirect" in body


async def test_a_handler_shows_the_rule_that_a_password_breaks() -> None:
    names = program(3)
    error = names["InvalidPasswordException"]("Password not long enough")

    @names["app"].get("/")
    async def endpoint() -> None:
        raise error

    response = await get(names["app"], "/")
    assert response.json() == {"detail": "Password not long enough", "code": "InvalidPasswordException"}


async def test_starlette(verifier: TokenVerifier) -> None:
    app = program(4)["create_starlette"](verifier)
    expected = {"user": "ana", "groups": ["admins", "staff"]}
    assert (await get(app, "/orders", bearer(token()))).json() == expected
    assert (await get(app, "/orders", bearer("x"))).status == 401
    assert (await get(app, "/orders")).status == 403
    assert len(BLOCKS) == 5
