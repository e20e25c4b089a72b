"""Completion in shells: names of commands, operations, members and values; the script that installs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cognito_async._cli.commands.copy_pool import PARTS
from cognito_async.bulk._copy_report import PARTS as BULK_PARTS

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
    variables = os.environ | environment
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
        ("cognito-async call admin_get_u", ["admin_get_user", "admin_get_user_auth_factors"]),
        ("cognito-async call AdminGetU", ["AdminGetUser", "AdminGetUserAuthFactors"]),
        ("cognito-async call GetUIC", ["GetUICustomization"]),
        ("cognito-async call Admin_get", []),
        ("cognito-async describe admin_get_u", ["admin_get_user", "admin_get_user_auth_factors"]),
        ("cognito-async describe AdminGetU", ["AdminGetUser", "AdminGetUserAuthFactors"]),
        ("cognito-async export users --format ", ["jsonl", "csv"]),
        ("cognito-async import users --format c", ["csv"]),
        ("cognito-async import users --on-existing ", ["skip", "update", "error"]),
        ("cognito-async copy source --parts ", list(PARTS)),
        ("cognito-async copy source --parts settings,", [f"settings,{each}" for each in PARTS[1:]]),
        ("cognito-async copy source --parts settings,users,g", ["settings,users,groups"]),
        ("cognito-async sign-in --flow c", ["choice", "custom", "custom-srp"]),
        ("cognito-async token --output ", ["token", "json"]),
        ("cognito-async verify-token --use ", ["access", "id"]),
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


def test_parts_of_a_copy_are_those_of_the_library() -> None:
    assert PARTS == BULK_PARTS


@pytest.mark.parametrize(
    "line",
    [
        "export u",
        "import u",
        "import users.jsonl --journal u",
        "import users.jsonl --failures u",
        "list-users --file u",
        "verify-token --jwks u",
        "call admin-get-user --json @u",
    ],
)
def test_files_are_left_to_the_shell(line: str) -> None:
    """Without completions, the scripts for bash and fish let the shell complete names of files."""
    assert completions(f"cognito-async {line}") == []
    assert complete(f"cognito-async {line}", "zsh").stdout.strip() == "_files"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_served_too(shell: str) -> None:
    result = complete("cognito-async call admin-get-u", shell)
    assert result.returncode == 0
    assert "admin-get-user-auth-factors" in result.stdout


@pytest.mark.parametrize(
    "line",
    [
        "cognito-async ",
        "cognito-async call admin-",
        "cognito-async call AdminG",
        "cognito-async describe a",
        "cognito-async copy source --parts ",
    ],
)
def test_completing_names_loads_no_http_client_and_no_terminal_library(line: str) -> None:
    result = complete(line)
    assert "aiohttp" not in result.stderr
    assert "botocore" not in result.stderr
    if "call" in line or line.endswith("async "):
        assert result.stderr == "loaded:\n"


def test_the_help_loads_no_http_client() -> None:
    assert start("--help").stderr == "loaded:\n"
    assert "aiohttp" not in start("whoami", "--help", COLUMNS="80").stderr.split()


SCRIPTS = {
    "bash": "complete -o default",
    "zsh": "#compdef cognito-async",
    "fish": "complete --command cognito-async",
    "powershell": "Register-ArgumentCompleter",
    "pwsh": "Register-ArgumentCompleter",
}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_of_the_named_shell_is_shown(shell: str) -> None:
    for arguments in ([f"--show-completion={shell}"], ["--show-completion", shell]):
        result = start(*arguments)
        assert (result.returncode, result.stderr) == (0, "loaded:\n")
        assert SCRIPTS[shell] in result.stdout
        assert "_COGNITO_ASYNC_COMPLETE" in result.stdout


def test_by_default_it_is_the_shell_that_runs_the_command(tmp_path: Path) -> None:
    (tmp_path / "shellingham.py").write_text(
        "class ShellDetectionFailure(Exception): pass\ndef detect_shell(): return ('zsh', '/bin/zsh')\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    assert SCRIPTS["zsh"] in start("--show-completion", PYTHONPATH=path).stdout
    home = tmp_path / "home"
    result = start("--install-completion", HOME=str(home), PYTHONPATH=path)
    assert (result.returncode, (home / ".zfunc/_cognito-async").exists()) == (0, True)


@pytest.mark.parametrize("detected", ["'tcsh', '/bin/tcsh'", ""])
def test_an_unknown_shell_must_be_named(tmp_path: Path, detected: str) -> None:
    body = f"return ({detected})" if detected else "raise ShellDetectionFailure"
    (tmp_path / "shellingham.py").write_text(
        f"class ShellDetectionFailure(Exception): pass\ndef detect_shell(): {body}\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    result = start("--show-completion", "--version", PYTHONPATH=path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "the shell is not known; pass one of bash, zsh, fish, powershell, pwsh" in result.stderr


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_a_shell_that_does_not_exist_is_an_error(option: str, tmp_path: Path) -> None:
    result = start(option, "nosh", HOME=str(tmp_path))
    assert (result.returncode, result.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "is not one of 'bash', 'zsh', 'fish', 'powershell', 'pwsh'" in result.stderr.replace("\n", " ")


def test_the_completion_is_installed_for_the_named_shell_only(tmp_path: Path) -> None:
    result = start("--install-completion", "fish", HOME=str(tmp_path))
    assert result.returncode == 0, result.stderr
    path = tmp_path / ".config/fish/completions/cognito-async.fish"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    assert result.stdout == f"completion for fish installed in {path}; it works in new shells\n"


def test_a_completion_that_cannot_be_installed_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("")
    result = start("--install-completion", "fish", HOME=str(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")


def test_options_of_completion_are_completed_without_being_run() -> None:
    assert completions("cognito-async --show-c") == ["--show-completion"]
    assert completions("cognito-async --show-completion f") == ["fish"]
    assert completions("cognito-async --show-completion fish --vers") == ["--version"]
    assert completions("cognito-async --install-completion fish --vers") == ["--version"]


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
