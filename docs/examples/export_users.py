"""Export all users of a pool to JSON Lines or CSV, with a progress bar; an interrupted export continues.

``python export_users.py users.jsonl --pool eu-west-1_AbC123`` writes one line per user; ``users.csv`` is the
form of an import job. The same command continues an interrupted export, whatever stopped it, and no user is
missing or duplicated.

The region and credentials come from the environment or a profile, as with the AWS CLI. The required
permissions are cognito-idp:DescribeUserPool and cognito-idp:ListUsers, with ``--groups`` also
cognito-idp:AdminListGroupsForUser, and for CSV cognito-idp:GetCSVHeader. Passwords and the secrets of
authenticator apps cannot be exported.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cognito_async import CognitoClient, bulk
from cognito_async.errors import CognitoError

INTERRUPTED = 130
"""Exit code after Ctrl-C: by convention, 128 plus the number of the signal."""


async def run(arguments: argparse.Namespace) -> bulk.ExportReport:
    """Export with a progress bar."""
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
            return await bulk.export_users(
                client,
                arguments.pool,
                arguments.file,
                groups=arguments.groups,
                resume=not arguments.start_over,
                progress=lambda progress: bars.update(bar, completed=progress.done, total=progress.total),
            )


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Export all users of a Cognito user pool.")
    parser.add_argument("file", type=Path, help="output file, such as users.jsonl or users.csv")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID",
    )
    parser.add_argument("--groups", action="store_true", help="export the groups of each user too")
    parser.add_argument("--start-over", action="store_true", help="replace the output of an earlier run")
    return parser.parse_args()


def main() -> int:
    """Export; if the export stops early, print how to continue it."""
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
    earlier = f", {report.resumed:,} of them by earlier runs" if report.resumed else ""
    print(f"{report.users:,} users in {report.path}{earlier}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
