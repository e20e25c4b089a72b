"""Prompts on the terminal; they write to standard error, so that standard output has only the result."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Sequence

import typer

from cognito_async._cli.errors import UsageError
from cognito_async._cli.output import print_message, printable


def ask(what: str) -> str:
    """Ask for a text.

    Raises:
        EOFError: There is no more input.
    """
    typer.echo(printable(f"{what}: "), nl=False, err=True)
    return _read(what, input)


def ask_secret(what: str) -> str:
    """Ask for a text that is not shown while it is typed.

    Raises:
        EOFError: As ``ask``.
    """
    if not sys.stdin.isatty():
        return ask(what)
    return _read(what, lambda: getpass.getpass(printable(f"{what}: ")))


def ask_missing(option: str, what: str) -> str:
    """Ask for a value that is not on the command line, before anything is sent.

    Args:
        option: The option; empty for a secret, which has none.
        what: Name of the value.

    Raises:
        UsageError: There is no more input.
    """
    try:
        return ask(what) if option else ask_secret(what)
    except EOFError:
        raise UsageError(f"{what}: no input{option and f'; pass {option}'}") from None


def _read(what: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except (EOFError, KeyboardInterrupt) as end:
        if isinstance(end, KeyboardInterrupt):
            raise  # the command ends the line
        typer.echo(err=True)  # what follows begins on a new line
        raise EOFError(f"{what}: no input") from None


def ask_one_of(what: str, choices: Sequence[str]) -> str:
    """Ask for one of several texts; the only one is taken unasked."""
    if len(choices) == 1:
        return choices[0]
    while (choice := ask(f"{what} ({', '.join(choices)})")) not in choices:
        print_message(f"expected one of: {', '.join(choices)}")
    return choice
