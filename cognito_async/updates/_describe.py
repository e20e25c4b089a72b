"""Current settings, read raw, for read-modify-write updates.

A decoded response omits unknown members, and an update would reset the settings it omits. So the describe
operations are sent with a response class that keeps the description in wire form.
"""

# Without "from __future__ import annotations": the codec reads the types of RawDescription.
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from cognito_async._codec.lenient_decoder import structure
from cognito_async._errors import InvalidResponseError
from cognito_async._model import Document, Request, Response, Shape, field, frozen, mask
from cognito_async._model.fields import shape_fields, wire_name

WireDict: TypeAlias = dict[str, Any]

DESCRIBED_AS = {"PoolName": "Name"}
"""Members of the update requests that have another name in the descriptions."""


@frozen(kw_only=True)
class RawDescription(Response):
    """Response of a describe operation, in wire form."""

    user_pool: Document = field(default=None, repr=mask)
    user_pool_client: Document = field(default=None, repr=mask)


class UpdateSpec(NamedTuple):
    """The shapes that describe a resource, and update it or create another one like it."""

    described: type[Shape]
    update: type[Request[Any]]


def with_raw_response(request: Request[Any]) -> Request[RawDescription]:
    """Return the same request with a response that is not decoded."""
    kind: Any = type(request)
    members = {field.name: getattr(request, field.name) for field in shape_fields(kind)}
    raw: Request[RawDescription] = _with_raw_response(kind)(**members)
    return raw


@cache
def _with_raw_response(request: Any) -> Any:
    operation = request.operation._replace(response=RawDescription)
    return type(request.__name__, (request,), {"__slots__": (), "operation": operation})


def current_settings(
    spec: UpdateSpec,
    response: RawDescription,
    description: Any,
    expected: Mapping[str, str],
    requested: WireDict,
) -> WireDict:
    """Return the current settings in wire form.

    Args:
        spec: Shapes of the resource.
        response: Response of the describe operation, requested ``with_raw_response``.
        description: Member of the response with the description.
        expected: Members that identify the resource, by their Python names.
        requested: Settings of the update request.

    Raises:
        InvalidRequestError: A member is of the wrong type.
        InvalidResponseError: It describes another resource, or has members that are unknown to this release.
    """
    parsed = structure(description, spec.described)
    update = spec.update.operation.name
    operation = re.sub("^(Update|Create)", "Describe", update)
    for name, value in expected.items():
        if getattr(parsed, name, None) != value:
            raise InvalidResponseError.from_metadata(
                f"the description is not that of {name} {value}",
                operation=operation,
                metadata=response.response_metadata,
                advice="Nothing was changed. Check where endpoint_url of client.config points to.",
            )
    known = parsed.to_wire()
    unknown = list(_unknown(_updatable(spec, description), known, requested))
    if unknown:
        raise InvalidResponseError.from_metadata(
            f"the description has members that are unknown to this release: {', '.join(unknown)}",
            operation=operation,
            metadata=response.response_metadata,
            advice=_advice(update),
        )
    return known


def _advice(update: str) -> str:
    if update.startswith("Create"):
        return "It was not copied: the copy would lack them if they are settings. Upgrade cognito-async."
    return (
        "Nothing was changed: the update would reset them if they are settings. Upgrade "
        f"cognito-async, or use {update} itself, which resets them."
    )


def _updatable(spec: UpdateSpec, description: Mapping[str, Any]) -> WireDict:
    """Return the description without the known members that no update changes, such as the schema."""
    described, update = (
        {wire_name(field) for field in shape_fields(shape)} for shape in (spec.described, spec.update)
    )
    fixed = described - {DESCRIBED_AS.get(name, name) for name in update}
    return {name: part for name, part in description.items() if name not in fixed}


def _unknown(received: Any, known: Any, requested: Any) -> Iterator[str]:
    """Yield the paths of received members that are not known, except in lists that the request replaces."""
    if isinstance(received, dict) and isinstance(known, dict):
        for name, part in received.items():
            if name in known:
                new = requested.get(name) if isinstance(requested, Mapping) else None
                for path in _unknown(part, known[name], new):
                    yield f"{name}.{path}"
            elif part is not None:
                yield name
    elif isinstance(received, list) and requested is None:
        for part, known_part in zip(received, known, strict=True):
            yield from _unknown(part, known_part, None)
