"""HTTP on both paths: straight to a connection, and through aiohttp's session."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
from contextlib import suppress
from typing import Any
from weakref import ref

import aiohttp
import pytest
import trustme
from aiohttp.http_exceptions import HttpProcessingError
from aioresponses import aioresponses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_async import CognitoClient, Credentials
from cognito_async import _errors as errors
from cognito_async._http import aiohttp_transport, direct, probe
from cognito_async._http.aiohttp_transport import AiohttpTransport
from cognito_async._http.connector import TrackingConnector
from cognito_async._http.protocol import DirectProtocol
from cognito_async.config import Config
from cognito_async.transport import HTTPRequest
from support.http_server import (
    OK,
    RecordingHandler,
    get,
    hang,
    open_transport,
    post,
    read_request,
    serve,
)

on_both_paths = pytest.mark.usefixtures("http_path")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}"
MEGABYTE = b"x" * 2**20


# Responses


@on_both_paths
@pytest.mark.parametrize(
    ("response", "status", "body"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"{}"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" * 3 + CHUNKED, 200, b"{}"),
        (CHUNKED, 200, b"{}"),
        (b"HTTP/1.1 200 OK\r\n\r\n{ until the end }", 200, b"{ until the end }"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    ],
)
@pytest.mark.parametrize("in_pieces", [False, True])
async def test_a_response_is_read(response: bytes, status: int, body: bytes, *, in_pieces: bool) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for piece in [response[i : i + 1] for i in range(len(response))] if in_pieces else [response]:
            writer.write(piece)
            await asyncio.sleep(0)

    async with serve(handle) as url, open_transport() as transport:
        received = await post(transport, url)
    assert (received.status, received.body) == (status, body)


@on_both_paths
@pytest.mark.parametrize(
    ("response", "connections"),
    [
        (OK, 1),
        (CHUNKED, 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), 3),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 3),
        (OK + OK, 3),  # the second response belongs to no request
    ],
)
async def test_a_connection_is_used_again_if_the_response_allows_it(
    response: bytes, connections: int
) -> None:
    server = RecordingHandler(response)
    async with serve(server) as url, open_transport() as transport:
        for _ in range(3):
            assert (await post(transport, url)).status in (200, 204)
    assert server.connections == connections


@on_both_paths
async def test_a_response_that_nobody_asked_for_is_not_that_of_the_next_request() -> None:
    sent = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _ = await read_request(reader)
        writer.write(OK)
        if b"/first" in head:
            await asyncio.sleep(0.01)
            writer.write(OK.replace(b"{}", b"!!"))
            await writer.drain()
            sent.set()
        await reader.read()

    async with serve(handle) as url, open_transport() as transport:
        await post(transport, f"{url}first")
        await sent.wait()
        await asyncio.sleep(0.01)
        assert (await post(transport, f"{url}second")).body == b"{}"


@on_both_paths
@pytest.mark.parametrize("length", [*range(1, len(OK))])
@pytest.mark.parametrize("at_once", [False, True])
async def test_a_response_that_nobody_asked_for_does_not_reach_a_caller_in_two_pieces(
    length: int, *, at_once: bool
) -> None:
    foreign = OK.replace(b"{}", b"!!")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK + foreign[:length] if at_once else OK)
        if not at_once:
            await asyncio.sleep(0)
            writer.write(foreign[:length])
        with suppress(asyncio.IncompleteReadError, OSError):
            await read_request(reader)
            writer.write(foreign[length:])
            await reader.read()

    async with serve(handle) as url, open_transport() as transport:
        assert (await post(transport, url)).body == b"{}"
        try:
            second = await post(transport, url)
        except errors.TransportError:
            return
        assert second.body == b"{}"


@on_both_paths
async def test_trailers_belong_to_their_own_response() -> None:
    first = CHUNKED.replace(b"0\r\n\r\n", b"0\r\nX-Trailer: of the first\r\n\r\n")
    responses = [first, OK]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while responses:
                await read_request(reader)
                writer.write(responses.pop(0))
            await reader.read()

    async with serve(handle) as url, open_transport() as transport:
        await post(transport, url)
        assert dict((await post(transport, url)).headers) == {"content-length": "2"}


@on_both_paths
async def test_an_upgraded_connection_is_not_used_again() -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    server = RecordingHandler(head)
    async with serve(server) as url, open_transport() as transport:
        for _ in range(2):
            assert (await post(transport, url)).status == 101
    assert server.connections == 2


@on_both_paths
async def test_a_response_to_head_has_no_body() -> None:
    server = RecordingHandler(OK.removesuffix(b"{}"))
    async with serve(server) as url, open_transport() as transport:
        for _ in range(2):
            request = HTTPRequest("HEAD", url, {})
            response = await transport.send(request, timeout=None, resend=False)
            assert (response.status, response.body) == (200, b"")


@on_both_paths
async def test_the_read_timeout_counts_for_each_piece_and_each_request() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(0.3)
            writer.write(b"x")
        await hang(reader, writer)

    async with serve(handle) as url, open_transport(Config(read_timeout=1.5)) as transport:
        assert (await post(transport, url)).body == b"xxxxxx"
        with pytest.raises(errors.ReadTimeoutError):
            await post(transport, url)


@on_both_paths
async def test_the_length_of_a_body_is_checked_before_it_comes() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
        await hang(reader, writer)

    async with serve(handle) as url, open_transport() as transport:
        with pytest.raises(errors.ResponseTooLargeError):
            await post(transport, url)


@on_both_paths
async def test_a_server_may_respond_before_it_gets_a_request() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace(b"200 OK", b"503 Overloaded"))
        await writer.drain()
        await reader.read()

    async with serve(handle) as url, open_transport() as transport:
        assert (await post(transport, url)).status == 503


# Large bodies


async def post_megabytes(transport: AiohttpTransport, url: str, megabytes: int = 1) -> int:
    request = HTTPRequest("POST", url, {}, MEGABYTE * megabytes)
    return (await transport.send(request, timeout=None, resend=False)).status


@on_both_paths
async def test_a_body_that_is_larger_than_the_buffers_of_the_socket_is_sent_whole() -> None:
    received = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b""
        while len(body) < len(MEGABYTE):
            await asyncio.sleep(0)
            body += await reader.read(50_000)
        received.append(body)
        writer.write(OK)
        await reader.read()

    async with serve(handle) as url, open_transport() as transport:
        assert await post_megabytes(transport, url) == 200
    assert received == [MEGABYTE]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """Return the context of a server, and the file with its authority."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path_factory.mktemp("certificates") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return context, str(bundle)


@on_both_paths
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # of aiohttp's session
async def test_a_response_may_come_before_the_whole_body_was_sent(
    certificates: tuple[ssl.SSLContext, str], *, tls: bool
) -> None:
    context, bundle = certificates
    heads = []
    done = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.read(100))
        writer.write(TOO_LARGE if len(heads) == 1 else OK)
        await done.wait()  # the rest of the body stays with the client

    config = Config(ca_bundle=bundle)
    async with serve(handle, context if tls else None) as url, open_transport(config) as transport:
        await transport.prepare(url)
        assert await post_megabytes(transport, url, 32) == 413  # more than the buffers of sockets hold
        assert (await post(transport, url)).status == 200
        done.set()
    assert [head.split()[0] for head in heads] == [b"POST", b"POST"]


@on_both_paths
async def test_a_server_may_close_the_connection_while_the_body_is_sent() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with serve(handle) as url, open_transport() as transport:
        with pytest.raises(errors.ConnectionLostError):
            await post_megabytes(transport, url)


# Headers

TOKEN = st.text("abcXYZ-09_!#$%&'*+.^`|~", min_size=1)
VALUE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))
ANYTHING = st.text(st.sampled_from("ab :%\r\n\0\u00e9"), max_size=8)


@on_both_paths
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(headers=st.dictionaries(TOKEN, VALUE, max_size=5))
async def test_headers_are_sent_as_they_are(headers: dict[str, str]) -> None:
    headers = {f"x-{name}": value for name, value in headers.items()}
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        await transport.send(HTTPRequest("POST", url, headers, b"{}"), timeout=None, resend=False)
    lines = server.heads[0].split(b"\r\n")
    expected = {f"{name}: {value}".encode() for name, value in headers.items()}
    assert set(lines[1:-2]) - expected == {lines[0] and f"Host: {url[7:-1]}".encode(), b"Content-Length: 2"}
    assert expected <= set(lines)


@on_both_paths
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    name=ANYTHING, value=ANYTHING, breaking=st.sampled_from(["\r\n", "\n", "\r", "\0"]), in_name=st.booleans()
)
async def test_no_header_can_add_another_one(name: str, value: str, breaking: str, *, in_name: bool) -> None:
    headers = {f"x{name}{breaking if in_name else ''}": f"{value}{'' if in_name else breaking}y: z"}
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        with pytest.raises(ValueError, match="header"):
            await transport.send(HTTPRequest("POST", url, headers, b"{}"), timeout=None, resend=False)
    assert not server.heads


async def test_both_paths_send_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [
        HTTPRequest("POST", "?a=%20b", {"X-A": "1", "host": "other.example"}, b"{}"),
        HTTPRequest("POST", "%25/", {"X-A": "100 %s", "X-%d": "%"}, b""),
        HTTPRequest("GET", "", {"Accept": "x"}),
    ]
    sent = []
    for supported in (True, False):
        monkeypatch.setattr(aiohttp_transport, "is_supported", lambda result=supported: result)
        server = RecordingHandler()
        async with serve(server) as url, open_transport() as transport:
            for request in requests:
                absolute = request._replace(url=url + request.url)
                await transport.send(absolute, timeout=None, resend=False)
        port = url.rstrip("/").rpartition(":")[2].encode()
        heads = [head.replace(port, b"PORT").split(b"\r\n") for head in server.heads]
        sent.append(([(head[0], sorted(head[1:])) for head in heads], server.bodies))
    assert sent[0] == sent[1]


# Idle connections of the direct path


def connections_of(transport: AiohttpTransport) -> Any:
    state = transport._loop_states[asyncio.get_running_loop()]
    assert state.direct is not None
    return state.direct


async def test_the_connection_that_was_used_last_is_used_next() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        await asyncio.gather(*(post(transport, url) for _ in range(3)))
        [idle] = connections_of(transport)._idle.values()
        last = idle[-1]
        for _ in range(3):
            await post(transport, url)
            assert idle[-1].connection is last.connection
    assert server.connections == 3


async def test_idle_connections_are_closed_in_time_and_by_the_server() -> None:
    closed_by_server = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        await reader.read()
        closed_by_server.set()

    async with serve(handle) as url, open_transport(Config(keepalive_timeout=0.01)) as transport:
        await post(transport, url)
        [idle] = connections_of(transport)._idle.values()
        await closed_by_server.wait()
        assert idle == []
        assert connections_of(transport)._timer is None


async def test_an_expired_connection_is_not_used_before_its_timer_runs() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        await post(transport, url)
        [idle] = connections_of(transport)._idle.values()
        idle[0] = idle[0]._replace(expires=0.0)
        await post(transport, url)
        assert len(idle) == 1
        connections_of(transport)._close_unusable()
        assert len(idle) == 1
        assert connections_of(transport)._timer is not None
    assert server.connections == 2


async def test_a_timer_does_not_keep_a_transport() -> None:
    class Connections:
        closed = 0

        def _close_unusable(self) -> None:
            Connections.closed += 1

    connections: Any = Connections()
    reference = ref(connections)
    direct._close_unusable(reference)
    del connections
    gc.collect()
    direct._close_unusable(reference)
    assert Connections.closed == 1


async def test_a_request_that_ends_after_close_keeps_no_connection() -> None:
    arrived, respond = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        arrived.set()
        await respond.wait()
        writer.write(OK)
        await reader.read()

    async with serve(handle) as url, open_transport() as transport:
        call = asyncio.create_task(post(transport, url))
        await arrived.wait()
        connections_of(transport).close()
        respond.set()
        assert (await call).body == b"{}"
        assert all(not idle for idle in connections_of(transport)._idle.values())


async def test_urls_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "_MAX_ROUTES", 2)
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        for number in range(5):
            await get(transport, f"{url}{number}")
            assert len(connections_of(transport)._routes) <= 2
    assert server.connections == 1


async def test_a_transport_that_was_not_used_can_be_closed() -> None:
    async with open_transport() as transport:
        await transport._open(asyncio.get_running_loop())
        assert connections_of(transport)._timer is None


async def test_no_timer_is_left_after_close() -> None:
    async with serve(RecordingHandler()) as url, open_transport() as transport:
        await post(transport, url)
        timer = connections_of(transport)._timer
    assert timer.cancelled()


async def test_a_connection_that_is_reset_as_soon_as_it_is_open_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Reset:
        transport, closed = None, False

        def close(self) -> None:
            self.closed = True

    connection = Reset()

    async def connect(*_: Any) -> Reset:
        return connection

    monkeypatch.setattr(TrackingConnector, "connect", connect)
    async with open_transport() as transport:
        with pytest.raises(errors.ConnectionLostError):
            await post(transport, "http://127.0.0.1:1")
    assert connection.closed


async def test_a_cancelled_request_does_not_wait_until_its_body_is_sent() -> None:
    arrived, ended = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        arrived.set()
        with suppress(OSError):
            while await reader.read(2**20):
                pass
        ended.set()

    async with serve(handle) as url, open_transport() as transport:
        call = asyncio.create_task(post_megabytes(transport, url, 32))
        await arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await ended.wait()  # the connection was aborted


async def test_a_connection_with_another_protocol_is_left_to_the_session(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    init = TrackingConnector.__init__

    def with_other_protocol(self: Any, **options: Any) -> None:
        init(self, **options)
        self._factory = lambda: aiohttp.client_proto.ResponseHandler(self._loop)

    monkeypatch.setattr(TrackingConnector, "__init__", with_other_protocol)
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        with caplog.at_level(logging.INFO, "cognito_async"):
            for _ in range(3):
                assert (await post(transport, url)).body == b"{}"
    assert len(caplog.records) == 1
    assert len(server.heads) == 3


async def test_a_timeout_of_the_connector_is_a_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(TrackingConnector, "connect", connect)
    async with open_transport() as transport:
        with pytest.raises(errors.ConnectTimeoutError):
            await post(transport, "http://127.0.0.1:1")


# The protocol


@pytest.fixture
async def protocol() -> DirectProtocol:
    protocol = DirectProtocol(asyncio.get_running_loop())
    protocol.connection_made(probe._Transport())
    return protocol


async def test_a_response_to_a_cancelled_request_is_dropped(protocol: DirectProtocol) -> None:
    for data in (OK, b"no HTTP\r\n\r\n"):
        protocol.response().cancel()
        protocol.data_received(data)


async def test_bytes_that_come_after_the_connection_was_closed_are_an_error(protocol: DirectProtocol) -> None:
    response = protocol.response()
    protocol.close()
    protocol.data_received(b"no HTTP\r\n\r\n")
    assert isinstance(response.exception(), HttpProcessingError)


async def test_any_error_of_the_parser_ends_the_request(protocol: DirectProtocol) -> None:
    class Parser:
        def feed_data(self, data: bytes) -> None:
            raise RuntimeError(data)

    response = protocol.response()
    protocol._parser = Parser()  # type: ignore[assignment]
    protocol.data_received(b"")
    assert type(response.exception()) is HttpProcessingError
    assert protocol.should_close


async def test_each_thread_reads_into_a_buffer_of_its_own(protocol: DirectProtocol) -> None:
    def buffers() -> list[memoryview]:
        loop = asyncio.new_event_loop()
        try:
            return [each.get_buffer(-1) for each in (protocol, DirectProtocol(loop), DirectProtocol(loop))]
        finally:
            loop.close()

    here, other = buffers(), await asyncio.to_thread(buffers)
    assert len({id(buffer.obj) for buffer in (*here, *other)}) == 2


async def test_what_was_read_stays_as_it_was_when_the_next_response_is_read(protocol: DirectProtocol) -> None:
    bodies = []
    for content in (b"first", b"other"):
        response = protocol.response()
        data = b"HTTP/1.1 200 OK\r\nA: %b\r\nContent-Length: 5\r\n\r\n%b" % (content, content)
        protocol.get_buffer(-1)[: len(data)] = data
        protocol.buffer_updated(len(data))
        message, body = response.result()
        bodies.append((message.headers["A"], body))
    assert [(header, body.read_nowait()) for header, body in bodies] == [
        ("first", b"first"),
        ("other", b"other"),
    ]


async def test_reading_is_resumed_after_a_pause_only(protocol: DirectProtocol) -> None:
    resumed = []
    protocol.transport.resume_reading = lambda: resumed.append(True)  # type: ignore[union-attr, method-assign]
    protocol.response()
    protocol.resume_reading()
    assert not resumed
    protocol._reading_paused = True
    protocol.resume_reading()
    assert resumed


# Which path is used


def client_at(url: str, **settings_: Any) -> CognitoClient:
    credentials = Credentials(access_key_id="testing", secret_access_key="testing")
    return CognitoClient(region="eu-west-1", endpoint_url=url, credentials=credentials, **settings_)


USER = b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"Username":"ana"}'


async def path_of(monkeypatch: pytest.MonkeyPatch, **arguments: Any) -> tuple[bool, str | None, bool]:
    """Return what the settings say after a call, why, and whether a session sent the request."""
    used = []
    send = AiohttpTransport._send_with_session

    def record(self: AiohttpTransport, *arguments: Any) -> Any:
        used.append(True)
        return send(self, *arguments)

    monkeypatch.setattr(AiohttpTransport, "_send_with_session", record)
    async with serve(RecordingHandler(USER)) as url, client_at(url, **arguments) as client:
        await client.admin_get_user(user_pool_id="p", username="ana")
        return client.config.direct_http, client.config.sources.get("direct_http"), bool(used)


@pytest.mark.usefixtures("default_http_path")
async def test_requests_go_straight_to_connections_by_default(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "cognito_async"):
        assert await path_of(monkeypatch) == (True, None, False)
    assert caplog.text.count(f"requests go straight to connections of aiohttp {aiohttp.__version__}") == 1


async def test_an_argument_and_a_variable_choose_the_session(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "cognito_async"):
        assert await path_of(monkeypatch, direct_http=False) == (False, "argument", True)
    assert caplog.text.count(f"the session of aiohttp {aiohttp.__version__} (argument)") == 1
    monkeypatch.setenv("COGNITO_ASYNC_DIRECT_HTTP", "False")
    assert await path_of(monkeypatch) == (False, "COGNITO_ASYNC_DIRECT_HTTP", True)
    assert await path_of(monkeypatch, direct_http=True) == (True, "argument", False)


@pytest.mark.usefixtures("default_http_path")
async def test_a_session_of_the_caller_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        assert await path_of(monkeypatch, session=session) == (False, "session=", True)


@pytest.mark.usefixtures("default_http_path")
async def test_a_package_that_adds_trace_configs_to_all_sessions_sees_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    init = aiohttp.ClientSession.__init__

    async def record(*arguments: Any) -> None:
        seen.append(arguments[2].method)

    def with_traces(self: Any, *positional: Any, **named: Any) -> None:
        traces = aiohttp.TraceConfig()
        traces.on_request_start.append(record)
        init(self, *positional, trace_configs=[traces], **named)

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", with_traces)
    assert await path_of(monkeypatch) == (False, "aiohttp is patched", True)
    assert seen == ["POST"]


@pytest.mark.usefixtures("default_http_path")
async def test_a_session_that_is_replaced_later_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(RecordingHandler()) as url, open_transport() as transport:
        await post(transport, url)
        with aioresponses() as responses:
            responses.post(url, status=418)
            assert (await post(transport, url)).status == 418
        assert (await post(transport, url)).status == 200


@pytest.mark.usefixtures("default_http_path")
async def test_an_unknown_release_of_aiohttp_is_used_through_its_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aiohttp_transport, "is_supported", lambda: False)
    assert await path_of(monkeypatch) == (False, f"aiohttp {aiohttp.__version__}", True)


@pytest.mark.usefixtures("default_http_path")
async def test_a_proxy_is_used_through_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = RecordingHandler(USER)
    async with serve(proxy) as url, client_at("http://127.0.0.1:1", proxy=url) as client:
        await client.admin_get_user(user_pool_id="p", username="ana")
        assert (client.config.direct_http, client.config.sources["direct_http"]) == (False, "proxy")
    assert proxy.request_line.startswith("POST http://127.0.0.1:1")


async def test_trace_configs_of_the_caller_s_session_see_requests(http_path: str) -> None:
    seen = []

    async def record(*arguments: Any) -> None:
        seen.append(arguments[2].method)

    traces = aiohttp.TraceConfig()
    traces.on_request_start.append(record)
    async with (
        serve(RecordingHandler()) as url,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True), trace_configs=[traces]
        ) as session,
    ):
        await post(AiohttpTransport(Config(), session), url)
    assert seen == ["POST"]


# Whether aiohttp's inner parts are as expected


@pytest.fixture
def _not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_supported", None)


@pytest.mark.usefixtures("_not_tried")
async def test_this_release_of_aiohttp_is_supported(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "cognito_async"):
        assert probe.is_supported()
        assert probe.is_supported()
    assert caplog.text == ""


def other_parameters(patch: pytest.MonkeyPatch) -> None:
    async def connect(self: Any, request: Any) -> None:
        """Of another release."""

    patch.setattr(aiohttp.TCPConnector, "connect", connect)


def no_connection_key(patch: pytest.MonkeyPatch) -> None:
    patch.delattr(aiohttp.ClientRequest, "connection_key")


def empty_connection_key(patch: pytest.MonkeyPatch) -> None:
    key = aiohttp.ClientRequest.connection_key

    def without_host(self: Any) -> Any:
        return key.__get__(self)._replace(host="")

    patch.setattr(aiohttp.ClientRequest, "connection_key", property(without_host))


def response_without_body(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(aiohttp.StreamReader, "read_nowait", lambda self: b"")


def errors_are_ignored(patch: pytest.MonkeyPatch) -> None:
    original = DirectProtocol.set_exception

    def ignore(self: Any, error: BaseException, *cause: Any) -> None:
        if isinstance(error, aiohttp.ClientError):
            original(self, error, *cause)
        else:
            self._reader.set_exception(ValueError())

    patch.setattr(DirectProtocol, "set_exception", ignore)


def lost_connections_are_ignored(patch: pytest.MonkeyPatch) -> None:
    def connection_lost(self: Any, _: object) -> None:
        self._reader.set_exception(ValueError())

    patch.setattr(DirectProtocol, "connection_lost", connection_lost)


def no_parser(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DirectProtocol, "set_response_params", lambda self, **_: None)


@pytest.mark.usefixtures("_not_tried")
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (other_parameters, "TCPConnector.connect takes"),
        (no_connection_key, "AttributeError: "),
        (empty_connection_key, "no connection key"),
        (response_without_body, "a response was read as"),
        (errors_are_ignored, "a malformed response is no error"),
        (lost_connections_are_ignored, "a lost connection is no error"),
        (no_parser, "HttpProcessingError: "),
    ],
)
async def test_a_release_with_other_inner_parts_is_not_supported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, change: Any, problem: str
) -> None:
    with monkeypatch.context() as patch, caplog.at_level(logging.INFO, "cognito_async"):
        change(patch)
        assert not probe.is_supported()
    assert not probe.is_supported()  # tried once
    [record] = caplog.records
    assert problem in record.getMessage()
    assert f"aiohttp {aiohttp.__version__}" in record.getMessage()
