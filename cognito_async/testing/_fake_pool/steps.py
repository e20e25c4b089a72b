"""Responses of a sign-in: challenges, and at the end tokens."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from cognito_async.testing._fake_pool.attempts import Attempt
from cognito_async.testing._fake_pool.clients import random_text
from cognito_async.testing._fake_pool.device import FakeDevice
from cognito_async.testing._fake_pool.faults import (
    FaultError,
    invalid_parameter,
    not_authorized,
    not_found,
)
from cognito_async.testing._fake_pool.settings import Settings
from cognito_async.testing._fake_pool.state import State, masked
from cognito_async.testing._fake_pool.stored_user import StoredUser
from cognito_async.testing._fake_pool.users import EMAIL_METHOD, MFA_METHODS, SMS_METHOD, TOTP_METHOD
from cognito_async.testing._srp_server import ServerExchange, parse_public_value

_CODE_LIFETIME = 180.0
_OTP_DIGITS = 8
_MEDIA = {SMS_METHOD: "SMS", EMAIL_METHOD: "EMAIL", "SMS_OTP": "SMS"}
_ATTRIBUTES = {"SMS": "phone_number", "EMAIL": "email"}


def challenge(
    state: State, attempt: Attempt, name: str, parameters: Mapping[str, str], **members: Any
) -> dict[str, Any]:
    """Return a challenge with a new session."""
    attempt.challenge = name
    attempt.wrong_codes = 0
    session = state.attempts.with_new_session(attempt)
    return {"ChallengeName": name, "ChallengeParameters": dict(parameters), "Session": session, **members}


def named(attempt: Attempt) -> dict[str, str]:
    """Return the parameter that tells the canonical user name."""
    attempt.announced = True
    return {"USER_ID_FOR_SRP": attempt.user.username}


# Passwords


def check_not_locked(state: State, user: StoredUser) -> None:
    """Raise the error for too many wrong passwords."""
    if state.clock.time() < user.locked_until:
        raise not_authorized("Password attempts exceeded")


def check_status(user: StoredUser) -> None:
    """Raise the error for a user who may not sign in."""
    if user.disabled:
        raise not_authorized("User is disabled.")
    if user.status == "UNCONFIRMED":
        raise FaultError("UserNotConfirmedException", "User is not confirmed.")
    if user.status == "RESET_REQUIRED":
        raise FaultError("PasswordResetRequiredException", "Password reset required for the user")


def srp_exchange(public: str, *, group: str, name: str, salt: int, verifier: int) -> ServerExchange:
    """Return an exchange for ``SRP_A``."""
    try:
        number = parse_public_value(public)
    except ValueError as error:
        raise invalid_parameter(f"Invalid SRP_A: {error}") from None
    return ServerExchange(group=group, name=name, salt=salt, verifier=verifier, public=number)


def password_verifier(state: State, attempt: Attempt, public: str) -> dict[str, Any]:
    """Return the challenge to prove the password over SRP; without a session after ``USER_SRP_AUTH``."""
    user = attempt.user
    check_not_locked(state, user)
    exchange = srp_exchange(
        public, group=user.pool_name, name=user.username, salt=user.salt, verifier=user.verifier()
    )
    parameters = {"USERNAME": user.username, **named(attempt), **exchange.parameters}
    if attempt.flow != "USER_SRP_AUTH":
        attempt.exchange = exchange
        return challenge(state, attempt, "PASSWORD_VERIFIER", parameters)
    attempt.exchange = exchange
    attempt.challenge = "PASSWORD_VERIFIER"
    state.attempts.without_session(attempt, exchange.secret_block)
    return {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters}


def after_password(state: State, attempt: Attempt, *, is_right: bool) -> dict[str, Any]:
    """Return what follows a password."""
    user = attempt.user
    if not (is_right and user.exists and user.password is not None):
        state.attempts.end(attempt)
        user.count_failure()
        raise not_authorized()
    user.failures = 0
    if attempt.flow == "USER_SRP_AUTH":
        state.attempts.end(attempt)  # an exchange proves once
    check_status(user)
    attempt.proved = True
    check_device(attempt)
    if user.status == "FORCE_CHANGE_PASSWORD":
        return _new_password(state, attempt)
    if attempt.flow == "CUSTOM_AUTH":
        return custom_challenge(state, attempt)
    return second_factor(state, attempt)


def check_device(attempt: Attempt) -> None:
    """Raise the error for a device that the user does not have; the sign-in may go on without it."""
    key = attempt.device_key
    device = attempt.user.devices.get(key or "")
    if key is not None and (device is None or not device.confirmed):
        attempt.device_key = None
        raise not_found("Device does not exist.")


def missing_attributes(state: State, user: StoredUser) -> list[str]:
    """Return the attributes that the pool requires and the user lacks."""
    return [name for name in state.settings.required_attributes if not user.attributes.get(name)]


def _new_password(state: State, attempt: Attempt) -> dict[str, Any]:
    user = attempt.user
    required = [f"userAttributes.{name}" for name in missing_attributes(state, user)]
    attributes = {name: value for name, value in user.attributes.items() if name != "sub"}
    parameters = {
        **named(attempt),
        "requiredAttributes": json.dumps(required),
        "userAttributes": json.dumps(attributes),
    }
    return challenge(state, attempt, "NEW_PASSWORD_REQUIRED", parameters)


# Second factors


def second_factor(state: State, attempt: Attempt) -> dict[str, Any]:
    """Return the challenge of the device, that of a second factor, or tokens."""
    user, settings = attempt.user, state.settings
    device = user.devices.get(attempt.device_key or "")
    if device is not None and device.remembered:
        attempt.announced = True
        return challenge(state, attempt, "DEVICE_SRP_AUTH", {"USERNAME": user.username})
    allowed = [MFA_METHODS[name] for name in settings.mfa_methods]
    methods = [method for method in user.mfa_methods if method in allowed]
    if not needs_second_factor(settings, user):
        return finish(state, attempt)
    if not methods:
        names = [name for name in (TOTP_METHOD, EMAIL_METHOD) if name in allowed]
        if not names:
            raise invalid_parameter("User has no MFA method, and none can be set up during a sign-in.")
        parameters = {**named(attempt), "MFAS_CAN_SETUP": json.dumps(names)}
        return challenge(state, attempt, "MFA_SETUP", parameters)
    if len(methods) == 1:
        return mfa_challenge(state, attempt, methods[0])
    if user.preferred_mfa in methods:
        return mfa_challenge(state, attempt, str(user.preferred_mfa))
    attempt.choices = methods
    parameters = {**named(attempt), "MFAS_CAN_CHOOSE": json.dumps(methods)}
    return challenge(state, attempt, "SELECT_MFA_TYPE", parameters)


def needs_second_factor(settings: Settings, user: StoredUser) -> bool:
    """Return whether a password is not enough."""
    has_one = any(MFA_METHODS[name] in user.mfa_methods for name in settings.mfa_methods)
    return settings.mfa == "on" or (settings.mfa == "optional" and has_one)


def mfa_challenge(state: State, attempt: Attempt, method: str) -> dict[str, Any]:
    """Return the challenge of a second factor."""
    if method == TOTP_METHOD:
        parameters = {**named(attempt), "FRIENDLY_DEVICE_NAME": attempt.user.totp_name}
        return challenge(state, attempt, method, parameters)
    return code_challenge(state, attempt, method)


def code_challenge(state: State, attempt: Attempt, name: str, *, digits: int = 6) -> dict[str, Any]:
    """Send a code, and return its challenge: ``SMS_MFA``, ``SMS_OTP`` or ``EMAIL_OTP``."""
    user, medium = attempt.user, _MEDIA[name]
    attempt.code = state.send(user, medium, name, digits=digits, lifetime=_CODE_LIFETIME)
    parameters = {
        **named(attempt),
        "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
        "CODE_DELIVERY_DESTINATION": masked(medium, user.attributes[_ATTRIBUTES[medium]]),
    }
    return challenge(state, attempt, name, parameters)


def otp_challenge(state: State, attempt: Attempt, name: str) -> dict[str, Any]:
    """Send a code with which to sign in without a password, and return its challenge."""
    return code_challenge(state, attempt, name, digits=_OTP_DIGITS)


# Challenges of the pool's own


def custom_challenge(state: State, attempt: Attempt) -> dict[str, Any]:
    """Return the next challenge of the pool's own, or what follows them."""
    made = _made(state, attempt.user.username, attempt.custom_results)
    if made is True:
        attempt.proved = True
        return second_factor(state, attempt)
    if made is False:
        state.attempts.end(attempt)
        raise not_authorized()
    parameters, attempt.custom_answer = made
    attempt.announced = True
    return challenge(state, attempt, "CUSTOM_CHALLENGE", {"USERNAME": attempt.user.username, **parameters})


def _made(state: State, username: str, results: Sequence[bool]) -> tuple[Mapping[str, str], str] | bool:
    challenges = state.settings.custom_challenges
    if challenges is None:
        raise invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
    if callable(challenges):
        return challenges(username, tuple(results))
    if not all(results):
        return False
    return len(results) == len(challenges) or challenges[len(results)]


# Tokens


def finish(state: State, attempt: Attempt) -> dict[str, Any]:
    """Return the tokens."""
    user, key = attempt.user, attempt.device_key
    state.attempts.end(attempt)
    state.run_trigger("PreTokenGeneration", user, attempt.metadata)
    new: dict[str, Any] = {}
    if key is None and state.settings.device_tracking != "off":
        device = _new_device(state, user)
        key = device.key
        new = {"NewDeviceMetadata": {"DeviceKey": key, "DeviceGroupKey": device.group_key}}
    elif key is not None:
        user.devices[key].last_signed_in = state.clock.time()
    sign_in = state.tokens.start(user, attempt.client, key)
    result = state.tokens.result(sign_in, state.issuer, with_refresh_token=True)
    state.run_trigger("PostAuthentication", user, attempt.metadata)
    return {"ChallengeParameters": {}, "AuthenticationResult": {**result, **new}}


def _new_device(state: State, user: StoredUser) -> FakeDevice:
    now = state.clock.time()
    device = FakeDevice(
        key=f"{state.settings.region}_{uuid.uuid4()}",
        group_key=f"-{random_text(8)}",
        created=now,
        modified=now,
        last_signed_in=now,
    )
    user.devices[device.key] = device
    return device
