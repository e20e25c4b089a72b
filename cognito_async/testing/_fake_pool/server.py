"""A fake pool as an HTTP server on the loopback interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, cast

from cognito_async.testing._fake_pool.service import Service
from cognito_async.transport import HTTPRequest

_HOST = "127.0.0.1"


@contextmanager
def serve(service: Service, port: int) -> Generator[str]:
    """Answer requests in threads; yield the URL."""
    server = _Server(service, port)
    url = f"http://{_HOST}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="FakeUserPool")
    thread.start()
    service.state.issuer = f"{url}/{service.state.settings.pool_id}"
    try:
        yield url
    finally:
        service.state.issuer = service.state.default_issuer
        server.shutdown()
        thread.join()
        server.close_connections()
        server.server_close()  # joins the threads of the connections


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        self._connections: set[socket.socket] = set()
        super().__init__((_HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without looking up the name of this machine, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = _HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note a connection before its thread starts."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End the connections that clients keep open, so that their threads end."""
        for connection in tuple(self._connections):
            with suppress(OSError):  # closed meanwhile
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def do_GET(self) -> None:
        """Answer the request for the keys."""
        self._respond()

    def do_POST(self) -> None:
        """Answer an operation."""
        self._respond()

    def _respond(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdecimal():
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the client, or this server, has closed the connection
            self.close_connection = True
            return
        service = cast("_Server", self.server).service
        request = HTTPRequest(self.command, self.path, dict(self.headers), body)
        response = service.respond(request, self.path.partition("?")[0])
        self.send_response_only(response.status)
        for name, value in {**response.headers, "content-length": str(len(response.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def handle(self) -> None:
        """Handle a connection until the client closes it, which may be in the middle of a request."""
        with suppress(ConnectionError):
            super().handle()
