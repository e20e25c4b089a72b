"""Code on several lines where one would be longer than the terminal; it can be copied as it is."""

from __future__ import annotations

import ast
import shlex

from cognito_async._cli.help_page import styled

_INDENT = "  "
_INNER = " " * 6


def examples_section(command: str, call: str, width: int) -> str:
    """Return a section with a command of a shell and a call in Python."""
    return "\n".join(
        [styled("Examples:", bold=True), *command_lines(command, width), *call_lines(call, width)]
    )


def command_lines(command: str, width: int) -> list[str]:
    """Return a command; lines end with a backslash between options if it is longer than a line."""
    if len(_INDENT + command) <= width:
        return [_INDENT + command]
    groups: list[str] = []
    for word in map(shlex.quote, shlex.split(command)):
        if word.startswith("--") or not groups:
            groups.append(word)
        else:
            groups[-1] += f" {word}"
    lines = [_INDENT + groups[0]]
    for group in groups[1:]:
        if len(f"{lines[-1]} {group} \\") <= width:
            lines[-1] += f" {group}"
        else:
            lines[-1] += " \\"
            lines.append(_INNER + group)
    return lines


def call_lines(call: str, width: int) -> list[str]:
    """Return ``await f(name=value)``; each argument has a line if the call is longer than a line."""
    if len(_INDENT + call) <= width:
        return [_INDENT + call]
    [outer, *_] = (node for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Call))
    arguments = [f"{_INNER}{ast.get_source_segment(call, node)}," for node in outer.keywords]
    return [f"{_INDENT}{call.partition('(')[0]}(", *arguments, f"{_INDENT})"]
