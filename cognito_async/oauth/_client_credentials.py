"""Machine-to-machine tokens, with the client credentials grant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cognito_async._errors import CognitoError, ConfigurationError
from cognito_async._model.record import Record, field, frozen
from cognito_async._single_flight import SingleFlight
from cognito_async._uncopyable import Uncopyable
from cognito_async.oauth import _inputs
from cognito_async.oauth._domains import endpoints_of
from cognito_async.oauth._token_endpoint import request_tokens
from cognito_async.sign_in import AppClient
from cognito_async.sign_in._lifetime import Lifetime

_MANDATORY = 10.0
"""Seconds before its end at which a token is no longer handed out without a try to renew it."""
_PAUSE = 5.0
"""Seconds between a failed early renewal and the next one."""


@frozen
class _Cached(Record):
    token: str = field(repr=False)
    lifetime: Lifetime
    mandatory: float


class ClientCredentials(Uncopyable):
    """Access tokens for a service itself, not for a user. They are cached, because each one costs money.

    Create one for each set of scopes, and share it.

    Args:
        app: App client with a secret that allows the client credentials grant; its client sends the requests.
        domain: Domain of the user pool: its prefix, its host name or custom domain, or its URL; see also
            ``discover``. ``http`` is allowed for this machine only.
        scopes: Scopes of resource servers, such as ``{"orders/read"}``; None for all that the app client
            allows.
        resource: URI of the API that the token is for, in pools that bind tokens to resources.
        client_metadata: Custom values for the pre token generation trigger.

    Raises:
        ConfigurationError: A value is of the wrong form, or the app client has no secret.
    """

    _instead = "it caches a token; share it, or create one in each process"

    def __init__(
        self,
        app: AppClient,
        *,
        domain: str,
        scopes: Iterable[str] | None = None,
        resource: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        self._endpoints = endpoints_of(app, domain)
        if self._endpoints.app.client_secret is None:
            raise ConfigurationError("app: client credentials need an app client with a secret")
        try:
            scope = _inputs.scope_text(scopes)
            resource = _inputs.absolute_uri("resource", resource)
            metadata = _inputs.texts("client_metadata", client_metadata)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        optional = {
            "scope": scope,
            "resource": resource,
            "aws_client_metadata": json.dumps(metadata) if metadata else None,
        }
        self._form = {
            "grant_type": "client_credentials",
            **{name: value for name, value in optional.items() if value is not None},
        }
        self._cached: _Cached | None = None
        self._next_early = 0.0
        self._fetching = self._new_flight()

    def __repr__(self) -> str:
        scope = self._form.get("scope", "all")
        return f"{type(self).__name__}(domain={self._endpoints.url!r}, scopes={scope!r})"

    async def token(self) -> str:
        """Return a valid access token.

        Concurrent callers share one request. In its last minute (of a short token, in the second half of its
        life) a token is renewed while callers still get it. If that fails, it is used until it expires.

        Raises:
            OAuthError: The endpoint refused: wrong secret, scope or grant.
            CognitoError: Other errors of the request.
        """
        app = self._endpoints.app
        cached = self._cached
        left = -1.0 if cached is None else cached.lifetime.seconds_left(app)
        if cached is None or left <= 0:
            return await self._fetching.wait()
        if left > cached.lifetime.early:
            return cached.token
        if app.monotonic() < self._next_early:  # the last renewal has just failed
            return cached.token
        if left > cached.mandatory:
            self._fetching.start()
            return cached.token
        try:
            return await self._fetching.wait()
        except CognitoError:
            if cached.lifetime.seconds_left(app) <= 0:
                raise
            return cached.token

    def invalidate(self) -> None:
        """Forget the token, for example after an API has refused it: the next call requests a new one.

        The result of a request that is running goes to those who wait for it, and is not kept.
        """
        self._cached = None
        self._fetching = self._new_flight()

    def _new_flight(self) -> SingleFlight[str]:
        async def fetch() -> str:
            return await self._fetch(flight)

        flight = SingleFlight(fetch)
        return flight

    async def _fetch(self, flight: SingleFlight[str]) -> str:
        app = self._endpoints.app
        try:
            response, _ = await request_tokens(self._endpoints, self._form, idempotent=True)
        except CognitoError:
            self._next_early = app.monotonic() + _PAUSE
            raise
        if flight is self._fetching:  # not after ``invalidate``
            lifetime = Lifetime.starting_now(app, response.lifetime)
            self._cached = _Cached(response.access_token, lifetime, min(_MANDATORY, lifetime.early / 2))
            self._next_early = 0.0
        return response.access_token
