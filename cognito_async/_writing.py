"""From attrs instances and wire-shaped dicts to the wire form, checked on the way.

Every type becomes a function once, for each set of rules. A function that refuses a value raises all the
problems it found; those above add their step of the path and go on looking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

import attrs

from cognito_async._annotations import core_type, is_shape, shape_fields, wire_name
from cognito_async._errors import InvalidRequestError
from cognito_async._model import (
    ATTRIBUTES,
    NEGATIVE_NUMBERS,
    AtLeast,
    Shape,
    is_document,
    mask,
    mask_unless_shape,
)
from cognito_async._problems import Problem, RefusedError, did_you_mean, refuse, shown
from cognito_async._scalars import (
    Writer,
    blob_writer,
    count,
    decimal,
    number_writer,
    plain_number,
    string_writer,
    timestamp_writer,
    write_bool,
)


class Rules(NamedTuple):
    """What a writer does besides converting."""

    to_json: bool
    """Timestamps become numbers, blobs base64; else they stay datetimes and bytes, as with boto3."""

    required: bool
    """Members without default have to be there."""

    minimum: bool
    """Minimum lengths and values hold. Maximum, pattern and enum are left to the service."""


SEND = Rules(to_json=True, required=True, minimum=True)
CHECK = Rules(to_json=False, required=True, minimum=False)
LENIENT = Rules(to_json=False, required=False, minimum=False)


def write(value: object, shape: Any, rules: Rules) -> Any:
    """Check an instance or a dict in wire form and return its wire form.

    Raises:
        InvalidRequestError: Names every member that does not fit, by its path.
    """
    try:
        return _structure_writer(shape, rules)(value)
    except RefusedError as refused:
        raise InvalidRequestError(shape.__name__, [str(problem) for problem in refused.problems]) from None
    except RecursionError:
        raise InvalidRequestError(shape.__name__, ["nested too deeply, or within itself"]) from None


class _Member(NamedTuple):
    name: str
    wire: str
    write: Writer
    required: bool
    secret: bool


def _members(shape: type[Shape], rules: Rules) -> list[_Member]:
    return [
        _Member(
            name=field.name,
            wire=wire_name(field),
            write=_writer(field.type, rules),
            required=rules.required and field.default is attrs.NOTHING,
            secret=field.repr in (mask, mask_unless_shape),
        )
        for field in shape_fields(shape)
    ]


@cache
def _structure_writer(shape: Any, rules: Rules) -> Writer:
    members = {member.wire: member for member in _members(shape, rules)}
    writers = [(member.name, wire, member.write, member.required) for wire, member in members.items()]

    def write(value: Any) -> dict[str, Any]:
        """Write an instance that fits with as little ado as there can be; leave all else to the other."""
        if not isinstance(value, shape):
            return _write_with_care(value, shape, members)
        wire: dict[str, Any] = {}
        try:
            for name, key, write, required in writers:
                part = getattr(value, name)
                if part is not None:
                    wire[key] = write(part)
                elif required:
                    return _write_with_care(value, shape, members)
        except RefusedError:
            return _write_with_care(value, shape, members)
        return wire

    return write


def _write_with_care(value: Any, shape: Any, members: Mapping[str, _Member]) -> dict[str, Any]:
    """Write an instance or a dict, and say of all that does not fit where it is."""
    parts: list[tuple[str, _Member | None, Any]]
    if isinstance(value, shape):
        parts = [(member.name, member, getattr(value, member.name)) for member in members.values()]
    elif isinstance(value, Mapping):
        parts = [(key, members.get(key), part) for key, part in value.items()]
        parts += [(key, m, None) for key, m in members.items() if m.required and key not in value]
    else:
        # Not shown: a text here may be a whole request.
        raise refuse(f"expected {shape.__name__} or a dict in wire form, got {type(value).__name__}")
    wire: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, member, part in parts:
        if member is None:
            hint = did_you_mean(name, members) or ","
            rule = f"unknown member{hint} {shape.__name__} has {_listed(members)}"
            problems.append(Problem(f".{name}", rule))
        elif part is not None:
            try:
                wire[member.wire] = member.write(part)
            except RefusedError as refused:
                problems += [p.below(f".{name}", secret=member.secret) for p in refused.problems]
        elif member.required:
            problems.append(Problem(f".{name}", "required, but missing or None"))
    if problems:
        raise RefusedError(*problems)
    return wire


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(names) or "none"


def _writer(annotation: Any, rules: Rules) -> Writer:
    """Return the function for values of an annotated type."""
    kind, marks = core_type(annotation)
    minimum = next((mark.minimum for mark in marks if isinstance(mark, AtLeast)), None)
    if not rules.minimum:
        minimum = None
    if is_document(marks):
        return _document_writer(negative=NEGATIVE_NUMBERS in marks or not rules.minimum)
    if is_shape(kind):
        return _structure_writer(kind, rules)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Sequence:
        write_other = _attributes_writer(arguments[0], rules) if ATTRIBUTES in marks else _refuse_list
        return _list_writer(_writer(arguments[0], rules), minimum or 0, write_other)
    if origin is Mapping:
        return _map_writer(_writer(arguments[0], rules), _writer(arguments[1], rules))
    if kind is str or origin is Literal:
        return string_writer(minimum or 0)
    if kind in (int, float):
        return number_writer(kind, minimum)
    return {
        bool: write_bool,
        bytes: blob_writer(to_json=rules.to_json),
        datetime: timestamp_writer(to_json=rules.to_json),
    }[kind]


def _refuse_list(value: Any) -> list[Any]:
    raise refuse("expected a list", value)


def _list_writer(
    write_item: Writer, minimum: int, write_other: Callable[[Any], list[Any]] = _refuse_list
) -> Writer:
    def write(value: Any) -> list[Any]:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes | bytearray | memoryview):
            return write_other(value)
        if len(value) < minimum:
            raise refuse(f"expected at least {count(minimum, 'item')}, got {len(value)}")
        items: list[Any] = []
        problems: list[Problem] = []
        for index, item in enumerate(value):
            try:
                items.append(write_item(item))
            except RefusedError as refused:
                problems += [problem.below(f"[{index}]") for problem in refused.problems]
        if problems:
            raise RefusedError(*problems)
        return items

    return write


def _attributes_writer(shape: Any, rules: Rules) -> Callable[[Any], list[Any]]:
    """Return the function for what stands in place of a list of attributes: a mapping of names to values."""
    name, value = _members(core_type(shape)[0], rules)
    write_text = value.write

    def write_value(part: Any) -> Any:
        if isinstance(part, bool):
            return "true" if part else "false"
        if isinstance(part, int):
            return decimal(part)
        if isinstance(part, str):
            return write_text(part)
        raise refuse("expected str, bool, int or None", part)

    write_map = _map_writer(name.write, lambda part: None if part is None else write_value(part))

    def write(attributes: Any) -> list[Any]:
        if not isinstance(attributes, Mapping):
            raise refuse("expected a list, or a mapping of names to values", attributes)
        entries = write_map(attributes).items()
        return [{name.wire: key, value.wire: part} for key, part in entries if part is not None]

    return write


def _map_writer(write_key: Writer, write_value: Writer) -> Writer:
    def write(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise refuse("expected a dict", value)
        entries: dict[str, Any] = {}
        problems: list[Problem] = []
        for key, entry in value.items():
            try:
                entries[write_key(key)] = write_value(entry)
            except RefusedError as refused:
                step = f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{shown(key)}]"
                problems += [problem.below(step) for problem in refused.problems]
        if problems:
            raise RefusedError(*problems)
        return entries

    return write


def _document_writer(*, negative: bool) -> Writer:
    def write(value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            number = plain_number(value)
            if number < 0 and not negative:
                raise refuse("expected a number of at least 0", value)
            return number
        if isinstance(value, str):
            return write_text(value)
        if isinstance(value, Mapping):
            return write_map(value)
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
            return write_list(value)
        raise refuse("expected a JSON value (None, bool, int, float, str, list or dict)", value)

    write_text = string_writer(0)
    write_list = _list_writer(write, 0)
    write_map = _map_writer(write_text, write)
    return write
