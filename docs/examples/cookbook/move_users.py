"""Copy users to another pool: ``python move_users.py eu-west-1_Old eu-west-1_New``.

After a complete copy, ``--again`` as the last argument copies what is new.
"""

from __future__ import annotations

import asyncio
import sys

from cognito_async import CognitoClient, bulk
from cognito_async.rate_limit import QuotaRateLimiter


async def move_users(
    client: CognitoClient, old: str, new: str, *, resume: bool = True
) -> bulk.CopyReport:
    """Copy missing attributes, groups, users and memberships; the old pool is only read."""
    return await bulk.copy_pool(
        client,
        old,
        client,
        new,
        parts=("settings", "groups", "users", "memberships"),
        journal=f"{old}-to-{new}.journal",
        resume=resume,
    )


async def main(old: str, new: str, option: str = "") -> int:
    """Copy the users, print what was done, and return the number of failures."""
    async with CognitoClient(limiter=QuotaRateLimiter(share=0.5)) as client:
        report = await move_users(client, old, new, resume=option != "--again")
    if report.was_complete:
        print("already complete; nothing was copied. The earlier run:")
    for part, counts in report.counts.items():
        done = f"{counts.created} new, {counts.existing} existing, {counts.skipped} skipped"
        print(f"{part}: {done}, {counts.failed} failed")
    for what, reason in report.not_copied.items():
        print(f"not copied: {what}: {reason}")
    for each in report.failures:
        print(f"{each.part} {each.name}: {each.error}: {each.message}", file=sys.stderr)
    return report.failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(*sys.argv[1:])) else 0)
