"""The output formats of all commands: table, json, jsonl and csv."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import typer
from attrs import frozen
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from cognito_async._cli.options import Format
from cognito_async._cli.output import UNLIMITED_WIDTH, json_text, print_lines, print_rows, printable

# A cell that a spreadsheet would execute as a formula; phone numbers are not matched.
_FORMULA = re.compile(r"[=@\t\r\n]|[+-](?![\d ]*\Z)")


def print_value(value: Any, form: Format) -> None:
    """Print any JSON value to standard output.

    In ``jsonl`` and ``csv``, and as a table, each item of a list is a line. An object in an object that has
    nothing else is shown in its place, except in the JSON formats.
    """
    if form is Format.JSON:
        _print_json(value)
    elif isinstance(value, list):
        print_records(value, form)
    elif form is Format.JSONL:
        typer.echo(json_text(value))
    elif not isinstance(value, Mapping):
        typer.echo(printable(cell_text(value)))
    else:
        value = _unwrapped(value)
        if form is Format.CSV:
            print_records([value], form)
        else:
            print_rows([(str(name), cell_text(part)) for name, part in value.items()])


def print_records(records: Sequence[Any], form: Format, *, columns: Sequence[str] = ()) -> None:
    """Print a list to standard output.

    Args:
        records: Objects, lists or plain values.
        form: Output format.
        columns: Names of the columns of a table and of ``csv``; by default all names in the objects.
    """
    if form is Format.JSON:
        _print_json(records)
        return
    if form is Format.JSONL:
        for record in records:
            typer.echo(json_text(record))
        return
    if not columns:
        columns = list(
            dict.fromkeys(name for record in records if isinstance(record, Mapping) for name in record)
        )
    rows = [_row(record, columns) for record in records]
    if form is Format.CSV:
        writer = CsvWriter(sys.stdout)
        for row in [columns, *rows] if columns else rows:
            writer.write(row)
    elif columns:
        print_table(columns, rows)
    else:
        print_rows(rows)


def _row(record: Any, columns: Sequence[str]) -> list[str]:
    if isinstance(record, Mapping):
        return [cell_text(record.get(name)) for name in columns]
    return [cell_text(part) for part in (record if isinstance(record, list) else [record])]


def _unwrapped(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(value) == 1:
        (part,) = value.values()
        return part if isinstance(part, Mapping) else value
    return value


def _print_json(value: Any) -> None:
    text = json_text(value, indent=2)
    if sys.stdout.isatty():
        # print_json would serialize the text again, with control characters.
        Console().print(JSONHighlighter()(text), soft_wrap=True)
    else:
        typer.echo(text)


def cell_text(value: Any) -> str:
    """Return the text of a JSON value in a cell."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json_text(value)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, file: IO[str] | None = None
) -> None:
    """Print aligned columns with a header; on a terminal, long cells are folded."""
    console = Console(file=file, highlight=False)
    if not console.is_terminal:
        console.width = UNLIMITED_WIDTH
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(printable(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    print_lines(console, table)


class CsvWriter:
    """Writes lines of CSV; an apostrophe keeps spreadsheets from executing a value that a user chose."""

    def __init__(self, file: IO[str]) -> None:
        # Before 3.13, csv quotes only the line breaks of its lineterminator; spreadsheets split lines at all
        # of them.
        self._writer = csv.writer(_UnixLines(file), lineterminator="\r\n")

    def write(self, cells: Iterable[str]) -> None:
        """Write a line."""
        self._writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])


@frozen
class _UnixLines:
    """Replaces the line end CR LF by LF."""

    _file: IO[str]

    def write(self, line: str) -> int:
        return self._file.write(line.removesuffix("\r\n") + "\n")
