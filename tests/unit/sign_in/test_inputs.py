"""Bad input is rejected before anything is sent, and never quoted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_async.errors import ConfigurationError, InvalidRequestError
from cognito_async.sign_in import AppClient, Device, SignedIn, Tokens, UserContext
from cognito_async.sign_in._challenges import step_for
from cognito_async.sign_in._flow import Challenge, Flow
from cognito_async.testing import StubTransport

POOL = "eu-west-1_AbC123"
SECRET = "kanarienvogel"


@pytest.fixture
def app() -> AppClient:
    return AppClient(StubTransport().client(), POOL, "client1")


def step(app: AppClient, name: str, parameters: dict[str, str] | None = None, *available: str) -> Any:
    flow = Flow(app=app._app, admin=False, username="ana", session="session-of-the-sign-in")
    return step_for(flow, Challenge(name, parameters or {}, available))


START: list[tuple[str, Callable[[AppClient], Coroutine[Any, Any, Any]]]] = [
    ("sign_in: username: expected text, got an empty string", lambda app: app.sign_in("", "pw")),
    ("sign_in: username: expected str, got NoneType", lambda app: app.sign_in(None, "pw")),
    ("sign_in: password: expected text, got an empty string", lambda app: app.sign_in("ana", "")),
    ("sign_in: password: expected str, got bytes", lambda app: app.sign_in("ana", SECRET.encode())),
    ("sign_in: password: contains half of a surrogate pair", lambda app: app.sign_in("ana", "\ud83d")),
    ("sign_in: flow: expected 'srp' or 'password' or 'admin'", lambda app: app.sign_in("ana", "pw", flow=SECRET)),
    ("sign_in: device: expected Device, got str", lambda app: app.sign_in("ana", "pw", device=SECRET)),
    ("sign_in: context: expected UserContext, got str", lambda app: app.sign_in("ana", "pw", context="1.2.3.4")),
    ("sign_in: timeout: expected a number of seconds", lambda app: app.sign_in("ana", "pw", timeout=0)),
    ("sign_in: client_metadata: expected a mapping, got list", lambda app: app.sign_in("ana", "pw", client_metadata=[SECRET])),
    ("sign_in: auth_parameters: expected str for both key and value of 'X', got int", lambda app: app.sign_in("ana", "pw", auth_parameters={"X": 1})),
    ("sign_in_with: prefer: expected 'srp' or", lambda app: app.sign_in_with("ana", prefer="carrier pigeon")),
    ("sign_in_with: password: required for", lambda app: app.sign_in_with("ana", prefer="srp")),
    ("sign_in_with: password: required for", lambda app: app.sign_in_with("ana", prefer="password")),
    ("sign_in_with: password: required for", lambda app: app.sign_in_with("ana", password=SECRET)),
    ("sign_in_with: password: expected text", lambda app: app.sign_in_with("ana", prefer="srp", password="")),
    ("sign_in_with: session: expected text", lambda app: app.sign_in_with("ana", session="")),
    ("custom: password: expected str, got bytes", lambda app: app.custom("ana", password=b"x")),
    ("sign_up: username: expected text", lambda app: app.sign_up("")),
    ("sign_up: password: expected str, got bytes", lambda app: app.sign_up("ana", SECRET.encode())),
    ("confirm_sign_up: code: expected digits only", lambda app: app.confirm_sign_up("ana", "123 456")),
    ("confirm_sign_up: code: expected str, got int", lambda app: app.confirm_sign_up("ana", 123456)),
    ("resend_code: username: expected text", lambda app: app.resend_code("")),
    ("forgot_password: username: expected text", lambda app: app.forgot_password("")),
    ("confirm_forgot_password: code: expected digits", lambda app: app.confirm_forgot_password("ana", "12a", "new")),
    ("confirm_forgot_password: new_password: expected text", lambda app: app.confirm_forgot_password("ana", "12", "")),
    ("AppClient: context: expected UserContext, got dict", lambda app: app.forgot_password("ana", context={"ip": SECRET})),
    ("devices: username: expected text", lambda app: app.devices("")),
    ("remember_device: username: expected text", lambda app: app.remember_device("", "key")),
    ("forget_device: username: expected text", lambda app: app.forget_device("", "key")),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "call"), START, ids=lambda part: part if isinstance(part, str) else "")
async def test_bad_input_is_rejected_before_anything_is_sent(
    app: AppClient, problem: str, call: Callable[[AppClient], Coroutine[Any, Any, Any]]
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await call(app)
    assert str(caught.value).startswith(problem)
    assert SECRET not in str(caught.value)


NEW_PASSWORD = {
    "requiredAttributes": '["userAttributes.name"]',
    "userAttributes": '{"email": "ana@example.com"}',
}

ANSWERS: list[tuple[str, str, dict[str, str], Callable[[Any], Coroutine[Any, Any, Any]]]] = [
    ("NewPasswordRequired.answer: new_password: expected text", "NEW_PASSWORD_REQUIRED", {}, lambda step: step.answer("")),
    ("NewPasswordRequired.answer: attributes: 'name' is required", "NEW_PASSWORD_REQUIRED", NEW_PASSWORD, lambda step: step.answer(SECRET)),
    ("NewPasswordRequired.answer: attributes: 'email' cannot be set here", "NEW_PASSWORD_REQUIRED", NEW_PASSWORD, lambda step: step.answer(SECRET, attributes={"name": "Ana", "email": "x"})),
    ("NewPasswordRequired.answer: attributes: 'email_verified' cannot be set here", "NEW_PASSWORD_REQUIRED", {}, lambda step: step.answer(SECRET, attributes={"email_verified": "true"})),
    ("NewPasswordRequired.answer: attributes: expected str for both", "NEW_PASSWORD_REQUIRED", {}, lambda step: step.answer(SECRET, attributes={"age": 3})),
    ("TotpRequired.answer: code: expected 6 digits, got 5", "SOFTWARE_TOKEN_MFA", {}, lambda step: step.answer("12345")),
    ("TotpRequired.answer: code: expected digits only", "SOFTWARE_TOKEN_MFA", {}, lambda step: step.answer("123 456")),
    ("TotpRequired.answer: code: expected digits only", "SOFTWARE_TOKEN_MFA", {}, lambda step: step.answer("١٢٣٤٥٦")),
    ("SmsCodeRequired.answer: code: expected digits only", "SMS_MFA", {}, lambda step: step.answer("12345a")),
    ("EmailCodeRequired.answer: code: expected text", "EMAIL_OTP", {}, lambda step: step.answer("")),
    ("MfaChoiceRequired.choose: method: expected 'totp' or 'sms'", "SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": '["SOFTWARE_TOKEN_MFA", "SMS_MFA"]'}, lambda step: step.choose("email")),
    ("MfaChoiceRequired.choose: method: expected nothing: the list is empty", "SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": "nonsense"}, lambda step: step.choose("email")),
    ("MfaSetupChoiceRequired: totp(): expected 'email'", "MFA_SETUP", {"MFAS_CAN_SETUP": '["EMAIL_OTP"]'}, lambda step: step.totp()),
    ("MfaSetupChoiceRequired: email(): expected 'sms'", "MFA_SETUP", {"MFAS_CAN_SETUP": '["SMS_MFA"]'}, lambda step: step.email("a@b")),
    ("MfaSetupChoiceRequired: address: expected text", "MFA_SETUP", {"MFAS_CAN_SETUP": '["EMAIL_OTP"]'}, lambda step: step.email("")),
    ("MethodChoiceRequired: password: expected text", "SELECT_CHALLENGE", {}, lambda step: step.password("")),
    ("MethodChoiceRequired: password(): expected 'passkey'", "SELECT_CHALLENGE", {}, lambda step: step.password("pw")),
    ("MethodChoiceRequired: method: expected 'passkey'", "SELECT_CHALLENGE", {}, lambda step: step.email_code()),
    ("MethodChoiceRequired: method: expected 'passkey'", "SELECT_CHALLENGE", {}, lambda step: step.sms_code()),
    ("PasswordRequired.answer: password: expected text", "PASSWORD", {}, lambda step: step.answer("")),
    ("PasskeyRequired.answer: credential: expected the AuthenticationResponseJSON", "WEB_AUTHN", {}, lambda step: step.answer(SECRET)),
    ("PasskeyRequired.answer: credential: contains values that JSON does not have", "WEB_AUTHN", {}, lambda step: step.answer({"id": SECRET.encode()})),
    ("CustomChallenge.answer: answer: expected text", "CUSTOM_CHALLENGE", {}, lambda step: step.answer("")),
    ("UnknownChallenge.answer: responses: expected a mapping, got str", "NEW_THING", {}, lambda step: step.answer(SECRET)),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "name", "parameters", "answer"), ANSWERS)
async def test_bad_answers_are_rejected_before_anything_is_sent(
    app: AppClient,
    problem: str,
    name: str,
    parameters: dict[str, str],
    answer: Callable[[Any], Coroutine[Any, Any, Any]],
) -> None:
    available = ("WEB_AUTHN",) if name == "SELECT_CHALLENGE" else ()
    with pytest.raises(InvalidRequestError) as caught:
        await answer(step(app, name, parameters, *available))
    assert str(caught.value).startswith(problem)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("code", ["12345", "12 456", "abcdef"])
async def test_codes_of_signed_in_users_are_checked_too(app: AppClient, code: str) -> None:
    session = app.session(refresh_token="refresh")
    for call in (session.verify_attribute("email", code + "x"), (await registration(session)).confirm(code)):
        with pytest.raises(InvalidRequestError, match="code: expected"):
            await call


async def registration(session: SignedIn) -> Any:
    from cognito_async.sign_in import TotpRegistration

    return TotpRegistration(session, "SECRET")


async def test_bad_input_of_signed_in_users(app: AppClient) -> None:
    session = app.session(refresh_token="refresh")
    with pytest.raises(InvalidRequestError, match="change_password: previous: expected text"):
        await session.change_password("", "new")
    with pytest.raises(InvalidRequestError, match="change_password: proposed: expected str, got bytes"):
        await session.change_password("old", b"new")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="set_mfa: preferred: expected 'totp' or 'sms' or 'email'"):
        await session.set_mfa(preferred="pigeon")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="set_mfa: expected totp, sms, email or preferred"):
        await session.set_mfa()
    with pytest.raises(InvalidRequestError, match="set_mfa: preferred: totp is turned off in the same call"):
        await session.set_mfa(totp=False, preferred="totp")
    with pytest.raises(InvalidRequestError, match="finish_passkey: credential: expected"):
        await session.finish_passkey(SECRET)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((None, POOL, "client1"), "client: expected a CognitoClient, got NoneType"),
        ((..., "", "client1"), "user_pool_id: expected text, got an empty string"),
        ((..., "AbC123", "client1"), "user_pool_id: expected an id such as 'eu-west-1_AbC123', got 'AbC123'"),
        ((..., POOL, None), "client_id: expected str, got NoneType"),
        ((..., POOL, "client1", ""), "client_secret: expected text, got an empty string"),
        ((..., POOL, "client1", SECRET.encode()), "client_secret: expected str, got bytes"),
        ((..., POOL, "client1", SECRET), "client_secret: expected at least 24 characters"),
    ],
)
def test_an_app_client_checks_its_arguments(arguments: tuple[Any, ...], problem: str) -> None:
    client = StubTransport().client()
    with pytest.raises(ConfigurationError) as caught:
        AppClient(*[client if argument is ... else argument for argument in arguments])
    assert problem in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "expected either refresh_token or tokens"),
        ({"refresh_token": ""}, "refresh_token: expected text"),
        ({"tokens": SECRET}, "tokens: expected Tokens, got str"),
        ({"refresh_token": SECRET, "device": SECRET}, "device: expected Device, got str"),
        (
            {"refresh_token": SECRET, "client_metadata": SECRET},
            "client_metadata: expected a mapping, got str",
        ),
        ({"refresh_token": SECRET, "on_tokens": SECRET}, "on_tokens: expected a function, got str"),
    ],
)
def test_a_session_needs_either_a_refresh_token_or_tokens(
    app: AppClient, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        app.session(**arguments)
    assert problem in str(caught.value)


async def test_a_server_needs_the_address_of_the_user() -> None:
    app = AppClient(StubTransport().client(), POOL, "client1", admin=True)
    with pytest.raises(InvalidRequestError, match="ip: required for an AppClient with admin=True"):
        await app.sign_in("ana", "pw", flow="password", context=UserContext(encoded_data=SECRET))


def test_devices_and_tokens_check_their_members() -> None:
    with pytest.raises(InvalidRequestError, match="Device: password: expected text"):
        Device("key", "group", "")
    with pytest.raises(InvalidRequestError, match="Tokens: access_token: expected str, got NoneType"):
        Tokens(access_token=None, expires_at=datetime.now(UTC))  # type: ignore[arg-type]
    for value, kind in [(1.7e9, "float"), (datetime(2030, 1, 1), "one without")]:  # noqa: DTZ001
        with pytest.raises(
            InvalidRequestError, match=f"expires_at: expected a datetime with a time zone, got {kind}"
        ):
            Tokens(access_token="a", expires_at=value)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="UserContext: http_headers: expected str for both"):
        UserContext(http_headers={"a": None})  # type: ignore[dict-item]
