"""Fixtures for pytest, there as soon as the package is installed; nothing is imported before one is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cognito_async.testing import MotoServer, StubTransport


@pytest.fixture
def cognito_stub(request: pytest.FixtureRequest) -> Iterator[StubTransport]:
    """Give a StubTransport; a test that leaves an answer unused fails at its end."""
    from cognito_async.testing import StubTransport  # noqa: PLC0415  only where it is used

    stub = StubTransport()
    failed_before = request.session.testsfailed
    yield stub
    if request.session.testsfailed == failed_before:  # else the test's own failure says more
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
