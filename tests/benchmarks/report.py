"""Prints results as aligned tables and, with ``--write``, writes them into the two pages on performance."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from support.markdown import table

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "performance.md"
TARGETS_PAGE = DOCS / "performance-targets.md"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PACKAGES = (
    "cognito-async",
    "aiohttp",
    "msgspec",
    "uvloop",
    "aiobotocore",
    "boto3",
    "aws-sdk-secrets-manager",
    "gmpy2",
    "pycognito",
    "joserfc",
    "cryptography",
)


def verdict(name: str, required: str, measured: str, *, holds: bool) -> list[str]:
    """Return a row of a table of targets."""
    return [name, required, measured, "yes" if holds else "no"]


VERDICTS = ["target", "required", "measured", "met"]


def machine() -> str:
    """Return the Python version, the number of cores, the processor and the versions of the packages."""
    parts = [f"CPython {platform.python_version()}", f"{os.cpu_count()} cores", _processor()]
    for name in PACKAGES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(parts)


def _processor() -> str:
    match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return match[1].strip() if match else platform.machine()


def publish(block: str, text: str, targets: Sequence[Sequence[str]] = (), *, write: bool) -> None:
    """Print results; with ``write``, also write them into the pages, between the marks of their block.

    Args:
        block: Name in the marks.
        text: What users read; empty for nothing.
        targets: Rows of ``verdict``, for the page of the targets.
        write: Whether to write the pages.
    """
    places = [(TARGETS_PAGE, table([VERDICTS, *targets], left=1))] if targets else []
    if text:
        places.append((PAGE, text))
    print(machine())
    for page, part in places:
        print(f"\n{part}")
        if write:
            _write(page, block, part)
    print()


def _write(page: Path, block: str, text: str) -> None:
    begin, end = f"<!-- {block} -->", f"<!-- end of {block} -->"
    before, opening, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closing, after = rest.partition(end)
    if not opening or not closing:
        sys.exit(f"{page.name} has no block {begin} ... {end}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n*{machine()}*\n\n{end}{after}", encoding="utf-8")
