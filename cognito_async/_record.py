"""attrs classes that are quick to define: comparing and showing is inherited, not compiled for each class.

To compile it anew is more than half of what a class costs, and the first call of a process waits for some
forty classes.
"""

from __future__ import annotations

from functools import partial
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

import attr  # the same as attrs; this name of it aiohttp has imported already
from attr import field as field  # noqa: PLC0414  for those who use this module

if TYPE_CHECKING:
    from attr import frozen as frozen  # noqa: PLC0414  what it is to type checkers
else:
    frozen = partial(attr.frozen, eq=False, repr=False)


class Record:
    """``==``, ``hash`` and ``repr`` as attrs would make them, for classes made by ``frozen``."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def _members(self) -> tuple[attr.Attribute[Any], ...]:
        members: tuple[attr.Attribute[Any], ...] = getattr(self, "__attrs_attrs__", ())
        return members

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, member.name) for member in self._members() if member.eq)

    @recursive_repr("...")
    def __repr__(self) -> str:
        members = [
            f"{member.name}={(member.repr if callable(member.repr) else repr)(getattr(self, member.name))}"
            for member in self._members()
            if member.repr
        ]
        return f"{type(self).__name__}({', '.join(members)})"
