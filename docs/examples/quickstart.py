"""A tour: a pool, an app client, groups and 120 users, sign-ins, and two errors caught.

On AWS, with credentials in the environment: ``python quickstart.py --region eu-west-1``.
Against an emulator: ``python quickstart.py --region eu-west-1 --endpoint-url http://127.0.0.1:5000``.
It deletes the pool at the end. The last sign-in runs on a fake pool in this process: emulators do not verify
SRP and codes. The report needs rich, which comes with ``pip install "cognito-async[cli]"``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cognito_async import CognitoClient, Credentials
from cognito_async.errors import NotAuthorizedException, UsernameExistsException
from cognito_async.sign_in import SignedIn, TotpRequired
from cognito_async.testing import FakeUserPool
from cognito_async.types import UserType

USERS = 120
# AWS allows about 50 creations per second; the client waits and retries when it is throttled.
CONCURRENCY = 8
PASSWORD = "Correct-Horse-7"

CONSOLE = Console(highlight=False)
LABELS = 34
"""Columns of the labels, which stand before the results."""


def report(what: str, result: str) -> None:
    """Print one line of the report; a long result continues below its start."""
    line = Table.grid(padding=(0, 1))
    line.add_column(width=LABELS, style="cyan")
    line.add_column()
    line.add_row(f"  {what}", Text(result))
    CONSOLE.print(line)


async def create_users(client: CognitoClient, pool_id: str) -> None:
    """Create many users, a few at a time."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def create(number: int) -> None:
        async with slots:
            await client.admin_create_user(
                user_pool_id=pool_id,
                username=f"user-{number:03}",
                message_action="SUPPRESS",
                user_attributes={"email": f"user-{number:03}@example.com", "email_verified": True},
            )

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(USERS):
            tasks.create_task(create(number))
    report("created concurrently", f"{USERS} users in {time.perf_counter() - started:.2f} s")


async def list_users(client: CognitoClient, pool_id: str) -> list[UserType]:
    """Read all users, page by page."""
    users: list[UserType] = []
    pages = 0
    async for page in client.get_paginator("list_users").paginate(user_pool_id=pool_id):
        users += page.users
        pages += 1
    report("listed page by page", f"{len(users)} users on {pages} pages")
    return users


async def fill_groups(client: CognitoClient, pool_id: str, users: list[UserType]) -> None:
    """Create two groups and add some users to each."""
    for name, members in (("admins", users[:3]), ("testers", users[3:10])):
        await client.create_group(user_pool_id=pool_id, group_name=name)
        for user in members:
            await client.admin_add_user_to_group(
                user_pool_id=pool_id, username=user.username, group_name=name
            )
        in_group = client.get_paginator("list_users_in_group").paginate(user_pool_id=pool_id, group_name=name)
        report(f"group {name}", ", ".join([user.username async for user in in_group.items()]))


async def no_credentials() -> Credentials:
    """Fail if AWS credentials are requested."""
    raise AssertionError("the sign-in requested AWS credentials")


async def sign_in(client: CognitoClient, client_id: str, username: str, password: str) -> None:
    """Sign a user in, as an application without AWS credentials does."""
    response = await client.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": username, "PASSWORD": password},
    )
    tokens = response.authentication_result
    if tokens is None or tokens.access_token is None:
        report("sign-in continues with", str(response.challenge_name))
        return
    me = await client.get_user(access_token=tokens.access_token)
    report("signed in without credentials", f"{me.username} <{me.attribute_map['email']}>")


async def sign_in_with_totp() -> None:
    """Sign in over SRP, which proves the password without sending it, and with an authenticator app."""
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    step = await pool.app().sign_in("ana", PASSWORD)
    report("password proved over SRP", type(step).__name__)
    if isinstance(step, TotpRequired):
        step = await step.answer(ana.totp_code())
    if not isinstance(step, SignedIn):
        raise TypeError(f"expected SignedIn, got {step!r}")
    report("signed in with TOTP", f"{step.username}, until {step.tokens.expires_at:%H:%M} UTC")


async def tour(region: str | None, endpoint_url: str | None) -> None:
    """Run every step once and clean up."""
    async with CognitoClient(region=region, endpoint_url=endpoint_url) as client:
        created = await client.create_user_pool(pool_name="quickstart")
        pool_id = created.user_pool.id
        report("user pool", pool_id)
        try:
            app = await client.create_user_pool_client(
                user_pool_id=pool_id,
                client_name="quickstart",
                explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            )
            client_id = app.user_pool_client.client_id
            report("app client", client_id)
            await create_users(client, pool_id)
            users = await list_users(client, pool_id)
            await fill_groups(client, pool_id, users)
            username = users[0].username
            await client.admin_set_user_password(
                user_pool_id=pool_id, username=username, password=PASSWORD, permanent=True
            )
            report("password set", username)
            async with CognitoClient(
                region=region, endpoint_url=endpoint_url, credentials=no_credentials
            ) as public:
                await sign_in(public, client_id, username, PASSWORD)
                try:
                    await sign_in(public, client_id, username, "Wrong-Horse-7")
                    raise AssertionError("a wrong password was accepted")
                except NotAuthorizedException as error:
                    report("wrong password", f"{error.code}: {error.message}")
            try:
                await client.admin_create_user(user_pool_id=pool_id, username=username)
                raise AssertionError("a user was created twice")
            except UsernameExistsException as error:
                report("created twice", f"{error.code} (HTTP {error.status})")
        finally:
            await client.delete_user_pool(user_pool_id=pool_id)
            report("deleted", pool_id)
    await sign_in_with_totp()


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description="A tour of cognito_async.")
    parser.add_argument("--region", default=None, help="such as eu-west-1; default: AWS_REGION")
    parser.add_argument(
        "--endpoint-url",
        default=os.environ.get("AWS_ENDPOINT_URL"),
        help="endpoint of an emulator; default: AWS_ENDPOINT_URL, or AWS",
    )
    arguments = parser.parse_args()
    CONSOLE.print(Text(f"cognito_async quickstart against {arguments.endpoint_url or 'AWS'}\n", "bold"))
    asyncio.run(tour(arguments.region, arguments.endpoint_url))
    CONSOLE.print("\n[bold green]All done.")


if __name__ == "__main__":
    main()
