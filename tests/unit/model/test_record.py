"""Shapes are frozen attrs classes; ``==`` and ``repr`` are inherited from ``Record``."""

from __future__ import annotations

from collections.abc import Hashable

import attrs
import pytest

from cognito_async import Config, types
from cognito_async._model import ResponseMetadata


def test_response_metadata_is_part_of_neither_repr_nor_equality() -> None:
    one = types.ListUsersResponse(response_metadata=ResponseMetadata(request_id="1"))
    assert one == types.ListUsersResponse(response_metadata=ResponseMetadata(request_id="2"))
    assert "metadata" not in repr(one)


def test_instances_are_equal_if_shape_and_members_are_equal() -> None:
    attribute = types.AttributeType(name="a", value="b")
    assert attribute == types.AttributeType(name="a", value="b")
    for other in (types.AttributeType(name="a"), types.EmptyResponse(), {"name": "a", "value": "b"}, None):
        assert attribute != other
        assert other != attribute


def test_the_hash_of_a_record_agrees_with_equality() -> None:
    assert Config(region="a") == Config(region="a", sources={"region": "argument"})
    assert hash(Config(region="a")) == hash(Config(region="a", sources={"region": "argument"}))


@pytest.mark.parametrize(
    "value",
    [
        types.ListUsersResponse(),
        types.EmptyResponse(),
        types.GetGroupRequest(group_name="g", user_pool_id="p"),
        types.AttributeType(name="a", value="b"),
        ResponseMetadata(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_shapes_are_unhashable_also_those_without_a_list(value: object) -> None:
    with pytest.raises(TypeError, match=f"^unhashable type: '{type(value).__name__}'$"):
        hash(value)
    assert not isinstance(value, Hashable)


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
