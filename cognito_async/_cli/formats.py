"""The output formats of all commands: table, json, jsonl and csv."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import typer
from attrs import frozen
from rich.cells import cell_len
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from cognito_async._cli.options import Format
from cognito_async._cli.output import (
    UNLIMITED_WIDTH,
    json_text,
    print_lines,
    print_message,
    print_rows,
    printable,
)

# A cell that a spreadsheet would execute as a formula; phone numbers are not matched.
_FORMULA = re.compile(r"[=@\t\r\n]|[+-](?![\d ]*\Z)")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?\+00:00")
_GAP = 2
"""Spaces between the columns of a table."""


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
        _print_plain([cell_text(value)])
    else:
        value = _unwrapped(value)
        if form is Format.CSV:
            print_records([value], form)
        else:
            print_rows([(str(name), _table_cell(part)) for name, part in value.items()])


def print_records(records: Sequence[Any], form: Format) -> None:
    """Print a list to standard output.

    Args:
        records: Objects, lists or plain values.
        form: Output format.
    """
    if form is Format.JSON:
        _print_json(records)
        return
    if form is Format.JSONL:
        for record in records:
            typer.echo(json_text(record))
        return
    if not records:
        print_message("the list is empty")
    if not any(isinstance(record, Mapping | list) for record in records):
        _print_plain([cell_text(record) for record in records])
        return
    columns = list(
        dict.fromkeys(name for record in records if isinstance(record, Mapping) for name in record)
    )
    text = cell_text if form is Format.CSV else _table_cell
    rows = [_row(record, columns, text) for record in records]
    if form is Format.CSV:
        writer = CsvWriter(sys.stdout)
        for row in [columns, *rows] if columns else rows:
            writer.write(row)
    elif columns:
        print_table(columns, rows)
    else:
        print_rows(rows)


def none_in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts for a table, with ``none`` in place of None."""
    return {name: "none" if value is None else value for name, value in facts.items()}


def _row(record: Any, columns: Sequence[str], text: Callable[[Any], str]) -> list[str]:
    if isinstance(record, Mapping):
        return [text(record.get(name)) for name in columns]
    if columns:
        return [text(record), *[""] * (len(columns) - 1)]
    return [text(part) for part in (record if isinstance(record, list) else [record])]


def _print_plain(values: Iterable[str]) -> None:
    """Print one value a line: for other programs exactly, for a terminal without control characters."""
    for value in values:
        typer.echo(printable(value) if sys.stdout.isatty() else value)


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


def _table_cell(value: Any) -> str:
    """Return the text in a table: attributes as ``email=ana@example.com``, times with seconds in UTC.

    A list or an object without content is empty, as a text is.
    """
    if value in ([], {}):
        return ""
    if isinstance(value, list) and value and all(_is_attribute(part) for part in value):
        return ", ".join(f"{part['Name']}={cell_text(part.get('Value'))}" for part in value)
    text = cell_text(value)
    time = _TIME.fullmatch(text)
    return text if time is None else f"{time[1]} {time[2]} UTC"


def _is_attribute(value: Any) -> bool:
    return isinstance(value, Mapping) and "Name" in value and value.keys() <= {"Name", "Value"}


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, file: IO[str] | None = None
) -> None:
    """Print aligned columns with a header.

    On a terminal that is too narrow, cells are wrapped at words; if a word would have to be cut, each record
    is printed as names and values.
    """
    console = Console(file=file, highlight=False)
    names = [printable(column) for column in columns]
    cells = [[printable(cell) for cell in row] for row in rows]
    widths: Sequence[int | None] | None = [None] * len(names)
    if console.is_terminal:
        widths = _column_widths([names, *cells], console.width)
    else:
        console.width = UNLIMITED_WIDTH
    if widths is None:
        _print_blocks(console, names, cells)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in zip(names, widths, strict=True):
        table.add_column(Text(name), overflow="fold", width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    print_lines(console, table)


def _column_widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return the widths of the columns, or None if a word would have to be cut."""
    columns = list(zip(*rows, strict=True))
    wanted = [max(cell_len(line) for cell in cells for line in cell.split("\n")) for cells in columns]
    least = [max(cell_len(word) for cell in cells for word in cell.split() or [""]) for cells in columns]
    space = width - _GAP * (len(columns) - 1)
    if sum(least) > space:
        return None
    widths, largest = wanted, max(wanted)
    while sum(widths) > space:  # the widest columns are wrapped first
        largest -= 1
        widths = [max(low, min(high, largest)) for low, high in zip(least, wanted, strict=True)]
    return widths


def _print_blocks(console: Console, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print each row as a block of names and values."""
    for number, row in enumerate(rows):
        if number:
            console.print()
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                table.add_row(Text(name), Text(cell))
        console.print(table)


class CsvWriter:
    """Writes lines of CSV; an apostrophe keeps spreadsheets from executing a value that a user chose."""

    def __init__(self, file: IO[str]) -> None:
        # Before 3.13, csv quotes only the line breaks of its lineterminator; spreadsheets split lines at all
        # of them.
        self._writer = csv.writer(_UnixLines(file), lineterminator="\r\n")
        self._on_terminal = file.isatty()

    def write(self, cells: Iterable[str]) -> None:
        """Write a line."""
        guarded = (f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells)
        self._writer.writerow(map(printable, guarded) if self._on_terminal else guarded)


@frozen
class _UnixLines:
    """Replaces the line end CR LF by LF."""

    _file: IO[str]

    def write(self, line: str) -> int:
        return self._file.write(line.removesuffix("\r\n") + "\n")
