"""Nothing blocks the event loop: creating a client does no I/O, and the first call does it in threads."""

from __future__ import annotations

import asyncio
import builtins
import io
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.configloader
import botocore.credentials
import botocore.session
import pytest
import trustme

# Loaded here, because pytest's import hook reads files; tests/unit/test_start.py is about imports.
import cognito_async._codec.codec
import cognito_async._codec.lenient_decoder
import cognito_async._errors.advice
import cognito_async.credentials._botocore
import cognito_async.errors
import cognito_async.operations.account
import cognito_async.operations.users
import cognito_async.types.account
import cognito_async.types.users  # noqa: F401
from cognito_async import CognitoClient, Credentials
from cognito_async.errors import CognitoError
from cognito_async.tokens import TokenVerifier
from support import tokens
from support.calls import get_user
from support.transports import CREDENTIALS, REGION

pytestmark = pytest.mark.usefixtures("http_path")

# Functions that wait for a disk, the network, another process or a clock.
BLOCKING = [
    (builtins, "open"),
    (io, "open"),
    (os, "open"),
    (os, "stat"),
    (os, "lstat"),
    (os, "listdir"),
    (os, "scandir"),
    (ssl.SSLContext, "load_default_certs"),
    (ssl.SSLContext, "load_verify_locations"),
    (ssl.SSLContext, "set_default_verify_paths"),
    (ssl.SSLContext, "load_cert_chain"),
    (ssl, "create_default_context"),
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "create_connection"),
    (subprocess, "Popen"),
    (time, "sleep"),
]


class BlockingCallMonitor:
    """Records blocking calls and their threads."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, int, str]] = []
        self.forbidden_thread: int | None = None
        """The thread in which blocking calls raise."""
        for owner, name in BLOCKING:
            patch.setattr(owner, name, self.wrapped(name, getattr(owner, name)))

    def wrapped(self, name: str, function: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            thread = threading.get_ident()
            self.calls.append((name, thread, repr(args[:2])))
            if thread == self.forbidden_thread:
                raise AssertionError(f"{name}{args[:2]!r} in the thread of the event loop")
            return function(*args, **options)

        return call

    def names(self, containing: str = "") -> set[str]:
        return {name for name, _, arguments in self.calls if containing in arguments}

    @contextmanager
    def forbidden_in_this_thread(self) -> Iterator[None]:
        """Forbid blocking calls in this thread."""
        self.calls.clear()
        self.forbidden_thread = threading.get_ident()
        try:
            yield
        finally:
            self.forbidden_thread = None


@pytest.fixture
def monitor() -> Iterator[BlockingCallMonitor]:
    with pytest.MonkeyPatch.context() as patch:
        yield BlockingCallMonitor(patch)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write shared files with settings and credentials; return their folder."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text("[profile work]\nregion = eu-west-1\nmax_attempts = 2\n")
    credentials.write_text("[work]\naws_access_key_id = WORK\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name == "REQUESTS_CA_BUNDLE":
            monkeypatch.delenv(name)
    return tmp_path


USER = b'{"Username":"ana"}'


@asynccontextmanager
async def server(tls: ssl.SSLContext | None = None, body: bytes = USER) -> AsyncGenerator[int]:
    """Run a server that responds to every request; return its port."""
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(response)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "localhost", 0, ssl=tls, family=socket.AF_INET)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "client.pem"))
    return authority


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


# Construction


def refreshable() -> Any:
    return botocore.credentials.RefreshableCredentials(
        "AKID", "secret", "token", datetime.now(UTC) + timedelta(hours=1), dict, "test"
    )


async def provide() -> Credentials:
    return CREDENTIALS


ARGUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "nothing": dict,
    "credentials": lambda: {"credentials": CREDENTIALS},
    "provider": lambda: {"credentials": provide},
    "botocore": lambda: {"credentials": refreshable()},
    "profile": lambda: {"profile": "work"},
    "certificates": lambda: {"ca_bundle": "/no/ca.pem", "client_cert": ("/no/cert.pem", "/no/key.pem")},
    "proxy": lambda: {"proxy": "http://user:password@proxy.example:3128"},
    "endpoint": lambda: {"endpoint_url": "https://cognito.example", "verify": False},
    "adaptive": lambda: {"retry_mode": "adaptive", "app_id": "shop"},
}


@pytest.mark.parametrize("kind", ARGUMENTS)
def test_creating_a_client_does_no_io(
    monitor: BlockingCallMonitor, files: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def forbidden(*args: Any, **options: Any) -> Any:
        raise AssertionError("a socket was created or a thread was started")

    arguments = ARGUMENTS[kind]()
    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(threading.Thread, "start", forbidden)
    with monitor.forbidden_in_this_thread():
        client = CognitoClient(region=REGION, **arguments)
        client.with_options(timeout=5, retries=1)
        assert str(client.config)
        assert repr(client)
    assert monitor.calls == []


def test_creating_a_client_needs_no_event_loop_and_starts_no_thread() -> None:
    before = threading.active_count()
    CognitoClient()
    assert threading.active_count() == before


# The first call


async def test_the_first_call_reads_files_and_keys_in_a_thread(
    monitor: BlockingCallMonitor, files: Path
) -> None:
    async with server() as port:
        url = f"http://localhost:{port}"
        with monitor.forbidden_in_this_thread():
            async with CognitoClient(profile="work", endpoint_url=url) as client:
                assert (await get_user(client)).username == "ana"
                assert client.config.max_attempts == 2
        # Files and keys were read, in other threads.
        assert "open" in monitor.names(str(files / "config"))
        assert "open" in monitor.names(str(files / "credentials"))
        assert "getaddrinfo" in monitor.names("localhost")
        assert threading.get_ident() not in {thread for _, thread, _ in monitor.calls}


@pytest.mark.parametrize("bundle", [True, False])
async def test_the_first_call_with_tls_reads_certificates_in_a_thread(
    monitor: BlockingCallMonitor, files: Path, tls: ssl.SSLContext, *, bundle: bool
) -> None:
    arguments: dict[str, Any] = {"ca_bundle": str(files / "ca.pem")} if bundle else {"verify": False}
    async with server(tls) as port:
        with monitor.forbidden_in_this_thread():
            async with CognitoClient(
                region=REGION,
                credentials=CREDENTIALS,
                endpoint_url=f"https://localhost:{port}",
                client_cert=str(files / "client.pem"),
                **arguments,
            ) as client:
                assert (await get_user(client)).username == "ana"
        assert "load_cert_chain" in monitor.names("client.pem")
        assert ("load_verify_locations" if bundle else "load_default_certs") in monitor.names()
        assert threading.get_ident() not in {thread for _, thread, _ in monitor.calls}


async def test_later_calls_read_no_file(
    monitor: BlockingCallMonitor, files: Path, tls: ssl.SSLContext
) -> None:
    async with (
        server(tls) as port,
        CognitoClient(profile="work", endpoint_url=f"https://127.0.0.1:{port}", verify=False) as client,
    ):
        await get_user(client)
        with monitor.forbidden_in_this_thread():
            await asyncio.gather(*(get_user(client) for _ in range(20)))
        assert monitor.calls == []


async def test_fetching_credentials_does_not_block_either(monitor: BlockingCallMonitor, files: Path) -> None:
    threads: list[int] = []

    def refresh() -> dict[str, str]:
        threads.append(threading.get_ident())
        time.sleep(0)  # stands for a request to STS, which blocks
        end = datetime.now(UTC) + timedelta(hours=1)
        return {"access_key": "B", "secret_key": "s", "token": "t", "expiry_time": end.isoformat()}

    deferred = botocore.credentials.DeferredRefreshableCredentials(refresh, "test")
    async with server() as port:
        for credentials in (provide, deferred):
            with monitor.forbidden_in_this_thread():
                async with CognitoClient(
                    region=REGION, credentials=credentials, endpoint_url=f"http://127.0.0.1:{port}"
                ) as client:
                    await get_user(client)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


@pytest.mark.parametrize(
    "arguments",
    [
        {"profile": "missing"},
        {"region": REGION, "ca_bundle": "/no/such/ca.pem"},
        {"region": REGION, "client_cert": "/no/such/client.pem"},
        {"region": REGION, "endpoint_url": "http://localhost:1", "credentials": CREDENTIALS},
        {"region": REGION, "endpoint_url": "http://127.0.0.1:1"},
    ],
)
async def test_a_first_call_that_fails_does_not_block_either(
    monitor: BlockingCallMonitor, files: Path, arguments: dict[str, Any]
) -> None:
    with monitor.forbidden_in_this_thread():
        async with CognitoClient(retry_mode="off", **arguments) as client:
            with pytest.raises(CognitoError):
                await get_user(client)


def test_the_monitor_detects_blocking_calls(monitor: BlockingCallMonitor, tmp_path: Path) -> None:
    for blocking in (
        (tmp_path / "x").exists,
        lambda: open(tmp_path / "x"),  # noqa: SIM115, PTH123
        lambda: list(tmp_path.iterdir()),
        ssl.create_default_context,
        lambda: socket.getaddrinfo("localhost", 80),
        lambda: time.sleep(0),
    ):
        with (
            monitor.forbidden_in_this_thread(),
            pytest.raises(AssertionError, match="in the thread of the event loop"),
        ):
            blocking()


# Modules that are not imported

SCRIPT = """
import asyncio, sys
from cognito_async import CognitoClient
from support.transports import FakeClock, ScriptedTransport, client_with, error_response

async def main():
    transport = ScriptedTransport(error_response("TooManyRequestsException"))
    client = client_with(transport, FakeClock(), credentials={credentials})
    await client.get_user(access_token="t")
    {call}
    await client.close()

asyncio.run(main())
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("botocore", "boto3", "urllib3")))
"""
SIGNED = "await client.admin_get_user(user_pool_id='p', username='u')"
STATIC = "__import__('support.transports', fromlist=['CREDENTIALS']).CREDENTIALS"


def run(code: str, **variables: str) -> str:
    """Run a program with the import path of this process."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    return result.stdout.strip()


@pytest.mark.parametrize(
    ("credentials", "call", "variables"),
    [
        (STATIC, SIGNED, {}),
        ("None", SIGNED, {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}),
        ("None", "pass", {}),
    ],
    ids=["argument", "environment", "not needed"],
)
def test_botocore_is_not_imported_if_keys_are_available(
    credentials: str, call: str, variables: dict[str, str]
) -> None:
    assert run(SCRIPT.format(credentials=credentials, call=call), **variables) == "[]"


def test_botocore_is_imported_if_its_chain_is_needed(files: Path) -> None:
    modules = run(SCRIPT.format(credentials="None", call=SIGNED), AWS_PROFILE="work")
    assert "'botocore.session'" in modules


# Tokens


async def test_verification_of_tokens_reads_certificates_and_imports_in_a_thread(
    monitor: BlockingCallMonitor,
    files: Path,
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(files / "ca.pem"))
    text = tokens.token(exp=4_000_000_000)  # the key is made before
    for name in ("cognito_async.tokens._jose", "cognito_async._http.user_agent"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    async with server(tls, tokens.jwks_body()) as port:
        with monitor.forbidden_in_this_thread():
            url = f"https://localhost:{port}/keys"
            async with TokenVerifier(tokens.POOL, client_id=None, jwks_url=url) as verifier:
                assert (await verifier.access(text)).username == "ana"
        assert "load_verify_locations" in monitor.names("ca.pem")
        assert threading.get_ident() not in {thread for _, thread, _ in monitor.calls}
