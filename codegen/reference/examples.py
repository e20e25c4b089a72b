"""Example calls of the operations, from the model and ``inputs/samples.toml``."""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import fields_dict, frozen

from codegen.ir import Api, EnumRef, Member, ModelError, Operation, raise_all
from codegen.load import load_samples
from codegen.pagination import own_parameters
from codegen.render import parameters

WIDTH = 88
"""Length of the lines, as ruff formats by default."""

_FILE = "samples.toml"
_ENDLESS = 100_000
_HEAD = "# pyright: reportUnusedVariable=false\nfrom cognito_async import CognitoClient, types\n"

Parts = Sequence[tuple[str, ast.expr]]
"""Texts of arguments or elements: what stands before the value, and the value."""


@frozen
class Sample:
    """What ``inputs/samples.toml`` has for an operation."""

    arguments: Mapping[str, str] = {}
    before: str = ""
    show: str = ""
    then: str | None = None
    item: str = ""


def example_calls(api: Api, samples: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return a call of each operation, by method; raises ModelError for values that are missing or unused."""
    given = load_samples() if samples is None else samples
    values, own = given["values"], given["operations"]
    raise_all(_problems(api, values, own))
    return {
        operation.method: _example(operation, values, Sample(**own.get(operation.name, {})))
        for operation in api.operations
    }


def example_module(api: Api) -> str:
    """Return a module with a function for each example, which type checkers and tests take."""
    functions = [
        f"async def {method}(client: CognitoClient) -> None:\n{textwrap.indent(code, '    ')}\n"
        for method, code in example_calls(api).items()
    ]
    return "\n\n".join([_HEAD, *functions])


def _problems(api: Api, values: Mapping[str, str], own: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    names = {operation.name for operation in api.operations}
    for name in sorted(set(own) - names):
        yield f"{_FILE}: the model has no operation {name}"
    used = set()
    for operation in api.operations:
        sample = own.get(operation.name, {})
        if unknown := sorted(set(sample) - set(fields_dict(Sample))):
            yield f"{_FILE}: [operations.{operation.name}] has {', '.join(unknown)}, which means nothing"
        arguments = sample.get("arguments", {})
        if unknown := sorted(set(arguments) - {member.name for member in _parameters(operation)}):
            yield f"{_FILE}: {operation.name} has no parameter {', '.join(unknown)}"
        for member in _parameters(operation):
            if member.required and member.name not in arguments:
                used.add(member.wire)
                if member.wire not in values and not isinstance(member.type, EnumRef):
                    yield f"{_FILE}: [values] needs {member.wire}, which {operation.name} requires"
        if operation.pagination and not sample.get("item"):
            yield f"{_FILE}: [operations.{operation.name}] needs item, the name of one item of the list"
    for wire in sorted(set(values) - used):
        yield f"{_FILE}: no operation needs {wire} of [values]"


def _parameters(operation: Operation) -> Sequence[Member]:
    return own_parameters(operation) if operation.pagination else parameters(operation)


def _example(operation: Operation, values: Mapping[str, str], sample: Sample) -> str:
    arguments = list(_arguments(operation, values, sample.arguments))
    lines = [sample.before] if sample.before else []
    if operation.pagination:
        start = f'pages = client.get_paginator("{operation.method}").paginate('
        lines += [_broken(start, arguments, ")", 0), f"async for {sample.item} in pages.items():"]
        lines.append(f"    print({sample.show or sample.item})")
        return "\n".join(lines)
    after = _after(operation, sample)
    result = "response = " if after else ""
    lines.append(_broken(f"{result}await client.{operation.method}(", arguments, ")", 0))
    return "\n".join([*lines, after] if after else lines)


def _after(operation: Operation, sample: Sample) -> str:
    """Return the lines that use the response."""
    if sample.then is not None:
        return sample.then.strip()
    if sample.show:
        return f"print({sample.show})"
    if operation.response is None or not operation.response.members:
        return ""
    return f"print(response.{operation.response.members[0].name})"


def _arguments(
    operation: Operation, values: Mapping[str, str], own: Mapping[str, str]
) -> Iterator[tuple[str, ast.expr]]:
    for member in _parameters(operation):
        text = own.get(member.name)
        if text is None and member.required:
            text = values.get(member.wire)
            if text is None and isinstance(member.type, EnumRef):
                text = json.dumps(member.type.values[0])
        if text is not None:
            yield f"{member.name}=", _parsed(text)


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ModelError(f"{_FILE}: {text!r} is not a Python expression") from error


def _text(node: ast.expr, indent: int, used: int) -> str:
    """Return an expression, on several lines if it does not fit after ``used`` characters."""
    match node:
        case ast.Call(func, arguments, keywords):
            parts = [("", argument) for argument in arguments]
            parts += [(f"{keyword.arg}=", keyword.value) for keyword in keywords]
            start, end = f"{ast.unparse(func)}(", ")"
        case ast.List(elements):
            parts, start, end = [("", element) for element in elements], "[", "]"
        case ast.Dict(keys, elements):
            names = [_text(key, 0, 0) for key in keys if key]
            parts = [(f"{name}: ", element) for name, element in zip(names, elements, strict=True)]
            start, end = "{", "}"
        case ast.Constant(str(value)):
            return repr(value) if '"' in value else json.dumps(value, ensure_ascii=False)
        case _:
            return ast.unparse(node)
    return _broken(start, parts, end, indent, used)


def _broken(start: str, parts: Parts, end: str, indent: int, used: int = 0) -> str:
    """Return parts in brackets: on one line, else as ruff formats them."""
    flat = ", ".join(name + _text(part, 0, -_ENDLESS) for name, part in parts)
    if used + len(start + flat + end) <= WIDTH or not parts:
        return start + flat + end
    inner = indent + 4
    margin = " " * inner
    if indent and end == ")" and inner + len(flat) <= WIDTH:
        lines = [margin + flat]
    else:  # the comma after each part needs a place too
        lines = [f"{margin}{name}{_text(part, inner, inner + len(name) + 1)}," for name, part in parts]
    return "\n".join([start, *lines, " " * indent + end])
