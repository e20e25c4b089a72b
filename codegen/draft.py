"""A draft of the API of a new model: placeholders for the decisions that a person must still make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

from codegen.build import build_draft
from codegen.endpoints import errors_without_message
from codegen.ir import Api, ModelError
from codegen.load import Inputs, Sources
from codegen.pagination import lists_without_entry
from codegen.quotas import operations_without_quota, without_operations
from codegen.texts import Place, Texts
from codegen.validate import input_problems, operations_without_area, undecided_secrets

NEW_AREA = "new_area"
"""Placeholder for the area of new operations."""

NEW_TEXT = "To be written."
"""Placeholder for a text."""

_PAGE_SIZES = ("Limit", "MaxResults", "QueryLimit")


@frozen
class Draft:
    """What is missing, obsolete or unsupported, and the API with placeholders for what is missing."""

    inputs: Inputs
    """The inputs with placeholders, without obsolete entries and without texts."""

    operations: list[str]
    """Operations without an area."""

    quotas: list[str]
    """Operations without a quota category."""

    secrets: list[str]
    """Sensitive shapes without a decision."""

    paginators: dict[str, dict[str, str]]
    """Guessed entries for the lists without one."""

    endpoint_errors: list[str]
    """Errors of the endpoint rules without a message."""

    missing_texts: list[Place]
    obsolete: list[str]
    """Entries of our inputs that the model no longer has."""

    unsupported: list[str]
    """What the generator cannot build yet."""

    api: Api | None
    """None if something is unsupported."""

    @property
    def is_complete(self) -> bool:
        """Return whether the code can be generated."""
        return not (
            self.operations
            or self.quotas
            or self.secrets
            or self.paginators
            or self.endpoint_errors
            or self.missing_texts
            or self.obsolete
            or self.unsupported
        )


def draft(sources: Sources, inputs: Inputs) -> Draft:
    """Return a draft; all decisions that are missing are in it."""
    model = sources.model
    theirs = sources.paginators["pagination"]
    operations = operations_without_area(model, inputs.areas)
    quotas = operations_without_quota(model["operations"], inputs.quotas)
    secrets = undecided_secrets(model, inputs.overrides)
    errors = errors_without_message(sources.rules, inputs.overrides["endpoint_errors"])
    guesses = {
        name: _guess(model, name) for name in lists_without_entry(model, {**theirs, **inputs.paginators})
    }

    filled = _with_placeholders(inputs, operations, quotas, secrets, errors)
    pruned = _without_obsolete(filled, sources)
    unsupported = input_problems(model, pruned)
    obsolete = [problem for problem in input_problems(model, filled) if problem not in unsupported]
    obsolete += [f"paginators.toml: [{name}]" for name in inputs.paginators if name not in pruned.paginators]
    complete = evolve(pruned, paginators={**pruned.paginators, **guesses})

    texts, api = Texts(inputs, NEW_TEXT), None
    try:
        api = build_draft(model, sources.paginators, complete, texts)
    except ModelError as error:
        unsupported = str(error).splitlines()
    else:
        obsolete += [f"texts/{place}" for place in texts.unused]
    return Draft(
        inputs=complete,
        operations=operations,
        quotas=quotas,
        secrets=secrets,
        paginators=guesses,
        endpoint_errors=errors,
        missing_texts=texts.missing,
        obsolete=obsolete,
        unsupported=unsupported,
        api=api,
    )


def _with_placeholders(
    inputs: Inputs, operations: list[str], quotas: list[str], secrets: list[str], errors: list[str]
) -> Inputs:
    areas = dict(inputs.areas)
    if operations:
        areas[NEW_AREA] = {"title": "New", "operations": operations}
    decided = inputs.overrides["secrets"]
    messages = [{"words": [text], "message": "New."} for text in errors]
    overrides = {
        **inputs.overrides,
        "secrets": {**decided, "masked": [*decided["masked"], *secrets]},
        "endpoint_errors": [*inputs.overrides["endpoint_errors"], *messages],
    }
    unlisted = [*inputs.quotas["unlisted"], {"reason": "New.", "operations": quotas}]
    return evolve(inputs, areas=areas, overrides=overrides, quotas={**inputs.quotas, "unlisted": unlisted})


def _without_obsolete(inputs: Inputs, sources: Sources) -> Inputs:
    """Return the inputs without what the model does not have."""
    shapes, operations = sources.model["shapes"], sources.model["operations"]
    names = {*operations, *(wire for shape in shapes.values() for wire in shape.get("members", ()))}

    def exists(entry: str) -> bool:
        owner, _, wire = entry.partition(".")
        return owner in shapes and (not wire or wire in shapes[owner].get("members", ()))

    overrides, secrets = inputs.overrides, inputs.overrides["secrets"]
    areas = {
        area: {**table, "operations": [name for name in table["operations"] if name in operations]}
        for area, table in inputs.areas.items()
    }
    present = {
        owner: [wire for wire in members if exists(f"{owner}.{wire}")]
        for owner, members in overrides["always_present"].items()
    }
    return evolve(
        inputs,
        areas={area: table for area, table in areas.items() if table["operations"]},
        overrides={
            **overrides,
            "names": _only(overrides["names"], names),
            "always_present": present,
            "not_idempotent": _only(overrides["not_idempotent"], operations),
            "secrets": {
                "masked": list(filter(exists, secrets["masked"])),
                "shown": list(filter(exists, secrets["shown"])),
                "unmarked": _only(secrets["unmarked"], filter(exists, secrets["unmarked"])),
            },
            **{
                table: _only(overrides[table], filter(exists, overrides[table]))
                for table in ("negative_numbers", "rare", "undocumented_limits")
            },
        },
        quotas=without_operations(inputs.quotas, operations),
        paginators=_only(inputs.paginators, operations.keys() - sources.paginators["pagination"].keys()),
    )


def _only(table: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    wanted = set(keys)
    return {key: value for key, value in table.items() if key in wanted}


def _guess(model: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return a likely entry of a paginated list, in botocore's format."""
    shapes, operation = model["shapes"], model["operations"][name]
    sent, received = (shapes[operation[key]["shape"]]["members"] for key in ("input", "output"))
    token = next(wire for wire in sent if wire.endswith("Token") and wire in received)
    entry = {"input_token": token, "output_token": token}
    if sizes := [wire for wire in _PAGE_SIZES if wire in sent]:
        entry["limit_key"] = sizes[0]
    lists = [wire for wire, member in received.items() if shapes[member["shape"]]["type"] == "list"]
    return {**entry, "result_key": lists[0] if lists else ""}
