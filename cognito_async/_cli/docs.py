"""Descriptions from the package itself: docstrings of operations, texts below the attributes of classes."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from cognito_async._messages import normalize_name

_ENTRY = re.compile(r"    (\w+): (.*)")
_LITERAL = re.compile(r"``([^`]*)``")
# A list at the end of a text, such as the keys of a map; its items become parts of a sentence.
_FIRST_ITEM = re.compile(r":\n+ *- ")
_ITEM = re.compile(r"\n *- ")
# What only programs can do: a mapping in place of a list.
_FOR_PROGRAMS = re.compile(r" ?Also accepts a mapping of names to values:.*?None is not sent\.")


class OperationDocs(NamedTuple):
    """The docstring of an operation, in parts; all are empty without docstrings (``python -OO``)."""

    summary: str = ""
    description: str = ""
    arguments: Mapping[str, str] = MappingProxyType({})
    errors: Mapping[str, str] = MappingProxyType({})
    source: str = ""


class Method(NamedTuple):
    """Where an operation is defined."""

    area: str
    mixin: str
    name: str

    @property
    def command(self) -> str:
        """The name on the command line, such as ``admin-get-user``."""
        return self.name.replace("_", "-")

    def docs(self) -> OperationDocs:
        """Return the docstring; loads the operations of the area."""
        mixin = getattr(import_module(f"cognito_async.operations.{self.area}"), self.mixin)
        return parse_docstring(inspect.getdoc(vars(mixin)[self.name]) or "")


@cache
def methods() -> dict[str, Method]:
    """Return all operations by their normalized names, sorted by name."""
    from cognito_async.operations import METHODS  # noqa: PLC0415  takes longer to load than the help to print

    found = [Method(area, mixin, name) for (area, mixin), names in METHODS.items() for name in names]
    return {normalize_name(method.name): method for method in sorted(found, key=lambda each: each.name)}


def operation_names(start: str) -> list[str]:
    """Return the names that start so, for completion: in the spelling of the start, else as commands."""
    return [name for name in names_spelled_like(start) if name.startswith(start)]


def names_spelled_like(name: str) -> list[str]:
    """Return the names of all operations in the spelling of a name: with capitals, underscores or hyphens."""
    if name != name.lower():
        from cognito_async import types  # noqa: PLC0415  needed for this spelling only

        suffix = "Request"
        return sorted(each.removesuffix(suffix) for each in dir(types) if each.endswith(suffix))
    if "_" in name:
        return [method.name for method in methods().values()]
    return [method.command for method in methods().values()]


def parse_docstring(doc: str) -> OperationDocs:
    """Split the docstring of an operation into its sections."""
    sections: dict[str, list[str]] = {"": []}
    lines = sections[""]
    for line in doc.splitlines():
        title, colon, rest = line.partition(":")
        if colon and title in ("Args", "Raises", "Source"):
            lines = sections[title] = [rest.strip()]
        else:
            lines.append(line)
    summary, _, description = "\n".join(sections[""]).partition("\n\n")
    return OperationDocs(
        plain(summary),
        plain(description),
        _entries(sections.get("Args", [])),
        _entries(sections.get("Raises", [])),
        "".join(sections.get("Source", [])).strip(),
    )


def _entries(lines: list[str]) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        entry = _ENTRY.fullmatch(line)
        if entry:
            name = entry[1]
            texts[name] = [entry[2]]
        elif name:
            texts[name].append(line)
    return {name: plain("\n".join(text)) for name, text in texts.items()}


def plain(text: str) -> str:
    """Return the text of a docstring for a terminal, on one line for each paragraph."""
    listed = _FIRST_ITEM.sub(": ", text)
    if listed != text:
        text = _ITEM.sub("; ", listed) + "."
    paragraphs = [" ".join(paragraph.split()) for paragraph in _LITERAL.sub(r"\1", text).split("\n\n")]
    return "\n\n".join(_FOR_PROGRAMS.sub("", paragraph) for paragraph in paragraphs).strip()


@cache
def attribute_docs(module: str) -> dict[str, dict[str, str]]:
    """Return the texts below the attributes of each class of a loaded module; empty without sources."""
    try:
        source = inspect.getsource(sys.modules[module])
    except OSError:
        return {}
    return {
        node.name: {
            attribute.target.id: inspect.cleandoc(doc.value.value)
            for attribute, doc in pairwise(node.body)
            if isinstance(attribute, ast.AnnAssign)
            and isinstance(attribute.target, ast.Name)
            and isinstance(doc, ast.Expr)
            and isinstance(doc.value, ast.Constant)
            and isinstance(doc.value.value, str)
        }
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }
