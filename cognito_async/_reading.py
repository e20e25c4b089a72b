"""From the wire form to attrs instances, leniently.

An unknown member is ignored and a value of an unexpected type is kept as it came: an answer must not be
lost to a model that is a release behind.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import attrs
import msgspec
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

from cognito_async._annotations import core_type, is_shape, shape_fields, wire_name
from cognito_async._model import Shape, is_document
from cognito_async._timestamps import read_timestamp

ShapeT = TypeVar("ShapeT", bound=Shape)


def read(wire: Mapping[str, Any], shape: type[ShapeT]) -> ShapeT:
    """Make an instance of ``shape`` of what a service sent."""
    return _converter().structure(wire, shape)


@cache
def _converter() -> Converter:
    converter = Converter(detailed_validation=False)

    def structure_fn(shape: Any, _: Converter) -> Callable[[Any, Any], Any]:
        fields = shape_fields(shape)
        names: Any = {field.name: override(rename=wire_name(field)) for field in fields}
        needed = [wire_name(field) for field in fields if field.default is attrs.NOTHING]
        read = make_dict_structure_fn(
            shape,
            converter,
            _cattrs_detailed_validation=False,
            response_metadata=override(omit=True),
            **names,
        )

        def structure(value: Any, _: Any) -> Any:
            if not isinstance(value, Mapping):
                return value
            members = dict.fromkeys(needed)
            members.update((key, part) for key, part in value.items() if part is not None)
            return read(members, shape)

        return structure

    def value_fn(annotation: Any) -> Callable[[Any, Any], Any]:
        return _value_reader(annotation, converter)

    converter.register_structure_hook_factory(lambda _: True, value_fn)
    for scalar in (str, int, float, bool):  # cattrs would convert None to "None"
        converter.register_structure_hook(scalar, _read_scalar)
    converter.register_structure_hook_factory(is_shape, structure_fn)
    return converter


def _value_reader(annotation: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return the lenient reader of a type: whatever does not fit is kept as it came."""
    kind, marks = core_type(annotation)
    origin, arguments = get_origin(kind), get_args(kind)
    if is_document(marks):
        return _keep
    if is_shape(kind):
        return lambda value, _: converter.structure(value, kind)
    if origin is Sequence:
        item = converter.get_structure_hook(arguments[0])
        return lambda value, _: (
            [item(part, arguments[0]) for part in value] if isinstance(value, list) else value
        )
    if origin is Mapping:
        entry = converter.get_structure_hook(arguments[1])
        return lambda value, _: (
            {key: entry(part, arguments[1]) for key, part in value.items()}
            if isinstance(value, dict)
            else value
        )
    if kind in (str, int, float, bool):
        return lambda value, _: _read_scalar(value, kind)
    readers: dict[Any, Callable[[Any, Any], Any]] = {bytes: _read_blob, datetime: _read_timestamp}
    return readers.get(kind, _keep)


def _keep(value: Any, _: Any) -> Any:
    return value


def _read_scalar(value: Any, kind: Any) -> Any:
    """As msgspec reads it on the fast path: the text of a number for a number, nothing else."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return value


def _read_blob(value: Any, _: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value


def _read_timestamp(value: Any, _: Any) -> Any:
    return read_timestamp(value)
