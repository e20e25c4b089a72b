"""moto's Cognito on a free loopback port, for as long as a ``with`` block or a script runs.

``python tests/emulators/moto_server.py SCRIPT [ARGUMENT ...]`` runs a script against it, which finds the
address in ``AWS_ENDPOINT_URL``.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer


@contextmanager
def moto_server() -> Generator[str]:
    """Start the emulator, yield its URL, and stop it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line per request otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def main() -> int:
    """Run a script against the emulator and return its exit code."""
    with moto_server() as url:
        environment = os.environ | {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "emulator",
            "AWS_SECRET_ACCESS_KEY": "emulator",  # the emulator takes any
        }
        return subprocess.run([sys.executable, *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
