"""1 to 10,000 calls in flight: throughput, CPU per call, and the duration of the slowest call.

``nox -s bench -- scale`` runs it; with ``--write``, it writes the result into docs/performance.md. Each round
also measures bare aiohttp, because asyncio and aiohttp cause part of the effect.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from contextlib import AsyncExitStack

from benchmarks.clients import BASELINE, OURS, PARAMETERS, Call, bare, ours
from benchmarks.measure import Turn, done, median_cpu, median_rate, progress, turn
from benchmarks.report import PYTHON, publish
from benchmarks.server import served
from support.markdown import table

IN_FLIGHT = (1, 10, 32, 100, 1_000, 10_000)
BASE = 32
ALLOWED = 1.3


async def slowest(call: Call, calls: int, in_flight: int) -> float:
    """Return the duration of the slowest call, divided by the median, as callers measure it."""
    seen: list[float] = []

    async def timed() -> None:
        started = time.perf_counter()
        await call()
        seen.append(time.perf_counter() - started)

    await turn(timed, calls, in_flight)
    return max(seen) / statistics.median(seen)


async def measure(url: str, rounds: int) -> list[list[str]]:
    """Return the rows of the table."""
    operation = "AdminGetUser"
    cpu: dict[str, dict[int, list[Turn]]] = {OURS: {}, BASELINE: {}}
    slowest_ratios: dict[int, float] = {}
    async with AsyncExitStack() as stack:
        clients = {
            OURS: await ours(stack, url, operation, PARAMETERS[operation]),
            BASELINE: await bare(stack, url, operation, PARAMETERS[operation]),
        }
        for seen in cpu.values():
            seen.update({in_flight: [] for in_flight in IN_FLIGHT})
        for number in range(rounds + 1):
            for in_flight in IN_FLIGHT:
                progress(f"round {number} of {rounds}: {in_flight:,} in flight")
                for name, call in clients.items():
                    result = await turn(call, max(4_000, 3 * in_flight), in_flight)
                    if number > 0:  # the first round is a warm-up
                        cpu[name][in_flight].append(result)
        for in_flight in IN_FLIGHT:
            progress(f"slowest calls: {in_flight:,} in flight")
            calls = max(4_000, 3 * in_flight)
            ratios = [await slowest(clients[OURS], calls, in_flight) for _ in range(5)]
            slowest_ratios[in_flight] = statistics.median(ratios)
    return [
        ["in flight", "calls per second", "CPU per call", f"relative to {BASE}", f"{BASELINE}, relative to {BASE}",
         "slowest call / median"],
        *(
            [
                f"{in_flight:,}",
                f"{median_rate(cpu[OURS][in_flight]):,.0f}",
                f"{median_cpu(cpu[OURS][in_flight]):.0f} us",
                *(
                    f"{median_cpu(seen[in_flight]) / median_cpu(seen[BASE]):.2f}x"
                    for seen in cpu.values()
                ),
                f"{slowest_ratios[in_flight]:.1f}x",
            ]
            for in_flight in IN_FLIGHT
        ),
    ]  # fmt: skip


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the result into docs/performance.md")
    arguments = parser.parse_args()
    with served() as url:
        rows = asyncio.run(measure(url, arguments.rounds))
    done()
    publish(f"scale {PYTHON}", table(rows, left=0), write=arguments.write)


if __name__ == "__main__":
    main()
