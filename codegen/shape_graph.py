"""The graph of shapes: which shapes contain others, and which operations use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.ir import ModelError
from codegen.validate import COMMON


class ShapeGraph:
    """Shapes and their references, by their names in the model."""

    def __init__(self, model: Mapping[str, Any], areas: Mapping[str, Any]) -> None:
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.operations: Mapping[str, Any] = model["operations"]
        self.area_of_operation = {
            operation: area for area, table in areas.items() for operation in table["operations"]
        }
        self.sent = self._areas_by_shape("input")
        self.received = self._areas_by_shape("output")

    def _areas_by_shape(self, key: str) -> dict[str, set[str]]:
        """Return all shapes that requests (or responses) contain, with the areas of their operations."""
        areas: dict[str, set[str]] = {}
        for name, operation in self.operations.items():
            if key in operation:
                for shape in self.nested(operation[key]["shape"]):
                    areas.setdefault(shape, set()).add(self.area_of_operation[name])
        return areas

    def nested(self, name: str, path: tuple[str, ...] = ()) -> Iterator[str]:
        """Yield a shape and all shapes inside it; ``path`` has the shapes around it."""
        if name in path:
            raise ModelError(f"{' -> '.join((*path, name))}: recursive shapes are not supported yet")
        yield name
        for reference in self.references(name):
            yield from self.nested(reference, (*path, name))

    def references(self, name: str) -> Iterator[str]:
        """Yield the shapes that a shape refers to directly."""
        shape = self.shapes[name]
        for member in shape.get("members", {}).values():
            yield member["shape"]
        for key in ("member", "key", "value"):
            if key in shape:
                yield shape[key]["shape"]

    def area(self, name: str) -> str:
        """Return the area of the operations that use a shape; the common one if there are several."""
        areas = self.sent.get(name, set()) | self.received.get(name, set())
        return next(iter(areas)) if len(areas) == 1 else COMMON

    def dependency_order(self) -> list[str]:
        """Return the structures so that each uses only earlier ones; a response comes before its request."""
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
        """Return whether a shape becomes a class; a document does not, it is any JSON value."""
        shape = self.shapes[name]
        return shape["type"] == "structure" and not shape.get("document")
