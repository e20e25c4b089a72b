"""Which operations give their list page by page, and how: botocore's description and ours beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codegen import describe
from codegen.ir import (
    ListOf,
    Member,
    ModelError,
    Operation,
    Pagination,
    Scalar,
    Simple,
    Structure,
    StructureRef,
)

# What every paginator takes beside the operation's own parameters and ``page_size``.
_PARAMETERS = {
    "max_items": "Most items in all; every item when left out.",
    "starting_token": "``resume_token`` of an earlier run, or boto3's, to go on where that stopped.",
    "prefetch": "1 fetches the next page while the current one is in use.",
}

_REQUIRED = {"input_token", "output_token", "result_key"}


def pagination_entries(
    model: Mapping[str, Any], botocores: Mapping[str, Any], ours: Mapping[str, Any]
) -> dict[str, Any]:
    """Join botocore's entries and ours. Raises ModelError for what is missing or no longer needed."""
    theirs: Mapping[str, Any] = botocores["pagination"]
    operations = model["operations"]
    for name in (*theirs, *ours):
        if name not in operations:
            raise ModelError(f"paginators: the model has no operation {name}")
    for name in ours:
        if name in theirs:
            raise ModelError(f"paginators.toml: botocore describes {name} itself by now, remove our entry")
    entries = {**theirs, **ours}
    missing = [name for name in sorted(operations) if name not in entries and _has_token(model, name)]
    if missing:
        raise ModelError(f"paginators.toml: describe how {', '.join(missing)} gives its list page by page")
    return entries


def _has_token(model: Mapping[str, Any], name: str) -> bool:
    """Whether an operation returns a token that it also takes."""
    operation = model["operations"][name]
    if "output" not in operation:
        return False
    sent, received = (model["shapes"][operation[key]["shape"]]["members"] for key in ("input", "output"))
    return any(wire.endswith("Token") and wire in received for wire in sent)


def pagination_of(entry: Mapping[str, Any], request: Structure, response: Structure | None) -> Pagination:
    """Look up the members that an entry names. Raises ModelError when they are not what they should be."""
    where = f"paginator of {request.name.removesuffix('Request')}"
    if not _REQUIRED <= entry.keys() <= {*_REQUIRED, "limit_key"}:
        raise ModelError(f"{where}: {', '.join(sorted(_REQUIRED))} and limit_key are what can be rendered")
    if response is None:
        raise ModelError(f"{where}: the operation has no output")
    if entry["input_token"] != entry["output_token"]:
        raise ModelError(f"{where}: tokens of two names are not supported yet")
    token = _member(where, request, entry["input_token"])
    for member in (token, _member(where, response, entry["output_token"])):
        if not (isinstance(member.type, Simple) and member.type.scalar is Scalar.STRING):
            raise ModelError(f"{where}: {member.wire} is not a string")
    items = _member(where, response, entry["result_key"])
    if not (isinstance(items.type, ListOf) and isinstance(items.type.item, StructureRef)):
        raise ModelError(f"{where}: {items.wire} is not a list of structures")
    if not items.empty_when_missing:
        raise ModelError(f"{where}: {items.wire} may be missing; name it under [present] in overrides.toml")
    for member in request.members:
        if member.name in {"page_size", *_PARAMETERS}:
            raise ModelError(f"{where}: every paginator has a parameter {member.name} already")
    limit, maximum = None, 0
    if "limit_key" in entry:
        limit = _member(where, request, entry["limit_key"])
        maximum = _maximum(where, limit)
    return Pagination(token=token, limit=limit, maximum=maximum, items=items, item=items.type.item)


def _member(where: str, owner: Structure, wire: object) -> Member:
    for member in owner.members:
        if member.wire == wire:
            return member
    raise ModelError(f"{where}: {owner.name} has no member {wire}")


def _maximum(where: str, limit: Member) -> int:
    kind = limit.type
    if not (isinstance(kind, Simple) and kind.scalar is Scalar.INTEGER and kind.limits.maximum):
        raise ModelError(f"{where}: {limit.wire} is not a number with a maximum")
    return kind.limits.maximum


def own_parameters(operation: Operation) -> list[Member]:
    """Parameters of the operation that do not choose the page, the required ones first."""
    pagination = operation.pagination
    if pagination is None:
        return []
    paging = (pagination.token, pagination.limit)
    others = [member for member in operation.request.members if member not in paging]
    return sorted(others, key=lambda member: not member.required)


def paginator_docstring(operation: Operation) -> str:
    """Docstring of the class of a paginator."""
    return describe.docstring([f"Reads ``{operation.method}`` page by page."], 4)


def paginate_docstring(operation: Operation, members: Sequence[Member]) -> str:
    """Docstring of its method."""
    return describe.docstring(list(_lines(operation, members)), 8)


def _lines(operation: Operation, members: Sequence[Member]) -> Iterator[str]:
    yield operation.summary
    yield ""
    if operation.details:
        yield from describe.paragraph(operation.details, 8)
    raised = f"the errors of ``{operation.method}`` come from the iteration"
    yield from describe.paragraph(f"Nothing is sent before the first page is asked for; {raised}.", 8)
    yield ""
    yield "Args:"
    texts = {member.name: describe.member_text(member) for member in members}
    for name, text in (texts | paging_texts(operation)).items():
        yield from describe.entry(name, text, 8)
    yield ""
    yield "Raises:"
    refused = "A size is below 1, or the starting token is not of this list."
    yield from describe.entry("InvalidRequestError", refused, 8)
    yield ""
    yield f"Source: {operation.url}"


def paging_texts(operation: Operation) -> dict[str, str]:
    """What the parameters mean that choose the page, by their names."""
    return {"page_size": _page_size_text(operation), **_PARAMETERS}


def _page_size_text(operation: Operation) -> str:
    if operation.pagination is None or operation.pagination.limit is None:
        return "To be left out: the service decides."
    return f"Most items on a page; {operation.pagination.maximum} when left out, the most that there can be."
