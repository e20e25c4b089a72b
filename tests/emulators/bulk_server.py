"""Runs two user pools in memory while a script runs: one with 20,000 users, and an empty one.

``python tests/emulators/bulk_server.py SCRIPT [ARGUMENT ...]`` runs a script, which finds address, region and
the ids of the pools in the environment. Of the API there is only what bulk jobs call; unlike emulators, it
creates thousands of users per second.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the folder of the tests

from cognito_async import HTTPRequest, HTTPResponse
from support.bulk_pool import POOL_ID, BulkPool, served

TARGET_ID = "eu-west-1_XyZ789"
USERS = 20_000
VARIABLES = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_PROFILE")
"""Variables of the caller that would lead elsewhere."""


class Pools:
    """Several pools at one address."""

    def __init__(self, users: int) -> None:
        source, target = BulkPool(filters=True), BulkPool()
        for number in range(users):
            email = f"user-{number:05}@example.com"
            source.add(f"user-{number:05}", email=email, email_verified="true")
        source.groups = {"staff": [f"user-{number:05}" for number in range(0, users, 100)]}
        target.groups = {"staff": []}
        self.by_id = {POOL_ID: source, TARGET_ID: target}

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        pool_id = json.loads(request.body)["UserPoolId"]
        return await self.by_id[pool_id].send(request, timeout=timeout, resend=resend)


async def main() -> int:
    """Run a script and return its exit code."""
    script, *arguments = sys.argv[1:]
    async with served(Pools(USERS)) as url:
        settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "fake",
            "AWS_SECRET_ACCESS_KEY": "fake",
            "COGNITO_USER_POOL_ID": POOL_ID,
            "COGNITO_TARGET_POOL_ID": TARGET_ID,
        }
        environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        with tempfile.TemporaryDirectory() as folder:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(script).resolve()),
                *arguments,
                env=environment | settings,
                cwd=folder,
            )
            return await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
