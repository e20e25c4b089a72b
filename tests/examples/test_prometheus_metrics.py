"""The metrics of the Prometheus example, scraped from the running command."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from cognito_async.hooks import Connections
from examples.example import load
from examples.proxy import ControlledProxy, Fail
from support.calls import OK, get_user
from support.transports import ScriptedTransport, client_with

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]
prometheus_metrics = load("prometheus_metrics")


@pytest.fixture
async def command(
    start: Start, proxy: ControlledProxy, practice: Callable[[int], Awaitable[str]]
) -> AsyncIterator[asyncio.subprocess.Process]:
    await practice(65)
    process = await start("prometheus_metrics", "--port", "0", "--interval", "0.01")
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def scrape(url: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    async with ClientSession() as session, session.get(url) as response:
        text = await response.text()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_the_metrics_can_be_scraped_until_ctrl_c(
    command: asyncio.subprocess.Process, proxy: ControlledProxy, ctrl_c: None
) -> None:
    proxy.plans.setdefault("ListUsers", []).append(Fail("TooManyRequestsException", status=400))
    assert command.stdout is not None
    url = (await command.stdout.readline()).decode().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/metrics", url)
    succeeded = ("cognito_attempts_total", (("error", ""), ("operation", "ListUsers"), ("status", "200")))
    samples = await scrape(url)
    while samples.get(succeeded, 0) < 4:
        await asyncio.sleep(0.01)
        samples = await scrape(url)
    throttled = [value for (name, _), value in samples.items() if name == "cognito_throttled_total"]
    assert throttled == [1.0]
    calls = ("cognito_call_seconds_count", (("error", ""), ("operation", "ListUsers")))
    assert samples[calls] >= 3
    assert samples["cognito_connections_in_use", ()] in (0.0, 1.0)
    assert samples["cognito_requests_waiting", ()] == 0.0
    command.send_signal(signal.SIGINT)
    assert await command.wait() == 0


async def test_an_error_of_a_call_is_logged_and_counted(
    proxy: ControlledProxy, start: Start, practice: Callable[[int], Awaitable[str]]
) -> None:
    await practice(1)
    arguments = ("--port", "0", "--interval", "0.01", "--pool", "eu-west-1_missing")
    process = await start("prometheus_metrics", *arguments)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        url = (await process.stdout.readline()).decode().strip()
        assert (await process.stderr.readline()).startswith(b"WARNING ListUsers failed with ResourceNotFound")
        failed = (
            "cognito_call_seconds_count",
            (("error", "ResourceNotFoundException"), ("operation", "ListUsers")),
        )
        assert (await scrape(url))[failed] >= 1
    finally:
        process.kill()
        await process.communicate()


async def test_closed_clients_are_forgotten() -> None:
    registry = CollectorRegistry()
    hooks = prometheus_metrics.PrometheusHooks(registry)
    async with client_with(ScriptedTransport(OK), hooks=[hooks]) as client:
        await get_user(client)
        assert registry.get_sample_value("cognito_connections_in_use") == 0
        assert len(hooks._clients) == 1
    assert registry.get_sample_value("cognito_connections_in_use") == 0
    assert hooks._clients == []


class SharedClients(list[Any]):
    """Clients, to which another thread adds one after each reading."""

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        self.append(lambda: Connections(1, 0))

    def copy(self) -> list[Any]:
        clients = super().copy()
        self.append(lambda: Connections(1, 0))
        return clients


def test_a_client_that_is_created_while_the_metrics_are_read_is_kept() -> None:
    hooks = prometheus_metrics.PrometheusHooks(CollectorRegistry())
    hooks._clients = SharedClients([lambda: None])
    assert hooks._connections() == []
    assert len(hooks._clients) == 1
    assert hooks._clients[0]() == Connections(1, 0)


def test_a_closed_client_that_another_thread_has_removed_is_no_error() -> None:
    hooks = prometheus_metrics.PrometheusHooks(CollectorRegistry())
    hooks.attach(hooks._clients.clear)
    assert hooks._connections() == []


def test_closed_clients_are_forgotten_without_reading_the_metrics() -> None:
    hooks = prometheus_metrics.PrometheusHooks(CollectorRegistry())
    for _ in range(10):
        hooks.attach(lambda: None)
    assert len(hooks._clients) == 1
