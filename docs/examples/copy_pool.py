"""Copy a user pool: settings, app clients, groups, users and memberships; in another Region too.

``python copy_pool.py eu-west-1_AbC123 --dry-run`` shows what a copy would create. Without ``--dry-run``, it
creates a pool with the settings of the source, or copies to an existing one: ``--target eu-west-1_XyZ789``.
After an interruption, the same command continues.

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
from cognito_async.errors import CognitoError


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
            journal=arguments.journal or f"copy-of-{arguments.source}.journal",
            progress=show,
            dry_run=arguments.dry_run,
        )


def print_report(report: bulk.CopyReport) -> None:
    """Print what was created, the new ids, and what is missing."""
    print(f"{'part':<20}{'created':>9}{'existing':>9}{'skipped':>9}{'failed':>9}")
    for part, counts in report.counts.items():
        print(f"{part:<20}{counts.created:>9}{counts.existing:>9}{counts.skipped:>9}{counts.failed:>9}")
    if report.dry_run:
        print("\nNothing was changed: this is a plan.")
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


def main() -> int:
    """Copy; if that stops early, print how to continue."""
    parser = argparse.ArgumentParser(description="Copy a Cognito user pool.")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    source_help = "id of the pool to copy, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID"
    parser.add_argument("source", nargs="?" if pool else None, default=pool, help=source_help)
    parser.add_argument("--target", help="id of an existing pool; by default a new one is created")
    parser.add_argument("--region", help="Region of the target (default: that of the source)")
    parser.add_argument("--name", help="name of the new pool (default: that of the source)")
    parser.add_argument("--journal", help="file of the journal (default: copy-of-SOURCE.journal)")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, print the plan")
    try:
        report = asyncio.run(copy(parser.parse_args()))
    except (CognitoError, OSError) as error:
        print(f"{error}\nRun the same command again to continue.", file=sys.stderr)
        return 1
    print_report(report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
