"""Fixtures of the tests of sign-in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec

import pytest

from cognito_async.sign_in import _modpow


def _without_gmpy2(name: str) -> ModuleSpec | None:
    return None if name == "gmpy2" else find_spec(name)


@pytest.fixture
def first_power(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the tables and the type of numbers."""
    monkeypatch.setattr(_modpow, "_numbers", None)
    _modpow._has_gmpy2.cache_clear()
    yield
    _modpow._has_gmpy2.cache_clear()


@pytest.fixture
def pure_python(first_power: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute as if gmpy2 were not installed."""
    monkeypatch.setattr(_modpow, "find_spec", _without_gmpy2)


@pytest.fixture(params=["int", "gmpy2"])
def numbers(request: pytest.FixtureRequest, first_power: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Compute with int, then with gmpy2; the name of the type."""
    if request.param == "int":
        monkeypatch.setattr(_modpow, "find_spec", _without_gmpy2)
        monkeypatch.delitem(sys.modules, "gmpy2", raising=False)
    return str(request.param)
