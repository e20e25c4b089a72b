"""Operations of administrators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cognito_async.testing._fake_pool import account, profile
from cognito_async.testing._fake_pool.clients import random_text
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter, not_authorized
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State, medium_for
from cognito_async.testing._fake_pool.stored_user import StoredUser
from cognito_async.testing._fake_pool.users import TOTP_METHOD, FakeMessage

_FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*')
_DEFAULT_LIMIT = 60


def create_user(state: State, request: Incoming) -> dict[str, Any]:
    """Create a user, who chooses a password at the first sign-in."""
    state.check_pool(request)
    name, attributes = request.text("Username"), request.attributes()
    action = request.optional_text("MessageAction")
    if action == "RESEND":
        user = state.named(request)
    else:
        password = request.optional_text("TemporaryPassword")
        if password is not None:
            state.check_password(password)
        user = state.new_user(name, password or random_text(8) + "Aa1!", attributes)
        user.status = "FORCE_CHANGE_PASSWORD"
        try:
            state.run_trigger("PreSignUp", user, request.texts("ClientMetadata"), "AdminCreateUser")
        except FaultError:
            profile.remove(state, user)
            raise
    medium = medium_for(user)
    if action != "SUPPRESS" and medium is not None:
        destination = user.attributes["email" if medium == "EMAIL" else "phone_number"]
        user.messages.append(FakeMessage(medium, destination, user.password or "", "AdminCreateUser"))
    return {"User": _described(user, "Attributes")}


def get_user(state: State, request: Incoming) -> dict[str, Any]:
    """Return a user."""
    user = state.named(request)
    return {**_described(user, "UserAttributes"), **profile.described_mfa(user)}


def set_user_password(state: State, request: Incoming) -> dict[str, Any]:
    """Set a password, for good or until the next sign-in."""
    user = state.named(request)
    state.set_password(user, request.text("Password"))
    user.status = "CONFIRMED" if request.members.get("Permanent") else "FORCE_CHANGE_PASSWORD"
    return {}


def confirm_sign_up(state: State, request: Incoming) -> dict[str, Any]:
    """Confirm a new user without a code."""
    user = state.named(request)
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    user.status = "CONFIRMED"
    state.run_trigger("PostConfirmation", user, request.texts("ClientMetadata"), "ConfirmSignUp")
    return {}


def disable_user(state: State, request: Incoming) -> dict[str, Any]:
    """Disable a user and revoke all tokens."""
    user = state.named(request)
    user.disabled = True
    state.tokens.revoke_all(user)
    return {}


def enable_user(state: State, request: Incoming) -> dict[str, Any]:
    """Enable a user."""
    state.named(request).disabled = False
    return {}


def delete_user(state: State, request: Incoming) -> dict[str, Any]:
    """Delete a user."""
    profile.remove(state, state.named(request))
    return {}


def reset_user_password(state: State, request: Incoming) -> dict[str, Any]:
    """Require a new password."""
    account.reset_password(state, state.named(request))
    return {}


def add_user_to_group(state: State, request: Incoming) -> dict[str, Any]:
    """Add a user to a group; any name is a group."""
    user, group = state.named(request), request.text("GroupName")
    if group not in user.groups:
        user.groups.append(group)
    return {}


def update_user_attributes(state: State, request: Incoming) -> dict[str, Any]:
    """Set attributes, also whether addresses and numbers are verified."""
    user, attributes = state.named(request), request.attributes()
    if "sub" in attributes:
        raise invalid_parameter("Cannot modify the non-mutable attribute sub")
    profile.set_attributes(state, user, attributes)
    return {}


def set_user_mfa_preference(state: State, request: Incoming) -> dict[str, Any]:
    """Switch second factors of a user on and off."""
    profile.prefer(state.named(request), request)
    return {}


def delete_software_token(state: State, request: Incoming) -> dict[str, Any]:
    """Remove the authenticator app of a user, and the preference for it."""
    user = state.named(request)
    user.totp_secret, user.totp_name = None, ""
    user.mfa_methods = [method for method in user.mfa_methods if method != TOTP_METHOD]
    user.preferred_mfa = None if user.preferred_mfa == TOTP_METHOD else user.preferred_mfa
    return {}


def user_global_sign_out(state: State, request: Incoming) -> dict[str, Any]:
    """Revoke all tokens of a user."""
    state.tokens.revoke_all(state.named(request))
    return {}


# Lists and settings


def list_users(state: State, request: Incoming) -> dict[str, Any]:
    """Return users; the token is the number of those before."""
    state.check_pool(request)
    users = [user for user in state.users.values() if _matches(user, request.optional_text("Filter") or "")]
    try:
        start = int(request.optional_text("PaginationToken") or 0)
    except ValueError:
        raise invalid_parameter("Invalid pagination token given.") from None
    limit = request.members.get("Limit") or _DEFAULT_LIMIT
    page = users[start : start + limit]
    response: dict[str, Any] = {"Users": [_described(user, "Attributes") for user in page]}
    if start + limit < len(users):
        response["PaginationToken"] = str(start + limit)
    return response


def _matches(user: StoredUser, text: str) -> bool:
    if not text:
        return True
    match = _FILTER.fullmatch(text)
    if match is None:
        raise invalid_parameter("Error while parsing filter string.")
    name, operator, value = match[1], match[2], re.sub(r"\\(.)", r"\1", match[3])
    status = {"cognito:user_status": user.status, "status": "Disabled" if user.disabled else "Enabled"}
    found = {**user.attributes, **status, "username": user.username}.get(name, "")
    return found.startswith(value) if operator == "^=" else found == value


def describe_user_pool(state: State, request: Incoming) -> dict[str, Any]:
    """Return the pool, with few members."""
    state.check_pool(request)
    settings = state.settings
    pool: dict[str, Any] = {
        "Id": settings.pool_id,
        "Name": "fake",
        "MfaConfiguration": settings.mfa.upper(),
        "EstimatedNumberOfUsers": len(state.users),
        "Policies": {"PasswordPolicy": {"MinimumLength": settings.minimum_password_length}},
    }
    if settings.username_attributes:
        pool["UsernameAttributes"] = list(settings.username_attributes)
    if settings.alias_attributes:
        pool["AliasAttributes"] = list(settings.alias_attributes)
    if settings.device_tracking != "off":
        pool["DeviceConfiguration"] = {
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": settings.device_tracking == "opt_in",
        }
    return {"UserPool": pool}


def describe_user_pool_client(state: State, request: Incoming) -> dict[str, Any]:
    """Return an app client, with few members."""
    state.check_pool(request)
    client = state.client(request)
    description: dict[str, Any] = {
        "UserPoolId": state.settings.pool_id,
        "ClientId": client.id,
        "ClientName": client.name,
        "ExplicitAuthFlows": sorted(client.explicit_auth_flows),
        "PreventUserExistenceErrors": "ENABLED" if client.prevent_user_existence_errors else "LEGACY",
    }
    if client.secret is not None:
        description["ClientSecret"] = client.secret
    if client.refresh_grace is not None:
        description["RefreshTokenRotation"] = {
            "Feature": "ENABLED",
            "RetryGracePeriodSeconds": int(client.refresh_grace),
        }
    return {"UserPoolClient": description}


def _described(user: StoredUser, attributes: str) -> Mapping[str, Any]:
    return {
        "Username": user.username,
        attributes: profile.listed(user.attributes),
        "UserCreateDate": user.created,
        "UserLastModifiedDate": user.modified,
        "Enabled": not user.disabled,
        "UserStatus": user.status,
    }
