"""Validates our inputs against the model, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.ir import ModelError
from codegen.load import Inputs
from codegen.naming import python_name

COMMON = "common"
"""Area of the shapes that several areas use; it has no operations."""

PAGINATION = "pagination"
"""Name of the module with the paginators, beside those of the areas."""

# Methods of the client besides the operations.
_CLIENT_NAMES = frozenset(
    {"can_paginate", "close", "config", "get_paginator", "get_waiter", "send", "with_options"}
)


def validate_inputs(model: Mapping[str, Any], inputs: Inputs) -> None:
    """Raise ModelError if a decision is missing, or an input names something that the model does not have."""
    _Validation(model, inputs).run()


class _Validation:
    def __init__(self, model: Mapping[str, Any], inputs: Inputs) -> None:
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.operations: Mapping[str, Any] = model["operations"]
        self.areas = inputs.areas
        self.overrides = inputs.overrides

    def run(self) -> None:
        self._areas()
        self._operations()
        self._members_in_overrides()
        self._secrets()
        self._names()
        for name in self.overrides["undocumented_limits"]:
            self._expect_shape("undocumented_limits", name)
        for name in self.overrides["not_idempotent"]:
            if name not in self.operations:
                raise ModelError(f"overrides.toml [not_idempotent]: the model has no operation {name}")

    def _areas(self) -> None:
        if COMMON in self.areas:
            raise ModelError(f"areas.toml: {COMMON} is reserved for the shapes that several areas use")
        if PAGINATION in self.areas:
            raise ModelError(f"areas.toml: {PAGINATION} is reserved for the paginators of all areas")
        decided: dict[str, str] = {}
        for area, table in self.areas.items():
            for operation in table["operations"]:
                if operation not in self.operations:
                    raise ModelError(f"areas.toml: {area} lists {operation}, which the model does not have")
                if operation in decided:
                    raise ModelError(f"areas.toml: {operation} is in {decided[operation]} and in {area}")
                decided[operation] = area
        missing = sorted(set(self.operations) - set(decided))
        if missing:
            raise ModelError(f"areas.toml: choose an area for {', '.join(missing)}")

    def _operations(self) -> None:
        used: set[str] = set()
        for name, operation in self.operations.items():
            if operation["http"] != {"method": "POST", "requestUri": "/"}:
                raise ModelError(f"{name}: only POST / is supported, the model has {operation['http']}")
            if "input" not in operation:
                raise ModelError(f"{name}: operations without input are not supported yet")
            if python_name(name, self.overrides["names"]) in _CLIENT_NAMES:
                raise ModelError(
                    f"{name}: the client has a method of this name; choose another one under [names]"
                )
            for key in ("input", "output"):
                shape = operation.get(key, {}).get("shape")
                if shape in used:
                    raise ModelError(f"{shape} is used by two operations, one is {name}")
                if shape:
                    used.add(shape)

    def _members_in_overrides(self) -> None:
        for owner, members in self.overrides["always_present"].items():
            for wire in members:
                self._expect_member("always_present", owner, wire)
        for table in ("negative_numbers", "rare"):
            for entry in self.overrides[table]:
                owner, _, wire = entry.partition(".")
                self._expect_member(table, owner, wire)

    def _secrets(self) -> None:
        secrets = self.overrides["secrets"]
        for entry in secrets["unmarked"]:
            owner, _, wire = entry.partition(".")
            if wire:
                self._expect_member("secrets.unmarked", owner, wire)
            else:
                self._expect_shape("secrets.unmarked", owner)
        decided = (*secrets["masked"], *secrets["shown"])
        for name in decided:
            self._expect_shape("secrets", name)
        for name, shape in self.shapes.items():
            if shape.get("sensitive") and name not in decided:
                raise ModelError(f"overrides.toml [secrets]: decide whether the sensitive {name} is masked")

    def _names(self) -> None:
        known = {*self.operations, *self._member_names()}
        for name in self.overrides["names"]:
            if name not in known:
                raise ModelError(f"overrides.toml [names]: the model has no operation or member {name}")

    def _member_names(self) -> Iterator[str]:
        for shape in self.shapes.values():
            yield from shape.get("members", ())

    def _expect_shape(self, table: str, name: str) -> None:
        if name not in self.shapes:
            raise ModelError(f"overrides.toml [{table}]: the model has no shape {name}")

    def _expect_member(self, table: str, owner: str, wire: str) -> None:
        self._expect_shape(table, owner)
        if wire not in self.shapes[owner].get("members", {}):
            raise ModelError(f"overrides.toml [{table}]: {owner} has no member {wire}")
