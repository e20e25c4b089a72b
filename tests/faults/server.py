"""A server on loopback that answers like Cognito, or misbehaves as it is told; and a small forward proxy.

It speaks HTTP over plain sockets, because a real HTTP server would not let it do most of this.
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

SKEW = timedelta(hours=2)
"""How far ahead the server's clock is when it refuses signatures."""

GONE = (OSError, asyncio.IncompleteReadError)
"""What reading and writing raise when the client has left, TLS errors included."""


# What goes over the wire


@frozen
class HttpRequest:
    """A request as it came."""

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


async def read_request(reader: asyncio.StreamReader) -> HttpRequest | None:
    """Return the next request, None when there is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    request = HttpRequest(head, b"")
    length = int(request.header("Content-Length") or 0)
    return HttpRequest(head, await reader.readexactly(length))


def response(status: int, body: bytes, **headers: str) -> bytes:
    """An HTTP response; underscores in names of headers stand for hyphens."""
    fields = {
        "Content_Type": "application/x-amz-json-1.1",
        "x_amzn_RequestId": "request-1",
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Content_Length": str(len(body)),
    } | headers
    lines = [f"HTTP/1.1 {status} Status"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([*lines, "", ""]).encode() + body


def success(request: HttpRequest) -> bytes:
    """What Cognito answers when all is well; the user is the one asked for."""
    user = {"Username": "ana", "UserAttributes": [{"Name": "email", "Value": "ana@example.com"}]}
    match request.operation:
        case "AdminGetUser":
            user["Username"] = request.json["Username"]
            times = {"UserCreateDate": 1.7e9, "UserLastModifiedDate": 1.7e9}
            answer = user | times | {"UserStatus": "CONFIRMED", "Enabled": True}
        case "GetUser":
            answer = user
        case _:
            answer = {"ChallengeParameters": {}}
    return json.dumps(answer).encode()


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
        """Do nothing until the client gives up."""
        await self.reader.read()
        self.close()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Break the connection with RST instead of FIN."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


# Faults


@frozen
class Fault:
    """How a server misbehaves: on a new connection, unless it leaves it open, or instead of an answer."""

    connect: Callable[[Peer], Awaitable[None]] | None = None
    answer: Callable[[Peer, HttpRequest], Awaitable[None]] | None = None
    certificate: str | None = None
    refuse: bool = False


def answering(make: Callable[[HttpRequest], bytes], *, close: bool = False) -> Fault:
    """A fault that is in what is sent."""

    async def answer(peer: Peer, request: HttpRequest) -> None:
        await peer.send(make(request))
        if close:
            peer.close()

    return Fault(answer=answer)


def status(code: int, error: str = "", **headers: str) -> Fault:
    """An error of the service."""
    body = json.dumps({"__type": error, "message": "made up"} if error else {}).encode()
    return answering(lambda _: response(code, body, **headers))


def html(code: int) -> Fault:
    """A page of something that stands in between."""
    return answering(lambda _: response(code, b"<html><h1>Hello</h1></html>", Content_Type="text/html"))


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


async def _reset(peer: Peer, request: HttpRequest) -> None:
    peer.reset()


async def _close(peer: Peer, request: HttpRequest) -> None:
    peer.close()


async def _hang(peer: Peer, request: HttpRequest) -> None:
    await peer.hang()


async def _hang_in_body(peer: Peer, request: HttpRequest) -> None:
    await peer.send(response(200, success(request))[:-10])
    await peer.hang()


async def _reset_in_body(peer: Peer, request: HttpRequest) -> None:
    await peer.send(response(200, success(request))[:-10])
    await asyncio.sleep(0.01)  # else the client would not see what came before
    peer.reset()


async def _drip(peer: Peer, request: HttpRequest) -> None:
    for byte in response(200, success(request)):
        await peer.send(bytes([byte]))
        await asyncio.sleep(0.02)


async def _drop_second(peer: Peer, request: HttpRequest) -> None:
    if peer.requests % 2:
        await peer.send(response(200, success(request)))
    else:
        peer.close()


async def _flood(peer: Peer, request: HttpRequest) -> None:
    """Send 32 MB without saying how much it will be."""
    await peer.send(response(200, b"", Content_Length="", Transfer_Encoding="chunked"))
    for _ in range(512):
        if peer.writer.is_closing():
            return
        await peer.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    await peer.send(b"0\r\n\r\n")


def _chunked(body: bytes) -> bytes:
    head = response(200, b"", Content_Length="", Transfer_Encoding="chunked")
    return head + b"%x\r\n%s\r\n" % (len(body), body)


def _skewed(moment: datetime) -> str:
    return format_datetime(moment + SKEW, usegmt=True)


async def _check_clock(peer: Peer, request: HttpRequest) -> None:
    """Refuse signatures of another time than the server's, which is ahead."""
    now = datetime.now(UTC)
    signed = request.header("X-Amz-Date")
    if signed is not None:
        moment = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(now + SKEW - moment) > timedelta(minutes=5):
            body = b'{"__type": "InvalidSignatureException"}'
            return await peer.send(response(400, body, Date=_skewed(now)))
    return await peer.send(response(200, success(request), Date=_skewed(now)))


FINE = Fault()
REFUSED = Fault(refuse=True)
RESET_ON_CONNECT = Fault(connect=_reset_on_connect)
HANDSHAKE_CLOSED = Fault(connect=_close_on_connect)
HANDSHAKE_HANGS = Fault(connect=_hang_on_connect)
PLAIN_ON_TLS = Fault(connect=_plain_on_connect)
UNKNOWN_CA = Fault(certificate="unknown")
WRONG_HOST = Fault(certificate="host")
EXPIRED = Fault(certificate="expired")
RESET = Fault(answer=_reset)
RESET_IN_BODY = Fault(answer=_reset_in_body)
CLOSED = Fault(answer=_close)
HANGS = Fault(answer=_hang)
HANGS_IN_BODY = Fault(answer=_hang_in_body)
TRUNCATED = answering(lambda request: response(200, success(request))[:-10], close=True)
TRUNCATED_HEAD = answering(lambda request: response(200, success(request))[:30], close=True)
TRUNCATED_CHUNKED = answering(lambda request: _chunked(success(request)), close=True)
TOO_SHORT_LENGTH = answering(lambda request: response(200, success(request), Content_Length="10"))
DRIPS = Fault(answer=_drip)
DROPS_SECOND = Fault(answer=_drop_second)
CLOSES_WHEN_IDLE = answering(lambda request: response(200, success(request)), close=True)
NOT_HTTP = answering(lambda _: b"SSH-2.0-OpenSSH_9.6\r\n\r\n", close=True)
LONG_HEADER = answering(lambda request: response(200, success(request), X_Long="x" * 100_000))
EMPTY = answering(lambda _: response(200, b"not JSON"))
ARRAY = answering(lambda _: response(200, b"[]"))
OTHER_TYPE = answering(lambda request: response(200, success(request), Content_Type="text/html"))
HUGE = answering(lambda request: response(200, b" " * 200_000 + success(request)))
HUGE_UNDECLARED = Fault(answer=_flood)
SKEWED = answering(
    lambda _: response(400, b'{"__type": "InvalidSignatureException"}', Date=_skewed(datetime.now(UTC)))
)
CLOCK_AHEAD = Fault(answer=_check_clock)


def redirect(code: int) -> Fault:
    """To another path of the same server, which would answer well."""
    return answering(lambda _: response(code, b"", Location="/elsewhere"))


# Certificates


@frozen
class Certificates:
    """A certificate authority of this process, and what servers show by name."""

    authority: bytes
    servers: dict[str, ssl.SSLContext]


@cache
def certificates() -> Certificates:
    """Make keys and certificates; they exist in memory only."""
    authority, unknown = trustme.CA(), trustme.CA()
    past = datetime.now(UTC) - timedelta(days=1)
    leaves = {
        "good": authority.issue_cert("127.0.0.1"),
        "unknown": unknown.issue_cert("127.0.0.1"),
        "host": authority.issue_cert("other.example"),
        "expired": authority.issue_cert("127.0.0.1", not_after=past, not_before=past - timedelta(days=1)),
    }
    servers = {}
    for name, leaf in leaves.items():
        servers[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(servers[name])
    return Certificates(authority.cert_pem.bytes(), servers)


# The server


@define(eq=False)
class FaultServer:
    """Serves on a free port for as long as an ``async with`` block runs.

    Args:
        fault: What goes wrong.
        times: How many requests or connections it hits before all is well; None for all.
        tls: Whether to speak TLS.
        port: A port of one's own choice.
    """

    fault: Fault = FINE
    times: int | None = None
    tls: bool = False
    port: int = 0
    requests: list[HttpRequest] = field(factory=list, init=False)
    connections: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)
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
        await asyncio.sleep(0)  # transports close their sockets in the loop's next round

    async def received(self, count: int) -> None:
        """Wait until this many requests have come."""
        while len(self.requests) < count:
            await self._changed()

    async def abandoned(self) -> None:
        """Wait until no connection is left."""
        while self._peers:
            await self._changed()

    async def _changed(self) -> None:
        self._change.clear()
        await self._change.wait()

    def drop_connections(self) -> None:
        """Break every connection that is open."""
        for peer in list(self._peers):
            peer.writer.transport.abort()

    async def mend(self) -> None:
        """Behave from now on."""
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
            await self._converse(peer)
        except GONE:
            pass
        finally:
            del self._peers[peer]
            peer.close()
            self._change.set()

    async def _converse(self, peer: Peer) -> None:
        fault = self.fault
        if fault.connect is not None and self._hits():
            await fault.connect(peer)
            if peer.writer.is_closing():
                return
        if self.tls:
            bad = fault.certificate is not None and self._hits()
            name = fault.certificate if bad and fault.certificate else "good"
            await peer.writer.start_tls(certificates().servers[name])
        while not peer.writer.is_closing() and (request := await read_request(peer.reader)):
            self.requests.append(request)
            self._change.set()
            peer.requests += 1
            if fault.answer is not None and self._hits():
                await fault.answer(peer, request)
            else:
                await peer.send(response(200, success(request)))

    def _hits(self) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


# The proxy


@define(eq=False)
class Proxy:
    """What a forward proxy saw."""

    url: str
    requests: list[HttpRequest] = field(factory=list)

    @property
    def lines(self) -> list[str]:
        return [request.line for request in self.requests]


@asynccontextmanager
async def forward_proxy(*, refuses: bool = False) -> AsyncGenerator[Proxy]:
    """Pass requests and tunnels on to wherever they want to go; or ask for a password each time."""
    tasks: set[asyncio.Task[None]] = set()
    proxy = Proxy("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if refuses:
                await _refuse(proxy, reader, writer)
            else:
                await _forward(proxy, reader, writer)
        except GONE:
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


async def _refuse(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
    place = target if tunnel else target.removeprefix("http://").partition("/")[0]
    host, _, port = place.rpartition(":")
    there_reader, there_writer = await asyncio.open_connection(host, int(port))
    if tunnel:
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    else:
        there_writer.write(request.head + request.body)
    try:
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
    finally:
        there_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(*GONE):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
