"""botocore's credentials objects and its credential chain, which run in a thread."""

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
from botocore.credentials import Credentials as StaticCredentials
from botocore.credentials import RefreshableCredentials

from cognito_async.credentials import Credentials
from cognito_async.credentials._botocore import BotocoreSource, shared_botocore_provider
from cognito_async.credentials._refreshing import (
    ADVISORY_REFRESH,
    MANDATORY_REFRESH,
    RETRY_AFTER,
    RefreshingProvider,
)
from cognito_async.credentials._resolve import resolve_provider
from cognito_async.errors import CredentialsError
from support.transports import ScriptedTransport, client_with

SECRET = "wJalrXUtnFEMI/K7MDENG"


class FakeClock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def key(provider: RefreshingProvider) -> str:
    return (await provider()).access_key_id


# A credentials object of botocore


class FakeRefresh:
    """A real credentials object of botocore with a fake clock; its refresh may fail, or wait for ``gate``."""

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
            assert self.gate.wait(120)
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

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def botocore() -> Iterator[FakeRefresh]:
    refresh = FakeRefresh()
    yield refresh
    refresh.gate.set()


@pytest.fixture
def quiet_botocore(caplog: pytest.LogCaptureFixture) -> None:
    """Silence botocore, which logs each failed refresh with its traceback."""
    caplog.set_level(logging.CRITICAL, "botocore")


async def wait_for_background_tasks() -> None:
    """Wait for all other tasks of the event loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)


async def test_keys_are_cached(botocore: FakeRefresh) -> None:
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    assert [await key(provider) for _ in range(3)] == ["B0"] * 3
    botocore.advance(3600 - ADVISORY_REFRESH - 1)
    assert await key(provider) == "B0"
    assert botocore.refreshes == []


@pytest.mark.parametrize("left", [ADVISORY_REFRESH - 0.5, ADVISORY_REFRESH - 60, MANDATORY_REFRESH + 1])
async def test_an_advisory_refresh_runs_in_a_thread_in_the_background(
    botocore: FakeRefresh, left: float
) -> None:
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    assert await key(provider) == "B0"
    botocore.advance(3600 - left)
    botocore.gate.clear()
    try:
        assert await asyncio.wait_for(key(provider), 60) == "B0"
        assert await asyncio.wait_for(key(provider), 60) == "B0"
    finally:
        botocore.gate.set()
    await wait_for_background_tasks()
    assert await key(provider) == "B1"
    assert len(botocore.refreshes) == 1
    assert threading.get_ident() not in botocore.refreshes


async def test_callers_wait_for_a_mandatory_refresh(botocore: FakeRefresh) -> None:
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    await provider()
    botocore.advance(3600 - MANDATORY_REFRESH + 1)
    assert await asyncio.gather(*(key(provider) for _ in range(100))) == ["B1"] * 100
    assert len(botocore.refreshes) == 1


@pytest.mark.usefixtures("quiet_botocore")
@pytest.mark.parametrize("left", [ADVISORY_REFRESH - 0.5, MANDATORY_REFRESH - 1, 2])
async def test_a_failed_refresh_keeps_keys_that_have_not_expired(botocore: FakeRefresh, left: float) -> None:
    clock = FakeClock()
    provider = RefreshingProvider(BotocoreSource(botocore.credentials), clock)
    await provider()
    botocore.advance(3600 - left)
    botocore.error = LookupError("sealed")
    for _ in range(5):
        assert await key(provider) == "B0"
        await wait_for_background_tasks()
    assert len(botocore.refreshes) == 1
    clock.now += RETRY_AFTER
    botocore.error = None
    await provider()
    await wait_for_background_tasks()
    assert await key(provider) == "B2"


@pytest.mark.usefixtures("quiet_botocore")
async def test_a_failed_refresh_of_expired_keys_raises_the_same_error_for_all_callers(
    botocore: FakeRefresh,
) -> None:
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    await provider()
    botocore.advance(3601)
    botocore.error = LookupError("sealed")
    outcomes = await asyncio.gather(*(key(provider) for _ in range(100)), return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert outcomes[0].__cause__ is botocore.error
    assert len(botocore.refreshes) == 1
    botocore.error = None
    assert await key(provider) == "B2"


@pytest.mark.usefixtures("quiet_botocore")
async def test_fetched_keys_that_have_expired_are_an_error(botocore: FakeRefresh) -> None:
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    botocore.lifetime = -1
    botocore.advance(3601)
    with pytest.raises(CredentialsError, match="RuntimeError"):
        await provider()


async def test_keys_with_a_short_lifetime_are_not_fetched_for_every_call() -> None:
    botocore = FakeRefresh(left=600)
    botocore.lifetime = 600
    provider = RefreshingProvider(BotocoreSource(botocore.credentials), FakeClock())
    first = await key(provider)
    for _ in range(5):
        assert await key(provider) == first
        await wait_for_background_tasks()
    assert len(botocore.refreshes) <= 1


async def test_keys_refreshed_by_other_code_are_used(botocore: FakeRefresh) -> None:
    """A boto3 client of the same application shares the object and may refresh it first."""
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    assert await key(provider) == "B0"
    botocore.advance(3600 - 12 * 60)
    await asyncio.to_thread(botocore.credentials.get_frozen_credentials)
    assert len(botocore.refreshes) == 1
    botocore.advance(13 * 60)  # now the first keys have expired
    await provider()
    await wait_for_background_tasks()
    assert await key(provider) == "B1"


async def test_an_object_with_an_earlier_threshold_is_not_refreshed_on_the_event_loop(
    botocore: FakeRefresh,
) -> None:
    botocore.credentials._advisory_refresh_timeout = 50 * 60  # its argument advisory_timeout
    provider = RefreshingProvider(BotocoreSource(botocore.credentials))
    assert await key(provider) == "B0"
    botocore.advance(30 * 60)
    await provider()
    await wait_for_background_tasks()
    assert threading.get_ident() not in botocore.refreshes


async def test_static_keys_are_never_refreshed() -> None:
    provider = RefreshingProvider(BotocoreSource(StaticCredentials("B", SECRET)))
    assert [await key(provider) for _ in range(3)] == ["B"] * 3


async def test_the_repr_of_a_source_contains_no_secret() -> None:
    source = BotocoreSource(StaticCredentials("B", SECRET))
    await source.fetch()
    assert SECRET not in repr(source)


# botocore's credential chain

PROFILE_KEYS = f"aws_access_key_id = {{}}\naws_secret_access_key = {SECRET}\naws_session_token = token\n"


async def test_the_chain_reads_profiles_of_both_files(shared_files: Callable[..., None]) -> None:
    shared_files(
        "[profile a]\n" + PROFILE_KEYS.format("AAA"),
        "[b]\n" + PROFILE_KEYS.format("BBB") + "[default]\n" + PROFILE_KEYS.format("DDD"),
    )
    for profile, expected in [("a", "AAA"), ("b", "BBB"), (None, "DDD")]:
        assert await shared_botocore_provider(profile, os.environ)() == Credentials(
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
def credential_process(tmp_path: Path, shared_files: Callable[..., None]) -> Callable[..., Path]:
    """Put a credential_process into the profile ``work``; returns the file that counts its runs."""

    def write(*arguments: str, script: str = SCRIPT) -> Path:
        path = tmp_path / "credential_process.py"
        path.write_text(script)
        command = " ".join([f'"{sys.executable}"', f'"{path}"', *arguments])
        shared_files(f"[profile work]\ncredential_process = {command}\n")
        return path.with_suffix(".count")

    return write


async def test_a_credential_process_runs_once_for_all_callers(
    credential_process: Callable[..., Path],
) -> None:
    count = credential_process("2100-01-01T00:00:00Z")
    provider = resolve_provider(None, "work", os.environ)
    results = await asyncio.gather(*(provider() for _ in range(200)))
    assert {keys.access_key_id for keys in results} == {"P1"}
    assert (results[0].session_token, results[0].secret_access_key) == ("token", "secret")
    assert count.read_text() == "1"


async def test_a_failed_credential_process_raises_the_same_error_for_all_callers_and_the_next_call_retries(
    credential_process: Callable[..., Path],
) -> None:
    count = credential_process("2100-01-01T00:00:00Z", "no_luck")
    provider = resolve_provider(None, "work", os.environ)
    outcomes = await asyncio.gather(*(provider() for _ in range(20)), return_exceptions=True)
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], CredentialsError)
    assert "no_luck" in str(outcomes[0])
    credential_process("2100-01-01T00:00:00Z")
    assert (await provider()).access_key_id == "P2"
    assert count.read_text() == "2"


@pytest.mark.parametrize("output", ["", "not JSON", '{"Version": 1}', '{"Version": 9}', "[]", "\\xff"])
async def test_malformed_output_of_a_credential_process_is_a_credentials_error(
    credential_process: Callable[..., Path], output: str
) -> None:
    credential_process(script=f"import sys; sys.stdout.buffer.write({output!r}.encode('latin-1'))")
    with pytest.raises(CredentialsError):
        await resolve_provider(None, "work", os.environ)()


async def test_missing_credentials_are_an_error_that_lists_how_to_pass_them() -> None:
    provider = resolve_provider(None, None, os.environ)
    with pytest.raises(CredentialsError, match=r"^no AWS credentials") as caught:
        await provider()
    for source in ("credentials=Credentials(", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "profile=", "EC2"):
        assert source in str(caught.value)


async def test_a_missing_profile_is_a_credentials_error_that_names_it() -> None:
    with pytest.raises(CredentialsError, match="missing"):
        await resolve_provider(None, "missing", os.environ)()


async def test_the_chain_runs_again_after_it_found_nothing(
    shared_files: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_files()
    provider = resolve_provider(None, None, os.environ)
    with pytest.raises(CredentialsError):
        await provider()
    shared_files(credentials="[default]\n" + PROFILE_KEYS.format("LATE"))
    assert (await provider()).access_key_id == "LATE"


class ContainerEndpoint(BaseHTTPRequestHandler):
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
def credentials_requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve credentials; yields the requested paths."""
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), ContainerEndpoint) as server:
        server.requests = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        port = server.server_address[1]
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{port}/keys")
        yield server.requests  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


async def test_concurrent_first_calls_of_many_clients_make_one_request_for_credentials(
    credentials_requests: list[str],
) -> None:
    transport = ScriptedTransport()
    clients = [client_with(transport, credentials=None) for _ in range(10)]
    await asyncio.gather(
        *(
            client.admin_get_user(user_pool_id="eu-west-1_A", username="ana")
            for client in clients
            for _ in range(100)
        )
    )
    assert credentials_requests == ["/keys"]
    assert len(transport.sent) == 1000
    assert all("Credential=CONTAINER/" in request.headers["Authorization"] for request in transport.sent)


async def test_unsigned_calls_fetch_no_credentials(credentials_requests: list[str]) -> None:
    await client_with(ScriptedTransport(), credentials=None).get_user(access_token="t")
    assert credentials_requests == []


# Sharing


async def test_closing_a_client_keeps_the_shared_provider_of_the_others(
    credentials_requests: list[str],
) -> None:
    transport = ScriptedTransport()
    first, second = (client_with(transport, credentials=None) for _ in range(2))
    await first.admin_get_user(user_pool_id="eu-west-1_A", username="ana")
    await first.close()
    await second.admin_get_user(user_pool_id="eu-west-1_A", username="ana")
    assert credentials_requests == ["/keys"]


async def test_providers_created_in_many_threads_are_one() -> None:
    environment = {"AWS_CONFIG_FILE": "threads"}
    results = await asyncio.gather(
        *(asyncio.to_thread(shared_botocore_provider, "work", environment) for _ in range(50))
    )
    assert len({id(provider) for provider in results}) == 1
