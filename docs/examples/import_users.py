"""Import users from a file into a pool, with a progress bar and a report; an interrupted import continues.

``python import_users.py users.jsonl --pool eu-west-1_AbC123`` creates a user for each line, such as
``{"username": "ana", "attributes": {"email": "ana@example.com", "email_verified": true}}``, the form of
``export_users.py``; it reads the CSV of an import job too. The same command continues an interrupted import,
and no user is created twice. Lines that fail are in ``users.jsonl.failures.jsonl``, which you can correct and
import.

Users receive no messages, unless ``--invite`` is set: then each gets an invitation with a temporary password.

The region and credentials come from the environment or a profile, as with the AWS CLI. The required
permissions are cognito-idp:DescribeUserPool, AdminCreateUser and AdminGetUser, and for groups and users that
are disabled ListGroups, AdminAddUserToGroup and AdminDisableUser.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cognito_async import CognitoClient, bulk
from cognito_async.errors import CognitoError

INTERRUPTED = 130
"""Exit code after Ctrl-C: by convention, 128 plus the number of the signal."""


async def run(arguments: argparse.Namespace) -> bulk.ImportReport:
    """Import with a progress bar."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # When the service throttles, adaptive mode adapts to the rate that it allows.
    async with CognitoClient(retry_mode="adaptive", max_attempts=8) as client:
        with Progress(*columns, console=Console(stderr=True)) as bars:
            bar = bars.add_task("users", total=None)
            return await bulk.import_users(
                client,
                arguments.pool,
                arguments.file,
                concurrency=arguments.workers,
                message_action=None if arguments.invite else "SUPPRESS",
                progress=lambda progress: bars.update(bar, completed=progress.done, total=progress.total),
            )


def show(report: bulk.ImportReport, console: Console) -> None:
    """Print the report."""
    counts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    counts.add_column()
    counts.add_column(justify="right")
    for name in ("created", "existing", "skipped", "failed"):
        counts.add_row(name, f"{getattr(report, name):,}")
    console.print(counts)
    if report.failures:
        table = Table("line", "username", "reason", box=None, header_style="bold", padding=(0, 2, 0, 0))
        table.columns[0].justify = "right"
        for failure in sorted(report.failures, key=lambda failure: failure.line):
            # As Text, so that brackets are not read as markup.
            reason = Text(f"{failure.error}: {failure.message}")
            table.add_row(str(failure.line), Text(failure.username), reason)
        console.print()
        console.print(table)
        console.print(f"\nThe lines that failed are in {report.failures_path}", soft_wrap=True)


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Import users from a file into a Cognito user pool.")
    parser.add_argument("file", type=Path, help="input file, such as users.jsonl or users.csv")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID",
    )
    parser.add_argument(
        "--workers",
        type=int,
        choices=range(1, 51),
        default=10,
        metavar="N",
        help="users processed at the same time, 1 to 50 (default: 10)",
    )
    parser.add_argument("--invite", action="store_true", help="send invitations to the users")
    return parser.parse_args()


def main() -> int:
    """Import, and print the report; if the import stops early, print how to continue it."""
    arguments = parse()
    try:
        report = asyncio.run(run(arguments))
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
    show(report, Console())
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
