"""Disable a user and sign them out everywhere: ``python disable_user.py ana``."""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient


async def disable_and_sign_out(client: CognitoClient, pool_id: str, username: str) -> None:
    """Allow no more sign-ins, then revoke all tokens."""
    await client.admin_disable_user(user_pool_id=pool_id, username=username)
    await client.admin_user_global_sign_out(user_pool_id=pool_id, username=username)


async def main(username: str) -> None:
    """Disable one user."""
    async with CognitoClient() as client:
        await disable_and_sign_out(client, os.environ["COGNITO_USER_POOL_ID"], username)
    print(f"{username} is disabled and signed out")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
