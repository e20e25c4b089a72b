"""Rotate the secret of an app client, in two steps.

``python rotate_secret.py add CLIENT_ID`` prints a second secret, for a secret store. When
all services use it, ``python rotate_secret.py remove CLIENT_ID`` deletes the first one.
"""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient


async def add_secret(client: CognitoClient, pool_id: str, client_id: str) -> str:
    """Return a second secret; the first one stays valid."""
    added = await client.add_user_pool_client_secret(
        user_pool_id=pool_id, client_id=client_id
    )
    secret = added.client_secret_descriptor.client_secret_value
    if secret is None:
        raise LookupError("the response has no secret")
    return secret


async def remove_old_secret(client: CognitoClient, pool_id: str, client_id: str) -> None:
    """Delete the older one of two secrets."""
    listed = await client.list_user_pool_client_secrets(
        user_pool_id=pool_id, client_id=client_id
    )
    if len(listed.client_secrets) < 2:  # noqa: PLR2004  there are one or two
        raise LookupError("there is no new secret yet")
    ids = [secret.client_secret_id for secret in listed.client_secrets]  # CLIENT_ID--TIME
    old = min(ids, key=lambda each: int(each.rpartition("--")[2]))
    await client.delete_user_pool_client_secret(
        user_pool_id=pool_id, client_id=client_id, client_secret_id=old
    )


async def main(command: str, client_id: str) -> None:
    """Run a step of the rotation."""
    pool_id = os.environ["COGNITO_USER_POOL_ID"]
    async with CognitoClient() as client:
        if command == "add":
            print(await add_secret(client, pool_id, client_id))
        elif command == "remove":
            await remove_old_secret(client, pool_id, client_id)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
