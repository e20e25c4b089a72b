"""The emulators: how each is started and stopped, and where it stores the codes that it sends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import field, frozen
from moto.core.utils import camelcase_to_underscores

from cognito_async.errors import ServiceError

OUTPUT = "output.txt"
"""Name of the file with the output of an emulator, in its folder."""

READY_WITHIN = 120.0
"""Seconds for the start of an emulator; on an idle machine the slowest takes a few."""

PRINTED_WITHIN = 60.0
"""Seconds to wait for the output of moto about a response."""

TRIES = 3
"""Attempts to start, because another program may take the free port before its use."""


DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens URLs without a proxy."""


class MissingRuntimeError(Exception):
    """A program that an emulator needs is not installed; the message names it."""


@frozen
class Running:
    """A running emulator."""

    url: str
    folder: Path
    """Its working folder, with its files and output."""


@frozen(kw_only=True)
class Emulator:
    """How to run an emulator and how to read the codes that it sends."""

    name: str
    title: str
    command: Callable[[int], Sequence[str]]
    """Return program and arguments for a port; raises MissingRuntimeError."""

    environment: Callable[[int, Path], Mapping[str, str]] = lambda _port, _folder: {}
    files: Mapping[str, str] = field(factory=dict)
    """Files to write to its folder: text by name."""

    ready: str
    """Path that returns status 200 when the emulator is ready."""

    code: Callable[[Running, str, str], str]
    """Return the newest code sent to a user; arguments are the id of the pool and the username."""

    version: Callable[[Running], str]
    """Return the running release."""

    is_unknown: Callable[[Running, ServiceError], bool]
    """Return whether an error means that the operation is unknown to the emulator."""

    @contextmanager
    def run(self, folder: Path) -> Generator[Running]:
        """Start the emulator on a free loopback port, yield when it is ready, and stop it."""
        for number in range(TRIES):
            port = _free_port()
            running = Running(f"http://127.0.0.1:{port}", folder / f"{self.name}-{number}")
            process = self._start(port, running.folder)
            try:
                if _wait_until_ready(process, running.url + self.ready):
                    yield running
                    return
            finally:
                _stop(process)
        text = (folder / f"{self.name}-0" / OUTPUT).read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{self.title} did not start:\n{text[-2000:]}")

    def _start(self, port: int, folder: Path) -> subprocess.Popen[bytes]:
        folder.mkdir(parents=True)
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        with (folder / OUTPUT).open("wb") as output:
            return subprocess.Popen(
                self.command(port),
                cwd=folder,
                env=_plain_environment(folder) | dict(self.environment(port, folder)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a separate process group, so that _stop also ends the children
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _plain_environment(folder: Path) -> dict[str, str]:
    """Return a minimal environment, without the settings of the caller; temporary files go to the folder."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return inherited | {"HOME": str(folder), "TMPDIR": str(folder)}


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for a response from the URL; return False if the process ends."""
    until = time.monotonic() + READY_WITHIN
    while process.poll() is None:
        with suppress(OSError), DIRECT.open(url, timeout=5):
            return True
        if time.monotonic() > until:
            raise TimeoutError(f"{url} did not respond within {READY_WITHIN:.0f} s")
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _find_program(program: str, advice: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise MissingRuntimeError(f"{program} is not on PATH: {advice}")
    return path


def _get_json(url: str) -> Any:
    with DIRECT.open(url, timeout=60) as response:
        return json.load(response)


# moto


def _moto_command(port: int) -> list[str]:
    # aiohttp accepts moto's responses also in Python's development mode, once they have no header twice.
    program = (
        "import sys; from moto.server import main; "
        "from cognito_async.testing._moto_process import send_no_server_header; "
        "send_no_server_header(); main(sys.argv[1:])"
    )
    return [sys.executable, "-c", program, "-H", "127.0.0.1", "-p", str(port)]


def _moto_code(_running: Running, _pool_id: str, _username: str) -> str:
    """Return any code: moto sends none and accepts any."""
    return "123456"


def _moto_is_unknown(running: Running, error: ServiceError) -> bool:
    """Read the output of moto: its response is the same as for a crash."""
    if error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    unknown = f"NotImplementedError: The {camelcase_to_underscores(error.operation)} action has not been implemented"
    until = time.monotonic() + PRINTED_WITHIN
    while unknown not in (running.folder / OUTPUT).read_text(encoding="utf-8", errors="replace"):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


# MiniStack


def _ministack_command(_port: int) -> list[str]:
    return [_find_program("ministack", "pip install ministack, in a separate environment")]


def _ministack_environment(port: int, folder: Path) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "cognito-idp,ses",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "AUTH": "true",  # checks codes, secrets and tokens
        "DOCKER_HOST": "unix:///nowhere",
    }


def _ministack_code(running: Running, _pool_id: str, username: str) -> str:
    """Read the code from the mails that MiniStack lists by address."""
    accounts = _get_json(f"{running.url}/_ministack/ses/messages")["messages"]
    mails = [mail for account in accounts.values() for mail in account]
    newest = next(mail for mail in reversed(mails) if mail["To"] == [f"{username}@example.com"])
    code = re.search(r"\b\d{6}\b", newest["BodyText"] or newest["BodyHtml"])
    assert code is not None, newest
    return code[0]


def _ministack_is_unknown(_running: Running, error: ServiceError) -> bool:
    """Check the error code; unsigned operations get an error about the missing signature."""
    return error.code in {"InvalidAction", "MissingAuthenticationTokenException"}


# cognito-local


def _cognito_local_command(_port: int) -> list[str]:
    node = _find_program("node", "cognito-local needs Node.js")
    return [node, os.path.realpath(_find_program("cognito-local", "npm install cognito-local"))]


def _cognito_local_environment(port: int, _folder: Path) -> dict[str, str]:
    return {"HOST": "127.0.0.1", "PORT": str(port), "NO_COLOR": "1"}


def _cognito_local_code(running: Running, pool_id: str, username: str) -> str:
    """Read the code from the file in which cognito-local stores the pool."""
    pool = json.loads((running.folder / ".cognito" / "db" / f"{pool_id}.json").read_text(encoding="utf-8"))
    user = pool["Users"][username]
    names = ("AttributeVerificationCode", "ConfirmationCode", "MFACode")
    code: str = next(user[name] for name in names if user.get(name))
    return code


def _cognito_local_version(_running: Running) -> str:
    program = Path(_cognito_local_command(0)[1])  # in lib/bin of the package
    return str(json.loads((program.parents[2] / "package.json").read_text(encoding="utf-8"))["version"])


def _cognito_local_is_unknown(_running: Running, error: ServiceError) -> bool:
    return (error.status, error.code) == (HTTPStatus.INTERNAL_SERVER_ERROR, "Unsupported")


MOTO = Emulator(
    name="moto",
    title="moto server",
    command=_moto_command,
    environment=lambda _port, _folder: {"MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP": "true"},
    ready="/moto-api/data.json",
    code=_moto_code,
    version=lambda _running: version("moto"),
    is_unknown=_moto_is_unknown,
)
MINISTACK = Emulator(
    name="ministack",
    title="MiniStack",
    command=_ministack_command,
    environment=_ministack_environment,
    ready="/_ministack/ready",
    code=_ministack_code,
    version=lambda running: str(_get_json(f"{running.url}/_ministack/health")["version"]),
    is_unknown=_ministack_is_unknown,
)
COGNITO_LOCAL = Emulator(
    name="cognito-local",
    title="cognito-local",
    command=_cognito_local_command,
    environment=_cognito_local_environment,
    # Usernames are not emails, as by default in the service; the emulator's own default is email.
    files={".cognito/config.json": json.dumps({"UserPoolDefaults": {"UsernameAttributes": []}})},
    ready="/health",
    code=_cognito_local_code,
    version=_cognito_local_version,
    is_unknown=_cognito_local_is_unknown,
)
EMULATORS = (MOTO, MINISTACK, COGNITO_LOCAL)
