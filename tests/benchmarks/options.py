"""What hooks, OpenTelemetry and a limiter cost: CPU of a call with each, compared with a client without them.

``nox -s bench -- options`` runs it; with ``--write``, it writes the result into docs/performance.md. All take turns
in one process. The transport returns a response at once, so the rest of a call is as small as it can be.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.measure import done, progress
from benchmarks.report import PYTHON, publish, verdict
from cognito_async import CognitoClient, HTTPRequest, HTTPResponse
from support.calls import OK, get_user
from support.markdown import table
from support.transports import ScriptedTransport, client_with

OFF = "none of them"
OPTIONAL = ("hooks", "opentelemetry", "rate_limit", "bulk")
LOADED = (
    "import asyncio, sys\n"
    "from benchmarks.options import Immediate\n"
    "from support.calls import OK, get_user\n"
    "from support.transports import client_with\n"
    "asyncio.run(get_user(client_with(Immediate(default=OK))))\n"
    "print(*(name for name in sys.modules if name.startswith('cognito_async.') and name.count('.') == 1))"
)


class Immediate(ScriptedTransport):
    """Returns the default response, without a record of the request."""

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        return self.default


def clients() -> dict[str, CognitoClient]:
    """Return a client with each option."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider

    from cognito_async.hooks import Hooks
    from cognito_async.opentelemetry import OpenTelemetry
    from cognito_async.rate_limit import QuotaRateLimiter

    sdk = OpenTelemetry(
        tracer_provider=TracerProvider(), meter_provider=MeterProvider([InMemoryMetricReader()])
    )
    options: dict[str, dict[str, Any]] = {
        OFF: {},
        "hooks that do nothing": {"hooks": [Hooks()]},
        "quota limiter, below the rate": {"limiter": QuotaRateLimiter(rates={"UserRead": 1_000_000})},
        "OpenTelemetry without an SDK": {"hooks": [OpenTelemetry()]},
        "OpenTelemetry with its SDK": {"hooks": [sdk]},
    }
    return {name: client_with(Immediate(default=OK), **option) for name, option in options.items()}


async def measure(rounds: int, count: int) -> dict[str, list[float]]:
    """Return the microseconds of CPU per call, for each round."""
    seen: dict[str, list[float]] = {}
    measured = clients()
    for number in range(-1, rounds):  # the first round warms up
        progress(f"round {number + 1} of {rounds}")
        for name, client in measured.items():
            started = time.process_time()
            for _ in range(count):
                await get_user(client)
            if number >= 0:
                seen.setdefault(name, []).append((time.process_time() - started) / count * 1e6)
    for client in measured.values():
        await client.close()
    done()
    return seen


def loaded() -> list[str]:
    """Return which optional modules a client loads that uses none of them, in a new process."""
    command = [sys.executable, "-c", LOADED]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in OPTIONAL if f"cognito_async.{name}" in names]


def report(seen: Mapping[str, list[float]], modules: list[str]) -> tuple[str, list[list[str]]]:
    """Return the table of figures, and the row about the target."""
    rows = [["CPU of a call with", "us", "compared"]]
    for name, times in seen.items():
        ratio = statistics.median(a / b for a, b in zip(times, seen[OFF], strict=True))
        rows.append([name, f"{statistics.median(times):.1f}", f"{ratio:.2f}x"])
    names = ", ".join(modules) or "none"
    return table(rows, left=1), [
        verdict("optional modules that a client without options loads", "none", names, holds=not modules)
    ]


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--count", type=int, default=1000, help="calls in a round")
    parser.add_argument("--write", action="store_true", help="write the result into docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="a short run")
    arguments = parser.parse_args()
    seen = asyncio.run(measure(5 if arguments.quick else arguments.rounds, arguments.count))
    publish(f"options {PYTHON}", *report(seen, loaded()), write=arguments.write)


if __name__ == "__main__":
    main()
