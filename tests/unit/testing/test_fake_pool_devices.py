"""Devices of the fake pool."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from cognito_async.sign_in import _srp
from cognito_async.testing import FakeUserPool
from support.pool_requests import ServiceFaultError, SignIn, call, make_pool

UNKNOWN = "ResourceNotFoundException: Device does not exist"


def wrong(text: str) -> Any:
    return pytest.raises(ServiceFaultError, match=text)


def device_pool(tracking: str = "always", **settings: Any) -> FakeUserPool:
    fake = make_pool(**{"device_tracking": tracking, "mfa": "optional", **settings})
    fake.add_user("ana", "pw", mfa=["totp"])
    return fake


def with_device(fake: FakeUserPool, **options: Any) -> SignIn:
    sign_in = SignIn(fake, **options)
    sign_in.srp()
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    sign_in.confirm_device()
    return sign_in


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
@pytest.mark.parametrize("admin", [False, True])
def test_a_remembered_device_replaces_the_second_factor(secret: str | None, *, admin: bool) -> None:
    fake = device_pool(client_secret=secret)
    sign_in = with_device(fake, admin=admin)
    sign_in.srp()
    assert sign_in.answer["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert sign_in.answer["ChallengeParameters"] == {"USERNAME": "ana"}
    sign_in.device_srp()
    assert "NewDeviceMetadata" not in sign_in.tokens
    assert len(fake.user("ana").devices) == 1


def test_the_form_of_a_new_device() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}, device_tracking="always"))
    sign_in.srp()
    new = sign_in.tokens["NewDeviceMetadata"]
    assert new["DeviceKey"].startswith("eu-west-1_")
    assert new["DeviceGroupKey"].startswith("-")
    assert sign_in.confirm_device(DeviceName="laptop") == {"UserConfirmationNecessary": False}
    [device] = sign_in.pool.user("ana").devices.values()
    assert (device.name, device.confirmed, device.remembered) == ("laptop", True, True)
    with wrong("DeviceKeyExistsException"):
        sign_in.answer = {"AuthenticationResult": {"NewDeviceMetadata": new, **sign_in.tokens}}
        sign_in.confirm_device()


def test_a_pool_without_devices() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}))
    sign_in.srp()
    assert "NewDeviceMetadata" not in sign_in.tokens


def test_the_user_has_to_remember_the_device() -> None:
    fake = device_pool("opt_in")
    sign_in = SignIn(fake)
    sign_in.srp()
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    token = sign_in.access_token
    assert sign_in.confirm_device() == {"UserConfirmationNecessary": True}
    assert sign_in.device is not None
    assert sign_in.srp()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    for status in ("remembered", "not_remembered", "remembered"):
        update = {"DeviceKey": sign_in.device["key"], "DeviceRememberedStatus": status}
        call(fake, "UpdateDeviceStatus", AccessToken=token, **update)
        expected = "DEVICE_SRP_AUTH" if status == "remembered" else "SOFTWARE_TOKEN_MFA"
        assert sign_in.srp()["ChallengeName"] == expected
    with wrong("Invalid DeviceRememberedStatus given"):
        call(fake, "UpdateDeviceStatus", AccessToken=token, DeviceKey=sign_in.device["key"])


def test_a_wrong_device_password() -> None:
    sign_in = with_device(device_pool())
    assert sign_in.device is not None
    sign_in.device["password"] = "other"
    sign_in.srp()
    with wrong("NotAuthorizedException: Incorrect username or password"):
        sign_in.device_srp()
    with wrong("session can only be used once"):
        sign_in.respond(
            **dict.fromkeys(("PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"), "x")
        )


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH"])
def test_an_unknown_device_is_reported_and_the_sign_in_may_go_on(flow: str) -> None:
    fake = make_pool({"ana": "pw"}, device_tracking="always", custom_challenges=[({}, "yes")])
    sign_in = SignIn(fake, device={"key": "eu-west-1_forgotten"})
    if flow == "USER_SRP_AUTH":
        with wrong(UNKNOWN):
            sign_in.srp()
        sign_in.device = None
        sign_in.srp()
    elif flow == "USER_PASSWORD_AUTH":
        with wrong(UNKNOWN):
            sign_in.start(flow, PASSWORD="pw")
        sign_in.device = None
        sign_in.start(flow, PASSWORD="pw")
    else:
        responses = {"ANSWER": "yes"} if flow == "CUSTOM_AUTH" else {"ANSWER": "PASSWORD", "PASSWORD": "pw"}
        sign_in.start(flow)
        with wrong(UNKNOWN):
            sign_in.respond(**responses)
        sign_in.device = None
        sign_in.respond(**responses)
    assert sign_in.tokens


def test_the_wrong_password_is_reported_before_the_device() -> None:
    with wrong("Incorrect username or password"):
        SignIn(device_pool(), password="other", device={"key": "x"}).srp()


def test_a_device_that_is_not_confirmed_is_unknown() -> None:
    fake = make_pool({"ana": "pw"}, device_tracking="always")
    sign_in = SignIn(fake)
    sign_in.srp()
    with wrong(UNKNOWN):
        SignIn(fake, device={"key": sign_in.tokens["NewDeviceMetadata"]["DeviceKey"]}).srp()


def test_the_device_key_is_repeated() -> None:
    sign_in = with_device(device_pool())
    sign_in.start_srp()
    proof = sign_in.proof()
    with wrong("strict: the start had DEVICE_KEY, this response lacks it"):
        sign_in.respond(**proof, DEVICE_KEY=None)
    with wrong(UNKNOWN):
        sign_in.respond(**proof, DEVICE_KEY="other")
    sign_in.respond(**proof)
    with wrong("Missing required parameter DEVICE_KEY"):
        sign_in.respond(SRP_A="2", DEVICE_KEY=None)
    sign_in.device_srp()
    assert sign_in.tokens


def test_the_device_key_may_come_with_the_proof() -> None:
    sign_in = with_device(device_pool())
    sign_in.start_srp(DEVICE_KEY=None)
    assert sign_in.respond(**sign_in.proof())["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_a_device_that_is_forgotten_in_between() -> None:
    sign_in = with_device(device_pool())
    sign_in.srp()
    sign_in.pool.user("ana").devices.clear()
    with wrong(UNKNOWN):
        sign_in.respond(SRP_A=sign_in.public_value())


def test_a_device_in_a_sign_in_without_password() -> None:
    fake = make_pool(device_tracking="always")
    fake.add_user("ana", email="ana@example.com")
    sign_in = SignIn(fake)
    sign_in.start("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    sign_in.respond(EMAIL_OTP_CODE=fake.user("ana").last_code)
    sign_in.confirm_device()
    sign_in.start("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    sign_in.respond(EMAIL_OTP_CODE=fake.user("ana").last_code)
    assert "NewDeviceMetadata" not in sign_in.tokens


@pytest.mark.parametrize("step", ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"])
def test_device_steps_without_a_session(step: str) -> None:
    """The service accepts them, and pycognito sends them."""
    for strict in (True, False):
        sign_in = with_device(device_pool(strict=strict))
        sign_in.srp()
        other = SignIn(sign_in.pool)
        other.srp()  # waits for another challenge
        without = {"Session": None}
        members = (without, {}) if step == "DEVICE_SRP_AUTH" else ({}, without)
        if strict:
            with wrong("Missing required parameter Session"):
                sign_in.respond(None, members[0], SRP_A=sign_in.public_value())
                sign_in.respond(None, members[1], **sign_in.proof())
        else:
            sign_in.respond(None, members[0], SRP_A=sign_in.public_value())
            sign_in.respond(None, members[1], **sign_in.proof())
            assert sign_in.tokens
            with wrong("Missing required parameter Session"):
                sign_in.respond("DEVICE_SRP_AUTH", {"Session": None}, SRP_A="2")


# ConfirmDevice

VERIFIER, SALT = b64encode(_srp.pad(5)).decode(), b64encode(_srp.pad(0xFF)).decode()


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"Salt": SALT}, "Invalid PasswordVerifier given"),
        ({"PasswordVerifier": VERIFIER}, "Invalid Salt given"),
        ({"PasswordVerifier": VERIFIER, "Salt": "not base64"}, "Invalid Salt given"),
        ({"PasswordVerifier": VERIFIER, "Salt": b64encode(b"\0\x01").decode()}, "Invalid Salt given"),
        ({"PasswordVerifier": VERIFIER, "Salt": b64encode(b"\xff").decode()}, "Invalid Salt given"),
        ({"PasswordVerifier": b64encode(b"\0").decode(), "Salt": SALT}, "Invalid PasswordVerifier given"),
        (
            {"PasswordVerifier": b64encode(_srp.pad(_srp.N)).decode(), "Salt": SALT},
            "Invalid PasswordVerifier",
        ),
    ],
)
def test_base64_and_the_shortest_form(config: dict[str, str], error: str) -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}, device_tracking="always"))
    sign_in.srp()
    with wrong(f"InvalidParameterException: {error}"):
        sign_in.confirm_device(DeviceSecretVerifierConfig=config)
    sign_in.confirm_device()


def test_a_device_is_confirmed_with_the_token_of_its_sign_in() -> None:
    fake = make_pool({"ana": "pw"}, device_tracking="always")
    first, second = SignIn(fake), SignIn(fake)
    first.srp()
    second.srp()
    with wrong(UNKNOWN):
        first.confirm_device(DeviceKey=second.tokens["NewDeviceMetadata"]["DeviceKey"])
    with wrong(UNKNOWN):
        first.confirm_device(AccessToken=second.access_token)
    fake.user("ana").devices.clear()
    with wrong(UNKNOWN):
        first.confirm_device()


# Lists


@pytest.mark.parametrize("prefix", ["", "Admin"])
def test_the_operations_of_devices(prefix: str) -> None:
    fake = make_pool({"ana": "pw", "bob": "pw"}, device_tracking="always")
    sign_in = SignIn(fake)
    sign_in.srp()
    token = sign_in.access_token
    who = {"Username": "ana"} if prefix else {"AccessToken": token}
    assert call(fake, f"{prefix}ListDevices", **who) == {"Devices": []}
    sign_in.confirm_device()
    assert sign_in.device is not None
    key = {"DeviceKey": sign_in.device["key"]}
    [listed] = call(fake, f"{prefix}ListDevices", **who)["Devices"]
    assert listed["DeviceKey"] == key["DeviceKey"]
    assert call(fake, f"{prefix}GetDevice", **who, **key)["Device"] == listed
    call(fake, f"{prefix}UpdateDeviceStatus", **who, **key, DeviceRememberedStatus="not_remembered")
    assert not fake.user("ana").devices[key["DeviceKey"]].remembered
    assert call(fake, f"{prefix}ForgetDevice", **who, **key) == {}
    with wrong(UNKNOWN):
        call(fake, f"{prefix}GetDevice", **who, **key)


def test_a_device_is_forgotten_by_its_key_alone() -> None:
    fake = make_pool({"bob": "pw", "ana": "pw"}, device_tracking="always")
    sign_in = SignIn(fake)
    sign_in.srp()
    sign_in.confirm_device()
    assert sign_in.device is not None
    call(fake, "ForgetDevice", DeviceKey=sign_in.device["key"])
    with wrong(UNKNOWN):
        call(fake, "ForgetDevice", DeviceKey=sign_in.device["key"])
