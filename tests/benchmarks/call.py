"""Compares calls through this client and other clients, with fixed responses from another process.

``nox -s bench -- call`` runs it, and so does ``nox -s bench``. ``--quick`` makes a short run, ``--write`` writes
docs/performance.md. The clients take turns. Every figure is the median over rounds, and ratios are computed within
a round, so that changes of the machine's speed do not matter. The rounds are shared among several processes: how
the memory of a process happens to be laid out changes a call by up to a fifth. Memory is measured in a separate
process for each client.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
from contextlib import AsyncExitStack

import uvloop

from benchmarks.chart import draw, draw_narrow, panels
from benchmarks.clients import (
    BASELINE,
    CLIENTS,
    OURS,
    PARAMETERS,
    SMITHY,
    WEIGHT,
    clients_for,
    has_smithy,
    smithy,
)
from benchmarks.measure import (
    Turn,
    done,
    median_cpu,
    median_rate,
    progress,
    ratio,
    resident,
    take_turns,
    turn,
)
from benchmarks.report import DOCS, PYTHON, publish, verdict
from benchmarks.server import served
from support.markdown import table

IN_FLIGHT = (1, 32)
PROCESSES = 4
USERS = (1, 10, 20, 30, 40, 50, 60)
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
Turns = dict[str, list[Turn]]
Results = dict[tuple[str, int], Turns]


def compare(url: str, loop: str, operation: str, in_flight: int, *, calls: int, rounds: int) -> Turns:
    """Measure all clients that support an operation, in several processes."""
    results: Turns = {}
    for _ in range(PROCESSES):
        turns = ["--turns", loop, operation, str(in_flight), str(calls), str(rounds), "--url", url]
        output = subprocess.run([sys.executable, __file__, *turns], stdout=subprocess.PIPE, check=True)
        for name, each in json.loads(output.stdout).items():
            results.setdefault(name, []).extend(Turn(*turn) for turn in each)
    return results


async def measure_turns(url: str, loop: str, operation: str, *numbers: int) -> Turns:
    """Measure all clients that support an operation, one after another in each round."""
    in_flight, calls, rounds = numbers
    if operation == "ListUsers":
        calls //= 4
    async with AsyncExitStack() as stack:
        clients = {
            name: await make(stack, url, operation, PARAMETERS[operation])
            for name, make in clients_for(operation).items()
        }
        counts = {name: max(40, int(calls * WEIGHT.get(name, 1.0))) for name in clients}
        return await take_turns(
            clients, counts, in_flight, rounds, f"{loop}, {operation}, {in_flight} in flight"
        )


async def per_user(url: str, calls: int, rounds: int) -> Turns:
    """Measure lists of 1 to 60 users through this client."""
    async with AsyncExitStack() as stack:
        clients = {
            str(size): await CLIENTS[OURS](stack, url, "ListUsers", PARAMETERS["ListUsers"] | {"Limit": size})
            for size in USERS
        }
        return await take_turns(clients, dict.fromkeys(clients, calls // 4), 32, rounds, "users")


def cpu_table(results: Results) -> str:
    """Return the CPU per call, also relative to the baseline."""
    names = list(dict.fromkeys(name for turns in results.values() for name in turns))
    rows = [["CPU per call", "in flight", *names]]
    for (operation, in_flight), turns in results.items():
        cells = [_cpu_cell(name, turns) for name in names]
        rows.append([operation, str(in_flight), *cells])
    return table(rows, left=1)


def _cpu_cell(name: str, turns: Turns) -> str:
    if name not in turns:
        return ""
    cell = f"{median_cpu(turns[name]):,.0f} us"
    return cell if name == BASELINE else f"{cell}, {ratio(turns[name], turns[BASELINE]):.2f}x"


def rate_table(results: Results) -> str:
    """Return the calls per second."""
    names = list(dict.fromkeys(name for turns in results.values() for name in turns))
    rows = [["calls per second", "in flight", *names]]
    for (operation, in_flight), turns in results.items():
        cells = [f"{median_rate(turns[name]):,.0f}" if name in turns else "" for name in names]
        rows.append([operation, str(in_flight), *cells])
    return table(rows, left=1)


def user_table(turns: Turns) -> tuple[str, float]:
    """Return the CPU for lists of several lengths, and the ratio of the most expensive step to the cheapest."""
    cpu = {int(size): median_cpu(each) for size, each in turns.items()}
    steps = [(cpu[after] - cpu[before]) / (after - before) for before, after in itertools.pairwise(USERS)]
    rows = [["users on a page", *(str(size) for size in USERS)]]
    rows.append(["CPU per call, us", *(f"{cpu[size]:.0f}" for size in USERS)])
    rows.append(["each additional user, us", "", *(f"{step:.2f}" for step in steps)])
    return table(rows, left=1), max(steps) / min(steps)


def targets(results: dict[str, Results], memory: dict[str, float]) -> list[list[str]]:
    """Return which targets of the project this run meets."""
    rows = []
    for loop, operation, in_flight, most in (
        ("asyncio", "AdminGetUser", 32, 0.70),
        ("asyncio", "AdminGetUser", 1, 0.85),
        ("uvloop", "AdminGetUser", 32, 0.80),
        ("asyncio", "ListUsers", 32, 0.65),
    ):
        turns = results[loop][operation, in_flight]
        relative = ratio(turns[OURS], turns[BASELINE])
        name = f"{operation}, {in_flight} in flight, {loop}: CPU relative to {BASELINE}"
        rows.append(verdict(name, f"<= {most:.2f}x", f"{relative:.2f}x", holds=relative <= most))
    for operation, least in (("AdminGetUser", 8), ("ListUsers", 14)):
        turns = results["asyncio"][operation, 32]
        faster = ratio(turns["aiobotocore"], turns[OURS])
        name = f"{operation}, 32 in flight: CPU of aiobotocore relative to this client"
        rows.append(verdict(name, f">= {least}x", f"{faster:.1f}x", holds=faster >= least))
    extra = memory[OURS] - memory[BASELINE]
    rows.append(verdict("peak memory above the baseline", "<= 4 MB", f"{extra:.1f} MB", holds=extra <= 4))
    return rows


def peaks(url: str) -> dict[str, float]:
    """Return the peak memory of a process that makes 200 calls, for each client; the median of three."""
    names = [*CLIENTS, *([SMITHY] if has_smithy() else [])]
    peak: dict[str, float] = {}
    for name in names:
        progress(f"memory: {name}")
        command = [sys.executable, __file__, "--memory", name, "--url", url]
        outputs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
        peak[name] = sorted(float(output.stdout) for output in outputs)[1]
    return peak


async def measure_peak(name: str, url: str) -> None:
    """Make 200 calls and print the peak."""
    async with AsyncExitStack() as stack:
        if name == SMITHY:
            call = await smithy(stack, url, "GetSecretValue", PARAMETERS["GetSecretValue"])
        else:
            call = await CLIENTS[name](stack, url, "AdminGetUser", PARAMETERS["AdminGetUser"])
        await turn(call, 200, 32)
    print(resident("VmHWM"))


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--write", action="store_true", help="write the results into docs/performance.md")
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    parser.add_argument("--turns", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        asyncio.run(measure_peak(arguments.memory, arguments.url))
        return
    if arguments.turns:
        loop, operation, *numbers = arguments.turns
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            work = measure_turns(arguments.url, loop, operation, *map(int, numbers))
            print(json.dumps(runner.run(work)))
        return
    calls, rounds = (400, 2) if arguments.quick else (2000, 3)
    operations = [name for name in PARAMETERS if name != "GetSecretValue" or has_smithy()]
    with served() as url:
        results: dict[str, Results] = {}
        for loop in LOOPS:
            results[loop] = {}
            for operation in operations:
                for in_flight in IN_FLIGHT:
                    results[loop][operation, in_flight] = compare(
                        url, loop, operation, in_flight, calls=calls, rounds=rounds
                    )
        users, spread = user_table(asyncio.run(per_user(url, calls, rounds * PROCESSES)))
        memory = peaks(url)
    done()
    parts = [
        *(f"With {loop}:\n\n{cpu_table(turns)}\n\n{rate_table(turns)}" for loop, turns in results.items()),
        f"{users}\n\nThe most expensive additional user costs {spread:.2f}x as much CPU as the cheapest.",
        table([["peak memory", *memory], ["MB", *(f"{value:.1f}" for value in memory.values())]], left=1),
    ]
    publish(f"bench {PYTHON}", "\n\n".join(parts), targets(results, memory), write=arguments.write)
    if arguments.write:
        shown, title = panels(results["asyncio"]), f"CPU per call on CPython {PYTHON}, 32 calls in flight"
        for suffix, picture in (("", draw(shown, title)), ("-narrow", draw_narrow(shown, title))):
            (DOCS / f"performance-{PYTHON}{suffix}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
