"""The program that ``MotoServer`` runs: prints its URL and serves until its standard input is closed.

The operating system closes the input when the parent process ends, so that no emulator is left behind. The
program is run as a file and imports nothing from this package.
"""

from __future__ import annotations

import logging
import sys
from http.server import BaseHTTPRequestHandler


def main() -> None:
    """Serve on a free port of the loopback interface."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  takes a second

    send_no_server_header()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # otherwise it logs every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)  # noqa: T201  the parent process reads the URL
    sys.stdin.read()
    server.stop()


def send_no_server_header() -> None:
    """Leave the header ``Server`` out of all responses of this process.

    Both moto and werkzeug send it, and HTTP allows it only once: aiohttp rejects such a response in Python's
    development mode.
    """
    send_any = BaseHTTPRequestHandler.send_header

    def send_header(self: BaseHTTPRequestHandler, keyword: str, value: str) -> None:
        if keyword.lower() != "server":
            send_any(self, keyword, value)

    BaseHTTPRequestHandler.send_header = send_header  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
