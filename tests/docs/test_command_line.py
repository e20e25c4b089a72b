"""The outputs on the command line page are those of the commands."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.guide_examples import blocks
from docs.guide_tables import page

from cognito_async import CognitoClient, Credentials
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


def runs(page: str = PAGE, program: str = PROGRAM) -> list[tuple[str, str]]:
    """Return every command of a program on a page, by default that of the package, with its output."""
    pairs: list[tuple[str, str]] = []
    for block in blocks(page, "console"):
        for run in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = run.splitlines()
            end = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
            pairs.append(("\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :])))
    return [(command, output) for command, output in pairs if program in command]


def words(text: str) -> str:
    """Return the text without version numbers and line breaks."""
    return " ".join(VERSIONS.sub("", text).split())


def run(command: str, folder: Path, **more: str) -> str:
    """Run a shell command; return standard output and standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(MACHINE_SETTINGS)}
    python = str(Path(sys.executable).parent)
    path = {"PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", f"{STARTED_AS_SCRIPT}{command}"],
        env=kept | path | ENVIRONMENT | more,
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
        "SUPRESS",
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


CHANGES = [
    (r"\d{4}-\d\d-\d\d(T[\d:.]+\+00:00)?", "TIME"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "SUB"),
    (r"eu-west-1_[0-9a-f]{32}", "POOL"),
    (r"\b[0-9a-z]{26}\b", "CLIENT"),
    (r"http://127.0.0.1:\d+ ", "URL "),
    (r"\b[\d.]+ (m?s)\b", r"TIME \1"),
    (r"seconds [\d.]+", "seconds TIME"),
    (r"request id \w+", "request id ID"),
    (r"debug: requests go .*?(?= debug:)", "debug: AIOHTTP"),
    (r"eyJ[\w=…]+", "TOKEN"),
]
"""What differs between runs."""


def unchanging(text: str) -> str:
    """Return the words of an output without what differs between runs."""
    text = words(text)
    for pattern, name in CHANGES:
        text = re.sub(pattern, name, text)
    return text


async def shop(url: str, folder: Path) -> dict[str, str]:
    """Create what the page shows, and the files it mentions; return the environment for its commands."""
    keys = Credentials(access_key_id="any", secret_access_key="any")
    async with CognitoClient(region="eu-west-1", endpoint_url=url, credentials=keys) as client:
        target = (await client.create_user_pool(pool_name="target")).user_pool.id
        pool_id = (await client.create_user_pool(pool_name="shop")).user_pool.id
        created = await client.create_user_pool_client(
            user_pool_id=pool_id,
            client_name="web",
            explicit_auth_flows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        client_id = created.user_pool_client.client_id
        await client.create_group(user_pool_id=pool_id, group_name="staff")
        for name in ("ana", "ben", "chloe", "dev", "emre", "ines"):
            attributes = {"email": f"{name}@example.com", "name": name.title()}
            await client.admin_create_user(
                user_pool_id=pool_id, username=name, user_attributes=attributes, message_action="SUPPRESS"
            )
        await client.admin_add_user_to_group(user_pool_id=pool_id, username="ana", group_name="staff")
    (folder / "password.txt").write_text("Correct-Horse-7\n")
    sign_in = json.loads(blocks(PAGE, "json")[0]) | {"UserPoolId": pool_id, "ClientId": client_id}
    (folder / "sign-in.json").write_text(json.dumps(sign_in))
    return {"AWS_ENDPOINT_URL": url, "COGNITO_USER_POOL_ID": pool_id or "", "TARGET": target or ""}


@pytest.mark.skipif(platform.system() == "Windows", reason="the commands on the page are for bash")
async def test_commands_with_a_service_write_the_output_on_the_page(moto: str, tmp_path: Path) -> None:
    environment = await shop(moto, tmp_path)
    for part in (
        "call admin-get-user --username ana",
        "--password file://password.txt",
        "--param password=@- < password.txt",
        "call admin-initiate-auth --json @sign-in.json",
        "call list-users --all",
        "list-users --attributes email --limit 3",
        """--filter 'username ^= "in"'""",
        "--file users.csv",
        "head -3 users.csv",
        "export users.jsonl",
        "import users.jsonl",
        "copy $COGNITO_USER_POOL_ID",
        "whoami --max-attempts 5",
        "call admin-get-user --username nobody --debug",
    ):
        command, output = runs(program=part)[0]
        if part.endswith("--limit 3"):
            command += " --output table"  # the default on the terminal of the page
        found, expected = unchanging(run(command, tmp_path, **environment)), unchanging(output)
        if output.endswith("\n…"):  # the rest is left out on the page
            expected = expected.removesuffix("…")
            found = found[: len(expected)]
        assert found == expected, command
        assert found or part.endswith("--file users.csv")


def test_the_exit_codes_on_the_page_are_those_of_the_help() -> None:
    section = page(PAGE).partition("\n## Exit codes\n")[2]
    rows = dict(re.findall(r"(?m)^\| (\d+) \| (.*) \|$", section))
    for code, text in EXIT_CODES:
        assert rows.pop(str(code)).startswith(text.removesuffix("."))
    assert rows == {}
