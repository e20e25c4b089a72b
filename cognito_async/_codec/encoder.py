"""Validates attrs instances and dicts in wire form, and converts them to the wire form.

For each type and set of rules, an encoder function is built once. It raises all problems of its value;
callers put their part of the path in front and continue, so that one error reports all problems of a request.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

import attrs

from cognito_async._codec.scalars import (
    Encoder,
    blob_encoder,
    count,
    decimal,
    encode_api_timestamp,
    encode_bool,
    encode_datetime,
    encode_iso_timestamp,
    number_encoder,
    plain_number,
    string_encoder,
)
from cognito_async._codec.validation import Problem, ValidationFailed, invalid
from cognito_async._errors import InvalidRequestError
from cognito_async._messages import did_you_mean, safe_repr
from cognito_async._model import (
    ACCEPTS_MAPPING,
    NEGATIVE_NUMBERS,
    Minimum,
    MinLength,
    Shape,
    is_document,
    mask,
    mask_unless_shape,
)
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

Form = Literal["api", "python", "text"]


class Rules(NamedTuple):
    """What an encoder does besides the conversion."""

    form: Form
    """Form of timestamps and blobs.

    ``api``: seconds since 1970 and base64, as the service expects. ``python``: datetimes and bytes, as in
    boto3. ``text``: ISO 8601 and base64.
    """

    required: bool
    """Whether members without a default must be present."""

    minimum: bool
    """Whether minimum lengths and values are checked. Maximum, pattern and enum are left to the service."""

    from_text: bool = False
    """Whether blobs may be base64."""

    ignore_unknown: bool = False
    """Whether unknown members of dicts are left out; otherwise they are a problem."""

    keep_invalid: bool = False
    """Whether a value of the wrong type is kept unchanged; otherwise it is a problem."""


STRICT_JSON = Rules(form="api", required=True, minimum=True)
STRICT_PYTHON = Rules(form="python", required=True, minimum=False)
LENIENT_PYTHON = Rules(form="python", required=False, minimum=False)
LENIENT_TEXT = LENIENT_PYTHON._replace(form="text")


def unstructure(value: object, shape: Any, rules: Rules) -> Any:
    """Validate an instance or a dict in wire form, and return its wire form.

    Raises:
        InvalidRequestError: Names each invalid member by its path.
    """
    try:
        return structure_encoder(shape, rules)(value)
    except ValidationFailed as failed:
        problems = [str(problem) for problem in failed.problems]
    except RecursionError:
        problems = ["nested too deeply, or within itself"]
    raise InvalidRequestError(shape.__name__, problems)  # here: ValidationFailed holds the values


class _Member(NamedTuple):
    name: str
    wire: str
    encode: Encoder
    required: bool
    secret: bool


def _members(shape: type[Shape], rules: Rules) -> list[_Member]:
    return [
        _Member(
            name=field.name,
            wire=wire_name(field),
            encode=_encoder(field.type, rules),
            required=rules.required and field.default is attrs.NOTHING,
            secret=field.repr in (mask, mask_unless_shape),
        )
        for field in shape_fields(shape)
    ]


@cache
def structure_encoder(shape: Any, rules: Rules) -> Encoder:
    """Return the function that validates and converts instances of a shape."""
    members = {member.wire: member for member in _members(shape, rules)}
    encoders = [(member.name, wire, member.encode, member.required) for wire, member in members.items()]

    def encode(value: Any) -> dict[str, Any]:
        """Fast path; on any problem, ``_encode_and_collect_problems`` reports it."""
        if not isinstance(value, shape):
            return _encode_and_collect_problems(value, shape, members, rules)
        wire: dict[str, Any] = {}
        try:
            for name, key, encode_member, required in encoders:
                part = getattr(value, name)
                if part is not None:
                    wire[key] = encode_member(part)
                elif required:
                    return _encode_and_collect_problems(value, shape, members, rules)
        except ValidationFailed:
            return _encode_and_collect_problems(value, shape, members, rules)
        return wire

    return encode


def _encode_and_collect_problems(
    value: Any, shape: Any, members: Mapping[str, _Member], rules: Rules
) -> dict[str, Any]:
    """Encode an instance or a dict, and raise all its problems with their paths."""
    parts: list[tuple[str, _Member | None, Any]]
    if isinstance(value, shape):
        parts = [(member.name, member, getattr(value, member.name)) for member in members.values()]
    elif isinstance(value, Mapping):
        parts = [(key, members.get(key), part) for key, part in value.items()]
        parts += [(key, m, None) for key, m in members.items() if m.required and key not in value]
    else:
        # Without the value: a string may be a whole request.
        raise invalid(f"expected {shape.__name__} or a dict in wire form, got {type(value).__name__}")
    wire: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, member, part in parts:
        if member is None:
            if rules.ignore_unknown:
                continue
            hint = did_you_mean(name, members) or ","
            rule = f"unknown member{hint} {shape.__name__} has {', '.join(members) or 'none'}"
            problems.append(Problem(f".{name}", rule))
        elif part is not None:
            try:
                wire[member.wire] = member.encode(part)
            except ValidationFailed as failed:
                problems += [p.nested(f".{name}", secret=member.secret) for p in failed.problems]
        elif member.required:
            problems.append(Problem(f".{name}", "required, but missing or None"))
    if problems:
        raise ValidationFailed(*problems)
    return wire


def _encoder(annotation: Any, rules: Rules) -> Encoder:
    """Return the encoder of an annotated type."""
    encode = _validating_encoder(annotation, rules)
    return _keeping_encoder(encode) if rules.keep_invalid else encode


def _keeping_encoder(encode: Encoder) -> Encoder:
    def encode_or_keep(value: Any) -> Any:
        try:
            return encode(value)
        except ValidationFailed:
            return value

    return encode_or_keep


_TIMESTAMP_ENCODERS: Mapping[Form, Encoder] = {
    "api": encode_api_timestamp,
    "python": encode_datetime,
    "text": encode_iso_timestamp,
}


def _validating_encoder(annotation: Any, rules: Rules) -> Encoder:
    kind, traits = core_type(annotation)
    min_length = next((trait.length for trait in traits if isinstance(trait, MinLength)), 0)
    minimum = next((trait.value for trait in traits if isinstance(trait, Minimum)), None)
    if not rules.minimum:
        min_length, minimum = 0, None
    if is_document(traits):
        return _document_encoder(negative=NEGATIVE_NUMBERS in traits or not rules.minimum)
    if is_shape(kind):
        return structure_encoder(kind, rules)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Sequence:
        encode_other = _attributes_encoder(arguments[0], rules) if ACCEPTS_MAPPING in traits else _reject
        return _list_encoder(_encoder(arguments[0], rules), min_length, encode_other)
    if origin is Mapping:
        return _map_encoder(_encoder(arguments[0], rules), _encoder(arguments[1], rules))
    if kind is str or origin is Literal:
        return string_encoder(min_length)
    if kind in (int, float):
        return number_encoder(kind, minimum)
    return {
        bool: encode_bool,
        bytes: blob_encoder(to_text=rules.form != "python", from_text=rules.from_text),
        datetime: _TIMESTAMP_ENCODERS[rules.form],
    }[kind]


def _reject(value: Any) -> list[Any]:
    raise invalid("expected a list", value)


def _list_encoder(
    encode_item: Encoder, min_length: int, encode_other: Callable[[Any], list[Any]] = _reject
) -> Encoder:
    def encode(value: Any) -> list[Any]:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes | bytearray | memoryview):
            return encode_other(value)
        if len(value) < min_length:
            raise invalid(f"expected at least {count(min_length, 'item')}, got {len(value)}")
        items: list[Any] = []
        problems: list[Problem] = []
        for index, item in enumerate(value):
            try:
                items.append(encode_item(item))
            except ValidationFailed as failed:
                problems += [problem.nested(f"[{index}]") for problem in failed.problems]
        if problems:
            raise ValidationFailed(*problems)
        return items

    return encode


_UPDATED_AT = "updated_at"
"""The claim of OpenID Connect that is a number of seconds since 1970."""


def _attributes_encoder(shape: Any, rules: Rules) -> Callable[[Any], list[Any]]:
    """Return the encoder of a mapping of names to values, given in place of a list of attributes."""
    name, value = _members(core_type(shape)[0], rules)
    encode_text = value.encode

    def encode_value(part: Any) -> Any:
        if isinstance(part, bool):
            return "true" if part else "false"
        if isinstance(part, int):
            return decimal(part)
        if isinstance(part, str):
            return encode_text(part)
        if isinstance(part, datetime):
            raise invalid(f"expected a date; a datetime with time zone is for {_UPDATED_AT}", part)
        if isinstance(part, date):
            return part.isoformat()
        raise invalid("expected str, bool, int, date or None", part)

    encode_map = _map_encoder(name.encode, lambda part: None if part is None else encode_value(part))

    def encode(attributes: Any) -> list[Any]:
        if not isinstance(attributes, Mapping):
            raise invalid("expected a list, or a mapping of names to values", attributes)
        updated_at = attributes.get(_UPDATED_AT)
        if isinstance(updated_at, datetime) and updated_at.tzinfo is not None:
            attributes = {**attributes, _UPDATED_AT: math.floor(updated_at.timestamp())}
        entries = encode_map(attributes).items()
        return [{name.wire: key, value.wire: part} for key, part in entries if part is not None]

    return encode


def _map_encoder(encode_key: Encoder, encode_value: Encoder) -> Encoder:
    def encode(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise invalid("expected a dict", value)
        entries: dict[str, Any] = {}
        problems: list[Problem] = []
        for key, entry in value.items():
            try:
                entries[encode_key(key)] = encode_value(entry)
            except ValidationFailed as failed:
                path = f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{safe_repr(key)}]"
                problems += [problem.nested(path) for problem in failed.problems]
        if problems:
            raise ValidationFailed(*problems)
        return entries

    return encode


def _document_encoder(*, negative: bool) -> Encoder:
    def encode(value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            number = plain_number(value)
            if number < 0 and not negative:
                raise invalid("expected a number of at least 0", value)
            return number
        if isinstance(value, str):
            return encode_text(value)
        if isinstance(value, Mapping):
            return encode_map(value)
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
            return encode_list(value)
        raise invalid("expected a JSON value (None, bool, int, float, str, list or dict)", value)

    encode_text = string_encoder(0)
    encode_list = _list_encoder(encode, 0)
    encode_map = _map_encoder(encode_text, encode)
    return encode
