"""An AWS Lambda function behind API Gateway: ``GET /users/{username}`` answers with a user of the pool.

Lambda calls a plain function, again and again in one process. A connection belongs to the event loop that it
was opened on, and ``asyncio.run`` ends its loop each time: with it, every invocation would connect anew, TLS
handshake included. So loop and client are made once, when the module is loaded, and last as long as the
process.

The function's role needs the permission cognito-idp:AdminGetUser; the pool is named in
``COGNITO_USER_POOL_ID``. ``python lambda_handler.py ana bo`` invokes it on this machine, once for each user.
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
CLIENT = CognitoClient()  # does no I/O: credentials and connection come with the first call
TO_ANSWER = 0.5
"""Seconds of an invocation that are kept for the answer when the call does not come back."""


class Context(Protocol):
    """What Lambda tells about an invocation, as far as it is needed here."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the invocation."""
        ...


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Answer an event of API Gateway (HTTP API, payload version 2.0)."""
    username: str = event["pathParameters"]["username"]
    seconds = max(context.get_remaining_time_in_millis() / 1000 - TO_ANSWER, TO_ANSWER)
    try:
        return RUNNER.run(find_user(username, seconds))
    except UserNotFoundException:
        return answer(404, {"error": "no such user"})
    except CognitoError as error:
        logger.error("%s", error)  # noqa: TRY400  it names operation and request id; the traceback says no more
        return answer(503, {"error": "try again later"})


async def find_user(username: str, seconds: float) -> dict[str, Any]:
    """Look the user up, within the time that is left."""
    client = CLIENT.with_options(timeout=seconds)  # a view of the client, with its connections
    user = await client.admin_get_user(user_pool_id=os.environ["COGNITO_USER_POOL_ID"], username=username)
    email = user.attribute_map.get("email")
    return answer(200, {"username": user.username, "enabled": user.enabled, "email": email})


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return what API Gateway makes an HTTP answer of."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }


class LocalContext:
    """Stands in for Lambda's."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that a function has when it is made without further ado."""
        return 3000


def main() -> None:
    """Invoke the handler once for each user, as Lambda does."""
    parser = argparse.ArgumentParser(description="Invoke the Lambda handler on this machine.")
    parser.add_argument("users", nargs="+", metavar="USER", help="username to look up")
    for username in parser.parse_args().users:
        started = time.perf_counter()
        answered = handler({"pathParameters": {"username": username}}, LocalContext())
        took = (time.perf_counter() - started) * 1000
        print(f"{took:6.1f} ms  {answered['statusCode']}  {answered['body']}", flush=True)
    # A process of Lambda is not told when it ends; this one is.
    RUNNER.run(CLIENT.close())
    RUNNER.close()


if __name__ == "__main__":
    main()
