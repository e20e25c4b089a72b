"""The blocks of code on a page, run against an emulator with a pool and what else they need."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Callable
from typing import Any

from attrs import frozen
from guide_tables import page

from cognito_async import CognitoClient
from cognito_async.types import AttributeType

PASSWORD = "Correct-Horse-7"


@frozen
class World:
    """An emulator with a pool, an app client, a group and a user."""

    pool_id: str
    client_id: str
    client_secret: str

    def knows(self) -> dict[str, Any]:
        """Values for the parameters that examples have."""
        return {
            "pool_id": self.pool_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code": "123456",
            "email": "ana@example.com",
            "password": "Wrong-Horse-7",
            "token": None,
            "username": "ana",
            "usernames": ["ana", "bea"],
        }


async def make_world(*, with_user: bool = True, with_secret: bool = False) -> World:
    async with CognitoClient() as client:
        pool_id = (await client.create_user_pool(pool_name="guide")).user_pool.id
        app = await client.create_user_pool_client(
            user_pool_id=pool_id,
            client_name="web",
            generate_secret=with_secret,
            explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        if with_user:
            await client.admin_create_user(
                user_pool_id=pool_id,
                username="ana",
                user_attributes=[AttributeType(name="email", value="ana@example.com")],
                message_action="SUPPRESS",
            )
            await client.admin_set_user_password(
                user_pool_id=pool_id, username="ana", password=PASSWORD, permanent=True
            )
            await client.create_group(user_pool_id=pool_id, group_name="admins")
            await client.admin_add_user_to_group(user_pool_id=pool_id, username="ana", group_name="admins")
    return World(pool_id, app.user_pool_client.client_id, app.user_pool_client.client_secret or "")


def blocks(name: str, language: str) -> list[str]:
    """Return the blocks of a page; there have to be some, as the tests go through them."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE)
    assert found, f"{name} has no block of {language}"
    return found


def functions(block: str, names: dict[str, Any]) -> list[Callable[..., Any]]:
    """Functions of a block that take a client, in their order."""
    found = [names[node.name] for node in ast.parse(block).body if isinstance(node, ast.AsyncFunctionDef)]
    return [function for function in found if "client" in inspect.signature(function).parameters]


def run(block: str, values: dict[str, Any]) -> dict[str, Any]:
    """Run a block, then its functions with a client and values for their parameters; return its names."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(block, "example", "exec"), names)

    async def call(function: Callable[..., Any]) -> None:
        wanted = set(inspect.signature(function).parameters) - {"client"}
        async with CognitoClient() as client:
            await function(client=client, **{name: values[name] for name in wanted})

    for function in functions(block, names):
        asyncio.run(call(function))
    return names
