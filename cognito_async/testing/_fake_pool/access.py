"""Ways to reach a fake pool, and what it received."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypedDict, Unpack

import attrs

from cognito_async.client import CognitoClient
from cognito_async.sign_in import AppClient
from cognito_async.sign_in._naming import name_methods
from cognito_async.sign_in._refreshes import Refreshes
from cognito_async.testing._client import isolated_client
from cognito_async.testing._fake_pool.clients import FakeAppClient
from cognito_async.testing._fake_pool.requests import ReceivedRequest
from cognito_async.testing._fake_pool.server import serve
from cognito_async.testing._fake_pool.service import Service
from cognito_async.testing._fake_pool.transport import PoolTransport
from cognito_async.testing._stub import do_not_wait
from cognito_async.tokens import TokenVerifier
from cognito_async.transport import Transport


class VerifierSettings(TypedDict, total=False):
    """Arguments of ``TokenVerifier`` besides the id of the pool."""

    client_id: str | Collection[str] | None
    leeway: float
    groups: str | Collection[str] | None
    scopes: str | Collection[str] | None
    audience: str | Collection[str] | None
    issuer: str | Mapping[str, str] | None
    jwks_url: str | Mapping[str, str] | None
    jwks: Mapping[str, Any] | None
    cache: int | None
    allow_http: bool
    transport: Transport | None


class Access:
    """The methods of a fake pool for clients, servers and keys."""

    app_client: FakeAppClient
    """The first app client; its settings may be changed."""

    _service: Service

    # Clients and servers

    def client(self, **settings: Any) -> CognitoClient:
        """Return a client of the pool in this process; it needs no network, environment or shared files.

        It does not wait between attempts, and does not have to be closed.

        Args:
            settings: Arguments of ``CognitoClient``. By default the region is that of the pool, and the
                credentials are dummies, whose signatures the pool does not verify.
        """
        region = self._service.state.settings.region
        defaults = {"region": region, "transport": PoolTransport(self._service)}
        return isolated_client({**defaults, **settings}, sleep=do_not_wait)

    def app(
        self, app_client: FakeAppClient | None = None, *, admin: bool = False, **settings: Any
    ) -> AppClient:
        """Return an ``AppClient`` of the pool in this process, whose sessions follow the clock of the pool.

        Args:
            app_client: App client; by default the first one.
            admin: Whether to sign in by the operations for servers.
            settings: Arguments of ``CognitoClient``, as for ``client``.
        """
        state = self._service.state
        fake = self.app_client if app_client is None else app_client
        app = AppClient(self.client(**settings), state.settings.pool_id, fake.id, fake.secret, admin=admin)
        clock = state.clock.time
        app._app = attrs.evolve(  # noqa: SLF001  private to the package
            app._app,  # noqa: SLF001  as above
            monotonic=clock,
            now=clock,
            refreshes=Refreshes(clock),
        )
        return app

    def serve(self, port: int = 0) -> AbstractContextManager[str]:
        """Return a server, for the duration of a ``with`` block; it yields its URL.

        It listens on 127.0.0.1 and runs in threads of this process, for ``endpoint_url`` of any client, also
        those of boto3. ``<url>/<pool id>/.well-known/jwks.json`` has the keys.

        Args:
            port: Port; a free one by default.
        """
        return serve(self._service, port)

    @property
    def domain(self) -> str:
        """URL of the user pool domain, for ``ManagedLogin`` and ``ClientCredentials``."""
        return self._service.state.domain

    def managed_login(self, url: str, username: str, *, signed_in: bool = True) -> str:
        """Return the callback URL to which managed login redirects a user's browser. No password is needed.

        The pages of the fake pool have neither second factors nor new passwords: users who need them cannot
        sign in there.

        Args:
            url: ``url`` of an authorization request.
            username: User name or alias.
            signed_in: False for a user who cancels, which leads to ``access_denied``.

        Raises:
            LookupError: There is no such user.
            ValueError: Managed login shows an error and does not redirect, or the user needs a page that the
                fake pool does not have; the message says which.
        """
        return self._service.oauth.callback(url, username, denied=not signed_in)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Requests so far, oldest first."""
        return self._service.requests

    # Keys

    def verifier(self, **settings: Unpack[VerifierSettings]) -> TokenVerifier:
        """Return a verifier of the pool's tokens in this process, which follows the clock of the pool.

        Requires ``pip install "cognito-async[tokens]"``.

        Args:
            settings: Arguments of ``TokenVerifier``. By default it accepts the first app client.
        """
        state = self._service.state
        defaults: VerifierSettings = {
            "client_id": self.app_client.id,
            "issuer": state.issuer,
            "transport": PoolTransport(self._service),
        }
        verifier = TokenVerifier(state.settings.pool_id, **(defaults | settings))
        verifier._set_clock(state.clock.time)  # noqa: SLF001  private to the package
        return verifier

    def jwks(self) -> dict[str, Any]:
        """Return the JSON Web Key Set, without counting a request."""
        return self._service.state.keys.jwks()

    @property
    def jwks_requests(self) -> int:
        """Number of requests for the JSON Web Key Set."""
        return self._service.jwks_requests

    def rotate_keys(self, *, keep_old: bool = True) -> None:
        """Sign new tokens with new keys.

        Args:
            keep_old: Whether the old keys stay in the JSON Web Key Set, so that old tokens can be verified.
        """
        self._service.state.keys.rotate(keep_old=keep_old)


name_methods(Access, "FakeUserPool")
