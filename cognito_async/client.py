"""The client: its lifetime, and the way of a request to the service and back."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from types import TracebackType
from typing import ClassVar, Self

from aiohttp import ClientSession

from cognito_async import _checks
from cognito_async._checks import RetryMode
from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._model import Request, ResponseT_co
from cognito_async._pipeline import Options, Pipeline
from cognito_async._problems import shown
from cognito_async._protocol import Transport
from cognito_async._providers import Provider, provider_of
from cognito_async._settings import ARGUMENT, resolve_config
from cognito_async._transport import AiohttpTransport
from cognito_async.config import Config
from cognito_async.credentials import BotocoreCredentials, Credentials, CredentialsProvider
from cognito_async.operations import AllOperations

__all__ = ["CognitoClient"]


class CognitoClient(AllOperations):
    """Amazon Cognito user pools.

    One client serves a whole application: it is safe to share between tasks, keeps its connections open
    and works on any number of event loops. Use it with ``async with``, or make it anywhere and
    ``await client.close()`` at the end; making one does no I/O.

    What is not given as an argument comes from the environment, then from the profile in the shared files
    of the AWS tools, then from the defaults of :class:`cognito_async.Config`, where each setting is
    described. ``client.config`` shows every value and where it came from.

    Args:
        region: Region of the user pools, such as ``eu-west-1``.
        profile: Profile in the shared files; its credentials then go before those of the environment.
        credentials: What signs requests: ``Credentials``, a coroutine function that returns them, or a
            credentials object of botocore. Else the environment and all that botocore finds. Sign-up,
            sign-in and the operations of signed-in users need none.
        endpoint_url: Another endpoint than the region's, such as that of an emulator.
        use_fips: Use the FIPS 140 endpoint.
        use_dualstack: Use the endpoint that has IPv6 too.
        retry_mode: ``standard``, ``adaptive`` or ``off``.
        max_attempts: Requests for one call at the most.
        connect_timeout: Seconds to connect.
        read_timeout: Seconds until the answer to a request begins, and then until its next bytes.
        timeout: Seconds for a whole call.
        max_connections: Connections open at one time; further calls wait for one.
        keepalive_timeout: Seconds that an idle connection stays open.
        proxy: URL of a proxy, empty for none.
        ca_bundle: File with the certificates to trust.
        client_cert: File with a client certificate, or its file and that of its key.
        verify: Check the server's certificate.
        allow_http: Allow unencrypted requests to other machines.
        app_id: Name of the application in the user agent.
        user_agent_extra: Text at the end of the user agent.
        session: The caller's own aiohttp session; it is used and never closed.
        transport: What sends requests instead of aiohttp, such as a ``cognito_async.testing.StubTransport``;
            it is closed with the client. Settings of connections do nothing then.

    Raises:
        ConfigurationError: A value cannot be right. What only the shared files can tell, such as a missing
            region, shows at the first call.
    """

    _environment: ClassVar[Mapping[str, str] | None] = None
    """Variables in place of those of the process."""

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        credentials: Credentials | CredentialsProvider | BotocoreCredentials | None = None,
        endpoint_url: str | None = None,
        use_fips: bool | None = None,
        use_dualstack: bool | None = None,
        retry_mode: RetryMode | None = None,
        max_attempts: int | None = None,
        connect_timeout: float | None = 5.0,
        read_timeout: float | None = 15.0,
        timeout: float | None = 60.0,
        max_connections: int = 50,
        keepalive_timeout: float = 15.0,
        proxy: str | None = None,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        verify: bool = True,
        allow_http: bool = False,
        app_id: str | None = None,
        user_agent_extra: str | None = None,
        session: ClientSession | None = None,
        transport: Transport | None = None,
    ) -> None:
        arguments = {
            "region": region,
            "profile": profile,
            "endpoint_url": endpoint_url,
            "use_fips": use_fips,
            "use_dualstack": use_dualstack,
            "retry_mode": retry_mode,
            "max_attempts": max_attempts,
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "timeout": timeout,
            "max_connections": max_connections,
            "keepalive_timeout": keepalive_timeout,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "client_cert": client_cert,
            "verify": verify,
            "allow_http": allow_http,
            "app_id": app_id,
            "user_agent_extra": user_agent_extra,
        }
        config = resolve_config(arguments, os.environ if self._environment is None else self._environment)
        named = config.profile if config.sources.get("profile") == ARGUMENT else None

        if session is not None and transport is not None:
            raise ConfigurationError("session= and transport=: give one of them, as a session is for aiohttp")

        def make_transport(config: Config) -> Transport:
            return AiohttpTransport(config, session) if transport is None else transport

        def make_provider() -> Provider:
            return provider_of(credentials, named, os.environ)

        if credentials is not None:
            make_provider()  # a wrong kind shows here and not at the first call

        self._options = Options()
        self._pipeline = Pipeline(config, make_provider, make_transport, transport)

    @property
    def config(self) -> Config:
        """Every setting and where it came from; the shared files are read at the first call."""
        return self._pipeline.config

    def with_options(self, *, timeout: float | None = None, retries: int | None = None) -> Self:
        """Return a view of this client that differs in some options and shares everything else.

        Args:
            timeout: Seconds for a whole call; None is what this client has.
            retries: Attempts after the first; 0 for none, None is what this client has.

        Raises:
            ConfigurationError: A value cannot be right.
        """
        view = copy.copy(self)
        try:
            view._options = Options(  # noqa: SLF001  it is one of us
                timeout=self._options.timeout if timeout is None else _checks.seconds(timeout),
                max_attempts=self._options.max_attempts if retries is None else _checks.retries(retries) + 1,
            )
        except ValueError as error:
            given = f"timeout={shown(timeout)}, retries={shown(retries)}"
            raise ConfigurationError(f"{given}: expected {error}") from None
        return view

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. Later calls raise ``ClientClosedError``; closing twice is fine."""
        await self._pipeline.close()

    async def send(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request object and return its response; every operation's method ends here.

        Raises:
            InvalidRequestError: A member is missing or of the wrong type; nothing was sent.
            ConfigurationError: No region is set, or settings exclude each other.
            CredentialsError: The operation is signed and there are no credentials.
            ServiceError: The service answered with an error; see ``cognito_async.errors``.
            TransportError: No answer came.
            InvalidResponseError: The answer is not one of this API.
        """
        if not isinstance(request, Request):
            raise InvalidRequestError(
                "send",
                [f"expected a request such as types.AdminGetUserRequest(...), got {type(request).__name__}"],
            )
        if not hasattr(request, "operation"):
            raise InvalidRequestError(
                "send",
                [f"{type(request).__name__} belongs to no operation, use a request of cognito_async.types"],
            )
        return await self._pipeline.call(request, self._options)
