"""Every operation on generated values: our codec against the serializer and parser of the installed botocore.

``nox -s differential`` runs these tests on more values, with the pinned botocore and with the newest one.
``differences.py`` lists the intended differences.

A response that matches the model is decoded by msgspec, and any other one by the lenient decoder. A request of
shapes takes the fast path of the encoder; one with dicts does not. Both ways must have the same
result.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import attrs
import msgspec
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import types
from cognito_async._codec import codec
from cognito_async._codec.codec import decode, encode
from cognito_async._model.fields import shape_fields, wire_name
from cognito_async.types import EmptyResponse
from support.strategies import (
    EXAMPLES,
    is_document,
    known_members,
    nested_shapes,
    operation_model,
    operation_names,
    requests,
    response_bodies,
    service_model,
    wire_values,
)

SERIALIZER = create_serializer("json")
PARSER = create_parser("json")


def response_class(name: str) -> type[Any]:
    return getattr(types, f"{name}Request").operation.response


def without_time_zones(value: Any) -> Any:
    """Return the value with timestamps as numbers."""
    match value:
        case datetime():
            return value.timestamp()
        case dict():
            return {key: without_time_zones(part) for key, part in value.items()}
        case list():
            return [without_time_zones(part) for part in value]
        case _:
            return value


def without_defaults(ours: Any, theirs: Any) -> Any:
    """Return our value without the empty lists and maps that botocore omits."""
    match ours, theirs:
        case dict(), dict():
            return {
                key: without_defaults(value, theirs.get(key))
                for key, value in ours.items()
                if key in theirs or value not in ([], {})
            }
        case list(), list() if len(ours) == len(theirs):
            return [without_defaults(left, right) for left, right in zip(ours, theirs, strict=True)]
        case _:
            return ours


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_request_is_encoded_as_by_botocore(name: str, data: st.DataObject) -> None:
    parameters = data.draw(requests(name))
    theirs = SERIALIZER.serialize_to_request(parameters, operation_model(name))
    ours = encode(getattr(types, f"{name}Request").from_wire(parameters))
    assert json.loads(ours) == json.loads(theirs["body"])


class RejectingDecoder:
    """A decoder that rejects every body."""

    def decode(self, body: bytes) -> Any:
        raise msgspec.ValidationError


class RejectingDecoders:
    """Replaces the fast decoders, so that every response is decoded by the lenient one."""

    def get(self, shape: type[Any]) -> RejectingDecoder:
        return RejectingDecoder()


def decode_leniently(shape: type[Any], body: bytes) -> Any:
    with patch.object(codec, "decoders", RejectingDecoders()):
        return decode(shape, body)


@pytest.mark.parametrize("read", [decode, decode_leniently], ids=["fast", "lenient"])
@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_response_is_decoded_as_by_botocore(
    name: str, read: Callable[[type[Any], bytes], Any], data: st.DataObject
) -> None:
    assert_same_as_botocore(name, data.draw(response_bodies(name)), read)


@pytest.mark.parametrize("read", [decode, decode_leniently], ids=["fast", "lenient"])
@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_unknown_members_unknown_values_and_nulls_are_decoded_as_by_botocore(
    name: str, read: Callable[[type[Any], bytes], Any], data: st.DataObject
) -> None:
    assert_same_as_botocore(name, data.draw(response_bodies(name, unexpected=True)), read)


def assert_same_as_botocore(name: str, body: bytes, read: Callable[[type[Any], bytes], Any]) -> None:
    response = {"body": body, "headers": {}, "status_code": 200}
    theirs = PARSER.parse(response, operation_model(name).output_shape)
    del theirs["ResponseMetadata"]
    ours = read(response_class(name), body)
    if isinstance(ours, EmptyResponse):
        assert theirs == {}
    expected = without_time_zones(theirs)
    assert without_defaults(without_time_zones(ours.to_wire()), expected) == expected


@pytest.mark.parametrize("read", [decode, decode_leniently], ids=["fast", "lenient"])
def test_nulls_in_lists_and_maps_are_kept_as_by_botocore(
    read: Callable[[type[Any], bytes], Any],
) -> None:
    for name, member, value in (("ListUsers", "Users", [None]), ("ListTagsForResource", "Tags", {"a": None})):
        body = json.dumps({member: value}).encode()
        response = {"body": body, "headers": {}, "status_code": 200}
        assert PARSER.parse(response, operation_model(name).output_shape)[member] == value
        assert getattr(read(response_class(name), body), member.lower()) == value


def with_unexpected_values(value: Any, data: st.DataObject) -> Any:
    """Return the value with random nulls and new members, in maps and documents too."""
    match value:
        case dict():
            changed = {
                key: None if data.draw(st.integers(0, 9)) == 0 else with_unexpected_values(part, data)
                for key, part in value.items()
            }
            return changed | ({"NewMember": [1, {"A": None}]} if data.draw(st.booleans()) else {})
        case list():
            return [with_unexpected_values(part, data) for part in value]
        case _:
            return value


def with_rounded_timestamps(value: Any) -> Any:
    """Return the value with timestamps rounded to ten microseconds, the precision of a float of seconds."""
    match value:
        case datetime():
            return round(value.timestamp(), 5)
        case dict():
            return {key: with_rounded_timestamps(part) for key, part in value.items()}
        case list():
            return [with_rounded_timestamps(part) for part in value]
        case _:
            return value


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_the_fast_and_the_lenient_decoder_return_the_same(name: str, data: st.DataObject) -> None:
    value = json.loads(data.draw(response_bodies(name)) or b"{}")
    body = json.dumps(with_unexpected_values(value, data)).encode()
    shape = response_class(name)
    fast, lenient = decode(shape, body), decode_leniently(shape, body)
    assert type(fast) is type(lenient)
    assert with_rounded_timestamps(attrs.asdict(fast)) == with_rounded_timestamps(attrs.asdict(lenient))


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_dicts_and_shapes_encode_to_the_same_request(name: str, data: st.DataObject) -> None:
    parameters = data.draw(requests(name))
    request_class = getattr(types, f"{name}Request")
    names = {wire_name(field): field.name for field in shape_fields(request_class)}
    members = operation_model(name).input_shape.members
    with_dicts = request_class(
        **{
            names[key]: datetime.fromtimestamp(value, UTC) if members[key].type_name == "timestamp" else value
            for key, value in parameters.items()
        }
    )
    assert json.loads(encode(with_dicts)) == json.loads(encode(request_class.from_wire(parameters)))


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_request_converted_to_wire_form_and_back_is_equal(name: str, data: st.DataObject) -> None:
    request_class = getattr(types, f"{name}Request")
    request = request_class.from_wire(data.draw(requests(name)))
    assert request_class.from_wire(request.to_wire()) == request


# JSON


def assert_json_reads_back(shape: Any) -> None:
    assert type(shape).from_wire(json.loads(shape.to_json())) == shape
    assert json.loads(json.dumps(shape.to_wire(json=True))) == json.loads(shape.to_json())


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_request_as_json_reads_back_equal(name: str, data: st.DataObject) -> None:
    assert_json_reads_back(getattr(types, f"{name}Request").from_wire(data.draw(requests(name))))


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_response_as_json_reads_back_equal(name: str, data: st.DataObject) -> None:
    response = decode(response_class(name), data.draw(response_bodies(name)))
    assert_json_reads_back(response)
    again = type(response).from_wire(json.loads(json.dumps(response.to_wire(json=True, metadata=True))))
    assert again == response


@pytest.mark.parametrize("name", nested_shapes())
@EXAMPLES
@given(data=st.data())
def test_a_nested_shape_as_json_reads_back_equal(name: str, data: st.DataObject) -> None:
    wire = data.draw(wire_values(service_model().shape_for(name), blobs=True, complete=True))
    assert_json_reads_back(getattr(types, name).from_wire(wire))


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_unknown_members_are_ignored_on_request(name: str, data: st.DataObject) -> None:
    model = operation_model(name)
    if model.output_shape is None:
        return
    known = data.draw(wire_values(model.output_shape, blobs=True))
    shape = response_class(name)
    assert shape.from_wire(with_new_members(known, model.output_shape), unknown="ignore") == shape.from_wire(
        known
    )


def with_new_members(value: Any, model: Any) -> Any:
    """Return the value with an unknown member in every structure."""
    match model.type_name:
        case "structure" if not is_document(model):
            members = known_members(model)
            return {key: with_new_members(part, members[key]) for key, part in value.items()} | {
                "NewMember": [1]
            }
        case "list":
            return [with_new_members(part, model.member) for part in value]
        case "map":
            return {key: with_new_members(part, model.value) for key, part in value.items()}
        case _:
            return value
