"""The Lambda handler in a new process: several invocations, one connection."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from examples.example import EXAMPLES, Completed
from examples.proxy import ControlledProxy, Fail, Hang

Run = Callable[..., Awaitable[Completed]]
WITH_ASYNCIO_RUN = """
import asyncio, os
from cognito_async import CognitoClient
CLIENT = CognitoClient()
for _ in range(3):
    asyncio.run(CLIENT.admin_get_user(user_pool_id=os.environ["COGNITO_USER_POOL_ID"], username="user-001"))
"""
SHORT_OF_TIME = """
import lambda_handler

class Context:
    def get_remaining_time_in_millis(self):
        return 600

print(lambda_handler.handler({"pathParameters": {"username": "user-001"}}, Context())["statusCode"])
lambda_handler.RUNNER.run(lambda_handler.CLIENT.close())
"""


async def python(code: str) -> str:
    """Run code in a new process that can import the examples."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"import sys; sys.path.append({str(EXAMPLES)!r})\n{code}",
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def test_three_invocations_share_one_connection(
    run: Run, proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
) -> None:
    await practice(2)
    completed = await run("lambda_handler", "user-001", "user-002", "nobody")
    assert completed.code == 0, completed.err
    responses = [line.split(maxsplit=3)[2:] for line in completed.out.splitlines()]
    assert [(int(status), json.loads(body)) for status, body in responses] == [
        (200, {"username": "user-001", "enabled": True, "email": "user-001@example.com"}),
        (200, {"username": "user-002", "enabled": True, "email": "user-002@example.com"}),
        (404, {"error": "no such user"}),
    ]
    assert proxy.count("AdminGetUser") == 3
    assert len(proxy.connections) == 1


async def test_with_one_loop_for_each_invocation_each_opens_a_connection(
    proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
) -> None:
    await practice(1)
    await python(WITH_ASYNCIO_RUN)
    assert proxy.count("AdminGetUser") == 3
    assert len(proxy.connections) == 3


async def test_a_failure_is_logged_and_returns_503(
    run: Run, proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
) -> None:
    await practice(1)
    proxy.plans["AdminGetUser"] = [Fail("NotAuthorizedException", message="not you")]
    completed = await run("lambda_handler", "user-001", "user-001")
    assert [line.split()[2] for line in completed.out.splitlines()] == ["503", "200"]
    assert "AdminGetUser failed with NotAuthorizedException: not you" in completed.err


async def test_an_invocation_that_runs_out_of_time_still_responds(
    proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
) -> None:
    await practice(1)
    proxy.plans["AdminGetUser"] = [Hang()]
    assert await python(SHORT_OF_TIME) == "503\n"
