"""The FastAPI service that keeps users signed in by a cookie, called in this process."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import pytest
from httpx import ASGITransport, AsyncClient, Response

from cognito_async.errors import ConnectError, TooManyRequestsException
from cognito_async.sign_in import AppClient
from cognito_async.testing import FakePasskey, FakeUserPool, StubTransport
from cognito_async.types import InitiateAuthResponse
from examples.example import load

service = load("fastapi_sign_in")
PASSWORD = "Correct-Horse-7"
ANA = {"username": "ana", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _no_override_stays() -> Iterator[None]:
    yield
    service.app.dependency_overrides.clear()


@pytest.fixture
async def http() -> AsyncIterator[AsyncClient]:
    """Return a browser."""
    async with AsyncClient(transport=ASGITransport(service.app), base_url="https://service") as client:
        yield client


def use(pool: FakeUserPool) -> Any:
    """Let the service use a pool; return its accounts."""
    accounts = service.Accounts(pool.app())
    service.app.dependency_overrides[service.get_accounts] = lambda: accounts
    return accounts


async def answer(http: AsyncClient, value: str, **others: Any) -> Any:
    """Answer the current step; return what the service says."""
    response = await http.post("/sign-in/answer", json={"value": value} | others)
    assert response.status_code == 200, response.text
    return response.json()


def error_of(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_a_user_signs_in_sees_the_profile_and_signs_out(http: AsyncClient) -> None:
    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, email="ana@example.com")
    use(pool)
    response = await http.post("/sign-in", json=ANA)
    assert (response.status_code, response.json()["step"]) == (200, "SignedIn")
    cookie = response.headers["set-cookie"]
    for flag in ("HttpOnly", "Secure", "SameSite=strict"):
        assert flag in cookie
    profile = (await http.get("/me")).json()
    assert (profile["username"], profile["attributes"]["email"]) == ("ana", "ana@example.com")
    assert (await http.post("/sign-out")).status_code == 204
    assert (await http.get("/me")).status_code == 401


async def test_the_service_opens_and_closes_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    with pool.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_REGION", pool.region)
        monkeypatch.setenv("COGNITO_USER_POOL_ID", pool.pool_id)
        monkeypatch.setenv("COGNITO_CLIENT_ID", pool.client_id)
        monkeypatch.delenv("COGNITO_CLIENT_SECRET", raising=False)
        async with (
            service.app.router.lifespan_context(service.app),
            AsyncClient(transport=ASGITransport(service.app), base_url="https://service") as http,
        ):
            assert (await http.post("/sign-in", json=ANA)).json()["step"] == "SignedIn"


async def test_the_cookie_has_nothing_of_the_step_and_changes_with_each(http: AsyncClient) -> None:
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    accounts = use(pool)
    assert (await http.post("/sign-in", json=ANA)).json()["step"] == "TotpRequired"
    first = http.cookies[service.COOKIE]
    assert len(first) == 43
    assert error_of(await http.post("/sign-in/answer", json={"value": "12"})) == (400, "InvalidRequestError")
    wrong = str((int(ana.totp_code()) + 1) % 10**6).zfill(6)
    response = await http.post("/sign-in/answer", json={"value": wrong})
    assert error_of(response) == (400, "CodeMismatchException")
    assert (await http.get("/me")).status_code == 401
    assert (await answer(http, ana.totp_code()))["step"] == "SignedIn"
    assert http.cookies[service.COOKIE] != first
    assert await accounts.store.load(f"step:{first}") is None


async def test_another_process_continues_from_the_store(http: AsyncClient) -> None:
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    store = use(pool).store
    await http.post("/sign-in", json=ANA)
    use(pool).store = store
    assert (await answer(http, ana.totp_code()))["step"] == "SignedIn"
    use(pool).store = store
    assert (await http.get("/me")).json()["username"] == "ana"


async def test_concurrent_requests_share_a_refresh_and_its_tokens_are_stored(http: AsyncClient) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, refresh_grace=0)
    accounts = use(pool)
    await http.post("/sign-in", json=ANA)
    key = f"tokens:{http.cookies[service.COOKIE]}"
    before = service.Tokens.from_state(await accounts.store.load(key))
    expired = attrs.evolve(before, expires_at=before.expires_at.replace(year=2020))
    await accounts.store.save(key, expired.to_state(), 60)
    responses = await asyncio.gather(*(http.get("/me") for _ in range(10)))
    assert {response.status_code for response in responses} == {200}
    operations = [request.operation for request in pool.requests]
    assert operations.count("GetTokensFromRefreshToken") == 1
    after = service.Tokens.from_state(await accounts.store.load(key))
    assert after.refresh_token != before.refresh_token


async def test_a_new_password_and_attributes_are_sent(http: AsyncClient) -> None:
    pool = FakeUserPool(required_attributes=["name"])
    pool.add_user("ana", "Temporary-1", status="FORCE_CHANGE_PASSWORD")
    use(pool)
    shown = (await http.post("/sign-in", json=ANA | {"password": "Temporary-1"})).json()
    assert (shown["step"], shown["missing"]) == ("NewPasswordRequired", ["name"])
    short = {"value": "short", "attributes": {"name": "Ana"}}
    assert error_of(await http.post("/sign-in/answer", json=short)) == (400, "InvalidPasswordException")
    assert (await answer(http, PASSWORD, attributes={"name": "Ana"}))["step"] == "SignedIn"


async def test_an_authenticator_app_is_set_up(http: AsyncClient) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, mfa="on", mfa_methods=["totp"])
    use(pool)
    shown = (await http.post("/sign-in", json=ANA)).json()
    assert (shown["step"], shown["secret"].startswith("otpauth://totp/Example:ana?")) == ("TotpSetup", True)
    secret = shown["secret"].partition("secret=")[2].partition("&")[0]
    assert (await answer(http, pool.user("ana").totp_code(secret)))["step"] == "SignedIn"


async def test_the_second_factor_to_set_up_is_chosen(http: AsyncClient) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, mfa="on", mfa_methods=["totp", "email"])
    use(pool)
    for value, step in (("totp", "TotpSetup"), ("ana@example.com", "EmailCodeRequired")):
        shown = (await http.post("/sign-in", json=ANA)).json()
        assert (shown["step"], shown["choices"]) == ("MfaSetupChoiceRequired", ["totp", "email"])
        assert (await answer(http, value))["step"] == step
    assert (await answer(http, pool.user("ana").last_code))["step"] == "SignedIn"


async def test_a_second_factor_is_chosen(http: AsyncClient) -> None:
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, phone_number="+15550100", mfa=["sms", "totp"])
    use(pool)
    shown = (await http.post("/sign-in", json=ANA)).json()
    assert (shown["step"], shown["choices"]) == ("MfaChoiceRequired", ["sms", "totp"])
    assert error_of(await http.post("/sign-in/answer", json={"value": "fax"})) == (400, "InvalidRequestError")
    shown = await answer(http, "sms")
    assert (shown["step"], shown["destination"] is not None) == ("SmsCodeRequired", True)
    assert (await answer(http, ana.last_code))["step"] == "SignedIn"


@pytest.mark.parametrize("method", ["password", "passkey", "email_otp", "sms_otp", "custom"])
async def test_steps_of_other_flows_are_answered_too(http: AsyncClient, method: str) -> None:
    pool = FakeUserPool(custom_challenges=[({"question": "6 x 7"}, "42")])
    ana = pool.add_user("ana", PASSWORD, email="ana@example.com", phone_number="+15550100")
    ana.passkeys.append(browser := FakePasskey())
    accounts = use(pool)
    app = accounts.app
    step = await (app.custom("ana") if method == "custom" else app.sign_in_with("ana"))
    http.cookies[service.COOKIE] = await accounts.begin(step)
    shown = service.described(step)
    if method == "custom":
        assert shown.parameters == {"question": "6 x 7"}
        value = "42"
    else:
        assert {"password", "passkey", "email_otp", "sms_otp"} <= set(shown.choices)
        value = PASSWORD
    if method in {"passkey", "email_otp", "sms_otp"}:
        next_shown = await answer(http, method)
        passkey = method == "passkey"
        value = json.dumps(browser.get(next_shown["parameters"])) if passkey else ana.last_code
    assert (await answer(http, value))["step"] == "SignedIn"


async def test_an_unknown_challenge_cannot_be_answered(http: AsyncClient) -> None:
    with StubTransport() as stub:
        stub.add(InitiateAuthResponse.from_wire({"ChallengeName": "NEXT_YEARS", "Session": "s" * 20}))
        accounts = service.Accounts(AppClient(stub.client(), "eu-west-1_AbC123", "web"))
        service.app.dependency_overrides[service.get_accounts] = lambda: accounts
        assert (await http.post("/sign-in", json=ANA)).json()["step"] == "UnknownChallenge"
        response = await http.post("/sign-in/answer", json={"value": "x"})
        assert response.status_code == 501


async def test_without_a_cookie_or_with_an_unknown_one_users_start_over(http: AsyncClient) -> None:
    use(FakeUserPool())
    for method, path in (("POST", "/sign-in/answer"), ("GET", "/me"), ("POST", "/sign-out")):
        response = await http.request(method, path, json={"value": "x"})
        assert response.status_code == 401
    http.cookies[service.COOKIE] = "unknown"
    for method, path in (("POST", "/sign-in/answer"), ("GET", "/me")):
        assert (await http.request(method, path, json={"value": "x"})).status_code == 401


async def test_a_wrong_password_and_an_unknown_user_get_the_same_response(http: AsyncClient) -> None:
    use(FakeUserPool({"ana": PASSWORD}))
    wrong = await http.post("/sign-in", json=ANA | {"password": "Wrong-Horse-7"})
    unknown = await http.post("/sign-in", json=ANA | {"username": "nobody"})
    assert error_of(wrong) == error_of(unknown) == (401, "NotAuthorizedException")
    assert wrong.json() == unknown.json()


async def test_an_ended_session_is_reported(http: AsyncClient) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, refresh_token_lifetime=7200)
    accounts = use(pool)
    await http.post("/sign-in", json=ANA)
    session = await accounts.session(http.cookies[service.COOKIE])
    await session.sign_out()
    assert error_of(await http.get("/me")) == (401, "SignedOutError")


@pytest.mark.parametrize(
    ("status", "code"),
    [("UNCONFIRMED", "UserNotConfirmedException"), ("RESET_REQUIRED", "PasswordResetRequiredException")],
)
async def test_users_who_have_to_do_something_first_are_told(
    http: AsyncClient, status: str, code: str
) -> None:
    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, status=status)
    use(pool)
    assert error_of(await http.post("/sign-in", json=ANA)) == (403, code)


async def test_a_flow_that_is_not_allowed_is_our_fault(http: AsyncClient) -> None:
    use(FakeUserPool({"ana": PASSWORD}, explicit_auth_flows=["ALLOW_USER_AUTH"]))
    assert error_of(await http.post("/sign-in", json=ANA)) == (500, "InternalError")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TooManyRequestsException("slow down"), 503, "Unavailable"),
        (ConnectError("no connection"), 503, "Unavailable"),
    ],
)
async def test_temporary_failures_are_told_apart(
    http: AsyncClient, error: Exception, status: int, code: str
) -> None:
    with StubTransport() as stub:
        stub.add(error)
        client = stub.client(retry_mode="off")
        accounts = service.Accounts(AppClient(client, "eu-west-1_AbC123", "web"))
        service.app.dependency_overrides[service.get_accounts] = lambda: accounts
        assert error_of(await http.post("/sign-in", json=ANA)) == (status, code)


async def test_an_invalid_body_is_not_echoed(http: AsyncClient) -> None:
    use(FakeUserPool())
    response = await http.post("/sign-in", json={"username": "ana", "password": [PASSWORD]})
    assert error_of(response) == (422, "InvalidRequestError")
    assert PASSWORD not in response.text


async def test_texts_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = service.Store(), [100.0]
    monkeypatch.setattr(service.time, "monotonic", lambda: now[0])
    await store.save("key", "secret", 15)
    assert (await store.load("key"), "secret" in repr(store)) == ("secret", False)
    now[0] += 15
    assert await store.load("key") is None


async def test_no_secret_is_logged(http: AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    accounts = use(FakeUserPool({"ana": PASSWORD}))
    await http.post("/sign-in", json=ANA)
    session = await accounts.session(http.cookies[service.COOKIE])
    await http.get("/me")
    await http.post("/sign-out")
    for secret in (PASSWORD, session.tokens.access_token, session.tokens.refresh_token):
        assert secret not in caplog.text
