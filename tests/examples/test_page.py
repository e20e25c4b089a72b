"""The page of examples, and rules for every example."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from examples.example import EXAMPLES

PAGE = (EXAMPLES.parent / "examples.md").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
COMMANDS = [name for name in NAMES if not name.startswith("fastapi_")]
"""Examples that are commands; uvicorn runs the services."""


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_the_source_and_how_to_run_it(name: str) -> None:
    assert f"[examples/{name}.py](examples/{name}.py)" in PAGE
    assert f"```{{literalinclude}} examples/{name}.py\n" in PAGE
    on_emulator = "nox -s demo`" if name == "quickstart" else f"nox -s demo -- {name}"
    assert on_emulator in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_there_is_a_test_file(name: str) -> None:
    tests = Path(__file__).parent
    in_emulators = tests.parent / "emulators" / "test_moto.py"
    assert (in_emulators if name == "quickstart" else tests / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", COMMANDS)
async def test_help_needs_no_settings(name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / f"{name}.py"), "--help", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.startswith(b"usage: ")
