"""Rotate a secret: ``python rotate_secret.py add CLIENT_ID``, then ``remove CLIENT_ID``."""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient, types


async def add_secret(client: CognitoClient, pool_id: str, client_id: str) -> str:
    """Return a second secret; the first one stays valid."""
    added = await client.add_user_pool_client_secret(
        user_pool_id=pool_id, client_id=client_id
    )
    secret = added.client_secret_descriptor.client_secret_value
    if secret is None:
        raise LookupError("the response has no secret")
    return secret


async def remove_old_secret(client: CognitoClient, pool_id: str, client_id: str) -> str:
    """Delete the older one of two secrets, and return its id."""
    listed = await client.list_user_pool_client_secrets(
        user_pool_id=pool_id, client_id=client_id
    )
    if len(listed.client_secrets) < 2:  # noqa: PLR2004  there are one or two
        raise LookupError("there is no new secret yet")
    old = min(listed.client_secrets, key=created_at).client_secret_id
    await client.delete_user_pool_client_secret(
        user_pool_id=pool_id, client_id=client_id, client_secret_id=old
    )
    return old


def created_at(secret: types.ClientSecretDescriptorType) -> float:
    """Return when a secret was created; its id is ``CLIENT_ID--TIME``."""
    date = secret.client_secret_create_date
    return date.timestamp() if date else int(secret.client_secret_id.rpartition("--")[2])


async def main(command: str, client_id: str) -> None:
    """Run a step of the rotation."""
    pool_id = os.environ["COGNITO_USER_POOL_ID"]
    steps = {"add": add_secret, "remove": remove_old_secret}
    if command not in steps:
        raise SystemExit("add or remove")
    async with CognitoClient() as client:
        print(await steps[command](client, pool_id, client_id))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
