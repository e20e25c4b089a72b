"""moto's emulator of Cognito on this machine, in a process of its own."""

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

from cognito_async._made_up import made_up_client
from cognito_async.client import CognitoClient

_PROGRAM = Path(__file__).with_name("_moto_process.py")
_READY_WITHIN = 120.0
_ENDS_WITHIN = 10.0
_RESETS_WITHIN = 30.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class MotoServer:
    """moto's emulator of Cognito, for as long as a ``with`` block lasts.

    It needs ``pip install "moto[server]"``. It listens on a free port of the loopback interface, runs in a
    process of its own and ends with this one, whatever happens.

    Raises:
        ModuleNotFoundError: moto or what its server needs is not installed.
        RuntimeError: It did not start; with what it printed.
    """

    def __init__(self) -> None:
        self.url = ""
        """Where it answers, for ``endpoint_url``; empty outside of the ``with`` block."""

        self._at_exit = ExitStack()

    def client(self, **settings: Any) -> CognitoClient:
        """Make a client for the emulator, which needs neither environment nor files.

        Args:
            settings: Arguments of ``CognitoClient``; the region is us-east-1, where moto puts requests that
                are not signed, and the credentials are made up unless they are given.
        """
        return made_up_client({"region": "us-east-1", "endpoint_url": self.url, **settings})

    def reset(self) -> None:
        """Forget all that was made on the emulator. Blocks for some milliseconds."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310  loopback
        with _DIRECT.open(request, timeout=_RESETS_WITHIN):
            pass

    def __enter__(self) -> Self:
        missing = [name for name in ("moto", "flask", "flask_cors") if find_spec(name) is None]
        if missing:
            raise ModuleNotFoundError(
                f"MotoServer needs {' and '.join(missing)}: pip install 'moto[server]'", name=missing[0]
            )
        with tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(  # noqa: S603  a program of ours
                [sys.executable, "-P", _PROGRAM],  # -P: beside it there is a package named types
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                env=_without_aws(os.environ),
                text=True,
                start_new_session=True,  # Ctrl-C ends the tests, and these the emulator
            )
            self.url = _first_line(process)
            if not self.url:
                _stop(process)
                printed.seek(0)
                text = printed.read().decode(errors="replace")
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
    """The environment without what moto's own boto3 would read, a profile that is not there perhaps."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _first_line(process: subprocess.Popen[str]) -> str:
    """What the program prints when it is ready; empty when it ends instead, or is too slow and is ended."""
    output = cast("IO[str]", process.stdout)
    patience = threading.Timer(_READY_WITHIN, process.kill)
    patience.start()
    try:
        return output.readline().strip()
    finally:
        patience.cancel()


def _stop(process: subprocess.Popen[str]) -> None:
    """Close its input, at which it ends; end it by force if it does not."""
    try:
        process.communicate(timeout=_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
