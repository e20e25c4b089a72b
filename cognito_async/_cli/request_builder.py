"""Builds a request from command line arguments: names in any spelling, values by the type of the member.

``--param`` and ``--json`` read files as ``@FILE``; options named after members as ``file://FILE`` and
``fileb://FILE``, as in the AWS CLI. ``values`` converts the texts.

Messages of this module never quote a value, because it may be a password. Those of ``from_wire`` do, except
for secret members.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from attrs import Attribute, frozen

from cognito_async import types
from cognito_async._cli.docs import methods, names_spelled_like
from cognito_async._cli.errors import UsageError, quoted
from cognito_async._cli.members import is_required, is_secret, option_name, sample
from cognito_async._cli.values import convert, decode_text, is_list_of_values, parse_json, with_bytes
from cognito_async._codec.codec import encode
from cognito_async._messages import did_you_mean, normalize_name
from cognito_async._model import Request
from cognito_async._model.fields import core_type, shape_fields, wire_name

_SUFFIX = "Request"
_FILE, _BINARY_FILE = "file://", "fileb://"


@frozen(kw_only=True)
class Arguments:
    """What the command line says about a request."""

    document: str | None = None
    """The whole request as JSON."""

    params: Sequence[str] = ()
    """Members as ``NAME=VALUE``."""

    options: Mapping[str, Sequence[str] | bool] = {}
    """Members by their Python names, from options of their own; boolean ones as bool."""

    asked: Sequence[str] = ()
    """Names of members to prompt for."""

    defaults: Mapping[str, Any] = {}
    """Members by their Python names, for those that nothing else sets."""

    variables: Mapping[str, str] = {}
    """Environment variables of members by their Python names, for messages."""


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
        except (OSError, ValueError) as error:
            # Without the name: it may be a password that starts with @.
            reason = error.strerror if isinstance(error, OSError) else "its name has a null character"
            raise UsageError(
                f"{path}: the file after @ cannot be read ({reason}); write @@ for a leading @"
            ) from None

    def read_url(self, text: str, path: str) -> bytes:
        """Return the content of the file of ``file://FILE`` or ``fileb://FILE``."""
        try:
            return Path(text.partition("://")[2]).read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "its name has a null character"
            raise UsageError(f"{path}: the file after :// cannot be read ({reason})") from None


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
        hint = did_you_mean(name, names_spelled_like(name))
        raise UsageError(f"there is no operation {quoted(name)}{hint}")
    request: type[Request[Any]] = getattr(types, class_name)
    return request


def make_request(shape: type[Request[Any]], arguments: Arguments, inputs: Inputs) -> Request[Any]:
    """Return the request for a JSON document and single members, which take precedence.

    Raises:
        UsageError: A name or a value is invalid; names its path.
        InvalidRequestError: The members do not form a valid request.
    """
    document = arguments.document
    wire = {} if document is None else _document(shape, document, inputs)
    members: dict[str, Any] = {}
    for param in arguments.params:
        name, equals, text = param.partition("=")
        if not equals:
            raise UsageError("--param: expected NAME=VALUE, but one has no =")
        member = find_member(shape, name)
        _add(members, member, _value(member, text, inputs))
    for name, texts in arguments.options.items():
        member = find_member(shape, name)
        if isinstance(texts, bool):
            _add(members, member, texts)
        else:
            for text in texts:
                _add(members, member, _option(member, text, inputs))
    defaults = {wire_name(find_member(shape, name)): value for name, value in arguments.defaults.items()}
    asked = [find_member(shape, name) for name in arguments.asked]
    if asked:  # nobody is to type a secret for a request that is invalid without it
        trial = dict(members)
        for member in asked:
            _add(trial, member, sample(member))
        encode(_from_wire(shape, defaults | wire | trial, arguments))
    for member in asked:
        _add(members, member, convert(member.type, wire_name(member), inputs.ask(wire_name(member))))
    return _from_wire(shape, defaults | wire | members, arguments)


def _from_wire(shape: type[Request[Any]], members: Mapping[str, Any], arguments: Arguments) -> Request[Any]:
    """Return a request; if members are missing, name the options of all."""
    missing = [each for each in shape_fields(shape) if is_required(each) and wire_name(each) not in members]
    if missing:
        names = []
        for member in missing:
            variable = arguments.variables.get(member.name)
            names.append(option_name(member) + (f" (or {variable})" if variable else ""))
        command = methods()[normalize_name(shape.operation.name)].command
        raise UsageError(f"{command} needs {', '.join(names)}")
    return shape.from_wire(members)


def visible_secrets(shape: type[Request[Any]], arguments: Arguments) -> list[Attribute[Any]]:
    """Return the members whose secret is on the command line, where others can see it."""
    visible = [
        name for name, _, text in (each.partition("=") for each in arguments.params) if _is_literal(text)
    ]
    for name, texts in arguments.options.items():
        if not isinstance(texts, bool) and not all(text.startswith((_FILE, _BINARY_FILE)) for text in texts):
            visible.append(name)
    if arguments.document is not None and arguments.document.lstrip().startswith("{"):
        visible += parse_json(arguments.document, "--json")
    members = {member.name: member for member in (find_member(shape, name) for name in visible)}
    return [member for member in members.values() if is_secret(member)]


def _is_literal(text: str) -> bool:
    return text.startswith("@@") or not text.startswith("@")


def _document(shape: type[Request[Any]], text: str, inputs: Inputs) -> dict[str, Any]:
    if text.startswith(_FILE):
        text = decode_text(inputs.read_url(text, "--json"), "--json")
    elif text == "-" or text.startswith("@"):
        text = decode_text(inputs.read(text.removeprefix("@"), "--json"), "--json")
    wire = parse_json(text, "--json")
    if not isinstance(wire, dict):
        raise UsageError('--json: expected an object such as {"UserPoolId": "eu-west-1_AbC123"}')
    names = [wire_name(member) for member in shape_fields(shape)]
    for name in wire:
        if name not in names:
            raise UsageError(f"--json: {_unknown(shape, name)}")
    converted: dict[str, Any] = with_bytes(shape, wire, "")
    return converted


def find_member(shape: type[Request[Any]], name: str) -> Attribute[Any]:
    """Return the member of this name, in any spelling.

    Raises:
        UsageError: There is none.
    """
    for member in shape_fields(shape):
        if normalize_name(name) in (normalize_name(member.name), normalize_name(wire_name(member))):
            return member
    raise UsageError(_unknown(shape, name))


def _unknown(shape: type[Request[Any]], name: str) -> str:
    names = [wire_name(member) for member in shape_fields(shape)]
    operation = shape.operation.name
    hint = did_you_mean(name, names) or "."
    return f"{operation} has no member {quoted(name)}{hint} It has {', '.join(names)}."


def _add(members: dict[str, Any], member: Attribute[Any], value: Any) -> None:
    """Add a member; a list or a map may be given one item at a time."""
    key = wire_name(member)
    if key not in members:
        members[key] = value
    elif (
        get_origin(core_type(member.type)[0]) is Mapping
        and isinstance(value, dict)
        and isinstance(members[key], dict)
        and not members[key].keys() & value.keys()
    ):
        members[key] = members[key] | value
    elif is_list_of_values(member.type) and isinstance(value, list) and isinstance(members[key], list):
        members[key] = members[key] + value
    else:
        raise UsageError(f"{key}: given twice")


def _value(member: Attribute[Any], text: str, inputs: Inputs) -> Any:
    """Return a value of ``--param``: the text itself, or the content of the file that it names."""
    path = wire_name(member)
    if _is_literal(text):
        return convert(member.type, path, text.removeprefix("@") if text.startswith("@@") else text)
    return _content(member, inputs.read(text[1:], path))


def _option(member: Attribute[Any], text: str, inputs: Inputs) -> Any:
    """Return a value of an option named after the member: as in the AWS CLI."""
    path = wire_name(member)
    if text.startswith(_BINARY_FILE):
        return _content(member, inputs.read_url(text, path))
    if text.startswith(_FILE):
        text = decode_text(inputs.read_url(text, path), path).removesuffix("\n").removesuffix("\r")
    return convert(member.type, path, text)


def _content(member: Attribute[Any], body: bytes) -> Any:
    """Return a value from the content of a file."""
    if core_type(member.type)[0] is bytes:
        return body
    path = wire_name(member)
    # Editors and echo add one line break at the end.
    return convert(member.type, path, decode_text(body, path).removesuffix("\n").removesuffix("\r"))
