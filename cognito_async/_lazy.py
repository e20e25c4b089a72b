"""Names of a package (PEP 562) and methods of a class that are imported on first use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from inspect import Signature, getattr_static, getdoc, iscoroutinefunction, signature
from sys import modules
from types import FunctionType, ModuleType
from typing import Any, TypeAlias, get_overloads, overload

Load: TypeAlias = Callable[[], Awaitable[None]]


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
            value: object = getattr(_imported(f"{package}.{home}"), name)
        else:
            value = _imported(f"{package}.{name}")
        setattr(modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807  assigned to this name in the package
        return names

    return __getattr__, __dir__, names


def is_loaded(name: str) -> bool:
    """Return whether a module was imported completely.

    While a thread imports a module, ``sys.modules`` has it already, and an import statement waits for the
    thread: on an event loop, it would block the loop.
    """
    spec = getattr(modules.get(name), "__spec__", None)
    return name in modules and not getattr(spec, "_initializing", False)


def _imported(name: str) -> ModuleType:
    """Import a module as a statement does: a lookup of a name cannot be awaited."""
    __import__(name)
    return modules[name]


class _LazyMethod:
    """Placeholder of a method until its first lookup, on the class or on an instance."""

    __slots__ = ("_class_name", "_load", "_loaded", "_module", "_name", "_owner", "_public_class")

    def __init__(
        self,
        owner: type[Any],
        module: str,
        class_name: str,
        name: str,
        *,
        public_class: tuple[str, str] | None,
        load: Load | None,
    ) -> None:
        self._owner = owner
        self._module = module
        self._class_name = class_name
        self._name = name
        self._public_class = public_class
        self._load = load
        self._loaded: Any = None

    def __get__(self, instance: object | None, owner: type[Any]) -> Any:
        if self._load is not None and instance is not None and not is_loaded(self._module) and _in_loop():
            _, class_name = self._public_class or ("", owner.__qualname__)
            method = partial(self._method, instance, owner)
            return _FirstCall(self._load, method, f"{class_name}.{self._name}")
        return self._method(instance, owner)

    def _method(self, instance: object | None, owner: type[Any]) -> Any:
        method = self._loaded
        if method is None:
            method = getattr_static(getattr(_imported(self._module), self._class_name), self._name)
            if self._public_class is not None:
                method = _public_method(method, *self._public_class)
            self._loaded = method
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


class _FirstCall:
    """A coroutine method that was looked up on an event loop before its module was loaded.

    A call loads the module off the loop. Inspection loads it at once, and sees the method.
    """

    def __init__(self, load: Load, method: Callable[[], Any], qualname: str) -> None:
        self._load = load
        self._method = method
        self._qualname = qualname
        self._loaded: Any = None

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Coroutine[Any, Any, Any]:
        if self._loaded is not None:  # a program keeps the method and calls it again
            loaded: Coroutine[Any, Any, Any] = self._loaded(*arguments, **keywords)
            return loaded
        call = self._load_and_call(arguments, keywords)
        setattr(call, "__qualname__", self._qualname)  # noqa: B010  Python names it if it is not awaited
        return call

    async def _load_and_call(self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        await self._load()
        self._loaded = self._method()
        return await self._loaded(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._method(), name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return getdoc(self._method())

    @property
    def __signature__(self) -> Signature:
        return signature(self._method())


def _in_loop() -> bool:
    asyncio = modules.get("asyncio")
    try:
        return asyncio is not None and asyncio.get_running_loop() is not None
    except RuntimeError:
        return False


def lazy_methods(
    owner: type[Any],
    homes: Mapping[tuple[str, str], Sequence[str]],
    public_class: tuple[str, str] | None = None,
    load: Callable[[str], Load] | None = None,
) -> None:
    """Add the methods of mixins to a class, without importing the mixins.

    After its first lookup, a method is an ordinary one of ``owner``.

    Args:
        owner: The class.
        homes: Names of the methods, by module of the class's package and mixin in it.
        public_class: Module and name of the class that users know; the methods are named after it.
        load: Only for coroutine methods: returns, for a module, a coroutine function that imports it off the
            event loop. A method that is first looked up on a running loop awaits it when it is called.
    """
    for (module, class_name), names in homes.items():
        load_module = None if load is None else load(module)
        home = f"{owner.__module__}.{module}"
        for name in names:
            lazy = _LazyMethod(owner, home, class_name, name, public_class=public_class, load=load_module)
            setattr(owner, name, lazy)
