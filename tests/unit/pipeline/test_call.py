"""The deadline of a call: it covers all attempts and everything that the call waits for."""

from __future__ import annotations

import asyncio

import pytest

from cognito_async import Credentials, errors, retry
from support.calls import OK, SERVER_ERROR, THROTTLED, get_user
from support.transports import CREDENTIALS, HANG, FakeClock, ScriptedTransport, client_with


async def test_a_call_without_a_response_ends_at_its_deadline(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(HANG), clock, timeout=0.01)
    await client._pipeline.prepare()
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client)
    error = caught.value
    assert str(error) == f"AdminGetUser failed: no response within 0.01 seconds. {error.advice}"
    assert (error.attempts, error.retry_reasons) == (1, ())
    assert isinstance(error, TimeoutError)
    assert error.__cause__ is None


async def test_the_deadline_covers_all_attempts_and_its_error_reports_them() -> None:
    client = client_with(ScriptedTransport(SERVER_ERROR, THROTTLED, HANG), FakeClock(random=0), timeout=0.05)
    await client._pipeline.prepare()
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client)
    assert caught.value.attempts == 3
    assert caught.value.retry_reasons == ("InternalErrorException", "TooManyRequestsException")


async def test_every_attempt_gets_the_remaining_time_as_its_timeout() -> None:
    transport = ScriptedTransport(SERVER_ERROR, SERVER_ERROR, OK)
    await get_user(client_with(transport, FakeClock(random=0), timeout=60))
    first, second, third = transport.timeouts
    assert first is not None
    assert second is not None
    assert third is not None
    assert 60 >= first >= second >= third > 0
    assert third < 60


async def test_without_a_timeout_there_is_no_deadline(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    await get_user(client_with(transport, clock, timeout=None))
    assert transport.timeouts == [None, None, None]


async def test_without_a_timeout_a_timeout_error_of_the_transport_keeps_its_message(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, errors.RequestTimeoutError("the system closed the connection"))
    with pytest.raises(errors.RequestTimeoutError, match="the system closed the connection") as caught:
        await get_user(client_with(transport, clock, timeout=None))
    assert caught.value.attempts == 2


async def test_a_delay_beyond_the_deadline_is_not_started(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, OK)
    client = client_with(transport, clock, timeout=0.9)  # the delay would be one second
    await client._pipeline.prepare()
    with pytest.raises(errors.TooManyRequestsException) as caught:
        await get_user(client)
    assert caught.value.attempts == 1
    assert clock.slept == []
    assert client._pipeline._quota.tokens == retry._RETRY_QUOTA


async def test_the_deadline_ends_the_wait_for_credentials_but_not_their_fetch(clock: FakeClock) -> None:
    fetches = []
    gate = asyncio.Event()

    async def fetch() -> Credentials:
        fetches.append(1)
        await gate.wait()
        return CREDENTIALS

    transport = ScriptedTransport()
    client = client_with(transport, clock, credentials=fetch)
    await client._pipeline.prepare()
    with pytest.raises(
        errors.RequestTimeoutError,
        match=r"AdminGetUser failed: no credentials within 0\.01 seconds \(nothing was sent\)",
    ) as caught:
        await get_user(client.with_options(timeout=0.01))
    assert transport.sent == []
    assert (caught.value.attempts, caught.value.may_have_arrived) == (0, False)
    gate.set()
    await get_user(client)
    assert fetches == [1]


async def test_the_error_of_late_credentials_after_an_attempt_reports_the_sent_request(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.random = 0.0  # no delay before the second attempt
    transport = ScriptedTransport(SERVER_ERROR)
    client = client_with(transport, clock)
    await client._pipeline.prepare()
    provider = client._pipeline._make_credentials()
    monkeypatch.setattr(client._pipeline, "_credentials", provider)
    cached = [CREDENTIALS, None]
    monkeypatch.setattr(provider, "cached", lambda: cached.pop(0))
    monkeypatch.setattr(type(provider), "__call__", lambda _self: asyncio.Event().wait())
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client.with_options(timeout=0.01))
    assert len(transport.sent) == 1
    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, True)
    assert "nothing was sent" not in str(caught.value)
    assert "may have been carried out" in str(caught.value)


async def test_calls_that_wait_for_the_same_credentials_get_separate_errors(clock: FakeClock) -> None:
    gate = asyncio.Event()
    cause = LookupError("no such role")

    async def fetch() -> Credentials:
        await gate.wait()
        raise cause

    client = client_with(ScriptedTransport(), clock, credentials=fetch)
    calls = [
        asyncio.create_task(client.admin_get_user(user_pool_id="p", username="ana")),
        asyncio.create_task(client.list_user_pools(max_results=1)),
    ]
    await asyncio.sleep(0)
    gate.set()
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(failure).partition(":")[0] for failure in failures] == [
        "AdminGetUser failed",
        "ListUserPools failed",
    ]
    for failure in failures:
        assert type(failure) is errors.CredentialsError
        assert failure.__cause__ is cause
        assert failure.__traceback__ is not None


async def test_the_deadline_ends_the_wait_for_the_preparation(clock: FakeClock) -> None:
    gate = asyncio.Event()

    class SlowTransport(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            await gate.wait()

    client = client_with(SlowTransport(), clock)
    with pytest.raises(
        errors.RequestTimeoutError, match=r"shared files and certificates not read within 0\.01 seconds"
    ):
        await get_user(client.with_options(timeout=0.01))
    gate.set()
    await get_user(client)


async def test_a_timeout_of_the_caller_is_not_the_deadline(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(HANG), clock)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01):
            await get_user(client)
    assert type(caught.value) is TimeoutError


@pytest.mark.parametrize("error", [errors.ConnectTimeoutError("no connection in time"), TimeoutError("slow")])
async def test_a_timeout_error_of_the_preparation_is_raised_unchanged(
    clock: FakeClock, error: TimeoutError
) -> None:
    class SlowTransport(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            raise error

    with pytest.raises(TimeoutError) as caught:
        await get_user(client_with(SlowTransport(), clock))
    assert caught.value is error


async def test_a_timeout_of_the_provider_is_a_credentials_error(clock: FakeClock) -> None:
    async def slow() -> Credentials:
        raise TimeoutError

    with pytest.raises(errors.CredentialsError, match="TimeoutError"):
        await get_user(client_with(ScriptedTransport(), clock, credentials=slow))
