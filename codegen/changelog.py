"""Changelog entries of a new model: the differences of the generated code before and after."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_GROUPS = ("Added", "Changed", "Removed")
_ORDER = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_UNRELEASED = "## [Unreleased]"
_MODEL_ENTRY = re.compile(r"- Service model of botocore (?P<version>\d[\d.]*\d):.*\n(?:  .*\n)*")
# An operation implies its request and its response.
_IMPLIED = re.compile(r"`\w+(Request|Response)`")
_WIDTH = 120

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
        case ast.ClassDef(name="OverloadedOperations"):
            pass  # the methods of the areas have the same parameters
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
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Subscript(ast.Name("Literal"), values)):
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
    lines: list[str] = []
    for title, entries in changes(before, after).items():
        lines += [f"### {title}", "", *(f"- {entry}" for entry in entries), ""]
    return lines


def changes(before: Definitions, after: Definitions) -> dict[str, list[str]]:
    """Return what was added, changed and removed; only groups that have an entry."""
    groups: dict[str, list[str]] = {title: [] for title in _GROUPS}
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            groups["Added"].append(f"`{name}`")
        elif name not in after:
            groups["Removed"].append(f"`{name}`")
        else:
            _compare(name, before[name], after[name], groups)
    return {title: entries for title, entries in groups.items() if entries}


def _compare(name: str, old: dict[str, str], new: dict[str, str], groups: dict[str, list[str]]) -> None:
    def quoted(parts: set[str]) -> str:
        return ", ".join(f"`{part}`" for part in sorted(parts))

    if gained := new.keys() - old.keys():
        groups["Added"].append(f"{quoted(set(gained))} in `{name}`")
    if lost := old.keys() - new.keys():
        groups["Removed"].append(f"{quoted(set(lost))} from `{name}`")
    for part in sorted(old.keys() & new.keys()):
        if old[part] != new[part]:
            groups["Changed"].append(f"`{name}`: `{part}` was `{old[part]}`, is `{new[part]}`")


def add_model_entry(changelog: str, botocore: str, current: str, groups: Mapping[str, Sequence[str]]) -> str:
    """Return the changelog with the changes of a new model under Unreleased.

    Entries of an earlier run, with a model newer than ``current``, that of the generated code, are replaced.
    """
    start = changelog.index(_UNRELEASED) + len(_UNRELEASED)
    end = changelog.find("\n## ", start)
    end = len(changelog) if end < 0 else end
    heading, *sections = re.split(
        r"\n(?=### )", _MODEL_ENTRY.sub(_unless_newer(current), changelog[start:end])
    )
    for title, entries in groups.items():
        if new := "; ".join(entry for entry in entries if not _IMPLIED.fullmatch(entry)):
            entry = _wrapped(f"- Service model of botocore {botocore}: {new}.")
            _add_entry(sections, title, entry)
    filled = [section for section in sections if section.strip() != section.splitlines()[0].strip()]
    return changelog[:start] + "\n".join([heading, *filled]) + changelog[end:]


def _unless_newer(current: str) -> Callable[[re.Match[str]], str]:
    return lambda match: "" if numbers(match["version"]) > numbers(current) else match[0]


def _add_entry(sections: list[str], title: str, entry: str) -> None:
    """Add an entry at the end of a section; a new section gets the place of its title in the order."""
    for index, section in enumerate(sections):
        if section.startswith(f"### {title}\n"):
            text = section.rstrip("\n")
            separator = "\n" if text.count("\n") else "\n\n"
            sections[index] = f"{text}{separator}{entry}{section[len(text) :]}"
            return
    later = [f"### {each}\n" for each in _ORDER[_ORDER.index(title) + 1 :]]
    place = next((i for i, section in enumerate(sections) if section.startswith(tuple(later))), len(sections))
    sections.insert(place, f"### {title}\n\n{entry}\n")


def numbers(version: str) -> tuple[int, ...]:
    """Return a version for comparison."""
    return tuple(int(part) for part in version.split("."))


def _wrapped(entry: str) -> str:
    return textwrap.fill(
        entry, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
