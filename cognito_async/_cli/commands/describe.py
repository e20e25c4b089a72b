"""``describe``: shows what an operation takes, returns and raises, with an example."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from attrs import Attribute

from cognito_async._cli.code_lines import examples_section
from cognito_async._cli.commands.operations import facts_of
from cognito_async._cli.docs import Method, attribute_docs, methods, operation_names, plain
from cognito_async._cli.formats import print_records, print_value
from cognito_async._cli.help_page import Section, page_width, render_page
from cognito_async._cli.members import (
    is_paginated,
    is_required,
    is_secret,
    limits_of,
    option_name,
    sample,
    shapes_in,
    type_text,
    values_of,
)
from cognito_async._cli.options import Format, output_option
from cognito_async._cli.program import program_name
from cognito_async._cli.request_builder import find_operation
from cognito_async._cli.runner import command
from cognito_async._messages import normalize_name
from cognito_async._model import Operation, Request
from cognito_async._model.fields import shape_fields, wire_name

_RETRIED = {
    True: "timeouts and server errors",
    False: "or if the request cannot have reached the service",
}
_SAMPLE_TIME = "datetime(2026, 1, 1, tzinfo=UTC)"


def describe(
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION",
            help="AdminGetUser, admin_get_user or admin-get-user.",
            autocompletion=operation_names,
        ),
    ],
    *,
    output: Annotated[Format, output_option("By default table.")] = Format.TABLE,
) -> None:
    """Show parameters, response and errors of an operation.

    Also its quota, whether it is signed and may be sent twice, and an example. Needs no network.
    """
    with command(debug=False):
        shape = find_operation(operation)
        method = methods()[normalize_name(shape.operation.name)]
        described = describe_operation(shape, method)
        if output is Format.TABLE:
            typer.echo(printable_page(described))
        elif output is Format.CSV:
            print_records(described["parameters"], output)
        else:
            print_value(described, output)


def describe_operation(shape: type[Request[Any]], method: Method) -> dict[str, Any]:
    """Return the description as JSON."""
    docs = method.docs()
    members = shape_fields(shape)
    facts = facts_of(method)
    response: Any = shape.operation.response
    texts = attribute_docs(response.__module__).get(response.__name__, {})
    return {
        "operation": method.command,
        "name": facts.name,
        "method": method.name,
        "area": method.area,
        "summary": docs.summary,
        "description": docs.description,
        "signed": facts.signed,
        "idempotent": shape.operation.idempotent,
        "paginated": is_paginated(members),
        **_quota_facts(shape.operation),
        "parameters": [_member(each, docs.arguments.get(each.name, "")) for each in members],
        "response": [_member(each, plain(texts.get(each.name, ""))) for each in shape_fields(response)],
        "structures": _structures(members),
        "errors": [{"name": name, "description": text} for name, text in docs.errors.items()],
        "shell_example": shell_example(method, members),
        "python_example": python_example(method, members),
        "source": docs.source,
    }


def _quota_facts(operation: Operation) -> dict[str, Any]:
    """Return the quota category, and the calls per second that the service allows by default.

    Rates are None without a quota; that of a pool also if pools have none.
    """
    from cognito_async.rate_limit._category import (  # noqa: PLC0415  loaded by this command only
        categories_of_challenges,
        default_rate,
        rate_per_pool,
    )

    return {
        "quota": operation.quota,
        "quota_rate": default_rate(operation),
        "quota_rate_per_pool": rate_per_pool(operation),
        "quota_of_challenges": categories_of_challenges(operation),
    }


def _quota_text(described: Mapping[str, Any]) -> str:
    if described["quota"] is None:
        return "AWS lists none"
    text = f"{described['quota']}: {described['quota_rate']} calls per second by default"
    text += ", for one account and Region"
    if described["quota_rate_per_pool"] is not None:
        text += f", and {described['quota_rate_per_pool']} of this operation for one user pool"
    for challenge, (category, rate) in described["quota_of_challenges"].items():
        text += f"; with {challenge}: {category}, {rate}"
    return text


def _member(member: Attribute[Any], text: str) -> dict[str, Any]:
    return {
        "name": wire_name(member),
        "python_name": member.name,
        "type": type_text(member.type),
        "required": is_required(member),
        "secret": is_secret(member),
        "values": list(values_of(member.type)),
        "min_length": limits_of(member.type).get("min_length"),
        "minimum": limits_of(member.type).get("minimum"),
        "description": text,
    }


def _structures(members: Sequence[Attribute[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the members of the structures that are in these members, at any depth."""
    found: dict[str, list[dict[str, Any]]] = {}
    pending = [shape for member in members for shape in shapes_in(member.type)]
    for shape in pending:  # grows while it is read
        if shape.__name__ not in found:
            parts = shape_fields(shape)
            texts = attribute_docs(shape.__module__).get(shape.__name__, {})
            found[shape.__name__] = [_member(part, plain(texts.get(part.name, ""))) for part in parts]
            pending += [each for part in parts for each in shapes_in(part.type)]
    return found


def shell_example(method: Method, members: Sequence[Attribute[Any]]) -> str:
    """Return a command that calls the operation with its required members."""
    words = [program_name(), "call", method.command]
    for member in members:
        if not is_required(member):
            continue
        value = sample(member)
        if is_secret(member):
            file = f"file://{option_name(member).removeprefix('--')}.json"
            words += (
                ["--ask", option_name(member)[2:]] if isinstance(value, str) else [option_name(member), file]
            )
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            words += [option_name(member), *map(shlex.quote, value)]
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            words += [option_name(member), shlex.quote(text)]
    return " ".join(words)


def python_example(method: Method, members: Sequence[Attribute[Any]]) -> str:
    """Return Python code that calls the operation with its required members."""
    arguments = [f"{member.name}={_literal(member)}" for member in members if is_required(member)]
    return f"await client.{method.name}({', '.join(arguments)})"


def _literal(member: Attribute[Any]) -> str:
    return _SAMPLE_TIME if type_text(member.type) == "time" else repr(sample(member))


def printable_page(described: Mapping[str, Any]) -> str:
    """Return the description for people."""
    facts = [
        ("signed", "with IAM credentials" if described["signed"] else "no; needs no IAM credentials"),
        ("retried", f"after throttling, {_RETRIED[described['idempotent']]}"),
    ]
    if described["paginated"]:
        facts.append(("pages", "a response is one page of a list; --all reads all pages"))
    facts.append(("quota", _quota_text(described)))
    if described["source"]:
        facts.append(("source", described["source"]))
    structures = [
        (name, "; ".join(_brief(part) for part in parts)) for name, parts in described["structures"].items()
    ]
    sections = [
        Section("Facts", facts),
        Section("Parameters", [_entry(each, "Required.") for each in described["parameters"]]),
        Section("Structures", structures),
        Section("Response", [_entry(each, "") for each in described["response"]]),
        Section("Errors", [(each["name"], each["description"]) for each in described["errors"]]),
    ]
    text = "\n\n".join([described["name"], described["summary"], described["description"]])
    width = page_width()
    page = render_page("", text, sections, width=width)
    return "\n\n".join(
        [page, examples_section(described["shell_example"], described["python_example"], width)]
    )


def _entry(member: Mapping[str, Any], required: str) -> tuple[str, str]:
    kind = f"{member['type'][0].upper()}{member['type'][1:]}."
    text = " ".join(part for part in (kind, required * member["required"], member["description"]) if part)
    if any(value not in text for value in member["values"]):
        text += f" Known values: {', '.join(member['values'])}."
    return member["name"], text


def _brief(member: Mapping[str, Any]) -> str:
    values = f" ({', '.join(member['values'])})" if member["values"] else ""
    return f"{member['name']}: {member['type']}{values}{', required' * member['required']}"
