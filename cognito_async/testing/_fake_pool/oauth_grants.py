"""The grants of the fake token endpoint."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cognito_async.testing._fake_pool import steps
from cognito_async.testing._fake_pool.clients import SCOPES, FakeAppClient
from cognito_async.testing._fake_pool.faults import FaultError
from cognito_async.testing._fake_pool.oauth_codes import Codes
from cognito_async.testing._fake_pool.state import State

_VERIFIER = r"[A-Za-z0-9._~-]{43,128}"


class OAuthFault(Exception):  # noqa: N818  as FaultError, which has another form
    """An error of an endpoint for applications."""

    def __init__(
        self, error: str, status: int = HTTPStatus.BAD_REQUEST, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = headers or {}


def authenticated(
    header: str | None, form: Mapping[str, str], clients: Mapping[str, FakeAppClient]
) -> FakeAppClient:
    """Return the app client that sends a form: by the header, or by the members of the form."""
    client_id, secret = form.get("client_id"), form.get("client_secret")
    if header is not None:
        kind, _, credentials = header.partition(" ")
        try:
            name, _, secret = b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthFault("invalid_client") from None
        if kind != "Basic" or client_id not in (None, name):
            raise OAuthFault("invalid_client")
        client_id = name
    client = clients.get(client_id or "")
    if client is None or not hmac.compare_digest((client.secret or "").encode(), (secret or "").encode()):
        raise OAuthFault("invalid_client")
    return client


def tokens_for(client: FakeAppClient, form: Mapping[str, str], state: State, codes: Codes) -> dict[str, Any]:
    """Return the response of the token endpoint."""
    match form.get("grant_type"):
        case "authorization_code":
            return _code(client, form, state, codes)
        case "refresh_token":
            return _refresh(client, form, state)
        case "client_credentials":
            return _machine(client, form, state)
        case None:
            raise OAuthFault("invalid_request")
        case _:
            raise OAuthFault("unsupported_grant_type")


def _code(client: FakeAppClient, form: Mapping[str, str], state: State, codes: Codes) -> dict[str, Any]:
    code = codes.take(form.get("code", ""))
    if code is None or code.authorization.client is not client:
        raise OAuthFault("invalid_grant")
    authorization = code.authorization
    if form.get("redirect_uri") != authorization.redirect_uri:
        raise OAuthFault("unauthorized_client")
    verifier = form.get("code_verifier")
    if authorization.challenge != (None if verifier is None else _challenge(verifier)):
        raise OAuthFault("invalid_grant")
    if verifier is not None and not re.fullmatch(_VERIFIER, verifier):
        raise OAuthFault("invalid_grant")
    try:
        # A user who may not sign in any more gets no tokens. Not documented [?], but the safe one.
        steps.check_status(code.user)
    except FaultError:
        raise OAuthFault("invalid_grant") from None
    if not code.user.exists:
        raise OAuthFault("invalid_grant")
    sign_in = state.tokens.start(
        code.user,
        client,
        None,
        scope=authorization.scope,
        has_id_token="openid" in authorization.scope.split(),
        nonce=authorization.nonce,
        resource=authorization.resource,
    )
    return _response(state.tokens.result(sign_in, state.issuer, with_refresh_token=True))


def _refresh(client: FakeAppClient, form: Mapping[str, str], state: State) -> dict[str, Any]:
    try:
        return _response(state.refresh(client, form.get("refresh_token", ""), None, {}))
    except FaultError:
        raise OAuthFault("invalid_grant") from None


def _machine(client: FakeAppClient, form: Mapping[str, str], state: State) -> dict[str, Any]:
    if client.secret is None or "client_credentials" not in client.oauth_flows:
        raise OAuthFault("unauthorized_client")
    allowed = sorted(set(client.scopes).difference(SCOPES))
    requested = form["scope"].split() if form.get("scope") else allowed
    scopes = [scope for scope in requested if scope in allowed]  # the service ignores the others
    if not scopes:
        raise OAuthFault("invalid_scope")
    # The service binds only tokens of users to a resource.
    resource = None if state.settings.strict else form.get("resource")
    token = state.tokens.machine(client, state.issuer, " ".join(scopes), resource)
    return {
        "access_token": token,
        "expires_in": int(client.access_token_lifetime),
        "token_type": "Bearer",
    }


def _response(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``AuthenticationResult`` as the token endpoint does."""
    names = {
        "id_token": "IdToken",
        "access_token": "AccessToken",
        "refresh_token": "RefreshToken",
        "expires_in": "ExpiresIn",
        "token_type": "TokenType",
    }
    return {name: result[wire_name] for name, wire_name in names.items() if wire_name in result}


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
