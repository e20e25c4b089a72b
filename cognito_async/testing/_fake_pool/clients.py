"""App clients of a fake pool."""

from __future__ import annotations

import hmac
import re
import secrets
import string
from collections.abc import Collection
from typing import Any, Final

import attrs

from cognito_async.sign_in._secret_hash import secret_hash
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter, not_authorized

FLOWS: Final = (
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
)
"""Values of ``explicit_auth_flows``."""

SCOPES: Final = ("aws.cognito.signin.user.admin", "email", "openid", "phone", "profile")
"""Scopes of users."""

GRANTS: Final = ("client_credentials", "code", "implicit")
"""Values of ``oauth_flows``."""

_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 26
_MAX_GRACE = 60
_SHORTEST_SECRET = 24
_URL = r"[A-Za-z][A-Za-z0-9+.-]*://[^#\s]+"


def random_text(length: int, characters: str = _LETTERS) -> str:
    """Return a random text, such as an id."""
    return "".join(secrets.choice(characters) for _ in range(length))


def _texts(_: object, attribute: attrs.Attribute[Any], values: Any) -> None:
    is_list = isinstance(values, Collection) and not isinstance(values, str)
    if not is_list or not all(isinstance(each, str) for each in values):
        raise bad_setting(f"{attribute.name}: expected a list of text, got {values!r}")


def _urls(instance: object, attribute: attrs.Attribute[Any], values: Collection[str]) -> None:
    _texts(instance, attribute, values)
    for each in values:
        if not re.fullmatch(_URL, each):
            raise bad_setting(f"{attribute.name}: expected whole URLs without #, got {each!r}")


def _grants(instance: object, attribute: attrs.Attribute[Any], values: Collection[str]) -> None:
    _texts(instance, attribute, values)
    unknown = sorted(set(values) - set(GRANTS))
    if unknown:
        options = ", ".join(GRANTS)
        raise bad_setting(f"{attribute.name}: unknown {unknown[0]!r}, expected some of {options}")
    if "client_credentials" in values and len(set(values)) > 1:
        raise bad_setting(f"{attribute.name}: client_credentials and other grants exclude each other")


@attrs.define(kw_only=True, eq=False)
class FakeAppClient:
    """An app client of a fake pool. Its settings may be changed at any time."""

    id: str = attrs.field(factory=lambda: random_text(_ID_LENGTH))
    """Client id."""

    secret: str | None = attrs.field(default=None, repr=False)
    """Client secret, at least 24 characters; None for a public app client."""

    name: str = "test"
    """Name of the app client."""

    explicit_auth_flows: Collection[str] = attrs.field(default=FLOWS, repr=False, validator=_texts)
    """Allowed flows, such as ``ALLOW_USER_SRP_AUTH``."""

    prevent_user_existence_errors: bool = True
    """Whether unknown users get the errors of a wrong password."""

    refresh_grace: float | None = None
    """Seconds for which a rotated refresh token may be used again, 0 to 60; None for no rotation."""

    access_token_lifetime: float = 3600
    """Seconds."""

    id_token_lifetime: float = 3600
    """Seconds."""

    refresh_token_lifetime: float = 30 * 86400
    """Seconds."""

    session_lifetime: float = 180
    """Seconds for which the session of a challenge is valid."""

    callback_urls: Collection[str] = attrs.field(default=(), validator=_urls)
    """URLs to which managed login may return."""

    logout_urls: Collection[str] = attrs.field(default=(), validator=_urls)
    """URLs to which the logout endpoint may return."""

    oauth_flows: Collection[str] = attrs.field(default=("code",), repr=False, validator=_grants)
    """Allowed grants: ``code``, or ``client_credentials`` alone for an app client with a secret."""

    scopes: Collection[str] = attrs.field(default=SCOPES, repr=False, validator=_texts)
    """Allowed scopes; those of resource servers are such as ``orders/read``."""

    def __attrs_post_init__(self) -> None:
        unknown = sorted(set(self.explicit_auth_flows) - set(FLOWS))
        if unknown:
            raise bad_setting(
                f"explicit_auth_flows: unknown {unknown[0]!r}, expected some of {', '.join(FLOWS)}"
            )
        if self.secret is not None and len(self.secret) < _SHORTEST_SECRET:
            # The model of GetTokensFromRefreshToken has this minimum, and clients check it.
            raise bad_setting(f"secret: expected at least {_SHORTEST_SECRET} characters, or None")
        if self.refresh_grace is not None and not 0 <= self.refresh_grace <= _MAX_GRACE:
            raise bad_setting(
                f"refresh_grace: expected 0 to {_MAX_GRACE} seconds or None, got {self.refresh_grace!r}"
            )


def check_flow(client: FakeAppClient, flow: str) -> None:
    """Raise the error for a flow that the app client does not allow."""
    aliases = {"ADMIN_NO_SRP_AUTH": "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN": "REFRESH_TOKEN_AUTH"}
    allowed = f"ALLOW_{aliases.get(flow, flow)}" in client.explicit_auth_flows
    if allowed and flow.startswith("REFRESH_TOKEN"):
        allowed = client.refresh_grace is None  # the service excludes the flow from rotation
    if not allowed:
        raise invalid_parameter(f"{flow} flow not enabled for this client")


def check_hash(client: FakeAppClient, received: str | None, username: str) -> None:
    """Raise the error for a secret hash that is wrong, missing or needless."""
    if client.secret is None:
        if received is not None:
            raise not_authorized(f"Unable to verify secret hash for client {client.id}")
        return
    if received is None:
        raise not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    expected = secret_hash(username, client.id, client.secret)
    if not hmac.compare_digest(expected.encode(), received.encode()):
        raise not_authorized(f"Unable to verify secret hash for client {client.id}")


def check_secret(client: FakeAppClient, received: str | None, error: str = "NotAuthorizedException") -> None:
    """Raise the error for a client secret that is wrong, missing or needless."""
    if not hmac.compare_digest((client.secret or "").encode(), (received or "").encode()):
        raise FaultError(error, f"Invalid client secret for client {client.id}")


def bad_setting(message: str) -> ValueError:
    """Return the error for an argument of the fake pool."""
    return ValueError(f"FakeUserPool: {message}")
