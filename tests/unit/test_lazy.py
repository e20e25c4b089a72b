"""Lazy names, in a package created for the test and in the real packages."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from unittest.mock import create_autospec

import pytest

import cognito_async
from cognito_async import CognitoClient, types
from cognito_async._lazy import lazy_methods, lazy_names

PACKAGE = """
from cognito_async._lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__, {"cats": ("Lion", "Tiger"), "birds": ("Emu",), "broken": ("Snark",), "empty": ("Boojum",)}
)
"""
SUBMODULES = {
    "cats": "class Lion: ...\nclass Tiger: ...\nclass Lynx: ...\n",
    "birds": "Emu = object()\n",
    "broken": "raise ImportError('no such animal')\n",
    "empty": "",
}


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "lazy_zoo"
    folder.mkdir()
    folder.joinpath("__init__.py").write_text(PACKAGE)
    for name, text in SUBMODULES.items():
        folder.joinpath(f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_zoo")
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_zoo"]:
        del sys.modules[name]


def loaded() -> set[str]:
    return {name for name in sys.modules if name.startswith("lazy_zoo.")}


def test_a_module_is_imported_when_one_of_its_names_is_first_used(zoo: ModuleType) -> None:
    assert loaded() == set()
    lion = zoo.Lion
    assert loaded() == {"lazy_zoo.cats"}
    assert lion is sys.modules["lazy_zoo.cats"].Lion


def test_a_name_is_an_ordinary_global_after_its_first_use(zoo: ModuleType) -> None:
    assert "Lion" not in vars(zoo)
    lion = zoo.Lion
    assert vars(zoo)["Lion"] is lion


def test_only_the_name_that_was_used_becomes_a_global(zoo: ModuleType) -> None:
    _ = zoo.Lion
    assert "Tiger" not in vars(zoo)


def test_a_name_is_looked_up_once(zoo: ModuleType) -> None:
    lion = zoo.Lion
    del sys.modules["lazy_zoo.cats"]
    assert zoo.Lion is lion
    assert loaded() == set()


def test_names_can_be_imported_from_the_package(zoo: ModuleType) -> None:
    names: dict[str, object] = {}
    exec("from lazy_zoo import Emu, Tiger", names)
    assert names["Emu"] is zoo.Emu
    assert names["Tiger"] is zoo.Tiger


@pytest.mark.parametrize("name", ["Unicorn", "lion", "Lynx", "__wrapped__", ""])
def test_an_unknown_name_is_an_attribute_error_that_names_module_and_name(zoo: ModuleType, name: str) -> None:
    with pytest.raises(AttributeError, match=f"^module 'lazy_zoo' has no attribute {name!r}$"):
        getattr(zoo, name)
    assert loaded() == set()


def test_an_unknown_name_cannot_be_imported(zoo: ModuleType) -> None:
    with pytest.raises(ImportError, match="Unicorn"):
        exec("from lazy_zoo import Unicorn", {})


def test_a_submodule_that_fails_to_import_says_why(zoo: ModuleType) -> None:
    with pytest.raises(ImportError, match="no such animal"):
        _ = zoo.Snark


def test_a_submodule_without_the_name_is_an_attribute_error_that_names_the_submodule(zoo: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"'lazy_zoo\.empty' has no attribute 'Boojum'"):
        _ = zoo.Boojum


def test_dir_and_all_have_every_name_in_order_and_import_nothing(zoo: ModuleType) -> None:
    everything = ["Boojum", "Emu", "Lion", "Snark", "Tiger"]
    assert dir(zoo) == everything
    assert zoo.__all__ == everything
    assert loaded() == set()


def test_dir_is_the_same_after_a_name_was_used(zoo: ModuleType) -> None:
    before = dir(zoo)
    _ = zoo.Lion
    assert dir(zoo) == before


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
class CatMethods:
    def roar(self): return f"{type(self).__name__} roars"
    sound = "roar"
"""


@pytest.fixture
def keeper(zoo: ModuleType, tmp_path: Path) -> type:
    tmp_path.joinpath("lazy_zoo", "cat_methods.py").write_text(MIXIN)
    # The class is in the package, so its mixins are imported relative to it.
    keeper = type("Keeper", (), {"__module__": "lazy_zoo"})
    lazy_methods(keeper, {("cat_methods", "CatMethods"): ("roar", "sound")})
    return keeper


def test_a_method_is_imported_when_it_is_first_looked_up(keeper: type) -> None:
    assert loaded() == set()
    assert keeper().roar() == "Keeper roars"
    assert loaded() == {"lazy_zoo.cat_methods"}


def test_a_method_is_an_ordinary_one_after_its_first_use(keeper: type) -> None:
    keeper().roar()
    mixin = sys.modules["lazy_zoo.cat_methods"].CatMethods
    assert vars(keeper)["roar"] is vars(mixin)["roar"]


def test_a_method_can_be_looked_up_on_the_class_and_through_super(keeper: type) -> None:
    class Head(keeper):
        def roar(self) -> str:
            return f"{super().roar()} loudly"

    assert Head().roar() == "Head roars loudly"
    assert inspect.isfunction(keeper.roar)


def test_a_name_need_not_be_that_of_a_method(keeper: type) -> None:
    assert keeper.sound == keeper().sound == "roar"


def test_dir_lists_the_names_before_they_are_used(keeper: type) -> None:
    assert {"roar", "sound"} <= set(dir(keeper))
    assert loaded() == set()


async def test_a_mock_of_the_client_has_every_method_with_its_signature() -> None:
    client = create_autospec(CognitoClient, instance=True)
    await client.admin_get_user(user_pool_id="p", username="u")
    client.admin_get_user.assert_awaited_once_with(user_pool_id="p", username="u")
    with pytest.raises(TypeError, match="missing a required argument: 'username'"):
        await client.admin_get_user(user_pool_id="p")
