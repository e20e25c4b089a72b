"""Options of the client: declared once, accepted by every command, described by the docs of ``Config``."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Annotated, get_args

import attrs
import pytest
import typer

from cognito_async._cli import app
from cognito_async._cli.docs import attribute_docs
from cognito_async._cli.options import ClientOptions, setting_docs, with_client_options
from cognito_async.config import Config
from support.cli import ADMIN_GET_USER, CommandLine

COMMANDS = ("call", "copy", "export", "import", "list-users", "sign-in", "token", "whoami")
WITHOUT_CLIENT = ("describe", "operations", "verify-token")
OPTIONS = {
    "region": "--region",
    "profile": "--profile",
    "endpoint_url": "--endpoint-url",
    "timeout": "--timeout",
    "max_attempts": "--max-attempts",
    "no_sign_request": "--no-sign-request",
    "allow_http": "--allow-http",
    "debug": "--debug",
}


def words(text: str) -> str:
    """Return text without the frames and line breaks of a help page."""
    return " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_all_client_options_in_a_panel_of_their_own(run: CommandLine, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    panel = result.output.partition("Client:")[2]
    assert [option for option in OPTIONS.values() if option not in panel] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_options_of_settings_are_described_as_in_config(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # one line for each option
    page = words(run(command, "--help").output)
    for name, option in OPTIONS.items():
        if name not in ("debug", "no_sign_request", "allow_http"):
            description = words(setting_docs()[name]).replace("``", "").removesuffix(".")
            description = description.removesuffix("; None for no limit")
            assert option in page
            assert description in page
    assert "including all attempts. By default 60." in page
    assert "including the first. By default 3." in page


def test_without_sources_the_options_have_no_description(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_source(_: object) -> str:
        raise OSError

    attribute_docs.cache_clear()
    monkeypatch.setattr(inspect, "getsource", no_source)
    assert setting_docs() == {}
    attribute_docs.cache_clear()


def test_every_setting_of_config_is_documented() -> None:
    assert list(setting_docs()) == [field.name for field in attrs.fields(Config)]
    assert setting_docs()["region"] == "Region of the endpoint and of signatures, such as ``eu-west-1``."


def test_the_options_are_the_attributes_of_client_options() -> None:
    assert [field.name for field in attrs.fields(ClientOptions)] == list(OPTIONS)


def test_a_command_receives_the_client_options_as_one_object() -> None:
    received: list[tuple[str, ClientOptions]] = []

    @with_client_options
    def command(name: Annotated[str, typer.Argument()], *, options: ClientOptions) -> None:
        """Do something."""
        received.append((name, options))

    parameters = inspect.signature(command).parameters
    assert list(parameters) == ["name", *OPTIONS]
    assert command.__doc__ == "Do something."
    assert get_args(command.__annotations__["region"])[0] == str | None
    command(name="x", region="eu-west-1", profile=None, endpoint_url=None, timeout=1.0, max_attempts=None, no_sign_request=False, allow_http=False, debug=True)  # fmt: skip
    assert received == [("x", ClientOptions(region="eu-west-1", timeout=1.0, debug=True))]


def test_every_command_with_a_client_has_the_client_options() -> None:
    assert sorted(app.COMMANDS) == sorted(COMMANDS + WITHOUT_CLIENT)
    for name in app.COMMANDS:
        if name != "call":  # a group, whose commands have them
            entry = app.COMMANDS[name]
            function = getattr(import_module(f"cognito_async._cli.commands.{entry.module}"), entry.function)
            shared = [each for each in inspect.signature(function).parameters if each in OPTIONS]
            assert shared == ([] if name in WITHOUT_CLIENT else list(OPTIONS))


@pytest.mark.parametrize("command", WITHOUT_CLIENT)
def test_the_help_of_other_commands_fits_80_columns(run: CommandLine, command: str) -> None:
    result = run(command, "--help")
    assert max(map(len, result.output.splitlines())) <= 80
    assert "Client:" not in result.output


def test_options_are_passed_to_the_client(run: CommandLine) -> None:
    options = ("--region", "us-west-2", "--profile", "x", "--endpoint-url", "http://127.0.0.1:1")
    run(*ADMIN_GET_USER, *options, "--timeout", "2.5", "--max-attempts", "7")
    assert run.clients[-1] == {
        "region": "us-west-2",
        "profile": "x",
        "endpoint_url": "http://127.0.0.1:1",
        "timeout": 2.5,
        "max_attempts": 7,
    }


def test_without_options_the_client_uses_its_own_defaults(run: CommandLine) -> None:
    run(*ADMIN_GET_USER)
    assert run.clients[-1] == dict.fromkeys(("region", "profile", "endpoint_url", "max_attempts"))
