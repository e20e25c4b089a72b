"""Which requests a prepared answer is for, and in which members another one differs, without the secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import attrs

from cognito_async._annotations import shape_fields, wire_name
from cognito_async._model import Request, Shape
from cognito_async._reading import read
from cognito_async._writing import LENIENT, write

AS_JSON = LENIENT._replace(to_json=True)
"""Rules for what goes through JSON in a test: types hold, the service's limits are not looked at."""

Show = Callable[[Any], object]


class Expectation(NamedTuple):
    """What a request has to be."""

    kind: type[Request[Any]] | None
    """Class of the request; None for any."""

    request: Request[Any] | None = None
    """What it is compared with, read from JSON as the request is; None for nothing."""

    names: frozenset[str] | None = None
    """Members that are compared; None for all."""

    @classmethod
    def of(
        cls, to: type[Request[Any]] | Request[Any] | None, having: Mapping[str, Any] | None
    ) -> Expectation:
        """Settle what the caller of ``StubTransport.add`` said.

        Raises:
            TypeError: ``to`` is no request, or is missing or whole although members are named.
            ValueError: The request has no member of this name.
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
            return cls(kind, read(write(to, kind, AS_JSON), kind))
        if kind is None or to is not kind:
            raise TypeError("having= goes with the class of a request, such as to=AdminGetUserRequest")
        wire_names = {field.name: wire_name(field) for field in shape_fields(kind)}
        if unknown := [name for name in having if name not in wire_names]:
            raise ValueError(
                f"having= names {', '.join(unknown)}, {kind.__name__} has {', '.join(wire_names)}"
            )
        wire = {wire_names[name]: value for name, value in having.items()}
        return cls(kind, read(write(wire, kind, AS_JSON), kind), frozenset(having))

    def problems(self, request: Request[Any]) -> list[str]:
        """Say what of a request is not as expected, a line for each member; nothing when it fits."""
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
        return f"{brief(self.request)}{'' if self.names is None else ' and any other members'}"


def brief(request: Request[Any]) -> str:
    """``repr`` of a request without the members that are not sent."""
    members = [
        f"{field.name}={_show_of(field)(value)}"
        for field in shape_fields(type(request))
        if (value := getattr(request, field.name)) is not None
    ]
    return f"{type(request).__name__}({', '.join(members)})"


def _show_of(field: attrs.Attribute[Any]) -> Show:
    """How a member is shown: as its own ``repr`` says, which masks secrets."""
    return field.repr if callable(field.repr) else repr


def _shape_differences(
    path: str, expected: Shape, found: Shape, names: frozenset[str] | None = None
) -> Iterator[str]:
    for field in shape_fields(type(expected)):
        if names is None or field.name in names:
            pair = getattr(expected, field.name), getattr(found, field.name)
            yield from _differences(f"{path}.{field.name}", *pair, _show_of(field))


def _differences(path: str, expected: Any, found: Any, show: Show) -> Iterator[str]:
    """Go down as far as both sides are of one build."""
    if expected == found:
        return
    if isinstance(expected, Shape) and type(expected) is type(found):
        yield from _shape_differences(path, expected, found)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, pair in enumerate(zip(expected, found, strict=True)):
            yield from _differences(f"{path}[{index}]", *pair, show)
    elif isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            yield from _differences(f"{path}[{key!r}]", expected.get(key), found.get(key), show)
    else:
        name = path.removeprefix(".")
        wanted, got = show(expected), show(found)
        yield f"{name}: another secret" if wanted == got else f"{name}: expected {wanted}, got {got}"
