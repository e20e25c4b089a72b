"""The output of ``nox -s demo`` in terminals of 80 and 120 columns, and without colors."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cognito_async.bulk import CopyReport
from emulators.fake_user_pool import USERS
from emulators.next_steps import EXAMPLES, PAGES, main
from examples.example import EXAMPLES as SCRIPTS
from examples.example import load

ROOT = Path(__file__).parents[2]
POOL = "eu-west-1_602292f518ff4aed971d3282e79d13da"
ROWS = {
    "user pool": POOL,
    "group testers": ", ".join(f"user-{number:03}" for number in range(12)),
    "signed in without credentials": "user-000 <user-000@example.com>",
    "wrong password": "NotAuthorizedException: [Incorrect] username or password.",
}
"""Labels and results of the quickstart; an error message may have brackets."""


def terminal(width: int, **environment: str) -> Console:
    """Return a console that writes to a terminal."""
    settings = {"TERM": "xterm-256color"} | environment
    return Console(file=io.StringIO(), force_terminal=True, width=width, highlight=False, _environ=settings)


def output(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture(params=[80, 120])
def plain(request: pytest.FixtureRequest) -> Console:
    """Return a console that writes to a file, as wide as a terminal."""
    return Console(file=io.StringIO(), width=request.param, highlight=False)


def test_lines_of_the_quickstart_fit_and_words_stay_whole(
    plain: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickstart = load("quickstart")
    monkeypatch.setattr(quickstart, "CONSOLE", plain)
    for what, result in ROWS.items():
        quickstart.report(what, result)
    lines = output(plain).splitlines()
    assert max(map(len, lines)) <= plain.width
    assert output(plain).split() == " ".join(f"{what} {result}" for what, result in ROWS.items()).split()
    assert {len(line) - len(line[quickstart.LABELS + 1 :]) for line in lines} == {quickstart.LABELS + 1}
    assert all(line[quickstart.LABELS] == " " != line[quickstart.LABELS + 1] for line in lines)


def test_lines_of_the_next_steps_fit_and_words_stay_whole(plain: Console) -> None:
    main(plain, "copy_pool")
    lines = output(plain).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) == len(EXAMPLES) + len(PAGES) + 2, "no line wraps"
    for text in (*EXAMPLES.values(), *PAGES.values()):
        assert text in output(plain)


@pytest.mark.parametrize("width", ["80", "120"])
@pytest.mark.parametrize("name", ["sign_in_flows", "sign_in_mfa", "sign_in_sessions"])
async def test_lines_of_the_examples_of_sign_in_fit(name: str, width: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPTS / f"{name}.py"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"COLUMNS": width},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert max(map(len, out.decode().splitlines())) <= int(width)


def test_reasons_of_a_copy_fit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    reasons = {"tags": " ".join(["copy", "them"] * 20)}
    load("copy_pool").print_report(
        CopyReport(
            target_pool_id=POOL,
            dry_run=False,
            was_complete=False,
            counts={},
            client_ids={},
            not_copied=reasons,
            failed=0,
            failures=[],
            seconds=1.0,
        )
    )
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(lines).split()[-40:] == ["copy", "them"] * 20


def test_the_users_of_the_fake_pool_fit() -> None:
    assert max(map(len, USERS.splitlines())) < 80


@pytest.mark.parametrize("example", ["bulk", "sign_in"])
def test_the_next_steps_are_others_than_the_example_that_ran(plain: Console, example: str) -> None:
    main(plain, example)
    assert f"demo -- {example}" not in output(plain)
    assert "python -m nox -s demo   " in output(plain)


def test_examples_and_pages_of_the_next_steps_exist() -> None:
    assert all((ROOT / page).exists() for page in PAGES)
    assert all((ROOT / f"docs/examples/{name.split()[0]}.py").exists() for name in EXAMPLES)


@pytest.mark.parametrize(
    ("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["default", "NO_COLOR"]
)
def test_colors_are_those_of_a_terminal_that_wants_them(
    environment: dict[str, str], *, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = terminal(80, **environment)
    quickstart = load("quickstart")
    monkeypatch.setattr(quickstart, "CONSOLE", console)
    quickstart.report("user pool", POOL)
    main(console, "quickstart")
    assert ("\x1b[36m" in output(console)) is colored


@pytest.mark.parametrize("width", ["80", "120"])
async def test_output_that_is_not_a_terminal_has_no_escape_codes(width: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests" / "emulators" / "next_steps.py"),
        "bulk",
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"COLUMNS": width},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert b"Try next:" in out
    assert b"\x1b" not in out
