"""Measure several clients in one process, one after another in each round, and summarize the results."""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.clients import Call


class Turn(NamedTuple):
    """Cost per call in one turn."""

    cpu: float
    """CPU seconds of this process."""

    wall: float
    """Wall-clock seconds."""


async def turn(call: Call, calls: int, in_flight: int) -> Turn:
    """Make calls from several workers; each worker makes one call at a time."""
    left = calls

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return Turn((time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls)


async def take_turns(
    clients: Mapping[str, Call], calls: Mapping[str, int], in_flight: int, rounds: int, title: str
) -> dict[str, list[Turn]]:
    """Measure every client once per round, after a warm-up."""
    turns: dict[str, list[Turn]] = {name: [] for name in clients}
    for name, call in clients.items():
        await turn(call, max(20, calls[name] // 4), in_flight)
    for number in range(rounds):
        progress(f"{title}: round {number + 1} of {rounds}")
        for name, call in clients.items():
            turns[name].append(await turn(call, calls[name], in_flight))
    return turns


def median_cpu(turns: list[Turn]) -> float:
    """Return the microseconds of CPU per call."""
    return statistics.median(each.cpu for each in turns) * 1e6


def median_rate(turns: list[Turn]) -> float:
    """Return the calls per second."""
    return 1 / statistics.median(each.wall for each in turns)


def ratio(turns: list[Turn], base: list[Turn]) -> float:
    """Return the median of the CPU ratios within each round, so that changes of the machine's speed cancel out."""
    return statistics.median(own.cpu / other.cpu for own, other in zip(turns, base, strict=True))


def resident(field: str = "VmRSS") -> float:
    """Return the megabytes of memory of this process; ``VmHWM`` is the peak."""
    # getrusage would count the parent's peak before exec.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(rf"{field}:\s+(\d+)", status)
    assert match is not None
    return int(match[1]) / 1024


def progress(text: str) -> None:
    """Show the progress on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)


def done() -> None:
    """Clear the progress line."""
    progress("")
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
