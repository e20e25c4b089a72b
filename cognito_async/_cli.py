"""The command line: its commands, and what all of them have in common.

::

    python -m cognito_async
    ├── call         _cli_call      one operation, its request made by _cli_request
    ├── list-users   _cli_users     all users of a pool
    └── whoami       _cli_whoami    settings, credentials, and whether calls work

``_cli_run`` has the options that every command takes, and turns what goes wrong into text and an exit code.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from cognito_async import _cli_call, _cli_users, _cli_whoami
from cognito_async._version import __version__

PROGRAM = "python -m cognito_async"
_EXAMPLE = "Example: call admin-get-user --param user_pool_id=ID --param username=ana"

app = typer.Typer(
    add_completion=False,  # a module has no name of its own that a shell could complete
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they can show local variables, and those hold secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("call", context_settings={"allow_extra_args": True}, epilog=_EXAMPLE)(_cli_call.call)
app.command("list-users")(_cli_users.list_users)
app.command("whoami")(_cli_whoami.whoami)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it so
    if wanted:
        typer.echo(f"cognito_async {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Call Amazon Cognito user pools from the command line.

    Settings and credentials come from options, the environment and profiles in ~/.aws, as in a program.
    """


def main() -> None:
    """Run the command that the arguments of the process say."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names of people must not fail on a terminal of few letters; half a surrogate pair neither.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app(prog_name=PROGRAM)
