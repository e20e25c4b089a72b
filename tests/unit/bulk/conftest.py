"""A pool in memory and a client for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cognito_async import CognitoClient
from support.bulk_pool import BulkPool
from support.kill_points import Steps
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


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[], Path]:
    """Return a function that returns an empty folder."""
    numbers = iter(range(10_000))

    def create() -> Path:
        path = tmp_path / str(next(numbers))
        path.mkdir()
        return path

    return create
