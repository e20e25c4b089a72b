"""Import users from the CSV of another system: ``python import_csv.py people.csv``.

Its columns are ``Login``, ``E-mail`` and ``Full name``.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
from pathlib import Path

from cognito_async import CognitoClient
from cognito_async.bulk import ImportReport, import_users


def convert(source: Path, target: Path) -> None:
    """Write the users as JSON Lines; this is the place for rules of your own."""
    with (
        source.open(encoding="utf-8-sig", newline="") as rows,
        target.open("w", encoding="utf-8") as lines,
    ):
        for row in csv.DictReader(rows):
            attributes = {
                "email": row["E-mail"].strip().lower(),
                "email_verified": True,
                "name": row["Full name"],
            }
            user = {"username": row["Login"], "attributes": attributes}
            lines.write(f"{json.dumps(user)}\n")


async def main(source: Path) -> ImportReport:
    """Import the users, without messages to them, and print a report."""
    target = source.with_suffix(".jsonl")
    await asyncio.to_thread(convert, source, target)
    async with CognitoClient(retry_mode="adaptive") as client:
        report = await import_users(client, os.environ["COGNITO_USER_POOL_ID"], target)
    print(f"{report.created} new, {report.existing} existing, {report.failed} failed")
    for failure in report.failures:
        print(f"line {failure.line}, {failure.username}: {failure.message}")
    return report


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(Path(sys.argv[1]))).failed else 0)
