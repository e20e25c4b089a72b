"""``list-users``: writes all users of a pool, page by page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cognito_async._cli.errors import UsageError
from cognito_async._cli.formats import CsvWriter, print_table
from cognito_async._cli.options import (
    ClientOptions,
    Format,
    PoolOption,
    attribute_names,
    output_option,
    required_pool,
    with_client_options,
)
from cognito_async._cli.output import json_text, print_message
from cognito_async._cli.runner import command, run
from cognito_async._errors import CognitoError, InvalidResponseError
from cognito_async.client import CognitoClient
from cognito_async.pagination import Pages
from cognito_async.types import ListUsersResponse, UserType

_COLUMNS = ("username", "status", "enabled", "created", "modified")
_MODIFIED = _COLUMNS.index("modified")


@with_client_options
def list_users(
    *,
    pool: PoolOption = None,
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
    output: Annotated[
        Format | None, output_option("By default table on a terminal, jsonl elsewhere.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Write to a file.", dir_okay=False),
    ] = None,
    starting_token: Annotated[
        str | None,
        typer.Option(
            "--starting-token", metavar="TOKEN", help="Continue where another run ended; appends to the file."
        ),
    ] = None,
    options: ClientOptions,
) -> None:
    """List the users of a pool.

    Users are written as soon as they are received; a table is written at the end.
    """
    on_terminal = file is None and sys.stdout.isatty()
    form = output or (Format.TABLE if on_terminal else Format.JSONL)
    with command(debug=options.debug):
        pool = required_pool(pool)
        if form is Format.JSON and file is not None and starting_token is not None:
            raise UsageError("--output json: a JSON array cannot be continued in a file; use jsonl")
        names = None if attributes is None else attribute_names(attributes)
        client = options.client()
        pages = client.get_paginator("list_users").paginate(
            user_pool_id=pool, filter=filter_, max_items=limit, starting_token=starting_token
        )
        open_sink = partial(_open_sink, file, form, names, append=starting_token is not None)
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
    if form is Format.JSON:
        return JsonSink(file, names)
    return CsvSink(file, names or (), header=header) if form is Format.CSV else TableSink(file, names or ())


class JsonLinesSink:
    """One JSON object per line, with all attributes or the requested ones."""

    def __init__(self, file: IO[str], names: Sequence[str] | None) -> None:
        self._file = file
        self._names = names

    def write(self, user: UserType) -> None:
        """Write a line."""
        self._file.write(self._text(user) + "\n")

    def _text(self, user: UserType) -> str:
        attributes = dict(user.attribute_map)
        if self._names is not None:
            attributes = {name: attributes[name] for name in self._names if name in attributes}
        return json_text(dict(zip(_COLUMNS, _facts(user), strict=True)) | {"attributes": attributes})

    def close(self, *, complete: bool) -> None:
        """Do nothing; every line is written."""


class JsonSink(JsonLinesSink):
    """One JSON array, valid also after an error."""

    def __init__(self, file: IO[str], names: Sequence[str] | None) -> None:
        super().__init__(file, names)
        self._separator = "[\n"

    def write(self, user: UserType) -> None:
        """Write an item."""
        self._file.write(self._separator + self._text(user))
        self._separator = ",\n"

    def close(self, *, complete: bool) -> None:  # noqa: ARG002  as in the other formats
        """End the array."""
        self._file.write("[]\n" if self._separator == "[\n" else "\n]\n")


class CsvSink:
    """CSV with a header line."""

    def __init__(self, file: IO[str], names: Sequence[str], *, header: bool) -> None:
        self._writer = CsvWriter(file)
        self._names = names
        if header:
            self._writer.write([*_COLUMNS, *names])

    def write(self, user: UserType) -> None:
        """Write a line."""
        self._writer.write(_cells(user, self._names, datetime.isoformat))

    def close(self, *, complete: bool) -> None:
        """Do nothing; every line is written."""


class TableSink:
    """A table with columns as wide as their widest cell, so it is written at the end.

    To fit on a terminal of 80 columns, it shows days in place of times, and omits the last modification.
    """

    def __init__(self, file: IO[str], names: Sequence[str]) -> None:
        self._file = file
        self._names = names
        self._rows: list[list[str]] = []

    def write(self, user: UserType) -> None:
        """Add a row."""
        cells = _cells(user, self._names, _day)
        del cells[_MODIFIED]
        self._rows.append(cells)

    def close(self, *, complete: bool) -> None:
        """Print the table."""
        if self._rows:
            print_table([*_COLUMNS[:_MODIFIED], *self._names], self._rows, file=self._file)
        elif complete:
            self._file.write("no users\n")


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
