"""``RefreshingProvider``: one fetch for all callers, a refresh before expiry, failures while keys are valid."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import RefreshableCredentials

from cognito_async.credentials import Credentials, _refreshing
from cognito_async.credentials._refreshing import (
    ADVISORY_REFRESH,
    MANDATORY_REFRESH,
    RETRY_AFTER,
    CallableSource,
    RefreshingProvider,
)
from cognito_async.errors import CredentialsError

SECRET = "wJalrXUtnFEMI/K7MDENG"


class FakeClock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class FakeSource:
    """Keys K1, K2, ... with a set lifetime; fetching may fail, or wait for ``gate``."""

    def __init__(self, clock: FakeClock, lifetime: float | None = 3600) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.error: Exception | None = None
        self.fetches = 0
        self.gate: asyncio.Event | None = None
        self.ends: dict[str, float | None] = {}

    async def fetch(self) -> Credentials:
        self.fetches += 1
        number = self.fetches
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        name = f"K{number}"
        self.ends[name] = None if self.lifetime is None else self.clock.now + self.lifetime
        return Credentials(access_key_id=name, secret_access_key=SECRET)

    def seconds_left(self, credentials: Credentials) -> float | None:
        end = self.ends[credentials.access_key_id]
        return None if end is None else end - self.clock.now

    def latest(self, credentials: Credentials) -> Credentials:
        return credentials

    def advance_to(self, left: float, name: str = "K1") -> None:
        """Advance the clock until the keys have ``left`` seconds left."""
        end = self.ends[name]
        assert end is not None
        self.clock.now = end - left


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source(clock: FakeClock) -> FakeSource:
    return FakeSource(clock)


@pytest.fixture
def provider(source: FakeSource, clock: FakeClock) -> RefreshingProvider:
    return RefreshingProvider(source, clock)


async def settle(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def key(provider: RefreshingProvider) -> str:
    return (await provider()).access_key_id


def test_the_refresh_thresholds_are_those_of_botocore() -> None:
    assert RefreshableCredentials._advisory_refresh_timeout == ADVISORY_REFRESH
    assert RefreshableCredentials._mandatory_refresh_timeout == MANDATORY_REFRESH


# The first fetch


async def test_concurrent_first_calls_share_one_fetch(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(1000)]
    await settle()
    source.gate.set()
    assert await asyncio.gather(*calls) == ["K1"] * 1000
    assert source.fetches == 1


async def test_later_calls_get_the_cached_credentials(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    assert [await key(provider) for _ in range(5)] == ["K1"] * 5
    source.advance_to(ADVISORY_REFRESH + 1)
    assert await key(provider) == "K1"
    await settle()
    assert source.fetches == 1


async def test_credentials_without_expiry_are_fetched_once(
    provider: RefreshingProvider, source: FakeSource, clock: FakeClock
) -> None:
    source.lifetime = None
    assert await key(provider) == "K1"
    clock.now += 10**9
    assert await key(provider) == "K1"
    assert source.fetches == 1


async def test_a_failed_first_fetch_raises_the_same_error_for_all_callers_and_the_next_call_retries(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.error = LookupError("sealed")
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(100)]
    await settle()
    source.gate.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert outcomes[0].__cause__ is source.error
    assert source.fetches == 1
    source.error = None
    assert await key(provider) == "K2"


async def test_a_failed_fetch_is_logged_once_with_the_class_of_the_error_only(
    provider: RefreshingProvider, source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    source.error = LookupError(SECRET)
    with caplog.at_level(logging.DEBUG, "cognito_async"):
        await asyncio.gather(*(key(provider) for _ in range(10)), return_exceptions=True)
    (record,) = [record for record in caplog.records if record.name == "cognito_async"]
    assert record.levelname == "WARNING"
    assert record.getMessage() == "fetching credentials failed (LookupError)"
    assert record.exc_info is None


@pytest.mark.parametrize("lifetime", [0, -1, -3600])
async def test_fetched_credentials_that_have_expired_are_an_error(
    provider: RefreshingProvider, source: FakeSource, lifetime: float
) -> None:
    source.lifetime = lifetime
    with pytest.raises(CredentialsError, match="have already expired"):
        await provider()
    source.lifetime = 3600
    assert await key(provider) == "K2"


# Advisory refresh


async def test_an_advisory_refresh_runs_once_in_the_background(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.advance_to(ADVISORY_REFRESH - 1)
    source.gate = asyncio.Event()
    assert await asyncio.gather(*(key(provider) for _ in range(1000))) == ["K1"] * 1000
    await settle()
    assert await key(provider) == "K1"
    assert source.fetches == 2
    source.gate.set()
    await settle()
    assert await key(provider) == "K2"
    assert source.fetches == 2


async def test_a_failed_advisory_refresh_keeps_the_old_credentials_and_is_retried_after_a_pause(
    provider: RefreshingProvider, source: FakeSource, clock: FakeClock
) -> None:
    await provider()
    source.advance_to(ADVISORY_REFRESH - 1)
    source.error = LookupError("sealed")
    for _ in range(10):
        assert await key(provider) == "K1"
        await settle()
    assert source.fetches == 2
    clock.now += RETRY_AFTER - 1
    assert await key(provider) == "K1"
    await settle()
    assert source.fetches == 2
    clock.now += 1
    source.error = None
    assert await key(provider) == "K1"
    await settle()
    assert await key(provider) == "K3"


async def test_an_advisory_refresh_that_fetches_expired_credentials_keeps_the_old_ones(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.advance_to(ADVISORY_REFRESH - 1)
    source.lifetime = -5
    for _ in range(3):
        assert await key(provider) == "K1"
        await settle()
    assert source.fetches == 2


# Mandatory refresh


async def test_callers_wait_for_a_mandatory_refresh(provider: RefreshingProvider, source: FakeSource) -> None:
    await provider()
    source.advance_to(MANDATORY_REFRESH - 1)
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(100)]
    await settle()
    assert not any(call.done() for call in calls)
    source.gate.set()
    assert await asyncio.gather(*calls) == ["K2"] * 100
    assert source.fetches == 2


async def test_a_failed_mandatory_refresh_keeps_credentials_that_have_not_expired(
    provider: RefreshingProvider, source: FakeSource, clock: FakeClock
) -> None:
    await provider()
    source.advance_to(MANDATORY_REFRESH - 1)
    source.error = LookupError("sealed")
    assert await asyncio.gather(*(key(provider) for _ in range(10))) == ["K1"] * 10
    assert await key(provider) == "K1"
    assert source.fetches == 2
    clock.now += RETRY_AFTER
    assert await key(provider) == "K1"
    assert source.fetches == 3


async def test_a_failed_refresh_of_expired_credentials_raises_the_same_error_for_all_callers(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.advance_to(0)
    source.error = LookupError("sealed")
    outcomes = await asyncio.gather(*(key(provider) for _ in range(100)), return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert source.fetches == 2
    source.error = None
    assert await key(provider) == "K3"


async def test_credentials_that_expire_during_a_failed_refresh_are_not_returned(
    provider: RefreshingProvider, source: FakeSource, clock: FakeClock
) -> None:
    await provider()
    source.advance_to(5)
    source.error = LookupError("sealed")
    source.gate = asyncio.Event()
    call = asyncio.create_task(key(provider))
    await settle()
    clock.now += 10
    source.gate.set()
    with pytest.raises(CredentialsError):
        await call


async def test_expired_credentials_are_not_returned_during_the_pause_after_a_failed_refresh(
    provider: RefreshingProvider, source: FakeSource, clock: FakeClock
) -> None:
    await provider()
    source.advance_to(5)
    source.error = LookupError("sealed")
    assert await key(provider) == "K1"
    clock.now += 5
    with pytest.raises(CredentialsError):
        await key(provider)


# Short lifetimes


@pytest.mark.parametrize("lifetime", [1, 60, 300, 899, 900])
async def test_credentials_with_a_short_lifetime_are_not_fetched_for_every_call(
    provider: RefreshingProvider, source: FakeSource, clock: FakeClock, lifetime: float
) -> None:
    source.lifetime = lifetime
    assert [await key(provider) for _ in range(5)] == ["K1"] * 5
    await settle()
    clock.now += lifetime * 0.45
    assert await key(provider) == "K1"
    await settle()
    assert source.fetches == 1


async def test_credentials_with_a_short_lifetime_are_refreshed_in_its_second_half(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.lifetime = 300
    await provider()
    source.advance_to(149)
    assert await key(provider) == "K1"
    await settle()
    assert await key(provider) == "K2"
    source.advance_to(99, "K2")
    assert await key(provider) == "K3"


# Cancellation, close, event loops


async def test_cancelling_one_caller_does_not_cancel_the_fetch_of_the_others(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(3)]
    await settle()
    calls[0].cancel()
    await settle()
    source.gate.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == ["K1", "K1"]
    assert source.fetches == 1


async def test_close_cancels_a_fetch_in_the_background(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.advance_to(ADVISORY_REFRESH - 1)
    source.gate = asyncio.Event()
    await provider()
    await settle()
    before = len(asyncio.all_tasks())
    await provider.close()
    assert len(asyncio.all_tasks()) == before - 1
    await provider.close()


def test_one_provider_serves_one_event_loop_after_another(clock: FakeClock) -> None:
    source = FakeSource(clock)
    provider = RefreshingProvider(source, clock)

    async def start_and_leave() -> None:
        source.gate = asyncio.Event()
        provider._fetching.start()
        await settle()

    async def use() -> str:
        source.gate = None
        return await key(provider)

    asyncio.run(start_and_leave())
    assert asyncio.run(use()) == "K2"
    source.advance_to(1, "K2")
    assert asyncio.run(use()) == "K3"


def test_two_event_loops_at_the_same_time_make_at_most_one_fetch_each() -> None:
    started = threading.Barrier(2)
    fetches = []

    async def fetch() -> Credentials:
        fetches.append(threading.get_ident())
        await asyncio.to_thread(started.wait, 10)
        return Credentials(access_key_id="K", secret_access_key=SECRET)

    provider = RefreshingProvider(CallableSource(fetch))
    results: list[list[str]] = []

    async def use() -> None:
        results.append(await asyncio.gather(*(key(provider) for _ in range(50))))

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["K"] * 50] * 2
    assert len(fetches) == 2


# Coroutine functions


async def test_expires_at_of_the_result_of_a_coroutine_function_is_the_expiry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(_refreshing.time, "time", clock)
    names = iter(["first", "second"])

    async def fetch() -> Credentials:
        end = datetime.fromtimestamp(clock.now, UTC) + timedelta(hours=1)
        return Credentials(access_key_id=next(names), secret_access_key=SECRET, expires_at=end)

    provider = RefreshingProvider(CallableSource(fetch), clock)
    assert await key(provider) == "first"
    clock.now += 3600 - ADVISORY_REFRESH - 1
    assert await key(provider) == "first"
    clock.now += 3600
    assert await key(provider) == "second"
