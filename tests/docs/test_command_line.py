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

PAGE = "command-line"
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
    return [(command, output) for command, output in pairs if "python -m cognito_async" in command]


def words(text: str) -> str:
    """Return the text without version numbers and line breaks."""
    return " ".join(VERSIONS.sub("", text).split())


def run(command: str, folder: Path) -> str:
    """Run a shell command; return standard output and standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(MACHINE_SETTINGS)}
    python = str(Path(sys.executable).parent)
    path = {"PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", command],
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
    "part", ["--help", "127.0.0.1:9", "admin-get-usr", "user_pol=x", "limit=ten", "--dry-run"]
)
def test_commands_without_a_service_write_the_output_on_the_page(part: str, tmp_path: Path) -> None:
    (tmp_path / "sign-in.json").write_text(blocks(PAGE, "json")[0], encoding="utf-8")
    command, output = next(pair for pair in runs() if part in pair[0])
    assert words(run(command, tmp_path)) == words(output) != ""
