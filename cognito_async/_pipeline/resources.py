"""What a client holds: settings, transport, credentials, limits and hooks."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cognito_async._errors import ConfigurationError, CredentialsError
from cognito_async._http.aiohttp_transport import AiohttpTransport
from cognito_async._http.headers import ACCEPT_ENCODING, BODY_TYPE, CONTENT_TYPE, HOST, USER_AGENT
from cognito_async._http.user_agent import user_agent
from cognito_async._model import Request, ResponseT_co
from cognito_async._pipeline.call import Call, copy_for_operation
from cognito_async._pipeline.state import Effects, EndpointState
from cognito_async._preload import import_off_loop
from cognito_async._sigv4 import Endpoint
from cognito_async._single_flight import SingleFlight
from cognito_async.config import Config
from cognito_async.config._resolve import complete_config, with_proxy
from cognito_async.credentials._provider import Provider
from cognito_async.transport import Connections, Transport

if TYPE_CHECKING:  # loaded only by clients that have hooks or limits
    from cognito_async._pipeline.limits import Limits
    from cognito_async._pipeline.observe import HookRunner
    from cognito_async.hooks import Hooks
    from cognito_async.rate_limit import RateLimiter


class Resources:
    """The resources of a client; the first call prepares them, and ``close`` releases them."""

    def __init__(
        self,
        config: Config,
        make_credentials: Callable[[], Provider],
        make_transport: Callable[[Config], Transport],
        custom_transport: Transport | None,
        limiter: RateLimiter | None = None,
    ) -> None:
        self.config = config
        self.effects = Effects()
        self._make_credentials = make_credentials
        self._make_transport = make_transport
        self._custom_transport = custom_transport  # the caller's; closed with the client, whether used or not
        self._credentials: Provider | None = None
        self._state: EndpointState | None = None
        self._headers: dict[str, str] = {}
        self._max_attempts = 1
        self._preparation = SingleFlight(self._prepare)
        self._limiter = limiter
        self._limits: Limits | None = None
        self._hooks: HookRunner | None = None
        self._closed = False

    def use_hooks(self, hooks: Sequence[Hooks]) -> None:
        """Run hooks around the calls from now on."""
        from cognito_async._pipeline.observe import HookRunner  # noqa: PLC0415  most clients have no hooks

        self._hooks = HookRunner(hooks)
        self._hooks.attach(self)

    async def prepare(self) -> EndpointState:
        """Read the shared files and prepare the transport; once, however many calls wait for it."""
        return await self._preparation.wait()

    def connections(self) -> Connections | None:
        """Return the numbers of connections; zeros for those of a custom transport, None after ``close``."""
        if self._closed:
            return None
        transport = None if self._state is None else self._state.transport
        return transport.connections() if isinstance(transport, AiohttpTransport) else Connections(0, 0)

    def has_connections(self) -> bool:
        """Return whether connections of an event loop that has not ended were not closed."""
        transport = None if self._closed or self._state is None else self._state.transport
        return isinstance(transport, AiohttpTransport) and transport.is_open()

    async def find_credentials(self, call: Call) -> None:
        """Set the credentials for the next attempt of a call.

        Raises:
            CredentialsError: There are none.
        """
        try:
            provider = self._credentials
            if provider is None:
                provider = self._credentials = self._make_credentials()
            call.credentials = provider.cached()
            if call.credentials is None:
                call.credentials = await call.wait_for(
                    provider(), timeout_message="no credentials", attempts=call.attempts
                )
        except CredentialsError as error:
            raise copy_for_operation(error, call.operation) from error.__cause__

    async def close(self) -> None:
        """Cancel the preparation, end the calls that wait, and close all connections."""
        self._closed = True
        if self._limits is not None:
            self._limits.close()
        await self._preparation.close()
        transport = self._custom_transport if self._state is None else self._state.transport
        if transport is not None:
            await transport.close()
        if self._credentials is not None:
            await self._credentials.close()

    async def _prepare(self) -> EndpointState:
        config = self.config
        profile = await asyncio.to_thread(
            self.effects.read_profile, config.profile, os.environ, endpoint_url=config.endpoint_url
        )
        config = complete_config(config, profile, os.environ)
        try:
            config = with_proxy(config, os.environ)
        except ConfigurationError:
            if self._custom_transport is None:  # a custom transport does not use the proxy
                raise
        endpoint = Endpoint.from_url(config.url)
        transport = self._make_transport(config)
        await transport.prepare(endpoint.url)
        if isinstance(transport, AiohttpTransport):
            config = transport.with_http_path(config)
        if config.retry_mode == "adaptive" or self._limiter is not None:
            self._limits = await self._make_limits(config)
        self._headers = {
            HOST: endpoint.host,
            ACCEPT_ENCODING: "identity",
            CONTENT_TYPE: BODY_TYPE,
            USER_AGENT: user_agent(config),
        }
        self._max_attempts = 1 if config.retry_mode == "off" else config.max_attempts
        self.config = config
        self._state = state = EndpointState(endpoint, transport)
        return state

    async def _make_limits(self, config: Config) -> Limits:
        await import_off_loop("cognito_async._pipeline.limits")
        from cognito_async._pipeline.limits import make_limits  # noqa: PLC0415  imported off the loop

        return make_limits(config, self._limiter, self.effects, self._ask)

    @abstractmethod
    async def _ask(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request for a limiter."""
