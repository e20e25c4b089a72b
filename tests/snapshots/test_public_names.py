"""Every name in a message that Python writes about a wrong call is public."""

from __future__ import annotations

import builtins
import collections.abc
import enum
import importlib
import inspect
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_overloads

import pytest

import cognito_async
from cognito_async import CognitoClient
from cognito_async.operations import METHODS, AllOperations
from cognito_async.operations.pagination import PaginationOperations
from cognito_async.testing import StubTransport
from snapshots.public import public_modules

PACKAGE = Path(cognito_async.__file__).parent
INTERNAL = (AllOperations, PaginationOperations)  # bases of the client
OPERATIONS = [name for names in METHODS.values() for name in names]


def known_names() -> set[str]:
    """Return the public names of the package and those of Python."""
    modules = [importlib.import_module(name) for name in public_modules(PACKAGE)]
    return {
        *(name for module in modules for name in module.__all__),
        *dir(builtins),
        *dir(collections.abc),
        *dir(enum),
    }


def public_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield all public functions, classes and methods, and the methods of objects that users get."""
    for module_name in public_modules(PACKAGE):
        module = importlib.import_module(module_name)
        for name in module.__all__:
            value = getattr(module, name)
            if not callable(value) or value in INTERNAL or not hasattr(value, "__module__"):
                continue
            yield f"{module_name}.{name}", value
            if isinstance(value, type):
                for attribute in dir(value):
                    if not attribute.startswith("_") and callable(method := getattr(value, attribute)):
                        yield f"{module_name}.{name}.{attribute}", method


def is_public(name: str, known: set[str]) -> bool:
    first, *rest = name.split(".")
    return first in known and all(part.startswith("__") or not part.startswith("_") for part in rest)


def test_messages_about_wrong_keywords_name_public_functions() -> None:
    known = known_names()
    private = {}
    checked = 0
    for name, function in public_callables():
        try:
            result: Any = function(no_such_parameter=1)
        except TypeError as error:
            named = re.findall(r"([\w.<>]+)\(\)", str(error))
        else:
            named = []
            assert not inspect.iscoroutine(result), name
        checked += 1
        # A class method or a function is named alone.
        known_here = known | {name.rpartition(".")[2]}
        if wrong := [each for each in named if not is_public(each, known_here)]:
            private[name] = wrong
    assert private == {}
    assert checked > len(OPERATIONS)


@pytest.mark.parametrize("name", [*OPERATIONS, "can_paginate", "get_paginator", "get_waiter"])
def test_a_method_is_named_after_the_client(name: str) -> None:
    method = getattr(CognitoClient, name)
    assert (method.__module__, method.__qualname__) == ("cognito_async.client", f"CognitoClient.{name}")
    assert pickle.loads(pickle.dumps(method)) is method


def test_the_overloads_of_get_paginator_are_found_under_its_public_name() -> None:
    overloads = get_overloads(CognitoClient.get_paginator)
    assert len(overloads) == len(CognitoClient._paginators)
    assert {each.__qualname__ for each in overloads} == {"CognitoClient.get_paginator"}


async def test_the_warning_about_a_call_without_await_names_the_public_method() -> None:
    client = CognitoClient(region="eu-west-1")
    with pytest.warns(RuntimeWarning, match=r"coroutine 'CognitoClient\.admin_get_user' was never awaited"):
        client.admin_get_user(user_pool_id="p", username="u")  # type: ignore[unused-coroutine]


def test_a_client_of_the_stub_is_named_after_the_public_class() -> None:
    kind = type(StubTransport().client())
    assert (kind.__module__, kind.__qualname__) == ("cognito_async.client", "CognitoClient")
