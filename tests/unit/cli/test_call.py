"""The output of ``call``: JSON in wire form, without secrets and control characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from cognito_async._errors import ConnectError
from support.cli import ADMIN_GET_USER, CANARY, POOL, CommandLine
from support.transports import error_response, http_response

GET_USER = {
    "Username": "ana",
    "UserAttributes": [{"Name": "name", "Value": "Ánà"}],
    "UserCreateDate": 1_700_000_000,
    "Enabled": True,
}
SIGN_IN = {"AuthenticationResult": {"AccessToken": CANARY, "ExpiresIn": 3600}, "Session": CANARY}


# The response


def test_the_response_is_json_in_wire_form_with_iso_times(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, steps=(http_response(body=GET_USER),))
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == GET_USER | {"UserCreateDate": "2023-11-14T22:13:20+00:00"}
    assert "Ánà" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_response_without_members_is_an_empty_object(run: CommandLine) -> None:
    result = run.call("admin-delete-user", f"user_pool_id={POOL}", "username=ana")
    assert (result.exit_code, result.stdout) == (0, "{}\n")


def test_bytes_of_a_response_are_base64(run: CommandLine) -> None:
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "iVBORwo="}
    body = {"ManagedLoginBranding": {"Assets": [asset]}}
    params = (f"user_pool_id={POOL}", "managed_login_branding_id=x")
    result = run.call("describe-managed-login-branding", *params, steps=(http_response(body=body),))
    assert json.loads(result.stdout) == body


# Secrets


def sign_in(run: CommandLine, *options: str, body: Any) -> Any:
    document = {
        "UserPoolId": POOL,
        "ClientId": "abc",
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": CANARY},
    }
    steps = (http_response(body=body),)
    return run("call", "AdminInitiateAuth", "--json", "-", *options, stdin=json.dumps(document), steps=steps)


def test_secrets_of_a_response_are_masked(run: CommandLine) -> None:
    result = sign_in(run, body=SIGN_IN)
    assert json.loads(result.stdout) == {
        "AuthenticationResult": {"AccessToken": "***", "ExpiresIn": 3600},
        "Session": "***",
    }
    assert result.stderr == "secret values masked: 2; --show-secrets shows them\n"
    assert run.sent_body["AuthParameters"]["PASSWORD"] == CANARY


def test_show_secrets_shows_the_secrets_of_a_response(run: CommandLine) -> None:
    result = sign_in(run, "--show-secrets", body=SIGN_IN)
    assert json.loads(result.stdout) == SIGN_IN
    assert result.stderr == ""


@pytest.mark.parametrize("value", [CANARY, [CANARY], {"Token": CANARY}])
def test_secrets_of_an_unexpected_type_are_masked_too(run: CommandLine, value: Any) -> None:
    result = sign_in(
        run, body={"AuthenticationResult": [value] if isinstance(value, dict) else value, "Session": [value]}
    )
    assert result.exit_code == 0
    assert CANARY not in result.output


def test_a_dry_run_validates_and_shows_the_request_without_secrets(run: CommandLine) -> None:
    result = sign_in(run, "--dry-run", body={})
    assert (result.exit_code, run.clients) == (0, [])
    assert json.loads(result.stdout)["AuthParameters"] == "***"
    assert result.stderr.startswith("AdminInitiateAuth is valid; nothing was sent\n")
    assert CANARY not in result.output
    result = run("call", "AdminGetUser", "--dry-run", "--param", "user_pool_id=", "--param", "username=x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "user_pool_id: expected at least 1 character" in result.stderr


COMMANDS_WITH_SECRETS: list[Callable[[CommandLine], Any]] = [
    lambda run: run.call("SignUp", f"password={CANARY}", f"secret_hash={CANARY}"),
    lambda run: run.call("SignUp", f"password={CANARY}", "username=a", "username=b"),
    lambda run: run.call("GetUser", f"access_token={CANARY}", steps=(error_response("NotAuthorizedException"),)),
    lambda run: run.call("GetUser", f"access_token={CANARY}", steps=(ConnectError("no"),)),
    lambda run: run.call("RevokeToken", f"token={CANARY}", "client_id=x"),
    lambda run: run("call", "SignUp", "--json", json.dumps({"Password": [CANARY]})),
    lambda run: run("call", "SignUp", "--json", json.dumps({"Password": {CANARY: CANARY}})),
    lambda run: run("call", "SignUp", "--json", json.dumps({CANARY: 1})),
    lambda run: run("call", "SignUp", f"--password={CANARY}"),
    lambda run: run("call", "SignUp", f"-p{CANARY}"),
    lambda run: run("call", "SignUp", f"Password={CANARY}"),
    lambda run: run.call("AdminInitiateAuth", f"auth_parameters={CANARY}"),
    lambda run: run.call("AdminInitiateAuth", f'auth_parameters={{"PASSWORD": ["{CANARY}"]}}'),
    lambda run: run.call("AssociateSoftwareToken", f"session={CANARY}{CANARY}", steps=(http_response(body={"SecretCode": CANARY, "Session": CANARY}),)),
    lambda run: run.call("DescribeUserPoolClient", f"user_pool_id={POOL}", "client_id=x", steps=(http_response(body={"UserPoolClient": {"ClientSecret": CANARY}}),)),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS_WITH_SECRETS)
@pytest.mark.parametrize("options", [(), ("--debug",), ("--dry-run",)])
def test_no_secret_is_printed(
    run: CommandLine, command: Callable[[CommandLine], Any], options: tuple[str, ...]
) -> None:
    class WithOptions(CommandLine):
        def __call__(self, *arguments: str, **script: Any) -> Any:
            return super().__call__(*arguments, *options, **script)

    result = command(WithOptions(run.monkeypatch))
    assert CANARY not in result.output
    assert "Kanarienvogel" not in result.output
    assert result.output


# Terminals


def run_on_a_terminal(*arguments: str) -> bytes:
    """Return the output of the program on a pseudo-terminal."""
    import pty

    controller, terminal = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {
        "TERM": "xterm"
    }
    with subprocess.Popen(
        [sys.executable, "-m", "cognito_async", *arguments],
        stdout=terminal,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        os.close(terminal)
        output = b""
        with suppress(OSError):  # raised on Linux when the other side is closed
            while part := os.read(controller, 1000):
                output += part
        process.communicate(timeout=60)
    os.close(controller)
    assert process.returncode == 0
    return output


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_json_is_colored_on_a_terminal() -> None:
    output = run_on_a_terminal(*ADMIN_GET_USER, "--dry-run")
    assert b"\x1b[" in output
    assert b'"ana"' in output


CONTROLS = "\x1b\x7f\x9b2J\u202e\u2066Ánà"
"""A possible username: characters that a terminal would obey, and letters to keep."""

ESCAPED = r"\u001b\u007f\u009b2J\u202e\u2066Ánà"


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_control_characters_do_not_reach_a_terminal() -> None:
    output = run_on_a_terminal(*ADMIN_GET_USER[:-1], f"username={CONTROLS}", "--dry-run")
    assert f'"{ESCAPED}"' in output.decode()


def test_control_characters_are_escaped_in_json(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, steps=(http_response(body={"Username": CONTROLS}),))
    assert f'"{ESCAPED}"' in result.stdout
    assert json.loads(result.stdout)["Username"] == CONTROLS


def test_without_signing_a_signed_operation_fails_with_the_reason(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, "--no-sign-request")
    assert result.exit_code != 0
    assert "--no-sign-request means that nothing is signed" in result.stderr
    assert run.transport.sent == []
