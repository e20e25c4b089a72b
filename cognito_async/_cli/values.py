"""Converts the texts of a command line to values of members.

Messages of this module never quote a value, because it may be a password.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from cognito_async._cli.errors import UsageError
from cognito_async._cli.shorthand import ShorthandError, Tree, parse_shorthand
from cognito_async._messages import normalize_name
from cognito_async._model import ACCEPTS_MAPPING, is_document
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

_PAIR = {"Name", "Value"}
_NO_ATTRIBUTES = {*_PAIR, "value"}
"""Keys of one attribute; no attribute of a user has such a name."""


def is_list_of_values(annotation: Any) -> bool:
    """Return whether the type of a member is a list."""
    return get_origin(core_type(annotation)[0]) is Sequence


def is_scalar(annotation: Any) -> bool:
    """Return whether the type of a member has a plain text for each value."""
    kind, traits = core_type(annotation)
    return not is_document(traits) and (kind in (str, int, float, bool) or get_origin(kind) is Literal)


def convert(annotation: Any, path: str, text: str) -> Any:
    """Return the value of a member for a text: JSON, shorthand, or a plain text.

    A list may be given one item at a time.

    Raises:
        UsageError: The text is no value of this type; names the path.
    """
    kind, traits = core_type(annotation)
    if is_list_of_values(annotation) and not is_document(traits):
        return _items(annotation, path, text)
    if is_scalar(annotation):
        return _scalar(kind, path, text)
    if kind is bytes and not is_document(traits):
        return _blob(text, path)
    if is_document(traits) or text.lstrip().startswith(("{", "[")):
        return with_bytes(annotation, parse_json(text, path), path)
    if is_shape(kind) or get_origin(kind) is Mapping:
        return _from_tree(annotation, path, _parse(text, path))
    return text  # a time


def _items(annotation: Any, path: str, text: str) -> Any:
    kind, traits = core_type(annotation)
    (item,) = get_args(kind)
    start = text.lstrip()[:1]
    if start == "[":
        return with_bytes(annotation, parse_json(text, path), path)
    if start == "{" and ACCEPTS_MAPPING in traits:
        wire = parse_json(text, path)
        return [wire] if wire.keys() <= _PAIR else _names_and_values(wire, path)
    if not is_scalar(item) and start != "{":
        tree = _parse(text, path)
        if ACCEPTS_MAPPING in traits and not tree.keys() <= _PAIR:  # email=ana@example.com,name=Ana
            named = _names_and_values(tree, path).items()
            return [{"Name": name, "Value": _from_tree(str, path, value)} for name, value in named]
        return [_from_tree(item, path, tree)]
    return [convert(item, path, text)]


def _names_and_values(pairs: dict[str, Any], path: str) -> dict[str, Any]:
    """Return attributes as a map; a comma in a value must not make attributes of its parts."""
    if pairs.keys() & _NO_ATTRIBUTES:
        raise UsageError(f"{path}: expected Name=NAME,Value=VALUE; quote a value that contains a comma")
    return pairs


def _parse(text: str, path: str) -> dict[str, Tree]:
    try:
        return parse_shorthand(text)
    except ShorthandError as error:
        raise UsageError(f"{path}: neither JSON nor KEY=VALUE,KEY=VALUE ({error})") from None


def _from_tree(annotation: Any, path: str, tree: Tree) -> Any:
    """Convert what the shorthand says to the type of a member."""
    kind, _ = core_type(annotation)
    origin = get_origin(kind)
    if is_shape(kind) and isinstance(tree, dict):
        members = {normalize_name(wire_name(member)): member for member in shape_fields(kind)}
        wire: dict[str, Any] = {}
        for key, part in tree.items():
            member = members.get(normalize_name(key))
            if member is None:
                names = ", ".join(map(wire_name, members.values()))
                raise UsageError(
                    f"{path}: one of the keys is no member of {kind.__name__}, which has {names}"
                )
            name = wire_name(member)
            wire[name] = _from_tree(member.type, f"{path}.{name}", part)
        return wire
    if origin is Mapping and isinstance(tree, dict):
        return {key: _from_tree(get_args(kind)[1], path, part) for key, part in tree.items()}
    if origin is Sequence:
        items = tree if isinstance(tree, list) else [tree]
        return [_from_tree(get_args(kind)[0], f"{path}[{index}]", part) for index, part in enumerate(items)]
    if isinstance(tree, str):
        return convert(annotation, path, tree)
    raise UsageError(f"{path}: expected one value; quote it if it contains a comma")


def _scalar(kind: Any, path: str, text: str) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        if kind in (int, float):
            return kind(text)
    except (KeyError, ValueError):
        expected = "true or false" if kind is bool else "a number"
        raise UsageError(f"{path}: expected {expected}") from None
    return text


def with_bytes(annotation: Any, value: Any, path: str) -> Any:
    """Convert the base64 of blobs in JSON to bytes; the codec converts everything else."""
    kind, _ = core_type(annotation)
    if kind is bytes and isinstance(value, str):
        return _blob(value, path)
    if is_shape(kind) and isinstance(value, Mapping):
        kinds = {wire_name(member): member.type for member in shape_fields(kind)}
        return {
            key: with_bytes(kinds.get(key), part, f"{path}.{key}" if path else key)
            for key, part in value.items()
        }
    if get_origin(kind) is Sequence and isinstance(value, list):
        return [with_bytes(get_args(kind)[0], part, f"{path}[{index}]") for index, part in enumerate(value)]
    return value


def _blob(text: str, path: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"{path}: expected base64") from None


def decode_text(body: bytes, path: str) -> str:
    """Return the text of a file.

    Raises:
        UsageError: It is not UTF-8.
    """
    try:
        return body.decode("utf-8-sig")  # editors on Windows add a byte order mark
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the content is not UTF-8 text") from None


def parse_json(text: str, path: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        UsageError: It is not JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise UsageError(f"{path}: not JSON ({error.msg} at {where})") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: JSON with too long a number, or nested too deeply") from None
