"""An AWS Lambda function behind API Gateway: ``GET /users/{username}`` returns a user of the pool.

Lambda calls a synchronous function, many times in one process. A connection belongs to the event loop that
opened it, and ``asyncio.run`` closes its loop at the end. With it, every invocation would open a new
connection, TLS handshake included. So the loop and the client are created once, when the module is loaded,
and live as long as the process.

The function's role requires the permission cognito-idp:AdminGetUser. ``COGNITO_USER_POOL_ID`` is the id of
the pool. ``python lambda_handler.py ana bo`` invokes the function on this machine, once for each user.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import time
from typing import Any, Protocol

from cognito_async import CognitoClient
from cognito_async.errors import CognitoError, UserNotFoundException

logger = logging.getLogger(__name__)

RUNNER = asyncio.Runner()
CLIENT = CognitoClient()  # does no I/O; the first call fetches credentials and opens the connection
RESERVED = 0.5
"""Seconds of an invocation reserved for the response if the call times out."""


class Context(Protocol):
    """The part of Lambda's context object that this function uses."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda stops the invocation."""
        ...


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Handle an event of API Gateway (HTTP API, payload version 2.0)."""
    username: str = event["pathParameters"]["username"]
    seconds = max(context.get_remaining_time_in_millis() / 1000 - RESERVED, RESERVED)
    try:
        return RUNNER.run(find_user(username, seconds))
    except UserNotFoundException:
        return response(404, {"error": "no such user"})
    except CognitoError as error:
        logger.error("%s", error)  # noqa: TRY400  has operation and request id; a traceback would add nothing
        return response(503, {"error": "try again later"})


async def find_user(username: str, seconds: float) -> dict[str, Any]:
    """Fetch the user within the given time."""
    client = CLIENT.with_options(timeout=seconds)  # shares the connections of CLIENT
    user = await client.admin_get_user(user_pool_id=os.environ["COGNITO_USER_POOL_ID"], username=username)
    email = user.attribute_map.get("email")
    return response(200, {"username": user.username, "enabled": user.enabled, "email": email})


def response(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return a response in the format of API Gateway."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }


class LocalContext:
    """Replaces Lambda's context object on this machine."""

    def get_remaining_time_in_millis(self) -> int:
        """Return Lambda's default timeout."""
        return 3000


def main() -> None:
    """Invoke the handler once for each user, as Lambda does."""
    parser = argparse.ArgumentParser(description="Invoke the Lambda handler on this machine.")
    parser.add_argument("users", nargs="+", metavar="USER", help="username to look up")
    for username in parser.parse_args().users:
        started = time.perf_counter()
        result = handler({"pathParameters": {"username": username}}, LocalContext())
        milliseconds = (time.perf_counter() - started) * 1000
        print(f"{milliseconds:6.1f} ms  {result['statusCode']}  {result['body']}", flush=True)
    # Lambda stops its processes without notice; this one can close the client.
    RUNNER.run(CLIENT.close())
    RUNNER.close()


if __name__ == "__main__":
    main()
