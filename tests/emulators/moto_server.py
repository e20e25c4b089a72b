"""Runs moto on a free loopback port while a script runs.

``python tests/emulators/moto_server.py SCRIPT [ARGUMENT ...]`` runs a script against it, which finds address,
region and keys in the environment, and a user pool in ``COGNITO_USER_POOL_ID`` and
``COGNITO_CLIENT_ID``. Without a script it prints these settings and serves until Ctrl-C.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from cognito_async import CognitoClient
from cognito_async.testing import MotoServer

AWS_SETTINGS = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "emulator",
    "AWS_SECRET_ACCESS_KEY": "emulator",  # the emulator accepts any
}
USERS = 250
"""Users of the pool: five pages."""

PASSWORD = "Correct-Horse-7"
"""Password of ``user-001``; the other users have none."""


async def make_practice_pool(client: CognitoClient, users: int = USERS) -> dict[str, str]:
    """Create a pool with users, two groups and an app client; return the environment variables of the examples."""
    pool_id = (await client.create_user_pool(pool_name="practice")).user_pool.id
    app = await client.create_user_pool_client(
        user_pool_id=pool_id,
        client_name="practice",
        explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    names = [f"user-{number:03}" for number in range(1, users + 1)]
    for name in names:  # one after the other, so that lists have them in this order
        await client.admin_create_user(
            user_pool_id=pool_id,
            username=name,
            message_action="SUPPRESS",
            user_attributes={"email": f"{name}@example.com", "email_verified": True},
        )
    await client.admin_set_user_password(
        user_pool_id=pool_id, username=names[0], password=PASSWORD, permanent=True
    )
    for group, members in (("admins", names[:2]), ("testers", names[2:6])):
        await client.create_group(user_pool_id=pool_id, group_name=group, description=f"All {group}")
        for name in members:
            await client.admin_add_user_to_group(user_pool_id=pool_id, username=name, group_name=group)
    return {"COGNITO_USER_POOL_ID": pool_id, "COGNITO_CLIENT_ID": app.user_pool_client.client_id}


async def _settings(url: str) -> dict[str, str]:
    """Create the pool and return the environment of scripts."""
    async with CognitoClient(endpoint_url=url) as client:
        return AWS_SETTINGS | {"AWS_ENDPOINT_URL": url} | await make_practice_pool(client)


def main() -> int:
    """Run a script against the emulator and return its exit code."""
    os.environ |= AWS_SETTINGS
    with MotoServer() as emulator:
        settings = asyncio.run(_settings(emulator.url))
        if len(sys.argv) == 1:
            print(f"An emulator of Cognito, until Ctrl-C, with {USERS} users. For another terminal:\n")
            print("\n".join(f"export {name}={value}" for name, value in settings.items()), flush=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
            return 0
        # Ctrl-C also reaches the script, which decides whether it exits; the emulator runs until then.
        # A background job of a shell without job control ignores it, and so does the script then.
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, lambda _number, _frame: None)
        environment = os.environ | settings
        return subprocess.run([sys.executable, *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
