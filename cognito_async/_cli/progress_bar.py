"""The progress of a bulk job, as a bar on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from cognito_async.bulk import Progress

_MINUTE, _HOUR = 60, 3600


@contextmanager
def progress_bar() -> Generator[Callable[[Progress], None]]:
    """Provide a callback that shows the progress on standard error, if that is a terminal."""
    columns = (BarColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True, highlight=False)
    with Bar(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)

        def show(progress: Progress) -> None:
            text = progress_text(progress)
            bar.update(task, completed=progress.done, total=progress.total, description=text)

        yield show


def progress_text(progress: Progress) -> str:
    """Return the progress in words, such as ``1,200 of 20,000, 48 per second, 7 min left, 2 failed``."""
    parts = [f"{progress.done:,}" if progress.total is None else f"{progress.done:,} of {progress.total:,}"]
    parts.append(f"{progress.rate:,.0f} per second")
    if progress.seconds_left is not None:
        parts.append(f"{_duration(progress.seconds_left)} left")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
