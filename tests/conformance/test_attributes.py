"""Every list of attributes in the API: those that are sent take a mapping, those that come are offered as one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import attrs
import pytest
from botocore import xform_name
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import TEXT, operation_names, service_model
from support.transports import ScriptedTransport, client_with

from cognito_async import filters, types
from cognito_async._codec.codec import encode
from cognito_async._model import Request, Shape
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name
from cognito_async.errors import InvalidRequestError
from cognito_async.types import AttributeType

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
CAME = [param for param in LISTS if not issubclass(param.values[0], Request)]  # type: ignore[arg-type]

NAMES = TEXT.filter(bool)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.booleans() | st.integers()


def required(shape: type[Shape], but: str) -> dict[str, Any]:
    """Something for every required member but one."""
    return {
        field.name: "x" * 60
        for field in shape_fields(shape)
        if field.default is attrs.NOTHING and field.name != but
    }


def shapes_below(shape: type[Shape]) -> Iterator[type[Shape]]:
    """The shapes within a shape, at any depth."""
    for field in shape_fields(shape):
        waiting = [field.type]
        while waiting:
            kind, _ = core_type(waiting.pop())
            if is_shape(kind):
                yield kind
                yield from shapes_below(kind)
            else:
                waiting += get_args(kind)


def test_there_are_such_lists() -> None:
    assert {param.id for param in SENT} >= {"SignUpRequest.user_attributes", "SignUpRequest.validation_data"}
    assert {param.id for param in CAME} >= {"UserType.attributes", "DeviceType.device_attributes"}


@pytest.mark.parametrize("name", operation_names())
def test_no_list_of_attributes_is_hidden_deep_in_a_request(name: str) -> None:
    hidden = [
        f"{shape.__name__}.{field.name}"
        for shape in shapes_below(getattr(types, f"{name}Request"))
        for field in shape_fields(shape)
        if is_list_of_attributes(field.type)
    ]
    assert hidden == []


@pytest.mark.parametrize(("shape", "name"), SENT)
@given(given=st.dictionaries(NAMES, VALUES | st.none(), max_size=5))
def test_a_mapping_and_a_list_give_the_same_request(
    shape: type[Request[Any]], name: str, given: dict[str, Any]
) -> None:
    texts = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in given.items()
        if value is not None
    }
    listed = [AttributeType(name=key, value=value) for key, value in texts.items()]
    others = required(shape, name)
    as_mapping, as_list = shape(**others, **{name: given}), shape(**others, **{name: listed})
    assert encode(as_mapping) == encode(as_list)
    assert as_mapping.to_wire() == as_list.to_wire()
    [wire] = [wire_name(field) for field in shape_fields(shape) if field.name == name]
    assert shape.from_wire(as_list.to_wire() | {wire: given}) == shape.from_wire(as_list.to_wire())


@pytest.mark.parametrize(("shape", "name"), SENT)
async def test_the_methods_of_the_client_take_a_mapping(shape: type[Request[Any]], name: str) -> None:
    transport = ScriptedTransport()
    method = getattr(client_with(transport), xform_name(shape.operation.name))
    await method(**required(shape, name), **{name: {"email": "a@b", "email_verified": True, "x": None}})
    [listed] = [part for part in transport.json.values() if isinstance(part, list)]
    assert listed == [{"Name": "email", "Value": "a@b"}, {"Name": "email_verified", "Value": "true"}]


@pytest.mark.parametrize(("shape", "name"), CAME)
@given(values=st.dictionaries(NAMES, TEXT, max_size=5))
def test_an_answer_offers_its_attributes_as_a_mapping_that_can_be_given_back(
    shape: type[Any], name: str, values: dict[str, str]
) -> None:
    listed = [AttributeType(name=key, value=value) for key, value in values.items()]
    answer = shape(**required(shape, name), **{name: listed})
    assert answer.attribute_map == values
    again = types.UpdateUserAttributesRequest(access_token="t", user_attributes=answer.attribute_map)
    assert json.loads(encode(again))["UserAttributes"] == [part.to_wire() for part in listed]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_without_attributes_offer_none(shape: type[Shape]) -> None:
    offering = {param.values[0] for param in CAME}
    assert hasattr(shape, "attribute_map") is (shape in offering)


@pytest.mark.made_from("model")
def test_filters_are_as_long_as_the_model_allows() -> None:
    longest = service_model().shape_for("UserFilterType").metadata["max"]
    frame = len(filters.equals("sub", ""))
    assert len(filters.equals("sub", "x" * (longest - frame))) == longest
    with pytest.raises(InvalidRequestError):
        filters.equals("sub", "x" * (longest - frame + 1))
