"""Changelog entries of a new model: the differences of the generated code before and after."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

Definitions = dict[str, dict[str, str]]


def read_definitions(folder: Path) -> Definitions:
    """Return the classes, aliases and methods in a folder, each with its members and their types."""
    definitions: Definitions = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            definitions.update(_definitions(node))
    return definitions


def _definitions(node: ast.stmt) -> Iterator[tuple[str, dict[str, str]]]:
    match node:
        case ast.ClassDef(name=name) if name.endswith("Operations"):
            for part in node.body:
                if isinstance(part, ast.AsyncFunctionDef):
                    yield f"{part.name}()", _parameters(part)
        case ast.ClassDef(name=name) if name.endswith("Paginator"):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    yield f"{name}.{part.name}()", _parameters(part)
        case ast.ClassDef(name=name):
            yield name, dict(filter(None, map(_member, node.body)))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Subscript(slice=values)):
            items = values.elts if isinstance(values, ast.Tuple) else [values]
            yield name, {_source(item): "" for item in items}
        case _:
            pass


def _parameters(method: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    return {argument.arg: _source(argument.annotation) for argument in method.args.kwonlyargs}


def _member(node: ast.stmt) -> tuple[str, str] | None:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if not name.startswith("_"):
            return name, _source(annotation)
        case ast.FunctionDef(decorator_list=[ast.Name("property")], name=name, returns=returns):
            return name, _source(returns)
        case _:
            return None


def _source(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


def describe_change(before: Definitions, after: Definitions) -> list[str]:
    """Return changelog lines under Added, Changed and Removed; empty if nothing changed."""
    groups: dict[str, list[str]] = {"Added": [], "Changed": [], "Removed": []}
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            groups["Added"].append(f"- `{name}`")
        elif name not in after:
            groups["Removed"].append(f"- `{name}`")
        else:
            _compare(name, before[name], after[name], groups)
    lines: list[str] = []
    for title, entries in groups.items():
        if entries:
            lines += [f"### {title}", "", *entries, ""]
    return lines


def _compare(name: str, old: dict[str, str], new: dict[str, str], groups: dict[str, list[str]]) -> None:
    def quoted(parts: set[str]) -> str:
        return ", ".join(f"`{part}`" for part in sorted(parts))

    if gained := new.keys() - old.keys():
        groups["Added"].append(f"- {quoted(set(gained))} in `{name}`")
    if lost := old.keys() - new.keys():
        groups["Removed"].append(f"- {quoted(set(lost))} from `{name}`")
    for part in sorted(old.keys() & new.keys()):
        if old[part] != new[part]:
            groups["Changed"].append(f"- `{name}`: `{part}` was `{old[part]}`, is `{new[part]}`")
