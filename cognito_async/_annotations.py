"""What the annotations of shapes say: the type itself, the marks on it, and the wire name."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import attrs

from cognito_async._model import Shape, Wire


def shape_fields(shape: Any) -> list[attrs.Attribute[Any]]:
    """Members of a shape, without the metadata that responses carry."""
    return [field for field in attrs.fields(shape) if field.name != "response_metadata"]


def wire_name(field: attrs.Attribute[Any]) -> str:
    """Name of a member on the wire: the one its annotation gives, else derived from its own."""
    for mark in get_args(field.type)[1:] if get_origin(field.type) is Annotated else ():
        if isinstance(mark, Wire):
            return mark.name
    return derived_wire_name(field.name)


def derived_wire_name(name: str) -> str:
    """Wire name of a member whose annotation names none: ``user_pool_id`` -> ``UserPoolId``."""
    return "".join(part.capitalize() for part in name.rstrip("_").split("_"))


def core_type(annotation: Any) -> tuple[Any, tuple[object, ...]]:
    """Strip ``Annotated`` and ``| None``; of a union, the part that says most is left."""
    marks: tuple[object, ...] = ()
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation, marks = arguments[0], (*marks, *arguments[1:])
        elif origin in (Union, UnionType):
            # Shape | Mapping[str, Any]: a shape also takes wire-shaped dicts. Literal[...] | str: a string.
            annotation = next(part for part in arguments if part is not NoneType)
        else:
            return annotation, marks


def is_shape(annotation: Any) -> bool:
    """Whether an annotation is the class of a shape."""
    return isinstance(annotation, type) and issubclass(annotation, Shape)
