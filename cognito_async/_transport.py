"""One session, one POST, and aiohttp's errors as ours; only this module and ``_aiohttp`` know aiohttp."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import AsyncGenerator, Mapping
from functools import lru_cache
from math import inf
from typing import NamedTuple

import aiohttp
from yarl import URL

from cognito_async import _errors as errors
from cognito_async._aiohttp import PlainRequest, TrackingConnector, current_exchange
from cognito_async._headers import Headers
from cognito_async._protocol import Reply
from cognito_async._tls import tls_context
from cognito_async._traffic import Exchange, Traffic
from cognito_async.config import Config

# The first match counts, so a class stands before its bases.
_ERRORS: tuple[tuple[type[BaseException], type[errors.TransportError], str], ...] = (
    (aiohttp.ConnectionTimeoutError, errors.ConnectTimeoutError, "no connection within connect_timeout"),
    (aiohttp.SocketTimeoutError, errors.ReadTimeoutError, "connected, but no answer within read_timeout"),
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
    for theirs, ours, text in _ERRORS:
        if isinstance(error, theirs):
            return ours(f"{host}: {text} ({_told(error)})")
    return errors.TransportError(f"{host}: {type(error).__name__}")


def _told(error: BaseException) -> str:
    """Kind of an error, and what may be quoted of it: no URL, no header, no password."""
    cause = _cause(error) or error
    words: str | None = None
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        words = f"{error.host}:{error.port}"
    elif isinstance(error, aiohttp.ClientHttpProxyError):
        words = f"HTTP {error.status}"
    elif isinstance(cause, ssl.SSLError):  # these are there on errors that OpenSSL has told
        words = (getattr(cause, "verify_message", None) or getattr(cause, "reason", None) or "").rstrip(".")
    elif isinstance(cause, socket.gaierror):
        words = cause.strerror
    elif isinstance(cause, OSError) and cause.errno:
        words = os.strerror(cause.errno)
    return f"{type(cause).__name__}: {words}" if words else type(cause).__name__


def _cause(error: BaseException) -> BaseException | None:
    """What of an exception may be shown: that of the operating system or of TLS, which holds no secrets."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error
    return error if isinstance(error, OSError) and not isinstance(error, aiohttp.ClientError) else None


# What a request on a connection ends with that the server has closed meanwhile.
_STALE = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientConnectionResetError)


class _Line(NamedTuple):
    """What requests on one event loop share."""

    loop: asyncio.AbstractEventLoop
    session: aiohttp.ClientSession
    traffic: Traffic


class AiohttpTransport:
    """One aiohttp session for each event loop that calls; it ends with the loop or with ``close()``."""

    def __init__(self, config: Config, session: aiohttp.ClientSession | None = None) -> None:
        self._config = config
        self._session = session
        self._lines: dict[asyncio.AbstractEventLoop, _Line] = {}
        self._guards: dict[asyncio.AbstractEventLoop, AsyncGenerator[None]] = {}
        self._ssl: ssl.SSLContext | bool = True
        self._proxy = config.proxy or None
        self._largest = config.max_response_size
        # Only our own connector says when a request has got its connection.
        self._patience = config.read_timeout if session is None else None
        self._limits = aiohttp.ClientTimeout(
            total=None,
            sock_connect=config.connect_timeout,
            sock_read=None if session is None else config.read_timeout,
        )
        self._closed = False

    async def prepare(self, url: str) -> None:
        """Do what blocks, in a thread, before the first request to ``url``."""
        if url.startswith("https:"):
            self._ssl = await asyncio.to_thread(tls_context, self._config)

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
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop) or await self._open(loop)
        target = _parsed(url)
        exchange = Exchange(
            line.traffic,
            inf if seconds is None else loop.time() + seconds,
            inf if self._patience is None else self._patience,
        )
        current_exchange.set(exchange)
        try:
            with exchange:
                if not exchange.has_room:
                    await exchange.wait_for_room()
                try:
                    return await self._post(line, exchange, target, headers, body)
                except _STALE:
                    if self._closed or not (resend and exchange.was_used):
                        raise
                exchange.restart()  # where one connection has died of age, others have
                return await self._post(line, exchange, target, headers, body)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not (self._closed or line.session.closed) or task is None or task.cancelling():
                raise
            # A session that is closed cancels those who wait for a connection.
            failure: errors.TransportError = _closed_error() if self._closed else _session_closed_error()
            cause = None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            host = target.host or url
            if not target.is_default_port():
                host = f"{host}:{target.port}"
            if self._closed:
                failure = _closed_error()
            else:
                failure = _timed_out(exchange, host) if exchange.expired else map_error(error, host)
            cause = _cause(error)
        # Outside of the except block: aiohttp's own exceptions hold headers and the proxy's password.
        raise failure from cause

    async def _post(
        self, line: _Line, exchange: Exchange, url: URL, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        if self._closed:
            raise _closed_error()
        if line.session.closed:
            raise _session_closed_error()
        response = await line.session.post(
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            ssl=self._ssl,
            proxy=self._proxy,
            timeout=self._limits,
        )
        stream = response.content
        parts: list[bytes] = []
        size = 0
        try:
            if not stream.is_eof():
                self._check_size(response.content_length or 0)
            # At the end of the answer, aiohttp has given the connection back.
            while not stream.at_eof():
                if not stream.is_eof():
                    exchange.step(line.loop.time())
                part = await stream.readany()
                parts.append(part)
                size += len(part)
                self._check_size(size)
        except BaseException:
            response.close()
            raise
        return Reply(response.status, Headers(response.headers), b"".join(parts))

    def _check_size(self, size: int) -> None:
        if size > self._largest:
            raise errors.ResponseTooLargeError(
                f"the answer is longer than max_response_size, {self._largest} bytes"
            )

    async def _open(self, loop: asyncio.AbstractEventLoop) -> _Line:
        config = self._config
        session = self._session or aiohttp.ClientSession(
            connector=TrackingConnector(
                limit=config.max_connections, keepalive_timeout=config.keepalive_timeout
            ),
            request_class=PlainRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a .netrc entry for the host would replace the signature
            auto_decompress=False,
        )
        # A caller's own session has a limit of its own.
        line = _Line(loop, session, Traffic(loop, sys.maxsize if self._session else config.max_connections))
        self._guards = {loop: guard for loop, guard in self._guards.items() if not loop.is_closed()}
        self._guards[loop] = guard = self._guard(line, loop)
        await anext(guard)
        return line

    async def _guard(self, line: _Line, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
        """Tie a session to its loop: a loop that ends closes the generators that it has seen start."""
        self._lines[loop] = line
        try:
            yield
        finally:
            self._lines.pop(loop, None)
            line.traffic.close()
            if line.session is not self._session:
                await line.session.close()

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
def _parsed(url: str) -> URL:
    return URL(url, encoded=True)


def _timed_out(exchange: Exchange, host: str) -> errors.TransportError:
    if exchange.is_total:
        return errors.RequestTimeoutError(f"{host}: no answer in time")
    return errors.ReadTimeoutError(f"{host}: connected, but no answer within read_timeout")


def _closed_error() -> errors.ClientClosedError:
    return errors.ClientClosedError("the client is closed")


def _session_closed_error() -> errors.ClientClosedError:
    return errors.ClientClosedError("the aiohttp session that the client was given is closed")
