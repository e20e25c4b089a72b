"""Move the users of a pool to another one: an export with groups, then an import, with progress bars.

``python bulk.py eu-west-1_AbC123 eu-west-1_XyZ789`` writes ``users-eu-west-1_AbC123.jsonl`` and imports it.
After an interruption, the same command continues: the file of a complete export is used, and no user is
created twice. With ``--file``, a file that exists must be an export of the source pool.

The region and credentials come from the environment or a profile, as with the AWS CLI.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cognito_async import CognitoClient, bulk
from cognito_async.errors import CognitoError

INTERRUPTED = 130
"""Exit code of a command that Ctrl+C ended."""


def updates(bars: Progress, bar: TaskID) -> Callable[[bulk.Progress], None]:
    """Return a function that draws the progress of a job."""

    def update(progress: bulk.Progress) -> None:
        rate = f"{progress.rate:,.0f}/s" if progress.rate else ""
        bars.update(bar, completed=progress.done, total=progress.total, rate=rate, failed=progress.failed)

    return update


async def run(source: str, target: str, path: Path, *, exported: bool) -> None:
    """Import, after the export if that is not complete."""
    columns = (
        TextColumn("{task.description:<6}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>9}"),
        TextColumn("{task.fields[failed]} failed"),
        TimeRemainingColumn(),
    )
    async with CognitoClient(retry_mode="adaptive", max_attempts=8) as client:
        with Progress(*columns, console=Console(stderr=True)) as bars:
            tasks = [bars.add_task(name, total=None, rate="", failed=0) for name in ("export", "import")]
            if not exported:
                await bulk.export_users(client, source, path, groups=True, progress=updates(bars, tasks[0]))
            report = await bulk.import_users(
                client,
                target,
                path,
                concurrency=20,
                journal=path.with_name(f"{path.name}.import"),
                progress=updates(bars, tasks[1]),
            )
    result = Text(f"{report.created:,} created", "green")
    result.append(f", {report.existing:,} existing, ", "default")
    result.append(f"{report.failed:,} failed", "bold red" if report.failed else "default")
    Console().print(result)
    if report.failures_path is not None:
        print(f"The failures are in {report.failures_path}")


def main() -> int:
    """Move the users; if that stops early, print how to continue."""
    parser = argparse.ArgumentParser(description="Move the users of a Cognito user pool to another one.")
    for name, variable in (("source", "COGNITO_USER_POOL_ID"), ("target", "COGNITO_TARGET_POOL_ID")):
        pool = os.environ.get(variable)
        help_text = f"id of the {name} pool, such as eu-west-1_AbC123; default: {variable}"
        parser.add_argument(name, nargs="?" if pool else None, default=pool, help=help_text)
    parser.add_argument("--file", type=Path, help="file (default: users-SOURCE.jsonl)")
    arguments = parser.parse_args()
    path: Path = arguments.file or Path(f"users-{arguments.source}.jsonl")
    exported = path.exists() and not path.with_name(f"{path.name}.journal").exists()
    try:
        asyncio.run(run(arguments.source, arguments.target, path, exported=exported))
    except bulk.BulkError as error:
        print(error, file=sys.stderr)
        return 1
    except CognitoError as error:
        print(f"{error}\nRun the same command again to continue.", file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to continue.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
