"""Import users from the CSV of another system: ``python import_csv.py people.csv``.

Its columns are ``Login``, ``E-mail`` and ``Full name``.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import secrets
import sys
from pathlib import Path

from cognito_async import CognitoClient
from cognito_async.bulk import ImportReport, import_users
from cognito_async.rate_limit import QuotaRateLimiter


def convert(source: Path, target: Path) -> None:
    """Write each user as JSON, on the same line as in the CSV; add your own rules here."""
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    with source.open(encoding="utf-8-sig", newline="") as file, target.open("w") as lines:
        rows, line = csv.DictReader(file, restval=""), 1
        for row in rows:
            email, name = row["E-mail"].strip().lower(), row["Full name"].strip()
            values = {"email": email, "email_verified": email and "true", "name": name}
            attributes = {key: value for key, value in values.items() if value}
            user = json.dumps({"username": row["Login"], "attributes": attributes})
            lines.write("\n" * (rows.reader.line_num - line) + user)
            line = rows.reader.line_num


async def main(source: Path) -> ImportReport:
    """Import the users, without messages to them, and print a report."""
    pool_id, target = os.environ["COGNITO_USER_POOL_ID"], source.with_suffix(".csv.jsonl")
    await asyncio.to_thread(convert, source, target)
    async with CognitoClient(limiter=QuotaRateLimiter(share=0.5)) as client:
        report = await import_users(
            client, pool_id, target, password=lambda _: f"{secrets.token_urlsafe(24)}aA1!"
        )
    target.unlink()
    print(f"{report.created} new, {report.existing} existing, {report.failed} failed")
    for failure in report.failures:
        print(f"line {failure.line}, {failure.username}: {failure.message}")
    return report


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(Path(sys.argv[1]))).failed else 0)
