"""Manage the groups of a pool: create, list and delete groups; add, move and remove users.

::

    python groups.py create editors --description "May publish" --precedence 5
    python groups.py add editors ana bo
    python groups.py list
    python groups.py members editors
    python groups.py move editors reviewers bo
    python groups.py remove editors ana
    python groups.py delete editors

From a user's next sign-in on, the tokens contain the groups in ``cognito:groups``.

The region and credentials come from the environment or a profile, as with the AWS CLI.
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
    """Create a group; an existing one is left unchanged."""
    try:
        await client.create_group(
            user_pool_id=arguments.pool,
            group_name=arguments.group,
            description=arguments.description,
            precedence=arguments.precedence,
        )
    except GroupExistsException:
        print(f"{arguments.group} already exists and is unchanged")
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
        # As Text, so that brackets are not read as markup.
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
    """Add users to a group."""

    async def add_one(username: str) -> None:
        await client.admin_add_user_to_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.group
        )

    return await for_each(arguments.users, add_one, f"in {arguments.group}")


async def remove(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Remove users from a group."""

    async def remove_one(username: str) -> None:
        await client.admin_remove_user_from_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.group
        )

    return await for_each(arguments.users, remove_one, f"no longer in {arguments.group}")


async def move(client: CognitoClient, arguments: argparse.Namespace) -> int:
    """Move users from one group to another."""

    async def move_one(username: str) -> None:
        # In this order, so that a user whose move fails half-way is in both groups and not in none.
        await client.admin_add_user_to_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.to
        )
        await client.admin_remove_user_from_group(
            user_pool_id=arguments.pool, username=username, group_name=arguments.group
        )

    return await for_each(arguments.users, move_one, f"in {arguments.to}, no longer in {arguments.group}")


async def for_each(usernames: list[str], change: Callable[[str], Awaitable[None]], done: str) -> int:
    """Change one user after another; continue after an unknown user, and return the exit code."""
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
    """Parse the command line; ``run`` of the result is the function to call."""
    parser = argparse.ArgumentParser(description="Manage the groups of a Cognito user pool.")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., Awaitable[int]], summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        added.set_defaults(run=run)
        return added

    command("list", list_groups, "show all groups")
    one = command("create", create, "create a group; an existing one is left unchanged")
    one.add_argument("group", help="name of the group")
    one.add_argument("--description", help="purpose of the group")
    one.add_argument("--precedence", type=int, help="the group with the lowest number takes precedence")
    one = command("delete", delete, "delete a group; its members stay in the pool")
    one.add_argument("group", help="name of the group")
    one = command("members", show_members, "show the users in a group")
    one.add_argument("group", help="name of the group")
    some = command("add", add, "add users to a group")
    some.add_argument("group", help="name of the group")
    some.add_argument("users", nargs="+", metavar="user", help="username")
    some = command("move", move, "move users from one group to another")
    some.add_argument("group", help="name of their current group")
    some.add_argument("to", help="name of their new group")
    some.add_argument("users", nargs="+", metavar="user", help="username")
    some = command("remove", remove, "remove users from a group")
    some.add_argument("group", help="name of the group")
    some.add_argument("users", nargs="+", metavar="user", help="username")
    return parser.parse_args()


async def run_command(arguments: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    async with CognitoClient() as client:
        code: int = await arguments.run(client, arguments)
        return code


def main() -> int:
    """Run the program."""
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
