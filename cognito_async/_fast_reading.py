"""From JSON bytes straight to attrs instances, in C by msgspec: the way of every ordinary answer.

msgspec takes a member's JSON key from its name and learns a class once, when its first decoder is built.
So every class is shown to it for that moment under its wire names: ``__attrs_attrs__`` and the annotations
are exchanged and put back, and the slots stay reachable under the wire names, where msgspec writes to them.
Afterwards the class is what it was, to attrs and to everybody else.

What msgspec refuses is left to ``_reading``, which keeps odd values instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal, get_args, get_origin

import attrs
import msgspec

from cognito_async._annotations import core_type, is_shape, shape_fields, wire_name
from cognito_async._model import SELDOM, Response, is_document

_lock = threading.Lock()

decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
"""Those that were made, by class."""


def make_decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Make the decoder of a class; lax, because timestamps come as numbers."""
    with _lock, ExitStack() as shown:
        for part in _reachable(shape, []):
            shown.enter_context(_shown(part))
        made = decoders[shape] = msgspec.json.Decoder(shape, strict=False)
        return made


def _reachable(shape: Any, found: list[Any]) -> list[Any]:
    """The shape and all shapes within it, those within first."""
    for field in shape_fields(shape):
        for part in _shapes_in(field.type):
            if part not in found:
                _reachable(part, found)
    found.append(shape)
    return found


def _shapes_in(annotation: Any) -> Iterator[Any]:
    kind, _ = core_type(annotation)
    if is_shape(kind):
        yield kind
    else:
        for argument in get_args(kind):
            yield from _shapes_in(argument)


@contextmanager
def _shown(shape: Any) -> Generator[None]:
    """Show a class under its wire names."""
    attributes, annotations = shape.__attrs_attrs__, shape.__annotations__
    fields = shape_fields(shape)
    for field in fields:
        setattr(shape, wire_name(field), getattr(shape, field.name))
    shape.__attrs_attrs__ = tuple(
        field.evolve(name=wire_name(field), default=None if field.default is attrs.NOTHING else field.default)
        for field in fields
    )
    shape.__annotations__ = {
        wire_name(field): _json_type(field.type) | None if _may_be_none(field) else _json_type(field.type)
        for field in fields
    }
    absent = _often_absent(shape)
    if absent:
        shape.__attrs_pre_init__ = _clear(absent)
    try:
        yield
    finally:
        shape.__attrs_attrs__, shape.__annotations__ = attributes, annotations
        if absent:
            del shape.__attrs_pre_init__


def _often_absent(shape: Any) -> list[Callable[[Any, None], None]]:
    """Setters of the members that are None beforehand.

    msgspec asks for every member whether it was there, and of a slot that was not set, CPython makes an
    exception that nobody sees: 0.2 to 0.4 us. To set it takes a tenth of that. It does not pay in shapes that
    come many to a list, whose members are nearly always there, unless they are marked.
    """
    return [
        vars(shape)[field.name].__set__
        for field in shape_fields(shape)
        if field.default is None and (issubclass(shape, Response) or SELDOM in get_args(field.type))
    ]


def _clear(setters: list[Callable[[Any, None], None]]) -> Callable[[Any], None]:
    if len(setters) == 1:
        (put,) = setters
        return lambda instance: put(instance, None)

    def clear(instance: Any) -> None:
        for put in setters:
            put(instance, None)

    return clear


def _may_be_none(field: attrs.Attribute[Any]) -> bool:
    """A list that is empty when left out is never None; all else may be, whatever the model promises."""
    return field.default is None or field.default is attrs.NOTHING


def _json_type(annotation: Any) -> Any:
    """What msgspec is told: no bounds, no known values, times with a zone."""
    kind, marks = core_type(annotation)
    origin, arguments = get_origin(kind), get_args(kind)
    if is_document(marks):
        return Any
    if origin is Sequence:
        return list[_json_type(arguments[0])]  # type: ignore[misc]
    if origin is Mapping:
        return dict[str, _json_type(arguments[1])]  # type: ignore[misc]
    if origin is Literal:
        return str
    if kind is datetime:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    return kind
