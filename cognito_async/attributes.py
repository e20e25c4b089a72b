"""Attributes of users and devices as a mapping: ``user.attribute_map["email"]``.

Every answer with a list of ``AttributeType`` has an ``attribute_map``. Wherever a request takes such a list,
it takes a mapping too (``types.AttributeMapping``), also one that came from an answer::

    found = await client.admin_get_user(user_pool_id=pool_id, username="ana")
    if not found.attribute_map.get("email_verified"):
        await client.admin_update_user_attributes(
            user_pool_id=pool_id, username="ana", user_attributes={"email_verified": True}
        )
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias, TypeVar, overload

from cognito_async import types

__all__ = ["Attributes", "VerifiedName"]

_DefaultT = TypeVar("_DefaultT")

VerifiedName: TypeAlias = Literal["email_verified", "phone_number_verified"]
"""Attributes whose value is a bool here: the text ``false`` would count as true."""

_VERIFIED = frozenset({"email_verified", "phone_number_verified"})


class Attributes(Mapping[str, str | bool]):
    """Attributes by name, read only.

    Values are text as the service sends it, numbers and dates too. ``email_verified`` and
    ``phone_number_verified`` are bools: True for ``true`` in any case, else False. An attribute that came
    without a value is left out.

    Answers keep what is of another type than promised, and it does no harm here: JSON's true, false and
    numbers count as their text; whatever else is no attribute, or no list of them, is left out.

    Given back as ``user_attributes``, the same attributes are sent. The service refuses some of them, such as
    ``sub``, which nobody can change; leave them out with None: ``{**attributes, "sub": None}``.

    Args:
        attributes: Where they come from; of two with the same name the last one counts.
    """

    __slots__ = ("_values",)

    def __init__(self, attributes: Iterable[types.AttributeType] = ()) -> None:
        self._values: dict[str, str | bool] = {
            name: text.lower() == "true" if name in _VERIFIED else text for name, text in _texts(attributes)
        }

    # The names of the first overloads are among those of the others, hence the overlap, and it is meant: of a
    # name that only the running program knows, the value is nearly always a str.
    @overload
    def __getitem__(  # type: ignore[overload-overlap]
        self, name: VerifiedName, /
    ) -> bool: ...
    @overload
    def __getitem__(self, name: str, /) -> str: ...
    def __getitem__(self, name: str, /) -> str | bool:
        return self._values[name]

    # The override: Mapping's own overloads follow from these with `str | bool` for the type variable, but the
    # checkers do not look for that.
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
        """Return a value, or the default when there is no such attribute."""
        return self._values.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values!r})"


def _texts(attributes: object) -> Iterator[tuple[str, str]]:
    """Names and values of what are attributes."""
    for attribute in attributes if isinstance(attributes, Iterable) else ():
        if isinstance(attribute, types.AttributeType) and isinstance(attribute.name, str):
            if isinstance(attribute.value, str):
                yield attribute.name, attribute.value
            elif isinstance(attribute.value, int | float):
                yield attribute.name, json.dumps(attribute.value)
