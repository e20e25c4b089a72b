"""Turns of several contenders in one process, and what is made of the figures."""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.contenders import Call


class Turn(NamedTuple):
    """What a call cost in one turn."""

    cpu: float
    """Seconds of CPU of this process."""

    wall: float
    """Seconds from one finished call to the next."""


async def turn(call: Call, calls: int, in_flight: int) -> Turn:
    """Let so many workers call, one call after the other each."""
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
    made: Mapping[str, Call], calls: Mapping[str, int], in_flight: int, rounds: int, title: str
) -> dict[str, list[Turn]]:
    """Let everybody have a turn in every round, after a warm-up."""
    seen: dict[str, list[Turn]] = {name: [] for name in made}
    for name, call in made.items():
        await turn(call, max(20, calls[name] // 4), in_flight)
    for number in range(rounds):
        progress(f"{title}: round {number + 1} of {rounds}")
        for name, call in made.items():
            seen[name].append(await turn(call, calls[name], in_flight))
    return seen


def median_cpu(turns: list[Turn]) -> float:
    """Microseconds of CPU for a call."""
    return statistics.median(each.cpu for each in turns) * 1e6


def median_rate(turns: list[Turn]) -> float:
    """Calls per second."""
    return 1 / statistics.median(each.wall for each in turns)


def ratio(turns: list[Turn], base: list[Turn]) -> float:
    """Median over the rounds of one's CPU by the other's, so that a drift of the machine cancels out."""
    return statistics.median(mine.cpu / theirs.cpu for mine, theirs in zip(turns, base, strict=True))


def resident(field: str = "VmRSS") -> float:
    """Megabytes of memory that this process has; ``VmHWM`` is the peak."""
    # getrusage would count the parent's peak before exec.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{field}:\s+(\d+)", status)
    assert found is not None
    return int(found[1]) / 1024


def progress(text: str) -> None:
    """Show what is going on, on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)


def done() -> None:
    """Clear the line."""
    progress("")
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
