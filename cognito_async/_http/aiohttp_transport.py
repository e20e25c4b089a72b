"""The aiohttp transport: a session for each event loop, deadlines, and a resend on a stale connection."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import sys
import weakref
from collections.abc import Coroutine
from functools import lru_cache
from math import inf
from typing import Any

import aiohttp
import attr
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from cognito_async import _errors as errors
from cognito_async._hosts import is_loopback
from cognito_async._http.body import read_body
from cognito_async._http.connector import PlainRequest, TrackingConnector, current_exchange
from cognito_async._http.direct import DirectConnections, UnknownProtocolError
from cognito_async._http.error_map import map_error, safe_cause
from cognito_async._http.headers import Headers, check_headers
from cognito_async._http.in_flight import Exchange
from cognito_async._http.loop_state import (
    LoopState,
    LoopStates,
    close_states_of_closed_loops,
    close_states_of_collected_transport,
)
from cognito_async._http.probe import is_supported
from cognito_async._http.tls import tls_context
from cognito_async._uncopyable import Uncopyable
from cognito_async.config import Config
from cognito_async.config._resolve import ARGUMENT, environment_proxy
from cognito_async.transport import Connections, HTTPRequest, HTTPResponse

_log = logging.getLogger("cognito_async")
_REQUEST = aiohttp.ClientSession._request  # noqa: SLF001  has no public name

# How a request fails on a kept-alive connection that the server has closed.
_STALE_CONNECTION_ERRORS = (
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientOSError,
    aiohttp.ClientConnectionResetError,
)


class AiohttpTransport(Uncopyable):
    """Sends requests with aiohttp, with one session for each event loop."""

    _instead = "it holds connections. Each process needs a client of its own"

    def __init__(self, config: Config, session: aiohttp.ClientSession | None = None) -> None:
        self._config = config
        self._session = session
        self._loop_states: LoopStates = {}
        # A program that closes its loops itself may close no client, and yet have no socket left open.
        weakref.finalize(self, close_states_of_collected_transport, self._loop_states)
        self._ssl: ssl.SSLContext | None = None
        self._endpoint = ""
        self._max_response_size = config.max_response_size
        # Only our own connector reports when a request has got its connection.
        self._read_timeout = config.read_timeout if session is None else None
        self._client_timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=config.connect_timeout,
            sock_read=None if session is None else config.read_timeout,
        )
        self._closed = False

    async def prepare(self, url: str) -> None:
        """Build the TLS context for ``https`` in a thread. The proxy of the settings is that for this URL."""
        self._endpoint = url
        if url.startswith("https:") and self._ssl is None:
            self._ssl = await asyncio.to_thread(tls_context, self._config)

    def why_session(self) -> str | None:
        """Return why requests to the endpoint use aiohttp's session; None if they do not."""
        config = self._config
        if self._session is not None:
            return "session="
        if not config.direct_http:
            return config.sources.get("direct_http", ARGUMENT)
        if config.proxy:
            return "proxy"
        if _is_patched():
            return "aiohttp is patched"
        return None if is_supported() else f"aiohttp {aiohttp.__version__}"

    def with_http_path(self, config: Config) -> Config:
        """Return the settings with ``direct_http`` as it is, and the reason if it is not as set; log it."""
        reason = self.why_session()
        if reason is None:
            _log.debug("requests go straight to connections of aiohttp %s", aiohttp.__version__)
            return config
        _log.debug("requests go through the session of aiohttp %s (%s)", aiohttp.__version__, reason)
        if not config.direct_http:
            return config
        return attr.evolve(config, direct_http=False, sources={**config.sources, "direct_http": reason})

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:  # noqa: ASYNC109  kept by one timer for all requests
        """Send a request and return its response; see ``Transport.send``."""
        if self._closed:
            raise _closed_error()
        loop = asyncio.get_running_loop()
        state = self._loop_states.get(loop) or await self._open(loop)
        url = _parsed(request.url)
        exchange = Exchange(
            state.in_flight,
            inf if timeout is None else loop.time() + timeout,
            inf if self._read_timeout is None else self._read_timeout,
        )
        try:
            with exchange:
                if not exchange.has_slot:
                    await exchange.acquire_slot()
                try:
                    return await self._send_once(state, exchange, url, request)
                except UnknownProtocolError:
                    state.direct = None
                except _STALE_CONNECTION_ERRORS:
                    if self._closed or not (resend and exchange.connection_reused):
                        raise
                exchange.restart()  # if one idle connection was closed, the others may be too
                return await self._send_once(state, exchange, url, request)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not (self._closed or state.session.closed) or task is None or task.cancelling():
                raise
            # Closing a session cancels the requests that wait for a connection.
            failure: errors.TransportError = _closed_error() if self._closed else _session_closed_error()
            cause = None
        except (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError) as error:
            failure, cause = self._failure(exchange, url, error), safe_cause(error)
        # Outside of the except block: aiohttp's own exceptions hold headers and the proxy's password.
        raise failure from cause

    def _failure(self, exchange: Exchange, url: URL, error: BaseException) -> errors.TransportError:
        """Return this package's error for one of aiohttp."""
        if self._closed:
            return _closed_error()
        host = url.host or str(url)
        if not url.is_default_port():
            host = f"{host}:{url.port}"
        return _timed_out(exchange, host) if exchange.expired else map_error(error, host)

    def _send_once(
        self, state: LoopState, exchange: Exchange, url: URL, request: HTTPRequest
    ) -> Coroutine[Any, Any, HTTPResponse]:
        if self._closed:
            raise _closed_error()
        if state.session.closed:
            raise _session_closed_error()
        proxy = self._config.proxy if request.url == self._endpoint else self._proxy_for(url)
        needs_tls = self._ssl is None and url.scheme == "https"
        # aioresponses and others replace the method of the session while a client is there.
        if state.direct is None or proxy or needs_tls or aiohttp.ClientSession._request is not _REQUEST:  # noqa: SLF001  has no public name
            return self._send_with_session(state, exchange, url, request, proxy)
        return state.direct.send(exchange, url, request, self._ssl or True)

    async def _send_with_session(
        self, state: LoopState, exchange: Exchange, url: URL, request: HTTPRequest, proxy: str | None
    ) -> HTTPResponse:
        if self._ssl is None and url.scheme == "https":  # the endpoint is http, this host is not
            self._ssl = await asyncio.to_thread(tls_context, self._config)
        current_exchange.set(exchange)
        headers = request.headers
        check_headers(headers)
        if not request.body and request.method != "GET":
            headers = {**headers, "Content-Length": "0"}  # older releases of aiohttp omit it without a body
        response = await state.session.request(
            request.method,
            url,
            data=request.body or None,
            headers=headers,
            allow_redirects=False,
            raise_for_status=False,  # a caller's session may have it on; errors of the service have a body
            ssl=self._ssl or True,
            proxy=proxy or None,
            timeout=self._client_timeout,
        )
        stream = response.content
        length = 0 if stream.is_eof() else response.content_length or 0
        try:
            # At the end of the response, aiohttp has returned the connection to its pool.
            body = await read_body(stream, length, exchange, state.loop, self._max_response_size)
        except BaseException:
            response.close()
            raise
        return HTTPResponse(response.status, Headers(response.headers), body)

    def _proxy_for(self, url: URL) -> str | None:
        """Return the proxy for a request to something other than the API, such as the OAuth 2.0 endpoints.

        The variables may name another one for its host. There is none for ``http`` to this machine: the
        proxy would read the secrets of the request, and would reach another machine.
        """
        config = self._config
        if url.scheme == "http" and is_loopback(url.host or ""):
            return None
        same_host = self._endpoint and URL(self._endpoint).origin() == url.origin()
        if same_host or config.sources.get("proxy") == ARGUMENT:
            return config.proxy or None
        from_variable = environment_proxy(str(url), os.environ)
        return from_variable[0] if from_variable else None

    async def _open(self, loop: asyncio.AbstractEventLoop) -> LoopState:
        close_states_of_closed_loops(self._loop_states)
        config = self._config
        session, connector, direct = self._session, None, None
        slots = sys.maxsize  # a caller's own session has a limit of its own
        if session is None:
            slots = config.max_connections
            connector = TrackingConnector(limit=0, keepalive_timeout=config.keepalive_timeout)
            session = aiohttp.ClientSession(
                connector=connector,
                request_class=PlainRequest,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,  # a .netrc entry for the host would replace the signature
                auto_decompress=False,
            )
            session._retry_connection = False  # noqa: SLF001  aiohttp would resend a GET without ``resend``
            if config.direct_http and is_supported() and not _is_patched():
                direct = DirectConnections(
                    loop,
                    connector,
                    connect_timeout=self._client_timeout,
                    keepalive_timeout=config.keepalive_timeout,
                    max_response_size=config.max_response_size,
                )
        state = LoopState(self._loop_states, loop, session, connector, direct=direct, slots=slots)
        await state.open()
        return state

    def connections(self) -> Connections:
        """Return the number of connections in use and of requests that wait for one; in any thread."""
        counts = [state.in_flight.counts() for state in list(self._loop_states.values())]
        return Connections(sum(each.in_use for each in counts), sum(each.waiting for each in counts))

    def is_open(self) -> bool:
        """Return whether an event loop that has not ended has a session of this transport."""
        states = list(self._loop_states.items())
        return self._session is None and any(not loop.is_closed() for loop, _ in states)

    async def close(self) -> None:
        """Close all connections. May be called more than once."""
        self._closed = True
        close_states_of_closed_loops(self._loop_states)
        running = asyncio.get_running_loop()
        for loop, state in list(self._loop_states.items()):
            if loop is running:
                await state.close()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(state.close(), loop)


def _is_patched() -> bool:
    """Return whether a package for tests or tracing has replaced methods of aiohttp's session.

    What it does with requests needs the session.
    """
    methods: tuple[Any, ...] = (aiohttp.ClientSession.__init__, aiohttp.ClientSession._request)  # noqa: SLF001  has no public name
    return any(each.__module__ != aiohttp.client.__name__ or hasattr(each, "__wrapped__") for each in methods)


@lru_cache(maxsize=64)
def _parsed(url: str) -> URL:
    return URL(url, encoded=True)


def _timed_out(exchange: Exchange, host: str) -> errors.TransportError:
    if exchange.hit_total_timeout:
        return errors.RequestTimeoutError(f"{host}: no response within the timeout")
    return errors.ReadTimeoutError(f"{host}: connected, but no data within read_timeout")


def _closed_error() -> errors.ClientClosedError:
    return errors.ClientClosedError("the client is closed")


def _session_closed_error() -> errors.ClientClosedError:
    return errors.ClientClosedError("the caller's aiohttp session is closed")
