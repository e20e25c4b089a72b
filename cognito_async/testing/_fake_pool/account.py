"""Operations of accounts: sign-up, and new passwords."""

from __future__ import annotations

from typing import Any

from cognito_async.testing._fake_pool import steps
from cognito_async.testing._fake_pool.attempts import Attempt
from cognito_async.testing._fake_pool.clients import FakeAppClient, check_hash
from cognito_async.testing._fake_pool.faults import (
    FaultError,
    expired_code,
    invalid_parameter,
    not_authorized,
)
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State, delivery, masked, medium_for
from cognito_async.testing._fake_pool.stored_user import StoredUser

DAY, HOUR = 86400.0, 3600.0
_SIGN_UP, _FORGOTTEN = "sign-up", "forgotten password"
_UNCHANGEABLE = "sub"


def sign_up(state: State, request: Incoming) -> dict[str, Any]:
    """Register a new user."""
    client = _client(state, request)
    attributes = request.attributes()
    check_attributes(attributes)
    name, password = request.text("Username"), request.optional_text("Password")
    if password is not None:
        state.check_password(password)
    user = state.new_user(name, password, attributes)
    try:
        missing = steps.missing_attributes(state, user)
        if missing:
            raise invalid_parameter(
                f"Attributes did not conform to the schema: {missing[0]}: The attribute is required"
            )
        state.run_trigger("PreSignUp", user, request.texts("ClientMetadata"), "SignUp")
    except FaultError:
        del state.users[user.username]
        raise
    user.status = "UNCONFIRMED"
    response: dict[str, Any] = {"UserConfirmed": False, "UserSub": user.sub}
    sent = _send(state, user, _SIGN_UP, "SignUp", DAY)
    if sent is not None:
        response["CodeDeliveryDetails"] = sent
    session = _session(state, client, user, "SIGNED_UP")
    return response if session is None else {**response, "Session": session}


def confirm_sign_up(state: State, request: Incoming) -> dict[str, Any]:
    """Confirm the address or number of a new user."""
    client = _client(state, request)
    user = state.signing_in(client, request.text("Username"))
    session = request.optional_text("Session")
    if session is not None:
        attempt = state.attempts.by_session(session)
        if attempt.user is not user or attempt.challenge != "SIGNED_UP":
            raise not_authorized("Invalid session for the user.")
    if user.status != "UNCONFIRMED" and user.exists:
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    state.check_code(user, _SIGN_UP, request.text("ConfirmationCode"))
    state.take_aliases(user, force=request.members.get("ForceAliasCreation") is True)
    _confirm(user)
    state.run_trigger("PostConfirmation", user, request.texts("ClientMetadata"), "ConfirmSignUp")
    new = _session(state, client, user, "CONFIRMED")
    return {} if new is None else {"Session": new}


def resend_confirmation_code(state: State, request: Incoming) -> dict[str, Any]:
    """Send another code to a new user."""
    client = _client(state, request)
    user = state.signing_in(client, request.text("Username"))
    if not user.exists:
        return {"CodeDeliveryDetails": _made_up_delivery(request.text("Username"))}
    if user.status != "UNCONFIRMED":
        raise invalid_parameter("User is already confirmed.")
    return {"CodeDeliveryDetails": _sent(state, user, _SIGN_UP, "ResendConfirmationCode", DAY)}


def forgot_password(state: State, request: Incoming) -> dict[str, Any]:
    """Send a code with which the user can choose a new password."""
    client = _client(state, request)
    user = state.signing_in(client, request.text("Username"))
    if not user.exists:
        return {"CodeDeliveryDetails": _made_up_delivery(request.text("Username"))}
    if user.disabled:
        raise not_authorized("User is disabled.")
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise not_authorized("User password cannot be reset in the current state.")
    return {"CodeDeliveryDetails": _sent(state, user, _FORGOTTEN, "ForgotPassword", HOUR)}


def confirm_forgot_password(state: State, request: Incoming) -> dict[str, Any]:
    """Set a new password by code."""
    client = _client(state, request)
    user = state.signing_in(client, request.text("Username"))
    if not user.exists:
        raise expired_code()
    state.check_password(request.text("Password"))
    state.check_code(user, _FORGOTTEN, request.text("ConfirmationCode"))
    state.set_password(user, request.text("Password"))
    del user.codes[_FORGOTTEN]
    user.status = "CONFIRMED"
    metadata = request.texts("ClientMetadata")
    state.run_trigger("PostConfirmation", user, metadata, "ConfirmForgotPassword")
    return {}


def change_password(state: State, request: Incoming) -> dict[str, Any]:
    """Change the password of a signed-in user."""
    user = state.signed_in(request)
    steps.check_not_locked(state, user)
    if user.password is not None and not user.has_password(request.optional_text("PreviousPassword") or ""):
        user.count_failure()
        raise not_authorized()
    state.set_password(user, request.text("ProposedPassword"))
    return {}


def reset_password(state: State, user: StoredUser) -> None:
    """Require a new password, and send a code for it."""
    _sent(state, user, _FORGOTTEN, "AdminResetUserPassword", HOUR)
    user.status = "RESET_REQUIRED"


def check_attributes(attributes: dict[str, str]) -> None:
    """Check the names of attributes that a user sets."""
    for name in attributes:
        if name == _UNCHANGEABLE or name.endswith("_verified"):
            raise not_authorized(f"A client attempted to write unauthorized attribute: {name}")


def _client(state: State, request: Incoming) -> FakeAppClient:
    """Return the app client, after a check of the hash of the name as sent."""
    client = state.client(request)
    check_hash(client, request.optional_text("SecretHash"), request.text("Username"))
    return client


def _confirm(user: StoredUser) -> None:
    user.status = "CONFIRMED"
    del user.codes[_SIGN_UP]
    medium = medium_for(user)
    if medium is not None:
        user.attributes[f"{'email' if medium == 'EMAIL' else 'phone_number'}_verified"] = "true"


def _send(
    state: State, user: StoredUser, purpose: str, reason: str, lifetime: float
) -> dict[str, str] | None:
    """Send a code; return ``CodeDeliveryDetails``, or None for a user who cannot be reached."""
    medium = medium_for(user, verified=purpose == _FORGOTTEN)
    if medium is None:
        return None
    user.codes[purpose] = state.send(user, medium, reason, lifetime=lifetime)
    return delivery(user, medium)


def _sent(state: State, user: StoredUser, purpose: str, reason: str, lifetime: float) -> dict[str, str]:
    details = _send(state, user, purpose, reason, lifetime)
    if details is None:
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )
    return details


def _made_up_delivery(name: str) -> dict[str, str]:
    """Return the delivery to an unknown user."""
    destination = masked("EMAIL", f"{name[:1]}@{name[1:2] or name[:1]}")
    return {"Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def _session(state: State, client: FakeAppClient, user: StoredUser, step: str) -> str | None:
    """Return a session with which a new user goes on; None if the app client lacks ``USER_AUTH``."""
    if "ALLOW_USER_AUTH" not in client.explicit_auth_flows:
        return None
    attempt = Attempt(client=client, user=user, typed=user.username, flow="SIGN_UP", admin=False)
    attempt.challenge = step
    return state.attempts.with_new_session(attempt)
