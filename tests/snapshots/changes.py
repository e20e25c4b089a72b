"""Breaking changes between two snapshots, and their entries in the changelog."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from codegen.changelog import Definitions, describe_change

Change = tuple[str, str | None]
"""A removed name, or a name and a part of it that was removed, changed or became required."""


def read_stub(text: str) -> Definitions:
    """Return the names in a file of a snapshot, each with its parts: parameters, attributes or values."""
    definitions: Definitions = {}
    for node in ast.parse(text).body:
        match node:
            case ast.ImportFrom(module=str(home), names=names):
                definitions |= {alias.name: {"from": home} for alias in names}
            case ast.ClassDef(name=name, bases=bases):
                definitions[name] = {"class": ", ".join(map(ast.unparse, bases))}
                # An operation is a method of the client, in any mixin.
                owner = "" if name == "AllOperations" else f"{name}."
                for part in node.body:
                    definitions |= _member(part, owner, name, definitions)
            case _:
                definitions |= _member(node, "", "", definitions)
    return definitions


def _member(node: ast.stmt, owner: str, class_name: str, definitions: Definitions) -> Definitions:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            name = f"{owner}{node.name}()"
            if name in definitions:  # one more overload
                name = f"{owner}{node.name}({ast.unparse(node.args)})"
            return {name: _function(node)}
        case ast.AnnAssign(
            target=ast.Name(name), annotation=ast.Name("TypeAlias"), value=ast.expr() as value
        ):
            if isinstance(value, ast.Subscript) and ast.unparse(value.value) == "Literal":
                values = value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice]
                return {name: {ast.unparse(item): "" for item in values}}
            return {name: {"=": ast.unparse(value)}}
        case ast.AnnAssign(target=ast.Name(name), annotation=annotation, value=value):
            text = ast.unparse(annotation) + (f" = {ast.unparse(value)}" if value else "")
        case ast.Assign(targets=[ast.Name(name)], value=value):
            text = f"= {ast.unparse(value)}"
        case _:
            return {}
    return {class_name: definitions[class_name] | {name: text}} if class_name else {name: {"=": text}}


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += [*arguments.defaults, *arguments.kw_defaults]
    parts = {
        argument.arg: (ast.unparse(argument.annotation) if argument.annotation else "")
        + (f" = {ast.unparse(default)}" if default else "")
        for argument, default in zip([*positional, *arguments.kwonlyargs], defaults, strict=True)
        if argument.arg not in ("self", "cls")
    }
    order = ", ".join(argument.arg for argument in positional)
    kind = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return parts | {"def": f"{kind}({order})", "return": ast.unparse(node.returns) if node.returns else ""}


def breaking_changes(before: Definitions, after: Definitions) -> Iterator[Change]:
    """Yield the changes that may break a program."""
    removed = before.keys() - after.keys()
    for name in sorted(before):
        if name in removed:
            if name.partition(".")[0] not in removed - {name}:  # otherwise removed with its class
                yield name, None
            continue
        old, new = before[name], after[name]
        for part in [part for part in old if new.get(part) != old[part]]:
            yield name, part
        for part in new.keys() - old.keys():
            # Values of an alias have no text, and parts with a default are optional.
            if new[part] and "=" not in new[part] and not new[part].startswith("ClassVar"):
                yield name, part


def changelog_entries(changelog: str) -> list[str]:
    """Return the entries under Changed and Removed of ``[Unreleased]``."""
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE)
    groups = re.split(r"^### ", unreleased[1] if unreleased else "", flags=re.MULTILINE)[1:]
    chosen = "\n".join(group for group in groups if group.startswith(("Changed\n", "Removed\n")))
    return re.findall(r"^- .*(?:\n(?!- ).+)*", chosen, re.MULTILINE)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def is_named(change: Change, entries: list[str]) -> bool:
    """Return whether an entry has all names of a change in backticks."""
    name, part = change
    needed = _words(name) - {"__init__", "self"}
    if part is not None and part not in ("=", "class", "def", "from", "return"):
        needed |= _words(part)
    return any(needed <= _words(" ".join(re.findall(r"`([^`]+)`", entry))) for entry in entries)


def unnamed_changes(before: Mapping[str, str], after: Mapping[str, str], changelog: str) -> list[str]:
    """Return the missing entries of the changelog, with the file of the snapshot."""
    entries = changelog_entries(changelog)
    missing: list[str] = []
    for file in sorted(before):
        old, new = read_stub(before[file]), read_stub(after.get(file, ""))
        for name, part in breaking_changes(old, new):
            if is_named((name, part), entries):
                continue
            if part is None:
                missing.append(f"{file}: - `{name}`")
            elif part not in old[name]:
                missing.append(f"{file}: - `{name}`: `{part}` is required")
            else:
                lines = describe_change({name: {part: old[name][part]}}, {name: _only(part, new[name])})
                missing += [f"{file}: {line}" for line in lines if line.startswith("- ")]
    return missing


def _only(part: str, parts: dict[str, str]) -> dict[str, str]:
    return {part: parts[part]} if part in parts else {}
