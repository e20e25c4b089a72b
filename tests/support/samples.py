"""Values with every member of the shapes of the service."""

from __future__ import annotations

from typing import Any

from botocore.model import Shape

from support.strategies import known_members

TIMESTAMP = 1_700_000_000.5


def sample(shape: Shape) -> Any:
    """Return a value in wire form with every member of a shape."""
    match shape.type_name:
        case "structure" if shape.name == "Document":
            return {"a": [1, True, None, "text"]}
        case "structure":
            return {name: sample(member) for name, member in known_members(shape).items()}
        case "list":
            return [sample(shape.member)] * max(1, shape.metadata.get("min", 1))
        case "map":
            return {sample(shape.key): sample(shape.value)}
        case "string":
            return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 1))
        case "boolean":
            return True
        case "timestamp":
            return TIMESTAMP
        case "blob":
            return "AAEC"
        case kind:
            raise AssertionError(kind)
