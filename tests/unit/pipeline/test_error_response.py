"""Exceptions for error responses, whatever their body."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from cognito_async import errors, types
from cognito_async._pipeline.error_response import advise_on_region, service_error
from cognito_async.errors import ServiceError, UserNotFoundException
from support.transports import ScriptedTransport, client_with, error_response

CLASSES = [getattr(errors, name) for name in errors.__all__]
MODELED = [kind for kind in CLASSES if issubclass(kind, ServiceError) and kind is not ServiceError]
HTML = b"<html><body><h1>Bad gateway: hunter2</h1></body></html>"


def error_from(
    body: bytes | dict[str, Any] = b"", status: int = 400, attempts: int = 1, **headers: str
) -> ServiceError:
    """Return the exception for a response; ``_`` in header names stands for ``-``."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return service_error("AdminGetUser", status=status, headers=names, body=body, attempts=attempts)


@pytest.mark.parametrize("kind", MODELED)
def test_the_code_in_the_body_selects_the_class(kind: type[ServiceError]) -> None:
    for status in (400, 403, 500):
        error = error_from({"__type": kind.__name__, "message": "text"}, status)
        assert (type(error), error.code, error.message) == (kind, kind.__name__, "text")


@pytest.mark.parametrize("start", ["", " ", "ns#", "com.amazonaws.cognito#", "a#b#"])
@pytest.mark.parametrize("end", ["", " ", ":http://internal.example/", ":http://internal.example/x#y", ":"])
def test_namespace_and_url_around_a_code_are_removed(start: str, end: str) -> None:
    code = f"{start}UserNotFoundException{end}"
    for error in (error_from({"__type": code}), error_from(x_amzn_errortype=code)):
        assert (type(error), error.code) == (UserNotFoundException, "UserNotFoundException")


@pytest.mark.parametrize("body", [b"", b"{}", HTML, b'{"__type": 5}', b'{"__type": ""}', b'{"__type": null}'])
def test_without_a_code_in_the_body_the_code_of_a_header_is_used(body: bytes) -> None:
    assert type(error_from(body, x_amzn_errortype="UserNotFoundException")) is UserNotFoundException
    assert type(error_from(body, x_amzn_query_error="UserNotFoundException;Sender")) is UserNotFoundException


CODE_SOURCES: list[tuple[str, str, str]] = [  # in the order of precedence
    ("header", "x-amzn-errortype", "{}"),
    ("member", "__type", "{}"),
    ("member", "code", "{}"),
    ("member", "Code", "{}"),
    ("header", "x-amzn-query-error", "{};Sender"),
]


@pytest.mark.parametrize("unusable", [None, "", "#", ":x"])
@pytest.mark.parametrize("first", range(len(CODE_SOURCES)))
def test_the_first_code_of_headers_and_body_counts(first: int, unusable: str | None) -> None:
    found: dict[str, dict[str, str]] = {"header": {}, "member": {}}
    for index, (place, name, text_format) in enumerate(CODE_SOURCES):
        if index < first and unusable is not None:
            found[place][name] = unusable
        elif index >= first:
            code = "UserNotFoundException" if index == first else f"Other{index}Exception"
            found[place][name] = text_format.format(code)
    error = service_error(
        "AdminGetUser",
        status=400,
        headers=found["header"],
        body=json.dumps(found["member"] | {"message": "text"}).encode(),
        attempts=1,
    )
    assert (type(error), error.code, error.message) == (
        UserNotFoundException,
        "UserNotFoundException",
        "text",
    )


@pytest.mark.parametrize(
    "code", ["BrandNewException", "RequestTimeout", "CognitoError", "TLSError", "__doc__"]
)
def test_an_unknown_code_is_raised_as_service_error_and_kept(code: str) -> None:
    error = error_from({"__type": code, "message": "text"})
    assert (type(error), error.code, error.message) == (ServiceError, code, "text")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "lower"}, "lower"),
        ({"Message": "upper"}, "upper"),
        ({"message": "lower", "Message": "upper"}, "lower"),
        ({"message": None, "Message": "upper"}, "upper"),
        ({"message": "Fehler \u2013 \U0001f600"}, "Fehler \u2013 \U0001f600"),
        ({"message": None}, ""),
        ({"message": 5}, ""),
        ({"message": ["hunter2"]}, ""),
        ({}, ""),
    ],
)
def test_the_message_is_read_in_either_case_and_is_always_a_string(
    body: dict[str, Any], message: str
) -> None:
    assert error_from({"__type": "UserNotFoundException"} | body).message == message


MALFORMED_BODIES = {
    "HTML": HTML,
    "truncated JSON": b'{"__type": "UserNotFoundException", "message": "hunter2',
    "null": b"null",
    "list": b'[{"__type": "UserNotFoundException", "message": "hunter2"}]',
    "number": b"42",
    "huge number": b"9" * 10_000,
    "string": b'"hunter2"',
    "invalid UTF-8": b'{"__type": "UserNotFoundException", "message": "\xff hunter2"}',
    "truncated UTF-16": b"\xff\xfe{",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "white space": b" \r\n",
}


@pytest.mark.parametrize("body", MALFORMED_BODIES.values(), ids=MALFORMED_BODIES)
def test_a_body_that_is_not_a_json_object_is_described_and_not_quoted(body: bytes) -> None:
    error = error_from(body, 502, content_type="text/html; charset=utf-8")
    text = f"Bad Gateway; the body is not an error of this API (text/html, {len(body)} bytes)"
    assert (type(error), error.code, error.message, error.members) == (ServiceError, "502", text, {})
    assert not re.search("hunter2|<html", f"{error} {error!r}")
    assert "no content type" in error_from(body).message


@pytest.mark.parametrize(
    ("status", "message"), [(400, "Bad Request"), (503, "Service Unavailable"), (599, "unknown status")]
)
def test_the_error_of_an_empty_body_has_the_status_as_code_and_its_phrase_as_message(
    status: int, message: str
) -> None:
    error = error_from(b"", status)
    assert (type(error), error.code, error.message) == (ServiceError, str(status), message)


@pytest.mark.parametrize("code", [5, None, True, ["UserNotFoundException"], {"a": 1}, "", "#", ":x", "ns#"])
def test_a_malformed_code_is_replaced_by_the_status(code: object) -> None:
    for member in ("__type", "code"):
        error = error_from({member: code, "message": "text"}, 403)
        assert (type(error), error.code, error.message) == (ServiceError, "403", "text")


def test_an_error_has_the_attributes_of_its_request_and_response() -> None:
    body = {"__type": "UserNotFoundException", "message": "gone", "extra": [1]}
    error = error_from(body, 404, 3, x_amzn_requestid="id-1", date="now")
    assert (error.operation, error.status, error.attempts) == ("AdminGetUser", 404, 3)
    assert (error.request_id, error_from(body).request_id) == ("id-1", None)
    assert (error.members, error.headers) == (body, {"x-amzn-requestid": "id-1", "date": "now"})


POOL_OPERATIONS = sorted(
    name
    for name in types.__all__
    if name.endswith("Request") and hasattr(getattr(types, name), "user_pool_id")
)


@pytest.mark.parametrize("name", POOL_OPERATIONS)
async def test_a_pool_of_another_region_is_named_in_the_advice(name: str) -> None:
    assert len(POOL_OPERATIONS) > 50
    kind = getattr(types, name)
    values = {member.name: None for member in kind.__attrs_attrs__} | {"user_pool_id": "eu-west-1_AbC123"}
    request = object.__new__(kind)
    for member, value in values.items():
        object.__setattr__(request, member, value)
    client = client_with(ScriptedTransport(error_response("ResourceNotFoundException")), region="us-east-1")
    client._pipeline._codec = SimpleNamespace(encode=lambda _: b"{}")  # type: ignore[assignment]
    with pytest.raises(errors.ResourceNotFoundException) as caught:
        await client.send(request)
    advice = (
        "The pool id belongs to eu-west-1, but the region of this client is us-east-1: use a client with "
        'region="eu-west-1".'
    )
    assert caught.value.advice == advice
    assert str(caught.value).endswith(advice)


ARN = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC123"


@pytest.mark.parametrize(
    "make",
    [
        lambda arn: types.ListTagsForResourceRequest(resource_arn=arn),
        lambda arn: types.TagResourceRequest(resource_arn=arn, tags={"a": "b"}),
        lambda arn: types.UntagResourceRequest(resource_arn=arn, tag_keys=["a"]),
    ],
)
@pytest.mark.parametrize(
    ("arn", "region"),
    [
        (ARN, "eu-west-1"),
        (ARN.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1"), "us-gov-west-1"),
        (ARN.replace(":eu-west-1", ":ap-southeast-12"), "ap-southeast-12"),  # a replica: the ARN decides
    ],
)
async def test_an_arn_of_another_region_is_named_in_the_advice(make: Any, arn: str, region: str) -> None:
    assert len([name for name in types.__all__ if hasattr(getattr(types, name), "resource_arn")]) >= 3
    client = client_with(ScriptedTransport(error_response("ResourceNotFoundException")), region="us-east-1")
    with pytest.raises(errors.ResourceNotFoundException) as caught:
        await client.send(make(arn))
    assert caught.value.advice == (
        f"The ARN belongs to {region}, but the region of this client is us-east-1: use a client with "
        f'region="{region}".'
    )


@pytest.mark.parametrize(
    ("code", "pool_id", "region"),
    [
        ("ResourceNotFoundException", "eu-west-1_AbC123", "eu-west-1"),
        ("ResourceNotFoundException", "eu-west-1_AbC123", None),
        ("ResourceNotFoundException", "local_AbC123", "us-east-1"),
        ("ResourceNotFoundException", "", "us-east-1"),
        ("ResourceNotFoundException", None, "us-east-1"),
        ("ResourceNotFoundException", ARN, "eu-west-1"),
        ("ResourceNotFoundException", ARN, None),
        ("ResourceNotFoundException", ARN.replace("cognito-idp", "s3"), "us-east-1"),
        ("ResourceNotFoundException", ARN.replace("userpool/", ""), "us-east-1"),
        ("ResourceNotFoundException", ARN.replace(":eu-west-1", ":"), "us-east-1"),
        ("UserNotFoundException", "eu-west-1_AbC123", "us-east-1"),
    ],
)
def test_any_other_error_keeps_its_advice(code: str, pool_id: object, region: str | None) -> None:
    error = error_from({"__type": code})
    advise_on_region(error, pool_id, region)
    assert error.advice == type(error).advice


def test_an_invalid_parameter_error_has_the_reason_code_of_the_response() -> None:
    body = {"__type": "InvalidParameterException", "message": "no"}
    assert error_from(body | {"reasonCode": "TooLong"}).reason_code == "TooLong"
    assert error_from(body).reason_code is None
