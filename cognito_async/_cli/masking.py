"""Shapes as JSON in wire form, without secrets."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import Attribute

from cognito_async._model import Shape, mask, mask_unless_shape
from cognito_async._model.fields import shape_fields, wire_name


class _Mask(str):
    """What is in place of a secret; its own type, because a value may be the same text."""

    __slots__ = ()


_MASK = _Mask("***")


def count_masks(value: Any) -> int:
    """Return the number of masked values in JSON of ``MaskedJSON``, or in a part of it."""
    if isinstance(value, dict):
        return sum(map(count_masks, value.values()))
    if isinstance(value, list):
        return sum(map(count_masks, value))
    return int(isinstance(value, _Mask))


class MaskedJSON:
    """Converts a shape to JSON in wire form; masks its secrets."""

    def __init__(self, *, show_secrets: bool) -> None:
        self._show_secrets = show_secrets

    def members(self, shape: Shape) -> dict[str, Any]:
        """Return the members that are not None, by wire name."""
        parts = ((member, getattr(shape, member.name)) for member in shape_fields(type(shape)))
        return {wire_name(member): self.part(part, member) for member, part in parts if part is not None}

    def part(self, value: Any, member: Attribute[Any]) -> Any:
        """Return the value of a member, or an item of it."""
        return self._part(value, () if self._show_secrets else (member.repr,))

    def _part(self, value: Any, traits: tuple[object, ...]) -> Any:
        if mask in traits:
            return _MASK
        if isinstance(value, Shape):
            return self.members(value)
        if isinstance(value, Mapping):
            return {str(key): self._part(part, traits) for key, part in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [self._part(part, traits) for part in value]
        if mask_unless_shape in traits:  # not of the modeled type, so it may contain secrets
            return _MASK
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return value.isoformat() if isinstance(value, datetime) else value
