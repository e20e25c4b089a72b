"""Prints results as aligned tables and, with ``--write``, writes them into docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "performance.md"
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


def publish(block: str, text: str, *, write: bool) -> None:
    """Print results; with ``write``, also write them into the page, between the marks of their block."""
    print(f"{machine()}\n\n{text}\n")
    if not write:
        return
    begin, end = f"<!-- {block} -->", f"<!-- end of {block} -->"
    page = PAGE.read_text(encoding="utf-8")
    before, opening, rest = page.partition(begin)
    _, closing, after = rest.partition(end)
    if not opening or not closing:
        sys.exit(f"{PAGE.name} has no block {begin} ... {end}")
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n*{machine()}*\n\n{end}{after}", encoding="utf-8")
