"""Soak: mixed load with faults for half an hour, and whether memory, files, tasks and threads stay the same.

``nox -s soak`` runs it; ``-- --minutes 2`` for a short run, ``-- --write`` writes the result into the page of the
targets. A run has many rounds. Each is an event loop of its own, of asyncio and of uvloop in turns, and all use the
same clients: over HTTP and over TLS, on both HTTP paths, with a limit by quota, with the adaptive retry mode, with
hooks, and with credentials that must be renewed every two seconds. In each round, workers call, page through lists,
cancel calls, let them time out, and create clients that they forget. Every eighth request meets a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.measure import done, progress, resident
from benchmarks.report import PYTHON, publish, verdict
from cognito_async import CognitoClient, Credentials
from cognito_async.bulk import Failed, gather
from cognito_async.credentials._refreshing import MANDATORY_REFRESH
from cognito_async.errors import CognitoError
from cognito_async.hooks import Hooks
from cognito_async.rate_limit import QuotaRateLimiter
from support.markdown import table

WORKERS = 24
ROUND = 10.0
"""Seconds."""

WARM_UP = 3
"""Rounds that are not counted."""

MEMORY_LIMIT = 3.0
"""Megabytes."""

POOL = "eu-west-1_AbC123"
KEYS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
SERVER = Path(__file__).with_name("soak_server.py")
SEED = 20261128


class Soak:
    """A run and what it has seen."""

    def __init__(self, plain: str, tls: str, ca_bundle: str) -> None:
        self.chance = random.Random(SEED)
        self.outcomes: Counter[str] = Counter()
        self.renewals = 0
        self.unexpected: Counter[str] = Counter()
        """Errors that are not those of the library, complaints of event loops, warnings."""
        common: dict[str, Any] = {"region": "eu-west-1", "read_timeout": 0.3, "timeout": 3.0, "proxy": ""}
        rates = {"UserRead": 400, "UserList": 200}
        self.options: list[dict[str, Any]] = [
            {"endpoint_url": plain, "credentials": self.renewed},
            {"endpoint_url": tls, "ca_bundle": ca_bundle, "credentials": KEYS, "max_connections": 8},
            {"endpoint_url": plain, "credentials": KEYS, "direct_http": False, "hooks": [Hooks()]},
            {"endpoint_url": plain, "credentials": KEYS, "limiter": QuotaRateLimiter(share=0.5, rates=rates)},
            {"endpoint_url": plain, "credentials": self.renewed, "retry_mode": "adaptive"},
        ]
        self.options = [common | options for options in self.options]
        self.clients = [CognitoClient(**options) for options in self.options]

    async def renewed(self) -> Credentials:
        """Return credentials that calls must renew in two seconds."""
        self.renewals += 1
        await asyncio.sleep(0.01)
        expiry = datetime.now(UTC) + timedelta(seconds=MANDATORY_REFRESH + 2)
        return Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret", expires_at=expiry)

    async def round(self) -> int:
        """Run the workers for one round; return the number of tasks that are left."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self.on_loop_error)
        end = loop.time() + ROUND
        await asyncio.gather(*(self.work(end) for _ in range(WORKERS)))
        await asyncio.sleep(0.5)  # aborted connections end
        return len(asyncio.all_tasks()) - 1

    def on_loop_error(self, _loop: object, context: dict[str, Any]) -> None:
        """Count what an event loop complains about.

        uvloop does, also with aiohttp alone, if data comes for a TLS handshake that was cancelled.
        """
        if context["message"] == "Fatal error on SSL protocol" and "handler is closed" in repr(
            context.get("exception")
        ):
            return
        self.unexpected[f"{context['message']}: {context.get('exception')!r}"] += 1

    async def work(self, end: float) -> None:
        """Do random things until the end of the round."""
        actions = [self.call, self.call, self.unsigned, self.page, self.cancel, self.time_out, self.many]
        actions.append(self.forget)
        loop = asyncio.get_running_loop()
        while loop.time() < end:
            action = self.chance.choice(actions)
            try:
                await action(self.chance.choice(self.clients))
            except CognitoError as error:
                self.outcomes[type(error).__name__] += 1
            except Exception as error:  # noqa: BLE001  counted, and shown in the report
                self.unexpected[f"{action.__name__}: {error!r}"] += 1
            else:
                self.outcomes["success"] += 1

    async def call(self, client: CognitoClient) -> None:
        """Make a signed call."""
        name = f"ana-{self.chance.random()}"
        user = await client.admin_get_user(user_pool_id=POOL, username=name)
        if user.username != name:
            self.unexpected["the response of another call"] += 1

    async def unsigned(self, client: CognitoClient) -> None:
        """Make a call without credentials."""
        await client.get_user(access_token="token")

    async def page(self, client: CognitoClient) -> None:
        """Page through a list, sometimes only through its beginning."""
        prefetch = self.chance.choice([0, 1])
        pages = client.get_paginator("list_users").paginate(user_pool_id=POOL, prefetch=prefetch)
        limit = self.chance.choice([60, 1000])
        count = 0
        async with aclosing(pages.items()) as users:
            async for _ in users:
                count += 1
                if count == limit:
                    break

    async def cancel(self, client: CognitoClient) -> None:
        """Cancel a call at a random moment."""
        task = asyncio.create_task(self.call(client))
        await asyncio.sleep(self.chance.random() * 0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def time_out(self, client: CognitoClient) -> None:
        """Make a call with a very short deadline."""
        await self.call(client.with_options(timeout=self.chance.uniform(0.001, 0.02), retries=0))

    async def many(self, client: CognitoClient) -> None:
        """Make several calls together."""
        results = await gather((self.call(client) for _ in range(20)), concurrency=5)
        self.outcomes.update(
            type(result.error).__name__ if isinstance(result, Failed) else "success" for result in results
        )

    async def forget(self, client: CognitoClient) -> None:
        """Create a client, and sometimes forget to close it."""
        temporary = CognitoClient(**self.chance.choice(self.options))
        try:
            await self.call(temporary)
        finally:
            if self.chance.random() < 0.5:
                await temporary.close()


class Sample:
    """What a process uses after a round."""

    def __init__(self, tasks: int) -> None:
        gc.collect()
        self.tasks = tasks
        self.memory = resident()
        self.files = sum(1 for _ in Path("/proc/self/fd").iterdir())
        self.threads = threading.active_count()
        self.objects = len(gc.get_objects())


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """Run the server in its own process; return its addresses."""
    with subprocess.Popen(
        [sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def run(soak: Soak, seconds: float) -> list[Sample]:
    """Run rounds, each on a new event loop; return what the process used after each of them."""
    samples: list[Sample] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(samples) < WARM_UP + 2:
        new_loop = uvloop.new_event_loop if len(samples) % 2 else None
        with asyncio.Runner(loop_factory=new_loop) as runner:
            tasks = runner.run(soak.round())
        samples.append(Sample(tasks))
        last = samples[-1]
        progress(
            f"{max(0, end - time.monotonic()) / 60:.0f} min left, {soak.outcomes.total():,} calls, "
            f"{last.memory:.1f} MB, {last.files} files, {last.threads} threads"
        )
    done()
    return samples


def main() -> None:
    """Run the soak and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument(
        "--write", action="store_true", help="write the result into docs/performance-targets.md"
    )
    arguments = parser.parse_args()
    logging.getLogger("cognito_async").addHandler(logging.NullHandler())
    warnings.simplefilter("error")
    warnings.filterwarnings(
        "ignore", "CognitoClient was not closed", ResourceWarning
    )  # as intended, see forget()
    with served() as addresses, tempfile.NamedTemporaryFile("w", suffix=".pem") as bundle:
        bundle.write(addresses["authority"])
        bundle.flush()
        soak = Soak(addresses["plain"], addresses["tls"], bundle.name)
        sys.unraisablehook = lambda failure: soak.unexpected.update([f"{failure.exc_value!r}"])
        samples = run(soak, arguments.minutes * 60)
    steady = samples[WARM_UP:]
    quarter = max(1, len(steady) // 4)

    def growth(name: str) -> float:
        first, last = (
            statistics.median(getattr(sample, name) for sample in part)
            for part in (steady[:quarter], steady[-quarter:])
        )
        return float(last - first)

    memory, objects = growth("memory"), growth("objects")
    files, threads = growth("files"), growth("threads")
    tasks = max(sample.tasks for sample in samples)
    unexpected = soak.unexpected.total()
    rows = [
        verdict(
            "growth of memory", f"< {MEMORY_LIMIT:.0f} MB", f"{memory:.1f} MB", holds=memory < MEMORY_LIMIT
        ),
        verdict("additional open files", "<= 0", f"{files:.0f}", holds=files <= 0),
        verdict("additional threads", "<= 0", f"{threads:.0f}", holds=threads <= 0),
        verdict("tasks left at the end of a loop", "0", f"{tasks}", holds=tasks == 0),
        verdict("other errors and warnings", "0", f"{unexpected}", holds=unexpected == 0),
    ]
    print(
        table(
            [["outcome", "calls"], *([name, f"{count:,}"] for name, count in soak.outcomes.most_common())],
            left=1,
        )
    )
    for text, count in soak.unexpected.most_common(20):
        print(f"{count:6,}  {text}")
    calls = soak.outcomes.total()
    print(f"{calls:,} calls, {len(samples)} event loops, {soak.renewals} renewals, {objects:+.0f} objects")
    publish(f"soak {PYTHON}", "", rows, write=arguments.write)
    sys.exit(any(row[-1] == "no" for row in rows))


if __name__ == "__main__":
    main()
