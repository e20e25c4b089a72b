"""Lazy names of a package (PEP 562): a module is imported when one of its names is first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from sys import modules


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
