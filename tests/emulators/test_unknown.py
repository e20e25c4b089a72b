"""Operations that known_gaps.py does not name are refused as unknown: a release that learns one is noticed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import Shape

from cognito_async import types
from cognito_async.errors import ServiceError
from cognito_async.operations import METHODS
from emulators import known_gaps
from emulators.resources import Scene
from support.strategies import operation_model, operation_names


def _least(shape: Shape) -> Any:
    """Return the least value of a shape that a request may have, in wire form."""
    match shape.type_name:
        case "structure":
            return {name: _least(shape.members[name]) for name in shape.required_members}
        case "list":
            return [_least(shape.member)]
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
        case kind:
            raise AssertionError(f"no least value for {kind}")


async def test_what_is_not_known_is_refused(scene: Scene) -> None:
    unknown = sorted(set(operation_names()) - known_gaps.KNOWN[scene.emulator.name])
    scene.client.asked_anyway = frozenset(unknown)
    for operation in unknown:
        request_class = getattr(types, f"{operation}Request")
        with pytest.raises(ServiceError) as refused:
            await scene.client.send(request_class.from_wire(_least(operation_model(operation).input_shape)))
        assert await asyncio.to_thread(scene.emulator.is_unknown, scene.running, refused.value), refused.value
        scene.steps.record.refused.add(operation)


def test_only_operations_that_there_are_can_be_known() -> None:
    methods = {method for methods in METHODS.values() for method in methods}
    for known in known_gaps.KNOWN.values():
        assert {xform_name(operation) for operation in known} <= methods
    for deviation in known_gaps.DEVIATIONS:
        assert deviation.operation in known_gaps.KNOWN[deviation.emulator]
