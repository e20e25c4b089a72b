"""Schemas of shapes for pydantic, which also serves FastAPI; only pydantic imports this module.

A shape validates instances and dicts in wire form, and is serialized to its wire form. Its JSON schema has
the members by their names in the API.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal, get_args, get_origin

import attrs
from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError
from pydantic_core import core_schema as pydantic_core_schema

from cognito_async._codec.codec import from_wire, to_wire
from cognito_async._errors import InvalidRequestError
from cognito_async._model import (
    ACCEPTS_MAPPING,
    Minimum,
    MinLength,
    Request,
    Shape,
    is_document,
    mask,
)
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

JSON = dict[str, Any]

_SCALARS: Mapping[Any, JSON] = {
    bool: {"type": "boolean"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    datetime: {"type": "string", "format": "date-time"},
    float: {"type": "number"},
    int: {"type": "integer"},
    str: {"type": "string"},
}

_ATTRIBUTES_BY_NAME: JSON = {
    "type": "object",
    "additionalProperties": {"type": ["string", "boolean", "integer", "null"]},
}

_PATH = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*|\[\d+\])*): ")
"""Path of a member at the start of a problem, such as ``Users[0].Username``; not of a key that is no name."""


def core_schema(shape: type[Shape]) -> CoreSchema:
    """Return pydantic's schema of a shape."""
    return pydantic_core_schema.no_info_plain_validator_function(
        partial(_validate, shape),
        # Under this name the JSON schema of a document that uses the shape several times has it once.
        ref=f"{shape.__module__}.{shape.__qualname__}:{id(shape)}",
        metadata={"pydantic_js_functions": [partial(_shape_schema, shape)]},
        serialization=pydantic_core_schema.plain_serializer_function_ser_schema(_serialize, info_arg=True),
    )


def _validate(shape: type[Shape], value: Any) -> Shape:
    if isinstance(value, shape):
        return value
    try:
        return from_wire(shape, value, unknown="error")
    except InvalidRequestError as error:
        details = [_error_details(problem) for problem in error.problems]
        raise ValidationError.from_exception_data(error.shape, details) from None


def _error_details(problem: str) -> InitErrorDetails:
    """Return a problem as pydantic's error, with the path of the member as its location."""
    located = _PATH.match(problem)
    path = located[1] if located else ""
    return InitErrorDetails(
        type=PydanticCustomError("wire_form", "{problem}", {"problem": problem.removeprefix(f"{path}: ")}),
        loc=tuple(int(step) if step.isdecimal() else step for step in re.findall(r"\w+", path)),
        # pydantic quotes the input, and it may contain secrets.
        input="***",
    )


def _serialize(value: Any, info: Any) -> Any:
    return to_wire(value, json=info.mode == "json") if isinstance(value, Shape) else value


def _shape_schema(shape: type[Shape], _: Any, handler: GetJsonSchemaHandler) -> JSON:
    members = shape_fields(shape) if hasattr(shape, "__attrs_attrs__") else []
    schema: JSON = {
        "type": "object",
        "title": shape.__name__,
        "properties": {wire_name(member): _member_schema(shape, member, handler) for member in members},
    }
    required = [wire_name(member) for member in members if member.default is attrs.NOTHING]
    if required:
        schema["required"] = required
    if shape.__doc__:
        schema["description"] = inspect.cleandoc(shape.__doc__)
    return schema


def _member_schema(shape: type[Shape], member: attrs.Attribute[Any], handler: GetJsonSchemaHandler) -> JSON:
    is_secret = member.repr is mask
    schema = _type_schema(member.type, handler, is_secret=is_secret)
    # A request is only sent, so OpenAPI may call its secrets "writeOnly". Nested shapes are also returned.
    return {**schema, "writeOnly": True} if is_secret and issubclass(shape, Request) else schema


def _type_schema(annotation: Any, handler: GetJsonSchemaHandler, *, is_secret: bool) -> JSON:
    kind, traits = core_type(annotation)
    nested: Callable[[Any], JSON] = partial(_type_schema, handler=handler, is_secret=is_secret)
    if is_document(traits):
        return {}
    if is_shape(kind):
        # As an item of a list, because the handler itself knows no definitions.
        schema: JSON = handler(pydantic_core_schema.list_schema(core_schema(kind)))["items"]
        return schema
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Sequence:
        array = {"type": "array", "items": nested(arguments[0]), **_limits(traits, "minItems")}
        accepts_mapping = ACCEPTS_MAPPING in traits and handler.mode == "validation"
        return {"anyOf": [array, _ATTRIBUTES_BY_NAME]} if accepts_mapping else array
    if origin is Mapping:
        return {"type": "object", "additionalProperties": nested(arguments[1])}
    if origin is Literal:
        # The service may add values: a client that is generated from the schema must accept them.
        return {"anyOf": [{"type": "string", "enum": list(arguments)}, {"type": "string"}]}
    password = {"format": "password"} if is_secret and kind is str else {}
    return {**_SCALARS[kind], **_limits(traits, "minLength"), **password}


def _limits(traits: tuple[object, ...], min_length: str) -> JSON:
    limits: JSON = {}
    for trait in traits:
        if isinstance(trait, MinLength):
            limits[min_length] = trait.length
        elif isinstance(trait, Minimum):
            limits["minimum"] = trait.value
    return limits
