"""The keys of a verifier: fetched once, refetched rarely, kept when a fetch fails."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognito_async import HTTPRequest, HTTPResponse
from cognito_async.errors import (
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    RequestTimeoutError,
    ResponseTooLargeError,
    TLSError,
)
from cognito_async.tokens import (
    BadSignatureError,
    KeysUnavailableError,
    TokenVerifier,
    UnknownKeyError,
    _download,
    _jwks,
    _verifier,
)
from cognito_async.tokens._download import MAX_SIZE, TIMEOUT, Downloader
from cognito_async.tokens._jose import read_keys
from cognito_async.tokens._jwks import MAX_AGE, REFETCH_INTERVAL, RETRY_AFTER_FAILURE
from support.tokens import CLIENT, ISSUER, POOL, jwk, jwks, jwks_body, token
from support.transports import HANG, ScriptedTransport

URL = f"{ISSUER}/.well-known/jwks.json"


def keys(*numbers: int) -> HTTPResponse:
    return HTTPResponse(200, {}, jwks_body(*(jwk(number) for number in numbers)))


def status(code: int) -> HTTPResponse:
    return HTTPResponse(code, {"location": URL}, jwks_body())


def verifier_with(make: Any, *steps: Any, default: Any = None, **settings: Any) -> Any:
    transport = ScriptedTransport(*steps, default=default or keys(0))
    return make(transport=transport, **settings), transport


async def background(verifier: TokenVerifier) -> None:
    """Wait for a fetch in the background."""
    (pool,) = verifier._pools.values()
    assert pool.keys._flight.running
    await asyncio.wait([pool.keys._flight.start()])


# Fetches


async def test_keys_are_fetched_once_for_all_who_wait_and_then_kept(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    await asyncio.gather(*(verifier.access(token()) for _ in range(20)))
    await verifier.access(token())
    (request,) = transport.sent
    assert (request.method, request.url, request.body) == ("GET", URL, b"")
    assert transport.prepared == ["https://cognito-idp.eu-west-1.amazonaws.com/"]
    assert transport.timeouts == [TIMEOUT]


async def test_a_caller_that_is_cancelled_does_not_cancel_the_others(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    calls = [asyncio.create_task(verifier.access(token())) for _ in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert [result.sub for result in results[1:]] == ["sub-of-ana"] * 2  # type: ignore[union-attr]
    assert len(transport.sent) == 1


async def test_hydrate_fetches_the_keys_unless_they_are_there(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    await verifier.hydrate()
    await verifier.hydrate()
    assert verifier.access_sync(token())
    assert len(transport.sent) == 1


async def test_an_unknown_key_is_fetched_once_per_interval(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), keys(0), default=keys(0, 1))
    assert await verifier.access(token())
    for _ in range(3):
        with pytest.raises(UnknownKeyError):
            await verifier.access(token(number=1))
    assert len(transport.sent) == 1
    clock.now += REFETCH_INTERVAL
    for _ in range(3):
        with pytest.raises(UnknownKeyError):
            await verifier.access(token(number=1))
    assert len(transport.sent) == 2
    clock.now += REFETCH_INTERVAL
    assert await verifier.access(token(number=1))
    assert len(transport.sent) == 3


async def test_keys_that_are_gone_are_no_longer_accepted(make_verifier: Any, clock: Any) -> None:
    verifier, _ = verifier_with(make_verifier, keys(0), default=keys(1), cache=8)
    await verifier.access(token())
    clock.now += REFETCH_INTERVAL
    await verifier.access(token(number=1))
    with pytest.raises(UnknownKeyError):
        await verifier.access(token())


async def test_old_keys_are_fetched_again_in_the_background(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), HANG, default=keys(1))
    await verifier.access(token())
    clock.now += MAX_AGE - 1
    assert await verifier.access(token(exp=clock.now + 1))
    assert not verifier._pools[ISSUER].keys._flight.running
    clock.now += 1
    exp = clock.now + 3600
    for _ in range(3):
        assert await verifier.access(token(exp=exp))
    await transport.hanging.wait()

    async def verify_on_another_loop() -> None:
        assert await verifier.access(token(exp=exp))
        for _ in range(10):
            await asyncio.sleep(0)

    await asyncio.to_thread(lambda: asyncio.run(verify_on_another_loop()))
    assert len(transport.sent) == 2
    await verifier.close()


async def test_a_refresh_that_failed_is_repeated_after_the_interval(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), status(404), default=keys(0, 1))
    exp = clock.now + 2 * MAX_AGE
    await verifier.access(token(exp=exp))
    for pause in (MAX_AGE, REFETCH_INTERVAL):
        clock.now += pause
        await verifier.access(token(exp=exp))
        await background(verifier)
    assert await verifier.access(token(exp=exp, number=1))
    assert len(transport.sent) == 3


@pytest.mark.parametrize("size", [None, 8])
async def test_old_keys_are_replaced(make_verifier: Any, clock: Any, size: int | None) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), default=keys(0, 1), cache=size)
    exp = clock.now + 2 * MAX_AGE
    await verifier.access(token(exp=exp))
    clock.now += MAX_AGE
    assert await verifier.access(token(exp=exp))
    await background(verifier)
    assert await verifier.access(token(exp=exp, number=1))
    assert len(transport.sent) == 2


async def test_keys_that_did_not_change_leave_the_cache_of_tokens_alone(
    make_verifier: Any, clock: Any
) -> None:
    verifier, _ = verifier_with(make_verifier, cache=8)
    exp = clock.now + 2 * MAX_AGE
    claims = await verifier.access(token(exp=exp))
    clock.now += MAX_AGE
    assert await verifier.access(token(exp=exp)) is claims
    await background(verifier)
    assert await verifier.access(token(exp=exp)) is claims


@pytest.mark.parametrize("failure", [TLSError("no"), status(404), HTTPResponse(200, {}, b"<html>")])
async def test_old_keys_stay_when_the_fetch_fails(
    make_verifier: Any, clock: Any, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), failure, failure)
    await verifier.access(token())
    for sent in (2, 3):
        clock.now += MAX_AGE
        exp = clock.now + 3600
        assert await verifier.access(token(exp=exp))
        await background(verifier)
        for _ in range(3):
            assert await verifier.access(token(exp=exp))
        assert len(transport.sent) == sent
        clock.now += REFETCH_INTERVAL - 1
        assert await verifier.access(token(exp=exp))
        assert not verifier._pools[ISSUER].keys._flight.running
        assert [record.levelname for record in caplog.records] == ["WARNING"] * (sent - 1)


async def test_a_failure_of_another_kind_is_not_repeated_with_each_token(
    make_verifier: Any, clock: Any
) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), RuntimeError("a custom transport"))
    await verifier.access(token())
    clock.now += MAX_AGE
    await verifier.access(token(exp=clock.now + 1))
    await background(verifier)
    await verifier.access(token(exp=clock.now + 1))
    await asyncio.sleep(0)
    assert len(transport.sent) == 2


# Failures


@pytest.mark.parametrize(
    ("steps", "match"),
    [
        ([TLSError("wrong certificate")], f"cannot fetch the keys from {URL}: wrong certificate"),
        ([status(404)], f"cannot fetch the keys from {URL}: HTTP 404"),
        ([status(302)], "HTTP 302"),
        ([HTTPResponse(200, {}, b"<html>")], f"the response of {URL} is not usable: it is not JSON"),
        ([HTTPResponse(200, {}, b"[]")], "it is not a JSON object"),
        ([HTTPResponse(200, {}, b"{}")], "it is not a JSON Web Key Set"),
        ([HTTPResponse(200, {}, b'{"keys":[]}')], "it has no RSA key for signatures"),
        ([HTTPResponse(200, {}, b'{"keys":[],"keys":[]}')], "a name occurs twice"),
        ([HTTPResponse(200, {}, b"[" * 60000)], "nested too deep"),
        ([HTTPResponse(200, {}, b" " * (MAX_SIZE + 1))], "longer than 65536 bytes"),
        ([ConnectError("refused"), ConnectError("refused again")], "refused again"),
        ([status(500), status(503)], "HTTP 503"),
    ],
)
async def test_without_keys_a_token_cannot_be_checked(
    make_verifier: Any, clock: Any, steps: list[Any], match: str
) -> None:
    verifier, transport = verifier_with(make_verifier, *steps)
    for _ in range(3):  # the second and the third without a request
        with pytest.raises(KeysUnavailableError, match=match):
            await verifier.access(token())
    assert len(transport.sent) == len(steps)
    clock.now += RETRY_AFTER_FAILURE
    assert await verifier.access(token())


@pytest.mark.parametrize("step", [ConnectError("refused"), status(500)])
async def test_a_failure_that_may_pass_is_retried_once(make_verifier: Any, step: Any) -> None:
    verifier, transport = verifier_with(make_verifier, step)
    assert await verifier.access(token())
    assert len(transport.sent) == 2


@pytest.mark.parametrize("failure", [status(404), ConfigurationError("a bad proxy"), RuntimeError("x")])
async def test_with_keys_a_key_is_unknown_also_when_the_fetch_fails(
    make_verifier: Any, clock: Any, failure: Any
) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), failure, failure, default=keys(0, 1))
    await verifier.access(token())
    for sent in (2, 3):
        clock.now += REFETCH_INTERVAL
        for _ in range(100):  # made-up keys cause neither other errors nor more requests
            with pytest.raises(UnknownKeyError):
                await verifier.access(token(number=1))
            clock.now += REFETCH_INTERVAL / 101
        assert await verifier.access(token())
        assert len(transport.sent) == sent
    clock.now += REFETCH_INTERVAL
    assert await verifier.access(token(number=1))


async def test_a_failure_is_over_after_the_next_fetch(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, status(404))
    with pytest.raises(KeysUnavailableError):
        await verifier.hydrate()
    await verifier.hydrate()
    with pytest.raises(UnknownKeyError):
        await verifier.access(token(number=1))
    (pool,) = verifier._pools.values()
    assert pool.keys._failure is None
    assert len(transport.sent) == 2


async def test_without_keys_the_next_fetch_starts_after_a_second(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, default=status(404))
    for tenths in range(30):
        clock.now = 1_800_000_000 + tenths / 10
        with pytest.raises(KeysUnavailableError):
            await verifier.access(token())
    assert len(transport.sent) == 3


async def test_a_token_joins_a_fetch_that_runs_after_a_failure(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier, status(404), HANG)
    with pytest.raises(KeysUnavailableError):
        await verifier.access(token())
    hydrated = asyncio.create_task(verifier.hydrate())
    await transport.hanging.wait()
    (pool,) = verifier._pools.values()
    call = asyncio.create_task(verifier.access(token()))
    await asyncio.sleep(0)
    assert not call.done()
    await pool.keys.close()
    for task in (hydrated, call):
        with pytest.raises(KeysUnavailableError, match="closed while this call waited"):
            await task


async def test_an_error_of_the_settings_is_raised_as_it_is_and_not_repeated_with_each_token(
    make_verifier: Any,
) -> None:
    verifier, transport = verifier_with(make_verifier, ConfigurationError("a bad bundle"))
    for _ in range(100):
        with pytest.raises(ConfigurationError, match="a bad bundle"):
            await verifier.access(token())
    assert len(transport.sent) == 1


async def test_another_error_of_a_transport_is_the_cause_and_not_repeated_with_each_token(
    make_verifier: Any,
) -> None:
    error = RuntimeError("hunter2")
    verifier, transport = verifier_with(make_verifier, error)
    for _ in range(100):
        with pytest.raises(
            KeysUnavailableError, match=f"cannot fetch the keys from {URL}: RuntimeError"
        ) as caught:
            await verifier.access(token())
        assert caught.value.__cause__ is error
        assert "hunter2" not in str(caught.value)
    assert len(transport.sent) == 1


async def test_each_caller_gets_an_error_of_its_own(make_verifier: Any) -> None:
    verifier, _ = verifier_with(make_verifier, TLSError("no"))
    calls = (verifier.access(token(sub=name)) for name in "abc")
    first = await asyncio.gather(*calls, return_exceptions=True)
    errors = [*first]
    for _ in range(2):  # without a fetch
        errors += await asyncio.gather(verifier.access(token()), return_exceptions=True)
    assert [type(error) for error in errors] == [KeysUnavailableError] * 5
    assert len({id(error) for error in errors}) == 5
    assert verifier._pools[ISSUER].keys._failure.__traceback__ is None  # it keeps no frame alive
    for error, name in zip(first, "abc", strict=True):
        assert isinstance(error, KeysUnavailableError)
        assert isinstance(error.__cause__, TLSError)
        assert error.__context__ is None or error.__suppress_context__
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        texts = {frame.f_locals["token"] for frame in frames if isinstance(frame.f_locals.get("token"), str)}
        assert texts == {token(sub=name)}


@pytest.mark.parametrize("query", ["", "?sig=hunter2"])
@pytest.mark.parametrize(
    "step", [status(404), TLSError("no"), RuntimeError("x"), HTTPResponse(200, {}, b"<html>"),
             RequestTimeoutError("no response in time"),
             HTTPResponse(200, {}, b" " * (MAX_SIZE + 1)), ResponseTooLargeError("max_response_size")],
)  # fmt: skip
async def test_errors_and_logs_name_the_url_without_its_query(
    make_verifier: Any, clock: Any, step: Any, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    transport = ScriptedTransport(step, keys(0), step)
    verifier = make_verifier(transport=transport, jwks_url=f"https://example.com/keys{query}")
    with pytest.raises(KeysUnavailableError, match=r"https://example\.com/keys") as caught:
        await verifier.hydrate()
    assert "max_response_size" not in str(caught.value)
    await verifier.hydrate()
    clock.now += MAX_AGE
    await verifier.hydrate()
    assert [request.url for request in transport.sent] == [f"https://example.com/keys{query}"] * 3
    assert "https://example.com/keys" in caplog.text
    assert "hunter2" not in caplog.text + "".join(traceback.format_exception(caught.value))


async def test_a_fetch_has_a_deadline_that_includes_the_preparation(
    make_verifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            await asyncio.Event().wait()

    assert _download.DEADLINE == 2 * TIMEOUT
    monkeypatch.setattr(_download, "DEADLINE", 0.01)
    verifier = make_verifier(transport=Hanging())
    with pytest.raises(KeysUnavailableError, match="no response within 0 seconds"):
        await verifier.access(token())
    assert verifier._downloader._opening.running
    await verifier.close()
    assert not verifier._downloader._opening.running


async def test_an_attempt_that_timed_out_is_not_repeated(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier, RequestTimeoutError("no response in time"))
    with pytest.raises(KeysUnavailableError, match="no response in time"):
        await verifier.access(token())
    assert len(transport.sent) == 1


# Hydrate again


async def test_hydrate_fetches_old_keys_again(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), default=keys(1))
    await verifier.hydrate()
    clock.now += MAX_AGE - 1
    await verifier.hydrate()
    assert len(transport.sent) == 1
    clock.now += 1
    await verifier.hydrate()
    exp = clock.now + 1
    assert verifier.access_sync(token(number=1, exp=exp))
    with pytest.raises(UnknownKeyError):
        verifier.access_sync(token(exp=exp))
    assert len(transport.sent) == 2


async def test_hydrate_fetches_the_keys_again_after_an_unknown_key(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), default=keys(0, 1))
    await verifier.hydrate()
    for pause, sent in ((REFETCH_INTERVAL - 1, 1), (1, 2)):
        with pytest.raises(UnknownKeyError):
            verifier.access_sync(token(number=1))
        clock.now += pause
        await verifier.hydrate()
        assert len(transport.sent) == sent
    assert verifier.access_sync(token(number=1))
    clock.now += 2 * REFETCH_INTERVAL
    await verifier.hydrate()
    assert len(transport.sent) == 2


async def test_a_hydrate_that_fails_keeps_the_keys_and_logs_a_warning(
    make_verifier: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), default=status(404))
    await verifier.hydrate()
    for number in (1, 2):
        clock.now += MAX_AGE
        for _ in range(3):
            await verifier.hydrate()
        assert verifier.access_sync(token(exp=clock.now + 1))
        assert len(transport.sent) == 1 + number
        (_, level, message) = caplog.record_tuples[-1]
        assert level == logging.WARNING
        assert message == (
            f"cannot fetch the keys from {URL}: HTTP 404; keys that were fetched "
            f"{number * 86400} seconds ago stay in use"
        )
    assert len(caplog.records) == 2
    assert {record.name for record in caplog.records} == {"cognito_async"}


async def test_a_failure_without_keys_is_raised_and_not_logged(
    make_verifier: Any, caplog: pytest.LogCaptureFixture
) -> None:
    verifier, _ = verifier_with(make_verifier, default=status(404))
    with pytest.raises(KeysUnavailableError):
        await verifier.hydrate()
    assert caplog.records == []


async def test_hydrate_fetches_the_keys_of_all_pools_at_once_and_leaves_no_task_behind() -> None:
    class Gated(ScriptedTransport):
        gate = asyncio.Event()

        async def send(self, request: HTTPRequest, **_: Any) -> HTTPResponse:
            self.sent.append(request)
            if len(self.sent) == 1:
                return status(404)  # fails while the other one waits
            await self.gate.wait()
            return keys(0)

    transport = Gated()
    tasks = asyncio.all_tasks()
    verifier = TokenVerifier([POOL, "us-east-2_b"], client_id=None, transport=transport)
    call = asyncio.create_task(verifier.hydrate())
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(transport.sent) == 2
    assert not call.done()
    transport.gate.set()
    with pytest.raises(KeysUnavailableError):
        await call
    assert asyncio.all_tasks() == tasks


# The end


@pytest.mark.parametrize("ids", [POOL, [POOL, "us-east-2_b"]])
async def test_a_close_that_is_cancelled_closes_all(ids: Any) -> None:
    class Stubborn(ScriptedTransport):
        gate = asyncio.Event()
        ended = 0

        async def send(self, request: HTTPRequest, **_: Any) -> HTTPResponse:
            self.sent.append(request)
            try:
                await asyncio.Event().wait()
            finally:
                await self.gate.wait()
                self.ended += 1
            raise AssertionError

    transport = Stubborn()
    verifier = TokenVerifier(ids, client_id=None, transport=transport)
    hydrated = asyncio.create_task(verifier.hydrate())
    while len(transport.sent) < len(verifier._pools):  # noqa: ASYNC110  other tasks run
        await asyncio.sleep(0)
    closing = asyncio.create_task(verifier.close())
    for _ in range(3):
        await asyncio.sleep(0)
    closing.cancel()
    transport.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    with pytest.raises(KeysUnavailableError, match="closed while this call waited"):
        await hydrated
    assert (transport.closed, transport.ended) == (1, len(verifier._pools))


async def test_a_cancelled_close_of_the_downloader_closes_the_transport(make_verifier: Any) -> None:
    class Stubborn(ScriptedTransport):
        gate = asyncio.Event()

        async def prepare(self, url: str) -> None:
            self.prepared.append(url)
            try:
                await asyncio.Event().wait()
            finally:
                await self.gate.wait()

    transport = Stubborn()
    downloader = Downloader(transport)
    call = asyncio.create_task(downloader.get(URL))
    while not transport.prepared:  # noqa: ASYNC110  other tasks run
        await asyncio.sleep(0)
    closing = asyncio.create_task(downloader.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert transport.closed == 1
    transport.gate.set()
    with pytest.raises(KeysUnavailableError, match="the verifier is closed"):
        await call


async def test_nothing_is_fetched_after_the_end(
    make_verifier: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    verifier, transport = verifier_with(make_verifier, cache=8)
    await verifier.hydrate()
    await verifier.close()
    clock.now += 2 * MAX_AGE
    tasks = asyncio.all_tasks()
    for _ in range(2):
        assert await verifier.access(token(exp=clock.now + 1))  # the keys stay
        assert asyncio.all_tasks() == tasks
    with pytest.raises(UnknownKeyError):
        await verifier.access(token(number=1))
    await verifier.hydrate()
    assert asyncio.all_tasks() == tasks
    assert len(transport.sent) == 1
    assert caplog.records == []  # no fetch that failed


async def test_a_transport_that_is_closed_elsewhere_says_so_itself(make_verifier: Any) -> None:
    verifier, _ = verifier_with(make_verifier, ClientClosedError("my transport is closed"))
    with pytest.raises(KeysUnavailableError, match="my transport is closed"):
        await verifier.access(token())


async def test_a_transport_that_the_verifier_closed_does_not_speak_of_a_client(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    downloader = verifier._downloader

    async def send(*_: Any, **__: Any) -> None:
        downloader._is_closed = True  # by close() on another event loop
        raise ClientClosedError("the client is closed")

    transport.send = send
    with pytest.raises(KeysUnavailableError, match="the verifier is closed"):
        await downloader.get(URL)


def test_a_call_without_asyncio_names_the_verifier(
    make_verifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = r"^TokenVerifier needs a running asyncio event loop: "
    verifier, _ = verifier_with(make_verifier)
    for method in (lambda: verifier.access(token()), verifier.close):
        with pytest.raises(RuntimeError, match=text):
            method().send(None)
    monkeypatch.setattr(sys.modules["cognito_async.tokens._jose"].__spec__, "_initializing", True)
    with pytest.raises(RuntimeError, match=text):  # from the import
        verifier.access(token()).send(None)


async def test_close_ends_a_fetch_and_closes_the_transport(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier, HANG)
    call = asyncio.create_task(verifier.access(token()))
    await transport.hanging.wait()
    await verifier.close()
    with pytest.raises(KeysUnavailableError, match="the verifier was closed while this call waited"):
        await call
    await verifier.close()
    assert transport.closed == 2
    with pytest.raises(KeysUnavailableError, match="the verifier is closed"):
        await verifier.hydrate()


async def test_keys_stay_after_the_end(make_verifier: Any) -> None:
    verifier, _ = verifier_with(make_verifier)
    async with verifier:
        await verifier.hydrate()
    assert await verifier.access(token())


async def test_a_verifier_without_a_fetch_has_nothing_to_close() -> None:
    async with TokenVerifier(POOL, client_id=CLIENT) as verifier:
        assert verifier._downloader._transport is None


async def test_keys_of_the_caller_are_never_fetched(make_verifier: Any, clock: Any) -> None:
    transport = ScriptedTransport()
    verifier = make_verifier(transport=transport, jwks={"keys": [jwk()]})
    await verifier.hydrate()
    for _ in range(2):
        with pytest.raises(UnknownKeyError):
            await verifier.access(token(number=1))
        clock.now += 3 * MAX_AGE
        assert await verifier.access(token(exp=clock.now + 1))
    assert transport.sent == []


async def test_each_pool_fetches_its_own_keys() -> None:
    transport = ScriptedTransport(default=keys(0))
    async with TokenVerifier([POOL, "us-east-2_b"], client_id=None, transport=transport) as verifier:
        await verifier.hydrate()
    assert [request.url for request in transport.sent] == [
        URL,
        "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_b/.well-known/jwks.json",
    ]


async def test_the_url_of_the_keys_can_be_another_one() -> None:
    transport = ScriptedTransport(default=keys(0))
    async with TokenVerifier(
        POOL, client_id=None, jwks_url="http://127.0.0.1:1/keys", transport=transport
    ) as verifier:
        await verifier.hydrate()
    assert transport.sent[0].url == "http://127.0.0.1:1/keys"


def test_each_event_loop_can_fetch(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier, status(404))

    async def hydrate() -> None:
        await verifier.hydrate()

    with pytest.raises(KeysUnavailableError):
        asyncio.run(hydrate())
    asyncio.run(hydrate())
    assert len(transport.sent) == 2


def test_event_loops_that_open_at_once_leave_no_transport_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ScriptedTransport] = []
    response, text = keys(0), token(exp=4_000_000_000)
    barrier = threading.Barrier(2)

    async def default_transport(_: Downloader) -> ScriptedTransport:
        transport = ScriptedTransport(default=response)
        made.append(transport)
        await asyncio.to_thread(barrier.wait, 60)
        return transport

    monkeypatch.setattr(Downloader, "_default_transport", default_transport)
    verifier = TokenVerifier(POOL, client_id=None)
    with ThreadPoolExecutor(2) as executor:
        calls = [executor.submit(lambda: asyncio.run(verifier.access(text))) for _ in range(2)]
        assert {call.result().sub for call in calls} == {"sub-of-ana"}
    asyncio.run(verifier.close())
    assert [transport.closed for transport in made] == [1, 1]
    assert sorted(len(transport.sent) for transport in made) == [0, 2]


async def test_a_transport_that_is_made_after_the_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ScriptedTransport(default=keys(0))
    downloader = Downloader(None)

    async def default_transport(_: Downloader) -> ScriptedTransport:
        downloader._is_closed = True  # by close() on another event loop
        return made

    monkeypatch.setattr(Downloader, "_default_transport", default_transport)
    with pytest.raises(KeysUnavailableError, match="the verifier is closed"):
        await downloader.get(URL)
    assert (made.closed, made.sent, made.prepared) == (1, [], [])


# Keys that change


@pytest.mark.parametrize("change", [{"kid": "kid-0"}, {"kid": "kid-0", "n": jwk(0)["n"], "e": "Aw"}])
async def test_another_key_with_the_same_id_replaces_the_old_one(
    make_verifier: Any, clock: Any, change: dict[str, Any]
) -> None:
    new = HTTPResponse(200, {}, jwks_body(jwk(1, **change)))
    verifier, _ = verifier_with(make_verifier, keys(0), default=new, cache=8)
    exp = clock.now + 2 * MAX_AGE
    await verifier.access(token(exp=exp))
    clock.now += MAX_AGE
    await verifier.access(token(exp=exp))
    await background(verifier)
    with pytest.raises(BadSignatureError):
        await verifier.access(token(exp=exp))


async def test_a_token_is_remembered_with_the_keys_that_verified_it(
    make_verifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, _ = verifier_with(make_verifier, cache=8)
    await verifier.hydrate()
    (pool,) = verifier._pools.values()
    finish = TokenVerifier._finish

    def replace_first(*arguments: Any) -> Any:
        pool.keys._set(jwks(jwk(1)))  # as another thread does, between the two steps
        return finish(*arguments)

    monkeypatch.setattr(TokenVerifier, "_finish", replace_first)
    assert verifier.access_sync(token())
    monkeypatch.undo()
    with pytest.raises(UnknownKeyError):
        verifier.access_sync(token())


def test_keys_may_be_replaced_while_one_is_looked_up(make_verifier: Any) -> None:
    verifier, _ = verifier_with(make_verifier)
    (pool,) = verifier._pools.values()
    first, second = read_keys(jwks(jwk(0))), read_keys(jwks(jwk(1)))

    class Changing(dict[str, Any]):
        def __contains__(self, kid: object) -> bool:
            pool.keys.keys = second
            return super().__contains__(kid)

    pool.keys.keys = Changing(first)
    found = pool.keys.find("kid-0")
    assert found.keys["kid-0"] is found.key is first["kid-0"]


async def test_the_library_is_imported_off_the_loop_also_while_a_thread_imports_it(
    make_verifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "cognito_async.tokens._jose"
    imported = []

    async def import_off_loop(*names: str, **_: Any) -> None:
        imported.extend(names)
        monkeypatch.setattr(sys.modules[name].__spec__, "_initializing", False)

    monkeypatch.setattr(_verifier, "import_off_loop", import_off_loop)
    assert await make_verifier().access(token())
    assert imported == []
    monkeypatch.setattr(sys.modules[name].__spec__, "_initializing", True)
    assert await make_verifier().access(token())
    assert imported == [name]


def test_the_intervals_are_those_of_the_page() -> None:
    assert (_jwks.MAX_AGE, _jwks.REFETCH_INTERVAL, _jwks.RETRY_AFTER_FAILURE) == (86400, 10, 1)
