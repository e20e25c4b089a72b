"""Hints in the errors about wrong names, above all about those of boto3.

Python raises the error first: ``TypeError`` for a keyword, ``AttributeError`` for an attribute. Only then is
the right name looked up, so correct code pays for one more function call at most. Type checkers see none of
this.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, wraps
from types import FunctionType, MappingProxyType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from cognito_async._messages import normalize_name
from cognito_async._signatures import Described

_NO_NAMES: Mapping[str, str] = MappingProxyType({})
_MISSING: Any = object()


def right_name(name: str, known: Iterable[str]) -> str:
    """Return the known name that differs only in case and underscores; empty if there is none."""
    normalized = normalize_name(name)
    return next((each for each in known if each != name and normalize_name(each) == normalized), "")


def missing_attribute(owner: object, name: str, hint: str) -> Any:
    """Raise the error of a missing attribute: with a hint at what to use instead, or Python's own error.

    Call it in ``__getattr__``, which Python also calls when a property raises an ``AttributeError``.
    """
    if not hint:
        return object.__getattribute__(owner, name)
    raise AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}: use {hint}")


def with_hints(function: Any, instead: Mapping[str, str] = _NO_NAMES) -> Any:
    """Return a function whose error about unknown keywords says what to use.

    Args:
        function: Function to call.
        instead: What to use for keywords that are not a parameter in another spelling.
    """

    @wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except TypeError:
            hint = _keyword_hint(function, keywords, instead)
            if not hint:
                raise
        raise TypeError(hint)

    return call


def _keyword_hint(function: FunctionType, keywords: Iterable[str], instead: Mapping[str, str]) -> str:
    code = function.__code__
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    wrong = [name for name in keywords if name not in parameters]
    hints = {name: hint for name in wrong if (hint := instead.get(name) or right_name(name, parameters))}
    if not hints:
        return ""
    arguments = "an unexpected keyword argument" if len(hints) == 1 else "unexpected keyword arguments"
    right = " and ".join(dict.fromkeys(hints.values()))
    return f"{function.__qualname__}() got {arguments} {', '.join(map(repr, hints))}: use {right}"


def compiled_with_hints(function: FunctionType) -> Any:
    """Return what ``with_hints`` returns, for a method with keyword-only parameters that every call uses.

    Passing ``**keywords`` on takes Python three times as long as passing named parameters, so the method is
    compiled with the names of the parameters, as attrs compiles ``__init__``. An ``async def`` stays a
    coroutine function for ``inspect`` and ``asyncio``.
    """
    code = function.__code__
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__kwdefaults__ or {}
    parameters = [f"{name}=_defaults[{name!r}]" if name in defaults else f"{name}=_missing" for name in names]
    is_wrong = " or ".join(["_wrong", *(f"{name} is _missing" for name in names if name not in defaults)])
    parameters = ["self", *(["*"] if names else []), *parameters, "**_wrong"]
    source = (
        f"def {function.__name__}({', '.join(parameters)}):\n"
        f"    if {is_wrong}:\n"
        f"        return _reject(self, _wrong, {{{', '.join(f'{name!r}: {name}' for name in names)}}})\n"
        f"    return _function({', '.join(['self', *(f'{name}={name}' for name in names)])})\n"
    )

    def reject(instance: object, wrong: Mapping[str, Any], named: Mapping[str, Any]) -> Any:
        given = {name: value for name, value in named.items() if value is not _MISSING}
        return with_hints(function)(instance, **given, **wrong)

    namespace: dict[str, Any] = {
        "_function": function,
        "_defaults": defaults,
        "_missing": _MISSING,
        "_reject": reject,
    }
    exec(source, namespace)  # noqa: S102  made of the names of parameters
    method: Any = wraps(function)(namespace[function.__name__])
    method.__wrapped__ = Described(function)
    if inspect.iscoroutinefunction(function):
        _mark_coroutine_function(method)
    return method


def _set_coroutine_flag(function: FunctionType) -> None:
    """Do what ``inspect.markcoroutinefunction`` does: Python 3.11 does not have it.

    It runs a function by its instructions, so the flag has no other effect.
    """
    code = function.__code__
    function.__code__ = code.replace(co_flags=code.co_flags | inspect.CO_COROUTINE)


_mark_coroutine_function = getattr(inspect, "markcoroutinefunction", _set_coroutine_flag)


def compiled_when_used(owner: type[Any], name: str) -> None:
    """Compile a method of a class with hints at its first use: compiling all at once would take long."""
    function = vars(owner)[name]

    @cache
    def compiled() -> Any:
        method = compiled_with_hints(function)
        setattr(owner, name, method)
        return method

    @wraps(function)
    def first(*arguments: Any, **keywords: Any) -> Any:
        return compiled()(*arguments, **keywords)

    setattr(owner, name, first)


# Shapes, which boto3 has as dicts

_DICT_METHODS = ("get", "items", "keys", "values")
_DICTS = "to_wire(), which returns boto3's dicts"


def missing_member(shape: object, name: str) -> Any:
    """Raise the error of ``shape.name``, with the right name of the member."""
    instead = f"its members as attributes, or {_DICTS}" if name in _DICT_METHODS else _member(shape, name)
    is_declared = hasattr(type(shape), name)  # a member without a value, or a property that raised the error
    return missing_attribute(shape, name, "" if is_declared else instead)


def not_subscriptable(shape: object, key: object) -> TypeError:
    """Return the error of ``shape[key]``, with the right name of the member."""
    return TypeError(
        f"{type(shape).__name__!r} object is not subscriptable: use {_member(shape, key) or _DICTS}"
    )


def not_a_container(shape: object, key: object) -> TypeError:
    """Return the error of ``key in shape``, with the right name of the member."""
    return TypeError(
        f"{type(shape).__name__!r} object is not a container: use {_member(shape, key) or _DICTS}"
    )


def _member(shape: Any, name: object) -> str:
    """Return how to read the member of this name on the wire, or that of a shape inside; empty for none."""
    if not isinstance(name, str) or name.startswith("_"):
        return ""
    fields = shape.__attrs_attrs__
    prefix = "response." if hasattr(type(shape), "response_metadata") else "the attribute "
    if member := _right_member(fields, name):
        return f"{prefix}{member}"
    for field in fields:
        for inner in _attrs_classes(field.type):
            if member := _right_member(inner.__attrs_attrs__, name):
                return f"{prefix}{field.name}.{member}"
    return ""


def _right_member(fields: Iterable[Any], name: str) -> str:
    names = [field.name for field in fields]
    return name if name in names else right_name(name, names)


def _attrs_classes(annotation: Any) -> Iterator[Any]:
    """Yield the attrs classes in a type, not those in lists and mappings."""
    if hasattr(annotation, "__attrs_attrs__"):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, UnionType):
        for part in get_args(annotation):
            yield from _attrs_classes(part)
