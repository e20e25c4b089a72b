"""Memory that is not freed after clients and calls, measured as the growth of this process.

``nox -s bench -- memory`` runs it with 1,000,000 calls, the tests with fewer. It exits with 1 if the growth is above
the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys

from benchmarks.measure import done, progress, resident, turn
from benchmarks.report import PYTHON, publish, verdict
from benchmarks.server import served
from cognito_async import CognitoClient, Credentials

LIMIT = 3.0
"""Megabytes."""

KEYS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
WARM_UP = 2_000


def client_of(url: str) -> CognitoClient:
    """Create a client for the server of this benchmark."""
    return CognitoClient(region="eu-west-1", endpoint_url=url, credentials=KEYS)


async def call(client: CognitoClient) -> None:
    """Make a call."""
    await client.admin_get_user(user_pool_id="eu-west-1_AbC123", username="ana")


async def cycles(url: str, number: int) -> None:
    """Create clients, make a call with each, and close them."""
    for _ in range(number):
        async with client_of(url) as client:
            await call(client)


async def growth_by_cycles(url: str, number: int) -> float:
    """Return the growth in megabytes after ``number`` clients."""
    await cycles(url, 100)
    gc.collect()
    before = resident()
    await cycles(url, number)
    gc.collect()
    return resident() - before


async def growth_by_calls(url: str, number: int) -> float:
    """Return the growth in megabytes after ``number`` calls of one client."""
    async with client_of(url) as client:
        await turn(lambda: call(client), WARM_UP, 32)
        gc.collect()
        before = resident()
        for part in range(10):
            progress(f"calls: {part * number // 10:,} of {number:,}")
            await turn(lambda: call(client), number // 10, 32)
        gc.collect()
        return resident() - before


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--cycles", type=int, default=1_000)
    parser.add_argument("--write", action="store_true", help="write the result into docs/performance.md")
    arguments = parser.parse_args()
    with served() as url:
        growths = {
            f"{arguments.cycles:,} clients created and closed": asyncio.run(
                growth_by_cycles(url, arguments.cycles)
            ),
            f"{arguments.calls:,} calls": asyncio.run(growth_by_calls(url, arguments.calls)),
        }
    done()
    rows = []
    for name, growth in growths.items():
        rows.append(
            verdict(f"growth after {name}", f"< {LIMIT:.0f} MB", f"{growth:.2f} MB", holds=growth < LIMIT)
        )
    publish(f"memory {PYTHON}", "", rows, write=arguments.write)
    sys.exit(any(growth >= LIMIT for growth in growths.values()))


if __name__ == "__main__":
    main()
