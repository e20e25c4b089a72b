"""Paginated operations: botocore's descriptions of them, and ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from codegen.docstrings import docstring, entry, member_text, paragraph
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
    raise_all,
)

# Parameters of every paginator besides ``page_size`` and those of the operation.
_PARAMETERS = {
    "max_items": "Maximum number of items; all by default.",
    "starting_token": "``resume_token`` of an earlier iteration, or a token of boto3, to continue from.",
    "prefetch": "1 fetches the next page while the current one is processed.",
}

_REQUIRED = {"input_token", "output_token", "result_key"}


def pagination_entries(
    model: Mapping[str, Any], paginators: Mapping[str, Any], ours: Mapping[str, Any]
) -> dict[str, Any]:
    """Return botocore's entries and ours. Raises ModelError if one is missing or no longer needed."""
    raise_all(_problems(model, paginators["pagination"], ours))
    return {**paginators["pagination"], **ours}


def _problems(model: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*theirs, *ours)):
        if name not in model["operations"]:
            yield f"paginators: the model has no operation {name}"
    for name in ours:
        if name in theirs:
            yield f"paginators.toml: botocore has an entry for {name} now, remove ours"
    if missing := lists_without_entry(model, (*theirs, *ours)):
        yield f"paginators.toml: add entries for {', '.join(missing)}"


def lists_without_entry(model: Mapping[str, Any], entries: Collection[str]) -> list[str]:
    """Return the operations with a token, but without an entry."""
    return [name for name in sorted(model["operations"]) if name not in entries and _has_token(model, name)]


def _has_token(model: Mapping[str, Any], name: str) -> bool:
    """Return whether an operation has the same token in request and response."""
    operation = model["operations"][name]
    if "output" not in operation:
        return False
    sent, received = (model["shapes"][operation[key]["shape"]]["members"] for key in ("input", "output"))
    return any(wire.endswith("Token") and wire in received for wire in sent)


def pagination_of(entry: Mapping[str, Any], request: Structure, response: Structure | None) -> Pagination:
    """Return the members that an entry names. Raises ModelError if they are not of the expected types."""
    where = f"paginator of {request.name.removesuffix('Request')}"
    if not _REQUIRED <= entry.keys() <= {*_REQUIRED, "limit_key"}:
        raise ModelError(f"{where}: only {', '.join(sorted(_REQUIRED))} and limit_key are supported")
    if response is None:
        raise ModelError(f"{where}: the operation has no output")
    if entry["input_token"] != entry["output_token"]:
        raise ModelError(f"{where}: tokens with different names are not supported")
    token = _member(where, request, entry["input_token"])
    for member in (token, _member(where, response, entry["output_token"])):
        if not (isinstance(member.type, Simple) and member.type.scalar is Scalar.STRING):
            raise ModelError(f"{where}: {member.wire} is not a string")
    items = _member(where, response, entry["result_key"])
    if not (isinstance(items.type, ListOf) and isinstance(items.type.item, StructureRef)):
        raise ModelError(f"{where}: {items.wire} is not a list of structures")
    if not items.empty_when_missing:
        raise ModelError(
            f"{where}: {items.wire} may be missing; add it to [always_present] in overrides.toml"
        )
    for member in request.members:
        if member.name in {"page_size", *_PARAMETERS}:
            raise ModelError(f"{where}: every paginator has a parameter {member.name}")
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


def in_signature_order(members: Iterable[Member]) -> list[Member]:
    """Return parameters in the order of a signature: pool, user, other required ones, optional ones."""
    first = ("user_pool_id", "username")

    def rank(member: Member) -> tuple[int, bool]:
        return first.index(member.name) if member.name in first else len(first), not member.required

    return sorted(members, key=rank)


def own_parameters(operation: Operation) -> list[Member]:
    """Return the parameters of the operation without those that select the page."""
    pagination = operation.pagination
    if pagination is None:
        return []
    paging = (pagination.token, pagination.limit)
    others = [member for member in operation.request.members if member not in paging]
    return in_signature_order(others)


def paginator_docstring(operation: Operation) -> str:
    """Return the docstring of a paginator class."""
    return docstring([f"Paginator of ``{operation.method}``."], 4)


def paginate_docstring(operation: Operation, members: Sequence[Member]) -> str:
    """Return the docstring of its method."""
    return docstring(list(_lines(operation, members)), 8)


def _lines(operation: Operation, members: Sequence[Member]) -> Iterator[str]:
    yield operation.summary
    yield ""
    if operation.details:
        yield from paragraph(operation.details, 8)
    raised = f"the iteration raises the errors of ``{operation.method}``"
    yield from paragraph(f"Nothing is sent before the first iteration; {raised}.", 8)
    yield ""
    yield "Args:"
    texts = {member.name: member_text(member) for member in members}
    for name, text in (texts | paging_texts(operation)).items():
        yield from entry(name, text, 8)
    yield ""
    yield "Raises:"
    invalid = "``page_size`` or ``max_items`` is below 1, or ``starting_token`` is that of another list."
    yield from entry("InvalidRequestError", invalid, 8)
    yield ""
    yield f"Source: {operation.url}"


def paging_texts(operation: Operation) -> dict[str, str]:
    """Return the descriptions of the parameters that select the page."""
    return {"page_size": _page_size_text(operation), **_PARAMETERS}


def _page_size_text(operation: Operation) -> str:
    if operation.pagination is None or operation.pagination.limit is None:
        return "Must be omitted: the service decides."
    return f"Maximum number of items on a page; by default {operation.pagination.maximum}, the largest value."
