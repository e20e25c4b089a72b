"""Call a local server with this package and with a client of AWS.

``python smoke.py boto3`` or ``aioboto3``; ``coexist.py`` runs it in separate environments.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

import cognito_async
from cognito_async import CognitoClient

POOL, USERNAME = "eu-west-1_AbC123", "ana"
RESPONSE = {
    "Username": USERNAME,
    "UserStatus": "CONFIRMED",
    "UserCreateDate": 1_700_000_000,
    "UserAttributes": [{"Name": "email", "Value": "ana@example.com"}],
}
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}


class Server:
    """Returns the same response for every call and records the user agents."""

    def __init__(self) -> None:
        self.user_agents: list[str] = []

    async def respond(self, request: web.Request) -> web.Response:
        assert request.headers["X-Amz-Target"] == "AWSCognitoIdentityProviderService.AdminGetUser"
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        assert await request.json() == {"UserPoolId": POOL, "Username": USERNAME}
        self.user_agents.append(request.headers["User-Agent"])
        return web.json_response(RESPONSE, headers={"x-amzn-requestid": "request-1"})


async def call_boto3(url: str) -> tuple[dict[str, Any], Any]:
    import boto3

    session = boto3.Session(region_name="eu-west-1", **KEYS)
    client = session.client("cognito-idp", endpoint_url=url)
    response = await asyncio.to_thread(client.admin_get_user, UserPoolId=POOL, Username=USERNAME)
    return response, session.get_credentials()


async def call_aioboto3(url: str) -> tuple[dict[str, Any], Any]:
    import aioboto3

    async with aioboto3.Session(region_name="eu-west-1", **KEYS).client(
        "cognito-idp", endpoint_url=url
    ) as client:
        response = await client.admin_get_user(UserPoolId=POOL, Username=USERNAME)
    from botocore.credentials import Credentials

    return response, Credentials(*KEYS.values())


async def main(call: Callable[[str], Awaitable[tuple[dict[str, Any], Any]]]) -> None:
    server = Server()
    app = web.Application()
    app.router.add_post("/", server.respond)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        expected, credentials = await call(url)
        async with CognitoClient(region="eu-west-1", endpoint_url=url, credentials=credentials) as client:
            response = await client.admin_get_user(user_pool_id=POOL, username=USERNAME)
    finally:
        await runner.cleanup()
    members = response.to_wire()
    assert members == {name: expected[name] for name in members}, (members, expected)
    assert members["Username"] == USERNAME
    assert len(server.user_agents) == 2, server.user_agents
    assert f"cognito_async/{cognito_async.__version__}" in server.user_agents[1], server.user_agents


if __name__ == "__main__":
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    asyncio.run(main({"boto3": call_boto3, "aioboto3": call_aioboto3}[sys.argv[1]]))
