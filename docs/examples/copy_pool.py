"""Copy a user pool: settings, app clients, groups, users and memberships; in another Region too.

``python copy_pool.py eu-west-1_AbC123 --dry-run`` shows what a copy would create. Without ``--dry-run``, it
creates a pool with the settings of the source, or copies to an existing one: ``--target eu-west-1_XyZ789``.

The journal says what the copy has created. After an interruption, the same command continues. When the copy
is complete, the same command prints its report again; ``--restart`` copies what failed or is new.

Region and credentials come from the environment or a profile, as with the AWS CLI.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import textwrap
from contextlib import AsyncExitStack

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cognito_async import CognitoClient, bulk
from cognito_async.errors import CognitoError, ConfigurationError, InvalidRequestError

CONTINUE = "Run the same command, without --restart, to continue."
INTERRUPTED = 130


def journal_of(arguments: argparse.Namespace) -> str:
    """Return the file of the journal: one for each target."""
    target = arguments.target or "-".join(filter(None, ("new", arguments.name, arguments.region)))
    return arguments.journal or f"copy-of-{arguments.source}-to-{target.replace('/', '_')}.journal"


async def copy(arguments: argparse.Namespace) -> bulk.CopyReport:
    """Copy the pool, with a progress bar for users and memberships."""
    columns = (TextColumn("users and memberships"), BarColumn(), MofNCompleteColumn())
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(CognitoClient(retry_mode="adaptive", max_attempts=8))
        target = source
        if arguments.region is not None:
            client = CognitoClient(region=arguments.region, retry_mode="adaptive", max_attempts=8)
            target = await stack.enter_async_context(client)
        bars = stack.enter_context(Progress(*columns, console=Console(stderr=True)))
        bar = bars.add_task("", total=None)

        def show(progress: bulk.Progress) -> None:
            bars.update(bar, completed=progress.done, total=progress.total)

        return await bulk.copy_pool(
            source,
            arguments.source,
            target,
            arguments.target,
            pool_name=arguments.name,
            journal=journal_of(arguments),
            progress=show,
            dry_run=arguments.dry_run,
            resume=not arguments.restart,
        )


def print_report(report: bulk.CopyReport) -> None:
    """Print what was created, the new ids, and what is missing."""
    print(f"{'part':<20}{'created':>9}{'existing':>9}{'skipped':>9}{'failed':>9}")
    for part, counts in report.counts.items():
        print(f"{part:<20}{counts.created:>9}{counts.existing:>9}{counts.skipped:>9}{counts.failed:>9}")
    if report.dry_run:
        print("\nNothing was changed: this is a plan.")
    elif report.was_complete:
        print(f"\nThe copy {report.target_pool_id} was complete already; this is its report.")
        print("To copy what failed or is new, add --restart. For another new pool, pass another --journal.")
    else:
        print(f"\nThe copy is {report.target_pool_id}")
    for old, new in report.client_ids.items():
        print(f"app client {old} is {new} there")
    for failure in report.failures:
        print(f"failed: {failure.part} {failure.name}: {failure.error}: {failure.message}")
    print("\nNot copied:")
    for what, reason in report.not_copied.items():
        text = f"- {what}: {reason}"
        print(textwrap.fill(text, shutil.get_terminal_size().columns, subsequent_indent="  "))


def print_error(error: CognitoError | OSError, *, dry_run: bool) -> None:
    """Print an error with its notes, and how to continue if the same command can do that."""
    print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
    if not dry_run and not isinstance(error, bulk.BulkError | ConfigurationError | InvalidRequestError):
        print(CONTINUE, file=sys.stderr)


def main() -> int:
    """Copy; if that stops early, print how to continue."""
    parser = argparse.ArgumentParser(description="Copy a Cognito user pool.")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    source_help = "id of the pool to copy, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID"
    parser.add_argument("source", nargs="?" if pool else None, default=pool, help=source_help)
    parser.add_argument("--target", help="id of an existing pool; by default a new one is created")
    parser.add_argument("--region", help="Region of the target (default: that of the source)")
    parser.add_argument("--name", help="name of the new pool (default: that of the source)")
    parser.add_argument("--journal", help="file of the journal (default: named after source and target)")
    parser.add_argument("--restart", action="store_true", help="copy what failed or is new since")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, print the plan")
    arguments = parser.parse_args()
    try:
        report = asyncio.run(copy(arguments))
    except (CognitoError, OSError) as error:
        print_error(error, dry_run=arguments.dry_run)
        return 1
    except KeyboardInterrupt:
        print("Interrupted." if arguments.dry_run else f"Interrupted. {CONTINUE}", file=sys.stderr)
        return INTERRUPTED
    print_report(report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
