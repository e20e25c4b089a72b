"""Reset the second factor of a user who lost the phone: ``python reset_mfa.py ana``."""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient


async def reset_mfa(client: CognitoClient, pool_id: str, username: str) -> list[str]:
    """Forget the devices, sign out, delete the app; return the factors that remain."""
    pages = client.get_paginator("admin_list_devices").paginate(
        user_pool_id=pool_id, username=username
    )
    for key in [device.device_key async for device in pages.items()]:
        await client.admin_forget_device(
            user_pool_id=pool_id, username=username, device_key=key
        )
    await client.admin_user_global_sign_out(user_pool_id=pool_id, username=username)
    await client.admin_delete_software_token(user_pool_id=pool_id, username=username)
    user = await client.admin_get_user(user_pool_id=pool_id, username=username)
    return list(user.user_mfa_setting_list or [])


async def main(username: str) -> None:
    """Reset one user."""
    async with CognitoClient() as client:
        left = await reset_mfa(client, os.environ["COGNITO_USER_POOL_ID"], username)
    print(f"{username} now has {', '.join(left) or 'no second factor'}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
