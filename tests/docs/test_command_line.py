"""The outputs on the page about the command line are what the commands write."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from guide_examples import blocks

PAGE = "command-line"
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "any",
    "COLUMNS": "80",
    "POOL": "eu-west-1_AbC123",
}
VERSIONS = re.compile(r"\d+\.\d+\.\d+\S* +Python \S+ \w+")
ELSEWHERE = ("AWS_", "COLUMNS", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "http_proxy")
"""What a machine may set and would be seen in an output."""


def runs() -> list[tuple[str, str]]:
    """Every command of the package on the page with what stands below it."""
    found: list[tuple[str, str]] = []
    for block in blocks(PAGE, "console"):
        for run in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = run.splitlines()
            end = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
            found.append(("\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :])))
    return [(command, output) for command, output in found if "python -m cognito_async" in command]


def words(text: str) -> str:
    """Without what is different everywhere, and without the line breaks of a terminal."""
    return " ".join(VERSIONS.sub("", text).split())


def run(command: str, folder: Path) -> str:
    """Run a line of shell; standard output and standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ELSEWHERE)}
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


@pytest.mark.skipif(platform.system() == "Windows", reason="the commands of the page are for bash")
@pytest.mark.parametrize(
    "part", ["--help", "127.0.0.1:9", "admin-get-usr", "user_pol=x", "limit=ten", "--dry-run"]
)
def test_what_needs_no_service_is_written_as_on_the_page(part: str, tmp_path: Path) -> None:
    (tmp_path / "sign-in.json").write_text(blocks(PAGE, "json")[0], encoding="utf-8")
    command, output = next(pair for pair in runs() if part in pair[0])
    assert words(run(command, tmp_path)) == words(output) != ""
