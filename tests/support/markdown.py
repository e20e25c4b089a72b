"""Aligned Markdown tables, for the pages and reports that tests and benchmarks write."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str]


def widths_of(rows: Sequence[Row]) -> list[int]:
    """Return the width of each column; several tables with the same widths are aligned."""
    return [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]


def table(rows: Sequence[Row], *, left: int | None = None, widths: Sequence[int] | None = None) -> str:
    """Return a table; the first row is its header.

    Args:
        rows: Cells, as many in every row.
        left: Number of columns with text, from the left; the others are numbers. By default, all are text.
        widths: Widths of the columns; by default those of these rows.
    """
    widths = widths_of(rows) if widths is None else widths
    texts = len(widths) if left is None else left

    def line(row: Row) -> str:
        cells = [
            cell.ljust(width) if column < texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return f"| {' | '.join(cells)} |"

    rule = ["-" * (width + 2) if n < texts else "-" * (width + 1) + ":" for n, width in enumerate(widths)]
    return "\n".join([line(rows[0]), f"|{'|'.join(rule)}|", *map(line, rows[1:])])
