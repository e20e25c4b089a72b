"""Sign-in with SRP: CPU per sign-in, and how long it blocks the event loop.

``nox -s bench -- sign_in`` runs it; with ``--write``, it writes the result into docs/performance.md. Each client
runs in processes of its own, which take turns. The server sends a fixed challenge and verifies nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.clients import KEYS, OURS, POOL, REGION
from benchmarks.measure import done, progress
from benchmarks.report import PYTHON, publish, verdict
from benchmarks.server import served
from support.markdown import table

WITH_GMPY2, PYCOGNITO = "cognito_async with gmpy2", "pycognito"
CLIENTS = (OURS, WITH_GMPY2, PYCOGNITO)
PEOPLE = 50
INTERVAL = 0.0005
SignIn = Callable[[], Awaitable[object]]


async def ours(stack: AsyncExitStack, url: str) -> SignIn:
    """This client, after a call of each operation without SRP."""
    from cognito_async import CognitoClient, Credentials
    from cognito_async.sign_in import AppClient, SignedIn

    keys = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
    client = await stack.enter_async_context(CognitoClient(region=REGION, endpoint_url=url, credentials=keys))
    app = AppClient(client, POOL, "client")
    await client.initiate_auth(client_id="client", auth_flow="USER_PASSWORD_AUTH")
    await client.respond_to_auth_challenge(client_id="client", challenge_name="SMS_MFA")

    async def sign_in() -> object:
        step = await app.sign_in("ana", "correct horse battery staple")
        assert isinstance(step, SignedIn)
        return step

    return sign_in


async def pycognito(stack: AsyncExitStack, url: str) -> SignIn:
    """Pycognito in a thread, with one client of boto3, after a call of each operation without SRP."""
    import boto3
    from botocore.config import Config
    from pycognito import AWSSRP

    config = Config(max_pool_connections=PEOPLE)
    client = boto3.client("cognito-idp", region_name=REGION, endpoint_url=url, config=config, **KEYS)
    stack.callback(client.close)
    client.initiate_auth(ClientId="client", AuthFlow="USER_PASSWORD_AUTH")
    client.respond_to_auth_challenge(ClientId="client", ChallengeName="SMS_MFA")

    def sign_in() -> Any:
        exchange = AWSSRP("ana", "correct horse battery staple", POOL, "client", client=client)
        response = exchange.authenticate_user()
        assert response["AuthenticationResult"]
        return response

    return lambda: asyncio.to_thread(sign_in)


async def cpu(sign_in: SignIn, count: int) -> float:
    """Return the milliseconds of CPU of this process per sign-in."""
    started = time.process_time()
    for _ in range(count):
        await sign_in()
    return (time.process_time() - started) / count * 1000


async def stalls(sign_in: SignIn) -> tuple[list[float], float]:
    """Return how late a timer fires while people sign in, and the duration of all; milliseconds."""
    late: list[float] = []

    async def heartbeat() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(INTERVAL)
            late.append((time.perf_counter() - started - INTERVAL) * 1000)

    timer = asyncio.create_task(heartbeat())
    started = time.perf_counter()
    await asyncio.gather(*(sign_in() for _ in range(PEOPLE)))
    duration = (time.perf_counter() - started) * 1000
    timer.cancel()
    return late, duration


async def measure(name: str, url: str, later: int) -> dict[str, float]:
    """Return the figures of a process."""
    async with AsyncExitStack() as stack:
        sign_in = await (pycognito if name == PYCOGNITO else ours)(stack, url)
        figures = {"first": await cpu(sign_in, 1), "later": await cpu(sign_in, later)}
        await asyncio.gather(*(sign_in() for _ in range(PEOPLE)))  # opens the connections
        late, duration = await stalls(sign_in)
        return figures | {
            "median": statistics.median(late),
            "worst": max(late),
            "duration": duration,
        }


def child(name: str, url: str, later: int) -> None:
    """Measure in this process, and print the figures."""
    if name == OURS:
        sys.modules["gmpy2"] = None  # type: ignore[assignment]  # as if it were not installed
    print(json.dumps(asyncio.run(measure(name, url, later))))


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--later", type=int, default=20, help="sign-ins in a process, after the first")
    parser.add_argument("--write", action="store_true", help="write the result into docs/performance.md")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child, arguments.later)
        return
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in CLIENTS}
    with served("srp") as url:
        for number in range(arguments.rounds):
            progress(f"round {number + 1} of {arguments.rounds}")
            for name in CLIENTS:
                command = [sys.executable, __file__, "--later", str(arguments.later), "--child", name, url]
                output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                seen[name].append(json.loads(output))
    done()
    publish(f"sign_in {PYTHON}", *report(seen), write=arguments.write)


def report(seen: dict[str, list[dict[str, float]]]) -> tuple[str, list[list[str]]]:
    """Return the table of figures, and the rows about targets."""

    def median(name: str, figure: str) -> float:
        return statistics.median(each[figure] for each in seen[name])

    targets = []
    for text, name, figure, limit in (
        ("first sign-in of a process, CPU", OURS, "first", 36),
        ("later sign-ins, CPU", OURS, "later", 25),
        ("later sign-ins with gmpy2, CPU", WITH_GMPY2, "later", 5),
        (f"{PEOPLE} people at once, median delay of a timer", OURS, "median", 2),
    ):
        value = median(name, figure)
        targets.append(verdict(text, f"<= {limit} ms", f"{value:.1f} ms", holds=value <= limit))
    columns = {
        "CPU of the first": "first",
        "CPU of later ones": "later",
        f"{PEOPLE} at once: median delay of a timer": "median",
        "longest delay": "worst",
        "duration": "duration",
    }
    rows = [["ms", *columns]]
    rows += [[name, *(f"{median(name, figure):.1f}" for figure in columns.values())] for name in CLIENTS]
    return table(rows, left=1), targets


if __name__ == "__main__":
    main()
