"""Imports modules before they are needed: off the event loop, or when a program asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from sys import modules

from cognito_async._errors import InvalidRequestError
from cognito_async._lazy import is_loaded
from cognito_async._messages import safe_repr
from cognito_async._model import Request, Response
from cognito_async._single_flight import CLIENT, SingleFlight
from cognito_async._thread_switches import frequent_thread_switches

_CODEC = "cognito_async._codec.codec"
# What the first error, malformed response, list or refreshed credential of a program imports.
_SHARED = (
    _CODEC,
    "cognito_async._codec.lenient_decoder",
    "cognito_async._errors.advice",
    "cognito_async._pipeline.request_limits",
    "cognito_async.credentials._botocore",
    "cognito_async.credentials._refreshing",
    "cognito_async.errors",
    "cognito_async.operations.pagination",
    "concurrent.futures.thread",  # for asyncio.to_thread
)
_NO_AREAS = {"common", "map_keys"}
_imports: dict[tuple[str, ...], SingleFlight[None]] = {}


def preload(*areas: str) -> None:
    """Import what the operations of some areas need, so that their first calls import nothing.

    Without it, the first call of an area imports its modules in a thread; what a program uses without a call
    (``types``, ``get_paginator``) is imported where it is first used. An area takes 10 to 25 ms. Call it when
    the program starts, or on a running loop with ``await asyncio.to_thread(preload, "users")``.

    Args:
        areas: Names of areas, such as ``users`` or ``auth``: modules of the reference. All of them if empty.

    Raises:
        InvalidRequestError: There is no such area.
    """
    from pkgutil import iter_modules  # noqa: PLC0415  needed only here

    from cognito_async import types  # noqa: PLC0415  a client is created without it

    known = sorted({module.name for module in iter_modules(types.__path__)} - _NO_AREAS)
    for area in areas:
        if area not in known:
            problem = f"there is no area {safe_repr(area)}; the areas are {', '.join(known)}"
            raise InvalidRequestError("preload", [problem])
    _import((*_SHARED, *(module for area in areas or known for module in _modules_of(area))))
    codec = modules[_CODEC]
    for area in areas or known:
        for name in modules[f"cognito_async.types.{area}"].__all__:
            shape = getattr(types, name)
            if isinstance(shape, type) and issubclass(shape, (Request, Response)):
                codec.prepare(shape)


def load_area(area: str) -> Callable[[], Awaitable[None]]:
    """Return a coroutine function that imports the modules of an area off the event loop."""
    names = _modules_of(area)

    async def load() -> None:
        await import_off_loop(*names, _CODEC)

    return load


def _modules_of(area: str) -> tuple[str, ...]:
    return f"cognito_async.operations.{area}", f"cognito_async.types.{area}"


async def import_off_loop(*names: str, owner: str = CLIENT) -> None:
    """Import modules in a thread; nothing if they are loaded. Concurrent callers share the import.

    Raises:
        RuntimeError: There is no event loop; the message says that ``owner`` needs it.
    """
    if all(map(is_loaded, names)):
        return

    async def import_in_thread() -> None:
        with frequent_thread_switches():
            await asyncio.to_thread(_import, names)

    try:
        await _imports.setdefault(names, SingleFlight(import_in_thread, owner)).wait()
    finally:
        _imports.pop(names, None)


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        import_module(name)
