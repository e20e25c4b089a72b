"""Copy users to another pool: ``python move_users.py eu-west-1_Old eu-west-1_New``."""

from __future__ import annotations

import asyncio
import sys

from cognito_async import CognitoClient, bulk


async def move_users(client: CognitoClient, old: str, new: str) -> bulk.CopyReport:
    """Copy missing attributes, groups, users and memberships; the old pool is only read."""
    return await bulk.copy_pool(
        client,
        old,
        client,
        new,
        parts=("settings", "groups", "users", "memberships"),
        journal=f"{old}-to-{new}.journal",
    )


async def main(old: str, new: str) -> int:
    """Copy the users, print what was done, and return the number of failures."""
    async with CognitoClient(retry_mode="adaptive", max_attempts=8) as client:
        report = await move_users(client, old, new)
    for part, counts in report.counts.items():
        done = f"{counts.created} new, {counts.existing} existing"
        print(f"{part}: {done}, {counts.failed} failed")
    for failure in report.failures:
        print(
            f"{failure.part} {failure.name}: {failure.error}: {failure.message}",
            file=sys.stderr,
        )
    return report.failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(*sys.argv[1:])) else 0)
