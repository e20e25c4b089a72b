"""Fixtures for pytest, there as soon as the package is installed; nothing is imported before one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cognito_async.testing import MotoServer, StubTransport


_PASSED = pytest.StashKey[bool]()
"""Whether the body of a test ran to its end; not so when it failed or was skipped, as xfail says too."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how a test went, for its fixtures."""
    report = yield
    item.stash[_PASSED] = report.when == "call" and report.passed
    return report


@pytest.fixture
def cognito_stub(request: pytest.FixtureRequest) -> Iterator[StubTransport]:
    """Give a StubTransport; a test that passes but leaves an answer unused fails at its end."""
    from cognito_async.testing import StubTransport  # noqa: PLC0415  only where it is used

    stub = StubTransport()
    yield stub
    if request.node.stash.get(_PASSED, False):  # else the test's own failure says more, or there was no test
        stub.assert_all_used()


@pytest.fixture(scope="session")
def _cognito_moto_server() -> Iterator[MotoServer]:
    """Run one emulator for all tests."""
    from cognito_async.testing import MotoServer  # noqa: PLC0415  only where it is used

    with ExitStack() as stack:
        try:
            server = stack.enter_context(MotoServer())
        except ModuleNotFoundError as missing:
            pytest.skip(f"cognito_emulator: {missing}")
        yield server


@pytest.fixture
def cognito_emulator(_cognito_moto_server: MotoServer) -> MotoServer:
    """Give moto's emulator, empty; the test is skipped where ``moto[server]`` is not installed."""
    _cognito_moto_server.reset()
    return _cognito_moto_server
