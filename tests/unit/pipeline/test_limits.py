"""Rate limiters of a client: asked before each attempt, within the deadline of the call."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from cognito_async import CognitoClient, types
from cognito_async._errors import ConfigurationError, ConnectError, RequestTimeoutError
from cognito_async.errors import TooManyRequestsException
from cognito_async.rate_limit import LimitedRequest, QuotaRateLimiter
from support.transports import (
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
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(GET_USER)
    assert str(caught.value).startswith(
        "AdminGetUser failed: waited for RecordingLimiter (quota UserRead): not sent within 0.01 seconds"
    )
    assert "share=" in str(caught.value)
    assert (caught.value.attempts, caught.value.may_have_arrived, transport.sent) == (0, False, [])


async def test_a_call_that_cannot_be_sent_in_time_fails_at_once_and_names_its_operation() -> None:
    limiter = QuotaRateLimiter(share=0.001)
    transport = ScriptedTransport(default=USER)
    async with client_with(transport, limiter=limiter, timeout=1.0) as client:
        await client.send(GET_USER)
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(GET_USER)
    assert str(caught.value).startswith("AdminGetUser failed: the quota UserRead allows")
    assert (caught.value.operation, caught.value.attempts) == ("AdminGetUser", 0)
    assert (caught.value.may_have_arrived, len(transport.sent)) == (False, 1)


async def test_a_retry_that_cannot_be_sent_in_time_may_have_arrived_before(clock: FakeClock) -> None:
    limiter = QuotaRateLimiter(share=0.001)
    transport = ScriptedTransport(error_response("InternalErrorException", 500), default=USER)
    async with client_with(transport, clock, limiter=limiter, timeout=5.0) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(GET_USER)
    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, True)
    assert caught.value.retry_reasons == ("InternalErrorException",)


async def test_a_cancelled_call_leaves_the_queue() -> None:
    limiter = QuotaRateLimiter(share=0.001)
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
    limiter = QuotaRateLimiter(share=0.001)
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
    transport = ScriptedTransport(http_response(body={"Limit": limit}), default=USER)
    limiter = QuotaRateLimiter(ask_service=True, share=0.5)
    async with client_with(transport, limiter=limiter) as client:
        await client.send(GET_USER)
        await client.send(GET_USER)
    targets = [each.headers["X-Amz-Target"].partition(".")[2] for each in transport.sent]
    assert targets == ["GetProvisionedLimit", "AdminGetUser", "AdminGetUser"]
    assert limiter._queues["eu-west-1", "UserRead", False].bucket.rate == 250


async def test_an_emulator_that_does_not_know_the_question_is_no_problem() -> None:
    transport = ScriptedTransport(error_response("UnknownOperationException"), default=USER)
    async with client_with(transport, limiter=QuotaRateLimiter(ask_service=True)) as client:
        await client.send(GET_USER)
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
