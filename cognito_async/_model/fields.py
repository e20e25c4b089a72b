"""Reads the members of a shape: their types, traits and wire names."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import attrs

from cognito_async._model import Shape, WireName


def shape_fields(shape: Any) -> list[attrs.Attribute[Any]]:
    """Return the members of a shape, without the metadata of responses."""
    return [field for field in attrs.fields(shape) if field.name != "response_metadata"]


def wire_name(field: attrs.Attribute[Any]) -> str:
    """Return the name of a member on the wire: that of its ``WireName``, else derived from its own."""
    for trait in get_args(field.type)[1:] if get_origin(field.type) is Annotated else ():
        if isinstance(trait, WireName):
            return trait.name
    return derived_wire_name(field.name)


def derived_wire_name(name: str) -> str:
    """Return the wire name of a member without ``WireName``: ``user_pool_id`` -> ``UserPoolId``."""
    return "".join(part.capitalize() for part in name.rstrip("_").split("_"))


def core_type(annotation: Any) -> tuple[Any, tuple[object, ...]]:
    """Return a type without ``Annotated`` and ``| None``, and its traits; of other unions, the first type."""
    traits: tuple[object, ...] = ()
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation, traits = arguments[0], (*traits, *arguments[1:])
        elif origin in (Union, UnionType):
            # Shape | Mapping[str, Any]: a shape that may be given as a dict. Literal[...] | str: a string.
            annotation = next(part for part in arguments if part is not NoneType)
        else:
            return annotation, traits


def is_shape(annotation: Any) -> bool:
    """Return whether an annotation is the class of a shape."""
    return isinstance(annotation, type) and issubclass(annotation, Shape)
