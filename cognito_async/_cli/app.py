"""The commands, and what all of them have in common.

::

    cognito-async
    ├── call          one operation
    ├── copy          a pool to another one or a new one
    ├── describe      parameters, response and errors of an operation
    ├── export        all users of a pool to a file
    ├── import        the users of a file to a pool
    ├── list-users    all users of a pool
    ├── operations    the operations, by words
    ├── sign-in       a user's sign-in, step by step
    ├── token         a token of a service, with client credentials
    ├── verify-token  every check of a token, and its claims
    └── whoami        settings, credentials, and whether calls work
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import ExitStack
from importlib import import_module
from typing import Annotated, Any, NamedTuple, TypeAlias

import typer

from cognito_async._cli.commands.call_group import CallGroup
from cognito_async._cli.completion_options import (
    InstallOption,
    ShowOption,
    enable_completion,
    with_shell,
)
from cognito_async._cli.docs import methods
from cognito_async._cli.errors import UsageError, quoted
from cognito_async._cli.exit_codes import EXIT_CODES
from cognito_async._cli.help_page import HELP_OPTIONS, Group, Section, single_command
from cognito_async._cli.output_errors import output_errors
from cognito_async._cli.program import AS_MODULE, program_name
from cognito_async._messages import did_you_mean, normalize_name
from cognito_async._version import __version__


class _Entry(NamedTuple):
    """A command: its module, the function in it, and the first line of the function's docstring."""

    module: str
    function: str
    summary: str


COMMANDS = {
    "call": _Entry("call_group", "CallGroup", "Call an operation and print its response."),
    "copy": _Entry("copy_pool", "copy_pool", "Copy a pool: settings, app clients, groups, users."),
    "describe": _Entry("describe", "describe", "Show parameters, response and errors of an operation."),
    "export": _Entry("export_users", "export_users", "Write all users of a pool to a file."),
    "import": _Entry("import_users", "import_users", "Create the users of a file."),
    "list-users": _Entry("list_users", "list_users", "List the users of a pool."),
    "operations": _Entry("operations", "operations", "List the operations, or those with given words."),
    "sign-in": _Entry("sign_in", "sign_in", "Sign a user in, and show name, groups, claims and expiry."),
    "token": _Entry(
        "machine_token", "token", "Get an access token for a service itself (client credentials)."
    ),
    "verify-token": _Entry("verify_token", "verify_token", "Check a token, and show its claims."),
    "whoami": _Entry("whoami", "whoami", "Show settings, credentials, and whether calls work."),
}
_CALL_HELP = """Call an operation and print its response.

Each member of the request is an option, as in the AWS CLI; --help after the OPERATION lists them.

  {program} call admin-get-user --user-pool-id ID --username ana

Pass secrets with --ask, or from a file: other users of the machine can see command lines."""

_HELP = """Call Amazon Cognito user pools from the command line.

Settings and credentials come from options, the environment and profiles in ~/.aws, as in a program."""


class RootGroup(Group):
    """The commands of this package, loaded when they are used."""

    def summaries(self) -> dict[str, str]:
        """Return the names of the commands with one line about each."""
        return {name: entry.summary for name, entry in COMMANDS.items()}

    def load(self, name: str) -> Any:
        """Return a command."""
        if name == "call":
            text = _CALL_HELP.format(program=program_name())
            return CallGroup(
                name=name,
                help=text,
                context_settings=HELP_OPTIONS,
                rich_markup_mode=None,
            )
        if name not in COMMANDS:
            raise UsageError(_unknown_command(name))
        entry = COMMANDS[name]
        module = import_module(f"cognito_async._cli.commands.{entry.module}")
        return single_command(getattr(module, entry.function), name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments in front of the name of the command; ``--help`` is printed here."""
        with output_errors():
            return super().parse_args(ctx, args if ctx.resilient_parsing else with_shell(args))

    def invoke(self, ctx: Any) -> Any:
        """Run a command, or print its help."""
        with output_errors():
            return super().invoke(ctx)

    def sections(self, _context: Any, options: list[Section]) -> list[Section]:
        """Return commands, options and exit codes."""
        commands = Section("Commands", list(self.summaries().items()))
        codes = Section("Exit codes", [(str(code), text) for code, text in EXIT_CODES])
        return [commands, *options, codes]


def _unknown_command(name: str) -> str:
    text = f"there is no command {quoted(name)}"
    if normalize_name(name) in methods():
        return f"{text}; call {name} calls the operation"
    return text + (did_you_mean(name, COMMANDS) or f"; {program_name()} --help lists the commands")


app = typer.Typer(
    cls=RootGroup,
    add_completion=False,  # typer's options accept no name of a shell
    pretty_exceptions_enable=False,  # they can show local variables, which contain secrets
    rich_markup_mode=None,
    context_settings=HELP_OPTIONS,
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  called by typer
    if wanted:
        typer.echo(f"cognito_async {__version__}")
        raise typer.Exit


VersionOption: TypeAlias = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
]


def _module_options(*, version: VersionOption = False) -> None:
    """Do nothing: the options have callbacks."""


def _script_options(
    *, version: VersionOption = False, install: InstallOption = None, show: ShowOption = None
) -> None:
    """Do nothing, as above."""


def _add_options() -> None:
    # A module has no command name that a shell could complete.
    by_module = program_name() == AS_MODULE
    if not by_module:
        enable_completion()
    app.callback(help=_HELP)(_module_options if by_module else _script_options)


_add_options()


def main() -> None:
    """Run the command in the arguments of the process."""
    with ExitStack() as opened:
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:  # closed by the caller
                setattr(sys, name, opened.enter_context(open(os.devnull, mode, encoding="utf-8")))  # noqa: PTH123
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Names of people must not fail on a terminal with a small character set, nor half a
                # surrogate pair.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        app(prog_name=program_name())
