"""Lenient decoder: from the wire form to attrs instances, by cattrs.

Unknown members are ignored, and values of an unexpected type are kept unchanged: a model that is a release
behind must not turn a successful call into an error.
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

from cognito_async._codec.timestamps import read_timestamp
from cognito_async._model import Shape, is_document
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

ShapeT = TypeVar("ShapeT", bound=Shape)


def structure(wire: Mapping[str, Any], shape: type[ShapeT]) -> ShapeT:
    """Return an instance of ``shape`` for a JSON object of the service."""
    return _converter().structure(wire, shape)


@cache
def _converter() -> Converter:
    converter = Converter(detailed_validation=False)

    def structure_fn(shape: Any, _: Converter) -> Callable[[Any, Any], Any]:
        fields = shape_fields(shape)
        names: Any = {field.name: override(rename=wire_name(field)) for field in fields}
        required = [wire_name(field) for field in fields if field.default is attrs.NOTHING]
        structure_members = make_dict_structure_fn(
            shape,
            converter,
            _cattrs_detailed_validation=False,
            response_metadata=override(omit=True),
            **names,
        )

        def structure_shape(value: Any, _: Any) -> Any:
            if not isinstance(value, Mapping):
                return value
            members = dict.fromkeys(required)
            members.update((key, part) for key, part in value.items() if part is not None)
            return structure_members(members, shape)

        return structure_shape

    def value_fn(annotation: Any) -> Callable[[Any, Any], Any]:
        return _value_decoder(annotation, converter)

    converter.register_structure_hook_factory(lambda _: True, value_fn)
    for scalar in (str, int, float, bool):  # cattrs would convert None to "None"
        converter.register_structure_hook(scalar, _decode_scalar)
    converter.register_structure_hook_factory(is_shape, structure_fn)
    return converter


def _value_decoder(annotation: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return the lenient decoder of a type; values of another type are kept unchanged."""
    kind, traits = core_type(annotation)
    origin, arguments = get_origin(kind), get_args(kind)
    if is_document(traits):
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
        return lambda value, _: _decode_scalar(value, kind)
    decoders: dict[Any, Callable[[Any, Any], Any]] = {bytes: _decode_blob, datetime: _decode_timestamp}
    return decoders.get(kind, _keep)


def _keep(value: Any, _: Any) -> Any:
    return value


def _decode_scalar(value: Any, kind: Any) -> Any:
    """Decode as the fast decoder does: a number may be text, nothing else is converted."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return value


def _decode_blob(value: Any, _: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value


def _decode_timestamp(value: Any, _: Any) -> Any:
    return read_timestamp(value)
