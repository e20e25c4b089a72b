"""Hypothesis strategies built from botocore's model: what an operation may be sent and may answer."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from hypothesis import strategies as st

SERVICE = "cognito-idp"
# No surrogates: they cannot be sent. Short: it is the shapes that matter.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NEGATIVE_ALLOWED = {"CompleteWebAuthnRegistrationRequest", "StartWebAuthnRegistrationResponse"}


@cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def operation_model(name: str) -> OperationModel:
    return service_model().operation_model(name)


def operation_names() -> list[str]:
    return list(service_model().operation_names)


def documents(*, negative: bool) -> st.SearchStrategy[Any]:
    low = None if negative else 0
    leaves = st.none() | st.booleans() | TEXT
    leaves |= st.integers(min_value=low) | st.floats(min_value=low, allow_nan=False, allow_infinity=False)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    )


def wire_values(shape: Shape, *, blobs: bool, negative: bool = False) -> st.SearchStrategy[Any]:
    """Values of a shape in wire form; ``blobs`` says whether as bytes or as base64 text."""
    low = shape.metadata.get("min", 0)
    match shape.type_name:
        case "structure" if shape.metadata.get("document") or shape.name == "Document":
            # None is "not sent" with us, here as everywhere.
            return documents(negative=negative).filter(lambda value: value is not None)
        case "structure":
            negative = negative or shape.name in NEGATIVE_ALLOWED
            parts = {
                name: wire_values(member, blobs=blobs, negative=negative)
                for name, member in shape.members.items()
            }
            required = {name: parts.pop(name) for name in shape.required_members}
            return st.fixed_dictionaries(required, optional=parts)
        case "list":
            items = wire_values(shape.member, blobs=blobs, negative=negative)
            return st.lists(items, min_size=low, max_size=low + 2)
        case "map":
            keys = wire_values(shape.key, blobs=blobs)
            return st.dictionaries(keys, wire_values(shape.value, blobs=blobs), max_size=2)
        case "string" if shape.enum:
            return st.sampled_from(shape.enum)
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


def answers(name: str) -> st.SearchStrategy[bytes]:
    """Bodies that an operation may answer with."""
    shape = operation_model(name).output_shape
    if shape is None:
        return st.sampled_from([b"", b"{}", b'{"New": 1}'])
    return wire_values(shape, blobs=False).map(lambda value: json.dumps(value).encode())
