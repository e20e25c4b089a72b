"""The program that ``MotoServer`` runs: prints its URL and serves until its input is closed.

The input is closed when who has started it ends, however that happens, so that no emulator is left behind.
It is run as a file and imports nothing of this package.
"""

from __future__ import annotations

import logging
import sys


def main() -> None:
    """Serve on a free port of the loopback interface."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  a second

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)  # noqa: T201  this is how the URL is told
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
