"""A server on loopback that responds like Cognito or injects a fault, and a small forward proxy.

Both speak HTTP over plain sockets, because an HTTP server library does not allow most of these faults.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any, Self

import trustme
from attrs import define, field, frozen

CLOCK_SKEW = timedelta(hours=2)
"""How far the server's clock is ahead when it rejects signatures."""

DISCONNECT_ERRORS = (OSError, asyncio.IncompleteReadError)
"""Errors of reading and writing after the client has disconnected, including TLS errors."""


# Requests and responses


@frozen
class ReceivedRequest:
    """A request as it was received."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.partition(b"\r\n")[0].decode()

    def header(self, name: str) -> str | None:
        for line in self.head.decode().split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    @property
    def operation(self) -> str:
        return (self.header("X-Amz-Target") or "").rpartition(".")[2]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def read_request(reader: asyncio.StreamReader) -> ReceivedRequest | None:
    """Return the next request, or None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    request = ReceivedRequest(head, b"")
    length = int(request.header("Content-Length") or 0)
    return ReceivedRequest(head, await reader.readexactly(length))


def response(status: int, body: bytes, **headers: str) -> bytes:
    """Return an HTTP response; ``_`` in header names stands for ``-``."""
    fields = {
        "Content_Type": "application/x-amz-json-1.1",
        "x_amzn_RequestId": "request-1",
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Content_Length": str(len(body)),
    } | headers
    lines = [f"HTTP/1.1 {status} Status"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([*lines, "", ""]).encode() + body


def success(request: ReceivedRequest) -> bytes:
    """Return the body of a successful response; for ``AdminGetUser`` it describes the requested user."""
    user = {"Username": "ana", "UserAttributes": [{"Name": "email", "Value": "ana@example.com"}]}
    match request.operation:
        case "AdminGetUser":
            user["Username"] = request.json["Username"]
            times = {"UserCreateDate": 1.7e9, "UserLastModifiedDate": 1.7e9}
            body = user | times | {"UserStatus": "CONFIRMED", "Enabled": True}
        case "GetUser":
            body = user
        case _:
            body = {"ChallengeParameters": {}}
    return json.dumps(body).encode()


# One connection


@define(eq=False)
class Peer:
    """The client at the other end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: int = 0

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hang(self) -> None:
        """Send nothing until the client closes the connection."""
        await self.reader.read()
        self.close()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Break the connection with RST instead of FIN."""
        connection = self.writer.get_extra_info("socket")
        if connection is not None:  # the client has not disconnected yet
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


# Faults


@frozen
class Fault:
    """What a server does in place of a successful response."""

    connect: Callable[[Peer], Awaitable[None]] | None = None
    """Called for a new connection; if the connection is still open afterwards, the server reads requests."""

    respond: Callable[[Peer, ReceivedRequest], Awaitable[None]] | None = None
    """Called for a request, in place of sending a successful response."""

    certificate: str | None = None
    """Name of a certificate that clients reject, a key of ``Certificates.servers``."""

    refuse: bool = False
    """Whether connections are refused."""


def respond_with(make: Callable[[ReceivedRequest], bytes], *, close: bool = False) -> Fault:
    """Return a fault that sends these bytes as the response and may close the connection."""

    async def respond(peer: Peer, request: ReceivedRequest) -> None:
        await peer.send(make(request))
        if close:
            peer.close()

    return Fault(respond=respond)


def status(code: int, error: str = "", **headers: str) -> Fault:
    """Return a fault that sends an error response of the service."""
    body = json.dumps({"__type": error, "message": "example"} if error else {}).encode()
    return respond_with(lambda _: response(code, body, **headers))


def html(code: int) -> Fault:
    """Return a fault that sends an HTML page, as a proxy between client and service may."""
    return respond_with(lambda _: response(code, b"<html><h1>Hello</h1></html>", Content_Type="text/html"))


async def _reset_on_connect(peer: Peer) -> None:
    peer.reset()


async def _close_on_connect(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.close()


async def _hang_on_connect(peer: Peer) -> None:
    await peer.hang()


async def _plain_on_connect(peer: Peer) -> None:
    await peer.reader.read(1)
    await peer.send(response(400, b"TLS, please", Connection="close"))
    peer.close()


async def _reset(peer: Peer, request: ReceivedRequest) -> None:
    peer.reset()


async def _close(peer: Peer, request: ReceivedRequest) -> None:
    peer.close()


async def _hang(peer: Peer, request: ReceivedRequest) -> None:
    await peer.hang()


async def _hang_in_body(peer: Peer, request: ReceivedRequest) -> None:
    await peer.send(response(200, success(request))[:-10])
    await peer.hang()


async def _reset_in_body(peer: Peer, request: ReceivedRequest) -> None:
    await peer.send(response(200, success(request))[:-10])
    await asyncio.sleep(0.01)  # otherwise the client does not receive the part of the body
    peer.reset()


async def _send_byte_by_byte(peer: Peer, request: ReceivedRequest) -> None:
    for byte in response(200, success(request)):
        await peer.send(bytes([byte]))
        await asyncio.sleep(0.02)


async def _close_reused_connection(peer: Peer, request: ReceivedRequest) -> None:
    if peer.requests % 2:
        await peer.send(response(200, success(request)))
    else:
        peer.close()


async def _send_large_chunked_body(peer: Peer, request: ReceivedRequest) -> None:
    """Send 32 MB without a Content-Length header."""
    await peer.send(response(200, b"", Content_Length="", Transfer_Encoding="chunked"))
    for _ in range(512):
        if peer.writer.is_closing():
            return
        await peer.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    await peer.send(b"0\r\n\r\n")


def _chunked(body: bytes) -> bytes:
    head = response(200, b"", Content_Length="", Transfer_Encoding="chunked")
    return head + b"%x\r\n%s\r\n" % (len(body), body)


def _skewed_date(moment: datetime) -> str:
    return format_datetime(moment + CLOCK_SKEW, usegmt=True)


async def _reject_skewed_signature(peer: Peer, request: ReceivedRequest) -> None:
    """Reject signatures whose time differs from the server's clock, which is ahead."""
    now = datetime.now(UTC)
    signed = request.header("X-Amz-Date")
    if signed is not None:
        moment = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(now + CLOCK_SKEW - moment) > timedelta(minutes=5):
            body = b'{"__type": "InvalidSignatureException"}'
            return await peer.send(response(400, body, Date=_skewed_date(now)))
    return await peer.send(response(200, success(request), Date=_skewed_date(now)))


HEALTHY = Fault()
REFUSED = Fault(refuse=True)
RESET_ON_CONNECT = Fault(connect=_reset_on_connect)
HANDSHAKE_CLOSED = Fault(connect=_close_on_connect)
HANDSHAKE_HANGS = Fault(connect=_hang_on_connect)
PLAIN_ON_TLS = Fault(connect=_plain_on_connect)
UNKNOWN_CA = Fault(certificate="unknown")
WRONG_HOST = Fault(certificate="host")
EXPIRED = Fault(certificate="expired")
RESET_AFTER_REQUEST = Fault(respond=_reset)
RESET_IN_BODY = Fault(respond=_reset_in_body)
CLOSED_WITHOUT_RESPONSE = Fault(respond=_close)
HANGS = Fault(respond=_hang)
HANGS_IN_BODY = Fault(respond=_hang_in_body)
CLOSED_IN_BODY = respond_with(lambda request: response(200, success(request))[:-10], close=True)
CLOSED_IN_HEADERS = respond_with(lambda request: response(200, success(request))[:30], close=True)
CLOSED_IN_CHUNKED_BODY = respond_with(lambda request: _chunked(success(request)), close=True)
SHORT_CONTENT_LENGTH = respond_with(lambda request: response(200, success(request), Content_Length="10"))
SENDS_BYTE_BY_BYTE = Fault(respond=_send_byte_by_byte)
CLOSES_REUSED_CONNECTION = Fault(respond=_close_reused_connection)
CLOSES_AFTER_RESPONSE = respond_with(lambda request: response(200, success(request)), close=True)
NOT_HTTP = respond_with(lambda _: b"SSH-2.0-OpenSSH_9.6\r\n\r\n", close=True)
LONG_HEADER = respond_with(lambda request: response(200, success(request), X_Long="x" * 100_000))
NOT_JSON = respond_with(lambda _: response(200, b"not JSON"))
JSON_ARRAY = respond_with(lambda _: response(200, b"[]"))
OTHER_CONTENT_TYPE = respond_with(lambda request: response(200, success(request), Content_Type="text/html"))
LARGE_BODY = respond_with(lambda request: response(200, b" " * 200_000 + success(request)))
LARGE_CHUNKED_BODY = Fault(respond=_send_large_chunked_body)
REJECTS_SIGNATURES = respond_with(
    lambda _: response(400, b'{"__type": "InvalidSignatureException"}', Date=_skewed_date(datetime.now(UTC)))
)
REJECTS_SKEWED_SIGNATURES = Fault(respond=_reject_skewed_signature)


def redirect(code: int) -> Fault:
    """Return a fault that redirects to another path of this server; a request to it would succeed."""
    return respond_with(lambda _: response(code, b"", Location="/elsewhere"))


# Certificates


@frozen
class Certificates:
    """A certificate authority, and TLS contexts of servers."""

    authority: bytes
    """Certificate of the authority that clients trust, as PEM."""

    servers: dict[str, ssl.SSLContext]
    """By name: ``good``, or the reason why clients reject the certificate."""


@cache
def certificates() -> Certificates:
    """Create keys and certificates; they exist in memory only."""
    authority, unknown = trustme.CA(), trustme.CA()
    past = datetime.now(UTC) - timedelta(days=1)
    leaf_certificates = {
        "good": authority.issue_cert("127.0.0.1"),
        "unknown": unknown.issue_cert("127.0.0.1"),
        "host": authority.issue_cert("other.example"),
        "expired": authority.issue_cert("127.0.0.1", not_after=past, not_before=past - timedelta(days=1)),
    }
    servers = {}
    for name, leaf in leaf_certificates.items():
        servers[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(servers[name])
    return Certificates(authority.cert_pem.bytes(), servers)


# The server


@define(eq=False)
class FaultServer:
    """A server that runs while its ``async with`` block does.

    Args:
        fault: Fault to inject.
        times: Number of requests or connections with the fault, after which the server is healthy; None for all.
        tls: Whether to use TLS.
        port: Port to listen on; 0 for a free one.
    """

    fault: Fault = HEALTHY
    times: int | None = None
    tls: bool = False
    port: int = 0
    requests: list[ReceivedRequest] = field(factory=list, init=False)
    connections: int = field(default=0, init=False)
    times_applied: int = field(default=0, init=False)
    _change: asyncio.Event = field(factory=asyncio.Event, init=False)
    _peers: dict[Peer, asyncio.Task[None]] = field(factory=dict, init=False)
    _socket: socket.socket = field(init=False)
    _listener: asyncio.Server | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]
        if not self.fault.refuse:
            await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()
        self._socket.close()
        tasks = list(self._peers.values())
        self.drop_connections()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            await self._listener.wait_closed()
        await asyncio.sleep(0)  # transports close their sockets in the next iteration of the loop

    async def wait_for_requests(self, count: int) -> None:
        """Wait until this many requests have been received."""
        while len(self.requests) < count:
            await self._changed()

    async def wait_until_disconnected(self) -> None:
        """Wait until all connections are closed."""
        while self._peers:
            await self._changed()

    async def _changed(self) -> None:
        self._change.clear()
        await self._change.wait()

    def drop_connections(self) -> None:
        """Abort all open connections."""
        for peer in list(self._peers):
            peer.writer.transport.abort()

    async def recover(self) -> None:
        """Stop injecting the fault; start to listen if connections were refused."""
        self.times = 0
        if self._listener is None:
            await self._listen()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._connected, sock=self._socket, backlog=1024)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.connections += 1
        self._peers[peer] = asyncio.create_task(self._serve(peer))

    async def _serve(self, peer: Peer) -> None:
        try:
            await self._serve_requests(peer)
        except DISCONNECT_ERRORS:
            pass
        finally:
            del self._peers[peer]
            peer.close()
            self._change.set()

    async def _serve_requests(self, peer: Peer) -> None:
        fault = self.fault
        if fault.connect is not None and self._applies():
            await fault.connect(peer)
            if peer.writer.is_closing():
                return
        if self.tls:
            name = fault.certificate if fault.certificate and self._applies() else "good"
            await peer.writer.start_tls(certificates().servers[name])
        while not peer.writer.is_closing() and (request := await read_request(peer.reader)):
            self.requests.append(request)
            self._change.set()
            peer.requests += 1
            if fault.respond is not None and self._applies():
                await fault.respond(peer, request)
            else:
                await peer.send(response(200, success(request)))

    def _applies(self) -> bool:
        if self.times is not None and self.times_applied >= self.times:
            return False
        self.times_applied += 1
        return True


# The proxy


@define(eq=False)
class Proxy:
    """A forward proxy and the requests it received."""

    url: str
    requests: list[ReceivedRequest] = field(factory=list)

    @property
    def lines(self) -> list[str]:
        return [request.line for request in self.requests]


@asynccontextmanager
async def forward_proxy(*, rejects: bool = False) -> AsyncGenerator[Proxy]:
    """Run a proxy that forwards requests and tunnels, or rejects each one with 407."""
    tasks: set[asyncio.Task[None]] = set()
    proxy = Proxy("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if rejects:
                await _reject(proxy, reader, writer)
            else:
                await _forward(proxy, reader, writer)
        except DISCONNECT_ERRORS:
            pass
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def _reject(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while request := await read_request(reader):
        proxy.requests.append(request)
        writer.write(response(407, b"", Proxy_Authenticate="Basic"))
        await writer.drain()


async def _forward(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await read_request(reader)
    if request is None:
        return
    proxy.requests.append(request)
    method, target, _ = request.line.split()
    tunnel = method == "CONNECT"
    address = target if tunnel else target.removeprefix("http://").partition("/")[0]
    host, _, port = address.rpartition(":")
    server_reader, server_writer = await asyncio.open_connection(host, int(port))
    if tunnel:
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    else:
        server_writer.write(request.head + request.body)
    try:
        await asyncio.gather(_copy(reader, server_writer), _copy(server_reader, writer))
    finally:
        server_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(*DISCONNECT_ERRORS):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
