"""Warnings about values that this release does not know.

The service may accept values that are newer than this release, so they are sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from cognito_async._cli.members import values_of
from cognito_async._messages import did_you_mean
from cognito_async._model import Shape, mask
from cognito_async._model.fields import core_type, shape_fields, wire_name


def unknown_values(shape: Shape, path: str = "") -> Iterator[str]:
    """Yield a message about each value of a request that is none of the known values of its member.

    A value is quoted only if it is similar to a known one: any other may be a secret that was passed to the
    wrong option. Nothing is said about secret members.
    """
    for member in shape_fields(type(shape)):
        value = getattr(shape, member.name)
        if value is not None and member.repr is not mask:
            yield from _of_value(value, member.type, path + wire_name(member))


def _of_value(value: Any, annotation: Any, path: str) -> Iterator[str]:
    kind, _ = core_type(annotation)  # no map has members with known values
    if isinstance(value, Shape):
        yield from unknown_values(value, f"{path}.")
    elif isinstance(value, str):
        known = values_of(annotation)
        if known and value not in known:
            hint = did_you_mean(value, known)
            yield f"{path}: {repr(value) if hint else 'the value'} is {_none_of(known)}{hint}"
    elif isinstance(value, Sequence) and get_origin(kind) is Sequence:
        (item,) = get_args(kind)
        for index, part in enumerate(value):
            yield from _of_value(part, item, f"{path}[{index}]")


def _none_of(known: Sequence[str]) -> str:
    if len(known) == 1:
        return f"not {known[0]}"
    if len(known) == 2:  # noqa: PLR2004  a pair reads differently
        return f"neither {known[0]} nor {known[1]}"
    return f"none of {', '.join(known)}"
