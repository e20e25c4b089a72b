"""Tokens of a fake pool: issue, refresh, revoke and check them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

import attrs

from cognito_async.testing._fake_pool.clients import FakeAppClient
from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter, not_authorized
from cognito_async.testing._fake_pool.keys import SigningKeys
from cognito_async.testing._fake_pool.settings import Settings
from cognito_async.testing._fake_pool.stored_user import StoredUser

SCOPE = "aws.cognito.signin.user.admin"


@attrs.define(kw_only=True, eq=False)
class SignIn:
    """A finished sign-in, from which all its tokens come."""

    user: StoredUser
    client: FakeAppClient
    device_key: str | None
    auth_time: int
    refresh_expires: float
    scope: str = SCOPE
    has_id_token: bool = True
    """False after managed login without the scope ``openid``."""

    nonce: str | None = None
    resource: str | None = None
    """``aud`` of the access token."""

    origin_jti: str = attrs.field(factory=lambda: str(uuid.uuid4()))
    revoked: bool = False


@attrs.define(kw_only=True, eq=False)
class _Refresh:
    sign_in: SignIn
    replaced_at: float | None = None


@attrs.define(kw_only=True, eq=False)
class _Access:
    sign_in: SignIn
    expires: float


class Tokens:
    """All tokens that a pool has issued."""

    def __init__(self, settings: Settings, clock: FakeClock, keys: SigningKeys) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = keys
        self._refresh: dict[str, _Refresh] = {}
        self._access: dict[str, _Access] = {}

    def start(
        self, user: StoredUser, client: FakeAppClient, device_key: str | None, **details: Any
    ) -> SignIn:
        """Note a finished sign-in; ``details`` are those of managed login."""
        now = self._clock.time()
        return SignIn(
            user=user,
            client=client,
            device_key=device_key,
            auth_time=int(now),
            refresh_expires=now + client.refresh_token_lifetime,
            **details,
        )

    def result(self, sign_in: SignIn, issuer: str, *, with_refresh_token: bool) -> dict[str, Any]:
        """Return ``AuthenticationResult`` with new tokens."""
        user, client = sign_in.user, sign_in.client
        now = int(self._clock.time())
        common: dict[str, Any] = {
            "sub": user.sub,
            "iss": issuer,
            "origin_jti": sign_in.origin_jti,
            "event_id": str(uuid.uuid4()),
            "auth_time": sign_in.auth_time,
            "iat": now,
        }
        if user.groups:
            common["cognito:groups"] = list(user.groups)
        access: dict[str, Any] = {
            **common,
            "client_id": client.id,
            "token_use": "access",
            "scope": sign_in.scope,
            "exp": now + int(client.access_token_lifetime),
            "jti": str(uuid.uuid4()),
            "username": user.username,
            "version": 2,
        }
        if sign_in.device_key is not None:
            access["device_key"] = sign_in.device_key
        if sign_in.resource is not None:
            access["aud"] = sign_in.resource
        token = self._keys.token("access", access)
        self._access[token] = _Access(sign_in=sign_in, expires=access["exp"])
        result = {
            "AccessToken": token,
            "ExpiresIn": int(client.access_token_lifetime),
            "TokenType": "Bearer",
        }
        if sign_in.has_id_token:
            claims = {
                **common,
                **_attribute_claims(visible_attributes(user.attributes, sign_in.scope)),
                "aud": client.id,
                "token_use": "id",
                "exp": now + int(client.id_token_lifetime),
                "jti": str(uuid.uuid4()),
                "cognito:username": user.username,
            }
            if sign_in.nonce is not None:
                claims["nonce"] = sign_in.nonce
            result["IdToken"] = self._keys.token("id", claims)
        if with_refresh_token:
            result["RefreshToken"] = self._new_refresh_token(sign_in)
        return result

    def machine(self, client: FakeAppClient, issuer: str, scope: str, resource: str | None) -> str:
        """Return an access token of the client credentials grant."""
        now = int(self._clock.time())
        claims: dict[str, Any] = {
            "sub": client.id,
            "token_use": "access",
            "scope": scope,
            "auth_time": now,
            "iss": issuer,
            "exp": now + int(client.access_token_lifetime),
            "iat": now,
            "version": 2,
            "jti": str(uuid.uuid4()),
            "client_id": client.id,
        }
        if resource is not None:
            claims["aud"] = resource
        return self._keys.token("access", claims)

    def _new_refresh_token(self, sign_in: SignIn) -> str:
        token = ".".join(secrets.token_urlsafe(size) for size in (30, 256, 12, 300, 16))
        self._refresh[token] = _Refresh(sign_in=sign_in)
        return token

    def use_refresh_token(self, token: str, client: FakeAppClient, device_key: str | None) -> SignIn:
        """Return the sign-in of a refresh token, after all checks; note its use if the app client rotates."""
        refresh = self._refresh.get(token)
        if refresh is None or refresh.sign_in.client is not client:
            raise not_authorized("Invalid Refresh Token")
        sign_in, now = refresh.sign_in, self._clock.time()
        if sign_in.revoked:
            raise not_authorized("Refresh Token has been revoked")
        if now >= sign_in.refresh_expires:
            raise not_authorized("Refresh Token has expired")
        _check_user(sign_in.user, "Invalid Refresh Token")
        self._check_device(sign_in, device_key)
        if client.refresh_grace is not None:
            if refresh.replaced_at is None:
                refresh.replaced_at = now
            elif now > refresh.replaced_at + client.refresh_grace or not client.refresh_grace:
                raise FaultError("RefreshTokenReuseException", "Refresh token has been reused.")
        return sign_in

    def owner_of_refresh_token(self, token: str) -> StoredUser | None:
        """Return the user of a refresh token."""
        refresh = self._refresh.get(token)
        return None if refresh is None else refresh.sign_in.user

    def _check_device(self, sign_in: SignIn, device_key: str | None) -> None:
        """Require the confirmed device of the sign-in, if the pool tracks devices."""
        if sign_in.device_key is None:
            return
        device = sign_in.user.devices.get(sign_in.device_key)
        if device_key != sign_in.device_key or device is None or not device.confirmed:
            raise not_authorized("Invalid Refresh Token")

    def access(self, token: str, scope: str = SCOPE) -> SignIn:
        """Return the sign-in of an access token that has a scope."""
        access = self._access.get(token)
        if access is None:
            raise not_authorized("Invalid Access Token")
        if self._clock.time() >= access.expires:
            raise not_authorized("Access Token has expired")
        if access.sign_in.revoked:
            raise not_authorized("Access Token has been revoked")
        _check_user(access.sign_in.user, "Invalid Access Token")
        if scope not in access.sign_in.scope.split():
            raise not_authorized("Access Token does not have required scopes")
        return access.sign_in

    def owner(self, token: str) -> StoredUser:
        """Return the user of an access token."""
        return self.access(token).user

    def revoke(self, token: str, client: FakeAppClient) -> None:
        """Revoke a refresh token and all tokens that came from its sign-in."""
        if token in self._access:
            raise FaultError("UnsupportedTokenTypeException", "Unsupported token type")
        refresh = self._refresh.get(token)
        if refresh is None:
            raise invalid_parameter("Invalid Refresh Token")
        if refresh.sign_in.client is not client:
            raise FaultError("UnauthorizedException", "Unauthorized to revoke the token")
        refresh.sign_in.revoked = True

    def revoke_all(self, user: StoredUser) -> None:
        """Revoke all tokens of a user."""
        # Every sign-in has an access token.
        for access in self._access.values():
            if access.sign_in.user is user:
                access.sign_in.revoked = True


def _check_user(user: StoredUser, message: str) -> None:
    if not user.exists:
        raise not_authorized(message)
    if user.disabled:
        raise not_authorized("User is disabled.")


def visible_attributes(attributes: Mapping[str, str], scope: str) -> Mapping[str, str]:
    """Return the attributes that scopes show, in the ID token and in user info.

    As documented: all with ``openid`` alone or with ``profile``; else those of ``email`` and ``phone``. The
    scope of the API changes nothing. That ``profile`` shows addresses and numbers too is an assumption [?].
    """
    scopes = set(scope.split())
    if "profile" in scopes or not scopes.intersection(("email", "phone")):
        return attributes
    names = ["sub"]
    if "email" in scopes:
        names += ["email", "email_verified"]
    if "phone" in scopes:
        names += ["phone_number", "phone_number_verified"]
    return {name: attributes[name] for name in names if name in attributes}


def _attribute_claims(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes as claims; ``email_verified`` and ``phone_number_verified`` are booleans."""
    return {
        name: value == "true" if name.endswith("_verified") else value for name, value in attributes.items()
    }
