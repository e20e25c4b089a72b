"""A worker that closes its event loops by hand; test_closed_loops.py runs it with warnings as errors.

Prints how many more files are open after each job was repeated, as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cognito_async import CognitoClient, Credentials

URL, CA_BUNDLE, LOOP = sys.argv[1:]
# Some jobs leave a client to the garbage collector; test_forgotten.py is about the warning.
warnings.filterwarnings("ignore", "CognitoClient was not closed", ResourceWarning)
POOL_ID = "eu-west-1_AbC123"
REPEATED = 8


def new_loop() -> asyncio.AbstractEventLoop:
    if LOOP == "uvloop":
        import uvloop  # not on every platform

        return uvloop.new_event_loop()
    loop = asyncio.new_event_loop()
    loop.slow_callback_duration = 3600  # in dev mode, asyncio reports slow steps of a busy machine
    return loop


def run(main: Coroutine[Any, Any, Any]) -> None:
    """Run a job as such workers do: without ``shutdown_asyncgens``."""
    loop = new_loop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.close()


async def new_credentials() -> Credentials:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return Credentials(
        access_key_id="testing", secret_access_key="testing", session_token="testing", expires_at=expiry
    )


def new_client(credentials: Any = None) -> CognitoClient:
    return CognitoClient(
        region="eu-west-1",
        endpoint_url=URL,
        ca_bundle=CA_BUNDLE or None,
        credentials=credentials or Credentials(access_key_id="testing", secret_access_key="testing"),
    )


async def call(client: CognitoClient) -> None:
    await client.admin_get_user(user_pool_id=POOL_ID, username="ana")


async def call_and_cancel(client: CognitoClient, steps: int, *, connected: bool) -> None:
    if connected:
        await call(client)
    task = asyncio.ensure_future(client.admin_get_user(user_pool_id=POOL_ID, username="slow"))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def abandon_a_list(client: CognitoClient, kept: list[Any]) -> None:
    """Leave a list while the next page is on its way."""
    pages = client.get_paginator("list_users").paginate(user_pool_id=POOL_ID, prefetch=1)
    kept.append(aiter(pages))
    await anext(kept[-1])
    for _ in range(20):
        await asyncio.sleep(0)


shared = new_client()
kept: list[Any] = []


def one_client() -> None:
    run(call(shared))


def parallel_calls() -> None:
    async def calls() -> None:
        await asyncio.gather(*(call(shared) for _ in range(4)))

    run(calls())


def threads() -> None:
    workers = [threading.Thread(target=one_client) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def dropped_client() -> None:
    run(call(new_client()))


def collected_client() -> None:
    """Collect a client while its loop is running, and close the loop at once."""

    async def call_and_collect() -> None:
        await call(new_client())
        gc.collect()

    run(call_and_collect())


def client_collected_between_runs() -> None:
    loop = new_loop()
    loop.run_until_complete(call(new_client()))
    gc.collect()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def client_closed_on_its_loop() -> None:
    async def call_and_close() -> None:
        async with new_client() as client:
            await call(client)

    run(call_and_close())


def closed_client() -> None:
    client = new_client()
    run(call(client))
    run(client.close())


def cancelled_preparation() -> None:
    run(call_and_cancel(new_client(), steps=2, connected=False))


def cancelled_call() -> None:
    run(call_and_cancel(shared, steps=20, connected=True))


def prefetched_page() -> None:
    run(abandon_a_list(shared, kept))
    kept.clear()


def refreshed_credentials() -> None:
    """Close the loop while new credentials are fetched in the background."""
    clock = [0.0]
    fetched = asyncio.Event()

    async def provide() -> Credentials:
        if clock[0]:
            await fetched.wait()
        return await new_credentials()

    client = new_client(provide)

    async def refresh() -> None:
        await call(client)
        provider: Any = client._pipeline._credentials
        provider._source.seconds_left = lambda _: 14 * 60.0
        clock[0] = 1
        await call(client)

    run(refresh())


def with_asyncio_run() -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(call(shared))


def open_files() -> int:
    gc.collect()
    files = Path("/proc/self/fd")  # only on Linux
    return len(list(files.iterdir())) if files.is_dir() else 0


def growth(job: Callable[[], None]) -> int:
    job()
    one_client()
    before = open_files()
    for _ in range(REPEATED):
        job()
    one_client()
    return open_files() - before


JOBS = [
    one_client,
    parallel_calls,
    threads,
    dropped_client,
    collected_client,
    client_collected_between_runs,
    client_closed_on_its_loop,
    closed_client,
    cancelled_preparation,
    cancelled_call,
    prefetched_page,
    refreshed_credentials,
    with_asyncio_run,
]
print(json.dumps({job.__name__: growth(job) for job in JOBS}))
