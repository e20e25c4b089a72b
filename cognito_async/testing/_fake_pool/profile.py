"""Operations of signed-in users: attributes, sign-out and second factors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_async.testing._fake_pool.account import DAY, check_attributes
from cognito_async.testing._fake_pool.clients import check_secret
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter, not_found
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State, delivery
from cognito_async.testing._fake_pool.stored_user import StoredUser
from cognito_async.testing._fake_pool.users import EMAIL_METHOD, SMS_METHOD, TOTP_METHOD, new_totp_secret

_MEDIA = {"email": "EMAIL", "phone_number": "SMS"}
_SETTINGS = {
    "SMSMfaSettings": SMS_METHOD,
    "SoftwareTokenMfaSettings": TOTP_METHOD,
    "EmailMfaSettings": EMAIL_METHOD,
}
_NEEDED = {SMS_METHOD: "phone_number", EMAIL_METHOD: "email"}


def listed(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes as the API lists them."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def described_mfa(user: StoredUser) -> dict[str, Any]:
    """Return the members about second factors."""
    members: dict[str, Any] = {}
    if user.mfa_methods:
        members["UserMFASettingList"] = list(user.mfa_methods)
    if user.preferred_mfa is not None:
        members["PreferredMfaSetting"] = user.preferred_mfa
    return members


def get_user(state: State, request: Incoming) -> dict[str, Any]:
    """Return the signed-in user."""
    user = state.signed_in(request)
    return {"Username": user.username, "UserAttributes": listed(user.attributes), **described_mfa(user)}


def update_user_attributes(state: State, request: Incoming) -> dict[str, Any]:
    """Set attributes; a new address or number gets a code."""
    user, attributes = state.signed_in(request), request.attributes()
    check_attributes(attributes)
    set_attributes(state, user, attributes)
    changed = [name for name in _MEDIA if name in attributes]
    return {"CodeDeliveryDetailsList": [_send(state, user, name, "UpdateUserAttributes") for name in changed]}


def set_attributes(state: State, user: StoredUser, attributes: Mapping[str, str]) -> None:
    """Set attributes; empty values delete them, and a new address or number is not verified."""
    for name, value in attributes.items():
        if name in state.settings.username_attributes:
            other = state.find(value)
            if other is not None and other is not user:
                raise FaultError("AliasExistsException", f"An account with the given {name} already exists.")
        if name in _MEDIA and f"{name}_verified" not in attributes:
            user.attributes.pop(f"{name}_verified", None)
        if value:
            user.attributes[name] = value
        else:
            user.attributes.pop(name, None)
    user.modified = state.clock.time()


def delete_user_attributes(state: State, request: Incoming) -> dict[str, Any]:
    """Delete attributes."""
    user, names = state.signed_in(request), request.names("UserAttributeNames")
    check_attributes(dict.fromkeys(names, ""))
    for name in names:
        if name in state.settings.required_attributes:
            raise invalid_parameter(f"user.{name}: Attribute is required and cannot be deleted.")
    set_attributes(state, user, dict.fromkeys(names, ""))
    return {}


def get_user_attribute_verification_code(state: State, request: Incoming) -> dict[str, Any]:
    """Send a code to an address or number."""
    user, name = state.signed_in(request), request.text("AttributeName")
    if name not in _MEDIA or name not in user.attributes:
        raise invalid_parameter(f"Cannot verify attribute {name}.")
    return {"CodeDeliveryDetails": _send(state, user, name, "GetUserAttributeVerificationCode")}


def verify_user_attribute(state: State, request: Incoming) -> dict[str, Any]:
    """Verify an address or number by code."""
    user, name = state.signed_in(request), request.text("AttributeName")
    state.check_code(user, name, request.text("Code"))
    del user.codes[name]
    user.attributes[f"{name}_verified"] = "true"
    return {}


def _send(state: State, user: StoredUser, name: str, reason: str) -> dict[str, str]:
    user.codes[name] = state.send(user, _MEDIA[name], reason, lifetime=DAY)
    return delivery(user, _MEDIA[name])


def delete_user(state: State, request: Incoming) -> dict[str, Any]:
    """Delete the signed-in user."""
    remove(state, state.signed_in(request))
    return {}


def remove(state: State, user: StoredUser) -> None:
    """Delete a user."""
    del state.users[user.username]
    user.exists = False


def global_sign_out(state: State, request: Incoming) -> dict[str, Any]:
    """Revoke all tokens of the signed-in user."""
    state.tokens.revoke_all(state.signed_in(request))
    return {}


def revoke_token(state: State, request: Incoming) -> dict[str, Any]:
    """Revoke a refresh token."""
    client = state.client(request)
    check_secret(client, request.optional_text("ClientSecret"), "UnauthorizedException")
    state.tokens.revoke(request.text("Token"), client)
    return {}


def get_tokens_from_refresh_token(state: State, request: Incoming) -> dict[str, Any]:
    """Return new tokens."""
    client = state.client(request)
    check_secret(client, request.optional_text("ClientSecret"))
    result = state.refresh(
        client,
        request.text("RefreshToken"),
        request.optional_text("DeviceKey"),
        request.texts("ClientMetadata"),
    )
    return {"AuthenticationResult": result}


# Second factors


def associate_software_token(state: State, request: Incoming) -> dict[str, Any]:
    """Return a new secret for an authenticator app."""
    secret = new_totp_secret()
    session = request.optional_text("Session")
    if session is None:
        state.signed_in(request).pending_totp_secret = secret
        return {"SecretCode": secret}
    attempt = state.attempts.by_session(session)
    _check_setup(attempt.challenge)
    attempt.totp_secret = secret
    return {"SecretCode": secret, "Session": state.attempts.with_new_session(attempt)}


def verify_software_token(state: State, request: Incoming) -> dict[str, Any]:
    """Register an authenticator app by its code."""
    code, name = request.text("UserCode"), request.optional_text("FriendlyDeviceName") or ""
    session = request.optional_text("Session")
    if session is None:
        user = state.signed_in(request)
        _register_totp(user, user.pending_totp_secret, code, name)
        user.pending_totp_secret = None
        return {"Status": "SUCCESS"}
    attempt = state.attempts.by_session(session)
    _check_setup(attempt.challenge)
    _register_totp(attempt.user, attempt.totp_secret, code, name)
    attempt.user.mfa_methods = [TOTP_METHOD]
    attempt.totp_secret, attempt.totp_is_set_up = None, True
    return {"Status": "SUCCESS", "Session": state.attempts.with_new_session(attempt)}


def _check_setup(challenge: str) -> None:
    if challenge != "MFA_SETUP":
        raise invalid_parameter("The session is not that of MFA_SETUP")


def _register_totp(user: StoredUser, secret: str | None, code: str, name: str) -> None:
    if secret is None:
        raise not_found("User has not associated a software token")
    if user.accept_totp(code, secret) != "right":
        raise FaultError("EnableSoftwareTokenMFAException", "Code mismatch")
    user.totp_secret, user.totp_name = secret, name


def set_user_mfa_preference(state: State, request: Incoming) -> dict[str, Any]:
    """Switch second factors on and off."""
    prefer(state.signed_in(request), request)
    return {}


def prefer(user: StoredUser, request: Incoming) -> None:
    """Switch the second factors of a user on and off, and set the preferred one."""
    methods, preferred = list(user.mfa_methods), user.preferred_mfa
    for member, method in _SETTINGS.items():
        settings = request.map(member)
        if not settings:
            continue
        if method == TOTP_METHOD and settings.get("Enabled") and user.totp_secret is None:
            raise invalid_parameter("User has not verified software token mfa")
        if method != TOTP_METHOD and settings.get("Enabled") and not user.attributes.get(_NEEDED[method]):
            raise invalid_parameter(f"User does not have {_NEEDED[method]} set")
        methods = [each for each in methods if each != method]
        if settings.get("Enabled"):
            methods.append(method)
        if settings.get("PreferredMfa"):
            preferred = method
        elif preferred == method:
            preferred = None
    user.mfa_methods = methods
    user.preferred_mfa = preferred if preferred in methods else None


def get_user_auth_factors(state: State, request: Incoming) -> dict[str, Any]:
    """Return the ways to sign in."""
    user = state.signed_in(request)
    factors = ["PASSWORD"] if user.password is not None else []
    for attribute, factor in (("email", "EMAIL_OTP"), ("phone_number", "SMS_OTP")):
        if user.attributes.get(f"{attribute}_verified") == "true":
            factors.append(factor)
    if user.passkeys:
        factors.append("WEB_AUTHN")
    return {"Username": user.username, "ConfiguredUserAuthFactors": factors, **described_mfa(user)}
