"""The client and its lifecycle."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from aiohttp import ClientSession

from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._hints import missing_attribute, right_name, with_hints
from cognito_async._http.aiohttp_transport import AiohttpTransport
from cognito_async._messages import did_you_mean, safe_repr
from cognito_async._model import Request, ResponseT_co
from cognito_async._pipeline.lifetime import Lifetime
from cognito_async._pipeline.pipeline import Pipeline
from cognito_async._pipeline.state import Options
from cognito_async._preload import import_off_loop
from cognito_async._uncopyable import Uncopyable
from cognito_async.config import Config, _validators
from cognito_async.config._config import endpoint_repr
from cognito_async.config._resolve import ARGUMENT, resolve_config
from cognito_async.config._validators import RetryMode
from cognito_async.credentials import BotocoreCredentials, Credentials, CredentialsProvider, Unsigned
from cognito_async.credentials._provider import Provider
from cognito_async.credentials._resolve import resolve_provider
from cognito_async.operations import METHODS, AllOperations
from cognito_async.transport import Transport

if TYPE_CHECKING:
    from cognito_async.hooks import Hooks
    from cognito_async.rate_limit import RateLimiter
else:
    # Loaded only by clients that have them; typing.get_type_hints works without them.
    Hooks = RateLimiter = Any

__all__ = ["CognitoClient"]

_KEYS = "credentials=Credentials(access_key_id=..., secret_access_key=..., session_token=...)"

_BOTO3_ARGUMENTS = {
    **dict.fromkeys(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), _KEYS),
    "region_name": "region",
    "profile_name": "profile",
    "aws_profile": "profile",
    "use_ssl": 'endpoint_url="http://..."',
    "config": "arguments such as max_attempts and read_timeout",
    "retries": "max_attempts and retry_mode",
    "proxies": "proxy",
    "max_pool_connections": "max_connections",
    "user_agent_appid": "app_id",
    "use_fips_endpoint": "use_fips",
    "use_dualstack_endpoint": "use_dualstack",
}
"""What to use for the arguments of boto3's clients and sessions, and of botocore's ``Config``."""

_BOTO3_ATTRIBUTES = {
    "exceptions": "cognito_async.errors",
    "meta": "client.config",
    "waiter_names": "cognito_async.waiters",
}


class CognitoClient(AllOperations, Uncopyable):
    """Client for Amazon Cognito user pools.

    One client serves a whole application: it is safe to share between tasks, keeps connections open, and
    works on any number of event loops. Use it with ``async with``, or create it anywhere and ``await
    client.close()`` at the end. Creating one does no I/O. Each process needs a client of its own.

    A setting that is not passed comes from an environment variable, then from the profile in the shared files
    of the AWS tools, then from the default. ``client.config`` shows each value and its origin.

    Args:
        region: Region of the endpoint and of signatures, such as ``eu-west-1``.
        profile: Profile in the shared files of the AWS tools; ``default`` if none is named.  If it is passed
            as an argument, its credentials take precedence over those of the environment.
        credentials: ``Credentials``, a coroutine function that returns them, or a credentials object of
            botocore. By default the environment, then botocore's credential chain. Sign-up, sign-in and the
            operations of signed-in users need none; ``cognito_async.credentials.UNSIGNED`` allows only these.
        endpoint_url: URL to use instead of the region's own endpoint, such as that of an emulator.
        use_fips: Whether to use the FIPS 140 endpoint of the region.
        use_dualstack: Whether to use the endpoint that supports IPv4 and IPv6.
        retry_mode: ``standard``, ``adaptive`` (also limits the rate after throttling errors) or ``off``.
        max_attempts: Maximum number of requests for one call, including the first.
        connect_timeout: Seconds to connect, including the TLS handshake; None for no limit.
        read_timeout: Seconds to wait for the next bytes of a response; None for no limit.
        timeout: Seconds for a whole call, including all attempts; None for no limit.
        max_connections: Maximum number of requests at the same time, each on a connection; further calls wait
            for a slot.
        keepalive_timeout: Seconds that an idle connection is kept open.
        direct_http: Whether to write requests straight to connections, which costs half as much CPU as
            aiohttp's session.  The session is used nevertheless with a proxy, with a ``session`` of your own,
            and with a release of aiohttp whose inner parts are unknown.
        proxy: URL of a proxy, empty for none; by default from ``HTTPS_PROXY`` (``HTTP_PROXY``) and
            ``NO_PROXY``.
        ca_bundle: PEM file with the certificates to trust instead of the system's.
        client_cert: PEM file with a client certificate and its key, or a pair of such files.
        verify: Whether to verify the server's certificate.
        allow_http: Whether to allow unencrypted requests to hosts other than this machine.
        app_id: Name of the application in the user agent.
        user_agent_extra: Text to append to the user agent.
        session: An aiohttp session of the caller; it is used and never closed.
        limiter: Delays requests before they are sent, such as ``cognito_async.rate_limit.QuotaRateLimiter``,
            which keeps a process within the quotas of its account. It may be shared by several clients.
        transport: Sends the requests in place of aiohttp, such as ``cognito_async.testing.StubTransport``. It
            is closed with the client, and settings of connections have no effect.
        hooks: Objects of subclasses of ``cognito_async.hooks.Hooks``, which are called before and after each
            call and attempt, such as ``cognito_async.opentelemetry.OpenTelemetry()``.

    Raises:
        ConfigurationError: A value is invalid. Errors that depend on the shared files, such as a missing
            region, are raised at the first call.
    """

    _environment: ClassVar[Mapping[str, str] | None] = None
    """Environment variables in place of those of the process."""

    _instead = (
        "it holds connections. Each process needs a client of its own: create it there, with the same "
        "arguments. Within a process, share the client; with_options() returns a view with other options"
    )

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        credentials: Credentials | CredentialsProvider | BotocoreCredentials | Unsigned | None = None,
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
        direct_http: bool | None = None,
        proxy: str | None = None,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        verify: bool = True,
        allow_http: bool = False,
        app_id: str | None = None,
        user_agent_extra: str | None = None,
        session: ClientSession | None = None,
        limiter: RateLimiter | None = None,
        transport: Transport | None = None,
        hooks: Sequence[Hooks] = (),
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
            "direct_http": direct_http,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "client_cert": client_cert,
            "verify": verify,
            "allow_http": allow_http,
            "app_id": app_id,
            "user_agent_extra": user_agent_extra,
        }
        config = resolve_config(arguments, os.environ if self._environment is None else self._environment)
        profile_argument = config.profile if config.sources.get("profile") == ARGUMENT else None

        if session is not None and transport is not None:
            raise ConfigurationError("session= and transport= exclude each other: a session is for aiohttp")

        if limiter is not None and not _is_limiter(limiter):
            got = f"the class {limiter.__name__}" if isinstance(limiter, type) else type(limiter).__name__
            raise ConfigurationError(
                "limiter=: expected an object with the methods acquire and feedback, such as "
                f"cognito_async.rate_limit.QuotaRateLimiter(share=0.5), got {got}"
            )

        def make_transport(config: Config) -> Transport:
            return AiohttpTransport(config, session) if transport is None else transport

        def make_provider() -> Provider:
            return resolve_provider(credentials, profile_argument, os.environ)

        if credentials is not None:
            make_provider()  # raises for a wrong type here, and not at the first call

        self._options = Options()
        self._pipeline = Pipeline(config, make_provider, make_transport, transport, limiter)
        self._lifetime = Lifetime(type(self).__name__, self._pipeline)
        if hooks or not isinstance(hooks, list | tuple):  # other values are checked even if they are empty
            self._pipeline.use_hooks(hooks)

    @property
    def config(self) -> Config:
        """All settings and their origin; those of the shared files are known after the first call."""
        return self._pipeline.config

    if not TYPE_CHECKING:
        __init__ = with_hints(__init__, _BOTO3_ARGUMENTS)

        def __getattr__(self, name: str) -> Any:
            hint = _BOTO3_ATTRIBUTES.get(name, "")
            if not hint and not name.startswith("_"):
                method = right_name(name, (each for names in METHODS.values() for each in names))
                hint = method and f"client.{method}"
            return missing_attribute(self, name, hint)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(region={self.config.region!r}, endpoint={endpoint_repr(self.config)})"

    def with_options(self, *, timeout: float | None = None, retries: int | None = None) -> Self:
        """Return a view of this client with other options; everything else is shared.

        Args:
            timeout: Seconds for a whole call; None for the value of this client.
            retries: Attempts after the first; 0 for none, None for the value of this client.

        Raises:
            ConfigurationError: A value is invalid.
        """
        view = self._view()
        try:
            view._options = Options(  # noqa: SLF001  an object of the same class
                timeout=self._options.timeout if timeout is None else _validators.seconds(timeout),
                max_attempts=self._options.max_attempts
                if retries is None
                else _validators.retries(retries) + 1,
            )
        except ValueError as error:
            options = f"timeout={safe_repr(timeout)}, retries={safe_repr(retries)}"
            raise ConfigurationError(f"{options}: expected {error}") from None
        return view

    def _view(self) -> Self:
        """Return an object of the same class with the same attributes, also those of a subclass."""
        state: Any = object.__getstate__(self)
        attributes, slots = state if isinstance(state, tuple) else (state, {})
        view = type(self).__new__(type(self))
        for name, value in {**attributes, **slots}.items():
            object.__setattr__(view, name, value)
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
        """Close all connections. Later calls raise ``ClientClosedError``. May be called more than once."""
        await self._pipeline.close()

    async def send(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request object and return its response; each operation's method calls this.

        Raises:
            InvalidRequestError: A member is missing or of the wrong type; nothing was sent.
            ConfigurationError: No region is set, or settings exclude each other.
            CredentialsError: The operation is signed and there are no credentials.
            ServiceError: The service returned an error; see ``cognito_async.errors``.
            TransportError: No response was received.
            InvalidResponseError: The response cannot be decoded.
        """
        if not isinstance(request, Request):
            raise InvalidRequestError(
                "send",
                [f"expected a request such as types.AdminGetUserRequest(...), got {type(request).__name__}"],
            )
        if not hasattr(request, "operation"):
            raise InvalidRequestError(
                "send",
                [f"{type(request).__name__} belongs to no operation; use a request of cognito_async.types"],
            )
        return await self._pipeline.call(request, self._options)

    async def call(self, operation: str, parameters: Mapping[str, Any], /) -> dict[str, Any]:
        """Call an operation by its name in the API, and return a dict as boto3 does.

        For code that has names and parameters as data; ``client.admin_get_user(...)`` and the like have
        types. Timestamps of the result are datetimes in UTC.

        Args:
            operation: Name in the API, such as ``AdminGetUser``.
            parameters: Parameters as boto3 accepts them: ``{"UserPoolId": pool_id, "Username": "ana"}``.

        Raises:
            InvalidRequestError: There is no such operation, or a parameter is unknown, missing or of the
                wrong type; nothing was sent.
            CognitoError: As ``send``.
        """
        await import_off_loop(*_modules_for(operation))
        from cognito_async._codec.codec import response_to_wire  # noqa: PLC0415  imported off the loop

        response = await self.send(_request_class(operation).from_wire(parameters))
        return response_to_wire(response, metadata=True, as_received=True)


def _is_limiter(value: object) -> bool:
    methods = (getattr(value, name, None) for name in ("acquire", "feedback"))
    return not isinstance(value, type) and all(callable(method) for method in methods)


def _modules_for(operation: object) -> list[str]:
    """Return the modules that ``call`` needs; without the shapes if there is no such operation."""
    modules = ["cognito_async._codec.codec", "cognito_async._codec.lenient_decoder"]
    if isinstance(operation, str):
        areas = [area for (area, _), names in METHODS.items() if right_name(operation, names)]
        modules += [f"cognito_async.types.{area}" for area in areas]
    return modules


def _request_class(operation: str) -> type[Request[Any]]:
    from cognito_async import types  # noqa: PLC0415  a client loads the shapes that its calls need

    if not isinstance(operation, str):  # not quoted: it may be the parameters, with secrets
        problem = f"expected the name of an operation such as 'AdminGetUser', got {type(operation).__name__}"
        raise InvalidRequestError("call", [problem])
    suffix = "Request"
    names = [name.removesuffix(suffix) for name in dir(types) if name.endswith(suffix)]
    if operation not in names:
        hint = did_you_mean(operation, names) or "; names are those of the API, such as 'AdminGetUser'"
        raise InvalidRequestError("call", [f"there is no operation {safe_repr(operation)}{hint}"])
    request: type[Request[Any]] = getattr(types, f"{operation}{suffix}")
    return request
