"""Passkeys: an authenticator for tests, and what a fake pool checks of its responses."""

from __future__ import annotations

import binascii
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import attrs

_CREATE, _GET = "webauthn.create", "webauthn.get"


class CredentialError(ValueError):
    """A credential is malformed, or does not fit."""


@attrs.define(kw_only=True, eq=False)
class FakePasskey:
    """A passkey, as a browser and its authenticator would use it; its signatures are random bytes.

    ::

        passkey = FakePasskey()
        options = (await client.start_web_authn_registration(access_token=token)).credential_creation_options
        await client.complete_web_authn_registration(access_token=token, credential=passkey.create(options))
    """

    id: str = attrs.field(factory=lambda: base64url(secrets.token_bytes(16)))
    """Id of the credential."""

    origin: str = "https://example.com"
    """Origin of the web page; the fake pool does not check it."""

    name: str = "Passkey"
    """Name in the list of credentials."""

    created: float = attrs.field(default=0.0, repr=False)

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``RegistrationResponseJSON`` for ``PublicKeyCredentialCreationOptionsJSON``."""
        response = {"attestationObject": base64url(secrets.token_bytes(64)), "transports": ["internal"]}
        return self._credential(_CREATE, options, response)

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``AuthenticationResponseJSON`` for ``PublicKeyCredentialRequestOptionsJSON``."""
        response = {
            "authenticatorData": base64url(secrets.token_bytes(37)),
            "signature": base64url(secrets.token_bytes(70)),
        }
        return self._credential(_GET, options, response)

    def _credential(
        self, kind: str, options: Mapping[str, Any], response: Mapping[str, Any]
    ) -> dict[str, Any]:
        client_data = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return {
            "id": self.id,
            "rawId": self.id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {**response, "clientDataJSON": base64url(json.dumps(client_data).encode())},
        }


def created_credential(credential: object, challenge: str) -> str:
    """Return the id of a new credential. Shape and challenge are checked, the signature is not.

    Raises:
        CredentialError: It is malformed, or for another challenge.
    """
    return _checked(credential, _CREATE, challenge, ("attestationObject",))


def used_credential(credential: object, challenge: str) -> str:
    """Return the id of a credential that signs in, also of its JSON; checked as ``created_credential``.

    Raises:
        CredentialError: It is malformed, or for another challenge.
    """
    return _checked(credential, _GET, challenge, ("authenticatorData", "signature"))


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _checked(credential: object, kind: str, challenge: str, binaries: tuple[str, ...]) -> str:
    try:
        fields: Any = json.loads(credential) if isinstance(credential, str) else credential
        response = fields["response"]
        for name in binaries:
            _decoded(response[name])
        client_data = json.loads(_decoded(response["clientDataJSON"]))
        right = (
            fields["type"] == "public-key"
            and fields["id"] == fields["rawId"]
            and client_data["type"] == kind
            and hmac.compare_digest(client_data["challenge"].encode(), challenge.encode())
        )
        if right and _decoded(fields["id"]):
            return str(fields["id"])
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
        raise CredentialError("malformed credential") from None
    raise CredentialError("credential for another challenge or of another type")


def _decoded(text: str) -> bytes:
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise CredentialError("not base64url")
    return data
