"""Rate limiters of a client: asked before each attempt, within the deadline of the call."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cognito_async import CognitoClient, types
from cognito_async._errors import (
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    CredentialsError,
    RequestTimeoutError,
)
from cognito_async._pipeline.call import Call
from cognito_async.errors import TooManyRequestsException
from cognito_async.rate_limit import LimitedRequest, QuotaRateLimiter
from cognito_async.transport import HTTPResponse
from support.quota_simulation import greatest_window
from support.transports import (
    CREDENTIALS,
    HANG,
    REGION,
    FakeClock,
    ScriptedTransport,
    client_with,
    error_response,
    http_response,
)
from support.virtual_time import VirtualTimeLoop

POOL = "eu-west-1_AbC123"
GET_USER = types.AdminGetUserRequest(user_pool_id=POOL, username="ana")
RESPOND = types.RespondToAuthChallengeRequest(client_id="app", challenge_name="SMS_MFA")
TAG = types.TagResourceRequest(
    resource_arn=f"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{POOL}", tags={"a": "b"}
)
USER = http_response(
    body={
        "Username": "ana",
        "UserStatus": "CONFIRMED",
        "Enabled": True,
        "UserCreateDate": 1,
        "UserLastModifiedDate": 1,
    }
)


class RecordingLimiter:
    """Records what it is asked; lets requests wait for ``turn``."""

    def __init__(self, turn: Any = None) -> None:
        self.turn = turn
        self.asked: list[LimitedRequest] = []
        self.told: list[tuple[LimitedRequest, bool, float]] = []

    def acquire(self, request: LimitedRequest, /) -> Any:
        self.asked.append(request)
        return self.turn() if callable(self.turn) else self.turn

    def feedback(self, request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        self.told.append((request, throttled, seconds))


class ByOperation(ScriptedTransport):
    """Responds to some operations with given responses, to the others with a user."""

    def __init__(self, responses: dict[str, HTTPResponse]) -> None:
        super().__init__(default=USER)
        self.responses = responses

    async def send(self, request: Any, **options: Any) -> HTTPResponse:
        response = await super().send(request, **options)
        operation = request.headers["X-Amz-Target"].partition(".")[2]
        return self.responses.get(operation, response)


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until a condition holds."""
    while not condition():  # noqa: ASYNC110  the condition has no event
        await asyncio.sleep(0.001)


class Slots:
    """Lets a number of requests go at a time."""

    def __init__(self, number: int) -> None:
        self.free = asyncio.Semaphore(number)
        self.open = 0

    async def acquire(self, _request: LimitedRequest, /) -> None:
        await self.free.acquire()
        self.open += 1

    def feedback(self, _request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        self.open -= 1
        self.free.release()


async def test_a_limiter_sees_facts_about_each_attempt(clock: FakeClock) -> None:
    limiter = RecordingLimiter()
    throttled = error_response("TooManyRequestsException")
    transport = ScriptedTransport(throttled, default=USER)
    async with client_with(transport, clock, limiter=limiter) as client:
        await client.send(GET_USER)
    first, second = limiter.asked
    assert first[:6] == ("AdminGetUser", "UserRead", REGION, POOL, None, 1)
    assert second.attempt == 2
    assert all(each.seconds_left is not None and 0 < each.seconds_left <= 60 for each in (first, second))
    assert limiter.told == [(first, True, 0.0), (second, False, 0.0)]


async def test_it_sees_the_pool_of_an_arn_and_the_challenge(clock: FakeClock) -> None:
    limiter = RecordingLimiter()
    async with client_with(ScriptedTransport(), clock, limiter=limiter) as client:
        await client.send(TAG)
        await client.send(RESPOND)
    assert [(each.user_pool_id, each.challenge) for each in limiter.asked] == [
        (POOL, None),
        (None, "SMS_MFA"),
    ]


async def test_a_failed_connection_is_no_throttling(clock: FakeClock) -> None:
    limiter = RecordingLimiter()
    transport = ScriptedTransport(ConnectError("refused"), default=USER)
    async with client_with(transport, clock, limiter=limiter) as client:
        await client.send(GET_USER)
    assert [throttled for _, throttled, _ in limiter.told] == [False, False]


async def test_a_coroutine_function_is_a_limiter_too(clock: FakeClock) -> None:
    class AsyncLimiter(RecordingLimiter):
        async def acquire(self, request: LimitedRequest, /) -> None:
            self.asked.append(request)
            await clock.sleep(3.0)

    limiter = AsyncLimiter()
    waits: list[float] = []
    client = client_with(ScriptedTransport(default=USER), clock, limiter=limiter)
    await client._pipeline.prepare()
    attempt = client._pipeline._attempt

    async def recorded(call: Any, state: Any) -> Any:
        waits.append(call.waited)
        return await attempt(call, state)

    client._pipeline._attempt = recorded  # type: ignore[method-assign]
    async with client:
        await client.send(GET_USER)
    assert waits == [3.0]


async def test_a_call_that_waits_until_its_deadline_says_for_what() -> None:
    limiter = RecordingLimiter(lambda: asyncio.Event().wait())
    transport = ScriptedTransport()
    async with client_with(transport, limiter=limiter, timeout=0.01) as client:
        await client._pipeline.prepare()  # not part of the time that is measured
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(GET_USER)
    assert str(caught.value).startswith(
        "AdminGetUser failed: waited for RecordingLimiter (quota UserRead): not sent within 0.01 seconds"
    )
    assert "share=" in str(caught.value)
    assert (caught.value.attempts, caught.value.may_have_arrived, transport.sent) == (0, False, [])


async def test_a_call_that_cannot_be_sent_in_time_fails_at_once_and_names_its_operation() -> None:
    limiter = QuotaRateLimiter(rates={"UserRead": 0.12})
    transport = ScriptedTransport(default=USER)
    async with client_with(transport, limiter=limiter, timeout=1.0) as client:
        await client.send(GET_USER)
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(GET_USER)
    assert str(caught.value).startswith("AdminGetUser failed: the quota UserRead allows")
    assert (caught.value.operation, caught.value.attempts) == ("AdminGetUser", 0)
    assert (caught.value.may_have_arrived, len(transport.sent)) == (False, 1)


async def test_a_retry_that_cannot_be_sent_in_time_may_have_arrived_before(clock: FakeClock) -> None:
    limiter = QuotaRateLimiter(rates={"UserRead": 0.12})
    transport = ScriptedTransport(error_response("InternalErrorException", 500), default=USER)
    async with client_with(transport, clock, limiter=limiter, timeout=5.0) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(GET_USER)
    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, True)
    assert caught.value.retry_reasons == ("InternalErrorException",)


async def test_a_cancelled_call_leaves_the_queue() -> None:
    limiter = QuotaRateLimiter(rates={"UserRead": 0.12})
    async with client_with(ScriptedTransport(default=USER), limiter=limiter) as client:
        await client.send(GET_USER)
        waiting = asyncio.create_task(client.send(GET_USER))
        (queue,) = limiter._queues.values()
        for _ in range(50):
            await asyncio.sleep(0)
        assert queue._waiting == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert queue._waiting == 0


# The end of attempts and clients


async def test_every_request_that_was_let_go_is_reported_however_it_ends() -> None:
    async def no_credentials() -> Any:
        raise CredentialsError("none")

    class Broken(ScriptedTransport):
        async def send(self, *_: Any, **__: Any) -> Any:
            raise ZeroDivisionError

    slots = Slots(2)
    async with client_with(ScriptedTransport(HANG, HANG), limiter=slots) as client:
        tasks = [asyncio.create_task(client.send(GET_USER)) for _ in range(3)]
        await until(lambda: slots.open == 2)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert slots.open == 0
    for transport, options, error in (
        (Broken(), {}, ZeroDivisionError),
        (ScriptedTransport(*[HANG] * 3), {"timeout": 0.01}, RequestTimeoutError),
        (ScriptedTransport(*[ConnectError("refused")] * 3), {"max_attempts": 1}, ConnectError),
        (ScriptedTransport(), {"credentials": no_credentials}, CredentialsError),
    ):
        async with client_with(transport, limiter=slots, **options) as client:
            for _ in range(3):
                with pytest.raises(error):
                    await client.send(GET_USER)
    assert slots.open == 0


async def test_an_attempt_that_was_cancelled_does_not_change_the_adaptive_rate() -> None:
    async with client_with(ScriptedTransport(HANG), retry_mode="adaptive") as client:
        task = asyncio.create_task(client.send(GET_USER))
        transport: Any = client._pipeline._custom_transport
        await until(lambda: transport.sent)
        task.cancel()
        await asyncio.wait([task])
        limits = client._pipeline._limits
    assert limits is not None
    assert limits.adaptive is not None
    assert limits.adaptive._count == 0


async def test_a_fault_of_feedback_is_logged_once_and_breaks_no_call(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(RecordingLimiter):
        def feedback(self, *_: Any, **__: Any) -> None:
            raise ZeroDivisionError("of the limiter") from sys.exception()

    class Failing(ScriptedTransport):
        async def send(self, *_: Any, **__: Any) -> Any:
            raise ValueError("user ana")

    async with client_with(Failing(), clock, limiter=Broken()) as client:
        for _ in range(2):
            with pytest.raises(ValueError, match="ana"):
                await client.send(GET_USER)
    async with client_with(ScriptedTransport(default=USER), clock, limiter=Broken()) as client:
        await client.send(GET_USER)
    assert [record.getMessage() for record in caplog.records] == [
        "Broken.feedback failed; later failures are not logged"
    ] * 2
    assert "ZeroDivisionError: of the limiter" in caplog.text
    assert "ana" not in caplog.text


@pytest.mark.parametrize("mode", ["limiter", "adaptive"])
async def test_close_ends_the_calls_that_wait(mode: str) -> None:
    transport = ScriptedTransport(default=USER)
    limiter = RecordingLimiter(lambda: asyncio.Event().wait())
    options: Any = {"limiter": limiter} if mode == "limiter" else {"retry_mode": "adaptive"}
    client = client_with(transport, timeout=None, **options)
    await client._pipeline.prepare()
    limits = client._pipeline._limits
    assert limits is not None
    if mode == "adaptive":
        assert limits.adaptive is not None
        limits.adaptive.enabled = True
        limits.adaptive._ready_at = 1e9
    tasks = [asyncio.create_task(client.send(GET_USER)) for _ in range(3)]
    await until(lambda: len(limits._waits) == 3)
    await client.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        assert isinstance(outcome, ClientClosedError)
        assert str(outcome).startswith("AdminGetUser failed: the client was closed while this call waited")
        assert (outcome.attempts, outcome.may_have_arrived) == (0, False)
    assert (transport.sent, limiter.told, limits._waits) == ([], [], {})


async def test_close_ends_the_calls_that_wait_on_other_loops_and_not_those_of_closed_loops() -> None:
    limiter = RecordingLimiter(lambda: asyncio.Event().wait())
    client = client_with(ScriptedTransport(default=USER), timeout=None, limiter=limiter)
    await client._pipeline.prepare()
    limits = client._pipeline._limits
    assert limits is not None

    async def start() -> None:
        task = asyncio.ensure_future(client.send(GET_USER))
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    def close_loop() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(start())
        loop.close()

    async def call() -> Any:
        return (await asyncio.gather(client.send(GET_USER), return_exceptions=True))[0]

    await asyncio.to_thread(close_loop)
    other = asyncio.create_task(asyncio.to_thread(asyncio.run, call()))
    await until(lambda: len(limits._waits) == 2)
    await client.close()
    assert isinstance(await other, ClientClosedError)
    limits._end(asyncio.timeout(None))  # the wait has ended meanwhile


async def test_a_call_whose_turn_comes_after_close_is_not_sent(clock: FakeClock) -> None:
    transport = ScriptedTransport(default=USER)

    class Closing(RecordingLimiter):
        def acquire(self, request: LimitedRequest, /) -> None:
            client._pipeline._closed = True

    limiter = Closing()
    client = client_with(transport, clock, limiter=limiter)
    with pytest.raises(ClientClosedError, match="the client is closed"):
        await client.send(GET_USER)
    assert transport.sent == []
    assert len(limiter.told) == 1


async def test_a_retry_is_not_sent_after_close(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("TooManyRequestsException"), default=USER)
    client = client_with(transport, clock)

    async def sleep(_seconds: float) -> None:
        await client.close()

    client._pipeline.effects = client._pipeline.effects._replace(sleep=sleep)
    with pytest.raises(ClientClosedError) as caught:
        await client.send(GET_USER)
    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, True)
    assert len(transport.sent) == 1


async def test_a_timeout_error_of_a_limiter_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise TimeoutError("of the limiter")

    async with client_with(ScriptedTransport(), limiter=RecordingLimiter(fail)) as client:
        with pytest.raises(TimeoutError, match="of the limiter"):
            await client.send(GET_USER)


async def test_a_call_that_ends_while_it_waits_has_waited(clock: FakeClock) -> None:
    async def turn() -> None:
        await clock.sleep(3.0)
        raise CredentialsError("none")

    client = client_with(ScriptedTransport(), clock, limiter=RecordingLimiter(turn))
    await client._pipeline.prepare()
    limits = client._pipeline._limits
    assert limits is not None
    call = Call(GET_USER.operation, b"{}", None, None)
    call.request = GET_USER
    with pytest.raises(CredentialsError):
        await limits.wait(call, clock.effects)
    assert call.waited == 3.0


# The time between the turn and sending


def test_calls_that_wait_for_credentials_take_no_turns() -> None:
    sent: list[float] = []

    async def main() -> None:
        async def credentials() -> Any:
            await asyncio.sleep(3)
            return CREDENTIALS

        class Service(ScriptedTransport):
            async def send(self, *arguments: Any, **options: Any) -> Any:
                sent.append(loop.time())
                return await super().send(*arguments, **options)

        limiter = QuotaRateLimiter(rates={"UserRead": 25})
        limiter._clock = loop.time
        async with client_with(
            Service(default=USER), limiter=limiter, timeout=None, credentials=credentials
        ) as client:
            await asyncio.gather(*(client.send(GET_USER) for _ in range(120)))

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        runner.run(main())
    assert len(sent) == 120
    assert greatest_window(sent) <= 25


async def test_credentials_that_expire_during_the_wait_are_renewed(clock: FakeClock) -> None:
    class Provider:
        """Its credentials expire at once."""

        calls = 0

        def cached(self) -> None:
            return None

        async def __call__(self) -> Any:
            self.calls += 1
            return attrs.evolve(CREDENTIALS, access_key_id=f"AKID{self.calls}")

        async def close(self) -> None:
            pass

    transport = ScriptedTransport(default=USER)
    client = client_with(transport, clock, limiter=RecordingLimiter(lambda: clock.sleep(3.0)))
    client._pipeline._credentials = provider = Provider()
    async with client:
        await client.send(GET_USER)
    assert provider.calls == 2
    assert "AKID2" in transport.sent[0].headers["Authorization"]


# Several limits and clients


async def test_the_limiter_and_the_adaptive_mode_work_together(clock: FakeClock) -> None:
    limiter = RecordingLimiter()
    transport = ScriptedTransport(error_response("TooManyRequestsException"), default=USER)
    async with client_with(transport, clock, limiter=limiter, retry_mode="adaptive") as client:
        await client.send(GET_USER)
        await client.send(GET_USER)
        limits = client._pipeline._limits
    assert limits is not None
    assert limits.adaptive is not None
    assert limits.adaptive.enabled
    assert len(limiter.told) == 3


async def test_clients_share_a_limiter() -> None:
    limiter = QuotaRateLimiter(rates={"UserRead": 0.12})
    first, second = (
        client_with(ScriptedTransport(default=USER), limiter=limiter, timeout=1.0) for _ in range(2)
    )
    async with first, second:
        await first.send(GET_USER)
        with pytest.raises(RequestTimeoutError):
            await second.with_options(timeout=2).send(GET_USER)


async def test_it_asks_the_service_over_the_same_client() -> None:
    limit = {"ProvisionedLimitValue": 500, "FreeLimitValue": 120, "LimitDefinition": {}}
    limit["LimitDefinition"] = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserRead"}}
    transport = ByOperation({"GetProvisionedLimit": http_response(body={"Limit": limit})})
    limiter = QuotaRateLimiter(ask_service=True, share=0.5)
    async with client_with(transport, limiter=limiter) as client:
        await client.send(GET_USER)
        await client.send(GET_USER)
        await until(lambda: ("eu-west-1", "UserRead") in limiter._asked)
    targets = [each.headers["X-Amz-Target"].partition(".")[2] for each in transport.sent]
    assert sorted(targets) == ["AdminGetUser", "AdminGetUser", "GetProvisionedLimit"]
    assert limiter._queues["eu-west-1", "UserRead", False].bucket.rate == 250


async def test_an_emulator_that_does_not_know_the_question_is_no_problem() -> None:
    transport = ByOperation({"GetProvisionedLimit": error_response("UnknownOperationException")})
    limiter = QuotaRateLimiter(ask_service=True)
    async with client_with(transport, limiter=limiter) as client:
        await client.send(GET_USER)
        await until(lambda: limiter._asked)
    assert len(transport.sent) == 2


@pytest.mark.parametrize("limiter", [QuotaRateLimiter, 5, object(), asyncio.Semaphore(5)])
def test_a_value_that_is_no_limiter_is_refused(limiter: Any) -> None:
    with pytest.raises(ConfigurationError, match="expected an object with the methods acquire and feedback"):
        CognitoClient(region=REGION, limiter=limiter)


def test_a_client_without_limiter_loads_none() -> None:
    code = """
import asyncio, sys
from cognito_async import CognitoClient
async def main():
    async with CognitoClient(region="eu-west-1") as client:
        await client._pipeline.prepare()
asyncio.run(main())
print([name for name in sys.modules if "rate_limit" in name or "quotas" in name or name.endswith(".limits")])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_client_keeps_to_the_quota_on_any_number_of_calls() -> None:
    """The whole way through the pipeline, with calls that are throttled by others at first."""
    sent: list[float] = []

    class Service(ScriptedTransport):
        async def send(self, *arguments: Any, **options: Any) -> Any:
            sent.append(loop.time())
            await asyncio.sleep(0.1)
            return await super().send(*arguments, **options)

    async def main() -> list[Any]:
        limiter = QuotaRateLimiter(share=0.5)
        limiter._clock = loop.time
        throttled = [error_response("TooManyRequestsException") for _ in range(3)]
        client = client_with(Service(*throttled, default=USER), limiter=limiter, timeout=None)
        await client._pipeline.prepare()
        pipeline = client._pipeline
        pipeline.effects = pipeline.effects._replace(monotonic=loop.time)
        async with client:
            return await asyncio.gather(*(client.send(GET_USER) for _ in range(300)), return_exceptions=True)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        outcomes = runner.run(main())
    assert [each for each in outcomes if isinstance(each, BaseException)] == []
    assert len(sent) == 303
    assert max(sum(start <= at < start + 1 for at in sent) for start in sent) <= 60
    assert max(sent) - min(sent) < 303 / 57 + 5
    assert TooManyRequestsException.__name__ in outcomes[0].response_metadata.retry_reasons


async def test_requests_that_have_their_turn_wait_for_a_connection() -> None:
    """The page "Rate limits" says so: the rate counts turns, not requests on the wire."""
    limiter = RecordingLimiter()
    release = asyncio.Event()

    async def respond(request: web.Request) -> web.Response:
        await request.read()
        await release.wait()
        return web.Response(body=USER.body)

    app = web.Application()
    app.router.add_post("/", respond)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))
        client = CognitoClient(
            region=REGION, credentials=CREDENTIALS, endpoint_url=url, limiter=limiter, max_connections=2
        )
        async with client:
            tasks = [asyncio.create_task(client.send(GET_USER)) for _ in range(5)]
            await until(lambda: client._pipeline.connections() == (2, 3))
            assert (len(limiter.asked), len(limiter.told)) == (5, 0)
            release.set()
            await asyncio.gather(*tasks)
    assert len(limiter.told) == 5
