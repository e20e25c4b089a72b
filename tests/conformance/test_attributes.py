"""Every list of attributes in the API: requests accept a mapping, responses have ``attribute_map``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import attrs
import pytest
from botocore import xform_name
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import filters, types
from cognito_async._codec.codec import encode
from cognito_async._model import Request, Shape
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name
from cognito_async.errors import InvalidRequestError
from cognito_async.types import AttributeType
from support.strategies import TEXT, operation_names, service_model
from support.transports import ScriptedTransport, client_with

SHAPES: list[type[Shape]] = [
    shape for name in sorted(types.__all__) if is_shape(shape := getattr(types, name))
]


def is_list_of_attributes(annotation: Any) -> bool:
    kind, _ = core_type(annotation)
    return getattr(kind, "__origin__", None) is Sequence and core_type(get_args(kind)[0])[0] is AttributeType


LISTS = [
    pytest.param(shape, field.name, id=f"{shape.__name__}.{field.name}")
    for shape in SHAPES
    if hasattr(shape, "__attrs_attrs__")
    for field in shape_fields(shape)
    if is_list_of_attributes(field.type)
]
SENT = [param for param in LISTS if issubclass(param.values[0], Request)]  # type: ignore[arg-type]
RECEIVED = [param for param in LISTS if not issubclass(param.values[0], Request)]  # type: ignore[arg-type]

NAMES = TEXT.filter(bool)
VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.booleans()
    | st.integers()
    | st.dates()
)


def other_required(shape: type[Shape], name: str) -> dict[str, Any]:
    """Return a value for every required member except ``name``."""
    return {
        field.name: "x" * 60
        for field in shape_fields(shape)
        if field.default is attrs.NOTHING and field.name != name
    }


def nested_shapes(shape: type[Shape]) -> Iterator[type[Shape]]:
    """Return the shapes within a shape, at any depth."""
    for field in shape_fields(shape):
        pending = [field.type]
        while pending:
            kind, _ = core_type(pending.pop())
            if is_shape(kind):
                yield kind
                yield from nested_shapes(kind)
            else:
                pending += get_args(kind)


def test_lists_of_attributes_are_found() -> None:
    assert {param.id for param in SENT} >= {"SignUpRequest.user_attributes", "SignUpRequest.validation_data"}
    assert {param.id for param in RECEIVED} >= {"UserType.attributes", "DeviceType.device_attributes"}


@pytest.mark.parametrize("name", operation_names())
def test_requests_have_no_nested_lists_of_attributes(name: str) -> None:
    nested = [
        f"{shape.__name__}.{field.name}"
        for shape in nested_shapes(getattr(types, f"{name}Request"))
        for field in shape_fields(shape)
        if is_list_of_attributes(field.type)
    ]
    assert nested == []


@pytest.mark.parametrize(("shape", "name"), SENT)
@given(attributes=st.dictionaries(NAMES, VALUES | st.none(), max_size=5))
def test_a_mapping_and_a_list_encode_to_the_same_request(
    shape: type[Request[Any]], name: str, attributes: dict[str, Any]
) -> None:
    texts = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in attributes.items()
        if value is not None
    }
    listed = [AttributeType(name=key, value=value) for key, value in texts.items()]
    others = other_required(shape, name)
    as_mapping, as_list = shape(**others, **{name: attributes}), shape(**others, **{name: listed})
    assert encode(as_mapping) == encode(as_list)
    assert as_mapping.to_wire() == as_list.to_wire()
    [wire] = [wire_name(field) for field in shape_fields(shape) if field.name == name]
    assert shape.from_wire(as_list.to_wire() | {wire: attributes}) == shape.from_wire(as_list.to_wire())


@pytest.mark.parametrize(("shape", "name"), SENT)
async def test_client_methods_accept_a_mapping(shape: type[Request[Any]], name: str) -> None:
    transport = ScriptedTransport()
    method = getattr(client_with(transport), xform_name(shape.operation.name))
    await method(**other_required(shape, name), **{name: {"email": "a@b", "email_verified": True, "x": None}})
    [listed] = [part for part in transport.json.values() if isinstance(part, list)]
    assert listed == [{"Name": "email", "Value": "a@b"}, {"Name": "email_verified", "Value": "true"}]


@pytest.mark.parametrize(("shape", "name"), RECEIVED)
@given(values=st.dictionaries(NAMES, TEXT, max_size=5))
def test_the_attribute_map_of_a_response_can_be_sent_again(
    shape: type[Any], name: str, values: dict[str, str]
) -> None:
    listed = [AttributeType(name=key, value=value) for key, value in values.items()]
    response = shape(**other_required(shape, name), **{name: listed})
    assert response.attribute_map == values
    update = types.UpdateUserAttributesRequest(access_token="t", user_attributes=response.attribute_map)
    assert json.loads(encode(update))["UserAttributes"] == [part.to_wire() for part in listed]


@pytest.mark.parametrize("shape", SHAPES)
def test_only_shapes_with_a_list_of_attributes_have_an_attribute_map(shape: type[Shape]) -> None:
    with_attributes = {param.values[0] for param in RECEIVED}
    assert hasattr(shape, "attribute_map") is (shape in with_attributes)


@pytest.mark.made_from("model")
def test_filters_may_be_as_long_as_in_the_model() -> None:
    maximum = service_model().shape_for("UserFilterType").metadata["max"]
    overhead = len(filters.equals("sub", ""))
    assert len(filters.equals("sub", "x" * (maximum - overhead))) == maximum
    with pytest.raises(InvalidRequestError):
        filters.equals("sub", "x" * (maximum - overhead + 1))
