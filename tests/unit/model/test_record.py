"""Shapes are frozen attrs classes; ``==``, ``hash`` and ``repr`` are inherited from ``Record``."""

from __future__ import annotations

import attrs
import pytest

from cognito_async import types
from cognito_async._model import ResponseMetadata


def test_response_metadata_is_part_of_neither_repr_nor_equality() -> None:
    one = types.ListUsersResponse(response_metadata=ResponseMetadata(request_id="1"))
    assert one == types.ListUsersResponse(response_metadata=ResponseMetadata(request_id="2"))
    assert "metadata" not in repr(one)


def test_instances_are_equal_if_shape_and_members_are_equal() -> None:
    attribute = types.AttributeType(name="a", value="b")
    assert attribute == types.AttributeType(name="a", value="b")
    assert hash(attribute) == hash(types.AttributeType(name="a", value="b"))
    for other in (types.AttributeType(name="a"), types.EmptyResponse(), {"name": "a", "value": "b"}, None):
        assert attribute != other
        assert other != attribute


def test_shapes_are_frozen_attrs_classes() -> None:
    attribute = types.AttributeType(name="a")
    assert attrs.evolve(attribute, value="b") == types.AttributeType(name="a", value="b")
    assert attrs.asdict(attribute) == {"name": "a", "value": None}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        attribute.name = "b"  # type: ignore[misc]


def test_secrets_are_masked_in_repr() -> None:
    tokens = types.AuthenticationResultType(access_token="canary", id_token="canary", expires_in=3600)
    assert "canary" not in repr(tokens)
    assert "expires_in=3600" in repr(tokens)
    assert "refresh_token=None" in repr(tokens)
