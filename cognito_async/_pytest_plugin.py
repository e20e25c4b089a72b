"""pytest fixtures, installed with the package; nothing is imported before one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cognito_async.testing import FakeUserPool, MotoServer, StubTransport


_PASSED = pytest.StashKey[bool]()
"""Whether the test passed; False if it failed, was skipped, or is an expected failure."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record the outcome of a test for its fixtures."""
    report = yield
    item.stash[_PASSED] = report.when == "call" and report.passed
    return report


@pytest.fixture
def cognito_stub(request: pytest.FixtureRequest) -> Iterator[StubTransport]:
    """Return a StubTransport; a test that passes but leaves a response unused fails at its end."""
    from cognito_async.testing import StubTransport  # noqa: PLC0415  loaded on first use

    stub = StubTransport()
    yield stub
    if request.node.stash.get(_PASSED, False):  # otherwise the test's own failure is more useful
        stub.assert_all_used()


@pytest.fixture
def cognito_user_pool() -> FakeUserPool:
    """Return a FakeUserPool without users; the test is skipped if cryptography is not installed."""
    from cognito_async.testing import FakeUserPool  # noqa: PLC0415  loaded on first use

    try:
        return FakeUserPool()
    except ModuleNotFoundError as missing:
        pytest.skip(f"cognito_user_pool: {missing}")


@pytest.fixture(scope="session")
def _cognito_moto_server() -> Iterator[MotoServer]:
    """Start one emulator for all tests."""
    from cognito_async.testing import MotoServer  # noqa: PLC0415  loaded on first use

    with ExitStack() as stack:
        try:
            server = stack.enter_context(MotoServer())
        except ModuleNotFoundError as missing:
            pytest.skip(f"cognito_emulator: {missing}")
        yield server


@pytest.fixture
def cognito_emulator(_cognito_moto_server: MotoServer) -> MotoServer:
    """Return moto's emulator, empty; the test is skipped if ``moto[server]`` is not installed."""
    _cognito_moto_server.reset()
    return _cognito_moto_server
