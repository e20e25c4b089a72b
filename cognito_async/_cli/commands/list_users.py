"""``list-users``: writes all users of a pool, page by page."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, Protocol

import typer
from attrs import frozen
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cognito_async._cli.options import ClientOptions, UsageError, with_client_options
from cognito_async._cli.output import UNLIMITED_WIDTH, json_text, print_message, printable
from cognito_async._cli.runner import command, run
from cognito_async._errors import CognitoError, InvalidResponseError
from cognito_async.client import CognitoClient
from cognito_async.pagination import Pages
from cognito_async.types import ListUsersResponse, UserType

_COLUMNS = ("username", "status", "enabled", "created", "modified")
_MODIFIED = _COLUMNS.index("modified")
# A cell that a spreadsheet would execute as a formula; phone numbers are not matched.
_FORMULA = re.compile(r"[=@\t\r\n]|[+-](?![\d ]*\Z)")


class Format(StrEnum):
    """Output format."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@with_client_options
def list_users(
    *,
    pool: Annotated[
        str, typer.Option("--pool", metavar="ID", help="Pool, such as eu-west-1_AbC123.", show_default=False)
    ],
    filter_: Annotated[
        str | None,
        typer.Option("--filter", metavar="TEXT", help="""Only these users, such as 'email ^= "ana"'."""),
    ] = None,
    attributes: Annotated[
        str | None,
        typer.Option("--attributes", metavar="A,B", help="Attributes to write, such as email,name."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most N users; all by default.")
    ] = None,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="By default table on a terminal, else jsonl.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write to a file.", dir_okay=False),
    ] = None,
    starting_token: Annotated[
        str | None,
        typer.Option(
            "--starting-token", metavar="TOKEN", help="Continue where another run ended; appends to the file."
        ),
    ] = None,
    options: ClientOptions,
) -> None:
    """List the users of a pool as a table, as JSON lines or as CSV.

    Users are written as soon as they are received; a table is written at the end.
    """
    on_terminal = output is None and sys.stdout.isatty()
    form = format_ or (Format.TABLE if on_terminal else Format.JSONL)
    with command(debug=options.debug):
        names = None if attributes is None else _names(attributes)
        client = options.client()
        pages = client.get_paginator("list_users").paginate(
            user_pool_id=pool, filter=filter_, max_items=limit, starting_token=starting_token
        )
        open_sink = partial(_open_sink, output, form, names, append=starting_token is not None)
        shows_progress = sys.stderr.isatty() and (form is Format.TABLE or not on_terminal)
        with ExitStack() as stack:  # outside of the progress bar: a table is written at the end
            try:
                with _progress(disable=not shows_progress) as progress:
                    run(_write(client, pages, lambda: stack.enter_context(open_sink()), progress))
            except (CognitoError, KeyboardInterrupt) as error:
                if pages.resume_token:
                    error.add_note(f"continue with: --starting-token {pages.resume_token}")
                raise
        if pages.resume_token:
            print_message(f"there are more users; continue with: --starting-token {pages.resume_token}")


async def _write(
    client: CognitoClient,
    pages: Pages[ListUsersResponse, UserType],
    open_sink: Callable[[], Sink],
    progress: Progress,
) -> None:
    task = progress.add_task("", total=None)
    sink: Sink | None = None
    async with client, aclosing(aiter(pages)) as read:
        async for page in read:
            sink = sink or open_sink()  # now: if the first call fails, an existing file is kept
            for user in page.users:
                if not isinstance(user, UserType):  # the codec keeps values of an unexpected type
                    raise InvalidResponseError.from_metadata(
                        "a user is not an object", operation="ListUsers", metadata=page.response_metadata
                    )
                sink.write(user)
                progress.advance(task)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError("--attributes: expected names separated by commas, such as email,name")
    return list(dict.fromkeys(names))


@contextmanager
def _open_sink(
    path: Path | None, form: Format, names: Sequence[str] | None, *, append: bool
) -> Generator[Sink]:
    with ExitStack() as stack:
        file = sys.stdout
        if path is not None:
            mode = "a" if append else "w"
            file = stack.enter_context(
                path.open(mode, encoding="utf-8", errors="backslashreplace", newline="")
            )
        sink = _sink(form, file, names, header=not append)
        complete = False
        try:
            yield sink
            complete = True
        finally:
            sink.close(complete=complete)


def _progress(*, disable: bool) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} users"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=disable,
    )


class Sink(Protocol):
    """Output of users in one format."""

    def write(self, user: UserType) -> None:
        """Write a user, now or in ``close``."""
        ...

    def close(self, *, complete: bool) -> None:
        """Write the rest, also after an error (then not ``complete``)."""
        ...


def _sink(form: Format, file: IO[str], names: Sequence[str] | None, *, header: bool) -> Sink:
    if form is Format.JSONL:
        return JsonLinesSink(file, names)
    return CsvSink(file, names or (), header=header) if form is Format.CSV else TableSink(file, names or ())


class JsonLinesSink:
    """One JSON object per line, with all attributes or the requested ones."""

    def __init__(self, file: IO[str], names: Sequence[str] | None) -> None:
        self._file = file
        self._names = names

    def write(self, user: UserType) -> None:
        """Write a line."""
        attributes = dict(user.attribute_map)
        if self._names is not None:
            attributes = {name: attributes[name] for name in self._names if name in attributes}
        line = dict(zip(_COLUMNS, _facts(user), strict=True)) | {"attributes": attributes}
        self._file.write(json_text(line) + "\n")

    def close(self, *, complete: bool) -> None:
        """Do nothing; every line is written."""


class CsvSink:
    """CSV with a header line."""

    def __init__(self, file: IO[str], names: Sequence[str], *, header: bool) -> None:
        # Before 3.13, csv quotes only the line breaks of its lineterminator; spreadsheets split lines at all
        # of them.
        self._writer = csv.writer(_UnixLines(file), lineterminator="\r\n")
        self._names = names
        if header:
            self._writer.writerow([*_COLUMNS, *names])

    def write(self, user: UserType) -> None:
        """Write a line; an apostrophe keeps spreadsheets from executing a value that a user chose."""
        cells = _cells(user, self._names, datetime.isoformat)
        self._writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])

    def close(self, *, complete: bool) -> None:
        """Do nothing; every line is written."""


@frozen
class _UnixLines:
    """Replaces the line end CR LF by LF."""

    _file: IO[str]

    def write(self, line: str) -> int:
        return self._file.write(line.removesuffix("\r\n") + "\n")


class TableSink:
    """A table with columns as wide as their widest cell, so it is written at the end.

    To fit on a terminal of 80 columns, it shows days in place of times, and omits the last modification.
    """

    def __init__(self, file: IO[str], names: Sequence[str]) -> None:
        self._console = Console(file=file, highlight=False)
        if not self._console.is_terminal:
            self._console.width = UNLIMITED_WIDTH
        self._names = names
        self._table = Table(box=None, pad_edge=False, header_style="bold")
        for column in (*_COLUMNS[:_MODIFIED], *names):
            self._table.add_column(Text(printable(column)), overflow="fold")

    def write(self, user: UserType) -> None:
        """Add a row."""
        cells = _cells(user, self._names, _day)
        del cells[_MODIFIED]
        self._table.add_row(*(Text(printable(cell)) for cell in cells))

    def close(self, *, complete: bool) -> None:
        """Print the table."""
        if self._table.rows:
            self._console.print(self._table)
        elif complete:
            self._console.print("no users")


def _facts(user: UserType) -> tuple[Any, ...]:
    """Return the values of the columns."""
    return (
        user.username,
        user.user_status,
        user.enabled,
        user.user_create_date,
        user.user_last_modified_date,
    )


def _cells(user: UserType, names: Sequence[str], moment: Callable[[datetime], str]) -> list[str]:
    attributes = user.attribute_map
    return [_text(value, moment) for value in (*_facts(user), *map(attributes.get, names))]


def _text(value: object, moment: Callable[[datetime], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return moment(value) if isinstance(value, datetime) else str(value)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
