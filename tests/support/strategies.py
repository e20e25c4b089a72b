"""Hypothesis strategies built from botocore's model: parameters of requests, and bodies of responses.

The model is that of the installed botocore. Operations and members that only a newer botocore has are left
out; ``missing_in_package`` lists them.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import attrs
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cognito_async import types
from cognito_async._model.fields import is_shape, shape_fields, wire_name

SERVICE = "cognito-idp"
EXAMPLES = settings(
    max_examples=50 if settings.get_current_profile_name() == "differential" else 15,
    suppress_health_check=list(HealthCheck),  # responses are large
)
"""Settings of a test of every operation; ``nox -s differential`` selects the profile of this name."""

# Without surrogates, which cannot be sent. Short, because the structure matters.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NEGATIVE_ALLOWED = {"CompleteWebAuthnRegistrationRequest", "StartWebAuthnRegistrationResponse"}


@cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def operation_model(name: str) -> OperationModel:
    return service_model().operation_model(name)


def operation_names() -> list[str]:
    """Return the names of the operations that both the model and this package have."""
    return [name for name in service_model().operation_names if hasattr(types, f"{name}Request")]


@cache
def known_members(shape: StructureShape) -> dict[str, Shape]:
    """Return the members that both the model and this package have."""
    cls = getattr(types, shape.name, None)
    if not is_shape(cls):
        return dict(shape.members)
    names = {wire_name(field) for field in shape_fields(cls)}
    return {name: member for name, member in shape.members.items() if name in names}


def required_in_package(shape: StructureShape) -> list[str]:
    """Return the members that the class of a shape requires."""
    members = shape_fields(getattr(types, shape.name))
    return [wire_name(member) for member in members if member.default is attrs.NOTHING]


def missing_in_package() -> list[str]:
    """Return the operations and members of the model that this package lacks."""
    model = service_model()
    known = operation_names()
    missing = [f"operation {name}" for name in model.operation_names if name not in known]
    seen: set[str] = set()
    waiting = [shape for name in known for shape in _input_and_output(model.operation_model(name)) if shape]
    while waiting:
        shape = waiting.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        if shape.type_name == "structure":
            members = known_members(shape)
            missing += [
                f"member {member} of {shape.name}" for member in shape.members if member not in members
            ]
            waiting += members.values()
        elif shape.type_name == "list":
            waiting.append(shape.member)
        elif shape.type_name == "map":
            waiting.append(shape.value)
    return sorted(missing)


def is_document(shape: Shape) -> bool:
    """Return whether a shape of the model is any JSON value."""
    return bool(shape.metadata.get("document")) or shape.name == "Document"


def nested_shapes() -> list[str]:
    """Return the names of the structures inside requests and responses that both the model and this package have."""
    model = service_model()
    outer = {
        shape.name
        for name in operation_names()
        for shape in _input_and_output(model.operation_model(name))
        if shape
    }
    return [
        name
        for name in model.shape_names
        if name not in outer
        and is_shape(getattr(types, name, None))
        and model.shape_for(name).type_name == "structure"
    ]


def _input_and_output(operation: OperationModel) -> tuple[Shape | None, Shape | None]:
    return operation.input_shape, operation.output_shape


def documents(*, negative: bool) -> st.SearchStrategy[Any]:
    low = None if negative else 0
    leaves = st.none() | st.booleans() | TEXT
    leaves |= st.integers(min_value=low) | st.floats(min_value=low, allow_nan=False, allow_infinity=False)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    )


def wire_values(
    shape: Shape, *, blobs: bool, negative: bool = False, unexpected: bool = False, complete: bool = False
) -> st.SearchStrategy[Any]:
    """Return values of a shape in wire form.

    Args:
        shape: Shape of the model.
        blobs: Whether blobs are bytes; otherwise base64 text.
        negative: Whether numbers in documents may be negative.
        unexpected: Whether to add members and enum values that the model does not have, and nulls.
        complete: Whether members are present that the package requires and the model does not.
    """
    return _wire_values(shape.name, blobs, negative, unexpected, complete)


@cache  # to create the strategies of a large shape takes longer than to draw a value
def _wire_values(
    name: str, blobs: bool, negative: bool, unexpected: bool, complete: bool  # noqa: FBT001
) -> st.SearchStrategy[Any]:
    shape = service_model().shape_for(name)
    options = {"blobs": blobs, "unexpected": unexpected, "complete": complete}
    low = shape.metadata.get("min", 0)
    match shape.type_name:
        case "structure" if is_document(shape):
            # The package does not send None.
            return documents(negative=negative).filter(lambda value: value is not None)
        case "structure":
            negative = negative or shape.name in NEGATIVE_ALLOWED
            parts = {
                name: wire_values(member, negative=negative, **options)
                for name, member in known_members(shape).items()
            }
            if unexpected:
                parts = {name: part | st.none() for name, part in parts.items()}
                parts["NewMember"] = documents(negative=True)
            required_members = [*shape.required_members, *(required_in_package(shape) if complete else ())]
            required = {name: parts.pop(name) for name in required_members if name in parts}
            return st.fixed_dictionaries(required, optional=parts)
        case "list":
            items = wire_values(shape.member, negative=negative, **options)
            return st.lists(items, min_size=low, max_size=low + 2)
        case "map":
            keys = wire_values(shape.key, **options)
            return st.dictionaries(keys, wire_values(shape.value, **options), max_size=2)
        case "string" if shape.enum:
            return st.sampled_from(shape.enum) | (TEXT if unexpected else st.nothing())
        case "string":
            # At least the minimum length, with characters that JSON escapes.
            return st.text(st.characters(exclude_categories=["Cs"]), min_size=low, max_size=low + 8)
        case "integer" | "long":
            return st.integers(min_value=low, max_value=2**31)
        case "boolean":
            return st.booleans()
        case "blob":
            raw = st.binary(max_size=20)
            return raw if blobs else raw.map(lambda value: base64.b64encode(value).decode())
        case "timestamp":
            return st.integers(0, 2**32) | st.floats(0, 2**32, allow_nan=False).map(
                lambda value: round(value, 3)
            )
        case kind:
            raise AssertionError(f"no strategy for {kind}")


@cache
def requests(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return parameters of an operation, as boto3 accepts them."""
    return wire_values(operation_model(name).input_shape, blobs=True)


@cache
def response_bodies(name: str, *, unexpected: bool = False) -> st.SearchStrategy[bytes]:
    """Return bodies of successful responses of an operation."""
    shape = operation_model(name).output_shape
    if shape is None:
        return st.sampled_from([b"", b"{}", b'{"New": 1}'])
    return wire_values(shape, blobs=False, unexpected=unexpected).map(
        lambda value: json.dumps(value).encode()
    )
