"""The only module that knows aiohttp: one session, one POST, and its errors as ours."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Protocol
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection
from attrs import frozen
from yarl import URL

from cognito_async import _errors as errors
from cognito_async.config import Config


@frozen
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes


class Transport(Protocol):
    """Sends one request; tests put one without network in its place."""

    async def prepare(self, url: str) -> None:
        """Get ready for requests to a URL: whatever reads files or takes long."""
        ...

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        """Send a body and return the answer, whatever its status; raises a TransportError without one."""
        ...

    async def close(self) -> None:
        """Let go of every connection. May be called again."""
        ...


# The first match counts, so a class stands before its bases.
_ERRORS: tuple[tuple[type[BaseException], type[errors.TransportError], str], ...] = (
    (aiohttp.ConnectionTimeoutError, errors.ConnectTimeoutError, "no connection in time"),
    (aiohttp.SocketTimeoutError, errors.ReadTimeoutError, "connected, but no answer in time"),
    (aiohttp.ClientConnectorCertificateError, errors.TLSError, "the certificate was not accepted"),
    (aiohttp.ClientConnectorSSLError, errors.TLSError, "the TLS handshake failed"),
    (aiohttp.ClientProxyConnectionError, errors.ProxyError, "no connection to the proxy"),
    (aiohttp.ClientHttpProxyError, errors.ProxyError, "the proxy refused"),
    (aiohttp.ClientConnectorDNSError, errors.ConnectError, "the host name was not found"),
    (aiohttp.ClientConnectorError, errors.ConnectError, "no connection"),
    (
        aiohttp.ServerDisconnectedError,
        errors.ConnectionLostError,
        "the server closed the connection",
    ),
    (aiohttp.ClientPayloadError, errors.ConnectionLostError, "the answer broke off"),
    (aiohttp.ClientConnectionResetError, errors.ConnectionLostError, "the connection broke"),
    (aiohttp.ClientOSError, errors.ConnectionLostError, "the connection broke"),
    (aiohttp.ClientResponseError, errors.TransportError, "the answer is not HTTP"),
    (TimeoutError, errors.RequestTimeoutError, "no answer in time"),
    (aiohttp.ClientError, errors.TransportError, "the request failed"),
    (OSError, errors.TransportError, "the request failed"),
)


def map_error(error: BaseException, host: str) -> errors.TransportError:
    """Our exception for one of aiohttp's or the operating system's."""
    reason = type(_cause(error) or error).__name__
    for theirs, ours, text in _ERRORS:
        if isinstance(error, theirs):
            return ours(f"{host}: {text} ({reason})")
    message = f"{host}: {type(error).__name__}"
    return errors.TransportError(message)


def _cause(error: BaseException) -> BaseException | None:
    """What of an exception may be shown: that of the operating system or of TLS, which holds no secrets."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error
    return error if isinstance(error, OSError) and not isinstance(error, aiohttp.ClientError) else None


# Set by the connector for the task that asked: whether its connection has carried a request before.
_was_used: ContextVar[bool] = ContextVar("_was_used", default=False)
# Set for the connector: whether the task wants a connection that has carried none.
_wants_new: ContextVar[bool] = ContextVar("_wants_new", default=False)

# What a request on a connection ends with that the server has closed meanwhile.
_STALE = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientConnectionResetError)


class _Connector(aiohttp.TCPConnector):
    """Remembers which connections have been used, because only those may have been closed meanwhile."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used: WeakSet[Any] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  the signature is aiohttp's
    ) -> Connection:
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            was_used = protocol in self._used
            if not (was_used and _wants_new.get()):
                break
            connection.close()
        _was_used.set(was_used)
        self._used.add(protocol)
        return connection


class AiohttpTransport:
    """One aiohttp session for each event loop that calls; it ends with the loop or with ``close()``."""

    def __init__(self, config: Config, session: aiohttp.ClientSession | None = None) -> None:
        self._config = config
        self._session = session
        self._sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}
        self._guards: dict[asyncio.AbstractEventLoop, AsyncGenerator[None]] = {}
        self._ssl: ssl.SSLContext | bool = True
        self._proxy = config.proxy or None
        self._closed = False

    async def prepare(self, url: str) -> None:
        """Do what blocks, in a thread, before the first request to ``url``."""
        if url.startswith("https:"):
            self._ssl = await asyncio.to_thread(_tls_context, self._config)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        """Send a body and return the answer, whatever its status.

        Args:
            url: Where to.
            headers: All that are sent, but for the length.
            body: What is sent.
            seconds: Time until the whole answer is there, connecting included; None for no limit.
            resend: Whether the request may be sent once more when the server has closed a connection that
                was kept open, which shows only when it is used.

        Raises:
            TransportError: There was no answer.
        """
        if self._closed:
            raise _closed_error()
        target = URL(url, encoded=True)
        started = asyncio.get_running_loop().time()
        _wants_new.set(False)
        try:
            try:
                return await self._post(target, headers, body, seconds)
            except _STALE:
                if self._closed or not (resend and _was_used.get()):
                    raise
            _wants_new.set(True)  # where one has died of age, others have
            took = asyncio.get_running_loop().time() - started
            left = None if seconds is None else max(0.001, seconds - took)
            return await self._post(target, headers, body, left)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._closed or task is None or task.cancelling():
                raise
            failure, cause = _closed_error(), None  # aiohttp cancels those who wait for a connection
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = _closed_error() if self._closed else map_error(error, target.host or url)
            cause = _cause(error)
        # Outside of the except block: aiohttp's own exceptions hold headers and the proxy's password.
        raise failure from cause

    async def _post(self, url: URL, headers: Mapping[str, str], body: bytes, seconds: float | None) -> Reply:
        _was_used.set(False)
        if self._session is not None and self._session.closed:
            raise errors.ClientClosedError("the aiohttp session that the client was given is closed")
        session = self._session or self._sessions.get(asyncio.get_running_loop()) or await self._open()
        async with session.post(
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            ssl=self._ssl,
            proxy=self._proxy,
            timeout=_limits(seconds, self._config.connect_timeout, self._config.read_timeout),
        ) as response:
            content = await self._read(response)
            received = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, received, content)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._config.max_response_size
        length = response.content_length
        if length is not None and length <= limit:
            return await response.read()
        if length is not None:
            response.close()
            raise errors.ResponseTooLargeError(f"the answer has {length} bytes, more than {limit}")
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > limit:
                response.close()
                raise errors.ResponseTooLargeError(f"the answer is longer than {limit} bytes")
        return b"".join(parts)

    async def _open(self) -> aiohttp.ClientSession:
        config = self._config
        session = aiohttp.ClientSession(
            connector=_Connector(limit=config.max_connections, keepalive_timeout=config.keepalive_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a .netrc entry for the host would replace the signature
            auto_decompress=False,
        )
        loop = asyncio.get_running_loop()
        self._guards = {loop: guard for loop, guard in self._guards.items() if not loop.is_closed()}
        self._guards[loop] = guard = self._guard(session, loop)
        await anext(guard)
        return session

    async def _guard(
        self, session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop
    ) -> AsyncGenerator[None]:
        """Tie a session to its loop: a loop that ends closes the generators that it has seen start."""
        self._sessions[loop] = session
        try:
            yield
        finally:
            self._sessions.pop(loop, None)
            await session.close()

    async def close(self) -> None:
        """Let go of every connection. May be called again."""
        self._closed = True
        guards, self._guards = self._guards, {}
        for loop, guard in guards.items():
            if loop is asyncio.get_running_loop():
                await guard.aclose()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(guard.aclose(), loop)


@lru_cache(maxsize=8)
def _limits(total: float | None, connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total, sock_connect=connect, sock_read=read)


def _closed_error() -> errors.ClientClosedError:
    return errors.ClientClosedError("the client is closed; make a new one")


def _tls_context(config: Config) -> ssl.SSLContext:
    """Build what the TLS handshake needs; reads certificates, so it blocks.

    Raises:
        ConfigurationError: A file cannot be read or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca_bundle)
    except OSError as error:
        raise errors.ConfigurationError(
            f"ca_bundle {config.ca_bundle!r} cannot be read ({type(error).__name__})"
        ) from None
    if not config.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if config.client_cert is not None:
        certificate = config.client_cert
        try:
            context.load_cert_chain(*(certificate if isinstance(certificate, tuple) else (certificate,)))
        except OSError as error:
            raise errors.ConfigurationError(
                f"client_cert {certificate!r} cannot be read ({type(error).__name__})"
            ) from None
    return context
