"""Terminal output: messages on standard error, and text without control characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cognito_async._cli.errors import os_error_text
from cognito_async._cli.program import program_name
from cognito_async._errors import ConfigurationError

# The exception of a credentials provider may contain secrets, so it is not printed.
_HINTS = {
    "the exception of the provider is the __cause__ of this error": (
        "`aws sts get-caller-identity` with the same profile shows the reason, and `aws sso login` renews an "
        "expired sign-in"
    ),
    "to create a pool like it, pass None": "to create a pool like it, pass --new",
    "as target_pool_id, with another journal": "as TARGET_POOL",
    "pass credentials=Credentials(access_key_id=..., secret_access_key=...), set": "set",
    "with profile=... or AWS_PROFILE": "with --profile or AWS_PROFILE",
    "credentials=UNSIGNED means that this client signs nothing; call it with a client that has credentials": (
        "--no-sign-request means that nothing is signed"
    ),
    "pass groups=False": "pass --no-groups",
    "groups: CSV": "--groups: CSV",
    "format: expected": "--format: expected",
    "format: the suffix": "--format: the suffix",
    "allow_http=True": "--allow-http",
    "raise timeout, or raise the rate: share=, rates= and ask_service= of QuotaRateLimiter": (
        "raise --timeout, or raise --share"
    ),
    "raise share=": "raise --share",
    "also pass target_pool_id=": "also pass TARGET_POOL",
    "resume=False": "--restart",
    "with concurrency=1": "with --concurrency 1",
    "another journal=": "another --journal",
    "pass format=": "pass --format",
    "seconds from above 0 to a year, or None": "seconds from above 0 to a year",
    "with ca_bundle or AWS_CA_BUNDLE": "with AWS_CA_BUNDLE",
}
_OPTION = re.compile(r"\b(region|profile|endpoint_url|timeout|max_attempts)=(\.\.\.)?")
_SHARE = re.compile(r"\bshare=(?=[\d'-])")
# Characters that json.dumps does not escape: C1 controls, which some terminals obey, bidirectional overrides,
# and halves of surrogate pairs, which have no encoding.
_CONTROLS = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
UNLIMITED_WIDTH = 10_000
"""Width of a table that is not on a terminal."""


def shell_message(error: BaseException, *, settings: str | None = None) -> str:
    """Return the text of an error; hints for programs are replaced by those for the shell.

    Args:
        error: The error.
        settings: Where the user finds the settings. By default: the command ``whoami``.
    """
    settings = settings or f"see {program_name()} whoami"
    text = os_error_text(error) if isinstance(error, OSError) else str(error)
    for of_program, of_shell in _HINTS.items():
        text = text.replace(of_program, of_shell)
    text = text.replace("client.config.region", f"the region ({settings})")
    text = text.replace(" of client.config", f" ({settings})")
    if isinstance(error, ConfigurationError):  # others may quote the service
        text = _OPTION.sub(lambda match: f"--{match[1].replace('_', '-')}{'' if match[2] else ' '}", text)
    return _SHARE.sub("--share ", text)


def print_message(text: str, *, style: str = "", wrap: bool = False, err: bool = True) -> None:
    """Print a message to standard error, or to standard output with ``err=False``.

    On a terminal its first word is styled, and with ``wrap`` it is wrapped at words. Text to be copied, such
    as a token, must not be wrapped.
    """
    console = Console(stderr=err, highlight=False)
    block = Text(printable(text))
    block.stylize(style, 0, len(text.split(" ", 1)[0]))
    console.print(block, soft_wrap=not (wrap and console.is_terminal))


def print_rows(rows: Iterable[Sequence[str]], *, styles: Sequence[Sequence[str]] = ()) -> None:
    """Print aligned rows of text to standard output: first column bold, the others wrapped on a terminal.

    Args:
        rows: Rows of the same length.
        styles: Styles of the cells of each row; by default none.
    """
    rows = list(rows)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = UNLIMITED_WIDTH
    table = Table.grid(padding=(0, 2, 0, 0))
    for number in range(max(map(len, rows), default=0)):
        table.add_column(no_wrap=number == 0, overflow="fold", style="bold" if number == 0 else None)
    for row, row_styles in zip(rows, styles or [[""] * len(row) for row in rows], strict=True):
        table.add_row(
            *(Text(printable(cell), style=style) for cell, style in zip(row, row_styles, strict=True))
        )
    print_lines(console, table)


def print_lines(console: Console, table: Table) -> None:
    """Print a table; without a terminal, its lines have no spaces at their end."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    console.file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def printable(text: str) -> str:
    """Return text with control characters escaped; a username may contain anything."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return JSON with all characters unescaped except control characters."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=datetime.isoformat)
    return _CONTROLS.sub(lambda control: f"\\u{ord(control[0]):04x}", text)
