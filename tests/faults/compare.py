"""The faults of table.py, with this client and with aiobotocore side by side: ``nox -s compare_faults``.

Both have three attempts and a second of patience with connections and answers. A call that has not ended
after 20 seconds is given up.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
from aiobotocore import __version__ as aiobotocore_version
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from attrs import frozen
from botocore.exceptions import ClientError
from faults import server
from faults.fixtures import Stage, staged
from faults.table import CASES, MAX_ATTEMPTS, Case
from support import markdown

from cognito_async import CognitoClient, Credentials, __version__
from cognito_async.errors import CognitoError, ServiceError

REGION, KEY, SECRET = "eu-west-1", "AKIDEXAMPLE", "secret"
POOL, USER = "eu-west-1_AbC123", "ana"
CLIENT, CHALLENGE = "client", "SMS_MFA"
PATIENCE = 1
LONGEST = 20
COLUMNS = ("fault", "ours", "attempts", "seconds", "aiobotocore", "attempts", "seconds")
OPERATIONS = {
    "admin_get_user": "replay-safe",
    "respond_to_auth_challenge": "not replay-safe: its session is valid once",
}


@frozen
class Outcome:
    """How a call ended."""

    text: str
    attempts: int
    seconds: float

    @property
    def cells(self) -> tuple[str, ...]:
        return self.text, str(self.attempts), f"{self.seconds:.1f}"


async def timed(
    call: Callable[[], Awaitable[Any]], describe: Callable[[Exception], str], attempts: Callable[[], int]
) -> Outcome:
    """Run a call to its end, or until it has taken too long."""
    started = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST):
            await call()
        text = "succeeds"
    except TimeoutError as error:
        text = describe(error) if isinstance(error, CognitoError) else "has not ended"
    except Exception as error:  # noqa: BLE001  whatever it is goes into the table
        text = describe(error)
    return Outcome(text, attempts(), time.monotonic() - started)


async def settle(case: Case, stage: Stage, call: Callable[[], Awaitable[Any]]) -> None:
    """Leave a kept connection where a case wants one."""
    if case.warm:
        await call()
    if case.fault is server.CLOSES_WHEN_IDLE:
        await stage.server.abandoned()
        await asyncio.sleep(0.05)


async def ours(case: Case, operation: str, folder: Path) -> Outcome:
    async with (
        staged(case, folder) as stage,
        CognitoClient(
            region=REGION,
            credentials=Credentials(access_key_id=KEY, secret_access_key=SECRET),
            endpoint_url=stage.server.url,
            proxy=stage.proxy or "",
            ca_bundle=stage.ca_bundle,
            max_attempts=MAX_ATTEMPTS,
            connect_timeout=PATIENCE,
            read_timeout=PATIENCE,
            timeout=3 if "timeout" in case.options else 60,
        ) as client,
    ):
        if case.largest is not None:
            pipeline = client._pipeline
            pipeline.config = attrs.evolve(pipeline.config, max_response_size=case.largest)
        await client._pipeline._preparation.wait()
        last: list[int] = []

        async def call() -> None:
            try:
                if operation == "admin_get_user":
                    answer: Any = await client.admin_get_user(user_pool_id=POOL, username=USER)
                else:
                    answer = await client.respond_to_auth_challenge(
                        client_id=CLIENT, challenge_name=CHALLENGE
                    )
                last.append(answer.response_metadata.attempts)
            except CognitoError as error:
                last.append(getattr(error, "attempts", 0))
                raise

        def describe(error: Exception) -> str:
            name = type(error).__name__
            return f"{name} {error.code}" if isinstance(error, ServiceError) and error.code != name else name

        await settle(case, stage, call)
        return await timed(call, describe, lambda: last[-1] if last else 0)


async def theirs(case: Case, operation: str, folder: Path) -> Outcome:
    async with staged(case, folder) as stage:
        proxies = dict.fromkeys(("http", "https"), stage.proxy) if stage.proxy else {}
        config = AioConfig(
            connect_timeout=PATIENCE,
            read_timeout=PATIENCE,
            retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
            proxies=proxies,
        )
        async with get_session().create_client(
            "cognito-idp",
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            endpoint_url=stage.server.url,
            verify=stage.ca_bundle,
            config=config,
        ) as client:
            sent = 0

            def count(**_: Any) -> None:
                nonlocal sent
                sent += 1

            client.meta.events.register("before-send.cognito-identity-provider", count)

            async def call() -> None:
                nonlocal sent
                sent = 0
                if operation == "admin_get_user":
                    await client.admin_get_user(UserPoolId=POOL, Username=USER)
                else:
                    await client.respond_to_auth_challenge(ClientId=CLIENT, ChallengeName=CHALLENGE)

            def describe(error: Exception) -> str:
                name = type(error).__name__
                code = error.response["Error"]["Code"] if isinstance(error, ClientError) else name
                return name if code == name else f"{name} {code}"

            await settle(case, stage, call)
            return await timed(call, describe, lambda: sent)


async def main() -> None:
    logging.disable(logging.CRITICAL)
    print(f"cognito_async {__version__} and aiobotocore {aiobotocore_version}, {MAX_ATTEMPTS} attempts")
    done, total = 0, len(CASES) * len(OPERATIONS)
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name, side) for side in ("ours", "theirs")]
        for folder in folders:
            folder.mkdir()
        for operation, remark in OPERATIONS.items():
            rows = []
            for case in CASES:
                done += 1
                print(f"{done:>3}/{total} {operation}: {case.name}", file=sys.stderr, flush=True)
                sides = (ours(case, operation, folders[0]), theirs(case, operation, folders[1]))
                outcomes = await asyncio.gather(*sides)
                rows.append((case.name, *outcomes[0].cells, *outcomes[1].cells))
            print(f"\n{operation} ({remark})\n\n{markdown.table([COLUMNS, *rows])}")


if __name__ == "__main__":
    asyncio.run(main())
