"""Names that are imported when they are first used: those of a package (PEP 562) and methods of a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import getattr_static
from sys import modules
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` for ``package``.

    ``homes`` says which submodule holds which names; the home ``""`` lists submodules themselves. A name
    that was looked up once becomes an ordinary global, so later uses cost nothing.
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    everything = sorted(home_of)

    def __getattr__(name: str) -> object:  # noqa: N807  it is installed under this name
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if home:
            value: object = getattr(import_module(f"{package}.{home}"), name)
        else:
            value = import_module(f"{package}.{name}")
        setattr(modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807  it is installed under this name
        return everything

    return __getattr__, __dir__, everything


class _LazyMethod:
    """Stands for a method until it is first looked up, on the class or on an instance."""

    __slots__ = ("_class_name", "_module", "_name", "_owner")

    def __init__(self, owner: type[Any], module: str, class_name: str, name: str) -> None:
        self._owner = owner
        self._module = module
        self._class_name = class_name
        self._name = name

    def __get__(self, instance: object | None, owner: type[Any]) -> Any:
        found = getattr_static(getattr(import_module(self._module), self._class_name), self._name)
        setattr(self._owner, self._name, found)
        # As the language looks it up, also through super(): a subclass may have its own of this name.
        return found.__get__(instance, owner) if hasattr(found, "__get__") else found


def lazy_methods(owner: type[Any], homes: Mapping[tuple[str, str], Sequence[str]]) -> None:
    """Give a class the methods of mixins that are not imported yet.

    ``homes`` says which names are those of which module beside the class, and of which mixin in it. A method
    that was looked up once is an ordinary one of ``owner``.
    """
    for (module, class_name), names in homes.items():
        for name in names:
            setattr(owner, name, _LazyMethod(owner, f"{owner.__module__}.{module}", class_name, name))
