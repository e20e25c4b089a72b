"""The FastAPI service that takes access tokens, called in this process, from startup to shutdown."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from openapi_spec_validator import validate

from cognito_async.oauth import ClientCredentials
from cognito_async.sign_in import SignedIn
from cognito_async.testing import FakeUserPool
from cognito_async.tokens import KeysUnavailableError
from examples.example import load

service = load("fastapi_api")
PASSWORD = "Correct-Horse-7"
CLIENT_SECRET = "client-secret-of-the-machine"


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> FakeUserPool:
    pool = FakeUserPool({"ana": PASSWORD}, client_secret=CLIENT_SECRET)
    pool.add_user("eve", PASSWORD, groups=["admins"])
    pool.app_client.oauth_flows = ["client_credentials"]
    pool.app_client.scopes = ["orders/read", "orders/write"]
    for name, value in {
        "AWS_REGION": pool.region,
        "AWS_ACCESS_KEY_ID": "fake",
        "AWS_SECRET_ACCESS_KEY": "fake",
        "COGNITO_USER_POOL_ID": pool.pool_id,
        "COGNITO_CLIENT_ID": pool.client_id,
    }.items():
        monkeypatch.setenv(name, value)
    return pool


@pytest.fixture
async def http(pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """Return an HTTP client of the service; the service runs with its lifespan."""
    with pool.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("COGNITO_ISSUER", pool.issuer)
        service.ORDERS.clear()
        async with (
            service.app.router.lifespan_context(service.app),
            AsyncClient(transport=ASGITransport(service.app), base_url="https://service") as client,
        ):
            yield client


async def bearer_of(pool: FakeUserPool, name: str) -> dict[str, str]:
    """Sign a user in and return the Authorization header."""
    step = await pool.app().sign_in(name, PASSWORD)
    assert isinstance(step, SignedIn)
    return {"Authorization": f"Bearer {step.tokens.access_token}"}


async def bearer_of_machine(pool: FakeUserPool, *scopes: str) -> dict[str, str]:
    machine = ClientCredentials(pool.app(), domain=pool.domain, scopes=scopes)
    return {"Authorization": f"Bearer {await machine.token()}"}


async def test_a_user_sees_what_the_token_says(http: AsyncClient, pool: FakeUserPool) -> None:
    response = await http.get("/me", headers=await bearer_of(pool, "eve"))
    assert response.json() == {
        "id": pool.user("eve").sub,
        "username": "eve",
        "groups": ["admins"],
        "scopes": ["aws.cognito.signin.user.admin"],
    }


async def test_orders_require_scopes(http: AsyncClient, pool: FakeUserPool) -> None:
    reader = await bearer_of_machine(pool, "orders/read")
    writer = await bearer_of_machine(pool, "orders/read", "orders/write")
    order = {"item": "tea"}
    refused = await http.post("/orders", headers=reader, json=order)
    assert refused.status_code == 403
    assert refused.headers["www-authenticate"].endswith('scope="orders/read orders/write"')
    assert (await http.post("/orders", headers=writer, json=order)).status_code == 201
    assert (await http.get("/orders", headers=reader)).json() == [order]
    assert (await http.get("/orders", headers=await bearer_of(pool, "ana"))).status_code == 403


async def test_accounts_are_for_administrators(http: AsyncClient, pool: FakeUserPool) -> None:
    admin = await bearer_of(pool, "eve")
    response = await http.get("/users/ana", headers=admin)
    assert response.json() == {"username": "ana", "status": "CONFIRMED"}
    response = await http.get("/users/nobody", headers=admin)
    assert response.status_code == 404
    assert response.json() == {"detail": "No such user", "code": "UserNotFoundException"}
    assert (await http.get("/users/ana", headers=await bearer_of(pool, "ana"))).status_code == 403


async def test_a_failure_of_cognito_is_not_that_of_the_caller(
    http: AsyncClient, pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await bearer_of(pool, "eve")
    monkeypatch.setenv("COGNITO_USER_POOL_ID", "eu-west-1_Another")
    response = await http.get("/users/ana", headers=admin)
    assert response.status_code == 500
    assert response.json() == {"detail": "Internal server error", "code": "InternalError"}


@pytest.mark.parametrize("path", ["/me", "/orders", "/users/ana"])
async def test_without_a_valid_access_token_nothing_is_shown(
    http: AsyncClient, pool: FakeUserPool, path: str
) -> None:
    assert (await http.get(path)).headers["www-authenticate"] == "Bearer"
    step: Any = await pool.app().sign_in("eve", PASSWORD)
    for token in ("x", step.tokens.id_token):
        response = await http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]


async def test_the_keys_are_fetched_once_at_start(http: AsyncClient, pool: FakeUserPool) -> None:
    assert pool.jwks_requests == 1
    headers = await bearer_of(pool, "ana")
    for _ in range(3):
        assert (await http.get("/me", headers=headers)).status_code == 200
    assert pool.jwks_requests == 1


async def test_the_service_does_not_start_without_keys(
    pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pool.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("COGNITO_ISSUER", f"{url}/another")
        with pytest.raises(KeysUnavailableError):
            async with service.app.router.lifespan_context(service.app):
                raise AssertionError("it started")


async def test_dependencies_can_be_overridden(http: AsyncClient, pool: FakeUserPool) -> None:
    service.app.dependency_overrides[service.get_verifier] = lambda: pool.verifier(client_id="another")
    try:
        response = await http.get("/me", headers=await bearer_of(pool, "ana"))
    finally:
        service.app.dependency_overrides.clear()
    assert response.status_code == 401


def test_the_document_names_scheme_and_scopes() -> None:
    document = service.app.openapi()
    validate(document)
    security = {
        f"{method} {path}": sorted(operation["security"][0]["AccessToken"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert security == {
        "get /me": [],
        "get /orders": ["orders/read"],
        "post /orders": ["orders/read", "orders/write"],
        "get /users/{username}": [],
    }


async def test_no_token_is_logged(
    http: AsyncClient, pool: FakeUserPool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = await bearer_of(pool, "ana")
    for path in ("/me", "/orders", "/users/ana"):
        await http.get(path, headers=headers)
    assert headers["Authorization"].partition(" ")[2] not in caplog.text
