"""How a command ends: messages on standard error, exit codes, log records."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from typing import Any

import pytest
import typer

from cognito_async._cli.commands import call as call_command
from cognito_async._cli.errors import os_error_text
from cognito_async._cli.output import shell_message
from cognito_async._cli.runner import command
from cognito_async._errors import ConfigurationError, ConnectError
from support.cli import ADMIN_GET_USER, CANARY, CommandLine
from support.transports import HANG, error_response, http_response


def test_an_error_of_the_service_is_one_message_and_exit_code_1(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, steps=(error_response("UserNotFoundException"),))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    expected = "AdminGetUser failed with UserNotFoundException: no (HTTP 400, request id request-1)"
    assert result.stderr.startswith(f"error: {expected}")


def test_a_transport_error_is_one_message_and_exit_code_1(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, steps=(ConnectError("no connection"),))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith("error: AdminGetUser")
    assert "no connection" in result.stderr


def test_a_failed_fetch_of_credentials_is_reported_with_advice_for_the_shell(run: CommandLine) -> None:
    async def provider() -> Any:
        raise LookupError(CANARY)

    run.settings = {"credentials": provider}
    result = run(*ADMIN_GET_USER)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert (
        "(LookupError): `aws sts get-caller-identity` with the same profile shows the reason" in result.stderr
    )
    assert "__cause__" not in result.stderr
    assert CANARY not in result.stderr


def test_errors_of_the_system_have_a_file_and_no_number() -> None:
    assert os_error_text(FileNotFoundError(2, "No such file", "users.csv")) == "users.csv: No such file"
    assert os_error_text(OSError(28, "No space left on device")) == "No space left on device"
    assert os_error_text(OSError("other")) == "other"


def test_errors_name_options_and_where_the_settings_are_shown(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, "--timeout", "-1")
    assert result.stderr == "error: --timeout -1.0 is not a number of seconds from above 0 to a year\n"
    body = {"__type": "UserNotFoundException", "message": "no region=..."}
    result = run(*ADMIN_GET_USER, steps=(http_response(400, body),))
    assert "no region=..." in result.stderr
    assert result.stderr.endswith("and the region (see python -m cognito_async whoami).\n")
    text = "Check region and endpoint_url of client.config, with AWS_PROFILE"
    assert shell_message(OSError(text), settings="shown above").startswith(
        "Check region and endpoint_url (shown above), with"
    )
    assert shell_message(ConfigurationError("no region: pass region=..., or region='x'")) == (
        "no region: pass --region, or --region 'x'"
    )


def test_an_invalid_setting_is_exit_code_2(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, "--region", "eu west")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'eu west' is not the name of a region" in result.stderr


def test_control_characters_in_a_message_of_the_service_are_escaped(run: CommandLine) -> None:
    body = {"__type": "NotAuthorizedException", "message": "\x1b[2J\u202eevil\nline"}
    result = run(*ADMIN_GET_USER, steps=(http_response(400, body),))
    assert r"\x1b[2J\u202eevil" + "\nline" in result.stderr


def test_ctrl_c_is_exit_code_130_without_a_traceback(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(call_command, "_send", interrupt)
    result = run(*ADMIN_GET_USER)
    assert (result.exit_code, result.output) == (130, "interrupted\n")


def test_on_a_terminal_the_message_of_ctrl_c_is_on_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(typer.Exit), command(debug=False):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "\ninterrupted\n"


def test_a_log_record_without_request_id_does_not_mention_it(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, "--debug", steps=(ConnectError("no"),))
    assert "debug: AdminGetUser attempt 1: " in result.stderr
    assert "(request id None)" not in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGPIPE")
def test_a_closed_output_is_exit_code_141_without_a_message() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = [sys.executable, "-m", "cognito_async", *ADMIN_GET_USER, "--dry-run"]
    with open(writer, "wb") as output:  # noqa: PTH123  a file descriptor
        result = subprocess.run(program, stdout=output, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (141, b"AdminGetUser is valid; nothing was sent\n")


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGPIPE")
@pytest.mark.parametrize("arguments", [("--help",), ("call", "get-user", "--help"), ()])
def test_help_without_a_reader_is_exit_code_141_without_a_message(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = [sys.executable, "-m", "cognito_async", *arguments]
    with open(writer, "wb") as output:  # noqa: PTH123  a file descriptor
        result = subprocess.run(program, stdout=output, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no device that is always full")  # noqa: PTH110
@pytest.mark.parametrize("arguments", [("--help",), (*ADMIN_GET_USER, "--dry-run")])
def test_an_output_that_cannot_be_written_is_one_message(arguments: tuple[str, ...]) -> None:
    program = [sys.executable, "-m", "cognito_async", *arguments]
    with open("/dev/full", "wb") as output:  # noqa: PTH123  as above
        result = subprocess.run(program, stdout=output, stderr=subprocess.PIPE, check=False, timeout=60)
    assert result.returncode == 1
    assert b"No space left on device" in result.stderr
    assert b"Traceback" not in result.stderr


def test_the_timeout_option_limits_a_call(run: CommandLine) -> None:
    result = run(*ADMIN_GET_USER, "--timeout", "0.01", steps=(HANG,))
    assert result.exit_code == 1
    # On a busy machine, reading the shared files takes longer than that.
    assert re.search(r"(no response|certificates not read) within 0\.01 seconds", result.stderr)


def test_debug_logs_every_attempt_without_secrets(run: CommandLine) -> None:
    log = logging.getLogger("cognito_async")
    before = (log.level, list(log.handlers))
    steps = (error_response("TooManyRequestsException"), http_response())
    result = run(
        "call", "ChangePassword", "--param", f"access_token={CANARY}",
        "--param", f"proposed_password={CANARY}", "--debug", steps=steps,
    )  # fmt: skip
    assert "debug: ChangePassword attempt 1: 400 TooManyRequestsException in " in result.stderr
    assert "(request id request-1)\n" in result.stderr
    assert CANARY not in result.output
    assert (log.level, log.handlers) == before
