"""Aligned Markdown tables, for the pages and reports that tests and benchmarks write."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str]


def widths_of(rows: Sequence[Row]) -> list[int]:
    """Width of each column; given to several tables, they stand in line."""
    return [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]


def table(rows: Sequence[Row], *, left: int | None = None, widths: Sequence[int] | None = None) -> str:
    """Return a table whose head is the first row.

    Args:
        rows: Cells, as many in every row.
        left: How many of the first columns are text, the others being numbers; all when left out.
        widths: Widths of the columns, when they are not those of these rows alone.
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
