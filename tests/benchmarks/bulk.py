"""Export, list, import and ``gather_iter`` of a million users: rate, and growth of this process.

``nox -s bench -- bulk`` runs it. The pool is in the process and makes up its users, so the rates include its work. It
exits with 1 if a job grows more than the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.measure import done, progress, resident
from cognito_async import CognitoClient, Credentials
from cognito_async.bulk import Progress, export_users, gather_iter, import_users, list_all_users
from support.bulk_pool import POOL_ID, EndlessPool
from support.markdown import table

LIMIT = 16.0
"""Megabytes."""
WARM_UP = 5_000
KEYS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")


def client_of(users: int) -> CognitoClient:
    """Return a client of a pool with so many users."""
    return CognitoClient(region="eu-west-1", credentials=KEYS, transport=EndlessPool(users))


def show(state: Progress) -> None:
    """Show the progress on the terminal."""
    progress(f"{state.done:,} users, {state.rate:,.0f} per second")


async def export(path: Path, users: int, concurrency: int = 1) -> None:
    """Export page after page."""
    client = client_of(users)
    report = await export_users(client, POOL_ID, path, concurrency=concurrency, progress=show, resume=False)
    assert report.users == users


async def export_in_parts(path: Path, users: int) -> None:
    """Export in parts at the same time."""
    await export(path, users, 8)


async def list_in_parts(_: Path, users: int) -> None:
    """List in parts at the same time."""
    count = 0
    async for _user in list_all_users(client_of(users), POOL_ID):
        count += 1
        if count % 10_000 == 0:
            progress(f"{count:,} users")
    assert count == users


async def import_(path: Path, users: int) -> None:
    """Import what was exported."""
    report = await import_users(client_of(0), POOL_ID, path, progress=show, concurrency=20)
    assert report.created == users


async def calls(_: Path, users: int) -> None:
    """Make calls."""
    client = client_of(1)
    requests = (client.list_users(user_pool_id=POOL_ID) for _ in range(users))
    async for position, _ in gather_iter(requests, concurrency=20):
        if position % 1000 == 0:
            progress(f"{position:,} calls")


async def measure(
    job: Callable[[Path, int], Awaitable[None]], users: int, folder: Path
) -> tuple[float, float, float]:
    """Return seconds, largest growth and growth at the end, in megabytes."""
    small = folder / "small.jsonl"
    await export(small, WARM_UP)
    await job(small, WARM_UP)
    gc.collect()
    before = largest = resident()
    running = True

    async def watch() -> None:
        nonlocal largest
        while running:
            largest = max(largest, resident())
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    start = time.perf_counter()
    await job(folder / "users.jsonl", users)
    seconds = time.perf_counter() - start
    running = False
    await watching
    gc.collect()
    return seconds, largest - before, resident() - before


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    users: int = parser.parse_args().users
    rows, within = [], True
    with tempfile.TemporaryDirectory() as name:
        for job in (export, export_in_parts, list_in_parts, import_, calls):
            seconds, largest, growth = asyncio.run(measure(job, users, Path(name)))
            within &= largest < LIMIT
            rate = f"{users / seconds:,.0f}"
            rows.append(
                [
                    job.__name__.strip("_").replace("_", " "),
                    f"{users:,}",
                    rate,
                    f"{largest:.1f} MB",
                    f"{growth:.1f} MB",
                ]
            )
        size = (Path(name) / "users.jsonl").stat().st_size / 1e6
    done()
    print(table([["job", "users", "per second", "largest growth", "growth at the end"], *rows], left=1))
    print(f"The file has {size:.0f} MB.")
    sys.exit(not within)


if __name__ == "__main__":
    main()
