"""Builds a request from command line arguments: names in any spelling, values by the type of the member.

Messages of this module never quote a value, because it may be a password. Those of ``from_wire`` do, except
for secret members.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import attrs

from cognito_async import types
from cognito_async._cli.options import UsageError
from cognito_async._messages import did_you_mean, normalize_name
from cognito_async._model import Request, is_document
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

_SUFFIX = "Request"
_NAME = re.compile(r"[A-Za-z][\w-]{0,63}", re.ASCII)


class Inputs:
    """Reads values that are not on the command line: files, standard input, prompts."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self.ask = ask
        self._is_stdin_read = False

    def read(self, source: str, path: str) -> bytes:
        """Return the content of a file, or of standard input for ``-``."""
        if source == "-":
            if self._is_stdin_read:
                raise UsageError(f"{path}: another option has already read standard input")
            self._is_stdin_read = True
            return sys.stdin.buffer.read()
        try:
            return Path(source).read_bytes()
        except OSError as error:
            # Without the name: it may be a password that starts with @.
            raise UsageError(
                f"{path}: the file after @ cannot be read ({error.strerror}); write @@ for a leading @"
            ) from None


def find_operation(name: str) -> type[Request[Any]]:
    """Return the class of an operation's request.

    Raises:
        UsageError: There is no operation of this name.
    """
    spellings = {
        normalize_name(cls.removesuffix(_SUFFIX)): cls for cls in dir(types) if cls.endswith(_SUFFIX)
    }
    class_name = spellings.get(normalize_name(name))
    if class_name is None:
        names = [cls.removesuffix(_SUFFIX) for cls in spellings.values()]
        raise UsageError(f"there is no operation {_quoted(name)}{did_you_mean(name, names)}")
    request: type[Request[Any]] = getattr(types, class_name)
    return request


def make_request(
    shape: type[Request[Any]],
    document: str | None,
    params: Sequence[str],
    asked: Sequence[str],
    inputs: Inputs,
) -> Request[Any]:
    """Return the request for a JSON document and single members, which take precedence.

    Raises:
        UsageError: A name or a value is invalid; names its path.
        InvalidRequestError: The members do not form a valid request.
    """
    wire = {} if document is None else _document(shape, document, inputs)
    members: dict[str, Any] = {}
    for param in params:
        name, equals, text = param.partition("=")
        if not equals:
            raise UsageError("--param: expected NAME=VALUE, but one has no =")
        member = _find_member(shape, name)
        _add(members, member, _value(member, text, inputs))
    for name in asked:
        member = _find_member(shape, name)
        _add(members, member, _read(member.type, wire_name(member), inputs.ask(wire_name(member))))
    return shape.from_wire(wire | members)


def _document(shape: type[Request[Any]], text: str, inputs: Inputs) -> dict[str, Any]:
    if text == "-" or text.startswith("@"):
        text = _text(inputs.read(text.removeprefix("@"), "--json"), "--json")
    wire = _json(text, "--json")
    if not isinstance(wire, dict):
        raise UsageError('--json: expected an object such as {"UserPoolId": "eu-west-1_AbC123"}')
    names = [wire_name(member) for member in shape_fields(shape)]
    for name in wire:
        if name not in names:
            raise UsageError(f"--json: {_unknown(shape, name)}")
    converted: dict[str, Any] = _with_bytes(shape, wire, "")
    return converted


def _with_bytes(annotation: Any, value: Any, path: str) -> Any:
    """Convert the base64 of blobs to bytes; the codec converts everything else."""
    kind, _ = core_type(annotation)
    if kind is bytes and isinstance(value, str):
        return _blob(value, path)
    if is_shape(kind) and isinstance(value, Mapping):
        kinds = {wire_name(member): member.type for member in shape_fields(kind)}
        return {
            key: _with_bytes(kinds.get(key), part, f"{path}.{key}" if path else key)
            for key, part in value.items()
        }
    if get_origin(kind) is Sequence and isinstance(value, list):
        return [_with_bytes(get_args(kind)[0], part, f"{path}[{index}]") for index, part in enumerate(value)]
    return value


def _find_member(shape: type[Request[Any]], name: str) -> attrs.Attribute[Any]:
    for member in shape_fields(shape):
        if normalize_name(name) in (normalize_name(member.name), normalize_name(wire_name(member))):
            return member
    raise UsageError(_unknown(shape, name))


def _unknown(shape: type[Request[Any]], name: str) -> str:
    names = [wire_name(member) for member in shape_fields(shape)]
    operation = shape.operation.name
    hint = did_you_mean(name, names) or "."
    return f"{operation} has no member {_quoted(name)}{hint} It has {', '.join(names)}."


def _add(members: dict[str, Any], member: attrs.Attribute[Any], value: Any) -> None:
    """Add a member; a list of strings or numbers may be given one item at a time."""
    key = wire_name(member)
    if key not in members:
        members[key] = value
    elif _is_list_of_scalars(member.type):
        members[key] += value
    else:
        raise UsageError(f"{key}: given twice")


def _is_list_of_scalars(annotation: Any) -> bool:
    kind, _ = core_type(annotation)
    return get_origin(kind) is Sequence and _is_scalar(get_args(kind)[0])


def _is_scalar(annotation: Any) -> bool:
    kind, traits = core_type(annotation)
    return not is_document(traits) and (kind in (str, int, float, bool) or get_origin(kind) is Literal)


def _value(member: attrs.Attribute[Any], text: str, inputs: Inputs) -> Any:
    """Return a value from the argument itself, or from the file that it names."""
    path = wire_name(member)
    if text.startswith("@@"):
        return _read(member.type, path, text[1:])
    if not text.startswith("@"):
        return _read(member.type, path, text)
    body = inputs.read(text[1:], path)
    if core_type(member.type)[0] is bytes:
        return body
    # Editors and echo add one line break at the end.
    return _read(member.type, path, _text(body, path).removesuffix("\n").removesuffix("\r"))


def _read(annotation: Any, path: str, text: str) -> Any:
    """Convert text to the type of a member."""
    kind, traits = core_type(annotation)
    if _is_list_of_scalars(annotation) and not text.startswith("["):
        return [_read(get_args(kind)[0], path, text)]
    if not _is_scalar(annotation) and (kind is not bytes or is_document(traits)):
        return _with_bytes(annotation, _json(text, path), path)
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        if kind in (int, float):
            return kind(text)
    except (KeyError, ValueError):
        expected = "true or false" if kind is bool else "a number"
        raise UsageError(f"{path}: expected {expected}") from None
    return _blob(text, path) if kind is bytes else text


def _blob(text: str, path: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"{path}: expected base64") from None


def _text(body: bytes, path: str) -> str:
    try:
        return body.decode("utf-8-sig")  # editors on Windows add a byte order mark
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the content is not UTF-8 text") from None


def _json(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise UsageError(f"{path}: not JSON ({error.msg} at {where})") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: JSON with too long a number, or nested too deeply") from None


def _quoted(name: str) -> str:
    return repr(name) if _NAME.fullmatch(name) else "of this name"
