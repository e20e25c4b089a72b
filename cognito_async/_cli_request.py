"""From what is typed to a request: names in any spelling, values by the type of the member.

No message of this module quotes a value: it may be a password. What ``from_wire`` says of one that does not
fit quotes it, unless the member is a secret.
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
from cognito_async._annotations import core_type, is_shape, shape_fields, wire_name
from cognito_async._cli_run import UsageError
from cognito_async._model import Request, is_document
from cognito_async._problems import did_you_mean, plain

_SUFFIX = "Request"
_NAME = re.compile(r"[A-Za-z][\w-]{0,63}", re.ASCII)


class Inputs:
    """Reads what the command line only names: files, standard input, answers to a question."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self.ask = ask
        self._is_stdin_read = False

    def read(self, source: str, path: str) -> bytes:
        """Return all of a file, or of standard input for ``-``."""
        if source == "-":
            if self._is_stdin_read:
                raise UsageError(f"{path}: standard input is read already, by another option")
            self._is_stdin_read = True
            return sys.stdin.buffer.read()
        try:
            return Path(source).read_bytes()
        except OSError as error:
            # Without the name: a password that begins with @ would be shown.
            raise UsageError(
                f"{path}: the file after @ cannot be read ({error.strerror}); a value begins with @@ for an @"
            ) from None


def find_operation(name: str) -> type[Request[Any]]:
    """Return the class of an operation's request.

    Raises:
        UsageError: There is none of this name.
    """
    spellings = {plain(cls.removesuffix(_SUFFIX)): cls for cls in dir(types) if cls.endswith(_SUFFIX)}
    found = spellings.get(plain(name))
    if found is None:
        names = [cls.removesuffix(_SUFFIX) for cls in spellings.values()]
        raise UsageError(f"there is no operation {_quoted(name)}{did_you_mean(name, names)}")
    request: type[Request[Any]] = getattr(types, found)
    return request


def make_request(
    shape: type[Request[Any]],
    document: str | None,
    params: Sequence[str],
    asked: Sequence[str],
    inputs: Inputs,
) -> Request[Any]:
    """Make a request of a JSON document and of single members, which go before those of the document.

    Raises:
        UsageError: A name or a value makes no sense; names its path.
        InvalidRequestError: The members do not make a request.
    """
    wire = {} if document is None else _document(shape, document, inputs)
    given: dict[str, Any] = {}
    for param in params:
        name, equals, text = param.partition("=")
        if not equals:
            raise UsageError("--param: expected NAME=VALUE, and one has no =")
        member = _find_member(shape, name)
        _add(given, member, _value(member, text, inputs))
    for name in asked:
        member = _find_member(shape, name)
        _add(given, member, _read(member.type, wire_name(member), inputs.ask(wire_name(member))))
    return shape.from_wire(wire | given)


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
    """Turn the base64 of blobs into bytes, and leave all else to the codec."""
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
        if plain(name) in (plain(member.name), plain(wire_name(member))):
            return member
    raise UsageError(_unknown(shape, name))


def _unknown(shape: type[Request[Any]], name: str) -> str:
    names = [wire_name(member) for member in shape_fields(shape)]
    operation = shape.operation.name
    hint = did_you_mean(name, names) or "."
    return f"{operation} has no member {_quoted(name)}{hint} It has {', '.join(names)}."


def _add(given: dict[str, Any], member: attrs.Attribute[Any], value: Any) -> None:
    """Take a member; those of a list of texts or numbers may come one by one."""
    key = wire_name(member)
    if key not in given:
        given[key] = value
    elif _is_list_of_scalars(member.type):
        given[key] += value
    else:
        raise UsageError(f"{key}: given twice")


def _is_list_of_scalars(annotation: Any) -> bool:
    kind, _ = core_type(annotation)
    return get_origin(kind) is Sequence and _is_scalar(get_args(kind)[0])


def _is_scalar(annotation: Any) -> bool:
    kind, marks = core_type(annotation)
    return not is_document(marks) and (kind in (str, int, float, bool) or get_origin(kind) is Literal)


def _value(member: attrs.Attribute[Any], text: str, inputs: Inputs) -> Any:
    """Read a value where it stands: in the argument, or in the file that it names."""
    path = wire_name(member)
    if text.startswith("@@"):
        return _read(member.type, path, text[1:])
    if not text.startswith("@"):
        return _read(member.type, path, text)
    body = inputs.read(text[1:], path)
    if core_type(member.type)[0] is bytes:
        return body
    # One line break at the end is the editor's, or that of echo.
    return _read(member.type, path, _text(body, path).removesuffix("\n").removesuffix("\r"))


def _read(annotation: Any, path: str, text: str) -> Any:
    """Convert a text to what a member takes."""
    kind, marks = core_type(annotation)
    if _is_list_of_scalars(annotation) and not text.startswith("["):
        return [_read(get_args(kind)[0], path, text)]
    if not _is_scalar(annotation) and (kind is not bytes or is_document(marks)):
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
        return body.decode("utf-8-sig")  # editors on Windows begin with a mark
    except UnicodeDecodeError:
        raise UsageError(f"{path}: what was read is not UTF-8 text") from None


def _json(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise UsageError(f"{path}: not JSON ({error.msg} at {where})") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: JSON with a number too long, or nested too deeply") from None


def _quoted(name: str) -> str:
    return repr(name) if _NAME.fullmatch(name) else "of the name that was given"
