"""moto's emulator of Cognito on this machine, in a subprocess."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from cognito_async._uncopyable import Uncopyable
from cognito_async.client import CognitoClient
from cognito_async.testing._client import isolated_client

_PROGRAM = Path(__file__).with_name("_moto_process.py")
_START_TIMEOUT = 120.0
_STOP_TIMEOUT = 10.0
_RESET_TIMEOUT = 30.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class MotoServer(Uncopyable):
    """moto's emulator of Cognito, for the duration of a ``with`` block.

    Requires ``pip install "moto[server]"``. It listens on a free port of the loopback interface, runs in a
    subprocess, and ends with this process, also after a crash.

    Raises:
        ModuleNotFoundError: moto or a requirement of its server is not installed.
        RuntimeError: It did not start; the message contains its output.
    """

    _instead = "it owns a subprocess. Pass its url, and create a client with endpoint_url=url there"

    def __init__(self) -> None:
        self.url = ""
        """URL for ``endpoint_url``; empty outside of the ``with`` block."""

        self._at_exit = ExitStack()

    def client(self, **settings: Any) -> CognitoClient:
        """Return a client for the emulator; it needs neither environment nor shared files.

        Args:
            settings: Arguments of ``CognitoClient``. By default the region is us-east-1, which moto assumes
                for unsigned requests, and the credentials are dummies.
        """
        return isolated_client({"region": "us-east-1", "endpoint_url": self.url, **settings})

    def reset(self) -> None:
        """Delete all pools and users of the emulator. Blocks for some milliseconds."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310  loopback
        with _DIRECT.open(request, timeout=_RESET_TIMEOUT):
            pass

    def __enter__(self) -> Self:
        missing = [name for name in ("moto", "flask", "flask_cors") if find_spec(name) is None]
        if missing:
            raise ModuleNotFoundError(
                f"MotoServer needs {' and '.join(missing)}: pip install 'moto[server]'", name=missing[0]
            )
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-P", _PROGRAM],  # -P: keeps the folder of the program off sys.path
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=_without_aws(os.environ),
                text=True,
                start_new_session=True,  # Ctrl-C must reach only the tests, which stop the emulator
            )
            self.url = _first_line(process)
            if not self.url:
                _stop(process)
                output.seek(0)
                text = output.read().decode(errors="replace")
                raise RuntimeError(f"moto did not start:\n{text[-2000:]}")
        self._at_exit.callback(_stop, process)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.url = ""
        self._at_exit.close()


def _without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the settings that moto's own boto3 would read."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _first_line(process: subprocess.Popen[str]) -> str:
    """Return the URL that the program prints when it is ready; empty if it exits or the timeout kills it."""
    stdout = cast("IO[str]", process.stdout)
    timer = threading.Timer(_START_TIMEOUT, process.kill)
    timer.start()
    try:
        return stdout.readline().strip()
    finally:
        timer.cancel()


def _stop(process: subprocess.Popen[str]) -> None:
    """Close its standard input, which ends it; kill it if it does not end within the timeout."""
    try:
        process.communicate(timeout=_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
