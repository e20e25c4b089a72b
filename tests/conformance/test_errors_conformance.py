"""Error responses: every modeled error of every operation, and generated bodies, compared with botocore."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import errors
from cognito_async._pipeline.error_response import service_error
from support.strategies import (
    EXAMPLES,
    TEXT,
    documents,
    operation_model,
    operation_names,
    service_model,
    wire_values,
)

PARSER = create_parser("json")
STATUS = st.sampled_from([400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504])
ERRORS = sorted({shape.name for shape in service_model().error_shapes} & set(errors.__all__))
CODE_FORMATS = ("{}", "com.amazonaws.cognito#{}", "{}:http://internal.amazon.com/", "a#{}:http://x#y")


def theirs(name: str, status: int, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    response = {"body": body, "headers": headers, "status_code": status}
    parsed: dict[str, Any] = PARSER.parse(response, operation_model(name).output_shape)
    return parsed


def ours(name: str, status: int, body: bytes, headers: dict[str, str]) -> errors.ServiceError:
    return service_error(name, status=status, headers=headers, body=body, attempts=1)


def modeled_errors() -> list[tuple[str, str]]:
    return [
        (name, shape.name)
        for name in operation_names()
        for shape in operation_model(name).error_shapes
        if shape.name in ERRORS
    ]


@pytest.mark.parametrize(("name", "code"), modeled_errors())
def test_modeled_errors_have_the_same_code_and_message_as_with_botocore(name: str, code: str) -> None:
    headers = {"x-amzn-requestid": "request-1"}
    for code_format in CODE_FORMATS:
        for key in ("message", "Message"):
            body = json.dumps({"__type": code_format.format(code), key: "Not that way. Ł"}).encode()
            error, parsed = ours(name, 400, body, headers), theirs(name, 400, body, headers)
            assert type(error) is getattr(errors, code)
            assert (error.code, error.message) == (parsed["Error"]["Code"], parsed["Error"]["Message"])
            assert error.request_id == parsed["ResponseMetadata"]["RequestId"]
            assert error.status == parsed["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("code", ERRORS)
@EXAMPLES
@given(data=st.data())
def test_errors_have_the_members_of_the_model(code: str, data: st.DataObject) -> None:
    shape = service_model().shape_for(code)
    body = data.draw(wire_values(shape, blobs=False))
    error = ours("AdminGetUser", 400, json.dumps({"__type": code} | body).encode(), {})
    assert type(error) is getattr(errors, code)
    for member in set(shape.members) - {"message", "Message"}:
        assert getattr(error, _snake_case(member)) == body.get(member)


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


codes = st.sampled_from(ERRORS) | st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@settings(EXAMPLES, max_examples=10 * EXAMPLES.max_examples)
@given(
    name=st.sampled_from(operation_names()),
    status=STATUS,
    code=st.none() | st.builds(str.format, st.sampled_from(CODE_FORMATS), codes),
    message=st.dictionaries(st.sampled_from(["message", "Message"]), TEXT.filter(bool), max_size=1),
    more=st.dictionaries(TEXT, documents(negative=True), max_size=3),
)
def test_generated_errors_have_the_same_code_and_message_as_with_botocore(
    name: str, status: int, code: str | None, message: dict[str, str], more: dict[str, Any]
) -> None:
    reserved = {"__type", "code", "Code", "message", "Message"}  # botocore does not read code
    members: dict[str, Any] = {key: value for key, value in more.items() if key not in reserved} | message
    if code is not None:
        members["__type"] = code
    if not members:
        return  # an empty object: our message is the meaning of the status
    body = json.dumps(members).encode()
    error, parsed = ours(name, status, body, {}), theirs(name, status, body, {})
    assert (error.code, error.message) == (parsed["Error"]["Code"], parsed["Error"]["Message"])
