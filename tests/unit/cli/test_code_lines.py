"""Examples on several lines: they fit the terminal, and mean the same."""

from __future__ import annotations

import ast
import shlex

import pytest

from cognito_async._cli.code_lines import call_lines, command_lines
from cognito_async._cli.commands.describe import describe_operation, printable_page
from cognito_async._cli.docs import methods
from cognito_async._cli.request_builder import find_operation

DESCRIBED = [describe_operation(find_operation(method.name), method) for method in methods().values()]


@pytest.mark.parametrize("width", [80, 120])
def test_examples_of_all_operations_fit_and_can_be_copied(width: int) -> None:
    several = 0
    for described in DESCRIBED:
        command = command_lines(described["shell_example"], width)
        call = call_lines(described["python_example"], width)
        # A value is never broken: a few structures are longer.
        assert all(len(line) <= width or "{" in line for line in command + call), described["name"]
        assert shlex.split("\n".join(command).replace("\\\n", "")) == shlex.split(described["shell_example"])
        pasted = "\n".join(line.removeprefix("  ") for line in call)
        assert ast.dump(ast.parse(pasted)) == ast.dump(ast.parse(described["python_example"]))
        several += len(command) > 1 and len(call) > 1
    assert several > 5


def test_a_short_example_is_on_one_line() -> None:
    assert command_lines("x call get-user", 20) == ["  x call get-user"]
    assert call_lines("await f(a=1)", 20) == ["  await f(a=1)"]


def test_a_value_is_not_broken_even_if_it_is_longer_than_a_line() -> None:
    command = 'x call get-user --a b --tags \'{"key": "a longer value"}\' -'
    assert command_lines(command, 24) == [
        "  x call get-user \\",
        "      --a b \\",
        '      --tags \'{"key": "a longer value"}\' -',
    ]
    assert call_lines("await f(a=g(b=1, c='d, e=f'), h=2)", 20) == [
        "  await f(",
        "      a=g(b=1, c='d, e=f'),",
        "      h=2,",
        "  )",
    ]


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_descriptions_of_all_operations_fit_except_for_urls_and_values(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    for described in DESCRIBED:
        for line in printable_page(described).splitlines():
            assert len(line) <= min(int(columns), 100) or "https://" in line or "{" in line
