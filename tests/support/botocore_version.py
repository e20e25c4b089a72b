"""Whether the installed botocore is one that a test can compare the package with."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from codegen.load import digest, load_sources

LOCK: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / "codegen" / "lock.toml").read_text(encoding="utf-8")
)
INPUTS = {"model": "model", "paginators": "paginators", "endpoint_rules": "rules", "partitions": "partitions"}
"""The files of botocore that the generator reads: their names in ``lock.toml`` and in ``Sources``."""


@cache
def _changed_inputs() -> frozenset[str]:
    """Return the names of the inputs that differ from those the code was generated from."""
    sources = load_sources()
    return frozenset(
        name
        for name, attribute in INPUTS.items()
        if digest(getattr(sources, attribute)) != LOCK[f"{name}_sha256"]
    )


def not_made_from(*names: str) -> str | None:
    """Return why to skip a test that compares with these inputs; None if the code was generated from them."""
    if unknown := set(names) - INPUTS.keys():
        raise ValueError(f"the generator reads no {', '.join(sorted(unknown))}")
    changed = sorted(_changed_inputs() & set(names))
    if not changed:
        return None
    files = ", ".join(name.replace("_", " ") for name in changed)
    return (
        f"compares with the inputs of the generator, botocore {LOCK['botocore']}; "
        f"the installed {version('botocore')} has another {files}"
    )


def not_botocore_since(since: str, feature: str) -> str | None:
    """Return why to skip a test that compares with a feature; None if the installed botocore has it."""
    installed = version("botocore")
    if _numbers(installed) >= _numbers(since):
        return None
    return f"compares with {feature} of botocore {since}; {installed} is installed"


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]
