"""The whole reference in one Markdown file, for tools that read it; other spellings of operations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from codegen.annotations import parameter_annotation, plain_annotation
from codegen.docstrings import member_text
from codegen.ir import Api, Role
from codegen.reference.examples import example_calls
from codegen.reference.markup import error_tree, facts
from codegen.reference.pages import common_errors, short_title
from codegen.render import environment, parameters


def spellings(api: Api) -> dict[str, tuple[str, str]]:
    """Return the names of each operation in the API and in the AWS CLI, by method."""
    return {operation.method: (operation.name, cli_name(operation.name)) for operation in api.operations}


def cli_name(operation: str) -> str:
    """Return the name of an operation in the AWS CLI."""
    name: str = xform_name(operation, "-")
    return name


def single_file(api: Api, version: str) -> str:
    """Return the reference as Markdown: operations and shapes by area, known values and errors."""
    environment_ = environment()
    filters: dict[str, Any] = {"cli_name": cli_name, "code": code}
    helpers: dict[str, Any] = {
        "facts": facts,
        "member_text": member_text,
        "parameter_annotation": parameter_annotation,
        "parameters": parameters,
        "plain_annotation": plain_annotation,
        "short_title": short_title,
        "nested": Role.NESTED,
    }
    environment_.filters.update(filters)
    environment_.globals.update(helpers)
    context: Mapping[str, Any] = {
        "api": api,
        "version": version,
        "examples": example_calls(api),
        "tree": error_tree(),
        "common": common_errors(api),
    }
    text = environment_.get_template("reference/single_file.md.jinja").render(context)
    parts = text.split("```")
    parts[::2] = [re.sub(r"\n{3,}", "\n\n", part) for part in parts[::2]]  # not in code
    return "```".join(parts).strip() + "\n"


def code(text: str) -> str:
    """Return reStructuredText of ours as Markdown: code in single backticks, and bare links."""
    text = re.sub(r"`([^`<]+) <([^>]+)>`__", r"[\1](\2)", text)
    return text.replace("``", "`")
