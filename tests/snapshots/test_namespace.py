"""``__all__`` of every public module is its namespace, with no name missing or superfluous."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import cognito_async

PACKAGE = Path(cognito_async.__file__).parent
# Includes the modules of the areas: they can be imported, although users should not.
MODULES = sorted(
    name
    for path in PACKAGE.rglob("*.py")
    if "._"
    not in (
        name := ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    )
)
LAZY = ("cognito_async", "cognito_async.types")


def exported(module: ModuleType) -> list[str]:
    return list(module.__all__)


def imported(module: ModuleType) -> set[str]:
    """Return the names that the imports of a module bind."""
    nodes = ast.walk(ast.parse(inspect.getsource(module)))
    found = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).partition(".")[0] for node in found for alias in node.names}


def submodules(module: ModuleType) -> set[str]:
    return {name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == module.__name__}


@pytest.mark.parametrize("name", MODULES)
def test_every_exported_name_exists_once(name: str) -> None:
    module = importlib.import_module(name)
    names = exported(module)
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize("name", MODULES)
def test_exactly_the_definitions_without_an_underscore_are_exported(name: str) -> None:
    module = importlib.import_module(name)
    names = set(exported(module))
    for exported_name in names:
        getattr(module, exported_name)
    # Imports for internal use and loaded submodules are not definitions.
    own = {
        found
        for found in vars(module)
        if not found.startswith(
            ("_", "@")
        )  # pytest rewrites packages with a plugin, and adds names with an @
        and (found in names or found not in imported(module) | submodules(module))
    }
    assert own == {found for found in names if not found.startswith("_")}


@pytest.mark.parametrize("name", MODULES)
def test_a_star_import_imports_the_exported_names(name: str) -> None:
    names: dict[str, object] = {}
    exec(f"from {name} import *", names)
    names.pop("__builtins__")
    assert names.keys() == set(exported(importlib.import_module(name)))


@pytest.mark.parametrize("name", LAZY)
def test_a_package_lists_its_lazy_names_before_they_are_loaded(name: str) -> None:
    module = importlib.import_module(name)
    assert dir(module) == sorted(exported(module))


def test_no_class_of_another_library_is_exported() -> None:
    foreign = {
        f"{name}.{found}"
        for name in MODULES
        for found in exported(importlib.import_module(name))
        if isinstance(value := getattr(importlib.import_module(name), found), type)
        and not value.__module__.startswith("cognito_async.")
    }
    assert foreign == set()
