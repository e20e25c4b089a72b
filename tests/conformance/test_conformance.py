"""Every operation, on generated values: our wire form against the serializer and parser of the installed botocore.

``nox -s differential`` runs this with the pinned botocore and with the newest, on more values.
What is otherwise on purpose is in ``differences.py``.

Answers are read in C where they are as the model says, and leniently where they are not; requests are written
straight where they fit, and with care where there are dicts in them. Both ways have to give the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from unittest.mock import patch

import attrs
import msgspec
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import EXAMPLES, answers, operation_model, operation_names, requests

from cognito_async import _codec, types
from cognito_async._codec.codec import decode, encode
from cognito_async._model.fields import shape_fields, wire_name
from cognito_async.types import EmptyResponse

SERIALIZER = create_serializer("json")
PARSER = create_parser("json")


def response_class(name: str) -> type[Any]:
    return getattr(types, f"{name}Request").operation.response


def plain(value: Any) -> Any:
    """Timestamps as instants, so that time zones do not matter."""
    match value:
        case datetime():
            return value.timestamp()
        case dict():
            return {key: plain(part) for key, part in value.items()}
        case list():
            return [plain(part) for part in value]
        case _:
            return value


def without_defaults(ours: Any, theirs: Any) -> Any:
    """Take out lists and maps that are empty with us and missing with botocore."""
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
def test_a_request_is_sent_as_botocore_sends_it(name: str, data: st.DataObject) -> None:
    parameters = data.draw(requests(name))
    theirs = SERIALIZER.serialize_to_request(parameters, operation_model(name))
    ours = encode(getattr(types, f"{name}Request").from_wire(parameters))
    assert json.loads(ours) == json.loads(theirs["body"])


class Refusing:
    """A decoder that takes nothing."""

    def decode(self, body: bytes) -> Any:
        raise msgspec.ValidationError


class RefusingDecoders:
    """Stands for the fast way and leads every answer to the lenient one."""

    def get(self, shape: type[Any]) -> Refusing:
        return Refusing()


def decode_leniently(shape: type[Any], body: bytes) -> Any:
    with patch.object(_codec, "decoders", RefusingDecoders()):
        return decode(shape, body)


@pytest.mark.parametrize("read", [decode, decode_leniently], ids=["fast", "lenient"])
@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_response_is_read_as_botocore_reads_it(
    name: str, read: Callable[[type[Any], bytes], Any], data: st.DataObject
) -> None:
    assert_read_alike(name, data.draw(answers(name)), read)


@pytest.mark.parametrize("read", [decode, decode_leniently], ids=["fast", "lenient"])
@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_unknown_members_unknown_values_and_nulls_are_read_as_botocore_reads_them(
    name: str, read: Callable[[type[Any], bytes], Any], data: st.DataObject
) -> None:
    assert_read_alike(name, data.draw(answers(name, odd=True)), read)


def assert_read_alike(name: str, body: bytes, read: Callable[[type[Any], bytes], Any]) -> None:
    answer = {"body": body, "headers": {}, "status_code": 200}
    theirs = PARSER.parse(answer, operation_model(name).output_shape)
    del theirs["ResponseMetadata"]
    ours = read(response_class(name), body)
    if isinstance(ours, EmptyResponse):
        assert theirs == {}
    assert without_defaults(plain(ours.to_wire()), plain(theirs)) == plain(theirs)


@pytest.mark.parametrize("read", [decode, decode_leniently], ids=["fast", "lenient"])
def test_nulls_in_lists_and_maps_are_kept_as_botocore_keeps_them(
    read: Callable[[type[Any], bytes], Any],
) -> None:
    for name, member, value in (("ListUsers", "Users", [None]), ("ListTagsForResource", "Tags", {"a": None})):
        body = json.dumps({member: value}).encode()
        answer = {"body": body, "headers": {}, "status_code": 200}
        assert PARSER.parse(answer, operation_model(name).output_shape)[member] == value
        assert getattr(read(response_class(name), body), member.lower()) == value


def disturbed(value: Any, draw: st.DataObject) -> Any:
    """The value with something unexpected here and there, in maps and documents too."""
    match value:
        case dict():
            changed = {
                key: None if draw.draw(st.integers(0, 9)) == 0 else disturbed(part, draw)
                for key, part in value.items()
            }
            return changed | ({"NewMember": [1, {"A": None}]} if draw.draw(st.booleans()) else {})
        case list():
            return [disturbed(part, draw) for part in value]
        case _:
            return value


def to_ten_microseconds(moment: Any) -> Any:
    """Timestamps to ten microseconds, since a float of seconds is not exact beyond."""
    match moment:
        case datetime():
            return round(moment.timestamp(), 5)
        case dict():
            return {key: to_ten_microseconds(part) for key, part in moment.items()}
        case list():
            return [to_ten_microseconds(part) for part in moment]
        case _:
            return moment


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_the_fast_way_and_the_lenient_one_read_the_same(name: str, data: st.DataObject) -> None:
    body = json.dumps(disturbed(json.loads(data.draw(answers(name)) or b"{}"), data)).encode()
    shape = response_class(name)
    fast, lenient = decode(shape, body), decode_leniently(shape, body)
    assert type(fast) is type(lenient)
    assert to_ten_microseconds(attrs.asdict(fast)) == to_ten_microseconds(attrs.asdict(lenient))


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_plain_dicts_and_shapes_are_sent_the_same(name: str, data: st.DataObject) -> None:
    parameters = data.draw(requests(name))
    request_class = getattr(types, f"{name}Request")
    names = {wire_name(field): field.name for field in shape_fields(request_class)}
    with_dicts = request_class(**{names[key]: value for key, value in parameters.items()})
    assert json.loads(encode(with_dicts)) == json.loads(encode(request_class.from_wire(parameters)))


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_request_survives_the_way_to_the_wire_form_and_back(name: str, data: st.DataObject) -> None:
    request_class = getattr(types, f"{name}Request")
    request = request_class.from_wire(data.draw(requests(name)))
    assert request_class.from_wire(request.to_wire()) == request
