"""Annotation traits: what a shape declares about a member besides its type, and how secrets are masked.

The encoder and the decoder read traits from ``Annotated[...]``; ``mask`` and ``mask_unless_shape`` are the
``repr`` of an attrs field.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, TypeAlias

from cognito_async._model.shapes import Shape


class MinLength(NamedTuple):
    """Smallest number of characters of a string, or of items of a list."""

    length: int


class Minimum(NamedTuple):
    """Smallest value of a number."""

    value: int


class WireName(NamedTuple):
    """Name of a member on the wire, where it cannot be derived from the Python name."""

    name: str


class _Rare:
    """Marks a member that the service rarely sends."""


RARE = _Rare()


class _AcceptsMapping:
    """Marks a list of attributes that may be given as a mapping."""


ACCEPTS_MAPPING = _AcceptsMapping()


class _NegativeNumbers:
    """Allows negative numbers in a document."""


NEGATIVE_NUMBERS = _NegativeNumbers()


class _Document:
    """Marks a member as a document: any JSON value, passed on unchanged."""

    def __repr__(self) -> str:
        return "DOCUMENT"


Document: TypeAlias = Annotated[Any, _Document()]
"""Any JSON value: None, bool, int, finite float, str, or lists and string-keyed dicts of these."""


def is_document(traits: tuple[object, ...]) -> bool:
    """Return whether these traits of an ``Annotated`` mark a document."""
    return any(isinstance(trait, _Document) for trait in traits)


MASK = "'***'"


def mask(value: object) -> str:
    """Return the text that replaces a secret in ``repr`` and in errors; shows only whether it is None."""
    return "None" if value is None else MASK


def mask_unless_shape(value: object) -> str:
    """Return the text of a member whose shape masks its own secrets; a plain dict in its place is masked."""
    if value is None or isinstance(value, Shape):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(mask_unless_shape(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {mask_unless_shape(part)}' for key, part in value.items())}}}"
    return MASK
