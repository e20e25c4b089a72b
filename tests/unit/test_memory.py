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

pytestmark = [
    pytest.mark.usefixtures("http_path"),
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]


def run_benchmark(*command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, *command, "--calls", "20000", "--cycles", "300"]
    environment = os.environ | {"PYTHONPATH": str(SCRIPT.parent.parent)}
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)


def test_the_memory_of_clients_and_calls_grows_less_than_the_limit() -> None:
    result = run_benchmark(str(SCRIPT))
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_leak_of_a_kilobyte_per_call_is_detected() -> None:
    result = run_benchmark("-c", LEAK)
    assert result.returncode == 1, result.stdout + result.stderr
    assert " no |" in result.stdout
