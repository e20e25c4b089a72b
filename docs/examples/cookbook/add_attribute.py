"""Add a custom attribute to a pool, once: ``python add_attribute.py team``."""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient
from cognito_async.types import SchemaAttributeType, StringAttributeConstraintsType


async def add_text_attribute(client: CognitoClient, pool_id: str, name: str) -> bool:
    """Add ``custom:NAME`` for text; return False if it exists."""
    if ":" in name:
        raise ValueError(f"{name}: give the name without prefix")
    pool = (await client.describe_user_pool(user_pool_id=pool_id)).user_pool
    for existing in pool.schema_attributes or []:
        if existing.name == f"custom:{name}":
            if existing.attribute_data_type != "String" or not existing.mutable:
                kind = f"{existing.attribute_data_type}, mutable={existing.mutable}"
                raise ValueError(f"custom:{name} is {kind}")
            return False
    limits = StringAttributeConstraintsType(min_length="0", max_length="2048")
    attribute = SchemaAttributeType(
        name=name,  # the service adds the prefix
        attribute_data_type="String",
        mutable=True,  # cannot be changed later, and neither can the limits
        string_attribute_constraints=limits,
    )
    await client.add_custom_attributes(user_pool_id=pool_id, custom_attributes=[attribute])
    return True


async def main(name: str) -> None:
    """Add one attribute."""
    async with CognitoClient() as client:
        added = await add_text_attribute(client, os.environ["COGNITO_USER_POOL_ID"], name)
    print(f"custom:{name}", "added" if added else "exists already")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
