"""The longest time that the creation of a client, its first call, sign-in and error block the event loop.

``nox -s bench -- stalls`` prints it for several sources of credentials, over HTTP and HTTPS. Each round is a
separate process, because only the first calls of a process are measured. ``preload`` imported everything before, and
botocore's credential chain was imported if it is used, except in the rows marked cold.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import trustme

POOL = "eu-west-1_AbC123"
INTERVAL = 0.0005
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
COLD = "cognito_async.client"
# Row -> environment variables, modules imported before.
SOURCES: dict[str, tuple[dict[str, str], str]] = {
    "environment, cold": (KEYS, COLD),
    "environment": (KEYS, ""),
    "environment, region in a file": (KEYS | {"AWS_REGION": ""}, "botocore.configloader"),
    "profile": ({"AWS_PROFILE": "work"}, "botocore.session botocore.credentials"),
    "profile, botocore cold": ({"AWS_PROFILE": "work"}, ""),
    "profile, cold": ({"AWS_PROFILE": "work"}, COLD),
}
TARGET = 5.0


class StallMeter:
    """Wakes up regularly on the event loop and records the longest delay."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def _wake_up(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(INTERVAL)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last - INTERVAL)
            last = now

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._wake_up())
        for _ in range(20):
            await asyncio.sleep(INTERVAL)
        self.longest = 0.0
        return self

    async def __aexit__(self, *exception: object) -> None:
        for _ in range(5):
            await asyncio.sleep(INTERVAL)
        assert self._task is not None
        self._task.cancel()


async def measure(url: str, bundle: str | None) -> tuple[float, float, float]:
    """Return milliseconds: longest stall of the first call, of an idle loop for comparison, and time to create a client."""
    from cognito_async import CognitoClient
    from cognito_async._errors import ServiceError

    async with StallMeter() as idle:
        for _ in range(100):
            await asyncio.sleep(INTERVAL)
    async with StallMeter() as meter:
        started = time.perf_counter()
        client = CognitoClient(endpoint_url=url, ca_bundle=bundle)
        creation = time.perf_counter() - started
        user = await client.admin_get_user(user_pool_id=POOL, username="ana")
        assert user.username == "ana"
        try:
            await client.initiate_auth(client_id="c", auth_flow="USER_PASSWORD_AUTH")
        except ServiceError as error:
            _ = error.code
    await client.close()
    return meter.longest * 1000, idle.longest * 1000, creation * 1000


def child(url: str, bundle: str, modules: str) -> None:
    """Import the modules, then measure once."""
    import concurrent.futures.thread  # noqa: F401  what asyncio.to_thread loads

    import cognito_async.client

    if modules != COLD:
        cognito_async.preload("users", "auth")
        for module in modules.split():
            __import__(module)
    print(*asyncio.run(measure(url, bundle or None)))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        is_error = self.headers["X-Amz-Target"].endswith("InitiateAuth")
        body = b'{"__type":"NotAuthorizedException"}' if is_error else b'{"Username":"ana"}'
        self.send_response(400 if is_error else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[str]:
    """Serve on a free port and yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"{'http' if context is None else 'https'}://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(place / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        # With the certificates of the system, because every program that calls AWS loads them.
        system = ssl.get_default_verify_paths().cafile
        bundle = place / "bundle.pem"
        trusted = Path(system).read_bytes() if system else b""
        bundle.write_bytes(trusted + (place / "ca.pem").read_bytes())
        (place / "config").write_text("[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-1\n")
        (place / "credentials").write_text("[work]\naws_access_key_id = A\naws_secret_access_key = s\n")
        shared = {
            "AWS_CONFIG_FILE": str(place / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(place / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "eu-west-1",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        print(
            f"Longest stall of the event loop in ms, {arguments.rounds} rounds; the target is below {TARGET:g}\n"
        )
        print(f"{'credentials from':<32}{'over':<7}{'median':>8}{'worst':>8}{'idle':>8}{'create':>8}")
        for source, (variables, modules) in SOURCES.items():
            for tls in (None, context):
                with serving(tls) as url:
                    command = [sys.executable, __file__, "--child", url, str(bundle) if tls else "", modules]
                    rounds = [
                        [float(text) for text in output.split()]
                        for output in (
                            subprocess.run(
                                command,
                                env=os.environ | shared | variables,
                                capture_output=True,
                                text=True,
                                check=True,
                            ).stdout
                            for _ in range(arguments.rounds)
                        )
                    ]
                stalls, idles, creations = zip(*rounds, strict=True)
                print(
                    f"{source:<32}{'TLS' if tls else 'plain':<7}{statistics.median(stalls):>8.2f}"
                    f"{max(stalls):>8.2f}{statistics.median(idles):>8.2f}{statistics.median(creations):>8.2f}"
                )


if __name__ == "__main__":
    main()
