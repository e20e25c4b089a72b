"""Many calls at once, cancelled calls, the end of clients and loops: nothing is lost and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import time
import warnings
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from faults import server
from faults.server import Fault, FaultServer, Peer, ReceivedRequest, certificates, forward_proxy
from support.transports import CREDENTIALS, REGION

from cognito_async import CognitoClient, errors
from cognito_async._pipeline.pipeline import Effects
from cognito_async.errors import ClientClosedError, CognitoError

POOL = "eu-west-1_AbC123"
SEED = 20260729


def client_at(url: str, **options: Any) -> CognitoClient:
    return CognitoClient(
        **{"region": REGION, "credentials": CREDENTIALS, "endpoint_url": url, "proxy": ""} | options
    )


async def get(client: CognitoClient, name: str = "ana") -> Any:
    return await client.admin_get_user(user_pool_id=POOL, username=name)


async def skip(seconds: float) -> None:
    """Do not wait between attempts."""
    await asyncio.sleep(0)


class Sockets:
    """The connections that clients open on this loop, as the operating system knows them."""

    def __init__(self) -> None:
        self.made: list[socket.socket] = []
        self.most = 0

    @property
    def open(self) -> int:
        self.made = [made for made in self.made if made.fileno() != -1]
        return len(self.made)


@contextmanager
def client_sockets() -> Generator[Sockets]:
    """Count the connections of clients; a socket counts until its file descriptor is closed."""
    loop = asyncio.get_running_loop()
    create_connection = loop.create_connection
    sockets = Sockets()

    async def counting(*args: Any, **options: Any) -> Any:
        if "sock" in options:  # the proxy's own have none
            sockets.made.append(options["sock"])
            sockets.most = max(sockets.most, sockets.open)
        return await create_connection(*args, **options)

    loop.create_connection = counting  # type: ignore[method-assign]
    try:
        yield sockets
    finally:
        del loop.create_connection  # type: ignore[method-assign]


@asynccontextmanager
async def nothing_left() -> AsyncGenerator[Sockets]:
    """Check that no task, no socket and no warning is left after the block."""
    gc.collect()
    before = asyncio.all_tasks()
    with warnings.catch_warnings(record=True) as seen, client_sockets() as sockets:
        warnings.simplefilter("always")
        yield sockets
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        assert asyncio.all_tasks() == before
        assert sockets.open == 0
    assert [str(warning.message) for warning in seen] == []


# Load

KINDS = {
    "reset on answer": server.RESET_AFTER_REQUEST,
    "closed": server.CLOSED_WITHOUT_RESPONSE,
    "closed in the headers": server.CLOSED_IN_HEADERS,
    "closed in the body": server.CLOSED_IN_BODY,
    "closed in a chunked body": server.CLOSED_IN_CHUNKED_BODY,
    "reset in the body": server.RESET_IN_BODY,
    "hangs": server.HANGS,
    "hangs in the body": server.HANGS_IN_BODY,
    "closes when idle": server.CLOSES_AFTER_RESPONSE,
    "not HTTP": server.NOT_HTTP,
    "header too long": server.LONG_HEADER,
    "length too short": server.SHORT_CONTENT_LENGTH,
    "HTML": server.html(200),
    "HTML and 403": server.html(403),
    "HTML and 502": server.html(502),
    "no JSON": server.NOT_JSON,
    "array": server.JSON_ARRAY,
    "other type": server.OTHER_CONTENT_TYPE,
    "redirect": server.redirect(307),
    "huge": server.LARGE_CHUNKED_BODY,
    "signature": server.REJECTS_SIGNATURES,
    "limit": server.status(400, "LimitExceededException"),
    "throttled": server.status(400, "TooManyRequestsException"),
    **{str(code): server.status(code) for code in (429, 500, 502, 503, 504)},
}
CALLS = 10_000
CONNECTIONS = 50


def faulty_calls() -> dict[str, tuple[Fault, int]]:
    """5% of the calls, all kinds in turn: what goes wrong and how often."""
    chance = random.Random(SEED)
    kinds = list(KINDS.values())
    chosen = chance.sample(range(CALLS), CALLS // 20)
    return {
        f"user-{call}": (kinds[place % len(kinds)], chance.choice((1, 2, 100)))
        for place, call in enumerate(chosen)
    }


@pytest.mark.slow
async def test_of_10000_calls_at_once_every_one_ends_and_nothing_is_left_behind() -> None:
    faulty = faulty_calls()
    seen: Counter[str] = Counter()

    async def answer(peer: Peer, request: ReceivedRequest) -> None:
        name = request.json["Username"]
        fault, times = faulty.get(name, (server.HEALTHY, 0))
        seen[name] += 1
        if fault.answer is not None and seen[name] <= times:
            await fault.answer(peer, request)
        else:
            await peer.send(server.response(200, server.success(request)))

    async def connect(peer: Peer) -> None:
        nonlocal resets
        if chance.random() < 0.05:
            resets += 1
            peer.reset()

    resets = 0
    chance = random.Random(SEED)
    names = [f"user-{call}" for call in range(CALLS)]
    async with nothing_left() as sockets, FaultServer(Fault(connect, answer)) as faults:
        client = client_at(
            faults.url, max_connections=CONNECTIONS, connect_timeout=30, read_timeout=3, timeout=300
        )
        client._pipeline.effects = Effects(sleep=skip, random=random.Random(SEED).random)
        async with client:
            tasks = [asyncio.create_task(get(client, name)) for name in names]
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(task.done() for task in tasks)
        del tasks

    assert sockets.most <= CONNECTIONS
    assert resets > 10
    assert len(outcomes) == CALLS
    ends: Counter[str] = Counter()
    for name, outcome in zip(names, outcomes, strict=True):
        ends[type(outcome).__name__] += 1
        if not isinstance(outcome, BaseException):
            assert outcome.username == name
            assert outcome.response_metadata.attempts == len(outcome.response_metadata.retry_reasons) + 1
            continue
        assert isinstance(outcome, CognitoError), (name, outcome)
        # Anybody's connection may be reset.
        assert name in faulty or type(outcome) is errors.ConnectionLostError, (name, outcome)
    print(dict(ends), f"{faults.connections} connections, {len(faults.requests)} requests")
    assert ends["AdminGetUserResponse"] > CALLS * 0.95
    assert set(ends) >= {
        "ConnectionLostError",
        "InvalidResponseError",
        "LimitExceededException",
        "ReadTimeoutError",
        "ResponseTooLargeError",
        "ServiceError",
        "TransportError",
    }


# Connections that were kept


async def test_100_calls_in_a_row_succeed_though_every_connection_is_closed_when_used_again() -> None:
    async with nothing_left(), FaultServer(server.CLOSES_REUSED_CONNECTION) as faults:
        async with client_at(faults.url, retry_mode="off") as client:
            answers = [await get(client) for _ in range(100)]
        assert {answer.response_metadata.attempts for answer in answers} == {1}
        assert faults.connections == 100


async def test_100_calls_in_a_row_succeed_though_every_connection_is_closed_after_its_answer() -> None:
    async with nothing_left(), FaultServer(server.CLOSES_AFTER_RESPONSE) as faults:
        async with client_at(faults.url, retry_mode="off") as client:
            answers = [await get(client) for _ in range(100)]
        assert {answer.response_metadata.attempts for answer in answers} == {1}


async def test_a_call_succeeds_though_all_of_many_kept_connections_turn_out_to_be_closed() -> None:
    """As after a pause, when something in between has forgotten them."""
    async with nothing_left(), FaultServer(server.CLOSES_REUSED_CONNECTION) as faults:
        async with client_at(faults.url, retry_mode="off") as client:
            await asyncio.gather(*(get(client) for _ in range(20)))
            assert faults.connections == 20
            answer = await get(client)
        assert answer.response_metadata.attempts == 1


async def test_calls_at_once_succeed_though_every_connection_is_closed_when_used_again() -> None:
    async with nothing_left(), FaultServer(server.CLOSES_REUSED_CONNECTION) as faults:
        async with client_at(faults.url, retry_mode="off", max_connections=10) as client:
            outcomes = await asyncio.gather(*(get(client) for _ in range(200)), return_exceptions=True)
        assert Counter(type(outcome).__name__ for outcome in outcomes) == {"AdminGetUserResponse": 200}


# Cancellation and deadlines


@pytest.mark.parametrize("tls", [False, True])
async def test_calls_cancelled_at_any_moment_leave_nothing_and_the_client_works_on(
    tmp_path: Path, *, tls: bool
) -> None:
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(certificates().authority)
    chance = random.Random(SEED)
    ends: Counter[str] = Counter()
    async with nothing_left() as sockets, FaultServer(tls=tls) as faults:
        async with client_at(faults.url, max_connections=4, ca_bundle=str(bundle)) as client:
            for _ in range(20):
                tasks = [asyncio.create_task(get(client)) for _ in range(30)]
                for task in chance.sample(tasks, 20):
                    for _ in range(chance.randrange(4)):
                        await asyncio.sleep(0)
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                ends.update(type(outcome).__name__ for outcome in outcomes)
            answers = await asyncio.gather(*(get(client, str(call)) for call in range(20)))
        assert [answer.username for answer in answers] == [str(call) for call in range(20)]
    assert set(ends) == {"AdminGetUserResponse", "CancelledError"}
    assert min(ends.values()) > 100
    assert tls or sockets.most <= 4  # with TLS, one that closes waits for the other end's goodbye


async def test_a_call_cancelled_between_attempts_is_not_tried_again() -> None:
    waiting = asyncio.Event()

    async def wait(seconds: float) -> None:
        waiting.set()
        await asyncio.sleep(60)

    async with nothing_left(), FaultServer(server.status(503)) as faults:
        async with client_at(faults.url) as client:
            client._pipeline.effects = Effects(sleep=wait)
            task = asyncio.create_task(get(client))
            await waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert len(faults.requests) == 1


async def test_the_time_of_a_call_covers_all_its_attempts() -> None:
    async with nothing_left(), FaultServer(server.HANGS) as faults:
        async with client_at(faults.url, read_timeout=0.1, timeout=0.25, max_attempts=20) as client:
            client._pipeline.effects = Effects(sleep=skip, random=lambda: 0.0)
            started = time.monotonic()
            with pytest.raises(errors.RequestTimeoutError) as caught:
                await get(client)
        assert 0.25 <= time.monotonic() - started < 0.6
        assert type(caught.value) is errors.RequestTimeoutError
        assert caught.value.attempts == len(faults.requests) == 3
        assert caught.value.retry_reasons == ("ReadTimeoutError",) * 2


async def test_the_time_of_a_call_covers_waiting_for_a_connection() -> None:
    async with (
        nothing_left(),
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


async def test_the_time_of_a_call_covers_a_kept_connection_that_is_replaced() -> None:
    async def answer(peer: Peer, request: ReceivedRequest) -> None:
        if len(faults.requests) == 1:
            await peer.send(server.response(200, server.success(request)))
        elif peer.requests > 1:
            await asyncio.sleep(0.2)
            peer.close()
        else:
            await peer.hang()

    async with nothing_left(), FaultServer(Fault(answer=answer)) as faults:
        async with client_at(faults.url) as client:
            await get(client)
            started = time.monotonic()
            with pytest.raises(errors.RequestTimeoutError):
                await get(client.with_options(timeout=0.3))
        assert 0.3 <= time.monotonic() - started < 0.45
        assert len(faults.requests) == 3


# The end of clients and loops


async def test_calls_that_are_under_way_when_the_client_closes_raise_that_it_is_closed() -> None:
    async with nothing_left(), FaultServer(server.HANGS) as faults:
        client = client_at(faults.url, max_connections=2)
        tasks = [asyncio.create_task(get(client)) for _ in range(6)]
        await faults.wait_for_requests(2)
        tasks += [asyncio.create_task(get(client)) for _ in range(2)]
        await client.close()
        outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 2)
    assert {type(outcome) for outcome in outcomes} == {ClientClosedError}


async def test_a_call_between_attempts_when_the_client_closes_raises_that_it_is_closed() -> None:
    async with nothing_left(), FaultServer(server.status(503)) as faults:
        client = client_at(faults.url)

        async def close(seconds: float) -> None:
            await client.close()

        client._pipeline.effects = Effects(sleep=close)
        with pytest.raises(ClientClosedError):
            await get(client)
        assert len(faults.requests) == 1


@pytest.mark.parametrize("rounds", range(12))
async def test_a_first_call_raises_that_the_client_is_closed_whenever_that_happens(rounds: int) -> None:
    async with nothing_left(), FaultServer(server.HANGS) as faults:
        client = client_at(faults.url)
        task = asyncio.create_task(get(client))
        for _ in range(rounds):
            await asyncio.sleep(0 if rounds < 6 else 0.002)
        await client.close()
        with pytest.raises(ClientClosedError):
            await asyncio.wait_for(task, 2)


async def test_calls_after_the_end_raise_that_the_client_is_closed_and_send_nothing() -> None:
    async with nothing_left(), FaultServer() as faults:
        async with client_at(faults.url) as client:
            await get(client)
        for late in (client, client.with_options(retries=0)):
            with pytest.raises(ClientClosedError, match="the client is closed"):
                await get(late)
        await client.close()
        assert len(faults.requests) == 1


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@contextmanager
def no_warnings() -> Generator[None]:
    """Check that nothing is warned of, not even when everything is collected."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in seen] == []


def test_a_client_made_at_import_works_in_two_runs_one_after_the_other() -> None:
    port = free_port()

    def run_twice(client: CognitoClient) -> None:
        async def main() -> None:
            async with FaultServer(port=port) as faults:
                assert (await get(client, "eve")).username == "eve"
                assert (await get(client, "bob")).username == "bob"
                assert faults.connections == 1

        asyncio.run(main())
        asyncio.run(main())
        assert client._pipeline._prepared.transport._loop_states == {}

    with no_warnings():
        run_twice(client_at(f"http://127.0.0.1:{port}"))


def test_a_client_whose_first_run_ends_amid_calls_works_in_the_next() -> None:
    port = free_port()

    def run_twice(client: CognitoClient) -> None:
        async def leave() -> None:
            async with FaultServer(server.HANGS, port=port) as faults:
                tasks = [asyncio.create_task(get(client)) for _ in range(3)]
                await faults.wait_for_requests(len(tasks))

        async def stay() -> None:
            async with FaultServer(port=port):
                assert (await get(client)).username == "ana"

        asyncio.run(leave())
        asyncio.run(stay())

    with no_warnings():
        run_twice(client_at(f"http://127.0.0.1:{port}"))


# What stands in the environment


@pytest.mark.parametrize("variable", ["NETRC", "HOME"])
async def test_a_netrc_file_changes_no_header(
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


async def test_a_proxy_given_as_an_argument_carries_the_requests() -> None:
    async with nothing_left(), forward_proxy() as proxy, FaultServer() as faults:
        async with client_at(faults.url, proxy=proxy.url) as client:
            assert (await get(client)).username == "ana"
        assert proxy.lines[0].startswith(f"POST {faults.url}")
        assert faults.requests[0].header("Authorization").startswith("AWS4-HMAC-SHA256 ")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
async def test_a_proxy_named_by_the_environment_carries_the_requests(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        monkeypatch.setenv(variable, proxy.url)
        async with client_at(faults.url, proxy=None) as client:
            await get(client)
        assert len(proxy.requests) == len(faults.requests) == 1


@pytest.mark.parametrize("skipped", ["127.0.0.1", "*", "other.example,127.0.0.1"])
async def test_no_proxy_keeps_requests_away_from_the_proxy(
    monkeypatch: pytest.MonkeyPatch, skipped: str
) -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", skipped)
        async with client_at(faults.url, proxy=None) as client:
            await get(client)
        assert (len(proxy.requests), len(faults.requests)) == (0, 1)


async def test_an_empty_proxy_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client_at(faults.url, proxy="") as client:
            await get(client)
        assert (len(proxy.requests), len(faults.requests)) == (0, 1)


@pytest.mark.parametrize("given", ["argument", "environment"])
async def test_https_goes_through_a_tunnel_that_sees_no_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(certificates().authority)
    async with nothing_left(), forward_proxy() as proxy, FaultServer(tls=True) as faults:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        argument = proxy.url if given == "argument" else None
        async with client_at(faults.url, ca_bundle=str(bundle), proxy=argument) as client:
            assert (await get(client)).username == "ana"
        assert proxy.lines == [f"CONNECT 127.0.0.1:{faults.port} HTTP/1.1"]
        assert b"Authorization" not in proxy.requests[0].head
        assert len(faults.requests) == 1


async def test_user_and_password_of_a_proxy_go_to_the_proxy_only() -> None:
    async with forward_proxy() as proxy, FaultServer() as faults:
        async with client_at(faults.url, proxy=proxy.url.replace("//", "//eve:secret@")) as client:
            await get(client)
            assert "secret" not in repr(client.config) + str(client.config)
        assert proxy.requests[0].header("Proxy-Authorization") == "Basic ZXZlOnNlY3JldA=="
        assert proxy.requests[0].header("Authorization").startswith("AWS4-HMAC-SHA256 ")
