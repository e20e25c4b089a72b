"""``list-users``: every user of a pool, written as they come."""

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

from cognito_async import _cli_run
from cognito_async._answers import unfit
from cognito_async._cli_run import Connection, UsageError, command, json_text, printable, tell
from cognito_async._errors import CognitoError, InvalidResponseError
from cognito_async.client import CognitoClient
from cognito_async.pagination import Pages
from cognito_async.types import ListUsersResponse, UserType

_COLUMNS = ("username", "status", "enabled", "created", "modified")
_MODIFIED = _COLUMNS.index("modified")
_WIDTH = 10_000  # of a table that no terminal limits
# A cell that a spreadsheet would take for a formula; a telephone number is none.
_FORMULA = re.compile(r"[=@\t\r\n]|[+-](?![\d ]*\Z)")


class Format(StrEnum):
    """How users are written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def list_users(
    *,
    pool: Annotated[
        str, typer.Option("--pool", metavar="ID", help="Pool, such as eu-west-1_AbC123.", show_default=False)
    ],
    filter_: Annotated[
        str | None,
        typer.Option("--filter", metavar="TEXT", help="""Such as 'email ^= "ana"': only these users."""),
    ] = None,
    attributes: Annotated[
        str | None,
        typer.Option("--attributes", metavar="A,B", help="Attributes to write, such as email,name."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Users at the most; all by default.")
    ] = None,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="table on a terminal, else jsonl.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write to a file.", dir_okay=False),
    ] = None,
    starting_token: Annotated[
        str | None,
        typer.Option(
            "--starting-token", metavar="TOKEN", help="Go on where another run ended; appends to the file."
        ),
    ] = None,
    region: _cli_run.Region = None,
    profile: _cli_run.Profile = None,
    endpoint_url: _cli_run.EndpointUrl = None,
    timeout: _cli_run.Timeout = None,
    max_attempts: _cli_run.MaxAttempts = None,
    debug: _cli_run.Debug = False,
) -> None:
    """List the users of a pool, as a table, as lines of JSON or as CSV.

    A pool may have any number of users: they are written as they come, but for a table, which waits.
    """
    connection = Connection(
        region=region,
        profile=profile,
        endpoint_url=endpoint_url,
        timeout=timeout,
        max_attempts=max_attempts,
    )
    on_terminal = output is None and sys.stdout.isatty()
    form = format_ or (Format.TABLE if on_terminal else Format.JSONL)
    with command(debug=debug):
        names = None if attributes is None else _names(attributes)
        client = connection.client()
        pages = client.get_paginator("list_users").paginate(
            user_pool_id=pool, filter=filter_, max_items=limit, starting_token=starting_token
        )
        opened = partial(_opened, output, form, names, follows=starting_token is not None)
        shows_progress = sys.stderr.isatty() and (form is Format.TABLE or not on_terminal)
        with ExitStack() as stack:  # outside of the progress, as a table is written at the end
            try:
                with _progress(disable=not shows_progress) as progress:
                    _cli_run.run(_write(client, pages, lambda: stack.enter_context(opened()), progress))
            except (CognitoError, KeyboardInterrupt) as error:
                if pages.resume_token:
                    error.add_note(f"go on with: --starting-token {pages.resume_token}")
                raise
        if pages.resume_token:
            tell(f"there are more; go on with: --starting-token {pages.resume_token}")


async def _write(
    client: CognitoClient,
    pages: Pages[ListUsersResponse, UserType],
    opened: Callable[[], Sink],
    progress: Progress,
) -> None:
    task = progress.add_task("", total=None)
    sink: Sink | None = None
    async with client, aclosing(aiter(pages)) as read:
        async for page in read:
            sink = sink or opened()  # not before: a call that fails leaves an older file as it was
            for user in page.users:
                if not isinstance(user, UserType):  # the codec keeps what is of another type than promised
                    raise unfit("ListUsers", page, "a user is not an object", InvalidResponseError.advice)
                sink.write(user)
                progress.advance(task)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError("--attributes: expected names with commas between them, such as email,name")
    return list(dict.fromkeys(names))


@contextmanager
def _opened(
    path: Path | None, form: Format, names: Sequence[str] | None, *, follows: bool
) -> Generator[Sink]:
    with ExitStack() as stack:
        file = sys.stdout
        if path is not None:
            mode = "a" if follows else "w"
            file = stack.enter_context(
                path.open(mode, encoding="utf-8", errors="backslashreplace", newline="")
            )
        sink = _sink(form, file, names, header=not follows)
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
    """Where users are written to."""

    def write(self, user: UserType) -> None:
        """Take a user."""
        ...

    def close(self, *, complete: bool) -> None:
        """Write what is left, also when an error came before the end."""
        ...


def _sink(form: Format, file: IO[str], names: Sequence[str] | None, *, header: bool) -> Sink:
    if form is Format.JSONL:
        return JsonLinesSink(file, names)
    return CsvSink(file, names or (), header=header) if form is Format.CSV else TableSink(file, names or ())


class JsonLinesSink:
    """One object a line: as much as there is, or of the attributes those that were asked for."""

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
        """Nothing is left."""


class CsvSink:
    """The same columns on every line, a header on the first."""

    def __init__(self, file: IO[str], names: Sequence[str], *, header: bool) -> None:
        # Before 3.13, Python quotes only the line breaks that end its lines; spreadsheets break at each.
        self._writer = csv.writer(_UnixLines(file), lineterminator="\r\n")
        self._names = names
        if header:
            self._writer.writerow([*_COLUMNS, *names])

    def write(self, user: UserType) -> None:
        """Write a line; an apostrophe keeps a spreadsheet from running what a user chose as a name."""
        cells = _cells(user, self._names, datetime.isoformat)
        self._writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])

    def close(self, *, complete: bool) -> None:
        """Nothing is left."""


@frozen
class _UnixLines:
    """Lines that end with a line feed, of such that end with both."""

    _file: IO[str]

    def write(self, line: str) -> int:
        return self._file.write(line.removesuffix("\r\n") + "\n")


class TableSink:
    """Columns as wide as their widest cell, so all users are kept until the end.

    It has to fit on a terminal of 80 characters: times are days, and the last change is left out.
    """

    def __init__(self, file: IO[str], names: Sequence[str]) -> None:
        self._console = Console(file=file, highlight=False)
        if not self._console.is_terminal:
            self._console.width = _WIDTH
        self._names = names
        self._table = Table(box=None, pad_edge=False, header_style="bold")
        for column in (*_COLUMNS[:_MODIFIED], *names):
            self._table.add_column(Text(printable(column)), overflow="fold")

    def write(self, user: UserType) -> None:
        """Keep a row."""
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
    """Return what the columns show, in their order."""
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
