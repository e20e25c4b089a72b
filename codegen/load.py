"""Everything the generator reads: botocore's model files and our own overlays beside this module."""

from __future__ import annotations

import hashlib
import json
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import frozen
from botocore.loaders import Loader

from codegen.ir import ModelError

HERE = Path(__file__).parent
SERVICE = "cognito-idp"


@frozen
class Sources:
    """The raw inputs, each as it was parsed."""

    botocore: str
    model: dict[str, Any]
    paginators: dict[str, Any]
    rules: dict[str, Any]
    partitions: dict[str, Any]


@frozen
class Overlays:
    """What people decided: areas, overrides, further paginators and words."""

    areas: dict[str, Any]
    overrides: dict[str, Any]
    paginators: dict[str, Any]
    operation_docs: dict[str, Any]
    member_docs: dict[str, Any]
    shape_docs: dict[str, Any]
    error_docs: dict[str, Any]


def load_sources() -> Sources:
    """Read the model files of the installed botocore (plain or gzipped, its loader takes both)."""
    loader = Loader()
    release = loader.determine_latest_version(SERVICE, "service-2")

    def load(name: str) -> dict[str, Any]:
        data: dict[str, Any] = loader.load_data(name)
        return data

    return Sources(
        botocore=version("botocore"),
        model=load(f"{SERVICE}/{release}/service-2"),
        paginators=load(f"{SERVICE}/{release}/paginators-1"),
        rules=load(f"{SERVICE}/{release}/endpoint-rule-set-1"),
        partitions=load("partitions"),
    )


def load_overlays(folder: Path = HERE) -> Overlays:
    """Read our own files under ``folder``."""
    docs = folder / "docs"
    return Overlays(
        areas=_toml(folder / "areas.toml"),
        overrides=_toml(folder / "overrides.toml"),
        paginators=_toml(folder / "paginators.toml"),
        operation_docs=_toml(docs / "operations.toml"),
        member_docs=_toml(docs / "members.toml"),
        shape_docs=_toml(docs / "shapes.toml"),
        error_docs=_toml(docs / "errors.toml"),
    )


def digest(data: dict[str, Any]) -> str:
    """Hash of parsed JSON, whatever its file looked like: key order kept, no whitespace."""
    return hashlib.sha256(json.dumps(data, separators=(",", ":")).encode()).hexdigest()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path} is missing; the generator needs it") from None
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path} is not valid TOML: {error}") from error
