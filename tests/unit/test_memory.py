"""Clients and calls leave no memory behind; the short form of ``nox -s bench_memory``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "memory.py"
LEAK = f"""
import runpy
from cognito_async._transport import AiohttpTransport
kept, post = [], AiohttpTransport.post
async def leak(*args, **kwargs):
    kept.append(bytes(1000))
    return await post(*args, **kwargs)
AiohttpTransport.post = leak
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def growth(*command: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, *command, "--calls", "20000", "--cycles", "300"]
    # Its own folder too, for where Python is told to leave it out.
    folders = os.pathsep.join([str(SCRIPT.parent), str(SCRIPT.parent.parent)])
    environment = os.environ | {"PYTHONPATH": folders}
    return subprocess.run(call, capture_output=True, text=True, check=False, env=environment)


def test_clients_and_calls_leave_less_than_the_limit() -> None:
    run = growth(str(SCRIPT))
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_leak_of_a_kilobyte_for_each_call_is_seen() -> None:
    run = growth("-c", LEAK)
    assert run.returncode == 1, run.stdout + run.stderr
    assert " no |" in run.stdout
