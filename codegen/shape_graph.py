"""Which shapes the API's shapes are made of, and which operations reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.consistency import COMMON
from codegen.ir import ModelError


class ShapeGraph:
    """Shapes and what they refer to, by their names in the model."""

    def __init__(self, model: Mapping[str, Any], areas: Mapping[str, Any]) -> None:
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.operations: Mapping[str, Any] = model["operations"]
        self.area_of_operation = {
            operation: area for area, table in areas.items() for operation in table["operations"]
        }
        self.sent = self._reach("input")
        self.received = self._reach("output")

    def _reach(self, key: str) -> dict[str, set[str]]:
        """Every shape that requests (or responses) contain, with the areas of their operations."""
        areas: dict[str, set[str]] = {}
        for name, operation in self.operations.items():
            if key in operation:
                for shape in self.below(operation[key]["shape"]):
                    areas.setdefault(shape, set()).add(self.area_of_operation[name])
        return areas

    def below(self, name: str, path: tuple[str, ...] = ()) -> Iterator[str]:
        """A shape and all that it is made of; ``path`` is what it was reached by."""
        if name in path:
            raise ModelError(f"{' -> '.join((*path, name))}: recursive shapes are not supported yet")
        yield name
        for reference in self.references(name):
            yield from self.below(reference, (*path, name))

    def references(self, name: str) -> Iterator[str]:
        """Shapes that a shape names itself."""
        shape = self.shapes[name]
        for member in shape.get("members", {}).values():
            yield member["shape"]
        for key in ("member", "key", "value"):
            if key in shape:
                yield shape[key]["shape"]

    def area(self, name: str) -> str:
        """Area whose operations reach a shape; the common one where several do."""
        areas = self.sent.get(name, set()) | self.received.get(name, set())
        return next(iter(areas)) if len(areas) == 1 else COMMON

    def in_order(self) -> list[str]:
        """Structures in an order in which each uses only earlier ones; a response before its request."""
        done: dict[str, None] = {}

        def visit(name: str) -> None:
            for reference in self.references(name):
                visit(reference)
            if self.is_structure(name):
                done.setdefault(name)

        for _, operation in sorted(self.operations.items()):
            for key in ("output", "input"):
                if key in operation:
                    visit(operation[key]["shape"])
        return list(done)

    def is_structure(self, name: str) -> bool:
        """Whether a shape becomes a class; a document is any JSON value."""
        shape = self.shapes[name]
        return shape["type"] == "structure" and not shape.get("document")
