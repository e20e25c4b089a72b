"""Clients and calls leak no memory; a short run of ``nox -s bench -- memory``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "memory.py"
LEAK = f"""
import runpy
from cognito_async._http.aiohttp_transport import AiohttpTransport
kept, send = [], AiohttpTransport.send
async def leak(*args, **kwargs):
    kept.append(bytes(1000))
    return await send(*args, **kwargs)
AiohttpTransport.send = leak
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def growth(*command: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, *command, "--calls", "20000", "--cycles", "300"]
    environment = os.environ | {"PYTHONPATH": str(SCRIPT.parent.parent)}
    return subprocess.run(call, capture_output=True, text=True, check=False, env=environment)


def test_clients_and_calls_grow_less_than_the_limit() -> None:
    run = growth(str(SCRIPT))
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_leak_of_a_kilobyte_per_call_is_detected() -> None:
    run = growth("-c", LEAK)
    assert run.returncode == 1, run.stdout + run.stderr
    assert " no |" in run.stdout
