"""The fake pool as tests use it: settings, users, app clients, clients, and what it shows."""

from __future__ import annotations

import asyncio
import copy
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from cognito_async import CognitoClient, HTTPRequest
from cognito_async.errors import InvalidParameterException, NotAuthorizedException, ServiceError
from cognito_async.sign_in import AppClient, SignedIn, TotpRequired, WrongPasswordError
from cognito_async.testing import FakeAppClient, FakeClock, FakeUserPool
from cognito_async.testing._fake_pool.transport import PoolTransport
from support.pool_requests import SignIn, signed_in


async def test_a_sign_in_with_the_sign_in_package() -> None:
    async with FakeUserPool(
        {"ana": "pw"}, client_secret="client_secret_for_the_tests", mfa="optional"
    ) as pool:
        pool.user("ana").enable_mfa("totp")
        app = AppClient(pool.client(), pool.pool_id, pool.client_id, pool.client_secret)
        step = await app.sign_in("ana", "pw")
        assert isinstance(step, TotpRequired)
        step = await step.answer(pool.user("ana").totp_code())
        assert isinstance(step, SignedIn)
        with pytest.raises(WrongPasswordError):
            await app.sign_in("ana", "other")
    assert [each.operation for each in pool.requests[:2]] == ["InitiateAuth", "RespondToAuthChallenge"]
    assert pool.requests[0].members["AuthFlow"] == "USER_SRP_AUTH"
    assert pool.requests[0].signed is False


async def test_an_app_client_follows_the_clock_of_the_pool() -> None:
    pool = FakeUserPool({"ana": "pw"}, explicit_auth_flows=[])
    other = pool.add_client(secret="client_secret_for_the_tests")
    session = await pool.app(other, admin=True, app_id="test").sign_in("ana", "pw")
    assert isinstance(session, SignedIn)
    first = await session.access_token()
    pool.clock.advance(3600)
    assert await session.access_token() != first
    assert pool.requests[0].operation == "AdminInitiateAuth"
    with pytest.raises(InvalidParameterException, match="not enabled"):
        await pool.app().sign_in("ana", "pw")


def test_it_works_with_and_without_a_block() -> None:
    with FakeUserPool() as pool:
        assert pool.users == []
    assert pool.add_user("ana").username == "ana"
    assert [user.username for user in pool.users] == ["ana"]


async def test_a_client_validates_signs_and_decodes_as_usual() -> None:
    pool = FakeUserPool({"ana": "pw"})
    client = pool.client(app_id="test")
    assert isinstance(client, CognitoClient)
    assert client.config.region == pool.region
    user = await client.admin_get_user(user_pool_id=pool.pool_id, username="ana")
    assert user.user_status == "CONFIRMED"
    assert user.user_create_date is not None
    assert user.response_metadata.http_status == 200
    assert user.response_metadata.request_id
    assert pool.requests[-1].signed
    await client.admin_delete_user(user_pool_id=pool.pool_id, username="ana")  # a response without body
    with pytest.raises(NotAuthorizedException, match="Invalid Access Token"):
        await client.get_user(access_token="x")
    await client.close()
    assert (await pool.client().list_users(user_pool_id=pool.pool_id)).users == []


async def test_operations_that_it_lacks() -> None:
    with pytest.raises(ServiceError, match="FakeUserPool has no operation ListGroups"):
        await FakeUserPool().client().list_groups(user_pool_id="eu-west-1_x")


async def test_concurrent_sign_ins() -> None:
    pool = FakeUserPool({f"user{number}": "pw" for number in range(5)})
    app = AppClient(pool.client(), pool.pool_id, pool.client_id)
    steps = await asyncio.gather(*(app.sign_in(user.username, "pw") for user in pool.users))
    assert [step.username for step in steps if isinstance(step, SignedIn)] == [
        user.username for user in pool.users
    ]


async def test_the_transport_serves_the_keys() -> None:
    pool = FakeUserPool()
    transport = PoolTransport(pool._service)
    await transport.prepare("")
    for path, status in (("/.well-known/jwks.json", 200), ("/other", 404)):
        request = HTTPRequest("GET", f"{pool.issuer}{path}", {})
        response = await transport.send(request, timeout=1, resend=False)
        assert response.status == status
    assert pool.jwks_requests == 1
    assert (
        await transport.send(HTTPRequest("POST", "http://pool", {}), timeout=1, resend=False)
    ).status == 400
    await transport.close()


# Settings


def test_ids_have_the_form_of_the_service() -> None:
    pool = FakeUserPool()
    assert re.fullmatch(r"eu-west-1_[a-z0-9]{9}", pool.pool_id)
    assert re.fullmatch(r"[a-z0-9]{26}", pool.client_id)
    assert pool.client_secret is None
    assert FakeUserPool(region="ap-south-1").pool_id.startswith("ap-south-1_")
    chosen = FakeUserPool(
        pool_id="us-east-2_AbC123", client_id="client", client_secret="client_secret_for_the_tests"
    )
    assert (chosen.region, chosen.pool_id) == ("us-east-2", "us-east-2_AbC123")
    assert (chosen.client_id, chosen.client_secret) == ("client", "client_secret_for_the_tests")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pool_id": "eu-west-1"}, "pool_id: expected an id such as 'eu-west-1_AbC123xyz', got 'eu-west-1'"),
        ({"mfa": "ON"}, "mfa: expected one of off, optional, on, got 'ON'"),
        ({"mfa_methods": ["fax"]}, "mfa_methods: expected some of totp, sms, email, got 'fax'"),
        ({"mfa_methods": "totp"}, "mfa_methods: expected some of totp, sms, email, got 'totp'"),
        ({"device_tracking": True}, "device_tracking: expected one of off, always, opt_in, got True"),
        (
            {"username_attributes": ["name"]},
            "username_attributes: expected some of email, phone_number, got 'name'",
        ),
        ({"triggers": {"PreSignup": print}}, "triggers: expected some of CustomMessage, .*, got 'PreSignup'"),
        ({"username_attributes": ["email"], "alias_attributes": ["email"]}, "exclude each other"),
        (
            {"explicit_auth_flows": ["USER_SRP_AUTH"]},
            "explicit_auth_flows: unknown 'USER_SRP_AUTH', expected some of",
        ),
        ({"client_secret": "x" * 23}, "secret: expected at least 24 characters, or None$"),
        ({"refresh_grace": 61}, "refresh_grace: expected 0 to 60 seconds or None, got 61"),
        (
            {"users": {"ana": "pw"}, "username_attributes": ["email"]},
            "add_user.'ana'.: Username should be an email",
        ),
    ],
)
def test_invalid_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^FakeUserPool: .*{message}"):
        FakeUserPool(**settings)


def test_invalid_users() -> None:
    pool = FakeUserPool({"ana": "pw"})
    with pytest.raises(ValueError, match=r"add_user\('ana'\): User already exists"):
        pool.add_user("ana")
    with pytest.raises(ValueError, match=r"status: expected one of UNCONFIRMED, .*, got 'NEW'"):
        pool.add_user("bob", status="NEW")
    with pytest.raises(LookupError, match="the fake pool has no user 'bob'"):
        pool.user("bob")


def test_a_user_with_everything() -> None:
    pool = FakeUserPool()
    user = pool.add_user(
        "ana",
        "pw",
        groups=["a"],
        mfa=["totp", "sms"],
        phone_number="+15550100123",
        email="a@example.com",
        email_verified="false",
    )
    assert user.sub == user.attributes["sub"]
    assert user.attributes["phone_number_verified"] == "true"
    assert user.attributes["email_verified"] == "false"
    assert (user.groups, user.mfa_methods) == (["a"], ["SOFTWARE_TOKEN_MFA", "SMS_MFA"])


def test_several_app_clients() -> None:
    pool = FakeUserPool({"ana": "pw"})
    other = pool.add_client(secret="client_secret_for_the_tests", refresh_grace=5)
    assert isinstance(other, FakeAppClient)
    assert other.id != pool.client_id
    assert signed_in(pool, client=other).tokens
    assert signed_in(pool).tokens
    pool.app_client.explicit_auth_flows = []
    with pytest.raises(Exception, match="not enabled for this client"):
        signed_in(pool)
    with pytest.raises(ValueError, match="refresh_grace"):
        pool.add_client(refresh_grace=-1)


def test_the_clock() -> None:
    clock = FakeClock(0)
    clock.advance(1.5)
    assert clock.time() == 1.5
    assert repr(clock) == "FakeClock(1970-01-01 00:00:01 UTC)"
    running = FakeClock()
    before = running.time()
    running.advance(3600)
    assert running.time() >= before + 3600
    assert FakeUserPool(clock=clock).clock is clock


def test_triggers_get_an_event() -> None:
    events: list[Mapping[str, Any]] = []
    pool = FakeUserPool(triggers={"CustomMessage": events.append}, mfa="optional", mfa_methods=["sms"])
    pool.add_user("ana", "pw", phone_number="+15550100123", mfa=["sms"])
    SignIn(pool).srp()
    [event] = events
    assert event["triggerSource"] == "CustomMessage_SMS_MFA"
    assert event["userPoolId"] == pool.pool_id
    assert event["request"]["userAttributes"]["sub"] == pool.user("ana").sub


# Secrets and objects


def test_no_secret_is_shown() -> None:
    pool = FakeUserPool({"ana": "hunter2"}, client_secret="hunter2" * 4)
    user = pool.user("ana")
    user.enable_mfa("totp")
    sign_in = signed_in(pool, password="hunter2")
    texts = [
        repr(each)
        for each in (pool, user, pool.app_client, *pool.requests, *pool._state.tokens._access.values())
    ]
    assert "password=" not in repr(user)
    for secret in ("hunter2", str(user.totp_secret), sign_in.access_token, sign_in.tokens["RefreshToken"]):
        assert not [text for text in texts if secret in text]
    assert repr(pool) == f"FakeUserPool(pool_id={pool.pool_id!r}, users=1)"
    assert (
        repr(pool.requests[0])
        == "ReceivedRequest(InitiateAuth, members ClientId, AuthParameters, AuthFlow, not signed)"
    )


def test_it_cannot_be_copied() -> None:
    with pytest.raises(
        TypeError, match="FakeUserPool cannot be pickled or copied: it has users and sessions"
    ):
        copy.deepcopy(FakeUserPool())


# The optional requirement


def run(*lines: str) -> str:
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_package_for_tests_loads_neither_the_pool_nor_cryptography() -> None:
    code = (
        "import sys, cognito_async.testing",
        "from cognito_async.testing import StubTransport",
        "print([name for name in sys.modules if '_fake_pool' in name or 'cryptography' in name or 'sign_in' in name])",
    )
    assert run(*code) == "[]\n"


def test_cryptography_is_loaded_when_a_key_is_needed() -> None:
    code = (
        "import sys",
        "from cognito_async.testing import FakeUserPool",
        "pool = FakeUserPool({'ana': 'pw'})",
        "print('cryptography' in sys.modules, len(pool.jwks()['keys']), 'cryptography' in sys.modules)",
    )
    assert run(*code) == "False 2 True\n"


def test_cryptography_is_missing() -> None:
    code = (
        "import importlib.util, sys",
        "find = importlib.util.find_spec",
        "importlib.util.find_spec = lambda name, *rest: None if name == 'cryptography' else find(name, *rest)",
        "from cognito_async.testing import FakeUserPool",
        "try:",
        "    FakeUserPool()",
        "except ModuleNotFoundError as error:",
        "    print(error.name, error)",
    )
    assert (
        run(*code) == 'cryptography FakeUserPool needs cryptography: pip install "cognito-async[testing]"\n'
    )
