"""The outputs on the command line page are those of the commands."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.guide_examples import blocks
from docs.guide_tables import page

from cognito_async._cli.exit_codes import EXIT_CODES

PAGE = "command-line"
PROGRAM = "cognito-async "
STARTED_AS_SCRIPT = """cognito-async() {
    python -c 'import sys; sys.argv[0] = "cognito-async"; from cognito_async.__main__ import main; main()' "$@"
}
"""
"""The script, also where the package was not installed since the script exists."""
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "any",
    "COLUMNS": "80",
    "POOL": "eu-west-1_AbC123",
}
VERSIONS = re.compile(r"\d+\.\d+\.\d+\S* +Python \S+ \w+")
MACHINE_SETTINGS = ("AWS_", "COLUMNS", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "http_proxy", "COGNITO_ASYNC_")
"""Prefixes of environment variables of this machine that would change an output."""


def runs(page: str = PAGE) -> list[tuple[str, str]]:
    """Return every command of the package on a page with its output."""
    pairs: list[tuple[str, str]] = []
    for block in blocks(page, "console"):
        for run in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = run.splitlines()
            end = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
            pairs.append(("\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :])))
    return [(command, output) for command, output in pairs if PROGRAM in command]


def words(text: str) -> str:
    """Return the text without version numbers and line breaks."""
    return " ".join(VERSIONS.sub("", text).split())


def run(command: str, folder: Path) -> str:
    """Run a shell command; return standard output and standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(MACHINE_SETTINGS)}
    python = str(Path(sys.executable).parent)
    path = {"PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", f"{STARTED_AS_SCRIPT}{command}"],
        env=kept | path | ENVIRONMENT,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    ).stdout


@pytest.mark.skipif(platform.system() == "Windows", reason="the commands on the page are for bash")
@pytest.mark.parametrize(
    "part",
    [
        "async --help",
        "operations",
        "describe",
        "group --help",
        "127.0.0.1:9",
        "admin-get-usr",
        "user_pol=x",
        "limit ten",
        "auth --json @sign-in.json --dry-run",
    ],
)
def test_commands_without_a_service_write_the_output_on_the_page(part: str, tmp_path: Path) -> None:
    (tmp_path / "sign-in.json").write_text(blocks(PAGE, "json")[0], encoding="utf-8")
    command, output = next(pair for pair in runs() if part in pair[0])
    found = words(run(command, tmp_path))
    if output.endswith("…"):  # the rest is left out on the page
        found, output = found[: len(words(output)) - 2], output.removesuffix("…")
    assert found == words(output) != ""


def test_the_exit_codes_on_the_page_are_those_of_the_help() -> None:
    section = page(PAGE).partition("\n## Exit codes\n")[2]
    rows = dict(re.findall(r"(?m)^\| (\d+) \| (.*) \|$", section))
    for code, text in EXIT_CODES:
        assert rows.pop(str(code)).startswith(text.removesuffix("."))
    assert rows == {}
