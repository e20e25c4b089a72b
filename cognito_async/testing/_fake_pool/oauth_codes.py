"""Authorization requests of the fake managed login, and the codes that it issues."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Self
from urllib.parse import quote, urlencode

import attrs

from cognito_async.testing._fake_pool.clients import FakeAppClient
from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.stored_user import StoredUser

_CODE_LIFETIME = 300
_CHALLENGE = r"[A-Za-z0-9_-]{43}"  # a SHA-256 hash in base64url
_RESOURCE = r"https://.+|http://localhost([:/].*)?|(?!http:)[a-z][a-z0-9+.-]*://.+"
_PROMPTS = {"none", "login", "select_account", "consent"}
_NEED_OPENID = {"email", "phone", "profile"}


class RedirectError(Exception):
    """An error of the authorization endpoint, for a redirect or a page."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description


@attrs.frozen(kw_only=True, eq=False)
class Authorization:
    """A request of a browser, from an app client that is allowed to get the result."""

    client: FakeAppClient
    redirect_uri: str
    scope: str
    nonce: str | None
    resource: str | None
    challenge: str | None
    prompts: frozenset[str]

    @classmethod
    def of_query(cls, query: Mapping[str, str], clients: Mapping[str, FakeAppClient]) -> Self:
        """Return the request of a query, if its errors may be redirected."""
        client = clients.get(query.get("client_id", ""))
        if client is None:
            raise RedirectError("invalid_request", "Client does not exist")
        redirect_uri = query.get("redirect_uri", "")
        if redirect_uri not in client.callback_urls:
            raise RedirectError("redirect_mismatch", "redirect_uri is not among callback_urls")
        return cls(
            client=client,
            redirect_uri=redirect_uri,
            scope=query.get("scope") or " ".join(sorted(client.scopes)),
            nonce=query.get("nonce"),
            resource=query.get("resource"),
            challenge=query.get("code_challenge"),
            prompts=frozenset(query.get("prompt", "").split()),
        )

    def check(self, query: Mapping[str, str]) -> None:
        """Raise the error for parameters that are wrong or that the app client does not allow."""
        if query.get("response_type") != "code" or "code" not in self.client.oauth_flows:
            raise RedirectError("unauthorized_client", "response_type is not allowed")
        scopes = set(self.scope.split())
        if not scopes <= set(self.client.scopes):
            raise RedirectError("invalid_scope", "scope is not allowed")
        if scopes & _NEED_OPENID and "openid" not in scopes:
            raise RedirectError("invalid_scope", "email, phone and profile need openid")
        if self.challenge is not None and query.get("code_challenge_method") != "S256":
            raise RedirectError("invalid_request", "code_challenge_method is not S256")
        if self.challenge is not None and not re.fullmatch(_CHALLENGE, self.challenge):
            raise RedirectError("invalid_request", "code_challenge is not a SHA-256 hash in base64url")
        if self.resource is not None and not re.fullmatch(_RESOURCE, self.resource):
            raise RedirectError("invalid_request", "resource does not begin with https:// or an own scheme")
        if not self.prompts <= _PROMPTS or ("none" in self.prompts and len(self.prompts) > 1):
            raise RedirectError("invalid_request", "prompt is unknown, or none is not alone")


@attrs.define(kw_only=True, eq=False)
class Code:
    """A code that was issued."""

    authorization: Authorization
    user: StoredUser
    expires: float


class Codes:
    """Codes that wait for their redemption."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}

    def new(self, authorization: Authorization, user: StoredUser) -> str:
        """Return a new code."""
        code = str(uuid.uuid4())
        expires = self._clock.time() + _CODE_LIFETIME
        self._codes[code] = Code(authorization=authorization, user=user, expires=expires)
        return code

    def take(self, code: str) -> Code | None:
        """Return what a code stands for, once and in time; None otherwise."""
        found = self._codes.pop(code, None)
        return found if found is not None and self._clock.time() < found.expires else None


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with further parameters."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters, quote_via=quote)}"
