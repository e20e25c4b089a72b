"""Operations missing in known_gaps.py are unknown to the emulator, so support in a new release is noticed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import Shape

from cognito_async import types
from cognito_async.errors import ServiceError
from cognito_async.operations import METHODS
from emulators import known_gaps
from emulators.resources import Resources
from support.strategies import operation_model, operation_names


def _minimal(shape: Shape) -> Any:
    """Return a minimal value of a shape, in wire form."""
    match shape.type_name:
        case "structure":
            return {name: _minimal(shape.members[name]) for name in shape.required_members}
        case "list":
            return [_minimal(shape.member)]
        case "map" | "document":
            return {}
        case "string":
            return (
                shape.enum[0] if shape.enum else "us-east-1_missing".ljust(shape.metadata.get("min", 0), "0")
            )
        case "integer" | "long":
            return shape.metadata.get("min", 0)
        case "boolean":
            return False
        case "timestamp":
            return datetime.fromtimestamp(0, UTC)
        case kind:
            raise AssertionError(f"no minimal value for {kind}")


async def test_other_operations_are_unknown(resources: Resources) -> None:
    unknown = sorted(set(operation_names()) - known_gaps.KNOWN[resources.emulator.name])
    resources.client.sent_without_record = frozenset(unknown)
    for operation in unknown:
        request_class = getattr(types, f"{operation}Request")
        with pytest.raises(ServiceError) as raised:
            await resources.client.send(
                request_class.from_wire(_minimal(operation_model(operation).input_shape))
            )
        assert await asyncio.to_thread(resources.emulator.is_unknown, resources.running, raised.value), (
            raised.value
        )
        resources.steps.record.unknown.add(operation)


def test_known_operations_and_deviations_exist() -> None:
    methods = {method for methods in METHODS.values() for method in methods}
    for known in known_gaps.KNOWN.values():
        assert {xform_name(operation) for operation in known} <= methods
    for deviation in known_gaps.DEVIATIONS:
        assert deviation.operation in known_gaps.KNOWN[deviation.emulator]
