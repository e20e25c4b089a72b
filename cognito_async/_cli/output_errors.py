"""What happens if standard output cannot be written to."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer

from cognito_async._cli.errors import os_error_text
from cognito_async._cli.exit_codes import EXIT_FAILURE, EXIT_SIGPIPE


@contextmanager
def output_errors() -> Generator[None]:
    """End the command if its output cannot be written: silently if the reader has gone."""
    try:
        yield
        sys.stdout.flush()  # raises BrokenPipeError here if the reader has gone
    except OSError as error:
        # The rest of the buffer would fail again when Python exits, and print an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(EXIT_SIGPIPE) from None
        typer.echo(f"error: {os_error_text(error)}", err=True)
        raise typer.Exit(EXIT_FAILURE) from None
