"""Manage the groups of a pool: create them, put users in, list them, move users between them, take them out.

::

    python groups.py create editors --description "May publish" --precedence 5
    python groups.py add editors ana bo
    python groups.py list
    python groups.py members editors
    python groups.py move editors reviewers bo
    python groups.py remove editors ana
    python groups.py delete editors

From a user's next sign-in on, the tokens name the groups in ``cognito:groups``.

Region and credentials come from the environment or a profile, as with the tools of AWS.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cognito_async import CognitoClient
from cognito_async.errors import (
    CognitoError,
    GroupExistsException,
    ResourceNotFoundException,
    UserNotFoundException,
)

CONSOLE = Console()


async def create(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Create a group; one that is there already stays as it is."""
    try:
        await client.create_group(
            user_pool_id=arguments.pool,
            group_name=arguments.group,
            description=arguments.description,
            precedence=arguments.precedence,
        )
    except GroupExistsException:
        print(f"{arguments.group} is there already and stays as it is")
    else:
        print(f"{arguments.group} created")
    return 0


async def delete(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Delete a group; its members stay in the pool."""
    await client.delete_group(user_pool_id=arguments.pool, group_name=arguments.group)
    print(f"{arguments.group} deleted")
    return 0


async def list_groups(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Show all groups."""
    table = Table("group", "precedence", "description", box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.columns[1].justify = "right"
    async for group in client.get_paginator("list_groups").paginate(user_pool_id=arguments.pool).items():
        precedence = "" if group.precedence is None else str(group.precedence)
        # As text, so that brackets in it are no markup.
        table.add_row(Text(group.group_name), precedence, Text(group.description or ""))
    CONSOLE.print(table)
    return 0


async def show_members(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Show the users in a group."""
    pages = client.get_paginator("list_users_in_group").paginate(
        user_pool_id=arguments.pool, group_name=arguments.group
    )
    table = Table("username", "status", "email", box=None, header_style="bold", padding=(0, 2, 0, 0))
    async for user in pages.items():
        email = user.attribute_map.get("email") or ""
        table.add_row(Text(user.username), user.user_status, Text(email))
    CONSOLE.print(table)
    return 0


async def add(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Put users into a group."""

    async def add_one(username: str) -> None:
        await client.admin_add_user_to_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.group
        )

    return await for_each(arguments.users, add_one, f"in {arguments.group}")


async def remove(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Take users out of a group."""

    async def remove_one(username: str) -> None:
        await client.admin_remove_user_from_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.group
        )

    return await for_each(arguments.users, remove_one, f"no longer in {arguments.group}")


async def move(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Move users from one group to another."""

    async def move_one(username: str) -> None:
        # In this order, so that a user whose move breaks off has the rights of both groups and not of none.
        await client.admin_add_user_to_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.to
        )
        await client.admin_remove_user_from_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.group
        )

    return await for_each(arguments.users, move_one, f"in {arguments.to}, no longer in {arguments.group}")


async def for_each(usernames: list[str], change: Callable[[str], Awaitable[None]], done: str) -> int:
    """Change one user after the other; an unknown one does not keep the others from it."""
    unknown = 0
    for username in usernames:
        try:
            await change(username)
        except UserNotFoundException:
            unknown += 1
            print(f"{username}: no such user", file=sys.stderr)
        else:
            print(f"{username}: {done}")
    return 1 if unknown else 0


def parse() -> argparse.Namespace:
    """Read the arguments; ``run`` of the result is the function to call."""
    parser = argparse.ArgumentParser(description="Manage the groups of a Cognito user pool.")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; else COGNITO_USER_POOL_ID",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., Awaitable[int]], summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        added.set_defaults(run=run)
        return added

    command("list", list_groups, "show all groups")
    one = command("create", create, "create a group; one that is there already stays as it is")
    one.add_argument("group", help="name of the group")
    one.add_argument("--description", help="what the group is for")
    one.add_argument("--precedence", type=int, help="of a user's groups, the one with the lowest goes first")
    one = command("delete", delete, "delete a group; its members stay in the pool")
    one.add_argument("group", help="name of the group")
    one = command("members", show_members, "show the users in a group")
    one.add_argument("group", help="name of the group")
    some = command("add", add, "put users into a group")
    some.add_argument("group", help="name of the group")
    some.add_argument("users", nargs="+", metavar="user", help="username")
    some = command("move", move, "move users from one group to another")
    some.add_argument("group", help="name of the group that they are in")
    some.add_argument("to", help="name of the group that they shall be in")
    some.add_argument("users", nargs="+", metavar="user", help="username")
    some = command("remove", remove, "take users out of a group")
    some.add_argument("group", help="name of the group")
    some.add_argument("users", nargs="+", metavar="user", help="username")
    return parser.parse_args()


async def run_command(arguments: argparse.Namespace) -> int:
    """Do what was asked for and return the exit code."""
    async with CognitoClient() as client:
        code: int = await arguments.run(client, arguments)
        return code


def main() -> int:
    """Read the arguments and go."""
    arguments = parse()
    try:
        return asyncio.run(run_command(arguments))
    except ResourceNotFoundException as error:
        print(f"No such group or pool: {error}", file=sys.stderr)
    except CognitoError as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
