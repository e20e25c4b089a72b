"""Attributes of users and devices as a mapping: ``user.attribute_map["email"]``.

Every response with a list of ``AttributeType`` has an ``attribute_map``. Requests accept a mapping in place
of such a list (``types.AttributeMapping``), also the one of a response::

    user = await client.admin_get_user(user_pool_id=pool_id, username="ana")
    if not user.attribute_map.get("email_verified"):
        await client.admin_update_user_attributes(
            user_pool_id=pool_id, username="ana", user_attributes={"email_verified": True}
        )
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol, TypeAlias, TypeVar, overload

__all__ = ["Attributes", "NamedValue", "VerifiedName"]

_DefaultT = TypeVar("_DefaultT")

VerifiedName: TypeAlias = Literal["email_verified", "phone_number_verified"]
"""Attributes whose value is a bool: as text, ``false`` would be true in an ``if``."""

_VERIFIED = frozenset({"email_verified", "phone_number_verified"})


class NamedValue(Protocol):
    """An attribute, such as ``types.AttributeType``."""

    @property
    def name(self) -> str:
        """Return the name of the attribute."""
        ...

    @property
    def value(self) -> str | None:
        """Return its value."""
        ...


class Attributes(Mapping[str, str | bool]):
    """Read-only mapping of attribute names to values.

    Values are text as the service sends it, also for numbers and dates. ``email_verified`` and
    ``phone_number_verified`` are bools: True for ``true`` in any case, else False. An attribute without a
    value is omitted.

    Values of an unexpected type are converted: JSON's true, false and numbers become their text. Anything
    else that is not an attribute is omitted.

    Requests accept it as ``user_attributes``. The service rejects read-only attributes such as ``sub``;
    exclude them with None: ``{**attributes, "sub": None}``.

    Args:
        attributes: Objects with ``name`` and ``value``; if a name occurs twice, the last one counts.
    """

    __slots__ = ("_values",)

    def __init__(self, attributes: Iterable[NamedValue] = ()) -> None:
        self._values: dict[str, str | bool] = {
            name: text.lower() == "true" if name in _VERIFIED else text for name, text in _texts(attributes)
        }

    # The overlap is intended: the names of the first overload are also strings, but the value of a name that
    # is known only at run time is nearly always a str.
    @overload
    def __getitem__(  # type: ignore[overload-overlap]
        self, name: VerifiedName, /
    ) -> bool: ...
    @overload
    def __getitem__(self, name: str, /) -> str: ...
    def __getitem__(self, name: str, /) -> str | bool:
        return self._values[name]

    # The override is compatible: Mapping's own overloads follow from these with `str | bool`, which the
    # checkers do not see.
    @overload  # type: ignore[override]
    def get(  # type: ignore[overload-overlap]
        self, name: VerifiedName, /
    ) -> bool | None: ...
    @overload
    def get(self, name: VerifiedName, default: _DefaultT, /) -> bool | _DefaultT: ...
    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: _DefaultT, /) -> str | _DefaultT: ...
    def get(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, name: str, default: object = None, /
    ) -> object:
        """Return a value, or the default if there is no such attribute."""
        return self._values.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values!r})"


def _texts(attributes: object) -> Iterator[tuple[str, str]]:
    """Return the names and values of all objects that are attributes."""
    for attribute in attributes if isinstance(attributes, Iterable) else ():
        name, value = getattr(attribute, "name", None), getattr(attribute, "value", None)
        if isinstance(name, str):
            if isinstance(value, str):
                yield name, value
            elif isinstance(value, int | float):
                yield name, json.dumps(value)
