"""Event loops that are closed by hand leave no open file and nothing on stderr, also at interpreter exit."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

pytestmark = pytest.mark.usefixtures("http_path")

WORKER = Path(__file__).with_name("closed_loops.py")


class Handler(BaseHTTPRequestHandler):
    """Responds to all calls but those for a slow user and for a second page."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"slow" in body or b"PaginationToken" in body:
            self.connection.recv(1)  # until the client closes the connection
            self.close_connection = True
            return
        wire = {"Username": "ana"} if b"Username" in body else {"Users": [], "PaginationToken": "next"}
        response = json.dumps(wire).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *arguments: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that the client closed in the middle."""


@contextmanager
def serve(tls: ssl.SSLContext | None) -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_worker(options: list[str], url: str, ca_bundle: str, loop: str) -> dict[str, int]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    completed = subprocess.run(
        [sys.executable, *options, str(WORKER), url, ca_bundle, loop],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    if loop == "asyncio":  # uvloop warns about open sockets while it closes the loop, and logs errors of TLS
        assert completed.stderr == ""
    grown: dict[str, int] = json.loads(completed.stdout)
    return grown


@pytest.fixture(params=[False, True], ids=["http", "https"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """URL of a server and the file with its certificate authority."""
    if not request.param:
        with serve(None) as url:
            yield url, ""
        return
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    with serve(context) as url:
        yield url, str(bundle)


def test_closed_loops_leave_no_files_open_and_print_nothing(server: tuple[str, str]) -> None:
    grown = run_worker(["-X", "dev", "-W", "error"], *server, "asyncio")
    assert {job: files for job, files in grown.items() if files > 1} == {}


def test_loops_of_uvloop_leave_no_files_open(server: tuple[str, str]) -> None:
    pytest.importorskip("uvloop")
    grown = run_worker([], *server, "uvloop")
    assert {job: files for job, files in grown.items() if files > 1} == {}
