"""Credentials that end: fetched once for all, renewed early, kept while they work."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials as BotocoreStatic
from botocore.credentials import RefreshableCredentials
from stub import RecordingTransport, client_with

from cognito_async import _refresh
from cognito_async._chain import BotocoreSource, shared_chain
from cognito_async._providers import provider_of
from cognito_async._refresh import EARLY, LATE, RETRY_AFTER, CallableSource, RefreshingProvider
from cognito_async.credentials import Credentials
from cognito_async.errors import CredentialsError

SECRET = "wJalrXUtnFEMI/K7MDENG"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class FakeSource:
    """Keys K1, K2, ... that live as long as told; fetching may fail, or wait until it may go on."""

    def __init__(self, clock: Clock, lifetime: float | None = 3600) -> None:
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

    def forward_to(self, left: float, name: str = "K1") -> None:
        """Move the clock to when keys have so many seconds left."""
        end = self.ends[name]
        assert end is not None
        self.clock.now = end - left


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> FakeSource:
    return FakeSource(clock)


@pytest.fixture
def provider(source: FakeSource, clock: Clock) -> RefreshingProvider:
    return RefreshingProvider(source, clock)


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def key(provider: RefreshingProvider) -> str:
    return (await provider()).access_key_id


def test_the_times_are_those_of_botocore() -> None:
    assert RefreshableCredentials._advisory_refresh_timeout == EARLY
    assert RefreshableCredentials._mandatory_refresh_timeout == LATE


# The first fetch


async def test_a_thousand_concurrent_first_calls_make_one_fetch(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(1000)]
    await turns()
    source.gate.set()
    assert await asyncio.gather(*calls) == ["K1"] * 1000
    assert source.fetches == 1


async def test_later_calls_get_the_same_ones(provider: RefreshingProvider, source: FakeSource) -> None:
    assert [await key(provider) for _ in range(5)] == ["K1"] * 5
    source.forward_to(EARLY + 1)
    assert await key(provider) == "K1"
    await turns()
    assert source.fetches == 1


async def test_those_without_an_end_are_fetched_once_for_ever(
    provider: RefreshingProvider, source: FakeSource, clock: Clock
) -> None:
    source.lifetime = None
    assert await key(provider) == "K1"
    clock.now += 10**9
    assert await key(provider) == "K1"
    assert source.fetches == 1


async def test_a_first_fetch_that_fails_is_the_same_error_for_all_and_tried_again_by_the_next_call(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.error = LookupError("sealed")
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(100)]
    await turns()
    source.gate.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert outcomes[0].__cause__ is source.error
    assert source.fetches == 1
    source.error = None
    assert await key(provider) == "K2"


async def test_a_failure_is_logged_once_by_its_kind_alone(
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
async def test_those_that_come_expired_are_an_error(
    provider: RefreshingProvider, source: FakeSource, lifetime: float
) -> None:
    source.lifetime = lifetime
    with pytest.raises(CredentialsError, match="expired already"):
        await provider()
    source.lifetime = 3600
    assert await key(provider) == "K2"


# Early


async def test_shortly_before_the_end_they_are_renewed_once_while_nobody_waits(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.forward_to(EARLY - 1)
    source.gate = asyncio.Event()
    assert await asyncio.gather(*(key(provider) for _ in range(1000))) == ["K1"] * 1000
    await turns()
    assert await key(provider) == "K1"
    assert source.fetches == 2
    source.gate.set()
    await turns()
    assert await key(provider) == "K2"
    assert source.fetches == 2


async def test_a_failed_early_renewal_keeps_the_old_ones_and_is_not_repeated_at_once(
    provider: RefreshingProvider, source: FakeSource, clock: Clock
) -> None:
    await provider()
    source.forward_to(EARLY - 1)
    source.error = LookupError("sealed")
    for _ in range(10):
        assert await key(provider) == "K1"
        await turns()
    assert source.fetches == 2
    clock.now += RETRY_AFTER - 1
    assert await key(provider) == "K1"
    await turns()
    assert source.fetches == 2
    clock.now += 1
    source.error = None
    assert await key(provider) == "K1"
    await turns()
    assert await key(provider) == "K3"


async def test_an_early_renewal_that_brings_expired_ones_keeps_the_old_ones(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.forward_to(EARLY - 1)
    source.lifetime = -5
    for _ in range(3):
        assert await key(provider) == "K1"
        await turns()
    assert source.fetches == 2


# Late


async def test_late_callers_wait_for_the_new_ones(provider: RefreshingProvider, source: FakeSource) -> None:
    await provider()
    source.forward_to(LATE - 1)
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(100)]
    await turns()
    assert not any(call.done() for call in calls)
    source.gate.set()
    assert await asyncio.gather(*calls) == ["K2"] * 100
    assert source.fetches == 2


async def test_a_failed_late_renewal_keeps_those_that_still_work(
    provider: RefreshingProvider, source: FakeSource, clock: Clock
) -> None:
    await provider()
    source.forward_to(LATE - 1)
    source.error = LookupError("sealed")
    assert await asyncio.gather(*(key(provider) for _ in range(10))) == ["K1"] * 10
    assert await key(provider) == "K1"
    assert source.fetches == 2
    clock.now += RETRY_AFTER
    assert await key(provider) == "K1"
    assert source.fetches == 3


async def test_expired_and_no_new_ones_is_one_error_for_all_who_wait(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    await provider()
    source.forward_to(0)
    source.error = LookupError("sealed")
    outcomes = await asyncio.gather(*(key(provider) for _ in range(100)), return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert source.fetches == 2
    source.error = None
    assert await key(provider) == "K3"


async def test_keys_that_end_while_renewing_fails_are_not_handed_out(
    provider: RefreshingProvider, source: FakeSource, clock: Clock
) -> None:
    await provider()
    source.forward_to(5)
    source.error = LookupError("sealed")
    source.gate = asyncio.Event()
    call = asyncio.create_task(key(provider))
    await turns()
    clock.now += 10
    source.gate.set()
    with pytest.raises(CredentialsError):
        await call


async def test_after_a_failed_renewal_expired_keys_are_not_kept_for_the_pause(
    provider: RefreshingProvider, source: FakeSource, clock: Clock
) -> None:
    await provider()
    source.forward_to(5)
    source.error = LookupError("sealed")
    assert await key(provider) == "K1"
    clock.now += 5
    with pytest.raises(CredentialsError):
        await key(provider)


# Short lives


@pytest.mark.parametrize("lifetime", [1, 60, 300, 899, 900])
async def test_short_lived_ones_are_not_fetched_at_every_call(
    provider: RefreshingProvider, source: FakeSource, clock: Clock, lifetime: float
) -> None:
    source.lifetime = lifetime
    assert [await key(provider) for _ in range(5)] == ["K1"] * 5
    await turns()
    clock.now += lifetime * 0.45
    assert await key(provider) == "K1"
    await turns()
    assert source.fetches == 1


async def test_short_lived_ones_are_renewed_in_the_second_half_of_their_life(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.lifetime = 300
    await provider()
    source.forward_to(149)
    assert await key(provider) == "K1"
    await turns()
    assert await key(provider) == "K2"
    source.forward_to(99, "K2")
    assert await key(provider) == "K3"


# Cancellation, closing, loops


async def test_a_caller_that_is_cancelled_leaves_the_others_waiting(
    provider: RefreshingProvider, source: FakeSource
) -> None:
    source.gate = asyncio.Event()
    calls = [asyncio.create_task(key(provider)) for _ in range(3)]
    await turns()
    calls[0].cancel()
    await turns()
    source.gate.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == ["K1", "K1"]
    assert source.fetches == 1


async def test_close_ends_a_fetch_under_way(provider: RefreshingProvider, source: FakeSource) -> None:
    await provider()
    source.forward_to(EARLY - 1)
    source.gate = asyncio.Event()
    await provider()
    await turns()
    before = len(asyncio.all_tasks())
    await provider.close()
    assert len(asyncio.all_tasks()) == before - 1
    await provider.close()


def test_one_provider_serves_one_loop_after_the_other(clock: Clock) -> None:
    source = FakeSource(clock)
    provider = RefreshingProvider(source, clock)

    async def start_and_leave() -> None:
        source.gate = asyncio.Event()
        provider._fetching.start()
        await turns()

    async def use() -> str:
        source.gate = None
        return await key(provider)

    asyncio.run(start_and_leave())
    assert asyncio.run(use()) == "K2"
    source.forward_to(1, "K2")
    assert asyncio.run(use()) == "K3"


def test_two_loops_at_the_same_time_make_one_fetch_each_at_the_most() -> None:
    started = threading.Barrier(2)
    fetches = []

    async def fetch() -> Credentials:
        fetches.append(threading.get_ident())
        await asyncio.to_thread(started.wait, 10)
        return Credentials(access_key_id="K", secret_access_key=SECRET)

    provider = RefreshingProvider(CallableSource(fetch))
    found: list[list[str]] = []

    async def use() -> None:
        found.append(await asyncio.gather(*(key(provider) for _ in range(50))))

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["K"] * 50] * 2
    assert len(fetches) == 2


# A function of the caller's


async def test_a_function_says_by_expires_at_how_long_its_keys_work(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(_refresh.time, "time", clock)
    names = iter(["first", "second"])

    async def fetch() -> Credentials:
        end = datetime.fromtimestamp(clock.now, UTC) + timedelta(hours=1)
        return Credentials(access_key_id=next(names), secret_access_key=SECRET, expires_at=end)

    provider = RefreshingProvider(CallableSource(fetch), clock)
    assert await key(provider) == "first"
    clock.now += 3600 - EARLY - 1
    assert await key(provider) == "first"
    clock.now += 3600
    assert await key(provider) == "second"


# An object of botocore's


class Held:
    """A real object of botocore with a clock of its own; asking it to refresh may fail or wait."""

    def __init__(self, left: float = 3600) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.refreshes: list[int] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.refreshed = threading.Event()
        self.lifetime = 3600.0
        self.credentials = RefreshableCredentials(
            access_key="B0",
            secret_key=SECRET,
            token="token",
            expiry_time=self.now + timedelta(seconds=left),
            refresh_using=self.refresh,
            method="test",
            time_fetcher=lambda: self.now,
        )

    def refresh(self) -> dict[str, str]:
        self.refreshes.append(threading.get_ident())
        try:
            assert self.gate.wait(10)
            if self.error is not None:
                raise self.error
            end = self.now + timedelta(seconds=self.lifetime)
            return {
                "access_key": f"B{len(self.refreshes)}",
                "secret_key": SECRET,
                "token": "token",
                "expiry_time": end.isoformat(),
            }
        finally:
            self.refreshed.set()

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    yield made
    made.gate.set()


@pytest.fixture
def quiet_botocore(caplog: pytest.LogCaptureFixture) -> None:
    """Logging a failure with its traceback is what botocore does, and here expected."""
    caplog.set_level(logging.CRITICAL, "botocore")


async def idle() -> None:
    """Wait for what goes on in the background."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)


async def test_botocore_s_keys_are_handed_out_without_asking_again(held: Held) -> None:
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    assert [await key(provider) for _ in range(3)] == ["B0"] * 3
    held.forward(3600 - EARLY - 1)
    assert await key(provider) == "B0"
    assert held.refreshes == []


@pytest.mark.parametrize("left", [EARLY - 0.5, EARLY - 60, LATE + 1])
async def test_botocore_s_keys_are_renewed_early_in_the_background_and_in_a_thread(
    held: Held, left: float
) -> None:
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    assert await key(provider) == "B0"
    held.forward(3600 - left)
    held.gate.clear()
    try:
        assert await asyncio.wait_for(key(provider), 9) == "B0"
        assert await asyncio.wait_for(key(provider), 9) == "B0"
    finally:
        held.gate.set()
    await idle()
    assert await key(provider) == "B1"
    assert len(held.refreshes) == 1
    assert threading.get_ident() not in held.refreshes


async def test_botocore_s_keys_are_waited_for_when_it_is_late(held: Held) -> None:
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    await provider()
    held.forward(3600 - LATE + 1)
    assert await asyncio.gather(*(key(provider) for _ in range(100))) == ["B1"] * 100
    assert len(held.refreshes) == 1


@pytest.mark.usefixtures("quiet_botocore")
@pytest.mark.parametrize("left", [EARLY - 0.5, LATE - 1, 2])
async def test_botocore_s_keys_are_kept_while_they_work_and_renewing_fails(held: Held, left: float) -> None:
    clock = Clock()
    provider = RefreshingProvider(BotocoreSource(held.credentials), clock)
    await provider()
    held.forward(3600 - left)
    held.error = LookupError("sealed")
    for _ in range(5):
        assert await key(provider) == "B0"
        await idle()
    assert len(held.refreshes) == 1
    clock.now += RETRY_AFTER
    held.error = None
    await provider()
    await idle()
    assert await key(provider) == "B2"


@pytest.mark.usefixtures("quiet_botocore")
async def test_botocore_s_keys_that_have_expired_and_cannot_be_renewed_are_one_error(held: Held) -> None:
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    await provider()
    held.forward(3601)
    held.error = LookupError("sealed")
    outcomes = await asyncio.gather(*(key(provider) for _ in range(100)), return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert outcomes[0].__cause__ is held.error
    assert len(held.refreshes) == 1
    held.error = None
    assert await key(provider) == "B2"


@pytest.mark.usefixtures("quiet_botocore")
async def test_botocore_s_keys_that_come_expired_are_an_error(held: Held) -> None:
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    held.lifetime = -1
    held.forward(3601)
    with pytest.raises(CredentialsError, match="RuntimeError"):
        await provider()


async def test_short_lived_keys_of_botocore_are_not_fetched_at_every_call() -> None:
    held = Held(left=600)
    held.lifetime = 600
    provider = RefreshingProvider(BotocoreSource(held.credentials), Clock())
    first = await key(provider)
    for _ in range(5):
        assert await key(provider) == first
        await idle()
    assert len(held.refreshes) <= 1


async def test_keys_that_somebody_else_renewed_are_noticed(held: Held) -> None:
    """A boto3 client of the same application shares the object and may come first."""
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    assert await key(provider) == "B0"
    held.forward(3600 - 12 * 60)
    await asyncio.to_thread(held.credentials.get_frozen_credentials)
    assert len(held.refreshes) == 1
    held.forward(13 * 60)  # now the first ones have expired
    await provider()
    await idle()
    assert await key(provider) == "B1"


async def test_an_object_that_renews_itself_earlier_than_others_does_not_do_so_on_the_loop(
    held: Held,
) -> None:
    held.credentials._advisory_refresh_timeout = 50 * 60  # its argument advisory_timeout
    provider = RefreshingProvider(BotocoreSource(held.credentials))
    assert await key(provider) == "B0"
    held.forward(30 * 60)
    await provider()
    await idle()
    assert threading.get_ident() not in held.refreshes


async def test_static_keys_of_botocore_are_never_renewed() -> None:
    provider = RefreshingProvider(BotocoreSource(BotocoreStatic("B", SECRET)))
    assert [await key(provider) for _ in range(3)] == ["B"] * 3


async def test_botocore_s_source_masks_what_it_holds() -> None:
    source = BotocoreSource(BotocoreStatic("B", SECRET))
    await source.fetch()
    assert SECRET not in repr(source)


# botocore's chain


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def write(config: str = "", credentials: str = "") -> None:
        for variable, text in (("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)):
            path = tmp_path / variable
            path.write_text(text)
            monkeypatch.setenv(variable, str(path))

    return write


KEYS = f"aws_access_key_id = {{}}\naws_secret_access_key = {SECRET}\naws_session_token = token\n"


async def test_the_chain_reads_profiles_of_both_files(files: Callable[..., None]) -> None:
    files(
        "[profile a]\n" + KEYS.format("AAA"),
        "[b]\n" + KEYS.format("BBB") + "[default]\n" + KEYS.format("DDD"),
    )
    for profile, expected in [("a", "AAA"), ("b", "BBB"), (None, "DDD")]:
        assert await shared_chain(profile, os.environ)() == Credentials(
            access_key_id=expected, secret_access_key=SECRET, session_token="token"
        )


SCRIPT = """\
import json, pathlib, sys
count = pathlib.Path(__file__).with_suffix(".count")
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
if len(sys.argv) > 2:
    sys.exit(sys.argv[2])
print(json.dumps({
    "Version": 1,
    "AccessKeyId": f"P{number}",
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": sys.argv[1],
}))
"""


@pytest.fixture
def process(tmp_path: Path, files: Callable[..., None]) -> Callable[..., Path]:
    """Put a credential_process into the profile ``work``; returns the file that counts its runs."""

    def write(*arguments: str, script: str = SCRIPT) -> Path:
        path = tmp_path / "process.py"
        path.write_text(script)
        command = " ".join([f'"{sys.executable}"', f'"{path}"', *arguments])
        files(f"[profile work]\ncredential_process = {command}\n")
        return path.with_suffix(".count")

    return write


async def test_a_credential_process_runs_once_for_all_callers(process: Callable[..., Path]) -> None:
    count = process("2100-01-01T00:00:00Z")
    provider = provider_of(None, "work", os.environ)
    found = await asyncio.gather(*(provider() for _ in range(200)))
    assert {keys.access_key_id for keys in found} == {"P1"}
    assert (found[0].session_token, found[0].secret_access_key) == ("token", "secret")
    assert count.read_text() == "1"


async def test_a_credential_process_that_fails_is_one_error_and_the_next_call_tries_again(
    process: Callable[..., Path],
) -> None:
    count = process("2100-01-01T00:00:00Z", "no_luck")
    provider = provider_of(None, "work", os.environ)
    outcomes = await asyncio.gather(*(provider() for _ in range(20)), return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert "no_luck" in str(outcomes[0])
    process("2100-01-01T00:00:00Z")
    assert (await provider()).access_key_id == "P2"
    assert count.read_text() == "2"


@pytest.mark.parametrize("output", ["", "no JSON", '{"Version": 1}', '{"Version": 9}', "[]", "\\xff"])
async def test_a_credential_process_that_prints_something_else_is_a_credentials_error(
    process: Callable[..., Path], output: str
) -> None:
    process(script=f"import sys; sys.stdout.buffer.write({output!r}.encode('latin-1'))")
    with pytest.raises(CredentialsError):
        await provider_of(None, "work", os.environ)()


async def test_no_credentials_anywhere_is_one_error_that_names_the_ways() -> None:
    provider = provider_of(None, None, os.environ)
    with pytest.raises(CredentialsError, match=r"^no AWS credentials") as caught:
        await provider()
    for way in ("credentials=Credentials(", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "profile=", "EC2"):
        assert way in str(caught.value)


async def test_a_missing_profile_is_a_credentials_error_that_names_it() -> None:
    with pytest.raises(CredentialsError, match="missing"):
        await provider_of(None, "missing", os.environ)()


async def test_a_chain_that_found_nothing_is_asked_again(
    files: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    files()
    provider = provider_of(None, None, os.environ)
    with pytest.raises(CredentialsError):
        await provider()
    files(credentials="[default]\n" + KEYS.format("LATE"))
    assert (await provider()).access_key_id == "LATE"


class Container(BaseHTTPRequestHandler):
    """The credentials endpoint of a container."""

    def do_GET(self) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]
        body = json.dumps(
            {
                "AccessKeyId": "CONTAINER",
                "SecretAccessKey": SECRET,
                "Token": "token",
                "Expiration": "2100-01-01T00:00:00Z",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve credentials; yields the paths that were asked for."""
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), Container) as server:
        server.requests = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        port = server.server_address[1]
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{port}/keys")
        yield server.requests  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


async def test_a_thousand_concurrent_first_calls_of_many_clients_make_one_request_for_credentials(
    container: list[str],
) -> None:
    transport = RecordingTransport()
    clients = [client_with(transport, credentials=None) for _ in range(10)]
    await asyncio.gather(
        *(
            client.admin_get_user(user_pool_id="eu-west-1_A", username="ana")
            for client in clients
            for _ in range(100)
        )
    )
    assert container == ["/keys"]
    assert len(transport.sent) == 1000
    assert all("Credential=CONTAINER/" in headers["Authorization"] for _, headers, _ in transport.sent)


async def test_unsigned_calls_ask_for_no_credentials(container: list[str]) -> None:
    await client_with(RecordingTransport(), credentials=None).get_user(access_token="t")
    assert container == []


# One for the process


def test_clients_of_one_profile_and_environment_share_a_chain() -> None:
    first = provider_of(None, "work", {"AWS_CONFIG_FILE": "a", "PATH": "1"})
    assert provider_of(None, "work", {"AWS_CONFIG_FILE": "a", "PATH": "2"}) is first
    assert provider_of(None, "other", {"AWS_CONFIG_FILE": "a"}) is not first
    assert provider_of(None, None, {"AWS_CONFIG_FILE": "a"}) is not first
    assert provider_of(None, "work", {"AWS_CONFIG_FILE": "b"}) is not first


async def test_closing_a_client_leaves_a_shared_chain_to_the_others(container: list[str]) -> None:
    transport = RecordingTransport()
    first, second = (client_with(transport, credentials=None) for _ in range(2))
    await first.admin_get_user(user_pool_id="eu-west-1_A", username="ana")
    await first.close()
    await second.admin_get_user(user_pool_id="eu-west-1_A", username="ana")
    assert container == ["/keys"]


async def test_chains_made_in_many_threads_are_one() -> None:
    environment = {"AWS_CONFIG_FILE": "threads"}
    found = await asyncio.gather(*(asyncio.to_thread(shared_chain, "work", environment) for _ in range(50)))
    assert len({id(chain) for chain in found}) == 1
