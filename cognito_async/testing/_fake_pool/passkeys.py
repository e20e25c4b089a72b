"""Operations of passkeys."""

from __future__ import annotations

import secrets
from typing import Any

from cognito_async.testing._fake_pool.faults import FaultError, not_found
from cognito_async.testing._fake_pool.passkey import FakePasskey, base64url, created_credential
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State

_RELYING_PARTY = "example.com"
_ALGORITHMS = (-7, -257)


def start_registration(state: State, request: Incoming) -> dict[str, Any]:
    """Return the options for a new passkey."""
    user = state.signed_in(request)
    user.passkey_challenge = base64url(secrets.token_bytes(32))
    options = {
        "challenge": user.passkey_challenge,
        "rp": {"id": _RELYING_PARTY, "name": _RELYING_PARTY},
        "user": {
            "id": base64url(user.sub.encode()),
            "name": user.username,
            "displayName": user.attributes.get("name", user.username),
        },
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "timeout": 60000,
        "excludeCredentials": [{"type": "public-key", "id": each.id} for each in user.passkeys],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "preferred"},
    }
    return {"CredentialCreationOptions": options}


def complete_registration(state: State, request: Incoming) -> dict[str, Any]:
    """Register a passkey. Its shape and its challenge are checked; its signature and its origin are not."""
    user = state.signed_in(request)
    if user.passkey_challenge is None:
        raise FaultError("WebAuthnChallengeNotFoundException", "The challenge does not exist or has expired.")
    try:
        credential_id = created_credential(request.members.get("Credential"), user.passkey_challenge)
    except ValueError as error:
        raise FaultError(
            "WebAuthnCredentialNotSupportedException", f"The credential is invalid: {error}"
        ) from None
    user.passkey_challenge = None
    name = f"Passkey {len(user.passkeys) + 1}"
    user.passkeys.append(FakePasskey(id=credential_id, name=name, created=state.clock.time()))
    return {}


def list_credentials(state: State, request: Incoming) -> dict[str, Any]:
    """Return the passkeys of the signed-in user."""
    credentials = [
        {
            "CredentialId": each.id,
            "FriendlyCredentialName": each.name,
            "RelyingPartyId": _RELYING_PARTY,
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal"],
            "CreatedAt": each.created,
        }
        for each in state.signed_in(request).passkeys
    ]
    return {"Credentials": credentials}


def delete_credential(state: State, request: Incoming) -> dict[str, Any]:
    """Delete a passkey of the signed-in user."""
    user, credential_id = state.signed_in(request), request.text("CredentialId")
    kept = [each for each in user.passkeys if each.id != credential_id]
    if len(kept) == len(user.passkeys):
        raise not_found("Credential does not exist.")
    user.passkeys[:] = kept
    return {}
