"""What the command line says about the members of a request: types, options, and examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from attrs import NOTHING, Attribute

from cognito_async._model import (
    ACCEPTS_MAPPING,
    Minimum,
    MinLength,
    Shape,
    is_document,
    mask,
    mask_unless_shape,
)
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

_KINDS = {
    bool: "true or false",
    int: "number",
    float: "number",
    str: "text",
    bytes: "bytes",
    datetime: "time",
}
_MAX_METAVAR = 24
TOKENS = ("next_token", "pagination_token")
"""Members with the token of the next page."""
_SAMPLES = {
    "user_pool_id": "eu-west-1_AbC123",
    "username": "ana",
    "client_id": "1h57kf5cpq17m0eml12EXAMPLE",
    "group_name": "admins",
    "pool_name": "shop",
    "domain": "shop-example",
    "email": "ana@example.com",
}
_SAMPLE_TIME = "2026-01-01T00:00:00Z"
_SAMPLE_TEXT = "example"


def option_name(member: Attribute[Any]) -> str:
    """Return the option of a member, such as ``--user-pool-id``."""
    return f"--{member.name.rstrip('_').replace('_', '-')}"


def is_required(member: Attribute[Any]) -> bool:
    """Return whether a request needs this member."""
    return member.default is NOTHING


def is_secret(member: Attribute[Any]) -> bool:
    """Return whether the value of a member is masked; data for triggers is not meant for secrets."""
    return member.repr in (mask, mask_unless_shape) and member.name != "client_metadata"


def is_paginated(members: Sequence[Attribute[Any]]) -> bool:
    """Return whether a request with these members is for one page of a list."""
    return any(member.name in TOKENS for member in members)


def type_text(annotation: Any) -> str:
    """Return the type of a member, in words."""
    kind, traits = core_type(annotation)
    origin = get_origin(kind)
    if is_document(traits):
        return "JSON"
    if origin is Sequence:
        return f"list of {type_text(get_args(kind)[0])}"
    if origin is Mapping:
        return f"map of {type_text(get_args(kind)[1])}"
    if origin is Literal:
        return "text"
    return kind.__name__ if is_shape(kind) else _KINDS[kind]


def shapes_in(annotation: Any) -> list[type[Shape]]:
    """Return the structures in a type."""
    kind, traits = core_type(annotation)
    if is_shape(kind):
        return [kind]
    if is_document(traits) or get_origin(kind) not in (Sequence, Mapping):
        return []
    return [shape for argument in get_args(kind) for shape in shapes_in(argument)]


def values_of(annotation: Any) -> tuple[str, ...]:
    """Return the values that this release knows of a member, or of the items of a list; most have none."""
    kind, _ = core_type(annotation)
    if get_origin(kind) is Sequence:
        return values_of(get_args(kind)[0])
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def limits_of(annotation: Any) -> dict[str, int]:
    """Return the limits that the client checks."""
    limits: dict[str, int] = {}
    for trait in core_type(annotation)[1]:
        if isinstance(trait, MinLength):
            limits["min_length"] = trait.length
        elif isinstance(trait, Minimum):
            limits["minimum"] = trait.value
    return limits


def metavar(annotation: Any) -> str:
    """Return what stands for the value in the help of an option."""
    kind, traits = core_type(annotation)
    origin = get_origin(kind)
    if is_document(traits):
        return "JSON"
    if origin is Sequence:
        if ACCEPTS_MAPPING in traits:
            return "NAME=VALUE,..."
        return f"{metavar(get_args(kind)[0])} ..."
    if origin is Literal:
        values = "|".join(values_of(annotation))
        return values if len(values) <= _MAX_METAVAR else "VALUE"
    if origin is Mapping or is_shape(kind):
        return "KEY=VALUE,..."
    return {int: "N", float: "N", bytes: "BASE64", datetime: "TIME"}.get(kind, "TEXT")


def sample(member: Attribute[Any], annotation: Any = None) -> Any:
    """Return a value of the right type in wire form, for an example."""
    annotation = member.type if annotation is None else annotation
    kind, traits = core_type(annotation)
    origin = get_origin(kind)
    if is_document(traits):
        return {}
    if origin is Sequence:
        return [sample(member, get_args(kind)[0])]
    if origin is Mapping:
        return {"key": sample(member, get_args(kind)[1])}
    if origin is Literal:
        return get_args(kind)[0]
    if is_shape(kind):
        parts = shape_fields(kind)
        needed = [part for part in parts if is_required(part)] or parts[:1]
        return {wire_name(part): sample(part) for part in needed}
    if kind is bool:
        return True
    if kind in (int, float):
        return max(1, limits_of(annotation).get("minimum", 1))
    if kind is bytes:
        return b"example"
    if kind is datetime:
        return _SAMPLE_TIME
    text = _SAMPLES.get(member.name, _SAMPLE_TEXT)
    return text.ljust(limits_of(annotation).get("min_length", 0), "x")
