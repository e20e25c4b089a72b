"""The command line in its own process, against moto."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient, Credentials
from cognito_async.testing import MotoServer

USERS = 130  # three pages
COMMAND = (sys.executable, "-m", "cognito_async")
PASSWORD = "Kanarienvogel-1!"


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[Mapping[str, str], str]]:
    """The environment of a command, and a pool with users."""
    with MotoServer() as emulator:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        environment = inherited | {
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDKANARIENVOGEL0001",
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "COLUMNS": "100",
            "TERM": "xterm",
        }
        environment.pop("NO_COLOR", None)
        yield environment, asyncio.run(fill(emulator.url))


async def fill(url: str) -> str:
    keys = Credentials(access_key_id="test", secret_access_key="test")
    async with CognitoClient(region="eu-west-1", endpoint_url=url, credentials=keys) as client:
        pool_id: str = (await client.create_user_pool(pool_name="shop")).user_pool.id  # type: ignore[assignment]
        for number in range(USERS):
            await client.admin_create_user(
                user_pool_id=pool_id, username=f"user{number:03}", message_action="SUPPRESS"
            )
    return pool_id


def run(environment: Mapping[str, str], *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_set_password_and_sign_in_print_no_secrets(
    service: tuple[Mapping[str, str], str],
) -> None:
    environment, pool_id = service
    user = ("--param", f"user_pool_id={pool_id}", "--param", "username=user000")
    password = ("--param", "permanent=true", "--param", "password=@-")
    set_password = run(
        environment, "call", "admin-set-user-password", *user, *password, input=f"{PASSWORD}\n"
    )
    assert (set_password.returncode, set_password.stdout, set_password.stderr) == (0, "{}\n", "")
    flows = '["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]'
    app = run(
        environment, "call", "CreateUserPoolClient", *user[:2], "--param", "client_name=web", "--param", f"explicit_auth_flows={flows}"
    )  # fmt: skip
    request = {
        "UserPoolId": pool_id,
        "ClientId": json.loads(app.stdout)["UserPoolClient"]["ClientId"],
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "user000", "PASSWORD": PASSWORD},
    }
    signed_in = run(
        environment, "call", "admin-initiate-auth", "--json", "-", "--debug", input=json.dumps(request)
    )
    assert signed_in.returncode == 0, signed_in.stderr
    assert json.loads(signed_in.stdout)["AuthenticationResult"]["AccessToken"] == "***"
    assert "debug: AdminInitiateAuth attempt 1: 200" in signed_in.stderr
    for result in (set_password, app, signed_in):
        assert PASSWORD not in result.stdout + result.stderr
        assert "eyJ" not in result.stdout + result.stderr  # the beginning of every token


def test_an_error_of_the_service_ends_with_1(service: tuple[Mapping[str, str], str]) -> None:
    environment, pool_id = service
    result = run(
        environment, "call", "AdminGetUser", "--param", f"user_pool_id={pool_id}", "--param", "username=x"
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: AdminGetUser failed with UserNotFoundException: ")


def test_all_pages_of_users_are_listed(service: tuple[Mapping[str, str], str]) -> None:
    environment, pool_id = service
    result = run(environment, "list-users", "--pool", pool_id, "--attributes", "sub")
    assert (result.returncode, result.stderr) == (0, "")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["username"] for line in lines] == [f"user{number:03}" for number in range(USERS)]
    assert all(line["attributes"]["sub"] for line in lines)


def test_a_list_continues_from_its_token(service: tuple[Mapping[str, str], str]) -> None:
    environment, pool_id = service
    first = run(environment, "list-users", "--pool", pool_id, "--output", "csv", "--limit", "70")
    token = first.stderr.split()[-1]
    rest = run(environment, "list-users", "--pool", pool_id, "--output", "csv", "--starting-token", token)
    lines = (first.stdout + rest.stdout).splitlines()
    assert [line.split(",")[0] for line in lines] == ["username", *(f"user{n:03}" for n in range(USERS))]


def test_a_closed_pipe_ends_the_list_without_a_message(service: tuple[Mapping[str, str], str]) -> None:
    environment, pool_id = service
    own_end, child_end = os.pipe()
    os.close(own_end)
    command = [*COMMAND, "list-users", "--pool", pool_id]
    try:
        result = subprocess.run(
            command, env=environment, stdout=child_end, stderr=subprocess.PIPE, timeout=60, check=False
        )
    finally:
        os.close(child_end)
    assert (result.returncode, result.stderr) == (141, b"")


def test_whoami_shows_that_calls_work(service: tuple[Mapping[str, str], str]) -> None:
    environment, _ = service
    result = run(environment, "whoami")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count(" works ") == 2
    assert environment["AWS_ENDPOINT_URL"] in result.stdout
    assert "AKID...0001" in result.stdout
    assert PASSWORD not in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_on_a_terminal_progress_is_shown_and_a_table_written(
    service: tuple[Mapping[str, str], str],
) -> None:
    environment, pool_id = service
    output = on_terminal(environment, "list-users", "--pool", pool_id)
    assert f"{USERS} users" in output
    assert "username" in output
    assert "user129" in output
    assert "\x1b[" in output


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_on_a_terminal_lines_of_json_are_not_mixed_with_progress(
    service: tuple[Mapping[str, str], str],
) -> None:
    environment, pool_id = service
    output = on_terminal(environment, "list-users", "--pool", pool_id, "--output", "jsonl")
    assert len([json.loads(line) for line in output.splitlines()]) == USERS


def on_terminal(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command with a terminal as stdout and stderr, and return its output."""
    import pty

    own_end, child_end = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], env=environment, stdout=child_end, stderr=child_end
    ) as process:
        os.close(child_end)
        output = b""
        with suppress(OSError):  # raised by Linux at the end of the output
            while part := os.read(own_end, 10_000):
                output += part
        assert process.wait(60) == 0, output
    os.close(own_end)
    return output.decode()


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes")
def test_ctrl_c_ends_with_130_and_without_a_traceback(
    service: tuple[Mapping[str, str], str], tmp_path: Path
) -> None:
    environment, _ = service
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with (
        subprocess.Popen(
            [*COMMAND, "call", "GetUser", "--json", f"@{pipe}"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        pipe.open("wb"),
    ):  # open() returns when the command has opened the pipe, which then waits for data
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, b"", b"interrupted\n")
