"""A raw HTTP server on loopback, and requests over a transport of aiohttp."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from cognito_async._http.aiohttp_transport import AiohttpTransport
from cognito_async.config import Config
from cognito_async.transport import HTTPRequest, HTTPResponse

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CONFIG = Config()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def serve(handle: Handler, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """Serve on a free port; yields the URL. At the end, wait until the client has closed its connections."""
    connections: set[asyncio.Task[None]] = set()

    async def handle_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    listener = await asyncio.start_server(handle_and_close, "127.0.0.1", 0, ssl=tls)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/"
    await asyncio.gather(*connections, return_exceptions=True)


@asynccontextmanager
async def open_transport(config: Config = CONFIG) -> AsyncGenerator[AiohttpTransport]:
    transport = AiohttpTransport(config)
    try:
        yield transport
    finally:
        await transport.close()


async def post(transport: AiohttpTransport, url: str, *, resend: bool = False) -> HTTPResponse:
    return await transport.send(HTTPRequest("POST", url, {}, b"{}"), timeout=None, resend=resend)


async def get(transport: AiohttpTransport, url: str, *, resend: bool = False) -> HTTPResponse:
    return await transport.send(HTTPRequest("GET", url, {}), timeout=None, resend=resend)


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return the head of a request and the body that its ``Content-Length`` announces."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line[15:] for line in head.splitlines() if line.startswith(b"Content-Length:")), b"0")
    return head, await reader.readexactly(int(length))


def respond_with(response: bytes) -> Handler:
    """Return a handler that sends the same bytes to each request, and closes after the first."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(response)
        await writer.drain()

    return handle


class RecordingHandler:
    """Records the requests of all connections, and responds to each with the same bytes."""

    def __init__(self, response: bytes = OK) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._response = response

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            try:
                head, body = await read_request(reader)
            except (asyncio.IncompleteReadError, OSError):
                return
            self.heads.append(head)
            self.bodies.append(body)
            writer.write(self._response)
            await writer.drain()

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the last request."""
        lines = self.heads[-1].decode().split("\r\n")[1:-2]
        return dict(line.split(": ", 1) for line in lines)

    @property
    def request_line(self) -> str:
        """First line of the last request."""
        return self.heads[-1].partition(b"\r\n")[0].decode()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never respond; end when the client closes the connection."""
    await reader.read()
