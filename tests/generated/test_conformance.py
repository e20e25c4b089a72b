"""Every operation, on generated values: our wire form against botocore's serializer and parser."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import answers, operation_model, operation_names, requests

from cognito_async import types
from cognito_async._codec import decode, encode
from cognito_async.types import EmptyResponse

SERIALIZER = create_serializer("json")
PARSER = create_parser("json")
EXAMPLES = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


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


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_response_is_read_as_botocore_reads_it(name: str, data: st.DataObject) -> None:
    body = data.draw(answers(name))
    answer = {"body": body, "headers": {}, "status_code": 200}
    theirs = PARSER.parse(answer, operation_model(name).output_shape)
    del theirs["ResponseMetadata"]
    ours = decode(response_class(name), body)
    if isinstance(ours, EmptyResponse):
        assert theirs == {}
    assert without_defaults(plain(ours.to_wire()), plain(theirs)) == plain(theirs)


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
def test_a_request_survives_the_way_to_the_wire_form_and_back(name: str, data: st.DataObject) -> None:
    request_class = getattr(types, f"{name}Request")
    request = request_class.from_wire(data.draw(requests(name)))
    assert request_class.from_wire(request.to_wire()) == request
