"""Hypothesis strategies built from botocore's model: what an operation may be sent and may answer.

The model is that of the installed botocore. Operations and members that this package does not know, because
botocore is newer, are left out here and named by ``unknown_to_us``.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cognito_async import types
from cognito_async._model.fields import is_shape, shape_fields, wire_name

SERVICE = "cognito-idp"
EXAMPLES = settings(
    max_examples=50 if settings.get_current_profile_name() == "differential" else 15,
    suppress_health_check=list(HealthCheck),  # answers are large
)
"""For a test of every operation; the profile is for ``nox -s differential``."""

# No surrogates: they cannot be sent. Short: it is the shapes that matter.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NEGATIVE_ALLOWED = {"CompleteWebAuthnRegistrationRequest", "StartWebAuthnRegistrationResponse"}


@cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def operation_model(name: str) -> OperationModel:
    return service_model().operation_model(name)


def operation_names() -> list[str]:
    """Names of the operations that both the model and this package have."""
    return [name for name in service_model().operation_names if hasattr(types, f"{name}Request")]


@cache
def known_members(shape: StructureShape) -> dict[str, Shape]:
    """Members that both the model and this package have."""
    ours = getattr(types, shape.name, None)
    if not is_shape(ours):
        return dict(shape.members)
    names = {wire_name(field) for field in shape_fields(ours)}
    return {name: member for name, member in shape.members.items() if name in names}


def unknown_to_us() -> list[str]:
    """What the model has and this package does not know."""
    model = service_model()
    known = operation_names()
    found = [f"operation {name}" for name in model.operation_names if name not in known]
    seen: set[str] = set()
    waiting = [shape for name in known for shape in _ends(model.operation_model(name)) if shape]
    while waiting:
        shape = waiting.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        if shape.type_name == "structure":
            members = known_members(shape)
            found += [f"member {member} of {shape.name}" for member in shape.members if member not in members]
            waiting += members.values()
        elif shape.type_name == "list":
            waiting.append(shape.member)
        elif shape.type_name == "map":
            waiting.append(shape.value)
    return sorted(found)


def _ends(operation: OperationModel) -> tuple[Shape | None, Shape | None]:
    return operation.input_shape, operation.output_shape


def documents(*, negative: bool) -> st.SearchStrategy[Any]:
    low = None if negative else 0
    leaves = st.none() | st.booleans() | TEXT
    leaves |= st.integers(min_value=low) | st.floats(min_value=low, allow_nan=False, allow_infinity=False)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    )


def wire_values(
    shape: Shape, *, blobs: bool, negative: bool = False, odd: bool = False
) -> st.SearchStrategy[Any]:
    """Values of a shape in wire form; ``blobs`` says whether as bytes or as base64 text.

    Odd ones have what a newer or sloppier service may send: members and values that the model does not know,
    and nulls.
    """
    low = shape.metadata.get("min", 0)
    match shape.type_name:
        case "structure" if shape.metadata.get("document") or shape.name == "Document":
            # None is "not sent" with us, here as everywhere.
            return documents(negative=negative).filter(lambda value: value is not None)
        case "structure":
            negative = negative or shape.name in NEGATIVE_ALLOWED
            parts = {
                name: wire_values(member, blobs=blobs, negative=negative, odd=odd)
                for name, member in known_members(shape).items()
            }
            if odd:
                parts = {name: part | st.none() for name, part in parts.items()}
                parts["NewMember"] = documents(negative=True)
            required = {name: parts.pop(name) for name in shape.required_members if name in parts}
            return st.fixed_dictionaries(required, optional=parts)
        case "list":
            items = wire_values(shape.member, blobs=blobs, negative=negative, odd=odd)
            return st.lists(items, min_size=low, max_size=low + 2)
        case "map":
            keys = wire_values(shape.key, blobs=blobs, odd=odd)
            return st.dictionaries(keys, wire_values(shape.value, blobs=blobs, odd=odd), max_size=2)
        case "string" if shape.enum:
            return st.sampled_from(shape.enum) | (TEXT if odd else st.nothing())
        case "string":
            # Room for the minimum, and characters that need escapes.
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


def requests(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of an operation, as boto3 takes them."""
    return wire_values(operation_model(name).input_shape, blobs=True)


def answers(name: str, *, odd: bool = False) -> st.SearchStrategy[bytes]:
    """Bodies that an operation may answer with."""
    shape = operation_model(name).output_shape
    if shape is None:
        return st.sampled_from([b"", b"{}", b'{"New": 1}'])
    return wire_values(shape, blobs=False, odd=odd).map(lambda value: json.dumps(value).encode())
