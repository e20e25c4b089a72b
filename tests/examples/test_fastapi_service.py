"""The FastAPI service, called in this process, from its start to its end."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from example import load
from httpx import ASGITransport, AsyncClient, Response
from moto_server import PASSWORD
from relay import Cut, Fail, Hold, Relay

from cognito_async import CognitoClient
from cognito_async.errors import ClientClosedError

service = load("fastapi_service")
CODE = "123456"
"""moto takes every code that is not of its own making."""

ANA = {"username": "ana", "password": PASSWORD, "email": "ana@example.com"}
SESSION = {"username": "user-001", "password": PASSWORD}


@pytest.fixture
async def http(relay: Relay, practice: Callable[[int], Awaitable[str]]) -> AsyncIterator[AsyncClient]:
    """Give a caller of the service, which runs with its lifespan."""
    await practice(1)
    transport = ASGITransport(service.app)
    async with (
        service.app.router.lifespan_context(service.app),
        AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        yield client


@pytest.fixture
async def impatient(http: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Give a caller of the service with a client that does not retry."""
    async with CognitoClient(retry_mode="off", read_timeout=0.2) as client:
        service.app.dependency_overrides[service.get_client] = lambda: client
        yield http
        service.app.dependency_overrides.clear()


async def bearer(http: AsyncClient) -> dict[str, str]:
    """Sign in and return the header that says so."""
    answer = await http.post("/sessions", json=SESSION)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def said(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_somebody_signs_up_confirms_signs_in_and_has_a_profile(http: AsyncClient, relay: Relay) -> None:
    answer = await http.post("/accounts", json=ANA)
    assert (answer.status_code, answer.json()) == (201, {"username": "ana", "confirmed": False})
    sign_in = {"username": "ana", "password": PASSWORD}
    assert said(await http.post("/sessions", json=sign_in)) == (403, "UserNotConfirmedException")
    answer = await http.post("/accounts/ana/confirmation", json={"code": CODE})
    assert (answer.status_code, answer.content) == (204, b"")
    answer = await http.post("/sessions", json=sign_in)
    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens["access_token"]
    assert tokens["refresh_token"]
    assert tokens["expires_in"] > 0
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    profile = {"username": "ana", "email": "ana@example.com", "name": None}
    assert (await http.get("/profile", headers=header)).json() == profile
    answer = await http.patch("/profile", headers=header, json={"name": "Ana Ł"})
    assert (answer.status_code, answer.json()) == (200, profile | {"name": "Ana Ł"})
    assert (await http.get("/profile", headers=header)).json() == profile | {"name": "Ana Ł"}
    assert len(relay.connections) == 1


async def test_the_client_lives_as_long_as_the_service(
    relay: Relay, practice: Callable[[int], Awaitable[str]]
) -> None:
    await practice(1)
    async with service.app.router.lifespan_context(service.app):
        first = service.app.state.client
        await first.initiate_auth(
            client_id=service.app.state.client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": "user-001", "PASSWORD": PASSWORD},
        )
    with pytest.raises(ClientClosedError):
        await first.get_user(access_token="x")
    async with service.app.router.lifespan_context(service.app):
        assert service.app.state.client is not first


async def test_a_username_that_is_taken_is_a_conflict(http: AsyncClient) -> None:
    answer = await http.post("/accounts", json=ANA | {"username": "user-001"})
    assert said(answer) == (409, "UsernameExistsException")


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    http: AsyncClient, relay: Relay
) -> None:
    wrong = await http.post("/sessions", json=SESSION | {"password": "Wrong-Horse-7"})
    relay.plans["InitiateAuth"] = [Fail("UserNotFoundException", message="User does not exist.")]
    unknown = await http.post("/sessions", json=SESSION | {"username": "nobody"})
    assert said(wrong) == said(unknown) == (401, "NotAuthorizedException")
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize("header", [None, "Basic x", "Bearer made.up.token"])
async def test_without_a_good_token_there_is_no_profile(
    http: AsyncClient, relay: Relay, header: str | None
) -> None:
    if header == "Bearer made.up.token":
        # moto finds nobody for it; Cognito says this.
        relay.plans["GetUser"] = [Fail("NotAuthorizedException", message="Invalid Access Token")]
    answer = await http.get("/profile", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_challenge_is_named(http: AsyncClient, emulator: CognitoClient) -> None:
    await emulator.admin_set_user_password(
        user_pool_id=os.environ["COGNITO_USER_POOL_ID"],
        username="user-001",
        password=PASSWORD,
        permanent=False,
    )
    assert said(await http.post("/sessions", json=SESSION)) == (403, "NEW_PASSWORD_REQUIRED")


@pytest.mark.parametrize(
    ("step", "status", "error"),
    [
        (Fail("UserNotConfirmedException"), 403, "UserNotConfirmedException"),
        (Fail("PasswordResetRequiredException"), 403, "PasswordResetRequiredException"),
        (Fail("InvalidParameterException"), 400, "InvalidParameterException"),
        (Fail("UserLambdaValidationException"), 400, "UserLambdaValidationException"),
        (Fail("LimitExceededException"), 429, "LimitExceededException"),
        (Fail("ResourceNotFoundException"), 502, "InternalError"),
        (Fail("SomethingNew"), 502, "InternalError"),
        (Fail("InternalErrorException", status=500), 502, "InternalError"),
        (Cut(), 502, "InternalError"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_each_error_has_its_status(
    impatient: AsyncClient, relay: Relay, step: Any, status: int, error: str
) -> None:
    relay.plans["InitiateAuth"] = [step]
    assert said(await impatient.post("/sessions", json=SESSION)) == (status, error)


async def test_an_unknown_account_is_not_confirmed(http: AsyncClient, relay: Relay) -> None:
    relay.plans["ConfirmSignUp"] = [Fail("UserNotFoundException"), Fail("CodeMismatchException")]
    body = {"code": CODE}
    assert said(await http.post("/accounts/x/confirmation", json=body)) == (404, "UserNotFoundException")
    assert said(await http.post("/accounts/x/confirmation", json=body)) == (400, "CodeMismatchException")


async def test_throttling_asks_callers_to_wait(impatient: AsyncClient, relay: Relay) -> None:
    relay.plans["InitiateAuth"] = [Fail("TooManyRequestsException", message="Rate exceeded")]
    answer = await impatient.post("/sessions", json=SESSION)
    assert said(answer) == (429, "TooManyRequestsException")
    assert int(answer.headers["Retry-After"]) > 0


async def test_no_answer_in_time_asks_callers_to_wait(impatient: AsyncClient, relay: Relay) -> None:
    relay.plans["InitiateAuth"] = [Hold()]
    answer = await impatient.post("/sessions", json=SESSION)
    assert said(answer) == (503, "Unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_no_connection_asks_callers_to_wait(http: AsyncClient) -> None:
    async with CognitoClient(endpoint_url="http://127.0.0.1:9", retry_mode="off") as client:
        service.app.dependency_overrides[service.get_client] = lambda: client
        answer = await http.post("/sessions", json=SESSION)
        service.app.dependency_overrides.clear()
    assert said(answer) == (503, "Unavailable")


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ana", "password": ["Secret-Horse-7"], "email": "x"},
        {"username": "", "password": "Secret-Horse-7", "email": "x"},
        {"password": "Secret-Horse-7"},
    ],
)
async def test_a_body_that_is_refused_is_not_echoed(
    http: AsyncClient, relay: Relay, body: dict[str, Any]
) -> None:
    answer = await http.post("/accounts", json=body)
    assert said(answer) == (422, "InvalidRequest")
    assert "Secret-Horse-7" not in answer.text
    assert relay.calls == []


async def test_nothing_secret_is_logged(
    http: AsyncClient, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    header = await bearer(http)
    await http.get("/profile", headers=header)
    relay.plans["SignUp"] = [Fail("SomethingNew")]
    relay.plans["ConfirmSignUp"] = [Fail("SomethingNew")]
    relay.plans["InitiateAuth"] = [Fail("SomethingNew")]
    relay.plans["GetUser"] = [Fail("SomethingNew")]
    await http.post("/accounts", json=ANA)
    await http.post("/accounts/ana/confirmation", json={"code": "987654"})
    await http.post("/sessions", json=SESSION)
    await http.get("/profile", headers=header)
    assert caplog.text.count("failed with SomethingNew") == 4
    assert PASSWORD not in caplog.text
    assert "987654" not in caplog.text
    assert header["Authorization"].removeprefix("Bearer ") not in caplog.text
