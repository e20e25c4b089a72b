"""Names of a package (PEP 562) and methods of a class that are imported on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import getattr_static, iscoroutinefunction
from sys import modules
from types import FunctionType
from typing import Any, get_overloads, overload


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` for ``package``.

    ``homes`` maps submodules to the names they define; ``""`` maps to submodules themselves. After its first
    use a name is an ordinary global, so later uses cost nothing.
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    names = sorted(home_of)

    def __getattr__(name: str) -> object:  # noqa: N807  assigned to this name in the package
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if home:
            value: object = getattr(import_module(f"{package}.{home}"), name)
        else:
            value = import_module(f"{package}.{name}")
        setattr(modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807  assigned to this name in the package
        return names

    return __getattr__, __dir__, names


class _LazyMethod:
    """Placeholder of a method until its first lookup, on the class or on an instance."""

    __slots__ = ("_class_name", "_module", "_name", "_owner", "_public_class")

    def __init__(
        self, owner: type[Any], module: str, class_name: str, name: str, public_class: tuple[str, str] | None
    ) -> None:
        self._owner = owner
        self._module = module
        self._class_name = class_name
        self._name = name
        self._public_class = public_class

    def __get__(self, instance: object | None, owner: type[Any]) -> Any:
        method = getattr_static(getattr(import_module(self._module), self._class_name), self._name)
        if self._public_class is not None:
            method = _public_method(method, *self._public_class)
        setattr(self._owner, self._name, method)
        # Bind it as a normal lookup does, also through super(): a subclass may override it.
        return method.__get__(instance, owner) if hasattr(method, "__get__") else method


def _public_method(method: Any, module: str, class_name: str) -> Any:
    """Return a method named after the public class: Python's errors, warnings and ``repr`` contain this name.

    The error about an unknown keyword of an operation says the right one.
    """
    if not isinstance(method, FunctionType):
        return method
    from cognito_async._hints import compiled_with_hints  # noqa: PLC0415  not needed by the package alone

    overloads: Sequence[Any] = get_overloads(method)
    for function in (method, *overloads):
        function.__module__ = module
        function.__qualname__ = f"{class_name}.{method.__name__}"
    for function in overloads:
        overload(function)  # registers it for get_overloads under its new name
    return compiled_with_hints(method) if iscoroutinefunction(method) else method


def lazy_methods(
    owner: type[Any],
    homes: Mapping[tuple[str, str], Sequence[str]],
    public_class: tuple[str, str] | None = None,
) -> None:
    """Add the methods of mixins to a class, without importing the mixins.

    ``homes`` maps a module of the class's package and a mixin in it to the names of the methods. After its
    first lookup, a method is an ordinary one of ``owner``. ``public_class`` is the module and name of the
    class that users know; its methods are named after it.
    """
    for (module, class_name), names in homes.items():
        for name in names:
            home = f"{owner.__module__}.{module}"
            setattr(owner, name, _LazyMethod(owner, home, class_name, name, public_class))
