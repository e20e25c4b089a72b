"""A stub and its client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cognito_async import CognitoClient
from cognito_async.testing import StubTransport


@pytest.fixture
def stub() -> StubTransport:
    return StubTransport()


@pytest.fixture
async def client(stub: StubTransport) -> AsyncIterator[CognitoClient]:
    async with stub.client() as client:
        yield client
