"""A pool in memory and a client for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cognito_async import CognitoClient
from support.bulk_pool import BulkPool
from support.transports import client_with


@pytest.fixture
def pool() -> BulkPool:
    return BulkPool()


@pytest.fixture
def client(pool: BulkPool) -> CognitoClient:
    return client_with(pool, retry_mode="off")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.jsonl"
