"""For any body, a call returns a response or raises a documented error without secrets."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_async import errors, retry, types
from cognito_async._codec.codec import UndecodableError, decode
from cognito_async._model import Request, Response
from cognito_async._pipeline.error_response import service_error
from cognito_async.errors import CognitoError, InvalidRequestError, ServiceError
from fuzz.malformed import CANARY, MALFORMED_BYTES, bodies, bodies_of, damaged
from support.strategies import operation_names
from support.transports import FakeClock, always, client_with

POOL = "eu-west-1_AbC123"
# Those of this package; the installed botocore may have others.
OPERATIONS = {
    request.operation.name: request.operation
    for request in (getattr(types, name) for name in types.__all__)
    if isinstance(request, type) and issubclass(request, Request)
}
DOCUMENT = b'{"ManagedLoginBranding":{"Settings":%s}}'
BLOB = b'{"ManagedLoginBranding":{"Assets":[{"Bytes":%s}]}}'
HEADERS = [
    "content-type",
    "date",
    "x-amz-retry-after",
    "x-amzn-errortype",
    "x-amzn-requestid",
    "content-length",
]


def headers() -> st.SearchStrategy[dict[str, str]]:
    valid = st.sampled_from(["Wed, 29 Jul 2026 00:00:00 GMT", "UserNotFoundException:http://a", "1500"])
    nearly_valid = damaged(valid.map(str.encode)).map(lambda raw: raw.decode("latin-1"))
    values = valid | nearly_valid | st.text() | st.sampled_from(["", "-1", "9" * 5000, "\u0661", "a#b:c"])
    return st.dictionaries(st.sampled_from(HEADERS), values)


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of a function, or the expected error that it raises."""
    try:
        return function(*arguments)
    except (CognitoError, UndecodableError) as error:
        return error


# Responses

RESPONSES = st.sampled_from(sorted(operation_names())).flatmap(
    lambda name: st.tuples(st.just(name), bodies_of(name))
)


@given(RESPONSES)
@example(("DescribeManagedLoginBranding", DOCUMENT % (b"[" * 990 + b"]" * 990)))
@example(("DescribeManagedLoginBranding", DOCUMENT % (b"[" * 100_000 + b"]" * 100_000)))
@example(("ListUsers", b'{"Users":[{"UserCreateDate":1e300,"Enabled":"maybe"}]}'))
@example(("ListUsers", b'{"Users":[{"UserCreateDate":"9999-12-31T23:59:59-14:00","Enabled":"maybe"}]}'))
@example(("DescribeManagedLoginBranding", BLOB % '"é"'.encode()))
@example(("ListUsers", b'{"Users":[{"UserCreateDate":' + b"9" * 5000 + b"}]}"))
@example(("ListUsers", b'{"Users":[{"UserCreateDate":"' + b"9" * 5000 + b'"}],"Users":1}'))
def test_every_body_is_a_response_or_undecodable(response: tuple[str, bytes]) -> None:
    name, body = response
    shape = OPERATIONS[name].response
    result = outcome(decode, shape, body)
    assert type(result) in (shape, UndecodableError)
    if type(result) is UndecodableError:
        assert CANARY not in f"{result} {result!r}"


@given(RESPONSES)
def test_every_response_has_a_repr_pickles_and_converts(response: tuple[str, bytes]) -> None:
    name, body = response
    response = outcome(decode, OPERATIONS[name].response, body)
    if not isinstance(response, Response):
        return
    try:
        assert repr(response).startswith(type(response).__name__)
        assert type(pickle.loads(pickle.dumps(response))) is type(response)
    except RecursionError:
        assert body.count(b"[") + body.count(b"{") > 100  # Python's own limit for nested values
    wire = outcome(response.to_wire)
    if isinstance(wire, Exception):
        assert type(wire) is InvalidRequestError
    else:
        assert outcome(lambda: type(response).from_wire(wire).to_wire()) == wire


@given(bodies(), st.integers(200, 299), headers())
async def test_every_successful_response_is_returned_or_an_invalid_response_error(
    body: bytes, status: int, received: dict[str, str]
) -> None:
    client = client_with(always(body, status, received))
    calls = client.list_users(user_pool_id=POOL), client.admin_delete_user(user_pool_id=POOL, username="ana")
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, BaseException):
            assert type(result) is errors.InvalidResponseError
            assert CANARY not in f"{result} {result!r}"
        else:
            assert result.response_metadata.http_status == status


# Errors


@given(bodies(), st.integers(-1, 1000) | st.integers(400, 504), headers())
@example(b'{"__type":"UserNotFoundException","message":' + b"9" * 5000 + b"}", 400, {})
@example(b"\xff\xfe" + '{"message": "wide"}'.encode("utf-16-le"), 400, {})
def test_every_error_body_is_a_service_error(body: bytes, status: int, received: dict[str, str]) -> None:
    error = service_error("AdminGetUser", status=status, headers=received, body=body, attempts=1)
    assert isinstance(error, ServiceError)
    assert error.code
    assert isinstance(error.message, str)
    assert str(error).startswith("AdminGetUser failed with ")
    if not error.members:
        assert CANARY not in f"{error} {error!r}"
    for name in dir(type(error)):
        if isinstance(getattr(type(error), name), property):
            getattr(error, name)  # raises no exception
    assert 0 <= retry.retry_delay(error, 3, 1.0) <= retry._MAX_DELAY + 5
    assert retry.retry_cost(error) in (retry._RETRY_COST, retry._THROTTLING_COST)


@given(bodies(), st.integers(300, 599), headers() | st.just({"x-amzn-errortype": "RequestExpired"}))
async def test_every_error_response_is_raised_as_a_service_error(
    body: bytes, status: int, received: dict[str, str]
) -> None:
    transport = always(body, status, received)
    client = client_with(transport, FakeClock(), retry_mode="adaptive")
    with pytest.raises(ServiceError) as caught:
        await client.admin_get_user(user_pool_id=POOL, username="ana")
    error: Any = caught.value
    assert (error.status, error.attempts) == (status, len(transport.sent))


def test_the_malformed_bytes_are_undecodable() -> None:
    for body in MALFORMED_BYTES[1:]:
        with pytest.raises(UndecodableError):
            decode(types.ListUsersResponse, body)
