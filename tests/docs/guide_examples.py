"""Run the code blocks of a page against an emulator, with the resources that they need."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Callable
from typing import Any

from attrs import frozen
from docs.guide_tables import page

from cognito_async import CognitoClient
from cognito_async.types import AttributeType

PASSWORD = "Correct-Horse-7"


@frozen
class Resources:
    """A pool with an app client, a group and a user in the emulator."""

    pool_id: str
    client_id: str
    client_secret: str

    def arguments(self) -> dict[str, Any]:
        """Return values for the parameters of the examples."""
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


async def create_resources(*, with_user: bool = True, with_secret: bool = False) -> Resources:
    """Create a pool with an app client, and a group and a user unless ``with_user`` is false."""
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
    return Resources(pool_id, app.user_pool_client.client_id, app.user_pool_client.client_secret or "")


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of a page in a language; there must be at least one."""
    result = re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE)
    assert result, f"{name} has no {language} block"
    return result


def functions(block: str, names: dict[str, Any]) -> list[Callable[..., Any]]:
    """Return the async functions of a block that take a client, in source order."""
    coroutines = [
        names[node.name] for node in ast.parse(block).body if isinstance(node, ast.AsyncFunctionDef)
    ]
    return [function for function in coroutines if "client" in inspect.signature(function).parameters]


def run(block: str, values: dict[str, Any]) -> dict[str, Any]:
    """Run a block and call its functions with a client and values; return the namespace of the block."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(block, "example", "exec"), names)

    async def call(function: Callable[..., Any]) -> None:
        parameters = set(inspect.signature(function).parameters) - {"client"}
        async with CognitoClient() as client:
            await function(client=client, **{name: values[name] for name in parameters})

    for function in functions(block, names):
        asyncio.run(call(function))
    return names
