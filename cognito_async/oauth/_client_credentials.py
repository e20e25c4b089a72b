"""Machine-to-machine tokens, with the client credentials grant."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping

from cognito_async._errors import CognitoError, ConfigurationError
from cognito_async._model.record import Record, field, frozen
from cognito_async._single_flight import SingleFlight
from cognito_async._uncopyable import Uncopyable
from cognito_async.oauth import _inputs
from cognito_async.oauth._domains import endpoints_of
from cognito_async.oauth._http import Invalid
from cognito_async.oauth._token_endpoint import request_tokens
from cognito_async.sign_in import AppClient
from cognito_async.sign_in._lifetime import Lifetime
from cognito_async.sign_in._tokens import unverified_claims

_log = logging.getLogger("cognito_async")

_MANDATORY = 10.0
"""Seconds before its end at which a token is no longer handed out without a try to renew it."""
_PAUSE = 5.0
"""Seconds between a failed early renewal and the next one."""
_JWT_PARTS = 3
_UNBOUND = (
    "User pools bind only tokens of users: leave resource out, and let the API check scope and client_id. "
    "Other authorization servers may bind the tokens of machines."
)


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
            allows. The service ignores those that it does not allow.
        resource: URI of the API that the token is for (RFC 8707). User pools bind only tokens of users: from
            them, ``token()`` raises ``InvalidResponseError``. It is for other servers.
        client_metadata: Custom values for the pre token generation trigger, which gets them from this grant
            only.

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
        self._resource = resource
        self._form = {
            "grant_type": "client_credentials",
            **{name: value for name, value in optional.items() if value is not None},
        }
        self._cached: _Cached | None = None
        self._next_early = 0.0
        self._fetching = SingleFlight(self._fetch)

    def __repr__(self) -> str:
        scope = self._form.get("scope", "all")
        return f"{type(self).__name__}(domain={self._endpoints.url!r}, scopes={scope!r})"

    async def token(self) -> str:
        """Return a valid access token.

        Concurrent callers share one request. In its last minute (of a short token, in the second half of its
        life) a token is renewed while callers still get it. If that fails, it is used until it expires; the
        failure is logged as a warning.

        Raises:
            OAuthError: The endpoint refused: wrong secret, scope or grant.
            InvalidResponseError: The response has no usable token, or one that is not bound to ``resource``.
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

    def invalidate(self, token: str) -> None:
        """Forget a token that an API has refused: the next call requests a new one.

        If many callers report the same token, one new token is requested.

        Args:
            token: The token that was refused; nothing happens if it is no longer in use.
        """
        cached = self._cached
        if cached is not None and cached.token == token:
            self._cached = None

    async def _fetch(self) -> str:
        app = self._endpoints.app
        cached = self._cached
        try:
            response, invalid = await request_tokens(self._endpoints, self._form, idempotent=True)
            self._check_resource(response.access_token, invalid)
        except Exception as error:
            if cached is not None and cached is self._cached:  # not forgotten or renewed meanwhile
                self._next_early = app.monotonic() + _PAUSE
                if cached.lifetime.seconds_left(app) > 0:  # otherwise callers get the error
                    _log.warning(
                        "renewal of an access token failed; the current one is used until it expires: %s",
                        error if isinstance(error, CognitoError) else type(error).__name__,
                    )
            raise
        lifetime = response.lifetime
        self._cached = _Cached(response.access_token, lifetime, min(_MANDATORY, lifetime.early / 2))
        self._next_early = 0.0
        return response.access_token

    def _check_resource(self, token: str, invalid: Invalid) -> None:
        """Reject a token that says that it is not bound to the resource; an opaque one does not say it."""
        if self._resource is None or token.count(".") != _JWT_PARTS - 1:
            return
        audience = unverified_claims(token).get("aud")
        if self._resource not in (audience if isinstance(audience, list) else [audience]):
            error = invalid("the access token is not bound to the resource")
            error.advice = _UNBOUND
            raise error
