"""Real sockets on loopback: what aiohttp raises comes out as ours."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import aiohttp
import pytest

from cognito_async import _errors as errors
from cognito_async._transport import _ERRORS, AiohttpTransport, map_error
from cognito_async.config import Config

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
FAST = Config(connect_timeout=0.2, read_timeout=0.1)


@asynccontextmanager
async def server(handle: Handler) -> AsyncGenerator[str]:
    """Serve on a free port; yields the URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/"


@asynccontextmanager
async def transport(config: Config = FAST) -> AsyncGenerator[AiohttpTransport]:
    made = AiohttpTransport(config)
    try:
        yield made
    finally:
        await made.close()


def answer(text: str) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text.encode())
        await writer.drain()

    return handle


async def test_status_headers_and_body_come_back() -> None:
    handle = answer("HTTP/1.1 418 Teapot\r\nX-Amzn-RequestId: r\r\nContent-Length: 2\r\n\r\nok")
    async with server(handle) as url, transport() as sender:
        reply = await sender.post(url, {}, b"{}", seconds=None, resend=False)
    assert (reply.status, reply.headers["x-amzn-requestid"], reply.body) == (418, "r", b"ok")


async def test_the_path_and_query_of_an_endpoint_are_kept() -> None:
    seen = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with server(handle) as url, transport() as sender:
        await sender.post(f"{url}base/?q=1", {"Host": "other"}, b"{}", seconds=None, resend=False)
    assert seen[0].startswith(b"POST /base/?q=1 HTTP/1.1\r\n")
    assert seen[0].count(b"Host: other\r\n") == 1


async def test_cookies_are_not_kept() -> None:
    seen = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            seen.append(await reader.readuntil(b"\r\n\r\n{}"))
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    async with server(handle) as url, transport() as sender:
        await sender.post(url, {}, b"{}", seconds=None, resend=False)
        await sender.post(url, {}, b"{}", seconds=None, resend=False)
    assert len(seen) == 2
    assert b"ookie" not in seen[1]


async def test_no_answer_in_time_is_a_read_timeout() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(handle) as url, transport() as sender:
        with pytest.raises(errors.ReadTimeoutError) as caught:
            await sender.post(url, {}, b"{}", seconds=None, resend=False)
    assert isinstance(caught.value, TimeoutError)


async def test_a_refused_connection_is_a_connect_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with transport() as sender:
            with pytest.raises(errors.ConnectError):
                await sender.post(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=None, resend=False)


async def test_a_connection_closed_without_an_answer_is_lost() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with server(handle) as url, transport() as sender:
        with pytest.raises(errors.ConnectionLostError):
            await sender.post(url, {}, b"{}", seconds=None, resend=False)


async def test_an_answer_that_breaks_off_is_a_lost_connection() -> None:
    handle = answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    async with server(handle) as url, transport() as sender:
        with pytest.raises(errors.ConnectionLostError):
            await sender.post(url, {}, b"{}", seconds=None, resend=False)


async def test_tls_with_a_server_that_has_none_is_a_tls_error() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with server(handle) as url, transport(Config()) as sender:
        with pytest.raises(errors.TLSError):
            await sender.post(url.replace("http:", "https:"), {}, b"{}", seconds=None, resend=False)


async def test_an_answer_that_is_no_http_is_a_transport_error() -> None:
    async with server(answer("SSH-2.0-OpenSSH\r\n\r\n")) as url, transport() as sender:
        with pytest.raises(errors.TransportError):
            await sender.post(url, {}, b"{}", seconds=None, resend=False)


async def test_cancellation_passes_through() -> None:
    started = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started.set()
        await reader.read()

    async with server(handle) as url, transport(Config()) as sender:
        call = asyncio.create_task(sender.post(url, {}, b"{}", seconds=None, resend=False))
        await started.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


# The caller's own session


async def turns() -> None:
    """Let everything happen that needs no more than the event loop."""
    for _ in range(20):
        await asyncio.sleep(0)


OK = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


async def test_the_caller_s_own_session_stays_open() -> None:
    async with server(OK) as url, aiohttp.ClientSession() as session:
        sender = AiohttpTransport(FAST, session)
        assert (await sender.post(url, {}, b"{}", seconds=None, resend=False)).body == b"{}"
        await sender.close()
        assert not session.closed


async def test_a_session_of_the_caller_s_that_is_closed_is_told() -> None:
    async with server(OK) as url, aiohttp.ClientSession() as session:
        sender = AiohttpTransport(FAST, session)
        await session.close()
        with pytest.raises(errors.ClientClosedError, match="that the client was given is closed"):
            await sender.post(url, {}, b"{}", seconds=None, resend=False)


@pytest.mark.parametrize(
    ("closes_client", "reason"), [(True, "the client is closed"), (False, "the client was given is closed")]
)
async def test_who_waits_for_a_connection_of_a_session_that_is_closed_is_told_and_not_cancelled(
    closes_client: bool,  # noqa: FBT001  a table
    reason: str,
) -> None:
    started = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started.set()
        await reader.read()

    async with server(hang) as url:
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
        sender = AiohttpTransport(Config(), session)
        calls = [
            asyncio.create_task(sender.post(url, {}, b"{}", seconds=None, resend=False)) for _ in range(2)
        ]
        await started.wait()
        await turns()
        if closes_client:
            await sender.close()
        await session.close()
        first, second = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(first, errors.TransportError)
    with pytest.raises(errors.ClientClosedError, match=reason):
        raise second


# Several event loops


def test_closing_ends_the_connections_of_other_loops_that_run() -> None:
    sender = AiohttpTransport(FAST)
    sent, closed = threading.Event(), threading.Event()

    async def elsewhere() -> None:
        async with server(OK) as url:
            await sender.post(url, {}, b"{}", seconds=None, resend=False)
            session = sender._lines[asyncio.get_running_loop()].session
            sent.set()
            await asyncio.to_thread(closed.wait)
            await turns()
            assert session.closed
            with pytest.raises(errors.ClientClosedError):
                await sender.post(url, {}, b"{}", seconds=None, resend=False)

    with ThreadPoolExecutor() as pool:
        other = pool.submit(asyncio.run, elsewhere())
        sent.wait()
        try:
            asyncio.run(sender.close())
        finally:
            closed.set()
        other.result()
    assert sender._lines == {}


def test_closing_leaves_loops_alone_that_have_ended() -> None:
    sender = AiohttpTransport(FAST)

    async def once() -> None:
        async with server(OK) as url:
            await sender.post(url, {}, b"{}", seconds=None, resend=False)

    asyncio.run(once())
    assert sender._lines == {}
    asyncio.run(sender.close())
    with pytest.raises(errors.ClientClosedError):
        asyncio.run(once())


# The table of errors


def test_a_class_stands_before_its_bases_in_the_table() -> None:
    seen: list[type[BaseException]] = []
    for theirs, ours, _ in _ERRORS:
        assert not issubclass(theirs, tuple(seen)), theirs
        assert issubclass(ours, errors.TransportError)
        seen.append(theirs)


def test_every_exception_of_aiohttp_has_a_place_in_the_table() -> None:
    for name in dir(aiohttp):
        value = getattr(aiohttp, name, None)
        if isinstance(value, type) and issubclass(value, aiohttp.ClientError):
            assert issubclass(value, tuple(theirs for theirs, _, _ in _ERRORS)), name


def test_what_is_in_no_table_is_still_a_transport_error() -> None:
    assert type(map_error(RuntimeError("x"), "host")) is errors.TransportError
