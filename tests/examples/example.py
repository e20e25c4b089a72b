"""An example as a process of its own, or as a module."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from attrs import frozen

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"


@frozen
class Ended:
    """How a script ended."""

    code: int | None
    out: str
    err: str


async def end(process: asyncio.subprocess.Process, text: str = "") -> Ended:
    """Wait for the end of a script."""
    out, err = await process.communicate(text.encode())
    return Ended(process.returncode, out.decode(), err.decode())


def load(name: str) -> ModuleType:
    """Import an example."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module
