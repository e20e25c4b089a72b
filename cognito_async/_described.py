"""What is there, for those who write it back: descriptions, and what of them this release does not know.

An answer leaves out unknown members, and an update would reset what it leaves out. So the describe operations
are sent for answers that are left as they came.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from cognito_async._annotations import shape_fields, wire_name
from cognito_async._answers import unfit
from cognito_async._model import Document, Request, Response, Shape, frozen, mask
from cognito_async._reading import read
from cognito_async._record import field

Wire = dict[str, Any]

DESCRIBED_AS = {"PoolName": "Name"}
"""Members of the updates that the descriptions have under another name."""


@frozen(kw_only=True)
class Description(Response):
    """Answer of a describe operation, in wire form."""

    user_pool: Document = field(default=None, repr=mask)
    user_pool_client: Document = field(default=None, repr=mask)


class Kind(NamedTuple):
    """Something that can be described and updated, by its shapes."""

    described: type[Shape]
    update: type[Request[Any]]


def undecoded(request: Request[Any]) -> Request[Description]:
    """Return the same request for an answer that is left as it came."""
    kind: Any = type(request)
    members = {field.name: getattr(request, field.name) for field in shape_fields(kind)}
    made: Request[Description] = _undecoded(kind)(**members)
    return made


@cache
def _undecoded(request: Any) -> Any:
    operation = request.operation._replace(response=Description)
    return type(request.__name__, (request,), {"__slots__": (), "operation": operation})


def settings_of(kind: Kind, answer: Description, came: Any, expected: Mapping[str, str], given: Wire) -> Wire:
    """Return what is there.

    Args:
        kind: What is described.
        answer: The answer to the describe operation, ``undecoded``.
        came: Its member that is the description.
        expected: Members that say whether it is the right one, by their name in Python.
        given: What is to change.

    Raises:
        InvalidRequestError: A member is of the wrong type.
        InvalidResponseError: It describes something else, or has members that this release does not know.
    """
    found = read(came, kind.described)
    update = kind.update.operation.name
    operation = update.replace("Update", "Describe")
    for name, value in expected.items():
        if getattr(found, name, None) != value:
            reason = f"the description is not the one of {name} {value}"
            advice = "Nothing was changed. Look at what endpoint_url of client.config leads to."
            raise unfit(operation, answer, reason, advice)
    known = found.to_wire()
    unknown = list(_unknown(_updatable(kind, came), known, given))
    if unknown:
        reason = f"the description has members that this release does not know: {', '.join(unknown)}"
        advice = (
            "Nothing was changed: if they are settings, the update would reset them. Upgrade cognito-async, "
            f"or use {update} itself, which resets them."
        )
        raise unfit(operation, answer, reason, advice)
    return known


def _updatable(kind: Kind, came: Mapping[str, Any]) -> Wire:
    """Leave out what is known and no update changes, such as the schema."""
    described, update = (
        {wire_name(field) for field in shape_fields(shape)} for shape in (kind.described, kind.update)
    )
    fixed = described - {DESCRIBED_AS.get(name, name) for name in update}
    return {name: part for name, part in came.items() if name not in fixed}


def _unknown(came: Any, known: Any, given: Any) -> Iterator[str]:
    """Yield the paths of what came and is not known, but for lists that the request replaces."""
    if isinstance(came, dict) and isinstance(known, dict):
        for name, part in came.items():
            if name in known:
                new = given.get(name) if isinstance(given, Mapping) else None
                for path in _unknown(part, known[name], new):
                    yield f"{name}.{path}"
            elif part is not None:
                yield name
    elif isinstance(came, list) and given is None:
        for part, known_part in zip(came, known, strict=True):
            yield from _unknown(part, known_part, None)
