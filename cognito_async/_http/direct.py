"""Requests written straight to a connection, without aiohttp's session, request and response objects.

aiohttp still resolves names, connects, does TLS and parses. What is left out is most of the cost of a call
with aiohttp: see the page on performance.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple
from weakref import ref

import aiohttp
from yarl import URL

from cognito_async._http.body import check_size, read_body
from cognito_async._http.connector import (
    PlainRequest,
    TrackingConnector,
    current_exchange,
    has_unsent_bytes,
    socket_transport,
)
from cognito_async._http.headers import CONTROLS, HOST, Headers, control_character_error
from cognito_async._http.in_flight import Exchange
from cognito_async._http.protocol import DirectProtocol
from cognito_async.transport import HTTPRequest, HTTPResponse

_log = logging.getLogger("cognito_async")

_MAX_ROUTES = 64
"""URLs to remember; a client has one for the API, and few at the domain of its user pool."""


class UnknownProtocolError(Exception):
    """aiohttp made a connection with another protocol: its inner parts are not as expected."""


class DirectConnections:
    """Sends requests of one transport on one event loop; owns its idle connections.

    Args:
        loop: The running loop.
        connector: Opens connections.
        connect_timeout: Seconds to connect.
        keepalive_timeout: Seconds that an idle connection is kept open.
        max_response_size: Largest response in bytes.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connector: TrackingConnector,
        *,
        connect_timeout: aiohttp.ClientTimeout,
        keepalive_timeout: float,
        max_response_size: int,
    ) -> None:
        self._loop = loop
        self._connector = connector
        self._connect_timeout = connect_timeout
        self._keepalive_timeout = keepalive_timeout
        self._max_response_size = max_response_size
        self._routes: dict[tuple[str, URL], _Route] = {}
        self._idle: dict[Any, list[_Idle]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def send(self, exchange: Exchange, url: URL, request: HTTPRequest, tls: Any) -> HTTPResponse:
        """Send a request once and return its response."""
        method, _, headers, body = request
        route = self._routes.get((method, url)) or self._new_route(method, url, tls)
        head = route.head(headers, body)
        loop = self._loop
        now = loop.time()
        idle = route.idle
        while idle and not exchange.needs_new_connection:
            connection, protocol, transport, inner, expires = idle.pop()
            if expires > now and not transport.is_closing() and not protocol.should_close:
                exchange.connection_reused = True
                exchange.extend_deadline(now)
                break
            connection.close()
        else:
            connection = await self._connect(exchange, route.target)
            protocol, transport = connection.protocol, connection.transport
            inner = socket_transport(transport)
        try:
            response = protocol.response(skip_payload=method == "HEAD")
            transport.write(head + body)
            message, stream = await response
            content = stream.read_nowait() if stream.is_eof() else await self._read(exchange, message, stream)
            check_size(len(content), self._max_response_size)
        except BaseException:
            transport.abort()  # does not wait until the rest of the request is sent
            connection.close()
            raise
        if transport.get_write_buffer_size() or (inner is not transport and has_unsent_bytes(transport)):
            transport.abort()  # the response came early; the rest would go before the next request
            connection.close()
        elif self._closed or protocol.should_close:
            connection.close()
        else:
            expires = loop.time() + self._keepalive_timeout
            idle.append(_Idle(connection, protocol, transport, inner, expires))
            if self._timer is None:
                self._close_unusable_at(expires)
        return HTTPResponse(message.code, Headers(message.headers), content)

    async def _connect(self, exchange: Exchange, target: _Target) -> Any:
        """Open a connection."""
        current_exchange.set(exchange)
        try:
            connection = await self._connector.connect(target, [], self._connect_timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error
        if connection.transport is None:  # reset as soon as it was open
            connection.close()
            raise aiohttp.ClientConnectionResetError
        if not isinstance(connection.protocol, DirectProtocol):
            connection.close()
            _log.info("aiohttp %s: requests use its session", aiohttp.__version__)
            raise UnknownProtocolError
        return connection

    async def _read(self, exchange: Exchange, message: Any, stream: aiohttp.StreamReader) -> bytes:
        """Read a body that has not come in one piece with its head."""
        announced = message.headers.get("Content-Length", "")
        length = int(announced) if announced.isdecimal() else 0
        return await read_body(stream, length, exchange, self._loop, self._max_response_size)

    def _new_route(self, method: str, url: URL, tls: Any) -> _Route:
        if len(self._routes) >= _MAX_ROUTES:
            self._routes.clear()
            self._idle = {key: idle for key, idle in self._idle.items() if idle}
        target = new_target(method, url, self._loop, tls)
        route = _Route(target, method, url, self._idle.setdefault(target.connection_key, []))
        self._routes[method, url] = route
        return route

    def close(self) -> None:
        """Close the idle connections, and those of running requests at their end."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for idle in self._idle.values():
            for each in idle:
                each.connection.close()
            idle.clear()

    def _close_unusable(self) -> None:
        """Close the connections that were idle for too long, and those that the server has closed."""
        now = self._loop.time()
        self._timer = None
        for idle in self._idle.values():
            usable = []
            for each in idle:
                if each.expires > now and not each.transport.is_closing():
                    usable.append(each)
                else:
                    each.connection.close()
            idle[:] = usable
        if expiries := [idle[0].expires for idle in self._idle.values() if idle]:
            self._close_unusable_at(min(expiries))

    def _close_unusable_at(self, when: float) -> None:
        owner: ref[DirectConnections] = ref(self)
        self._timer = self._loop.call_at(when, _close_unusable, owner)


def _close_unusable(connections: ref[DirectConnections]) -> None:
    """Run the timer of a transport that is still there: the timer itself does not keep it."""
    if (owner := connections()) is not None:
        owner._close_unusable()  # noqa: SLF001  of this module


class _Target(PlainRequest):
    """What aiohttp's connector wants to know about a request: where to connect, and with which TLS context.

    It is made once for a URL, with the key of its connections, which aiohttp computes anew each time.
    """

    connection_key: Any = None


def new_target(method: str, url: URL, loop: asyncio.AbstractEventLoop, tls: Any) -> _Target:
    """Return the target of requests to a URL.

    Args:
        method: HTTP method.
        url: URL.
        loop: The running loop.
        tls: TLS context, or True for aiohttp's own.
    """
    target = _Target(method, url, loop=loop, ssl=tls, headers={})
    target.connection_key = PlainRequest.connection_key.fget(target)  # type: ignore[attr-defined]
    return target


class _Idle(NamedTuple):
    connection: Any
    protocol: Any
    transport: asyncio.Transport
    inner: Any
    """Transport of the socket; without TLS the same."""
    expires: float


class _Route:
    """What is the same for all requests with one method to one URL."""

    __slots__ = ("_host", "_method", "_start", "idle", "target")

    def __init__(self, target: _Target, method: str, url: URL, idle: list[_Idle]) -> None:
        self.target = target
        self.idle = idle
        self._method = method
        self._start = f"{method} {url.raw_path_qs} HTTP/1.1"
        self._host = f"Host: {url.host_port_subcomponent}"

    def head(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """Return the bytes before the body.

        Raises:
            ValueError: A header contains a control character, such as a line break.
        """
        lines = [self._start, *map(": ".join, headers.items())]
        if HOST not in headers and all(name.lower() != "host" for name in headers):
            lines.append(self._host)
        if body or self._method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        lines += ("", "")
        head = "\r\n".join(lines).encode()
        if len(head) - len(head.translate(None, CONTROLS)) != 2 * (len(lines) - 1):  # more than line ends
            raise control_character_error()
        return head
