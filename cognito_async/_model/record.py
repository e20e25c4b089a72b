"""attrs classes that are cheap to define: ``==`` and ``repr`` are inherited, not compiled for each class.

Compiling them is more than half of the cost of a class, and the first call of a process loads about forty
classes.
"""

from __future__ import annotations

from functools import partial
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

import attr  # the same as attrs, under the name that aiohttp has already imported
from attr import field as field  # noqa: PLC0414  re-exported

if TYPE_CHECKING:
    from attr import frozen as frozen  # noqa: PLC0414  re-exported
else:
    frozen = partial(attr.frozen, eq=False, repr=False)


class Record:
    """Base of classes made by ``frozen``; has ``==``, ``hash`` and ``repr`` as attrs would generate them."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return _compared(self) == _compared(other)

    def __hash__(self) -> int:
        return hash((type(self), _compared(self)))

    @recursive_repr("...")
    def __repr__(self) -> str:
        members = [
            f"{member.name}={(member.repr if callable(member.repr) else repr)(getattr(self, member.name))}"
            for member in members_of(self)
            if member.repr
        ]
        return f"{type(self).__name__}({', '.join(members)})"


# Functions, and not methods: editors would offer methods among the members of every shape.


def members_of(record: Record) -> tuple[attr.Attribute[Any], ...]:
    """Return the members of an instance, as attrs describes them."""
    members: tuple[attr.Attribute[Any], ...] = getattr(record, "__attrs_attrs__", ())
    return members


def _compared(record: Record) -> tuple[object, ...]:
    return tuple(getattr(record, member.name) for member in members_of(record) if member.eq)
