"""``AccessTokenBackend`` in Starlette's ``AuthenticationMiddleware``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthenticationError, requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from cognito_async.errors import ConfigurationError, InvalidRequestError
from cognito_async.integrations.starlette import AccessTokenBackend, AccessTokenUser
from cognito_async.tokens import TokenVerifier
from support.asgi import connect, get
from support.tokens import ID, NOW, token

Verifiers = Callable[..., TokenVerifier]


async def whoami(request: Request) -> Response:
    return JSONResponse(
        {
            "authenticated": request.user.is_authenticated,
            "name": request.user.display_name,
            "scopes": request.auth.scopes,
        }
    )


@requires("orders/read")
async def orders(request: Request) -> Response:
    return JSONResponse(sorted(request.user.claims.groups))


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.user.identity)
    await websocket.close()


def service(backend: AccessTokenBackend, **settings: Any) -> Starlette:
    options = {"backend": backend, "on_error": backend.on_error} | settings
    return Starlette(
        routes=[Route("/", whoami), Route("/orders", orders), WebSocketRoute("/", talk)],
        middleware=[Middleware(AuthenticationMiddleware, **options)],
    )


def bearer(text: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {text}"


async def test_the_user_and_the_scopes_are_those_of_the_token(verifier: TokenVerifier) -> None:
    app = service(AccessTokenBackend(verifier))
    assert (await get(app, "/", bearer(token()))).json() == {
        "authenticated": True,
        "name": "ana",
        "scopes": ["authenticated", "openid", "orders/read"],
    }
    assert (await get(app, "/orders", bearer(token()))).json() == ["admins", "staff"]
    assert (await get(app, "/orders", bearer(token(scope="openid")))).status == 403


async def test_groups_are_not_scopes(verifier: TokenVerifier) -> None:
    app = service(AccessTokenBackend(verifier))
    response = await get(app, "/orders", bearer(token(scope=None, cognito__groups=["orders/read"])))
    assert response.status == 403


@pytest.mark.parametrize("headers", [[], [("Authorization", "Basic YTpi")]])
async def test_without_a_token_the_user_is_anonymous(verifier: TokenVerifier, headers: Any) -> None:
    app = service(AccessTokenBackend(verifier, scopes="orders/read"))
    response = await get(app, "/", *headers)
    assert response.json() == {"authenticated": False, "name": "", "scopes": []}


async def test_the_user_of_a_machine_is_its_app_client(verifier: TokenVerifier) -> None:
    response = await get(service(AccessTokenBackend(verifier)), "/", bearer(token(username=None)))
    assert response.json()["name"] == "sub-of-ana"


@pytest.mark.parametrize(
    ("text", "settings", "status", "challenge"),
    [
        (token(ID), {}, 401, 'Bearer error="invalid_token", error_description="The access token is invalid"'),
        (token(exp=NOW), {"realm": "o"}, 401, 'Bearer realm="o", error="invalid_token", error_description="The access token has expired"'),
        ("", {}, 400, 'Bearer error="invalid_request", error_description="No token after Bearer"'),
        (token(), {"scopes": ["b", "a"]}, 403, 'Bearer error="insufficient_scope", error_description="The access token lacks a required scope", scope="a b"'),
        (token(), {"groups": "owners"}, 403, 'Bearer error="insufficient_scope", error_description="The user is in no group that has access"'),
    ],
    ids=["an ID token", "expired", "empty", "scopes", "groups"],
)  # fmt: skip
async def test_other_tokens_are_rejected_with_a_challenge(
    verifier: TokenVerifier, text: str, settings: Any, status: int, challenge: str
) -> None:
    response = await get(service(AccessTokenBackend(verifier, **settings)), "/", bearer(text))
    assert (response.status, response.headers["www-authenticate"]) == (status, challenge)
    assert response.json()["detail"] in challenge


async def test_without_keys_the_service_is_unavailable(without_keys: TokenVerifier) -> None:
    response = await get(service(AccessTokenBackend(without_keys)), "/", bearer(token()))
    assert (response.status, response.headers["retry-after"]) == (503, "2")
    assert "www-authenticate" not in response.headers


async def test_without_on_error_the_default_response_has_no_part_of_the_token(
    verifier: TokenVerifier,
) -> None:
    response = await get(service(AccessTokenBackend(verifier), on_error=None), "/", bearer("hunter2"))
    assert (response.status, response.body) == (400, b"The access token is invalid")


async def test_errors_of_other_backends_have_the_default_response(verifier: TokenVerifier) -> None:
    response = AccessTokenBackend(verifier).on_error(Request({"type": "http"}), AuthenticationError("no"))
    assert (response.status_code, response.body) == (400, b"no")


async def test_the_verifier_may_come_from_the_state_of_the_application(verifier: TokenVerifier) -> None:
    app = service(AccessTokenBackend(lambda connection: connection.app.state.verifier))
    app.state.verifier = verifier
    assert (await get(app, "/", bearer(token()))).status == 200


async def test_a_websocket_has_the_user_too_and_is_closed_for_an_invalid_token(
    verifier: TokenVerifier,
) -> None:
    app = service(AccessTokenBackend(verifier))
    messages = await connect(app, "/", bearer(token()))
    assert isinstance(messages, list)
    assert messages[1]["text"] == "sub-of-ana"
    assert await connect(app, "/", bearer("x")) == [{"type": "websocket.close", "code": 1000}]


async def test_the_repr_of_a_user_has_no_personal_data(verifier: TokenVerifier) -> None:
    user = AccessTokenUser(await verifier.access(token()))
    assert (user.is_authenticated, user.identity, user.display_name) == (True, "sub-of-ana", "ana")
    assert "'ana'" not in repr(user)


def test_invalid_arguments_are_rejected(verifier: TokenVerifier) -> None:
    with pytest.raises(ConfigurationError, match="verifier: "):
        AccessTokenBackend("eu-west-1_AbC123")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="realm: "):
        AccessTokenBackend(verifier, realm="")
    with pytest.raises(InvalidRequestError, match="scopes: "):
        AccessTokenBackend(verifier, scopes='a"')
