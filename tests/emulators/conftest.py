"""Emulators for the tests of this folder, started once per process, and the records of their calls.

If the environment variable EMULATOR_RECORDS names a folder, every process writes its record there for
operations_table.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cognito_async import Credentials
from cognito_async.errors import ResourceNotFoundException
from emulators import known_gaps
from emulators.recording import Record, RecordingClient, Steps
from emulators.resources import Resources
from emulators.servers import EMULATORS, Emulator, MissingRuntimeError, Running

RECORDS: dict[str, Record] = {}
STEPS = pytest.StashKey[Steps]()


def pytest_sessionfinish() -> None:
    folder = os.environ.get("EMULATOR_RECORDS")
    if folder and RECORDS:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        text = json.dumps({name: record.to_json() for name, record in RECORDS.items()}, indent=1)
        Path(folder, f"{worker}.json").write_text(text, encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Report skipped steps as skipped, and deviations of known_gaps.py as expected failures."""
    yield
    steps = item.stash.get(STEPS, None)
    if steps is not None and steps.skipped:
        pytest.skip(
            "passed, except for: " + "; ".join(dict.fromkeys(steps.skipped + steps.expected_failures))
        )
    if steps is not None and steps.expected_failures:
        pytest.xfail("; ".join(dict.fromkeys(steps.expected_failures)))


@pytest.fixture(scope="session", params=EMULATORS, ids=lambda emulator: emulator.name)
def emulator(request: pytest.FixtureRequest) -> Emulator:
    chosen: Emulator = request.param
    return chosen


@pytest.fixture(scope="session")
def running(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    try:
        emulator.command(0)
    except MissingRuntimeError as missing:
        pytest.skip(f"{emulator.title}: {missing}")
    with emulator.run(tmp_path_factory.mktemp("emulators")) as started:
        tested, installed = known_gaps.VERSIONS[emulator.name], emulator.version(started)
        if installed != tested:
            pytest.skip(f"{emulator.title}: known_gaps.py describes {tested}; {installed} is installed")
        yield started


@pytest.fixture
def record(emulator: Emulator) -> Record:
    return RECORDS.setdefault(emulator.name, Record())


@pytest.fixture
async def resources(
    emulator: Emulator, running: Running, record: Record, request: pytest.FixtureRequest
) -> AsyncIterator[Resources]:
    steps = request.node.stash[STEPS] = Steps(emulator.name, record)
    credentials = Credentials(access_key_id="test", secret_access_key="test")
    # moto assumes this region for unsigned requests.
    settings = {"region": "us-east-1", "endpoint_url": running.url, "retry_mode": "off"}
    async with (
        RecordingClient(emulator.name, record, credentials=credentials, **settings) as client,
        RecordingClient(emulator.name, record, **settings) as public,
    ):
        resources = Resources(emulator, running, client, public, steps, [])
        yield resources
        for pool_id in resources.pools:
            with suppress(ResourceNotFoundException):  # the test may have deleted it
                await client.delete_user_pool(user_pool_id=pool_id)
