"""Run an example as a separate process, or import it as a module."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from attrs import frozen

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"


@frozen
class Completed:
    """Exit code and output of a script."""

    code: int | None
    out: str
    err: str


async def wait_for_exit(process: asyncio.subprocess.Process, text: str = "") -> Completed:
    """Wait until a script exits."""
    out, err = await process.communicate(text.encode())
    return Completed(process.returncode, out.decode(), err.decode())


def load(name: str) -> ModuleType:
    """Import an example."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up annotations here
    spec.loader.exec_module(module)
    return module
