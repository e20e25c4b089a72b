"""Lazy names, in a package created for the test and in the real packages."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import create_autospec

import pytest

import cognito_async
from cognito_async import CognitoClient, types
from cognito_async._lazy import Load, is_loaded, lazy_methods, lazy_names

PACKAGE = """
from cognito_async._lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__, {"shapes": ("Circle", "Square"), "colors": ("RED",), "broken": ("Broken",), "empty": ("Missing",)}
)
"""
SUBMODULES = {
    "shapes": "class Circle: ...\nclass Square: ...\nclass Triangle: ...\n",
    "colors": "RED = object()\n",
    "broken": "raise ImportError('no such library')\n",
    "empty": "",
}


@pytest.fixture
def lazy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "lazy_package"
    folder.mkdir()
    folder.joinpath("__init__.py").write_text(PACKAGE)
    for name, text in SUBMODULES.items():
        folder.joinpath(f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_package")
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_package"]:
        del sys.modules[name]


def loaded() -> set[str]:
    return {name for name in sys.modules if name.startswith("lazy_package.")}


def test_a_module_is_imported_when_one_of_its_names_is_first_used(lazy_package: ModuleType) -> None:
    assert loaded() == set()
    circle = lazy_package.Circle
    assert loaded() == {"lazy_package.shapes"}
    assert circle is sys.modules["lazy_package.shapes"].Circle


def test_a_name_is_an_ordinary_global_after_its_first_use(lazy_package: ModuleType) -> None:
    assert "Circle" not in vars(lazy_package)
    circle = lazy_package.Circle
    assert vars(lazy_package)["Circle"] is circle


def test_only_the_name_that_was_used_becomes_a_global(lazy_package: ModuleType) -> None:
    _ = lazy_package.Circle
    assert "Square" not in vars(lazy_package)


def test_a_name_is_looked_up_once(lazy_package: ModuleType) -> None:
    circle = lazy_package.Circle
    del sys.modules["lazy_package.shapes"]
    assert lazy_package.Circle is circle
    assert loaded() == set()


def test_names_can_be_imported_from_the_package(lazy_package: ModuleType) -> None:
    names: dict[str, object] = {}
    exec("from lazy_package import RED, Square", names)
    assert names["RED"] is lazy_package.RED
    assert names["Square"] is lazy_package.Square


@pytest.mark.parametrize("name", ["Unknown", "circle", "Triangle", "__wrapped__", ""])
def test_an_unknown_name_is_an_attribute_error_that_names_module_and_name(
    lazy_package: ModuleType, name: str
) -> None:
    with pytest.raises(AttributeError, match=f"^module 'lazy_package' has no attribute {name!r}$"):
        getattr(lazy_package, name)
    assert loaded() == set()


def test_an_unknown_name_cannot_be_imported(lazy_package: ModuleType) -> None:
    with pytest.raises(ImportError, match="Unknown"):
        exec("from lazy_package import Unknown", {})


def test_the_error_of_a_submodule_that_cannot_be_imported_is_raised_unchanged(
    lazy_package: ModuleType,
) -> None:
    with pytest.raises(ImportError, match="no such library"):
        _ = lazy_package.Broken


def test_a_submodule_without_the_name_is_an_attribute_error_that_names_the_submodule(
    lazy_package: ModuleType,
) -> None:
    with pytest.raises(AttributeError, match=r"'lazy_package\.empty' has no attribute 'Missing'"):
        _ = lazy_package.Missing


def test_dir_and_all_have_every_name_in_order_and_import_nothing(lazy_package: ModuleType) -> None:
    everything = ["Broken", "Circle", "Missing", "RED", "Square"]
    assert dir(lazy_package) == everything
    assert lazy_package.__all__ == everything
    assert loaded() == set()


def test_dir_is_the_same_after_a_name_was_used(lazy_package: ModuleType) -> None:
    before = dir(lazy_package)
    _ = lazy_package.Circle
    assert dir(lazy_package) == before


def test_a_package_without_names_has_none() -> None:
    find, list_names, everything = lazy_names("cognito_async", {})
    assert (list_names(), everything) == ([], [])
    with pytest.raises(AttributeError, match="module 'cognito_async' has no attribute 'Config'"):
        find("Config")


@pytest.mark.parametrize("package", [cognito_async, types], ids=lambda package: package.__name__)
def test_every_lazy_name_of_the_package_exists(package: ModuleType) -> None:
    assert len(package.__all__) > 1
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert dir(package) == sorted(package.__all__)


@pytest.mark.parametrize("package", [cognito_async, types], ids=lambda package: package.__name__)
def test_an_unknown_name_of_the_package_is_an_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'NoSuchName'"):
        _ = package.NoSuchName


# Methods of a class

MIXIN = """
class ShapeMethods:
    def draw(self): return f"{type(self).__name__} is drawn"
    alias = "draw"
"""


@pytest.fixture
def lazy_class(lazy_package: ModuleType, tmp_path: Path) -> type:
    tmp_path.joinpath("lazy_package", "shape_methods.py").write_text(MIXIN)
    # The class is in the package, so its mixins are imported relative to it.
    lazy_class = type("LazyClass", (), {"__module__": "lazy_package"})
    lazy_methods(lazy_class, {("shape_methods", "ShapeMethods"): ("draw", "alias")})
    return lazy_class


def test_a_method_is_imported_when_it_is_first_looked_up(lazy_class: type) -> None:
    assert loaded() == set()
    assert lazy_class().draw() == "LazyClass is drawn"
    assert loaded() == {"lazy_package.shape_methods"}


def test_a_method_is_an_ordinary_one_after_its_first_use(lazy_class: type) -> None:
    lazy_class().draw()
    mixin = sys.modules["lazy_package.shape_methods"].ShapeMethods
    assert vars(lazy_class)["draw"] is vars(mixin)["draw"]


def test_a_method_can_be_looked_up_on_the_class_and_through_super(lazy_class: type) -> None:
    class Subclass(lazy_class):
        def draw(self) -> str:
            return f"{super().draw()} twice"

    assert Subclass().draw() == "Subclass is drawn twice"
    assert inspect.isfunction(lazy_class.draw)


def test_a_lazy_name_may_be_any_attribute_of_the_mixin(lazy_class: type) -> None:
    assert lazy_class.alias == lazy_class().alias == "draw"


def test_dir_lists_the_names_before_they_are_used(lazy_class: type) -> None:
    assert {"draw", "alias"} <= set(dir(lazy_class))
    assert loaded() == set()


# Coroutine methods, looked up on a running loop

COROUTINES = """
class ShapeMethods:
    async def draw(self, color: str) -> str:
        \"\"\"Draw the shape.\"\"\"
        return f"{type(self).__name__} is drawn {color}"
"""


@pytest.fixture
def coroutine_class(lazy_package: ModuleType, tmp_path: Path) -> type:
    tmp_path.joinpath("lazy_package", "shape_methods.py").write_text(COROUTINES)
    lazy_class = type("LazyClass", (), {"__module__": "lazy_package"})

    def load(module: str) -> Load:
        async def import_in_thread() -> None:
            await asyncio.to_thread(importlib.import_module, f"lazy_package.{module}")

        return import_in_thread

    lazy_methods(lazy_class, {("shape_methods", "ShapeMethods"): ("draw",)}, load=load)
    return lazy_class


async def test_the_first_call_on_a_loop_imports_the_module_and_calls_the_method(coroutine_class: Any) -> None:
    draw = coroutine_class().draw
    assert loaded() == set()
    call = draw("red")
    assert loaded() == set()
    assert await call == "LazyClass is drawn red"
    mixin = sys.modules["lazy_package.shape_methods"].ShapeMethods
    assert vars(coroutine_class)["draw"] is vars(mixin)["draw"]
    assert inspect.ismethod(coroutine_class().draw)


async def test_a_first_call_that_is_not_awaited_is_named_after_the_class(coroutine_class: Any) -> None:
    with pytest.warns(RuntimeWarning, match=r"coroutine 'LazyClass\.draw' was never awaited"):
        coroutine_class().draw("red")


async def test_wrong_arguments_of_a_first_call_raise_the_error_of_the_method(coroutine_class: Any) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        await coroutine_class().draw(colour="red")


async def test_inspection_on_a_loop_sees_the_method(coroutine_class: Any) -> None:
    draw = coroutine_class().draw
    assert list(inspect.signature(draw).parameters) == ["color"]
    assert inspect.getdoc(draw) == "Draw the shape."
    assert draw.__name__ == "draw"
    assert inspect.iscoroutinefunction(draw)
    assert asyncio.iscoroutinefunction(draw) or sys.version_info >= (3, 14)  # deprecated there
    mock = create_autospec(coroutine_class(), instance=True)
    await mock.draw("red")
    mock.draw.assert_awaited_once_with("red")


def test_a_lookup_without_a_loop_or_on_the_class_imports_at_once(coroutine_class: Any) -> None:
    async def look_up_on_class() -> None:
        assert inspect.isfunction(coroutine_class.draw)

    asyncio.run(look_up_on_class())
    assert loaded() == {"lazy_package.shape_methods"}
    assert inspect.ismethod(coroutine_class().draw)


async def test_a_mock_of_the_client_has_every_method_with_its_signature() -> None:
    client = create_autospec(CognitoClient, instance=True)
    await client.admin_get_user(user_pool_id="p", username="u")
    client.admin_get_user.assert_awaited_once_with(user_pool_id="p", username="u")
    with pytest.raises(TypeError, match="missing a required argument: 'username'"):
        await client.admin_get_user(user_pool_id="p")


async def test_a_module_that_a_thread_is_importing_is_not_loaded_yet(
    coroutine_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await coroutine_class().draw("red") == "LazyClass is drawn red"
    name = "lazy_package.shape_methods"
    assert is_loaded(name)
    monkeypatch.setattr(sys.modules[name].__spec__, "_initializing", True)
    assert not is_loaded(name)
    assert not is_loaded("lazy_package.no_such_module")


async def test_a_lookup_while_a_thread_imports_the_module_does_not_wait_for_it(
    coroutine_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "lazy_package.shape_methods"
    module = ModuleType(name)  # as it is while a thread imports it
    module.__spec__ = ModuleSpec(name, None)
    module.__spec__._initializing = True  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)
    call = coroutine_class().draw("red")
    monkeypatch.delitem(sys.modules, name)
    assert await call == "LazyClass is drawn red"
