"""Loads the input of the generator: botocore's model files, and our own files in ``inputs/``."""

from __future__ import annotations

import hashlib
import json
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import field, frozen
from botocore.loaders import Loader

from codegen.ir import ModelError

HERE = Path(__file__).parent
SERVICE = "cognito-idp"


@frozen
class Sources:
    """botocore's files, parsed."""

    botocore: str
    model: dict[str, Any]
    paginators: dict[str, Any]
    rules: dict[str, Any]
    partitions: dict[str, Any]


@frozen
class Inputs:
    """Decisions of people: areas, quotas, keys of maps, overrides, additional paginators and texts."""

    areas: dict[str, Any]
    overrides: dict[str, Any]
    paginators: dict[str, Any]
    operation_texts: dict[str, Any]
    member_texts: dict[str, Any]
    shape_texts: dict[str, Any]
    error_texts: dict[str, Any]
    quotas: dict[str, Any]
    map_keys: dict[str, Any] = field(factory=dict)


def load_sources() -> Sources:
    """Read the model files of the installed botocore, plain or gzipped."""
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


def load_inputs(folder: Path = HERE / "inputs") -> Inputs:
    """Read our own files."""
    texts = folder / "texts"
    return Inputs(
        areas=_toml(folder / "areas.toml"),
        overrides=_toml(folder / "overrides.toml"),
        paginators=_toml(folder / "paginators.toml"),
        operation_texts=_toml(texts / "operations.toml"),
        member_texts=_toml(texts / "members.toml"),
        shape_texts=_toml(texts / "shapes.toml"),
        error_texts=_toml(texts / "errors.toml"),
        quotas=_toml(folder / "quotas.toml"),
        map_keys=_toml(folder / "map_keys.toml"),
    )


def load_samples(path: Path = HERE / "inputs" / "samples.toml") -> dict[str, Any]:
    """Read the values of the example calls; only the reference needs them."""
    return _toml(path)


def digest(data: dict[str, Any]) -> str:
    """Return a hash of parsed JSON that depends on the order of keys but not on whitespace."""
    return hashlib.sha256(json.dumps(data, separators=(",", ":")).encode()).hexdigest()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path} is missing") from None
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path} is not valid TOML: {error}") from error
