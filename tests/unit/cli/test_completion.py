"""Completion in shells: names of commands, operations, members and values; the script that installs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import sys
sys.argv[0] = "cognito-async"
from cognito_async.__main__ import main
try:
    main()
finally:
    print("loaded:", *sorted({"aiohttp", "botocore", "cattrs", "rich.console"} & set(sys.modules)), file=sys.stderr)
"""
"""The program as the script of the package starts it."""


def start(*arguments: str, **environment: str) -> Any:
    variables = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"} | environment
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        env=variables,
        check=False,
        timeout=60,
    )


def complete(line: str, shell: str = "bash") -> Any:
    words = line.split(" ")
    variables = {"_COGNITO_ASYNC_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    if shell == "bash":
        variables |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    if shell == "fish":
        variables["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    return start(**variables)


def completions(line: str) -> list[str]:
    result = complete(line)
    assert result.returncode == 0, result.stderr
    return list(result.stdout.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cognito-async li", ["list-users"]),
        ("cognito-async call admin-get-u", ["admin-get-user", "admin-get-user-auth-factors"]),
        ("cognito-async describe admin-get-u", ["admin-get-user", "admin-get-user-auth-factors"]),
        ("cognito-async call admin-get-user --user", ["--user-pool-id", "--username"]),
        ("cognito-async call AdminGetUser --usern", ["--username"]),
        ("cognito-async call admin-create-user --message-action ", ["RESEND", "SUPPRESS"]),
        ("cognito-async call admin-create-user --username ana --message-action R", ["RESEND"]),
        ("cognito-async call admin-create-user --no-", ["--no-force-alias-creation", "--no-sign-request"]),
        ("cognito-async whoami --out", ["--output"]),
        ("cognito-async whoami --output j", ["json", "jsonl"]),
        ("cognito-async call no-such-operation --user", []),
        ("cognito-async no-such-command --user", []),
        ("cognito-async whoami --no-such-option --reg", ["--region"]),
    ],
)
def test_names_and_values_are_completed(line: str, expected: list[str]) -> None:
    assert completions(line) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_served_too(shell: str) -> None:
    result = complete("cognito-async call admin-get-u", shell)
    assert result.returncode == 0
    assert "admin-get-user-auth-factors" in result.stdout


@pytest.mark.parametrize("line", ["cognito-async ", "cognito-async call admin-", "cognito-async describe a"])
def test_completing_names_loads_no_http_client_and_no_terminal_library(line: str) -> None:
    result = complete(line)
    assert "aiohttp" not in result.stderr
    assert "botocore" not in result.stderr
    if "describe" not in line:
        assert result.stderr == "loaded:\n"


def test_the_help_loads_no_http_client() -> None:
    assert start("--help").stderr == "loaded:\n"
    assert "aiohttp" not in start("whoami", "--help", COLUMNS="80").stderr.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_shown(shell: str) -> None:
    result = start("--show-completion", shell)
    assert result.returncode == 0
    assert "cognito-async" in result.stdout
    assert "_COGNITO_ASYNC_COMPLETE" in result.stdout


def test_the_completion_is_installed_for_a_shell(tmp_path: Path) -> None:
    result = start("--install-completion", "fish", HOME=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / ".config/fish/completions/cognito-async.fish").exists()


def test_the_help_names_the_program_as_it_was_started() -> None:
    page = start("--help").stdout
    assert page.startswith("Usage: cognito-async COMMAND [OPTIONS]")
    assert "--install-completion" in page
    module = subprocess.run(
        [sys.executable, "-m", "cognito_async", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert module.startswith("Usage: python -m cognito_async COMMAND [OPTIONS]")
    assert "--install-completion" not in module  # a module has no command name that a shell could complete
    assert "cognito-async call admin-get-user" in start("call", "--help").stdout
    assert "cognito-async call get-group" in start("describe", "get-group").stdout
