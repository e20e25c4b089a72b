"""Find users by email address: ``python find_by_email.py ana@example.com``."""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient, filters
from cognito_async.types import UserType


async def find_by_email(client: CognitoClient, pool_id: str, email: str) -> list[UserType]:
    """Return all users with this address; there may be several."""
    users = client.get_paginator("list_users").paginate(
        user_pool_id=pool_id, filter=filters.equals("email", email)
    )
    return [user async for user in users.items()]


async def main(email: str) -> None:
    """Print the users with this address."""
    async with CognitoClient() as client:
        users = await find_by_email(client, os.environ["COGNITO_USER_POOL_ID"], email)
    for user in users:
        verified = user.attribute_map.get("email_verified", False)
        print(user.username, user.user_status, f"email_verified={verified}")
    if not users:
        raise SystemExit("nobody has this address")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
