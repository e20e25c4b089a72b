"""Matches requests to stubbed responses, and describes differences without secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import attrs

from cognito_async._codec.encoder import LENIENT_PYTHON, unstructure
from cognito_async._codec.lenient_decoder import structure
from cognito_async._model import Request, Shape
from cognito_async._model.fields import shape_fields, wire_name

LENIENT_JSON = LENIENT_PYTHON._replace(form="api")
"""Rules for stubs, which are converted to JSON: types are checked, the limits of the service are not."""

Repr = Callable[[Any], object]


class RequestMatcher(NamedTuple):
    """The requests that a stubbed response is for."""

    kind: type[Request[Any]] | None
    """Class of the request; None for any."""

    request: Request[Any] | None = None
    """Request to compare with, converted to JSON and back as the actual one is; None for no comparison."""

    names: frozenset[str] | None = None
    """Members to compare; None for all."""

    @classmethod
    def create(
        cls, to: type[Request[Any]] | Request[Any] | None, having: Mapping[str, Any] | None
    ) -> RequestMatcher:
        """Return the matcher for the arguments of ``StubTransport.add``.

        Raises:
            TypeError: ``to`` is not a request, or ``having`` is used without the class of a request.
            ValueError: ``having`` names a member that the request does not have.
            InvalidRequestError: A member is of the wrong type.
        """
        kind = to if isinstance(to, type) or to is None else type(to)
        if kind is not None and not (issubclass(kind, Request) and hasattr(kind, "operation")):
            raise TypeError(
                f"to= takes a request class or object of cognito_async.types, got {kind.__name__}"
            )
        if having is None:
            if kind is None or to is kind:
                return cls(kind)
            return cls(kind, structure(unstructure(to, kind, LENIENT_JSON), kind))
        if kind is None or to is not kind:
            raise TypeError("having= requires the class of a request, such as to=AdminGetUserRequest")
        wire_names = {field.name: wire_name(field) for field in shape_fields(kind)}
        if unknown := [name for name in having if name not in wire_names]:
            raise ValueError(
                f"having= names {', '.join(unknown)}, {kind.__name__} has {', '.join(wire_names)}"
            )
        wire = {wire_names[name]: value for name, value in having.items()}
        return cls(kind, structure(unstructure(wire, kind, LENIENT_JSON), kind), frozenset(having))

    def differences(self, request: Request[Any]) -> list[str]:
        """Return the differences of a request, one line per member; empty if it matches."""
        if self.kind is None:
            return []
        if type(request) is not self.kind:
            return [f"is for {self.kind.operation.name}"]
        if self.request is None:
            return []
        return list(_shape_differences("", self.request, request, self.names))

    def __str__(self) -> str:
        if self.kind is None:
            return "any call"
        if self.request is None:
            return self.kind.operation.name
        return f"{short_repr(self.request)}{'' if self.names is None else ' with any other members'}"


def short_repr(request: Request[Any]) -> str:
    """Return the ``repr`` of a request without the members that are None."""
    members = [
        f"{field.name}={_repr_of(field)(value)}"
        for field in shape_fields(type(request))
        if (value := getattr(request, field.name)) is not None
    ]
    return f"{type(request).__name__}({', '.join(members)})"


def _repr_of(field: attrs.Attribute[Any]) -> Repr:
    """Return the ``repr`` function of a member, which masks secrets."""
    return field.repr if callable(field.repr) else repr


def _shape_differences(
    path: str, expected: Shape, actual: Shape, names: frozenset[str] | None = None
) -> Iterator[str]:
    for field in shape_fields(type(expected)):
        if names is None or field.name in names:
            pair = getattr(expected, field.name), getattr(actual, field.name)
            yield from _differences(f"{path}.{field.name}", *pair, _repr_of(field))


def _differences(path: str, expected: Any, actual: Any, repr_: Repr) -> Iterator[str]:
    """Yield differences, as deep as both sides have the same structure."""
    if expected == actual:
        return
    if isinstance(expected, Shape) and type(expected) is type(actual):
        yield from _shape_differences(path, expected, actual)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, pair in enumerate(zip(expected, actual, strict=True)):
            yield from _differences(f"{path}[{index}]", *pair, repr_)
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            yield from _differences(f"{path}[{key!r}]", expected.get(key), actual.get(key), repr_)
    else:
        name = path.removeprefix(".")
        left, right = repr_(expected), repr_(actual)
        yield (
            f"{name}: the values differ (secret, not shown)"
            if left == right
            else f"{name}: expected {left}, got {right}"
        )
