"""The dicts that code written for boto3 expects, compared with those of a real botocore client.

Both clients get the same HTTP response: ``client.call``, ``to_wire(metadata=True)`` and ``ServiceError.response``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import errors
from cognito_async.transport import HTTPResponse
from conformance.test_conformance import without_defaults, without_time_zones
from support.strategies import EXAMPLES, TEXT, operation_names, requests, response_bodies, service_model
from support.transports import FakeClock, ScriptedTransport, client_with

HEADERS = {
    "content-type": "application/x-amz-json-1.1",
    "date": "Fri, 27 Nov 2026 16:00:00 GMT",
    "x-amzn-requestid": "request-1",
}
ANA = {"UserPoolId": "eu-west-1_AbC123", "Username": "ana"}
ATTEMPTS = 3
ERRORS = sorted({shape.name for shape in service_model().error_shapes} & set(errors.__all__))


class Body:
    """The body of a response, as urllib3 offers it."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.content


@cache
def botocore_client() -> tuple[Any, list[HTTPResponse]]:
    """Return a botocore client and the responses that it gets, the last one again and again."""
    client = Session().create_client(
        "cognito-idp",
        region_name="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, parameter_validation=False
        ),
    )
    responses: list[HTTPResponse] = []

    def respond(request: Any, **_: Any) -> AWSResponse:
        response = responses.pop(0) if len(responses) > 1 else responses[0]
        return AWSResponse(request.url, response.status, response.headers, Body(response.body))

    client.meta.events.register("before-send", respond)
    return client, responses


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def theirs(name: str, parameters: Mapping[str, Any], *responses: HTTPResponse) -> Any:
    client, waiting = botocore_client()
    waiting[:] = responses
    try:
        return getattr(client, xform_name(name))(**parameters)
    except ClientError as error:
        return error.response


async def ours(name: str, parameters: Mapping[str, Any], *responses: HTTPResponse) -> Any:
    transport = ScriptedTransport(*responses, default=responses[-1])
    async with client_with(transport, FakeClock(), max_attempts=ATTEMPTS) as client:
        try:
            return await client.call(name, parameters)
        except errors.ServiceError as error:
            return error.response


def response(status: int, body: Any, headers: Mapping[str, str] = HEADERS) -> HTTPResponse:
    return HTTPResponse(status, headers, json.dumps(body).encode())


# Responses


@pytest.mark.parametrize("headers", [HEADERS, {}], ids=["request id", "no headers"])
async def test_a_called_operation_returns_what_boto3_returns(headers: dict[str, str]) -> None:
    user = response(
        200, {"Username": "ana", "UserCreateDate": 1.5, "Enabled": True, "UserAttributes": []}, headers
    )
    expected = theirs("AdminGetUser", ANA, user)
    assert await ours("AdminGetUser", ANA, user) == expected
    assert expected["ResponseMetadata"]["HTTPHeaders"] == headers


async def test_the_metadata_counts_retries_as_boto3_does() -> None:
    throttled = response(400, {"__type": "TooManyRequestsException"})
    result = await ours("AdminDeleteUser", ANA, throttled, response(200, {}))
    assert result == theirs("AdminDeleteUser", ANA, throttled, response(200, {}))
    assert result["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize("name", operation_names())
@settings(EXAMPLES, max_examples=EXAMPLES.max_examples // 5)  # the values are those of test_conformance
@given(data=st.data())
async def test_every_operation_can_be_called_by_its_name(name: str, data: st.DataObject) -> None:
    parameters = data.draw(requests(name))
    http_response = HTTPResponse(200, HEADERS, data.draw(response_bodies(name)))
    expected = without_time_zones(theirs(name, parameters, http_response))
    result = without_time_zones(await ours(name, parameters, http_response))
    assert without_defaults(result, expected) == expected


async def test_a_called_operation_keeps_values_of_an_unexpected_type() -> None:
    body = {
        "Username": "ana",
        "Enabled": "perhaps",
        "MFAOptions": "none",
        "UserAttributes": [5, {"Name": "a"}],
    }
    result = await ours("AdminGetUser", ANA, response(200, body))
    assert {name: result[name] for name in body} == body


# Errors


@pytest.mark.parametrize("code", [*ERRORS, "UnrecognizedClientException"])
async def test_every_error_has_the_response_of_boto3(code: str) -> None:
    for body in (
        {"__type": code, "message": "no", "reasonCode": "because", "Newer": 1},
        {"__type": f"com.amazonaws#{code}", "Message": "no", "reasonCode": None},
    ):
        failure = response(400, body)
        expected = theirs("AdminGetUser", ANA, failure)
        assert without_retries(await ours("AdminGetUser", ANA, failure)) == without_retries(expected)
        assert expected["Error"]["Code"] == code


def without_retries(response: dict[str, Any]) -> dict[str, Any]:
    """Return the response of an error without what depends on the retries."""
    retries = ("RetryAttempts", "MaxAttemptsReached")
    metadata = {key: value for key, value in response["ResponseMetadata"].items() if key not in retries}
    return response | {"ResponseMetadata": metadata}


@EXAMPLES
@given(
    status=st.sampled_from([400, 403, 404, 409, 413]),
    message=st.dictionaries(
        st.sampled_from(["message", "Message"]), TEXT.filter(bool), min_size=1, max_size=1
    ),
    more=st.dictionaries(st.sampled_from(["reasonCode", "other"]), TEXT, max_size=2),
)
async def test_the_response_of_an_error_has_the_modeled_members_at_the_top(
    status: int, message: dict[str, str], more: dict[str, str]
) -> None:
    failure = response(status, {"__type": "InvalidParameterException"} | message | more)
    assert await ours("AdminGetUser", ANA, failure) == theirs("AdminGetUser", ANA, failure)


async def test_after_the_last_attempt_boto3_only_adds_that_it_was_the_last() -> None:
    failure = response(503, {"__type": "ServiceUnavailable", "message": "later"})
    expected = theirs("AdminGetUser", ANA, failure)
    assert expected["ResponseMetadata"].pop("MaxAttemptsReached") is True
    assert expected["ResponseMetadata"]["RetryAttempts"] == ATTEMPTS - 1
    assert await ours("AdminGetUser", ANA, failure) == expected


def test_an_error_without_http_response_has_a_response_too() -> None:
    assert errors.UserNotFoundException("no such user").response == {
        "Error": {"Message": "no such user", "Code": "UserNotFoundException"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}, "RetryAttempts": 0},
    }
