"""Validates our inputs against the model, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.ir import raise_all
from codegen.load import Inputs
from codegen.map_keys import map_key_problems
from codegen.naming import python_name
from codegen.quotas import quota_problems

COMMON = "common"
"""Area of the shapes that several areas use; it has no operations."""

PAGINATION = "pagination"
"""Name of the module with the paginators, beside those of the areas."""

MAP_KEYS = "map_keys"
"""Name of the module with the types of maps, beside those of the areas."""

OVERLOADS = "overloads"
"""Name of the module with the overloads for maps, beside those of the areas."""

# Methods of the client besides the operations.
_CLIENT_NAMES = frozenset(
    {"can_paginate", "close", "config", "get_paginator", "get_waiter", "send", "with_options"}
)


def validate_inputs(model: Mapping[str, Any], inputs: Inputs) -> None:
    """Raise ModelError if decisions are missing, or inputs name something that the model does not have."""
    raise_all(input_problems(model, inputs))


def input_problems(model: Mapping[str, Any], inputs: Inputs) -> list[str]:
    """Return everything for which ``validate_inputs`` raises an error."""
    return list(_Validation(model, inputs).problems())


def operations_without_area(model: Mapping[str, Any], areas: Mapping[str, Any]) -> list[str]:
    """Return the operations for which a person must choose an area."""
    return sorted(
        set(model["operations"]) - {name for table in areas.values() for name in table["operations"]}
    )


def undecided_secrets(model: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[str]:
    """Return the sensitive shapes for which a person must decide whether they are masked."""
    decided = (*overrides["secrets"]["masked"], *overrides["secrets"]["shown"])
    return [name for name, shape in model["shapes"].items() if shape.get("sensitive") and name not in decided]


class _Validation:
    def __init__(self, model: Mapping[str, Any], inputs: Inputs) -> None:
        self.model = model
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.operations: Mapping[str, Any] = model["operations"]
        self.areas = inputs.areas
        self.overrides = inputs.overrides
        self.quotas = inputs.quotas
        self.map_keys = inputs.map_keys

    def problems(self) -> Iterator[str]:
        yield from self._areas()
        yield from quota_problems(self.operations, self.quotas)
        yield from map_key_problems(self.shapes, self.map_keys)
        yield from self._operations()
        yield from self._members_in_overrides()
        yield from self._secrets()
        yield from self._names()
        for name in self.overrides["undocumented_limits"]:
            yield from self._unknown_shape("undocumented_limits", name)
        for name in self.overrides["not_idempotent"]:
            if name not in self.operations:
                yield f"overrides.toml [not_idempotent]: the model has no operation {name}"

    def _areas(self) -> Iterator[str]:
        if COMMON in self.areas:
            yield f"areas.toml: {COMMON} is reserved for the shapes that several areas use"
        if PAGINATION in self.areas:
            yield f"areas.toml: {PAGINATION} is reserved for the paginators of all areas"
        for name in (MAP_KEYS, OVERLOADS):
            if name in self.areas:
                yield f"areas.toml: {name} is reserved for the types of maps"
        decided: dict[str, str] = {}
        for area, table in self.areas.items():
            if not table.get("title"):
                yield f"areas.toml: [{area}] has no title"
            for operation in table["operations"]:
                if operation not in self.operations:
                    yield f"areas.toml: {area} lists {operation}, which the model does not have"
                if operation in decided:
                    yield f"areas.toml: {operation} is in {decided[operation]} and in {area}"
                decided[operation] = area
        if missing := operations_without_area(self.model, self.areas):
            yield f"areas.toml: choose an area for {', '.join(missing)}"

    def _operations(self) -> Iterator[str]:
        used: set[str] = set()
        for name, operation in self.operations.items():
            if operation["http"] != {"method": "POST", "requestUri": "/"}:
                yield f"{name}: only POST / is supported, the model has {operation['http']}"
            if "input" not in operation:
                yield f"{name}: operations without input are not supported yet"
            if python_name(name, self.overrides["names"]) in _CLIENT_NAMES:
                yield f"{name}: the client has a method of this name; choose another one under [names]"
            for key in ("input", "output"):
                shape = operation.get(key, {}).get("shape")
                if shape in used:
                    yield f"{shape} is used by two operations, one is {name}"
                if shape:
                    used.add(shape)

    def _members_in_overrides(self) -> Iterator[str]:
        for owner, members in self.overrides["always_present"].items():
            for wire in members:
                yield from self._unknown_member("always_present", owner, wire)
        for table in ("negative_numbers", "rare"):
            for entry in self.overrides[table]:
                owner, _, wire = entry.partition(".")
                yield from self._unknown_member(table, owner, wire)

    def _secrets(self) -> Iterator[str]:
        secrets = self.overrides["secrets"]
        for entry in secrets["unmarked"]:
            owner, _, wire = entry.partition(".")
            if wire:
                yield from self._unknown_member("secrets.unmarked", owner, wire)
            else:
                yield from self._unknown_shape("secrets.unmarked", owner)
        for name in (*secrets["masked"], *secrets["shown"]):
            yield from self._unknown_shape("secrets", name)
        for name in undecided_secrets(self.model, self.overrides):
            yield f"overrides.toml [secrets]: decide whether the sensitive {name} is masked"

    def _names(self) -> Iterator[str]:
        known = {*self.operations, *self._member_names()}
        for name in self.overrides["names"]:
            if name not in known:
                yield f"overrides.toml [names]: the model has no operation or member {name}"

    def _member_names(self) -> Iterator[str]:
        for shape in self.shapes.values():
            yield from shape.get("members", ())

    def _unknown_shape(self, table: str, name: str) -> Iterator[str]:
        if name not in self.shapes:
            yield f"overrides.toml [{table}]: the model has no shape {name}"

    def _unknown_member(self, table: str, owner: str, wire: str) -> Iterator[str]:
        if owner not in self.shapes:
            yield from self._unknown_shape(table, owner)
        elif wire not in self.shapes[owner].get("members", {}):
            yield f"overrides.toml [{table}]: {owner} has no member {wire}"
