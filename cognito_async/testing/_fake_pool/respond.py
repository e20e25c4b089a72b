"""``RespondToAuthChallenge`` and ``AdminRespondToAuthChallenge``."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cognito_async.testing._fake_pool import methods, parameters, steps
from cognito_async.testing._fake_pool.attempts import Attempt
from cognito_async.testing._fake_pool.faults import (
    FaultError,
    code_mismatch,
    expired_code,
    invalid_parameter,
    invalid_session,
    not_authorized,
    not_found,
)
from cognito_async.testing._fake_pool.passkey import used_credential
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State
from cognito_async.testing._fake_pool.users import EMAIL_METHOD, MFA_METHODS
from cognito_async.testing._srp_server import is_current

_PROOF = {"PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"}
_TIMESTAMP_FORM = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
_SELECT_INPUTS = {"PASSWORD": "PASSWORD", "PASSWORD_SRP": "SRP_A"}
_WITHOUT_SESSION = ("DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER")


def respond_to_auth_challenge(state: State, request: Incoming) -> dict[str, Any]:
    """Answer a challenge from a public app."""
    return _respond(state, request, admin=False)


def admin_respond_to_auth_challenge(state: State, request: Incoming) -> dict[str, Any]:
    """Answer a challenge from a server."""
    state.check_pool(request)
    return _respond(state, request, admin=True)


def _respond(state: State, request: Incoming, *, admin: bool) -> dict[str, Any]:
    client, name = state.client(request), request.text("ChallengeName")
    received, strict = request.texts("ChallengeResponses"), state.settings.strict
    if name not in _ANSWERS:
        raise invalid_parameter(f"Unsupported challenge {name}")
    required, answer = _ANSWERS[name]
    optional: set[str] = set()
    if name == "SELECT_CHALLENGE" and received.get("ANSWER") in _SELECT_INPUTS:
        required = {*required, _SELECT_INPUTS[received["ANSWER"]]}
    elif name == "MFA_SETUP":
        optional = {"EMAIL"}
    parameters.check_keys(received, {"USERNAME", *required}, optional, where=name, strict=strict)
    attempt = _attempt(state, request, name, received)
    if attempt.client is not client or attempt.challenge != name or attempt.admin != admin:
        raise invalid_session()
    parameters.check_username(attempt, received)
    parameters.check_device_key(attempt, received, strict=strict)
    parameters.check_context(attempt, parameters.context(request, admin=admin), strict=strict)
    attempt.metadata = request.texts("ClientMetadata")
    return answer(state, attempt, received)


def _attempt(state: State, request: Incoming, name: str, received: Mapping[str, str]) -> Attempt:
    session = request.optional_text("Session")
    if name == "PASSWORD_VERIFIER":
        return state.attempts.by_block(received["PASSWORD_CLAIM_SECRET_BLOCK"], session)
    if session is not None:
        return state.attempts.by_session(session)
    if name in _WITHOUT_SESSION and not state.settings.strict:
        attempt = state.attempts.newest(received["USERNAME"], name)
        if attempt is not None:
            return attempt
    raise invalid_parameter("Missing required parameter Session")


# Passwords


def _proved(state: State, attempt: Attempt, received: Mapping[str, str]) -> bool:
    """Return whether a response proves a password over SRP."""
    exchange, timestamp = attempt.exchange, received["TIMESTAMP"]
    try:
        current = is_current(timestamp, datetime.fromtimestamp(state.clock.time(), UTC))
    except ValueError:
        raise invalid_parameter(_TIMESTAMP_FORM) from None
    return (
        exchange is not None
        and exchange.secret_block == received["PASSWORD_CLAIM_SECRET_BLOCK"]
        and exchange.is_signed(received["PASSWORD_CLAIM_SIGNATURE"], timestamp)
        and current
    )


def _password_verifier(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    return steps.after_password(state, attempt, is_right=_proved(state, attempt, received))


def _new_password(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    user, values = attempt.user, parameters.new_attributes(received)
    missing = steps.missing_attributes(state, user)
    for name in missing:
        if not values.get(name):
            raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    for name in values:
        if user.attributes.get(name) or name.endswith("_verified"):
            raise not_authorized("Cannot modify an already provided " + name.removesuffix("_verified"))
    state.set_password(user, received["NEW_PASSWORD"])
    user.attributes.update(values)
    user.status = "CONFIRMED"
    if attempt.flow == "CUSTOM_AUTH":
        return steps.custom_challenge(state, attempt)
    return steps.second_factor(state, attempt)


# Methods of choice


def _select_challenge(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    method = received["ANSWER"]
    if method not in attempt.choices:
        raise invalid_parameter(f"Unsupported ANSWER {method}")
    return methods.begin(state, attempt, method, received)


def _password(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    return methods.begin(state, attempt, attempt.challenge, received)


def _web_authn(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    try:
        credential_id = used_credential(received["CREDENTIAL"], attempt.webauthn_challenge)
    except ValueError as error:
        raise not_authorized(f"Invalid passkey credential: {error}") from None
    if credential_id not in [each.id for each in attempt.user.passkeys]:
        raise not_authorized("Invalid passkey credential: it is not registered")
    return _without_password(state, attempt)


def _without_password(state: State, attempt: Attempt) -> dict[str, Any]:
    """Return what follows a code or a passkey in place of the password: no second factor."""
    attempt.proved = True
    steps.check_device(attempt)
    return steps.finish(state, attempt)


# Codes


def _check_code(state: State, attempt: Attempt, received: str) -> None:
    """Check the code that the attempt has sent; keep the session after a wrong one."""
    code = attempt.code
    if code is None or not code.is_equal(received):
        state.attempts.count_wrong_code(attempt)
        raise code_mismatch()
    if state.clock.time() >= code.expires:
        raise expired_code()
    attempt.code = None


def _code(key: str) -> Callable[[State, Attempt, Mapping[str, str]], dict[str, Any]]:
    def answer(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
        _check_code(state, attempt, received[key])
        if attempt.challenge == EMAIL_METHOD:
            attempt.user.attributes["email_verified"] = "true"
        if attempt.proved:
            return steps.finish(state, attempt)
        return _without_password(state, attempt)

    return answer


def _totp(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    secret = attempt.user.totp_secret
    if secret is None:
        raise FaultError("SoftwareTokenMFANotFoundException", "Software token MFA has not been enabled.")
    outcome = attempt.user.accept_totp(received["SOFTWARE_TOKEN_MFA_CODE"], secret)
    if outcome == "used":
        raise FaultError("ExpiredCodeException", "Your software token has already been used once.")
    if outcome == "wrong":
        state.attempts.count_wrong_code(attempt)
        raise FaultError("CodeMismatchException", "Invalid code received for user")
    return steps.finish(state, attempt)


def _select_mfa(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    if received["ANSWER"] not in attempt.choices:
        raise invalid_parameter(f"Unsupported ANSWER {received['ANSWER']}")
    return steps.mfa_challenge(state, attempt, received["ANSWER"])


def _mfa_setup(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    email = received.get("EMAIL")
    if email is not None:
        if EMAIL_METHOD not in [MFA_METHODS[name] for name in state.settings.mfa_methods]:
            raise invalid_parameter("Unsupported parameter EMAIL")
        attempt.user.attributes["email"] = email
        attempt.user.mfa_methods = [EMAIL_METHOD]
        return steps.code_challenge(state, attempt, EMAIL_METHOD)
    if not attempt.totp_is_set_up:
        raise invalid_parameter("The session is not that of VerifySoftwareToken")
    return steps.finish(state, attempt)


# Challenges of the pool's own, and of devices


def _custom(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    if attempt.device_key is not None and not attempt.custom_results:
        steps.check_device(attempt)
    is_right = hmac.compare_digest(received["ANSWER"].encode(), attempt.custom_answer.encode())
    is_right = is_right and attempt.user.exists
    attempt.custom_results.append(is_right)
    return steps.custom_challenge(state, attempt)


def _device_srp(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    device = attempt.user.devices.get(received["DEVICE_KEY"])
    if device is None:
        raise not_found("Device does not exist.")
    attempt.exchange = steps.srp_exchange(
        received["SRP_A"], group=device.group_key, name=device.key, salt=device.salt, verifier=device.verifier
    )
    challenge = {
        "USERNAME": attempt.user.username,
        "DEVICE_KEY": device.key,
        **attempt.exchange.parameters,
    }
    return steps.challenge(state, attempt, "DEVICE_PASSWORD_VERIFIER", challenge)


def _device_verifier(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    if not _proved(state, attempt, received):
        state.attempts.end(attempt)
        raise not_authorized()
    return steps.finish(state, attempt)


_ANSWERS: dict[str, tuple[set[str], Callable[[State, Attempt, Mapping[str, str]], dict[str, Any]]]] = {
    "PASSWORD_VERIFIER": (_PROOF, _password_verifier),
    "NEW_PASSWORD_REQUIRED": ({"NEW_PASSWORD"}, _new_password),
    "SELECT_CHALLENGE": ({"ANSWER"}, _select_challenge),
    "PASSWORD": ({"PASSWORD"}, _password),
    "PASSWORD_SRP": ({"SRP_A"}, _password),
    "WEB_AUTHN": ({"CREDENTIAL"}, _web_authn),
    "EMAIL_OTP": ({"EMAIL_OTP_CODE"}, _code("EMAIL_OTP_CODE")),
    "SMS_OTP": ({"SMS_OTP_CODE"}, _code("SMS_OTP_CODE")),
    "SMS_MFA": ({"SMS_MFA_CODE"}, _code("SMS_MFA_CODE")),
    "SOFTWARE_TOKEN_MFA": ({"SOFTWARE_TOKEN_MFA_CODE"}, _totp),
    "SELECT_MFA_TYPE": ({"ANSWER"}, _select_mfa),
    "MFA_SETUP": (set(), _mfa_setup),
    "CUSTOM_CHALLENGE": ({"ANSWER"}, _custom),
    "DEVICE_SRP_AUTH": ({"SRP_A", "DEVICE_KEY"}, _device_srp),
    "DEVICE_PASSWORD_VERIFIER": ({*_PROOF, "DEVICE_KEY"}, _device_verifier),
}
