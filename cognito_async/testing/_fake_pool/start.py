"""``InitiateAuth`` and ``AdminInitiateAuth``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cognito_async.testing._fake_pool import methods, parameters, steps
from cognito_async.testing._fake_pool.attempts import Attempt
from cognito_async.testing._fake_pool.clients import FakeAppClient, check_flow, check_hash
from cognito_async.testing._fake_pool.faults import invalid_parameter, invalid_session, not_authorized
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State

_PASSWORD = {"USERNAME", "PASSWORD"}
_ADMIN_FLOWS = ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
_REFRESH_FLOWS = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
_KEYS: dict[str, set[str]] = {
    "USER_SRP_AUTH": {"USERNAME", "SRP_A"},
    "USER_PASSWORD_AUTH": _PASSWORD,
    "ADMIN_USER_PASSWORD_AUTH": _PASSWORD,
    "ADMIN_NO_SRP_AUTH": _PASSWORD,
    "CUSTOM_AUTH": {"USERNAME"},
    "USER_AUTH": {"USERNAME"},
    "REFRESH_TOKEN_AUTH": {"REFRESH_TOKEN"},
    "REFRESH_TOKEN": {"REFRESH_TOKEN"},
}
_STEP_UP = {"TARGET_ACR_VALUES", "MAX_AGE", "ACCESS_TOKEN"}
_INPUTS = {"PASSWORD": "PASSWORD", "PASSWORD_SRP": "SRP_A"}


def initiate_auth(state: State, request: Incoming) -> dict[str, Any]:
    """Start a sign-in from a public app."""
    return _start(state, request, admin=False)


def admin_initiate_auth(state: State, request: Incoming) -> dict[str, Any]:
    """Start a sign-in from a server."""
    state.check_pool(request)
    return _start(state, request, admin=True)


def _start(state: State, request: Incoming, *, admin: bool) -> dict[str, Any]:
    client, flow, received = state.client(request), request.text("AuthFlow"), request.texts("AuthParameters")
    if flow not in _KEYS:
        raise invalid_parameter(f"Unsupported authentication flow {flow}")
    if (flow in _ADMIN_FLOWS and not admin) or (flow == "USER_PASSWORD_AUTH" and admin):
        raise invalid_parameter("Initiate Auth method not supported.")
    check_flow(client, flow)
    parameters.check_keys(
        received, _KEYS[flow], _optional(flow, received), where=flow, strict=state.settings.strict
    )
    if flow in _REFRESH_FLOWS:
        return _refresh(state, client, received)
    check_hash(client, received.get("SECRET_HASH"), received["USERNAME"])
    user = state.signing_in(client, received["USERNAME"])
    attempt = Attempt(
        client=client,
        user=user,
        typed=received["USERNAME"],
        flow=flow,
        admin=admin,
        context=parameters.context(request, admin=admin),
        device_key=received.get("DEVICE_KEY"),
        metadata=request.texts("ClientMetadata"),
    )
    if user.exists:
        state.run_trigger("PreAuthentication", user, attempt.metadata)
    session = request.optional_text("Session")
    if session is not None:
        return _after_sign_up(state, attempt, session)
    return _BEGIN[flow](state, attempt, received)


def _optional(flow: str, received: Mapping[str, str]) -> set[str]:
    """Return the keys that a flow may have."""
    if flow == "CUSTOM_AUTH":
        return {"SRP_A", "CHALLENGE_NAME"}
    if flow == "USER_AUTH":
        preferred = received.get("PREFERRED_CHALLENGE", "")
        return {"PREFERRED_CHALLENGE", *_STEP_UP, *([_INPUTS[preferred]] if preferred in _INPUTS else [])}
    return set()


def _srp(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    return steps.password_verifier(state, attempt, received["SRP_A"])


def _password(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    return methods.check_password(state, attempt, received["PASSWORD"])


def _custom(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    if "SRP_A" in received or "CHALLENGE_NAME" in received:
        if received.get("CHALLENGE_NAME") != "SRP_A" or "SRP_A" not in received:
            raise invalid_parameter("CUSTOM_AUTH with SRP needs SRP_A and CHALLENGE_NAME=SRP_A")
        return steps.password_verifier(state, attempt, received["SRP_A"])
    steps.check_status(attempt.user)
    return steps.custom_challenge(state, attempt)


def _choice(state: State, attempt: Attempt, received: Mapping[str, str]) -> dict[str, Any]:
    token = received.get("ACCESS_TOKEN")
    if token is not None and state.tokens.owner(token) is not attempt.user:
        raise not_authorized("Invalid Access Token")
    preferred = received.get("PREFERRED_CHALLENGE")
    if preferred is not None and preferred not in methods.METHODS:
        raise invalid_parameter(f"Unsupported PREFERRED_CHALLENGE {preferred}")
    if preferred in methods.available(state, attempt):
        return methods.begin(state, attempt, str(preferred), received)
    return methods.select(state, attempt)


def _after_sign_up(state: State, attempt: Attempt, session: str) -> dict[str, Any]:
    """Sign in at once with the session of ``ConfirmSignUp``."""
    if attempt.flow != "USER_AUTH":
        raise invalid_parameter("Session is only for USER_AUTH")
    sign_up = state.attempts.by_session(session)
    right = (sign_up.client, sign_up.user, sign_up.challenge) == (attempt.client, attempt.user, "CONFIRMED")
    if not right:
        raise invalid_session()
    state.attempts.end(sign_up)
    steps.check_status(attempt.user)
    return steps.second_factor(state, attempt)


def _refresh(state: State, client: FakeAppClient, received: Mapping[str, str]) -> dict[str, Any]:
    token = received["REFRESH_TOKEN"]
    user = state.tokens.owner_of_refresh_token(token)
    if user is None:
        raise not_authorized("Invalid Refresh Token")
    check_hash(client, received.get("SECRET_HASH"), user.username)
    result = state.refresh(client, token, received.get("DEVICE_KEY"), {})
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


_BEGIN: dict[str, Callable[[State, Attempt, Mapping[str, str]], dict[str, Any]]] = {
    "USER_SRP_AUTH": _srp,
    "USER_PASSWORD_AUTH": _password,
    "ADMIN_USER_PASSWORD_AUTH": _password,
    "ADMIN_NO_SRP_AUTH": _password,
    "CUSTOM_AUTH": _custom,
    "USER_AUTH": _choice,
}
