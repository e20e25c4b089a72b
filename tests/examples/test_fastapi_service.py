"""The FastAPI service, called in this process, from startup to shutdown."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from cognito_async import CognitoClient
from cognito_async.errors import ClientClosedError
from emulators.moto_server import PASSWORD
from examples.example import load
from examples.proxy import ControlledProxy, Disconnect, Fail, Hang

service = load("fastapi_service")
CODE = "123456"
"""moto accepts any code that it did not create itself."""

ANA = {"username": "ana", "password": PASSWORD, "email": "ana@example.com"}
SESSION = {"username": "user-001", "password": PASSWORD}


@pytest.fixture
async def http(
    proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
) -> AsyncIterator[AsyncClient]:
    """Return an HTTP client of the service; the service runs with its lifespan."""
    await practice(1)
    transport = ASGITransport(service.app)
    async with (
        service.app.router.lifespan_context(service.app),
        AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        yield client


@pytest.fixture
async def http_no_retries(http: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Return an HTTP client of the service, which uses a Cognito client without retries."""
    async with CognitoClient(retry_mode="off") as client:
        service.app.dependency_overrides[service.get_client] = lambda: client
        yield http
        service.app.dependency_overrides.clear()


async def bearer(http: AsyncClient) -> dict[str, str]:
    """Sign in and return the Authorization header."""
    response = await http.post("/sessions", json=SESSION)
    assert response.status_code == 200, response.text
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


def error_of(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


async def test_a_user_signs_up_confirms_signs_in_and_has_a_profile(
    http: AsyncClient, proxy: ControlledProxy
) -> None:
    response = await http.post("/accounts", json=ANA)
    assert (response.status_code, response.json()) == (201, {"username": "ana", "confirmed": False})
    sign_in = {"username": "ana", "password": PASSWORD}
    assert error_of(await http.post("/sessions", json=sign_in)) == (403, "UserNotConfirmedException")
    response = await http.post("/accounts/ana/confirmation", json={"code": CODE})
    assert (response.status_code, response.content) == (204, b"")
    response = await http.post("/sessions", json=sign_in)
    assert response.status_code == 200
    tokens = response.json()
    assert tokens["access_token"]
    assert tokens["refresh_token"]
    assert tokens["expires_in"] > 0
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    profile = {"username": "ana", "email": "ana@example.com", "name": None}
    assert (await http.get("/profile", headers=header)).json() == profile
    response = await http.patch("/profile", headers=header, json={"name": "Ana Ł"})
    assert (response.status_code, response.json()) == (200, profile | {"name": "Ana Ł"})
    assert (await http.get("/profile", headers=header)).json() == profile | {"name": "Ana Ł"}
    assert len(proxy.connections) == 1


async def test_the_client_has_the_lifetime_of_the_service(
    proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
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


async def test_an_existing_username_is_a_conflict(http: AsyncClient) -> None:
    response = await http.post("/accounts", json=ANA | {"username": "user-001"})
    assert error_of(response) == (409, "UsernameExistsException")


async def test_a_wrong_password_and_an_unknown_user_get_the_same_response(
    http: AsyncClient, proxy: ControlledProxy
) -> None:
    wrong = await http.post("/sessions", json=SESSION | {"password": "Wrong-Horse-7"})
    proxy.plans["InitiateAuth"] = [Fail("UserNotFoundException", message="User does not exist.")]
    unknown = await http.post("/sessions", json=SESSION | {"username": "nobody"})
    assert error_of(wrong) == error_of(unknown) == (401, "NotAuthorizedException")
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize("header", [None, "Basic x", "Bearer invalid.token"])
async def test_a_profile_requires_a_valid_token(
    http: AsyncClient, proxy: ControlledProxy, header: str | None
) -> None:
    if header == "Bearer invalid.token":
        # moto raises another error than Cognito here.
        proxy.plans["GetUser"] = [Fail("NotAuthorizedException", message="Invalid Access Token")]
    response = await http.get("/profile", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_a_challenge_is_named(http: AsyncClient, emulator: CognitoClient) -> None:
    await emulator.admin_set_user_password(
        user_pool_id=os.environ["COGNITO_USER_POOL_ID"],
        username="user-001",
        password=PASSWORD,
        permanent=False,
    )
    assert error_of(await http.post("/sessions", json=SESSION)) == (403, "NEW_PASSWORD_REQUIRED")


@pytest.mark.parametrize(
    ("action", "status", "error"),
    [
        (Fail("UserNotConfirmedException"), 403, "UserNotConfirmedException"),
        (Fail("PasswordResetRequiredException"), 403, "PasswordResetRequiredException"),
        (Fail("InvalidParameterException"), 400, "InvalidParameterException"),
        (Fail("UserLambdaValidationException"), 400, "UserLambdaValidationException"),
        (Fail("LimitExceededException"), 429, "LimitExceededException"),
        (Fail("ResourceNotFoundException"), 502, "InternalError"),
        (Fail("SomethingNew"), 502, "InternalError"),
        (Fail("InternalErrorException", status=500), 502, "InternalError"),
        (Disconnect(), 502, "InternalError"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_each_error_has_its_status(
    http_no_retries: AsyncClient, proxy: ControlledProxy, action: Any, status: int, error: str
) -> None:
    proxy.plans["InitiateAuth"] = [action]
    assert error_of(await http_no_retries.post("/sessions", json=SESSION)) == (status, error)


async def test_an_unknown_account_cannot_be_confirmed(http: AsyncClient, proxy: ControlledProxy) -> None:
    proxy.plans["ConfirmSignUp"] = [Fail("UserNotFoundException"), Fail("CodeMismatchException")]
    body = {"code": CODE}
    assert error_of(await http.post("/accounts/x/confirmation", json=body)) == (404, "UserNotFoundException")
    assert error_of(await http.post("/accounts/x/confirmation", json=body)) == (400, "CodeMismatchException")


async def test_throttling_has_retry_after(http_no_retries: AsyncClient, proxy: ControlledProxy) -> None:
    proxy.plans["InitiateAuth"] = [Fail("TooManyRequestsException", message="Rate exceeded")]
    response = await http_no_retries.post("/sessions", json=SESSION)
    assert error_of(response) == (429, "TooManyRequestsException")
    assert int(response.headers["Retry-After"]) > 0


async def test_a_timeout_has_retry_after(http: AsyncClient, proxy: ControlledProxy) -> None:
    proxy.plans["InitiateAuth"] = [Hang()]
    async with CognitoClient(retry_mode="off", read_timeout=0.1) as client:
        service.app.dependency_overrides[service.get_client] = lambda: client
        response = await http.post("/sessions", json=SESSION)
        service.app.dependency_overrides.clear()
    assert error_of(response) == (503, "Unavailable")
    assert int(response.headers["Retry-After"]) > 0


async def test_a_failed_connection_is_unavailable(http: AsyncClient) -> None:
    async with CognitoClient(endpoint_url="http://127.0.0.1:9", retry_mode="off") as client:
        service.app.dependency_overrides[service.get_client] = lambda: client
        response = await http.post("/sessions", json=SESSION)
        service.app.dependency_overrides.clear()
    assert error_of(response) == (503, "Unavailable")


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ana", "password": ["Secret-Horse-7"], "email": "x"},
        {"username": "", "password": "Secret-Horse-7", "email": "x"},
        {"password": "Secret-Horse-7"},
    ],
)
async def test_an_invalid_body_is_not_echoed(
    http: AsyncClient, proxy: ControlledProxy, body: dict[str, Any]
) -> None:
    response = await http.post("/accounts", json=body)
    assert error_of(response) == (422, "InvalidRequest")
    assert "Secret-Horse-7" not in response.text
    assert proxy.calls == []


async def test_no_secret_is_logged(
    http: AsyncClient, proxy: ControlledProxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    header = await bearer(http)
    await http.get("/profile", headers=header)
    proxy.plans["SignUp"] = [Fail("SomethingNew")]
    proxy.plans["ConfirmSignUp"] = [Fail("SomethingNew")]
    proxy.plans["InitiateAuth"] = [Fail("SomethingNew")]
    proxy.plans["GetUser"] = [Fail("SomethingNew")]
    await http.post("/accounts", json=ANA)
    await http.post("/accounts/ana/confirmation", json={"code": "987654"})
    await http.post("/sessions", json=SESSION)
    await http.get("/profile", headers=header)
    assert caplog.text.count("failed with SomethingNew") == 4
    assert PASSWORD not in caplog.text
    assert "987654" not in caplog.text
    assert header["Authorization"].removeprefix("Bearer ") not in caplog.text
