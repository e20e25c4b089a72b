"""A clock for calls that wait."""

from __future__ import annotations

import pytest

from support.transports import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
