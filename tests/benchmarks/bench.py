"""Calls through this client and its peers, in turn, against canned answers from another process.

``nox -s bench`` runs it; ``--quick`` for a look. Every figure is the median over rounds, ratios are taken
round by round, so that a drift of the machine's speed does not matter. Each contender's memory is that of
a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
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
}
YARDSTICK, OURS = "aiohttp + json.loads", "cognito_async"
Call = Callable[[], Awaitable[object]]


async def bare(stack: AsyncExitStack, url: str, operation: str) -> Call:
    """Bare aiohttp with fixed bytes and headers, and json.loads: untyped, unsigned, no retries."""
    import aiohttp

    session = await stack.enter_async_context(aiohttp.ClientSession())
    body = json.dumps(PARAMETERS[operation]).encode()
    headers = {
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }

    async def call() -> object:
        async with session.post(url, data=body, headers=headers) as response:
            return json.loads(await response.read())

    return call


async def ours(stack: AsyncExitStack, url: str, operation: str) -> Call:
    """This client with everything on."""
    from botocore import xform_name

    from cognito_async import CognitoClient, Credentials, types

    credentials = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
    client = await stack.enter_async_context(
        CognitoClient(region=REGION, endpoint_url=url, credentials=credentials)
    )
    method = getattr(client, xform_name(operation))
    request = getattr(types, f"{operation}Request").from_wire(PARAMETERS[operation])
    names = [name for name in request.__slots__ if name != "__weakref__"]
    arguments = {name: getattr(request, name) for name in names if getattr(request, name) is not None}
    return lambda: method(**arguments)


async def aiobotocore(stack: AsyncExitStack, url: str, operation: str) -> Call:
    """Aiobotocore with its defaults."""
    from aiobotocore.session import get_session
    from botocore import xform_name
    from botocore.config import Config

    client = await stack.enter_async_context(
        get_session().create_client(
            "cognito-idp",
            region_name=REGION,
            endpoint_url=url,
            config=Config(max_pool_connections=50),
            **KEYS,
        )
    )
    method = getattr(client, xform_name(operation))
    return lambda: method(**PARAMETERS[operation])


async def boto3_threads(stack: AsyncExitStack, url: str, operation: str) -> Call:
    """boto3 in a pool of threads, as services use it that have an event loop."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore import xform_name
    from botocore.config import Config

    client = boto3.client(
        "cognito-idp", region_name=REGION, endpoint_url=url, config=Config(max_pool_connections=50), **KEYS
    )
    stack.callback(client.close)
    pool = stack.enter_context(ThreadPoolExecutor(32))
    method = getattr(client, xform_name(operation))
    loop = asyncio.get_running_loop()
    return lambda: loop.run_in_executor(pool, lambda: method(**PARAMETERS[operation]))


CONTENDERS = {YARDSTICK: bare, OURS: ours, "aiobotocore": aiobotocore, "boto3 in threads": boto3_threads}
WEIGHT = {YARDSTICK: 1.0, OURS: 1.0, "aiobotocore": 0.2, "boto3 in threads": 0.1}


async def run(call: Call, calls: int, in_flight: int) -> tuple[float, float]:
    """Return CPU and wall seconds for a call."""
    left = calls

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return (time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls


async def compare(url: str, operation: str, in_flight: int, calls: int, rounds: int) -> dict[str, Any]:
    """Let the contenders take turns; return each one's rounds."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
    async with AsyncExitStack() as stack:
        made = {name: await make(stack, url, operation) for name, make in CONTENDERS.items()}
        for name, call in made.items():
            await run(call, max(20, int(calls * WEIGHT[name] / 4)), in_flight)
        for turn in range(rounds):
            for name, call in made.items():
                seen[name].append(await run(call, max(40, int(calls * WEIGHT[name])), in_flight))
            print(
                f"\r  {operation}, {in_flight} in flight: round {turn + 1} of {rounds}",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    return seen


def row(name: str, seen: dict[str, Any]) -> dict[str, float]:
    """Medians of a contender, and its CPU against the yardstick's round by round."""
    cpu = [part[0] for part in seen[name]]
    return {
        "cpu": statistics.median(cpu) * 1e6,
        "rate": 1 / statistics.median(part[1] for part in seen[name]),
        "ratio": statistics.median(mine / base[0] for mine, base in zip(cpu, seen[YARDSTICK], strict=True)),
        "slower": statistics.median(mine / base[0] for mine, base in zip(cpu, seen[OURS], strict=True)),
    }


def table(results: dict[tuple[str, int], Any]) -> str:
    """Markdown, aligned."""
    head = ["operation", "in flight", "client", "CPU per call", "calls per second", "vs yardstick", "vs ours"]
    rows = [head]
    for (operation, in_flight), seen in results.items():
        for name in seen:
            facts = row(name, seen)
            rows.append([
                operation,
                str(in_flight),
                name,
                f"{facts['cpu']:,.0f} us",
                f"{facts['rate']:,.0f}",
                f"{facts['ratio']:.2f}x",
                f"{facts['slower']:.2f}x",
            ])  # fmt: skip
    widths = [max(len(line[column]) for line in rows) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def memory(url: str) -> str:
    """Peak memory of a process that makes 200 calls, one process a contender."""
    lines = []
    for name in CONTENDERS:
        command = [sys.executable, __file__, "--memory", name, "--url", url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        lines.append(f"{name:<22} {float(output):6.1f} MB")
    return "\n".join(lines)


async def measure_memory(name: str, url: str) -> None:
    """Make 200 calls and print the peak."""
    async with AsyncExitStack() as stack:
        call = await CONTENDERS[name](stack, url, "AdminGetUser")
        await run(call, 200, 32)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(
        int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    )  # getrusage would count the parent's before exec


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        asyncio.run(measure_memory(arguments.memory, arguments.url))
        return
    calls, rounds = (400, 3) if arguments.quick else (2000, 9)
    server = subprocess.Popen(
        [sys.executable, str(HERE / "canned_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        results = {
            (operation, in_flight): asyncio.run(
                compare(url, operation, in_flight, calls // (4 if operation == "ListUsers" else 1), rounds)
            )
            for operation in PARAMETERS
            for in_flight in (1, 32)
        }
        names = ("aiohttp", "cognito-async", "aiobotocore", "boto3", "msgspec")
        print(
            f"Python {platform.python_version()}, {os.cpu_count()} cores, "
            + ", ".join(f"{n} {version(n)}" for n in names)
        )
        print()
        print(table(results))
        print()
        print(memory(url))
    finally:
        server.communicate()


if __name__ == "__main__":
    main()
