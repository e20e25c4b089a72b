"""Which botocore is installed, and whether it is one that a test can compare with."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.metadata import version
from typing import Any

from codegen.load import HERE, digest, load_sources

LOCK: dict[str, Any] = tomllib.loads((HERE / "lock.toml").read_text(encoding="utf-8"))
INPUTS = {"model": "model", "paginators": "paginators", "endpoint_rules": "rules", "partitions": "partitions"}
"""The files of botocore that the generator reads, by their names in LOCK.toml."""


@cache
def _others() -> frozenset[str]:
    sources = load_sources()
    return frozenset(
        name
        for name, attribute in INPUTS.items()
        if digest(getattr(sources, attribute)) != LOCK[f"{name}_sha256"]
    )


def not_made_from(*names: str) -> str | None:
    """Why there is nothing to compare with; None when the generated code was made from the installed files."""
    if unknown := set(names) - INPUTS.keys():
        raise ValueError(f"the generator reads no {', '.join(sorted(unknown))}")
    others = sorted(_others() & set(names))
    if not others:
        return None
    files = ", ".join(name.replace("_", " ") for name in others)
    return (
        f"compares with what the code was generated from, botocore {LOCK['botocore']}; "
        f"the installed {version('botocore')} has another {files}"
    )


def not_botocore_since(since: str, what: str) -> str | None:
    """Why there is nothing to compare with in an older botocore; None in this one or a newer one."""
    installed = version("botocore")
    if _numbers(installed) >= _numbers(since):
        return None
    return f"compares with {what} of botocore {since}; {installed} is installed"


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]
