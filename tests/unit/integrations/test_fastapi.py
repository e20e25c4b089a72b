"""``RequireAccess``: statuses, headers, WebSockets, scopes of ``Security``, and the OpenAPI document."""

import logging
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Security, WebSocket
from fastapi.requests import HTTPConnection
from fastapi.security import OAuth2AuthorizationCodeBearer
from openapi_spec_validator import validate

from cognito_async.errors import ConfigurationError, InvalidRequestError
from cognito_async.integrations.fastapi import RequireAccess, add_error_handlers
from cognito_async.tokens import AccessClaims, TokenVerifier
from support.asgi import Response, connect, get
from support.tokens import ID, NOW, token

Verifiers = Callable[..., TokenVerifier]
INVALID = ("The access token is invalid", "invalid_token")


def service(require: RequireAccess, *scopes: str) -> FastAPI:
    """Return an application with an endpoint and a WebSocket, both at ``/``."""
    app = FastAPI()

    @app.get("/")
    async def read(claims: Annotated[AccessClaims, Security(require, scopes=list(scopes))]) -> str:
        return str(claims.username)

    @app.websocket("/")
    async def talk(
        websocket: WebSocket, claims: Annotated[AccessClaims, Security(require, scopes=list(scopes))]
    ) -> None:
        await websocket.accept()
        await websocket.send_text(str(claims.username))
        await websocket.close()

    return app


def bearer(text: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {text}"


def challenge_of(response: Response) -> tuple[int, str, str | None]:
    """Return status, text and challenge."""
    assert response.json().keys() == {"detail"}
    return response.status, response.json()["detail"], response.headers.get("www-authenticate")


def invalid_token(text: str = "The access token is invalid") -> tuple[int, str, str]:
    return 401, text, f'Bearer error="invalid_token", error_description="{text}"'


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_an_access_token_gives_its_claims(verifier: TokenVerifier, scheme: str) -> None:
    app = service(RequireAccess(verifier, scopes={"orders/read"}, groups={"staff", "owners"}))
    response = await get(app, "/", ("Authorization", f"{scheme} {token()}"))
    assert (response.status, response.json()) == (200, "ana")


@pytest.mark.parametrize("header", [None, "Basic YTpi", "Basic", "", "Bearer\tx", "BearerToken x"])
async def test_without_a_bearer_token_the_challenge_has_no_error(
    verifier: TokenVerifier, header: str | None
) -> None:
    headers = [] if header is None else [("Authorization", header)]
    response = await get(service(RequireAccess(verifier)), "/", *headers)
    assert challenge_of(response) == (401, "Not authenticated", "Bearer")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a b",
        "é",
        token(ID),
        token(number=1),
        token(client_id="other"),
        token(nbf=NOW + 60),
        token()[:-2],
    ],
    ids=str.__len__,
)
async def test_an_invalid_token_is_rejected_without_details(verifier: TokenVerifier, text: str) -> None:
    response = await get(service(RequireAccess(verifier)), "/", bearer(text))
    assert challenge_of(response) == invalid_token()


async def test_an_expired_token_is_named_so_that_the_client_refreshes_it(verifier: TokenVerifier) -> None:
    response = await get(service(RequireAccess(verifier)), "/", bearer(token(exp=NOW)))
    assert challenge_of(response) == invalid_token("The access token has expired")


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ([bearer(token()), bearer(token())], "More than one Authorization header"),
        ([("Authorization", "Basic YTpi"), bearer(token())], "More than one Authorization header"),
        ([("Authorization", "Bearer")], "No token after Bearer"),
        ([("Authorization", "bearer  ")], "No token after Bearer"),
    ],
)
async def test_malformed_headers_are_bad_requests(
    verifier: TokenVerifier, headers: list[tuple[str, str]], text: str
) -> None:
    response = await get(service(RequireAccess(verifier)), "/", *headers)
    expected = f'Bearer error="invalid_request", error_description="{text}"'
    assert challenge_of(response) == (400, text, expected)


async def test_a_missing_scope_is_forbidden_and_the_challenge_names_all_that_are_required(
    make_verifier: Verifiers,
) -> None:
    require = RequireAccess(make_verifier(scopes="openid"), scopes={"orders/write"}, realm="orders")
    response = await get(service(require, "orders/read", "orders/delete"), "/", bearer(token()))
    text = "The access token lacks a required scope"
    scope = 'scope="openid orders/delete orders/read orders/write"'
    assert challenge_of(response) == (
        403,
        text,
        f'Bearer realm="orders", error="insufficient_scope", error_description="{text}", {scope}',
    )


async def test_a_missing_group_is_forbidden_and_not_named(verifier: TokenVerifier) -> None:
    response = await get(service(RequireAccess(verifier, groups="owners")), "/", bearer(token()))
    text = "The user is in no group that has access"
    challenge = f'Bearer error="insufficient_scope", error_description="{text}"'
    assert challenge_of(response) == (403, text, challenge)


async def test_without_keys_the_service_is_unavailable(without_keys: TokenVerifier) -> None:
    response = await get(service(RequireAccess(without_keys)), "/", bearer(token()))
    expected = (503, "The access token cannot be checked at the moment", None)
    assert challenge_of(response) == expected
    assert response.headers["retry-after"] == "2"


# Dependencies


async def test_the_verifier_may_be_a_dependency_that_tests_override(
    verifier: TokenVerifier, make_verifier: Verifiers
) -> None:
    async def get_verifier(connection: HTTPConnection) -> TokenVerifier:
        kept: TokenVerifier = connection.app.state.verifier
        return kept

    app = service(RequireAccess(get_verifier))
    app.state.verifier = verifier
    assert (await get(app, "/", bearer(token()))).status == 200
    assert await connect(app, "/", bearer(token())) == ACCEPTED
    app.dependency_overrides[get_verifier] = lambda: make_verifier(client_id="other")
    assert (await get(app, "/", bearer(token()))).status == 401


async def test_it_can_protect_a_router_and_be_used_twice(verifier: TokenVerifier) -> None:
    require = RequireAccess(verifier)
    router = APIRouter(dependencies=[Depends(RequireAccess(verifier, groups="owners"))])

    @router.get("/")
    async def read(claims: Annotated[AccessClaims, Depends(require)]) -> str:
        return str(claims.username)

    app = FastAPI()
    app.include_router(router)
    assert (await get(app, "/", bearer(token()))).status == 403
    response = await get(app, "/", bearer(token(cognito__groups=["owners"])))
    assert response.json() == "ana"


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        ({"verifier": None}, ConfigurationError, "verifier: expected a TokenVerifier or a function"),
        ({"realm": 'a"b'}, ConfigurationError, "realm: expected ASCII text"),
        ({"realm": "a\r\nSet-Cookie: b"}, ConfigurationError, "realm: expected ASCII text"),
        ({"realm": 5}, ConfigurationError, "realm: expected ASCII text"),
        ({"scheme": "bearer"}, ConfigurationError, "scheme: expected a security scheme, got str"),
        ({"scopes": "orders/read orders/write"}, InvalidRequestError, "scopes: a scope has no white space"),
        ({"scopes": []}, InvalidRequestError, "scopes: expected text or a list"),
        ({"groups": [""]}, InvalidRequestError, "groups: expected text or a list"),
    ],
)
def test_invalid_arguments_are_rejected(
    verifier: TokenVerifier, arguments: dict[str, Any], error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        RequireAccess(**{"verifier": verifier, **arguments})


# WebSockets

ACCEPTED = [
    {"type": "websocket.accept", "subprotocol": None, "headers": []},
    {"type": "websocket.send", "text": "ana"},
    {"type": "websocket.close", "code": 1000, "reason": ""},
]


async def test_a_websocket_with_a_token_is_accepted(verifier: TokenVerifier) -> None:
    assert await connect(service(RequireAccess(verifier)), "/", bearer(token())) == ACCEPTED


async def test_a_websocket_is_refused_with_the_same_response(verifier: TokenVerifier) -> None:
    app = service(RequireAccess(verifier), "orders/write")
    refused = await connect(app, "/", bearer(token()))
    assert isinstance(refused, Response)
    assert challenge_of(refused) == challenge_of(await get(app, "/", bearer(token())))
    refused = await connect(app, "/")
    assert isinstance(refused, Response)
    assert challenge_of(refused) == (401, "Not authenticated", "Bearer")


async def test_on_a_server_without_such_responses_the_websocket_is_closed(verifier: TokenVerifier) -> None:
    closed = await connect(service(RequireAccess(verifier)), "/", bearer("x"), denial=False)
    assert closed == [{"type": "websocket.close", "code": 1008, "reason": "The access token is invalid"}]


# The OpenAPI document


def documented(*requires: Any, **settings: Any) -> tuple[Any, list[Any]]:
    """Return the security schemes, and the security of an endpoint for each dependency."""
    app = FastAPI(**settings)
    for number, each in enumerate(requires):

        @app.get(f"/{number}")
        async def read(claims: Annotated[AccessClaims, each]) -> None: ...

    document = app.openapi()
    validate(document)
    operations = [document["paths"][f"/{number}"]["get"] for number in range(len(requires))]
    for operation in operations:
        assert "parameters" not in operation
        assert "requestBody" not in operation
    return document["components"]["securitySchemes"], [operation["security"] for operation in operations]


def test_the_document_has_one_scheme_and_the_scopes_of_each_endpoint(verifier: TokenVerifier) -> None:
    require = RequireAccess(verifier, scopes="orders/read")
    schemes, security = documented(
        Depends(RequireAccess(verifier)),
        Depends(require),
        Security(require, scopes=["orders/write"]),
        Depends(RequireAccess(verifier, scopes={"b", "a"}, groups="staff")),
    )
    assert schemes == {"AccessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    found = [sorted(each["AccessToken"]) for [each] in security]
    assert found == [[], ["orders/read"], ["orders/read", "orders/write"], ["a", "b"]]


def test_with_an_oauth2_scheme_swagger_ui_can_sign_in(verifier: TokenVerifier) -> None:
    scheme = OAuth2AuthorizationCodeBearer(
        authorizationUrl="https://auth.example.com/oauth2/authorize",
        tokenUrl="https://auth.example.com/oauth2/token",
        scopes={"orders/read": "Read orders", "orders/write": "Change orders"},
        scheme_name="ManagedLogin",
    )
    schemes, security = documented(
        Depends(RequireAccess(verifier, scopes="orders/read", scheme=scheme)),
        Security(RequireAccess(verifier, scheme=scheme), scopes=["orders/write"]),
    )
    assert schemes == {
        "ManagedLogin": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "scopes": {"orders/read": "Read orders", "orders/write": "Change orders"},
                    "authorizationUrl": "https://auth.example.com/oauth2/authorize",
                    "tokenUrl": "https://auth.example.com/oauth2/token",
                }
            },
        }
    }
    assert security == [[{"ManagedLogin": ["orders/read"]}], [{"ManagedLogin": ["orders/write"]}]]


# Secrets and logs


async def test_no_part_of_a_token_is_in_a_response_a_log_or_a_repr(
    make_verifier: Verifiers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "hunter2"
    tokens = [
        canary,
        f"{canary}.{canary}.{canary}",
        token(iss=canary),
        token(client_id=canary),
        token(username=canary, number=1),
        token(username=canary, exp=NOW - 10),
        token(username=canary, scope=canary),
        token(ID, email=canary),
    ]
    require = RequireAccess(make_verifier(cache=10), scopes="orders/read")
    app = service(require)
    for text in tokens:
        response = await get(app, "/", bearer(text))
        assert response.status in {401, 403}
        shown = f"{response}{caplog.text}{require!r}{vars(require)}"
        assert canary not in shown
        assert text not in shown
        assert text.rpartition(".")[2][:20] not in shown


async def test_each_rejection_is_logged_once_with_its_reason(
    verifier: TokenVerifier, without_keys: TokenVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await get(service(RequireAccess(verifier)), "/", bearer(token(client_id="other")))
    await get(service(RequireAccess(without_keys)), "/", bearer(token()))
    await get(service(RequireAccess(verifier)), "/")
    texts = [(record.levelname, record.getMessage().partition(".")[0]) for record in caplog.records]
    assert texts == [
        (
            "INFO",
            "responded with HTTP 401 to WrongClientError: the token was issued to another app client",
        ),
        ("WARNING", texts[1][1]),
    ]
    assert texts[1][1].startswith("responded with HTTP 503 to KeysUnavailableError: ")


# The error handlers


async def test_a_verifier_called_by_hand_gives_the_same_response(make_verifier: Verifiers) -> None:
    verifier = make_verifier(scopes="openid")
    app = service(RequireAccess(verifier, scopes="orders/write", realm="orders"))
    add_error_handlers(app, realm="orders")

    @app.get("/by-hand")
    async def read(request: Request) -> str:
        text = request.headers["Authorization"].removeprefix("Bearer ")
        return (await verifier.access(text, scopes="orders/write")).sub

    for text in (token(), token(exp=NOW), token(ID), "x"):
        responses = [await get(app, path, bearer(text)) for path in ("/", "/by-hand")]
        assert challenge_of(responses[0]) == challenge_of(responses[1])
    everything = token(scope="openid orders/write")
    assert (await get(app, "/by-hand", bearer(everything))).status == 200
