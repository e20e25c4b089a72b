"""The command of each operation: an option for every member of its request."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, get_origin

import typer
from attrs import Attribute

from cognito_async._cli.commands.call import NOT_FROM_ENVIRONMENT, PAGING, call
from cognito_async._cli.docs import methods
from cognito_async._cli.help_page import Command, single_command, usage_exit
from cognito_async._cli.members import (
    is_paginated,
    is_required,
    is_secret,
    metavar,
    option_name,
    shapes_in,
    values_of,
)
from cognito_async._cli.options import completion_of, with_client_options
from cognito_async._messages import normalize_name
from cognito_async._model import Request
from cognito_async._model.fields import core_type, shape_fields, wire_name

_NAME = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
_LIST_OF_VALUES = re.compile(r" ?\b(Each )?(either|one of) \w+(, \w+)* or \w+\.$", re.IGNORECASE)
"""Sentence that an option with its values in the help does not need."""
_PREFIX = "member_"
_PANEL = "Members of the request"
_REQUIRED = "Required."


class OperationCommand(Command):
    """Accepts several values after the option of a list, as the AWS CLI does."""

    unexpected = (
        "unexpected arguments after the operation; pass members as --NAME VALUE or --param NAME=VALUE"
    )

    single: Collection[str] = ()
    """Options that take one value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        return super().parse_args(ctx, _repeated(args, self.params, self.single))


def _repeated(arguments: Sequence[str], parameters: Sequence[Any], single: Collection[str]) -> list[str]:
    """Repeat the option of a list in front of each of its values; other options take one value."""
    options = {name: each for each in parameters for name in (*each.opts, *each.secondary_opts)}
    result: list[str] = []
    rest = list(arguments)
    while rest:
        name = rest.pop(0)
        option = options.get(name)
        result.append(name)
        if name == "--":
            return result + rest
        if option is None or option.is_flag or not rest:
            continue
        result.append(rest.pop(0))
        if name in single and rest and not rest[0].startswith("-"):
            raise usage_exit(f"{name} takes one value; quote a value that contains spaces")
        while option.multiple and option.rich_help_panel == _PANEL and rest and not rest[0].startswith("-"):
            result += [name, rest.pop(0)]
    return result


def operation_command(shape: type[Request[Any]]) -> Any:
    """Return the command of an operation."""
    method = methods()[normalize_name(shape.operation.name)]
    docs = method.docs()
    members = shape_fields(shape)
    texts = {name: _in_shell_spelling(text, members) for name, text in docs.arguments.items()}
    parameters = [_parameter(shape, member, texts) for member in members]
    quota = shape.operation.quota
    counted = "" if quota is None else f"Counts towards the quota {quota}."
    parts = (docs.summary, docs.description, counted)
    text = "\n\n".join(_in_shell_spelling(part, members) for part in parts if part)
    without = () if is_paginated(members) else PAGING
    command = _command(method.command, text, shape, parameters, without)
    command.single = {option_name(member) for member in members if not _is_repeatable(member)}
    return command


def _is_repeatable(member: Attribute[Any]) -> bool:
    return get_origin(core_type(member.type)[0]) in (Sequence, Mapping)


def _in_shell_spelling(text: str, members: Sequence[Attribute[Any]]) -> str:
    """Write names of operations and of members as commands and options."""
    options = {member.name: option_name(member) for member in members}

    def spelled(match: re.Match[str]) -> str:
        name = match[0]
        return name.replace("_", "-") if name in _operations() else options.get(name, name)

    return _NAME.sub(spelled, text)


@cache
def _operations() -> frozenset[str]:
    return frozenset(method.name for method in methods().values())


def general_command() -> Any:
    """Return a command with the options that all operations have, for the help."""
    return _command("call", "", Request, [], PAGING)


def _command(
    name: str,
    text: str,
    shape: type[Request[Any]],
    parameters: list[inspect.Parameter],
    without: Sequence[str],
) -> Any:
    def run(options: Any, **arguments: Any) -> None:
        members = {each.name.removeprefix(_PREFIX): arguments.pop(each.name) for each in parameters}
        passed = {name: value for name, value in members.items() if value not in (None, [])}
        call(shape=shape, members=passed, options=options, **arguments)

    signature = inspect.signature(call, eval_str=True)
    own = [each for each in signature.parameters.values() if each.name not in ("shape", "members")]
    vars(run)["__signature__"] = signature.replace(parameters=own)
    return single_command(
        with_client_options(run, more=parameters, without=without), name, cls=OperationCommand, text=text
    )


def _parameter(
    shape: type[Request[Any]], member: Attribute[Any], texts: Mapping[str, str]
) -> inspect.Parameter:
    """Return the option of a member as a parameter that typer reads."""
    name = option_name(member)
    text = " ".join([*([_REQUIRED] if is_required(member) else []), texts.get(member.name, "")]).strip()
    values = values_of(member.type)
    if values and metavar(member.type).startswith("|".join(values)):
        text = _LIST_OF_VALUES.sub("", text)
    elif any(value not in text for value in values):
        text = f"{text} Known values: {', '.join(values)}.".strip()
    for structure in shapes_in(member.type):
        if metavar(member.type).startswith("KEY"):
            text = f"{text} Keys: {', '.join(map(wire_name, shape_fields(structure)))}."
    names: list[str] = [name]
    annotation: Any = list[str] | None
    extra: dict[str, Any] = {}
    if core_type(member.type)[0] is bool:
        names, annotation = [f"{name}/--no-{name.removeprefix('--')}"], bool | None
    else:
        extra["metavar"] = metavar(member.type)
    if member.name == "user_pool_id":
        extra["metavar"] = "ID"
        names.append("--pool")
        if shape.operation.name not in NOT_FROM_ENVIRONMENT:
            text = f"{text} Or from COGNITO_USER_POOL_ID."
    if is_secret(member):
        text = f"{text} A secret: --ask {name.removeprefix('--')} keeps it from the command line."
    if values:
        extra["autocompletion"] = completion_of(lambda: values)
    option = typer.Option(*names, help=text, rich_help_panel=_PANEL, show_default=False, **extra)
    return inspect.Parameter(
        _PREFIX + member.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[annotation, option],
    )
