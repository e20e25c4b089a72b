"""The compared clients, each as a coroutine function that prepares one to call an operation."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import Any

REGION = "eu-west-1"
POOL = "eu-west-1_AbC123"
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "AdminGetUser": {"UserPoolId": POOL, "Username": "ana"},
    "AdminCreateUser": {
        "UserPoolId": POOL,
        "Username": "ana",
        "UserAttributes": [{"Name": "email", "Value": "ana@example.com"}],
    },
    "InitiateAuth": {
        "ClientId": "client",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": "secret"},
    },
    "ListUsers": {"UserPoolId": POOL, "Limit": 60},
    "GetSecretValue": {"SecretId": "s"},
}
TARGETS = {"GetSecretValue": "secretsmanager"}
BASELINE, OURS, SMITHY = "aiohttp + json.loads", "cognito_async", "AWS smithy"
Call = Callable[[], Awaitable[object]]
Maker = Callable[[AsyncExitStack, str, str, dict[str, Any]], Awaitable[Call]]


async def bare(stack: AsyncExitStack, url: str, operation: str, parameters: dict[str, Any]) -> Call:
    """Bare aiohttp with fixed bytes and headers, and json.loads: untyped, unsigned, no retries."""
    import aiohttp

    session = await stack.enter_async_context(aiohttp.ClientSession())
    body = json.dumps(parameters).encode()
    target = TARGETS.get(operation, "AWSCognitoIdentityProviderService")
    headers = {"X-Amz-Target": f"{target}.{operation}", "Content-Type": "application/x-amz-json-1.1"}

    async def call() -> object:
        async with session.post(url, data=body, headers=headers) as response:
            return json.loads(await response.read())

    return call


async def ours(stack: AsyncExitStack, url: str, operation: str, parameters: dict[str, Any]) -> Call:
    """This client with its defaults."""
    from cognito_async import CognitoClient, Credentials, types
    from cognito_async._model.fields import shape_fields

    credentials = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
    client = await stack.enter_async_context(
        CognitoClient(region=REGION, endpoint_url=url, credentials=credentials)
    )
    method = getattr(client, snake_case(operation))
    request = getattr(types, f"{operation}Request").from_wire(parameters)
    members = {field.name: getattr(request, field.name) for field in shape_fields(type(request))}
    arguments = {name: value for name, value in members.items() if value is not None}
    return lambda: method(**arguments)


async def aiobotocore(stack: AsyncExitStack, url: str, operation: str, parameters: dict[str, Any]) -> Call:
    """Aiobotocore with its defaults, except for 50 connections, the default of this client."""
    from aiobotocore.session import get_session
    from botocore.config import Config

    config = Config(max_pool_connections=50)
    make = get_session().create_client(
        "cognito-idp", region_name=REGION, endpoint_url=url, config=config, **KEYS
    )
    method = getattr(await stack.enter_async_context(make), snake_case(operation))
    return lambda: method(**parameters)


async def boto3_threads(stack: AsyncExitStack, url: str, operation: str, parameters: dict[str, Any]) -> Call:
    """boto3 in a thread pool, as asyncio programs use it."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore.config import Config

    config = Config(max_pool_connections=50)
    client = boto3.client("cognito-idp", region_name=REGION, endpoint_url=url, config=config, **KEYS)
    stack.callback(client.close)
    pool = stack.enter_context(ThreadPoolExecutor(32))
    method = getattr(client, snake_case(operation))
    loop = asyncio.get_running_loop()
    return lambda: loop.run_in_executor(pool, lambda: method(**parameters))


async def smithy(stack: AsyncExitStack, url: str, operation: str, parameters: dict[str, Any]) -> Call:
    """The async SDK of AWS, for Secrets Manager: it does not have user pools yet, but uses the same protocol here."""
    from aws_sdk_secrets_manager import client as module
    from aws_sdk_secrets_manager.config import AsyncSecretsManagerConfig
    from aws_sdk_secrets_manager.models import GetSecretValueInput

    config = await AsyncSecretsManagerConfig.resolve(region=REGION, endpoint_uri=url, **KEYS)
    client = await stack.enter_async_context(module.AsyncSecretsManagerClient(config=config))
    request = GetSecretValueInput(secret_id=parameters["SecretId"])
    return lambda: client.get_secret_value(request)


def snake_case(operation: str) -> str:
    """Return the name of the method of an operation."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]


CLIENTS: dict[str, Maker] = {
    BASELINE: bare,
    OURS: ours,
    "aiobotocore": aiobotocore,
    "boto3 in threads": boto3_threads,
}
WEIGHT = {"aiobotocore": 0.2, "boto3 in threads": 0.1, SMITHY: 0.2}
"""Calls of the slow clients per call of the baseline."""


def clients_for(operation: str) -> dict[str, Maker]:
    """Return the clients that can call an operation."""
    if operation == "GetSecretValue":
        return {BASELINE: bare, SMITHY: smithy}
    return CLIENTS


def has_smithy() -> bool:
    """Return whether the smithy-based client of AWS is installed; it needs Python 3.12."""
    return sys.version_info >= (3, 12) and find_spec("aws_sdk_secrets_manager") is not None
