"""Load, cancellation, timeouts, closed clients and ended event loops: every call ends and nothing leaks."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import warnings
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient, errors
from cognito_async._pipeline.state import Effects
from cognito_async.errors import ClientClosedError, CognitoError
from faults import server
from faults.server import Fault, FaultServer, Peer, ReceivedRequest, certificates, forward_proxy
from support.loop_clock import stopped_clock
from support.transports import CREDENTIALS, REGION

pytestmark = pytest.mark.usefixtures("http_path")

POOL = "eu-west-1_AbC123"
SEED = 20260729


def client_at(url: str, **options: Any) -> CognitoClient:
    return CognitoClient(
        **{"region": REGION, "credentials": CREDENTIALS, "endpoint_url": url, "proxy": ""} | options
    )


async def get(client: CognitoClient, name: str = "ana") -> Any:
    return await client.admin_get_user(user_pool_id=POOL, username=name)


async def skip_wait(seconds: float) -> None:
    """Replace the wait between attempts."""
    await asyncio.sleep(0)


class ClientSockets:
    """The sockets that clients have open on this event loop."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.max_open = 0

    def add(self, sock: socket.socket) -> None:
        self.sockets.append(sock)
        self.max_open = max(self.max_open, self.open)

    @property
    def open(self) -> int:
        self.sockets = [sock for sock in self.sockets if sock.fileno() != -1]
        return len(self.sockets)


@contextmanager
def count_client_sockets() -> Generator[ClientSockets]:
    """Count the sockets of clients; a socket counts until its file descriptor is closed."""
    loop = asyncio.get_running_loop()
    create_connection = loop.create_connection
    sockets = ClientSockets()

    async def count_and_create(*args: Any, **options: Any) -> Any:
        if "sock" in options:  # aiohttp passes one, the proxy of these tests does not
            sockets.add(options["sock"])
        return await create_connection(*args, **options)

    loop.create_connection = count_and_create  # type: ignore[method-assign]
    try:
        yield sockets
    finally:
        del loop.create_connection  # type: ignore[method-assign]


@asynccontextmanager
async def no_leaks() -> AsyncGenerator[ClientSockets]:
    """Check that the block leaves no task and no socket behind and causes no warning."""
    gc.collect()
    before = asyncio.all_tasks()
    with warnings.catch_warnings(record=True) as caught, count_client_sockets() as sockets:
        warnings.simplefilter("always")
        yield sockets
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        assert asyncio.all_tasks() == before
        assert sockets.open == 0
    assert [str(warning.message) for warning in caught] == []


# Load

FAULTS = {
    "reset after the request": server.RESET_AFTER_REQUEST,
    "closed": server.CLOSED_WITHOUT_RESPONSE,
    "closed in the headers": server.CLOSED_IN_HEADERS,
    "closed in the body": server.CLOSED_IN_BODY,
    "closed in a chunked body": server.CLOSED_IN_CHUNKED_BODY,
    "reset in the body": server.RESET_IN_BODY,
    "hangs": server.HANGS,
    "hangs in the body": server.HANGS_IN_BODY,
    "closes after the response": server.CLOSES_AFTER_RESPONSE,
    "not HTTP": server.NOT_HTTP,
    "header too long": server.LONG_HEADER,
    "Content-Length too short": server.SHORT_CONTENT_LENGTH,
    "HTML": server.html(200),
    "HTML and 403": server.html(403),
    "HTML and 502": server.html(502),
    "not JSON": server.NOT_JSON,
    "JSON array": server.JSON_ARRAY,
    "other content type": server.OTHER_CONTENT_TYPE,
    "redirect": server.redirect(307),
    "body too large": server.LARGE_CHUNKED_BODY,
    "rejected signature": server.REJECTS_SIGNATURES,
    "limit": server.status(400, "LimitExceededException"),
    "throttled": server.status(400, "TooManyRequestsException"),
    **{str(code): server.status(code) for code in (429, 500, 502, 503, 504)},
}
CALLS = 10_000
CONNECTIONS = 50


def faulty_calls() -> dict[str, tuple[Fault, int]]:
    """Return the fault of 5% of the calls and how often it occurs; all faults are equally frequent."""
    rng = random.Random(SEED)
    faults = list(FAULTS.values())
    chosen = rng.sample(range(CALLS), CALLS // 20)
    return {
        f"user-{call}": (faults[index % len(faults)], rng.choice((1, 2, 100)))
        for index, call in enumerate(chosen)
    }


@pytest.mark.slow
async def test_all_of_10000_concurrent_calls_end_and_nothing_leaks() -> None:
    faulty = faulty_calls()
    requests_by_name: Counter[str] = Counter()

    async def respond(peer: Peer, request: ReceivedRequest) -> None:
        name = request.json["Username"]
        fault, times = faulty.get(name, (server.HEALTHY, 0))
        requests_by_name[name] += 1
        if fault.respond is not None and requests_by_name[name] <= times:
            await fault.respond(peer, request)
        else:
            await peer.send(server.response(200, server.success(request)))

    async def connect(peer: Peer) -> None:
        nonlocal resets
        if rng.random() < 0.05:
            resets += 1
            peer.reset()

    resets = 0
    rng = random.Random(SEED)
    names = [f"user-{call}" for call in range(CALLS)]
    async with no_leaks() as sockets, FaultServer(Fault(connect, respond)) as faults:
        client = client_at(
            faults.url, max_connections=CONNECTIONS, connect_timeout=30, read_timeout=3, timeout=None
        )
        client._pipeline.effects = Effects(sleep=skip_wait, random=random.Random(SEED).random)
        async with client:
            tasks = [asyncio.create_task(get(client, name)) for name in names]
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(task.done() for task in tasks)
        del tasks

    assert sockets.max_open <= CONNECTIONS
    assert resets > 10
    assert len(outcomes) == CALLS
    outcome_types: Counter[str] = Counter()
    for name, outcome in zip(names, outcomes, strict=True):
        outcome_types[type(outcome).__name__] += 1
        if not isinstance(outcome, BaseException):
            assert outcome.username == name
            assert outcome.response_metadata.attempts == len(outcome.response_metadata.retry_reasons) + 1
            continue
        assert isinstance(outcome, CognitoError), (name, outcome)
        # The connection of any call may be reset.
        assert name in faulty or type(outcome) is errors.ConnectionLostError, (name, outcome)
    print(dict(outcome_types), f"{faults.connections} connections, {len(faults.requests)} requests")
    assert outcome_types["AdminGetUserResponse"] > CALLS * 0.95
    assert set(outcome_types) >= {
        "ConnectionLostError",
        "InvalidResponseError",
        "LimitExceededException",
        "ReadTimeoutError",
        "ResponseTooLargeError",
        "ServiceError",
        "TransportError",
    }


# Stale connections


async def test_100_consecutive_calls_succeed_if_each_reused_connection_is_closed() -> None:
    async with no_leaks(), FaultServer(server.CLOSES_REUSED_CONNECTION) as faults:
        async with client_at(faults.url, retry_mode="off") as client:
            responses = [await get(client) for _ in range(100)]
        assert {response.response_metadata.attempts for response in responses} == {1}
        assert faults.connections == 100


async def test_100_consecutive_calls_succeed_if_each_connection_is_closed_after_its_response() -> None:
    async with no_leaks(), FaultServer(server.CLOSES_AFTER_RESPONSE) as faults:
        async with client_at(faults.url, retry_mode="off") as client:
            responses = [await get(client) for _ in range(100)]
        assert {response.response_metadata.attempts for response in responses} == {1}


async def test_a_call_succeeds_if_all_idle_connections_are_stale() -> None:
    """As after a pause, when a device between client and server has dropped them."""
    async with no_leaks(), FaultServer(server.CLOSES_REUSED_CONNECTION) as faults:
        async with client_at(faults.url, retry_mode="off") as client:
            await asyncio.gather(*(get(client) for _ in range(20)))
            assert faults.connections == 20
            response = await get(client)
        assert response.response_metadata.attempts == 1


async def test_concurrent_calls_succeed_if_each_reused_connection_is_closed() -> None:
    async with no_leaks(), FaultServer(server.CLOSES_REUSED_CONNECTION) as faults:
        async with client_at(faults.url, retry_mode="off", max_connections=10) as client:
            outcomes = await asyncio.gather(*(get(client) for _ in range(200)), return_exceptions=True)
        assert Counter(type(outcome).__name__ for outcome in outcomes) == {"AdminGetUserResponse": 200}


# Cancellation and timeouts


@pytest.mark.parametrize("tls", [False, True])
async def test_calls_cancelled_at_any_moment_leak_nothing_and_the_client_stays_usable(
    tmp_path: Path, *, tls: bool
) -> None:
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(certificates().authority)
    rng = random.Random(SEED)
    outcome_types: Counter[str] = Counter()
    async with no_leaks() as sockets, FaultServer(tls=tls) as faults:
        async with client_at(faults.url, max_connections=4, ca_bundle=str(bundle)) as client:
            for _ in range(20):
                tasks = [asyncio.create_task(get(client)) for _ in range(30)]
                for task in rng.sample(tasks, 20):
                    for _ in range(rng.randrange(4)):
                        await asyncio.sleep(0)
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                outcome_types.update(type(outcome).__name__ for outcome in outcomes)
            responses = await asyncio.gather(*(get(client, str(call)) for call in range(20)))
        assert [response.username for response in responses] == [str(call) for call in range(20)]
    assert set(outcome_types) == {"AdminGetUserResponse", "CancelledError"}
    assert min(outcome_types.values()) > 100
    # With TLS, a socket stays open until the server confirms the end of the connection.
    assert tls or sockets.max_open <= 4


async def test_a_call_cancelled_between_attempts_is_not_retried() -> None:
    waiting = asyncio.Event()

    async def wait(seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with no_leaks(), FaultServer(server.status(503)) as faults:
        async with client_at(faults.url) as client:
            client._pipeline.effects = Effects(sleep=wait)
            task = asyncio.create_task(get(client))
            await waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert len(faults.requests) == 1


async def test_the_timeout_of_a_call_covers_all_attempts() -> None:
    async def respond(peer: Peer, request: ReceivedRequest) -> None:
        clock.advance(11)
        await peer.hang()

    async with no_leaks(), FaultServer(Fault(respond=respond)) as faults:
        async with client_at(faults.url, read_timeout=10, timeout=25, max_attempts=20) as client:
            client._pipeline.effects = Effects(sleep=skip_wait, random=lambda: 0.0)
            with stopped_clock() as clock, pytest.raises(errors.RequestTimeoutError) as caught:
                await get(client)
        assert type(caught.value) is errors.RequestTimeoutError
        assert caught.value.attempts == len(faults.requests) == 3
        assert caught.value.retry_reasons == ("ReadTimeoutError",) * 2


async def test_the_timeout_of_a_call_covers_the_wait_for_a_connection_slot() -> None:
    async with (
        no_leaks(),
        FaultServer(server.HANGS, times=1) as faults,
        client_at(faults.url, max_connections=1) as client,
    ):
        first = asyncio.create_task(get(client))
        await faults.wait_for_requests(1)
        with pytest.raises(errors.RequestTimeoutError):
            await get(client.with_options(timeout=0.05))
        first.cancel()
        await asyncio.wait([first])
        await get(client)


async def test_the_timeout_of_a_call_covers_the_resend_after_a_stale_connection() -> None:
    async def respond(peer: Peer, request: ReceivedRequest) -> None:
        if len(faults.requests) == 1:
            await peer.send(server.response(200, server.success(request)))
        elif peer.requests > 1:
            clock.advance(20)
            peer.close()
        else:
            clock.advance(20)
            await peer.hang()

    async with no_leaks(), FaultServer(Fault(respond=respond)) as faults:
        async with client_at(faults.url, read_timeout=100) as client:
            await get(client)
            with stopped_clock() as clock, pytest.raises(errors.RequestTimeoutError) as caught:
                await get(client.with_options(timeout=30))
        assert type(caught.value) is errors.RequestTimeoutError
        assert len(faults.requests) == 3


# Closed clients and ended event loops


async def test_calls_in_flight_raise_client_closed_error_when_the_client_closes() -> None:
    async with no_leaks(), FaultServer(server.HANGS) as faults:
        client = client_at(faults.url, max_connections=2)
        tasks = [asyncio.create_task(get(client)) for _ in range(6)]
        await faults.wait_for_requests(2)
        tasks += [asyncio.create_task(get(client)) for _ in range(2)]
        await client.close()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ClientClosedError}


async def test_a_call_between_attempts_raises_client_closed_error_when_the_client_closes() -> None:
    async with no_leaks(), FaultServer(server.status(503)) as faults:
        client = client_at(faults.url)

        async def close(seconds: float) -> None:
            await client.close()

        client._pipeline.effects = Effects(sleep=close)
        with pytest.raises(ClientClosedError):
            await get(client)
        assert len(faults.requests) == 1


@pytest.mark.parametrize("steps", range(12))
async def test_the_first_call_raises_client_closed_error_at_whatever_step_the_client_closes(
    steps: int,
) -> None:
    async with no_leaks(), FaultServer(server.HANGS) as faults:
        client = client_at(faults.url)
        task = asyncio.create_task(get(client))
        for _ in range(steps):
            await asyncio.sleep(0 if steps < 6 else 0.002)
        await client.close()
        with pytest.raises(ClientClosedError):
            await task


async def test_calls_after_close_raise_client_closed_error_and_send_nothing() -> None:
    async with no_leaks(), FaultServer() as faults:
        async with client_at(faults.url) as client:
            await get(client)
        for closed in (client, client.with_options(retries=0)):
            with pytest.raises(ClientClosedError, match="the client is closed"):
                await get(closed)
        await client.close()
        assert len(faults.requests) == 1


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@contextmanager
def no_warnings() -> Generator[None]:
    """Check that the block causes no warning, nor does the garbage collection after it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_a_client_created_at_import_works_in_two_consecutive_event_loops() -> None:
    port = free_port()

    def run_twice(client: CognitoClient) -> None:
        async def main() -> None:
            async with FaultServer(port=port) as faults:
                assert (await get(client, "eve")).username == "eve"
                assert (await get(client, "bob")).username == "bob"
                assert faults.connections == 1

        asyncio.run(main())
        asyncio.run(main())
        assert client._pipeline._state.transport._loop_states == {}

    with no_warnings():
        run_twice(client_at(f"http://127.0.0.1:{port}"))


def test_a_client_works_in_a_second_event_loop_after_the_first_ended_with_calls_in_flight() -> None:
    port = free_port()

    def run_twice(client: CognitoClient) -> None:
        async def end_with_calls_in_flight() -> None:
            async with FaultServer(server.HANGS, port=port) as faults:
                tasks = [asyncio.create_task(get(client)) for _ in range(3)]
                await faults.wait_for_requests(len(tasks))

        async def call() -> None:
            async with FaultServer(port=port):
                assert (await get(client)).username == "ana"

        asyncio.run(end_with_calls_in_flight())
        asyncio.run(call())

    with no_warnings():
        run_twice(client_at(f"http://127.0.0.1:{port}"))


# Settings in the environment


@pytest.mark.parametrize("variable", ["NETRC", "HOME"])
async def test_a_netrc_file_does_not_change_headers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    file = tmp_path / ".netrc"
    file.write_text("machine 127.0.0.1 login eve password wrong\ndefault login eve password wrong\n")
    file.chmod(0o600)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv(variable, str(file if variable == "NETRC" else tmp_path))
    async with FaultServer() as faults, client_at(faults.url) as client:
        await get(client)
        await client.get_user(access_token="token")
    signed, unsigned = (request.header("Authorization") for request in faults.requests)
    assert signed.startswith("AWS4-HMAC-SHA256 ")
    assert unsigned is None


PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_requests_go_through_the_proxy_argument() -> None:
    async with no_leaks(), forward_proxy() as proxy, FaultServer() as faults:
        async with client_at(faults.url, proxy=proxy.url) as client:
            assert (await get(client)).username == "ana"
        assert proxy.lines[0].startswith(f"POST {faults.url}")
        assert faults.requests[0].header("Authorization").startswith("AWS4-HMAC-SHA256 ")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
async def test_requests_go_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        monkeypatch.setenv(variable, proxy.url)
        async with client_at(faults.url, proxy=None) as client:
            await get(client)
        assert len(proxy.requests) == len(faults.requests) == 1


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "*", "other.example,127.0.0.1"])
async def test_requests_to_hosts_in_no_proxy_bypass_the_proxy(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        async with client_at(faults.url, proxy=None) as client:
            await get(client)
        assert (len(proxy.requests), len(faults.requests)) == (0, 1)


async def test_an_empty_proxy_argument_takes_precedence_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client_at(faults.url, proxy="") as client:
            await get(client)
        assert (len(proxy.requests), len(faults.requests)) == (0, 1)


@pytest.mark.parametrize("source", ["argument", "environment"])
async def test_https_requests_go_through_a_tunnel_and_stay_hidden_from_the_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(certificates().authority)
    async with no_leaks(), forward_proxy() as proxy, FaultServer(tls=True) as faults:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        argument = proxy.url if source == "argument" else None
        async with client_at(faults.url, ca_bundle=str(bundle), proxy=argument) as client:
            assert (await get(client)).username == "ana"
        assert proxy.lines == [f"CONNECT 127.0.0.1:{faults.port} HTTP/1.1"]
        assert b"Authorization" not in proxy.requests[0].head
        assert len(faults.requests) == 1


async def test_user_and_password_of_the_proxy_are_sent_only_to_the_proxy() -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        async with client_at(faults.url, proxy=proxy.url.replace("//", "//eve:secret@")) as client:
            await get(client)
            assert "secret" not in repr(client.config) + str(client.config)
        assert proxy.requests[0].header("Proxy-Authorization") == "Basic ZXZlOnNlY3JldA=="
        assert proxy.requests[0].header("Authorization").startswith("AWS4-HMAC-SHA256 ")
