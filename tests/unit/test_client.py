"""The client: settings, requests, responses and lifetime."""

from __future__ import annotations

import json
import pickle
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, get_type_hints

import anyio
import pytest
from aioresponses import aioresponses

import cognito_async
from cognito_async import CognitoClient, Credentials, types
from cognito_async._model import Request
from cognito_async.errors import (
    ClientClosedError,
    ConfigurationError,
    CredentialsError,
    InvalidRequestError,
    InvalidResponseError,
    ServiceError,
    UserNotFoundException,
)
from cognito_async.operations import AllOperations
from support.calls import POOL, get_user
from support.transports import (
    CREDENTIALS,
    REGION,
    FakeClock,
    ScriptedTransport,
    always,
    client_with,
    error_response,
    http_response,
)

URL = "https://cognito-idp.eu-west-1.amazonaws.com"


# Settings


def test_arguments_have_type_hints_at_runtime() -> None:
    hints = get_type_hints(CognitoClient.__init__)
    assert (hints["region"], hints["hooks"]) == (str | None, Sequence[Any])


@pytest.mark.parametrize(
    ("argument", "variables", "region"),
    [
        ("eu-north-1", {"AWS_REGION": "eu-west-3"}, "eu-north-1"),
        (None, {"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-3"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        (None, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    ],
)
async def test_the_region_comes_from_argument_then_environment(
    monkeypatch: pytest.MonkeyPatch, argument: str | None, variables: dict[str, str], region: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    transport = ScriptedTransport()
    await get_user(client_with(transport, region=argument))
    assert transport.sent[0].url == f"https://cognito-idp.{region}.amazonaws.com"
    assert f"/{region}/cognito-idp/aws4_request" in transport.headers["Authorization"]


async def test_the_error_of_a_missing_region_names_the_ways_to_set_it() -> None:
    transport = ScriptedTransport()
    with pytest.raises(ConfigurationError, match=r"region=.*AWS_REGION.*AWS_DEFAULT_REGION"):
        await get_user(client_with(transport, region=None))
    assert transport.sent == []


async def test_an_unsigned_operation_needs_no_region_with_an_endpoint() -> None:
    transport = ScriptedTransport()
    client = client_with(transport, region=None, endpoint_url="http://127.0.0.1:5000")
    await client.get_user(access_token="t")
    assert transport.sent[0].url == "http://127.0.0.1:5000"
    with pytest.raises(ConfigurationError, match="no region"):
        await get_user(client)


async def test_the_error_of_missing_credentials_names_the_ways_to_set_them() -> None:
    transport = ScriptedTransport()
    with pytest.raises(CredentialsError, match=r"credentials=.*AWS_ACCESS_KEY_ID.*AWS_SECRET_ACCESS_KEY"):
        await get_user(client_with(transport, credentials=None))
    assert transport.sent == []


async def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    transport = ScriptedTransport()
    await get_user(client_with(transport, credentials=None))
    assert "Credential=AKIDENVIRONMENT/" in transport.headers["Authorization"]
    assert transport.headers["X-Amz-Security-Token"] == "token"


def test_every_argument_is_keyword_only_and_optional() -> None:
    CognitoClient()
    with pytest.raises(TypeError):
        CognitoClient("eu-west-1")  # type: ignore[misc]


@pytest.mark.parametrize("name", ["AdminGetUser", "GetUser"])
async def test_a_request_has_the_headers_of_the_api(name: str) -> None:
    transport = ScriptedTransport()
    client = client_with(transport)
    if name == "AdminGetUser":
        await get_user(client)
    else:
        await client.get_user(access_token="t")
    headers = dict(transport.headers)
    for name_of_header in ("Authorization", "X-Amz-Date"):
        assert (headers.pop(name_of_header, None) is not None) is (name == "AdminGetUser")
    assert headers.pop("User-Agent").startswith(f"cognito_async/{cognito_async.__version__} ua/2.1 os/")
    assert uuid.UUID(headers.pop("amz-sdk-invocation-id")).version == 4
    assert headers == {
        "amz-sdk-request": "attempt=1; max=3",
        "Host": "cognito-idp.eu-west-1.amazonaws.com",
        "Accept-Encoding": "identity",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{name}",
    }


# Requests


async def test_an_invalid_request_raises_before_credentials_are_fetched() -> None:
    async def must_not_be_called() -> Credentials:
        raise AssertionError("credentials were requested")

    transport = ScriptedTransport()
    client = client_with(transport, credentials=must_not_be_called)
    with pytest.raises(InvalidRequestError, match="username: expected str, got int 5"):
        await client.admin_get_user(user_pool_id=POOL, username=5)  # type: ignore[arg-type]
    assert transport.sent == []


async def test_a_request_object_can_be_sent() -> None:
    transport = always(b'{"Username":"ana"}')
    response = await client_with(transport).send(types.AdminGetUserRequest(user_pool_id=POOL, username="ana"))
    assert response.username == "ana"
    assert transport.json == {"UserPoolId": POOL, "Username": "ana"}


@pytest.mark.parametrize("request_", [{"UserPoolId": POOL}, None, types.AttributeType(name="a")])
async def test_only_request_objects_can_be_sent(request_: Any) -> None:
    with pytest.raises(InvalidRequestError, match="expected a request"):
        await client_with(ScriptedTransport()).send(request_)


async def test_a_request_class_without_an_operation_cannot_be_sent() -> None:
    class CustomRequest(Request[Any]):
        __slots__ = ()

    transport = ScriptedTransport()
    with pytest.raises(InvalidRequestError, match="send: CustomRequest belongs to no operation"):
        await client_with(transport).send(CustomRequest())
    assert transport.sent == []


# Operations called by their name in the API


async def test_call_takes_and_returns_the_dicts_of_boto3() -> None:
    transport = ScriptedTransport(http_response(body={"Username": "ana", "UserCreateDate": 5}))
    result = await client_with(transport).call("AdminGetUser", {"UserPoolId": POOL, "Username": "ana"})
    assert transport.json == {"UserPoolId": POOL, "Username": "ana"}
    assert result == {
        "Username": "ana",
        "UserAttributes": [],
        "UserCreateDate": datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC),
        "ResponseMetadata": {
            "RequestId": "request-1",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"x-amzn-requestid": "request-1"},
            "RetryAttempts": 0,
        },
    }


async def test_call_retries_and_takes_the_options_of_its_view() -> None:
    throttled = error_response("TooManyRequestsException")
    transport = ScriptedTransport(throttled)
    client = client_with(transport, FakeClock())
    result = await client.call("ListUserPools", {"MaxResults": 1})
    assert (len(transport.sent), result["ResponseMetadata"]["RetryAttempts"]) == (2, 1)
    transport.steps.append(throttled)
    with pytest.raises(ServiceError):
        await client.with_options(retries=0).call("ListUserPools", {"MaxResults": 1})


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("AdminGetUsr", {}, "call: there is no operation 'AdminGetUsr', did you mean 'AdminGetUser'?"),
        ("admin_get_user", {}, "call: there is no operation 'admin_get_user', did you mean 'AdminGetUser'?"),
        ("x", {}, "call: there is no operation 'x'; names are those of the API, such as 'AdminGetUser'"),
        (
            {"Password": "canary"},
            {},
            "call: expected the name of an operation such as 'AdminGetUser', got dict",
        ),
        (
            "AdminGetUser",
            {"UserPoolId": POOL},
            "AdminGetUserRequest: Username: required, but missing or None",
        ),
        ("AdminGetUser", None, "expected AdminGetUserRequest or a dict in wire form, got NoneType"),
    ],
)
async def test_call_rejects_unknown_operations_and_invalid_parameters(
    operation: Any, parameters: Any, message: str
) -> None:
    transport = ScriptedTransport()
    with pytest.raises(InvalidRequestError) as caught:
        await client_with(transport).call(operation, parameters)
    assert message in str(caught.value)
    assert "canary" not in str(caught.value)
    assert transport.sent == []


async def test_call_keeps_a_value_of_an_unexpected_type() -> None:
    body = {"Username": "ana", "Enabled": "perhaps", "UserAttributes": [5]}
    client = client_with(ScriptedTransport(http_response(body=body)))
    result = await client.call("AdminGetUser", {"UserPoolId": POOL, "Username": "ana"})
    del result["ResponseMetadata"]
    assert result == body


async def test_the_operations_without_a_client_cannot_be_called() -> None:
    with pytest.raises(NotImplementedError):
        await AllOperations().list_users(user_pool_id=POOL)


async def test_unknown_parameters_are_a_type_error() -> None:
    client = client_with(ScriptedTransport())
    with pytest.raises(TypeError, match="user_pool"):
        await client.admin_get_user(user_pool=POOL, username="ana")  # type: ignore[call-arg]


# Responses


async def test_a_response_has_its_metadata() -> None:
    transport = always(b'{"Username":"ana"}', headers={"date": "today"})
    response = await get_user(client_with(transport))
    metadata = response.response_metadata
    assert (metadata.request_id, metadata.http_status, metadata.attempts) == ("request-1", 200, 1)
    assert metadata.headers["date"] == "today"


async def test_an_operation_without_output_has_metadata_too() -> None:
    response = await client_with(always(b"")).delete_user(access_token="t")
    assert isinstance(response, types.EmptyResponse)
    assert response.response_metadata.request_id == "request-1"


async def test_a_modeled_error_is_raised_as_its_class() -> None:
    body = json.dumps({"__type": "ns#UserNotFoundException:http://x", "message": "No such user."}).encode()
    with pytest.raises(UserNotFoundException) as caught:
        await get_user(client_with(always(body, 400)))
    error = caught.value
    assert (error.code, error.message, error.operation) == (
        "UserNotFoundException",
        "No such user.",
        "AdminGetUser",
    )
    assert (error.status, error.request_id, error.attempts) == (400, "request-1", 1)
    assert not error.retryable
    assert "request-1" in str(error)


async def test_an_unknown_error_keeps_its_code() -> None:
    with pytest.raises(ServiceError) as caught:
        await get_user(client_with(always(b'{"__type":"NewException"}', 400)))
    assert type(caught.value) is ServiceError
    assert caught.value.code == "NewException"


@pytest.mark.parametrize(
    "body", [b"<html>secret</html>", b'{"Users":[', b"null", b"[]", b'"text"', b"5", b"\xff"]
)
async def test_a_success_with_an_invalid_body_is_an_invalid_response_error(body: bytes) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        await get_user(client_with(always(body)))
    error = caught.value
    assert (error.operation, error.status, error.request_id) == ("AdminGetUser", 200, "request-1")
    assert "secret" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("status", [300, 301, 400, 403, 405, 413, 429, 500, 503, 599])
@pytest.mark.parametrize("body", [b"", b"<html>secret</html>", b'{"__type":', b"null", b"[]", b"\xff"])
async def test_a_failure_with_an_invalid_body_has_the_status_as_code(status: int, body: bytes) -> None:
    with pytest.raises(ServiceError) as caught:
        await get_user(client_with(always(body, status), retry_mode="off"))
    assert (caught.value.code, caught.value.status) == (str(status), status)
    assert "secret" not in str(caught.value)


# Through aiohttp


async def test_a_call_goes_through_aiohttp_and_back() -> None:
    with aioresponses() as service:
        service.post(URL, payload={"Username": "ana"}, headers={"x-amzn-RequestId": "r-7"})
        async with CognitoClient(region=REGION, credentials=CREDENTIALS) as client:
            response = await get_user(client)
    assert response.username == "ana"
    assert response.response_metadata.request_id == "r-7"
    assert response.response_metadata.headers["x-amzn-requestid"] == "r-7"


async def test_an_error_response_goes_through_aiohttp() -> None:
    with aioresponses() as service:
        service.post(URL, status=400, payload={"__type": "UserNotFoundException", "message": "gone"})
        async with CognitoClient(region=REGION, credentials=CREDENTIALS) as client:
            with pytest.raises(UserNotFoundException, match="gone"):
                await get_user(client)


async def test_the_code_of_the_header_is_used_if_the_body_has_none() -> None:
    with aioresponses() as service:
        service.post(URL, status=400, headers={"x-amzn-ErrorType": "UserNotFoundException:http://x"})
        async with CognitoClient(region=REGION, credentials=CREDENTIALS) as client:
            with pytest.raises(UserNotFoundException):
                await get_user(client)


async def test_a_redirect_is_not_followed() -> None:
    with aioresponses() as service:
        service.post(URL, status=307, headers={"Location": "https://example.com/"})
        async with CognitoClient(region=REGION, credentials=CREDENTIALS) as client:
            with pytest.raises(ServiceError) as caught:
                await get_user(client)
    assert caught.value.status == 307


# Lifetime


async def test_a_client_works_without_async_with() -> None:
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    with aioresponses() as service:
        service.post(URL, payload={"Username": "ana"})
        assert (await get_user(client)).username == "ana"
    await client.close()


async def test_a_closed_client_raises_at_a_call_and_can_be_closed_again() -> None:
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client.close()
    await client.close()
    with pytest.raises(ClientClosedError, match="closed"):
        await get_user(client)


def test_secrets_are_not_in_repr() -> None:
    credentials = Credentials(access_key_id="AKID", secret_access_key="canary", session_token="canary")
    assert "canary" not in repr(credentials)
    assert "canary" not in repr(CognitoClient(region=REGION, credentials=credentials))


# Without asyncio, and repr


def test_a_call_without_asyncio_says_what_is_needed() -> None:
    client = CognitoClient(region=REGION, timeout=None)
    text = r"^CognitoClient needs a running asyncio event loop: .*asyncio\.run\(main\(\)\)\. trio does not work; anyio"
    for view in (client, client.with_options(timeout=5)):
        with pytest.raises(RuntimeError, match=text):
            get_user(view).send(None)
        with pytest.raises(RuntimeError, match=text):
            view.close().send(None)


def test_a_call_works_with_anyio_on_asyncio() -> None:
    async def main() -> str:
        async with client_with(ScriptedTransport()) as client:
            return (await get_user(client)).response_metadata.request_id or ""

    assert anyio.run(main, backend="asyncio") == "request-1"


async def test_repr_shows_region_and_endpoint_before_and_after_the_first_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    client = client_with(ScriptedTransport(), region=None)
    expected = "CognitoClient(region='eu-north-1', endpoint='https://cognito-idp.eu-north-1.amazonaws.com')"
    assert repr(client) == repr(client.with_options(retries=0)) == expected
    await get_user(client)
    assert repr(client) == str(client) == expected


async def test_repr_of_a_client_whose_region_is_in_a_profile_is_complete_after_the_first_call(
    shared_files: Callable[..., None],
) -> None:
    shared_files(config="[default]\nregion = eu-west-3\n")
    client = client_with(ScriptedTransport(), region=None)
    assert repr(client) == "CognitoClient(region=None, endpoint=None)"
    await get_user(client)
    assert repr(client) == (
        "CognitoClient(region='eu-west-3', endpoint='https://cognito-idp.eu-west-3.amazonaws.com')"
    )


def test_repr_shows_no_secret_and_the_name_of_a_subclass() -> None:
    class Subclass(CognitoClient):
        pass

    client = Subclass(
        region=REGION,
        endpoint_url="https://gateway.example/idp?key=hunter2",
        proxy="http://user:hunter2@proxy.example",
        credentials=Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="hunter2"),
    )
    assert repr(client) == "Subclass(region='eu-west-1', endpoint='https://gateway.example/idp?***')"
