"""Signatures that read well in a terminal: one line for each parameter, types without quotes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import update_wrapper
from inspect import Parameter, Signature
from types import FunctionType
from typing import Any

_UNBROKEN = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
_SHORT = 30  # leaves space for the longest name of an operation
_WIDTH = 72  # a terminal of 80 columns, without the margin of ``help``


class Described:
    """A function for ``inspect``, whose signature is computed when it is asked for.

    A method that wraps the function has this as ``__wrapped__``.
    """

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        update_wrapper(self, function)

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        return self._function(*arguments, **keywords)

    @property
    def __signature__(self) -> Signature:
        signature = Signature.from_callable(self._function)
        parameters = [
            each.replace(annotation=_unquoted(each.annotation)) for each in signature.parameters.values()
        ]
        return _ReadableSignature(parameters, return_annotation=_unquoted(signature.return_annotation))


class _ReadableSignature(Signature):
    """A signature whose text has several lines if it is long."""

    def __str__(self) -> str:
        parts = list(self._parts())
        returned = "" if self.return_annotation is Signature.empty else f" -> {self.return_annotation}"
        text = f"({', '.join(parts)}){returned}"
        if len(text) <= _SHORT:
            return text
        lines = [line for part in parts for line in _wrapped(f"{part},")]
        return "\n".join(["(", *lines, f"){returned}"])

    def format(self, **_: Any) -> str:
        """Return the same text to ``help`` of Python 3.13 and newer, which has a width of its own."""
        return str(self)

    def _parts(self) -> Iterator[str]:
        parameters = list(self.parameters.values())
        for index, parameter in enumerate(parameters):
            is_first = index == 0 or parameters[index - 1].kind is not Parameter.KEYWORD_ONLY
            if parameter.kind is Parameter.KEYWORD_ONLY and is_first:
                yield "*"
            yield str(parameter)


def _wrapped(part: str) -> list[str]:
    lines = textwrap.wrap(
        part.replace(" = ", _UNBROKEN),
        _WIDTH,
        initial_indent=" " * 4,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_UNBROKEN, " = ") for line in lines]


class _Text(str):
    """A postponed annotation, which is shown without quotes."""

    __slots__ = ()

    __repr__ = str.__str__


def _unquoted(annotation: Any) -> Any:
    return _Text(annotation) if isinstance(annotation, str) else annotation
