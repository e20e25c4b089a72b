"""Powers modulo the prime of SRP, computed in slices so that the event loop stays responsive.

``int`` never releases the GIL, so a thread would stall the event loop for as long as the power takes. The
computations here are generators instead: they yield after at most 0.3 ms, and ``run_sliced`` lets the event
loop run in between.

Measured on CPython 3.11, a power of ``G`` takes 2 ms and a power with an exponent of 512 bits 11 to 15 ms;
``pow`` takes 6 to 8 and 14 to 20 ms. With gmpy2, which is used if it is installed, they take 0.25 and 2.0 ms.
The time depends on the exponent, as that of ``pow`` does. ``gmpy2.powmod_sec`` does not have that weakness,
but it cannot be sliced, and the three powers of a sign-in take 5 ms.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Final, TypeAlias, TypeVar

from cognito_async._preload import import_off_loop

T = TypeVar("T")
Steps: TypeAlias = Generator[None, None, T]
"""A computation in slices: yields between them, and returns the result."""

N: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
"""The 3072-bit prime of RFC 3526, group 15."""

G: Final = 2
"""The generator of SRP in Cognito; RFC 5054 has 5 for the same prime."""

BUDGET = 0.0005
"""Seconds after which ``run_sliced`` lets other tasks run. A timer may be late by twice as much."""

# A window of at most 5 bits that starts and ends with 1, after at most 4 zeros; or a few of many zeros.
_WINDOW_BITS = 5
_WINDOW = re.compile(f"0{{0,4}}1(?:[01]{{0,{_WINDOW_BITS - 2}}}1)?|0{{1,9}}")
# The exponent of a power of G is written in rows of equal length, and its columns are processed one after
# another. A column has one bit for the row of G itself, where a shift multiplies, and as many for each table.
_TABLES = 2
_ROWS_PER_TABLE = 5
_ROWS = 1 + _TABLES * _ROWS_PER_TABLE
_COLUMNS = 24


# In a number of 3072 + 2n bits, replacing 2 ** (3072 + n) with its remainder modulo N leaves 3072 + n bits.
# The multiplication takes less time than a division that removes these bits.
_FOLDS = tuple((size, (1 << size) - 1, (1 << size) % N) for size in (3072 + 1536, 3072 + 768, 3072 + 384))


def _reduce(number: int) -> int:
    """Return ``number % N``; a squaring with it takes up to 20 % less time than with ``%``."""
    for size, mask, remainder in _FOLDS:
        number = (number >> size) * remainder + (number & mask)
    return number % N


class _Numbers:
    """The prime as the fastest type of number, and tables of powers of ``G``.

    The tables have 64 entries and take 27 KB. The first power of ``G`` builds them in 5 to 8 ms, and so takes
    about as long as ``pow``. Threads may build them at the same time: the results are equal, and the last
    one stays.
    """

    def __init__(self, modulus: int, reduce: Callable[[int], int]) -> None:
        self.modulus = modulus
        self.reduce = reduce
        self.one = modulus // modulus
        self.tables: list[list[int]] = []


_numbers: _Numbers | None = None


def power(base: int, exponent: int) -> Steps[int]:
    """Return ``base ** exponent`` modulo ``N``."""
    numbers = _load()
    reduce = numbers.reduce
    base = base % numbers.modulus
    square = reduce(base * base)
    odd_powers = [base]
    while len(odd_powers) < 1 << (_WINDOW_BITS - 1):
        odd_powers.append(reduce(odd_powers[-1] * square))
        yield
    result = numbers.one
    for match in _WINDOW.finditer(f"{exponent:b}"):
        bits = match[0]
        for _ in bits:
            result = reduce(result * result)
        if digit := int(bits, 2):
            result = reduce(result * odd_powers[digit >> 1])
        yield
    return int(result)


def power_of_g(exponent: int) -> Steps[int]:
    """Return ``G ** exponent`` modulo ``N``; fast for exponents of up to 264 bits."""
    if exponent.bit_length() > _ROWS * _COLUMNS:
        return (yield from power(G, exponent))
    numbers = _load()
    if not numbers.tables:
        numbers.tables = yield from _build_tables(numbers)
    low, high = numbers.tables
    reduce, result = numbers.reduce, numbers.one
    bits = f"{exponent:0{_ROWS * _COLUMNS}b}"
    for column in range(_COLUMNS):
        rows = int(bits[column::_COLUMNS], 2)  # the last row is that of G
        result = reduce(result * result << (rows & 1))
        result = reduce(result * low[rows >> 1 & (1 << _ROWS_PER_TABLE) - 1])
        result = reduce(result * high[rows >> 1 + _ROWS_PER_TABLE])
        yield
    return int(result)


def _build_tables(numbers: _Numbers) -> Steps[list[list[int]]]:
    """Return the products of all subsets of the first five rows, and of the others."""
    reduce = numbers.reduce
    tables: list[list[int]] = []
    row = G * numbers.one
    for _ in range(_TABLES):
        table = [numbers.one]
        for _ in range(_ROWS_PER_TABLE):
            for _ in range(_COLUMNS):
                row = reduce(row * row)
                yield
            for product in tuple(table):
                table.append(reduce(product * row))
                yield
        tables.append(table)
    return tables


@cache
def _has_gmpy2() -> bool:
    return find_spec("gmpy2") is not None


def _load() -> _Numbers:
    global _numbers  # noqa: PLW0603  built once for all threads
    if _numbers is None:
        numbers = _Numbers(N, _reduce)
        if _has_gmpy2():
            with suppress(ImportError):  # its library is missing or of another version
                modulus = import_module("gmpy2").mpz(N)
                numbers = _Numbers(modulus, modulus.__rmod__)
        _numbers = numbers
    return _numbers


def run(steps: Steps[T]) -> T:
    """Run a computation to its end, without an event loop."""
    try:
        while True:
            next(steps)
    except StopIteration as end:
        result: T = end.value
        return result


class _Queue:
    """The computations of an event loop, which run one after another."""

    def __init__(self) -> None:
        self.length = 0
        self.running = asyncio.Lock()
        self.low_priority = asyncio.Lock()


_queues: dict[asyncio.AbstractEventLoop, _Queue] = {}
"""The queues that are not empty."""


def _queue_of(loop: asyncio.AbstractEventLoop) -> _Queue:
    queue = _queues.get(loop)
    if queue is None:
        for other in tuple(_queues):
            if other.is_closed():
                _queues.pop(other, None)
        queue = _queues[loop] = _Queue()
    return queue


async def run_sliced(steps: Steps[T], *, low_priority: bool = False) -> T:
    """Run a computation on the event loop; other tasks run after every half a millisecond.

    The computations of an event loop run one after another, in the order of the calls. If all of them took
    turns, the loop would be blocked for the time of a slice of each, and none would be ready early.

    Args:
        steps: The computation.
        low_priority: Let the others overtake: only one computation of low priority waits among them. It is
            for the start of an exchange, because the service waits for the end of those that have begun.
    """
    if _numbers is None and _has_gmpy2():
        with suppress(ImportError):
            await import_off_loop("gmpy2")
    loop = asyncio.get_running_loop()
    queue = _queue_of(loop)
    queue.length += 1
    locks = [queue.low_priority, queue.running] if low_priority else [queue.running]
    acquired: list[asyncio.Lock] = []
    try:
        for lock in locks:
            await lock.acquire()
            acquired.append(lock)
        return await _run_slices(steps)
    finally:
        steps.close()
        queue.length -= 1
        if queue.length == 0:
            _queues.pop(loop, None)
        if not loop.is_closed():  # otherwise the garbage collector ends this coroutine
            for lock in acquired:
                lock.release()


async def _run_slices(steps: Steps[T]) -> T:
    await asyncio.sleep(0)  # short computations do not follow one another without a pause
    end = perf_counter() + BUDGET
    try:
        while True:
            next(steps)
            if perf_counter() >= end:
                await asyncio.sleep(0)
                end = perf_counter() + BUDGET
    except StopIteration as stop:
        result: T = stop.value
        return result
