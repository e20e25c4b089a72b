"""The interval at which Python switches threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from cognito_async._thread_switches import frequent_thread_switches


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_the_interval_is_short_inside_and_restored_after_the_last_user() -> None:
    sys.setswitchinterval(0.004)
    with frequent_thread_switches():
        assert sys.getswitchinterval() == pytest.approx(0.0005)
        with frequent_thread_switches():
            assert sys.getswitchinterval() == pytest.approx(0.0005)
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    assert sys.getswitchinterval() == pytest.approx(0.004)


def test_a_shorter_interval_of_the_program_stays() -> None:
    sys.setswitchinterval(0.0001)
    with frequent_thread_switches():
        assert sys.getswitchinterval() == pytest.approx(0.0001, abs=5e-6)


def test_the_interval_is_restored_after_an_error() -> None:
    sys.setswitchinterval(0.004)
    with pytest.raises(ImportError), frequent_thread_switches():
        raise ImportError
    assert sys.getswitchinterval() == pytest.approx(0.004)
