"""The program: its help, its version, the optional dependencies, and the encoding of its output."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cognito_async import __version__
from cognito_async._cli import app
from support.cli import ADMIN_GET_USER, CommandLine

WITHOUT_MODULE = """
import runpy, sys
class Uninstalled:
    def find_spec(self, name, *_):
        if name == "{0}":
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Uninstalled())
runpy.run_module("cognito_async", run_name="__main__")
"""
"""Runs the command line as if a module were not installed."""


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60, **options
    )


def test_help_names_the_commands_and_fits_80_columns() -> None:
    result = python("-m", "cognito_async", "--help", env=os.environ | {"COLUMNS": "80"})
    assert result.returncode == 0
    assert "Usage: python -m cognito_async" in result.stdout
    assert all(name in result.stdout for name in ("call", "list-users", "whoami", "--version"))
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_without_arguments_the_help_is_shown(run: CommandLine) -> None:
    assert "list-users" in run().output


def test_version_prints_the_version_of_the_package(run: CommandLine) -> None:
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"cognito_async {__version__}\n")


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_the_message_names_the_package_to_install(missing: str) -> None:
    result = python("-c", WITHOUT_MODULE.format(missing), "whoami")
    assert result.returncode == 1
    assert result.stderr == f'The command line needs {missing}: pip install "cognito-async[cli]"\n'


@pytest.mark.parametrize("missing", ["aiohttp", "cognito_async._cli.errors"])
def test_a_missing_module_that_is_not_in_the_extra_raises_its_own_error(missing: str) -> None:
    result = python("-c", WITHOUT_MODULE.format(missing), "whoami")
    assert "ModuleNotFoundError" in result.stderr
    assert "cognito-async[cli]" not in result.stderr


def test_importing_the_module_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from cognito_async import __main__ as module

    calls: list[str] = []
    monkeypatch.setattr(app, "main", lambda: calls.append("main"))
    assert calls == []
    module.main()
    assert calls == ["main"]


def test_the_package_and_a_client_load_neither_typer_nor_rich() -> None:
    loaded = (
        "import sys, cognito_async",
        "cognito_async.CognitoClient(region='eu-west-1')",
        "print({'typer', 'rich', 'click'} & set(sys.modules))",
    )
    assert python("-c", "\n".join(loaded)).stdout == "set()\n"


@pytest.mark.skipif(sys.platform == "win32", reason="has no file descriptors 0, 1 and 2 to close")
@pytest.mark.parametrize("closed", [{0}, {1}, {2}, {0, 1, 2}])
def test_a_command_runs_with_closed_standard_streams(closed: set[int], tmp_path: Path) -> None:
    code = f"""
import os, sys
for descriptor in {closed}:
    os.close(descriptor)
os.execv(sys.executable, [sys.executable, "-W", "error", "-m", "cognito_async", *sys.argv[1:]])
"""
    result = python("-c", code, *ADMIN_GET_USER, "--dry-run", cwd=tmp_path)
    assert result.returncode == 0
    assert ("UserPoolId" in result.stdout) is (1 not in closed)
    assert result.stderr == ("" if 2 in closed else "AdminGetUser is valid; nothing was sent\n")


@pytest.mark.parametrize("errors", [None, io.StringIO()])  # as under pythonw, as in another program
def test_output_is_utf_8_whatever_the_encoding_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, errors: Any
) -> None:
    with (tmp_path / "output").open("w", encoding="ascii") as output:
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setattr(sys, "stderr", errors)
        monkeypatch.setattr(app, "app", lambda prog_name: print(f"{prog_name}: Ánà \ud800"))
        app.main()
    written = (tmp_path / "output").read_text(encoding="utf-8")
    assert written == "python -m cognito_async: Ánà \\ud800\n"
