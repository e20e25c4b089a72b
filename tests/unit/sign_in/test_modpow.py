"""Powers modulo N: equal to pow, in slices, with and without gmpy2."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cognito_async.sign_in import _modpow
from cognito_async.sign_in._modpow import G, N, Steps, power, power_of_g, run, run_sliced

EDGES = [0, 1, 2, 31, 32, 33, 2**255, 2**256 - 1, 2**264 - 1, 2**264, 2**512 - 1, 2**511, 2**511 + 1]
ONCE = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def count(steps: Steps[Any]) -> int:
    return sum(1 for _ in steps)


def test_n_is_the_prime_of_rfc_3526_group_15() -> None:
    digest = hashlib.sha256(f"{N:X}".encode()).hexdigest()
    assert digest == "2b2c15e1523695d748a2f56b3b81d59d23467b300f1879585be61f0addacdc45"
    assert N.bit_length() == 3072
    assert G == 2


@ONCE
@given(st.integers(-(2**3080), 2**3080), st.integers(0, 2**1300))
@example(0, 5)
@example(N, 0)
@example(-1, 2**512 - 1)
def test_a_power_of_a_random_exponent_equals_pow(numbers: str, base: int, exponent: int) -> None:
    result = run(power(base, exponent))
    assert result == pow(base, exponent, N)
    assert type(result) is int


@pytest.mark.parametrize("exponent", EDGES, ids=lambda exponent: f"{exponent.bit_length()}-bits")
def test_a_power_of_an_edge_exponent_equals_pow(numbers: str, exponent: int) -> None:
    for base in (0, 1, 2, N - 1, N + 1, 3**1900):
        assert run(power(base, exponent)) == pow(base, exponent, N)


@ONCE
@given(st.integers(0, 2**264) | st.integers(0, 2**1024))
def test_a_power_of_g_of_a_random_exponent_equals_pow(numbers: str, exponent: int) -> None:
    result = run(power_of_g(exponent))
    assert result == pow(2, exponent, N)
    assert type(result) is int


@pytest.mark.parametrize("exponent", EDGES, ids=lambda exponent: f"{exponent.bit_length()}-bits")
def test_a_power_of_g_of_an_edge_exponent_equals_pow(numbers: str, exponent: int) -> None:
    assert run(power_of_g(exponent)) == pow(2, exponent, N)


@given(st.integers(0, 2**6200))
def test_reduction_is_the_remainder(number: int) -> None:
    assert _modpow._reduce(number) == number % N


@pytest.mark.parametrize("size", [3071, 3072, 3073, 3456, 3840, 4608, 6144, 6145])
def test_reduction_is_the_remainder_at_the_edges(size: int) -> None:
    for number in (1 << size, (1 << size) - 1, (1 << size) + 1, (1 << size) // N * N, (N - 1) ** 2 << 1):
        assert _modpow._reduce(number) == number % N


def test_every_entry_of_the_tables_is_used_correctly(pure_python: None) -> None:
    for row in range(11):
        exponent = 1 << (24 * row)
        assert run(power_of_g(exponent)) == pow(2, exponent, N)
    assert run(power_of_g(sum(1 << (24 * row) for row in range(11)))) == pow(
        2, sum(1 << (24 * row) for row in range(11)), N
    )


def test_the_first_power_of_g_builds_the_tables_and_the_next_ones_use_them(pure_python: None) -> None:
    first, second = count(power_of_g(2**255)), count(power_of_g(2**255))
    assert (first, second) == (302 + 24, 24)
    assert _modpow._numbers is not None
    tables = _modpow._numbers.tables
    assert sum(map(len, tables)) == 64
    assert sum(sys.getsizeof(entry) for table in tables for entry in table) < 28_000


def test_powers_yield_often(pure_python: None) -> None:
    """Each step is at most nine squarings and a multiplication, also for exponents of many zeros."""
    for exponent in (2**512 - 1, 2**511, 2**511 + 1, int("10000" * 100, 2)):
        assert count(power(3, exponent)) - 15 >= exponent.bit_length() / 9


def test_two_builders_at_the_same_time_get_right_results(pure_python: None) -> None:
    one, two = power_of_g(2**255 + 1), power_of_g(2**255 + 2)
    for _ in range(60):
        next(one)
        next(two)
    assert (run(one), run(two)) == (pow(2, 2**255 + 1, N), pow(2, 2**255 + 2, N))


def test_gmpy2_is_used_if_it_is_installed(numbers: str) -> None:
    run(power_of_g(5))
    assert _modpow._numbers is not None
    assert type(_modpow._numbers.modulus).__name__ == {"int": "int", "gmpy2": "mpz"}[numbers]
    assert ("gmpy2" in sys.modules) == (numbers == "gmpy2")


async def test_gmpy2_is_imported_off_the_loop(first_power: None, monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []

    async def record(*names: str) -> None:
        imported.extend(names)

    monkeypatch.setattr(_modpow, "import_off_loop", record)
    assert await run_sliced(power_of_g(100)) == pow(2, 100, N)
    assert await run_sliced(power_of_g(101)) == pow(2, 101, N)
    assert imported == ["gmpy2"]


async def test_nothing_is_imported_without_gmpy2(pure_python: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*names: str) -> None:
        raise AssertionError(names)

    monkeypatch.setattr(_modpow, "import_off_loop", fail)
    assert await run_sliced(power_of_g(100)) == pow(2, 100, N)


async def test_a_gmpy2_that_cannot_be_imported_is_ignored(
    first_power: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gmpy2", None)  # import raises ImportError

    monkeypatch.setattr(_modpow, "find_spec", lambda name: object())
    assert await run_sliced(power_of_g(100)) == pow(2, 100, N)
    assert _modpow._numbers is not None
    assert type(_modpow._numbers.modulus) is int


def test_gmpy2_is_looked_up_once(first_power: None, monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[str] = []
    monkeypatch.setattr(_modpow, "find_spec", lookups.append)
    for exponent in range(3):
        run(power_of_g(exponent))
    assert lookups == ["gmpy2"]
