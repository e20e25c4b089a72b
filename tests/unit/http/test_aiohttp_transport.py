"""The aiohttp transport over real sockets on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
import traceback
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from cognito_async import _errors as errors
from cognito_async._http import aiohttp_transport
from cognito_async._http.aiohttp_transport import AiohttpTransport
from cognito_async._http.connector import TrackingConnector
from cognito_async.config import Config
from cognito_async.config._resolve import ARGUMENT
from cognito_async.transport import HTTPRequest
from support.http_server import (
    CONFIG,
    OK,
    RecordingHandler,
    get,
    hang,
    open_transport,
    post,
    read_request,
    respond_with,
    serve,
)

pytestmark = pytest.mark.usefixtures("http_path")

OTHER_HOST = "http://other.example/keys?v=1"
"""A URL that no name server knows: only a proxy can respond."""


@pytest.fixture(autouse=True)
def _no_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolate the tests from the proxy settings of the user."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


async def settle() -> None:
    """Run the event loop until only input could cause anything more."""
    for _ in range(20):
        await asyncio.sleep(0)


# Requests and responses


async def test_status_headers_and_body_of_the_response_are_returned() -> None:
    handle = respond_with(b"HTTP/1.1 418 Teapot\r\nX-Amzn-RequestId: r\r\nContent-Length: 2\r\n\r\nok")
    async with serve(handle) as url, open_transport() as transport:
        response = await post(transport, url)
    assert (response.status, response.headers["x-amzn-requestid"], response.body) == (418, "r", b"ok")


async def test_path_query_and_host_header_are_sent_unchanged() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        request = HTTPRequest("POST", f"{url}base/?q=1", {"Host": "other"}, b"{}")
        await transport.send(request, timeout=None, resend=False)
    assert server.request_line == "POST /base/?q=1 HTTP/1.1"
    assert server.heads[0].count(b"Host: ") == 1
    assert server.headers["Host"] == "other"


async def test_only_host_and_content_length_are_added_to_the_headers() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        request = HTTPRequest("POST", url, {"Content-Type": "application/json"}, b"{}")
        await transport.send(request, timeout=None, resend=False)
    host = url.removeprefix("http://").removesuffix("/")
    assert server.headers == {"Content-Type": "application/json", "Host": host, "Content-Length": "2"}


async def test_the_headers_of_the_request_are_not_changed() -> None:
    headers = {"Accept": "application/json"}
    async with serve(RecordingHandler()) as url, open_transport() as transport:
        await transport.send(HTTPRequest("GET", url, headers), timeout=None, resend=False)
    assert headers == {"Accept": "application/json"}


async def test_a_get_request_has_neither_body_nor_content_length() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        response = await get(transport, f"{url}keys.json?v=1")
    assert (response.status, response.body) == (200, b"{}")
    assert server.request_line == "GET /keys.json?v=1 HTTP/1.1"
    assert (list(server.headers), server.bodies) == (["Host"], [b""])


async def test_a_post_request_without_body_has_the_content_length_0() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        response = await transport.send(HTTPRequest("POST", url, {}), timeout=None, resend=False)
    assert response.status == 200
    assert (server.headers["Content-Length"], server.bodies) == ("0", [b""])


async def test_a_form_is_sent_with_its_own_content_type() -> None:
    server = RecordingHandler()
    form = b"grant_type=refresh_token&refresh_token=a%2Bb"
    content_type = "application/x-www-form-urlencoded"
    async with serve(server) as url, open_transport() as transport:
        request = HTTPRequest("POST", f"{url}oauth2/token", {"Content-Type": content_type}, form)
        await transport.send(request, timeout=None, resend=False)
    assert server.request_line == "POST /oauth2/token HTTP/1.1"
    assert server.headers["Content-Type"] == content_type
    assert server.headers["Content-Length"] == str(len(form))
    assert server.bodies == [form]


async def test_no_content_type_is_derived_from_a_body() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        await transport.send(HTTPRequest("POST", url, {}, b"{}"), timeout=None, resend=False)
    assert set(server.headers) == {"Host", "Content-Length"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_redirects_are_returned_and_not_followed(method: str) -> None:
    server = RecordingHandler(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
    async with serve(server) as url, open_transport() as transport:
        response = await transport.send(HTTPRequest(method, url, {}), timeout=None, resend=True)
    assert (response.status, response.headers["location"]) == (302, "/elsewhere")
    assert len(server.heads) == 1


async def test_cookies_are_not_kept() -> None:
    server = RecordingHandler(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    async with serve(server) as url, open_transport() as transport:
        await post(transport, url)
        await post(transport, url)
    assert len(server.heads) == 2
    assert b"ookie" not in server.heads[1]


# Stale connections


class IdleTimeoutServer(RecordingHandler):
    """Responds to one request on each connection; the next one finds the connection closed.

    The first responses are sent when ``parallel`` connections are open.
    """

    def __init__(self, parallel: int = 1) -> None:
        super().__init__()
        self._parallel = parallel
        self._all_open = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.connections >= self._parallel:
            self._all_open.set()
        self.heads.append((await read_request(reader))[0])
        await self._all_open.wait()
        writer.write(OK)
        await writer.drain()
        with suppress(asyncio.IncompleteReadError):  # the client has closed the connection
            self.heads.append((await read_request(reader))[0])


@pytest.mark.parametrize("send", [get, post])
async def test_a_request_on_a_stale_connection_is_resent_on_a_new_one(send: Any) -> None:
    server = IdleTimeoutServer()
    async with serve(server) as url, open_transport() as transport:
        await send(transport, url)
        response = await send(transport, url, resend=True)
        assert response.status == 200
        assert (len(server.heads), server.connections) == (3, 2)


@pytest.mark.parametrize("send", [get, post])
async def test_a_request_on_a_stale_connection_is_sent_once_without_resend(send: Any) -> None:
    server = IdleTimeoutServer()
    async with serve(server) as url, open_transport() as transport:
        await send(transport, url)
        with pytest.raises(errors.ConnectionLostError):
            await send(transport, url, resend=False)
        assert (len(server.heads), server.connections) == (2, 1)


async def test_a_resent_request_uses_no_other_idle_connection() -> None:
    server = IdleTimeoutServer(parallel=2)
    async with serve(server) as url, open_transport() as transport:
        await asyncio.gather(post(transport, url), post(transport, url))
        assert (await post(transport, url, resend=True)).status == 200
        assert (len(server.heads), server.connections) == (4, 3)


# Connection slots


async def test_requests_beyond_max_connections_wait_for_a_slot() -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport(Config(max_connections=1)) as transport:
        responses = await asyncio.gather(*(post(transport, url) for _ in range(3)))
    assert [response.status for response in responses] == [200] * 3
    assert (len(server.heads), server.connections) == (3, 1)


async def test_close_ends_requests_in_flight_and_those_that_wait_for_a_slot() -> None:
    started = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started.set()
        await hang(reader, writer)

    async with serve(handle) as url, open_transport(Config(max_connections=1)) as transport:
        calls = [asyncio.create_task(post(transport, url)) for _ in range(2)]
        await started.wait()
        await transport.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [errors.ClientClosedError] * 2


# Hosts other than the endpoint


def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return the TLS context of a server on loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


async def test_an_http_host_works_beside_an_https_endpoint(authority: trustme.CA, ca_bundle: str) -> None:
    endpoint, other = RecordingHandler(), RecordingHandler()
    async with (
        serve(endpoint, server_tls(authority)) as endpoint_url,
        serve(other) as url,
        open_transport(Config(ca_bundle=ca_bundle)) as transport,
    ):
        await transport.prepare(endpoint_url)
        await get(transport, url)
        await post(transport, endpoint_url)
    assert (other.request_line, endpoint.request_line) == ("GET / HTTP/1.1", "POST / HTTP/1.1")


async def test_an_https_host_beside_an_http_endpoint_uses_the_ca_bundle_of_the_client(
    authority: trustme.CA, ca_bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Config] = []

    def tls_context(config: Config) -> ssl.SSLContext:
        built.append(config)
        return original(config)

    original = aiohttp_transport.tls_context
    monkeypatch.setattr(aiohttp_transport, "tls_context", tls_context)
    config = Config(ca_bundle=ca_bundle)
    server = RecordingHandler()
    async with serve(server, server_tls(authority)) as url, open_transport(config) as transport:
        await transport.prepare("http://127.0.0.1:1/")
        assert built == []
        for _ in range(2):
            assert (await get(transport, url)).status == 200
    assert built == [config]
    assert len(server.heads) == 2


async def test_the_tls_context_of_the_endpoint_is_used_for_other_https_hosts(
    authority: trustme.CA, ca_bundle: str
) -> None:
    server = RecordingHandler()
    config = Config(ca_bundle=ca_bundle)
    async with serve(server, server_tls(authority)) as url, open_transport(config) as transport:
        await transport.prepare("https://127.0.0.1:1/")
        context = transport._ssl
        assert (await get(transport, url)).status == 200
        assert transport._ssl is context


async def test_another_https_host_needs_a_trusted_certificate(authority: trustme.CA) -> None:
    async with (
        serve(RecordingHandler(), server_tls(authority)) as url,
        open_transport() as transport,
    ):
        await transport.prepare("http://127.0.0.1:1/")
        with pytest.raises(errors.TLSError):
            await get(transport, url)


async def test_a_ca_bundle_that_cannot_be_read_fails_the_first_https_request() -> None:
    async with open_transport(Config(ca_bundle="missing.pem")) as transport:
        await transport.prepare("http://127.0.0.1:1/")
        with pytest.raises(errors.ConfigurationError, match=r"missing\.pem"):
            await get(transport, "https://127.0.0.1:1/")


# Proxies of hosts other than the endpoint


@pytest.fixture
def _another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat the servers of the tests as other machines."""
    monkeypatch.setattr(aiohttp_transport, "is_loopback", lambda _: False)


@pytest.mark.parametrize("source", [ARGUMENT, "HTTP_PROXY", "variable"])
@pytest.mark.parametrize("endpoint", ["https://endpoint.example/", "the same host"])
async def test_http_to_this_machine_uses_no_proxy(
    monkeypatch: pytest.MonkeyPatch, source: str, endpoint: str
) -> None:
    server, proxy = RecordingHandler(), RecordingHandler()
    async with serve(server) as url, serve(proxy) as proxy_url:
        monkeypatch.setenv("HTTP_PROXY", proxy_url.rstrip("/"))
        own = {} if source == "variable" else {"proxy": proxy_url.rstrip("/"), "sources": {"proxy": source}}
        async with open_transport(Config(**own)) as transport:
            await transport.prepare(url if endpoint == "the same host" else endpoint)
            await transport.send(
                HTTPRequest("POST", f"{url}oauth2/token", {"Authorization": "Basic secret"}, b"code=secret"),
                timeout=5,
                resend=False,
            )
    assert server.request_line == "POST /oauth2/token HTTP/1.1"
    assert proxy.heads == []


def test_https_to_this_machine_uses_the_proxy() -> None:
    transport = AiohttpTransport(Config(proxy="http://proxy.example", sources={"proxy": ARGUMENT}))
    assert transport._proxy_for(URL("https://127.0.0.1/oauth2/token")) == "http://proxy.example"
    assert transport._proxy_for(URL("http://[::1]:5000/oauth2/token")) is None


async def test_the_api_on_this_machine_uses_the_proxy_of_its_settings() -> None:
    proxy = RecordingHandler()
    async with serve(proxy) as proxy_url:
        config = Config(proxy=proxy_url.rstrip("/"), sources={"proxy": ARGUMENT})
        async with open_transport(config) as transport:
            await transport.prepare("http://localhost:1/")
            await post(transport, "http://localhost:1/")  # as botocore
    assert proxy.request_line == "POST http://localhost:1/ HTTP/1.1"


async def test_a_proxy_passed_as_argument_is_used_for_all_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    proxy = RecordingHandler()
    async with serve(proxy) as proxy_url:
        config = Config(proxy=proxy_url.rstrip("/"), sources={"proxy": ARGUMENT})
        async with open_transport(config) as transport:
            await transport.prepare("http://endpoint.example/")
            await post(transport, "http://endpoint.example/")
            await get(transport, OTHER_HOST)
    lines = [head.partition(b"\r\n")[0] for head in proxy.heads]
    assert lines == [b"POST http://endpoint.example/ HTTP/1.1", f"GET {OTHER_HOST} HTTP/1.1".encode()]


@pytest.mark.usefixtures("_another_machine")
async def test_an_empty_proxy_argument_bypasses_the_variables_for_all_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server = RecordingHandler()
    config = Config(proxy="", sources={"proxy": ARGUMENT})
    async with serve(server) as url, open_transport(config) as transport:
        await transport.prepare("http://endpoint.example/")
        await get(transport, url)
    assert server.request_line == "GET / HTTP/1.1"


async def test_another_host_uses_the_proxy_that_the_environment_names_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = RecordingHandler()
    async with serve(proxy) as proxy_url:
        monkeypatch.setenv("HTTP_PROXY", proxy_url.rstrip("/"))
        # The endpoint has another proxy, from another variable.
        config = Config(proxy="http://127.0.0.1:1", sources={"proxy": "HTTPS_PROXY"})
        async with open_transport(config) as transport:
            await transport.prepare("https://endpoint.example/")
            assert (await get(transport, OTHER_HOST)).status == 200
    assert proxy.request_line == f"GET {OTHER_HOST} HTTP/1.1"


@pytest.mark.usefixtures("_another_machine")
async def test_another_path_of_the_endpoint_uses_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    handler = RecordingHandler()
    async with serve(handler) as url:
        transport = AiohttpTransport(Config(proxy=""))  # such as by NO_PROXY when the client was made
        await transport.prepare(url)
        await transport.send(HTTPRequest("GET", f"{url}other", {}), timeout=5, resend=False)
        await transport.close()
    assert handler.request_line == "GET /other HTTP/1.1"


@pytest.mark.usefixtures("_another_machine")
async def test_another_host_without_a_variable_has_no_proxy() -> None:
    server = RecordingHandler()
    config = Config(proxy="http://127.0.0.1:1", sources={"proxy": "HTTPS_PROXY"})
    async with serve(server) as url, open_transport(config) as transport:
        await transport.prepare("https://endpoint.example/")
        await get(transport, url)
    assert server.request_line == "GET / HTTP/1.1"


@pytest.mark.usefixtures("_another_machine")
async def test_no_proxy_exempts_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        await transport.prepare("http://endpoint.example/")
        await get(transport, url)
    assert server.request_line == "GET / HTTP/1.1"


async def test_the_proxy_of_the_endpoint_is_fixed_when_it_is_prepared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = RecordingHandler()
    async with serve(server) as url, open_transport() as transport:
        await transport.prepare(url)
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        await post(transport, url)
    assert server.request_line == "POST / HTTP/1.1"


# Failures


async def test_a_missing_response_raises_a_read_timeout() -> None:
    async with serve(hang) as url, open_transport(Config(read_timeout=0.1)) as transport:
        with pytest.raises(errors.ReadTimeoutError) as caught:
            await post(transport, url)
    assert isinstance(caught.value, TimeoutError)


async def test_an_expired_timeout_raises_a_request_timeout() -> None:
    async with serve(hang) as url, open_transport() as transport:
        with pytest.raises(errors.RequestTimeoutError) as caught:
            await transport.send(HTTPRequest("POST", url, {}, b"{}"), timeout=0.05, resend=False)
    assert type(caught.value) is errors.RequestTimeoutError


@pytest.mark.parametrize(
    "response",
    [OK, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
    ids=["announced", "chunked"],
)
async def test_a_response_longer_than_max_response_size_raises_an_error(response: bytes) -> None:
    async with (
        serve(respond_with(response)) as url,
        open_transport(Config(max_response_size=1)) as transport,
    ):
        with pytest.raises(errors.ResponseTooLargeError, match="max_response_size, 1 bytes"):
            await post(transport, url)


async def test_a_closed_transport_raises_client_closed_error() -> None:
    async with open_transport() as transport:
        await transport.close()
        await transport.close()
        with pytest.raises(errors.ClientClosedError, match="the client is closed"):
            await post(transport, "http://127.0.0.1:1/")


async def test_a_refused_connection_raises_a_connect_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with open_transport() as transport:
            with pytest.raises(errors.ConnectError):
                await post(transport, f"http://127.0.0.1:{port}/")


async def test_a_connection_closed_without_a_response_is_lost() -> None:
    async with serve(respond_with(b"")) as url, open_transport() as transport:
        with pytest.raises(errors.ConnectionLostError):
            await post(transport, url)


async def test_a_truncated_response_is_a_lost_connection() -> None:
    handle = respond_with(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    async with serve(handle) as url, open_transport() as transport:
        with pytest.raises(errors.ConnectionLostError):
            await post(transport, url)


async def test_a_tls_handshake_with_a_plain_http_server_raises_a_tls_error() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serve(handle) as url, open_transport() as transport:
        with pytest.raises(errors.TLSError):
            await post(transport, url.replace("http:", "https:"))


async def test_a_response_that_is_not_http_raises_a_transport_error() -> None:
    async with serve(respond_with(b"SSH-2.0-OpenSSH\r\n\r\n")) as url, open_transport() as transport:
        with pytest.raises(
            errors.TransportError, match=r"the response is not HTTP \((Expected HTTP/|Bad status line)"
        ):
            await post(transport, url)


async def test_an_invalid_chunk_after_the_first_part_of_a_body_ends_the_request() -> None:
    head_was_read = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
        await head_was_read.wait()
        writer.write(b"secret-token\r\n")
        await hang(reader, writer)

    async with serve(handle) as url, aiohttp.ClientSession(connector=TrackingConnector()) as session:
        request = session.request

        async def request_and_signal(*args: Any, **options: Any) -> aiohttp.ClientResponse:
            response = await request(*args, **options)
            head_was_read.set()
            return response

        session.request = request_and_signal  # type: ignore[assignment, method-assign]
        with pytest.raises(errors.TransportError, match=r"the response is not HTTP \(Invalid ch") as caught:
            await post(AiohttpTransport(CONFIG, session), url)
        assert type(caught.value) is errors.TransportError
        assert "secret-token" not in "".join(traceback.format_exception(caught.value))


async def test_bytes_after_a_complete_response_do_not_fail_it() -> None:
    async with open_transport() as transport:
        loop = asyncio.get_running_loop()
        state = await transport._open(loop)
        connector: Any = state.session.connector
        protocol = connector._factory()
        body = aiohttp.StreamReader(protocol, 2**16, loop=loop)
        body.feed_data(b"{}")
        body.feed_eof()
        protocol._payload = body
        protocol.set_exception(HttpProcessingError(message="Invalid"))
        assert await body.read() == b"{}"


async def test_a_cancelled_task_raises_cancelled_error() -> None:
    started = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started.set()
        await hang(reader, writer)

    async with serve(handle) as url, open_transport() as transport:
        call = asyncio.create_task(post(transport, url))
        await started.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


# The caller's own session


@pytest.mark.parametrize("send", [get, post])
async def test_the_caller_s_session_sends_requests_and_stays_open(send: Any) -> None:
    async with serve(respond_with(OK)) as url, aiohttp.ClientSession() as session:
        transport = AiohttpTransport(CONFIG, session)
        assert (await send(transport, url)).body == b"{}"
        await transport.close()
        assert not session.closed


async def test_a_session_that_raises_for_a_status_still_returns_the_response() -> None:
    handle = respond_with(OK.replace(b"200 OK", b"400 Bad Request"))
    async with serve(handle) as url, aiohttp.ClientSession(raise_for_status=True) as session:
        response = await post(AiohttpTransport(CONFIG, session), url)
        assert (response.status, response.body) == (400, b"{}")


async def test_a_closed_session_of_the_caller_raises_client_closed_error() -> None:
    async with serve(respond_with(OK)) as url, aiohttp.ClientSession() as session:
        transport = AiohttpTransport(CONFIG, session)
        await session.close()
        with pytest.raises(errors.ClientClosedError, match="the caller's aiohttp session is closed"):
            await post(transport, url)


@pytest.mark.parametrize(
    ("closes_client", "message"),
    [(True, "the client is closed"), (False, "the caller's aiohttp session is closed")],
)
async def test_closing_the_session_raises_client_closed_error_in_calls_that_wait_for_a_connection(
    closes_client: bool,  # noqa: FBT001  a table
    message: str,
) -> None:
    started = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started.set()
        await hang(reader, writer)

    async with serve(handle) as url:
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
        transport = AiohttpTransport(CONFIG, session)
        calls = [asyncio.create_task(post(transport, url)) for _ in range(2)]
        await started.wait()
        await settle()
        if closes_client:
            await transport.close()
        await session.close()
        first, second = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(first, errors.TransportError)
    with pytest.raises(errors.ClientClosedError, match=message):
        raise second


# Several event loops


def test_close_closes_the_connections_of_other_running_loops() -> None:
    transport = AiohttpTransport(CONFIG)
    sent, closed = threading.Event(), threading.Event()

    async def send_from_other_loop() -> None:
        async with serve(respond_with(OK)) as url:
            await post(transport, url)
            session = transport._loop_states[asyncio.get_running_loop()].session
            sent.set()
            await asyncio.to_thread(closed.wait)
            await settle()
            assert session.closed
            with pytest.raises(errors.ClientClosedError):
                await post(transport, url)

    with ThreadPoolExecutor() as pool:
        other = pool.submit(asyncio.run, send_from_other_loop())
        sent.wait()
        try:
            asyncio.run(transport.close())
        finally:
            closed.set()
        other.result()
    assert transport._loop_states == {}


def test_close_ignores_loops_that_have_ended() -> None:
    transport = AiohttpTransport(CONFIG)

    async def send_once() -> None:
        async with serve(respond_with(OK)) as url:
            await post(transport, url)

    asyncio.run(send_once())
    assert transport._loop_states == {}
    asyncio.run(transport.close())
    with pytest.raises(errors.ClientClosedError):
        asyncio.run(send_once())


def run_and_close(main: Coroutine[Any, Any, None]) -> asyncio.AbstractEventLoop:
    """Run a coroutine and close its loop by hand, without ``shutdown_asyncgens``."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.close()
    return loop


@pytest.mark.parametrize("by", ["the next loop", "close"])
def test_connections_of_a_loop_that_was_closed_by_hand_are_closed(by: str) -> None:
    """test_closed_loops.py counts open files and reads stderr."""
    transport = AiohttpTransport(CONFIG)
    sessions = []

    async def send_once() -> None:
        async with serve(respond_with(OK)) as url:
            await post(transport, url)
            sessions.append(transport._loop_states[asyncio.get_running_loop()].session)

    loop = run_and_close(send_once())
    assert list(transport._loop_states) == [loop]
    asyncio.run(send_once() if by == "the next loop" else transport.close())
    assert sessions[0].closed
    assert transport._loop_states == {}


def test_a_caller_s_session_on_a_loop_that_was_closed_by_hand_is_left_alone() -> None:
    transports = []

    async def send_once() -> None:
        async with serve(respond_with(OK)) as url, aiohttp.ClientSession() as session:
            transports.append(AiohttpTransport(CONFIG, session))
            await post(transports[0], url)

    run_and_close(send_once())
    asyncio.run(transports[0].close())
    assert transports[0]._loop_states == {}


def test_a_session_on_a_loop_that_does_not_run_is_closed_with_the_loop() -> None:
    transport = AiohttpTransport(CONFIG)

    async def send_once() -> None:
        async with serve(respond_with(OK)) as url:
            await post(transport, url)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(send_once())
        asyncio.run(transport.close())
        [session] = [state.session for state in transport._loop_states.values()]
        assert not session.closed
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    assert session.closed
