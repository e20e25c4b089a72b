"""The outputs of ``verify-token`` and ``token`` on the pages are those of the commands."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.guide_tables import page
from docs.test_command_line import PROGRAM, STARTED_AS_SCRIPT, runs

from cognito_async._cli.app import RootGroup
from cognito_async.sign_in import SignedIn
from cognito_async.testing import FakeUserPool

PASSWORD = "Correct-Horse-7"
SECRET = "client_secret_for_the_tests"
POOL = "eu-west-1_AbC123"
WEB, MACHINE = "1h57kf5cpq17m0eml12EXAMPLE", "7jk2m1n3b5v6c8x9z0EXAMPLE"
MADE_UP = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "UUID",
    r"\b1[78]\d{8}\b": "SECONDS",
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d( UTC|\+00:00)": "TIME",
    r"\b\d+ minutes": "N minutes",
    r"[\w+/-]{43}=": "KEY",
    r"\d+ characters": "N characters",
    r'"eyJ[^"]*"': '"TOKEN"',
}
"""What differs between runs."""

pytestmark = pytest.mark.skipif(
    platform.system() == "Windows", reason="the commands on the pages are for bash"
)


def masked(text: str) -> str:
    """Return text with line breaks as blanks and without what differs between runs."""
    text = " ".join(text.split())
    for pattern, name in MADE_UP.items():
        text = re.sub(pattern, name, text)
    return text


@pytest.fixture
def pool() -> FakeUserPool:
    pool = FakeUserPool(pool_id=POOL, client_id=WEB)
    pool.add_user("ana", PASSWORD, groups=["admins", "testers"], email="ana@example.com")
    pool.add_client(SECRET, id=MACHINE, oauth_flows=["client_credentials"], scopes=["orders/read"])
    return pool


def write_token(pool: FakeUserPool, folder: Path, age: float) -> None:
    """Sign in; write the access token and the keys to files."""

    async def sign_in() -> str:
        step = await pool.app().sign_in("ana", PASSWORD, flow="password")
        assert isinstance(step, SignedIn)
        return step.tokens.access_token

    pool.clock.advance(-age)
    (folder / "token").write_text(asyncio.run(sign_in()), encoding="utf-8")
    (folder / "jwks.json").write_text(json.dumps(pool.jwks()), encoding="utf-8")


def run(command: str, folder: Path, **variables: str) -> str:
    """Run a command as on a terminal with the token on the clipboard; return all that it writes."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "COLUMNS": "90", "POOL": POOL, "CLIENT": WEB, "MACHINE": MACHINE}
    return subprocess.run(
        ["bash", "-c", f"{STARTED_AS_SCRIPT}pbpaste() {{ cat token; }}\n{command}"],
        input=f"{SECRET}\n",
        env=environment | variables,
        cwd=folder,
        text=True,
        timeout=60,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout


def example(name: str, part: str) -> tuple[str, str]:
    """Return a command of a page that contains a text, and its output."""
    return next(pair for pair in runs(name) if f"{PROGRAM}{part}" in pair[0])


@pytest.mark.parametrize(("name", "age"), [("verify-tokens", 18 * 60), ("command-line", 200 * 60)])
def test_verification_has_the_output_on_the_page(
    pool: FakeUserPool, tmp_path: Path, name: str, age: float
) -> None:
    write_token(pool, tmp_path, age)
    command, output = example(name, "verify-token")
    offline = command.replace("verify-token", "verify-token --output table --jwks jwks.json")
    assert masked(run(offline, tmp_path)) == masked(output) != ""


@pytest.mark.parametrize("name", ["machine-to-machine", "command-line"])
def test_the_token_of_a_service_has_the_output_on_the_page(
    pool: FakeUserPool, tmp_path: Path, name: str
) -> None:
    command, output = example(name, "token")
    with pool.serve() as url:
        assert masked(run(command, tmp_path, AWS_ENDPOINT_URL=url)) == masked(output) != ""


@pytest.mark.parametrize(
    ("command", "title"),
    [("verify-token", "Check a token: `verify-token`"), ("token", "A token of a service: `token`")],
)
def test_every_option_has_a_row(command: str, title: str) -> None:
    section = page("command-line").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    shown = set(re.findall(r"`(--?[a-z-]+)", "".join(re.findall(r"(?m)^\|[^|]*\|", section))))
    parameters = RootGroup().load(command).params
    own = [each for each in parameters if each.rich_help_panel != "Client" and each.name != "help"]
    assert shown == {name for each in own for name in each.opts}
