"""Fast decoder: from JSON bytes to attrs instances, in C by msgspec.

msgspec takes the JSON key of a member from its name, and inspects a class once, when its first decoder is
built. For that moment the members of each class get their wire names: ``__attrs_attrs__`` and the annotations
are replaced and restored, and the slots stay accessible under the wire names, where msgspec writes to them.
Afterwards the class is unchanged for attrs and everybody else.

A response is decoded as an instance of a class of the same layout, and gets its own class at the end, so that
its members cannot be read by their wire names. This costs 0.2 us. The shapes inside, of which a page has
hundreds, are not converted: it would add a quarter to the time of the decoder.

Responses that msgspec rejects go to ``lenient_decoder``, which keeps values of an unexpected type.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal, get_args, get_origin

import attrs
import msgspec

from cognito_async._model import RARE, Response, is_document
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name

_lock = threading.Lock()

decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
"""Decoders built so far, by class."""


set_class: Callable[[object, type[Any]], None] = vars(object)["__class__"].__set__
"""Sets the class of a decoded response; assignment to a frozen instance raises."""


def make_decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Build the decoder of a response class. It is not strict, because timestamps are numbers."""
    with _lock, ExitStack() as renamed:
        *parts, _ = _reachable(shape, [])
        decoded = _same_layout(shape)
        for part in (*parts, decoded):
            renamed.enter_context(_renamed_to_wire(part))
        decoder = decoders[shape] = msgspec.json.Decoder(decoded, strict=False)
        return decoder


def _same_layout(shape: Any) -> Any:
    """Return a class whose instances can become instances of ``shape``; it has the same slots and bases."""
    namespace = {
        "__module__": shape.__module__,
        "__slots__": shape.__slots__,
        "__attrs_attrs__": shape.__attrs_attrs__,
        "__annotations__": shape.__annotations__,
    }
    return type(shape.__name__, shape.__bases__, namespace, hints=False)


def _reachable(shape: Any, visited: list[Any]) -> list[Any]:
    """Return the shape and all shapes inside it, inner ones first."""
    for field in shape_fields(shape):
        for part in _shapes_in(field.type):
            if part not in visited:
                _reachable(part, visited)
    visited.append(shape)
    return visited


def _shapes_in(annotation: Any) -> Iterator[Any]:
    kind, _ = core_type(annotation)
    if is_shape(kind):
        yield kind
    else:
        for argument in get_args(kind):
            yield from _shapes_in(argument)


@contextmanager
def _renamed_to_wire(shape: Any) -> Generator[None]:
    """Give the members of a class their wire names, for the duration of a ``with`` block."""
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
        shape.__attrs_pre_init__ = _set_none(absent)
    try:
        yield
    finally:
        shape.__attrs_attrs__, shape.__annotations__ = attributes, annotations
        if absent:
            del shape.__attrs_pre_init__


def _often_absent(shape: Any) -> list[Callable[[Any, None], None]]:
    """Return the setters of the members to set to None before decoding.

    msgspec checks whether each member is present, and for a slot that was not set CPython creates and
    discards an exception: 0.2 to 0.4 us. Setting the slot takes a tenth of that. It does not pay for
    shapes that occur many times in a list and whose members are nearly always present, except for members
    marked RARE.
    """
    return [
        vars(shape)[field.name].__set__
        for field in shape_fields(shape)
        if field.default is None and (issubclass(shape, Response) or RARE in get_args(field.type))
    ]


def _set_none(setters: list[Callable[[Any, None], None]]) -> Callable[[Any], None]:
    if len(setters) == 1:
        (set_one,) = setters
        return lambda instance: set_one(instance, None)

    def set_none(instance: Any) -> None:
        for set_one in setters:
            set_one(instance, None)

    return set_none


def _may_be_none(field: attrs.Attribute[Any]) -> bool:
    """Return whether a member may be None, even if the model requires it: all but lists default to None."""
    return field.default is None or field.default is attrs.NOTHING


def _json_type(annotation: Any) -> Any:
    """Return the type for msgspec: without traits and enum values, timestamps with a time zone."""
    kind, traits = core_type(annotation)
    origin, arguments = get_origin(kind), get_args(kind)
    if is_document(traits):
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
