"""aiohttp subclasses: a connector that tracks reuse, and a request without implicit headers."""

from __future__ import annotations

import asyncio
import socket
from contextvars import ContextVar
from functools import partial
from inspect import signature
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection

from cognito_async._http.headers import CONTENT_TYPE, HOST
from cognito_async._http.in_flight import Exchange
from cognito_async._http.protocol import DirectProtocol

# Set by the transport: the exchange that a connection is for.
current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


_new_sockets: ContextVar[list[socket.socket]] = ContextVar("_new_sockets")
"""The sockets that are created for a connection."""

_ACCEPTS_SOCKET_FACTORY = "socket_factory" in signature(aiohttp.TCPConnector).parameters


def _new_socket(address: Any) -> socket.socket:
    """Create a socket as aiohttp does, and keep it."""
    created = socket.socket(*address[:3])
    _new_sockets.get().append(created)
    return created


class TrackingConnector(aiohttp.TCPConnector):
    """Tracks which connections have carried a request: only those can be stale."""

    def __init__(self, **options: Any) -> None:
        if not isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop) and _ACCEPTS_SOCKET_FACTORY:
            options["socket_factory"] = _new_socket
        super().__init__(**options)
        self._factory: Any = partial(DirectProtocol, self._loop)  # aiohttp's own if it is renamed
        self._used: WeakSet[Any] = WeakSet()
        self.transports: dict[asyncio.Transport, asyncio.Transport] = {}
        """By the transport of the socket: without TLS the same, with TLS another, which TLS may drop early.

        Also while they are closing. Those of other loops than asyncio's own are all by themselves.
        """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  the signature is aiohttp's
    ) -> Connection:
        exchange = current_exchange.get()
        sockets: list[socket.socket] = []
        _new_sockets.set(sockets)
        while True:
            try:
                connection = await super().connect(req, traces, timeout)
            except BaseException:
                # uvloop closes the file descriptor of a socket that it was given, and the socket would close
                # it again, when another connection has it. aiohttp has closed those that it gave to no loop.
                for each in sockets:
                    each.detach()
                raise
            sockets.clear()
            protocol: Any = connection.protocol
            reused = protocol in self._used
            if not reused:
                break
            # aiohttp would take bytes that nobody asked for as the response to this request.
            unusable = protocol.should_close or has_unsent_bytes(protocol.transport)
            if not (exchange.needs_new_connection or unusable):
                break
            connection.close()
        if not reused:
            self._used.add(protocol)
            self._track(protocol.transport)
        exchange.connection_reused = reused
        exchange.extend_deadline(self._loop.time())
        return connection

    def _track(self, transport: Any) -> None:
        self.transports = {inner: outer for inner, outer in self.transports.items() if has_open_socket(inner)}
        inner = socket_transport(transport)
        if inner is not None:  # the connection is not lost yet
            self.transports[inner] = transport


def socket_transport(transport: Any) -> Any:
    """Return the transport of the socket below those of TLS; None if the connection is lost."""
    while (tls := getattr(transport, "_ssl_protocol", None)) is not None:  # two with a proxy that has TLS
        transport = tls._transport  # noqa: SLF001  has no public name
    return transport


def has_unsent_bytes(transport: Any) -> bool:
    """Return whether a part of a request was not sent yet; a transport with TLS counts its own bytes only."""
    inner = socket_transport(transport)
    return any(each is not None and each.get_write_buffer_size() > 0 for each in (transport, inner))


def has_open_socket(transport: asyncio.Transport) -> bool:
    """Return whether the socket is open; it still is while a transport is closing."""
    sock = transport.get_extra_info("socket")
    return sock is not None and sock.fileno() >= 0


class PlainRequest(aiohttp.ClientRequest):
    """A request whose headers are complete; skipping aiohttp's own collection of headers saves 5 us.

    Should aiohttp rename one of these methods, its own runs again, and nothing else changes.
    """

    # Headers that aiohttp must not derive from the body; update_auto_headers would set these attributes.
    skip_auto_headers: Any = (CONTENT_TYPE,)  # of older releases
    _skip_auto_headers: Any = (CONTENT_TYPE,)

    def update_headers(self, headers: Any) -> None:
        """Use the headers unchanged; add only ``Host``, where it is missing."""
        if HOST not in headers:
            headers[HOST] = self.url.host_port_subcomponent
        self.headers = headers

    def update_auto_headers(self, skip_auto_headers: Any) -> None:
        """Add no headers."""

    def update_cookies(self, cookies: Any) -> None:
        """Add no cookies; there is no cookie jar."""

    def update_auth(self, auth: Any, trust_env: Any = False) -> None:  # noqa: FBT002  the signature is aiohttp's
        """Add no authorization; an endpoint has neither user nor password."""

    def update_content_encoding(self, data: Any) -> None:
        """Leave the body as it was signed."""

    def update_transfer_encoding(self) -> None:
        """Send the body with a content length."""

    def update_expect_continue(self, expect: Any = False) -> None:  # noqa: FBT002  the signature is aiohttp's
        """Send the body without waiting for a 100 response."""
