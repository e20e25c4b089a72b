"""Sign-in with a method of choice (``USER_AUTH``)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cognito_async.testing._fake_pool import steps
from cognito_async.testing._fake_pool.attempts import Attempt
from cognito_async.testing._fake_pool.passkey import base64url
from cognito_async.testing._fake_pool.state import State

METHODS: Final = ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
_OTP = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}


def available(state: State, attempt: Attempt) -> list[str]:
    """Return the methods with which a user can sign in; codes are no first factor if MFA is required."""
    user = attempt.user
    methods = ["PASSWORD", "PASSWORD_SRP"] if user.password is not None else []
    if state.settings.mfa != "on":
        methods += [
            name for name, attribute in _OTP.items() if user.attributes.get(f"{attribute}_verified") == "true"
        ]
    if user.passkeys:
        methods.append("WEB_AUTHN")
    return methods


def select(state: State, attempt: Attempt) -> dict[str, Any]:
    """Return the challenge to choose a method."""
    attempt.choices = available(state, attempt)
    return steps.challenge(state, attempt, "SELECT_CHALLENGE", {}, AvailableChallenges=attempt.choices)


def begin(state: State, attempt: Attempt, method: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return what follows the choice of a method."""
    if method == "PASSWORD":
        if "PASSWORD" not in parameters:
            return steps.challenge(state, attempt, method, steps.named(attempt))
        return check_password(state, attempt, parameters["PASSWORD"])
    if method == "PASSWORD_SRP":
        if "SRP_A" not in parameters:
            return steps.challenge(state, attempt, method, steps.named(attempt))
        return steps.password_verifier(state, attempt, parameters["SRP_A"])
    steps.check_status(attempt.user)
    if method == "WEB_AUTHN":
        return _passkey(state, attempt)
    return steps.otp_challenge(state, attempt, method)


def check_password(state: State, attempt: Attempt, password: str) -> dict[str, Any]:
    """Return what follows a password that was sent as it is."""
    steps.check_not_locked(state, attempt.user)
    return steps.after_password(state, attempt, is_right=attempt.user.has_password(password))


def _passkey(state: State, attempt: Attempt) -> dict[str, Any]:
    attempt.webauthn_challenge = base64url(secrets.token_bytes(32))
    options = {
        "challenge": attempt.webauthn_challenge,
        "timeout": 180000,
        "rpId": "example.com",
        "allowCredentials": [{"type": "public-key", "id": each.id} for each in attempt.user.passkeys],
        "userVerification": "preferred",
    }
    parameters = {**steps.named(attempt), "CREDENTIAL_REQUEST_OPTIONS": json.dumps(options)}
    return steps.challenge(state, attempt, "WEB_AUTHN", parameters)
