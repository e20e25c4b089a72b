"""The commands, and what all of them have in common.

::

    python -m cognito_async
    ├── call          one operation
    ├── list-users    all users of a pool
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
from typing import Annotated

import typer

from cognito_async._cli.commands.call import call
from cognito_async._cli.commands.list_users import list_users
from cognito_async._cli.commands.machine_token import token
from cognito_async._cli.commands.sign_in import sign_in
from cognito_async._cli.commands.verify_token import verify_token
from cognito_async._cli.commands.whoami import whoami
from cognito_async._version import __version__

PROGRAM = "python -m cognito_async"
_EXAMPLE = "Example: call admin-get-user --param user_pool_id=ID --param username=ana"

app = typer.Typer(
    add_completion=False,  # a module has no command name that a shell could complete
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they can show local variables, which contain secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("call", context_settings={"allow_extra_args": True}, epilog=_EXAMPLE)(call)
app.command("list-users")(list_users)
app.command("sign-in")(sign_in)
app.command("token")(token)
app.command("verify-token")(verify_token)
app.command("whoami")(whoami)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  called by typer
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
        app(prog_name=PROGRAM)
