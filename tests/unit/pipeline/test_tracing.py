"""Headers that identify a call: its attempts, and the X-Ray trace on AWS Lambda."""

from __future__ import annotations

import uuid

import pytest

from cognito_async import CognitoClient, types
from support.transports import FakeClock, ScriptedTransport, client_with, error_response, http_response

OK = http_response(200, {"Username": "ana"})
THROTTLED = error_response("TooManyRequestsException")
BROKEN = error_response("InternalErrorException", 500)


async def get_user(client: CognitoClient) -> types.AdminGetUserResponse:
    return await client.admin_get_user(user_pool_id="eu-west-1_AbC123", username="ana")


async def test_every_attempt_has_its_number_and_the_attempts_of_a_call_one_id(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, BROKEN, OK)
    client = client_with(transport, clock)
    await get_user(client)
    await get_user(client)
    sent = [request.headers for request in transport.sent]
    assert [headers["amz-sdk-request"] for headers in sent] == [
        "attempt=1; max=3",
        "attempt=2; max=3",
        "attempt=3; max=3",
        "attempt=1; max=3",
    ]
    ids = [headers["amz-sdk-invocation-id"] for headers in sent]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert {uuid.UUID(text).version for text in ids} == {4}


async def test_on_lambda_every_request_carries_the_trace(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    transport = ScriptedTransport()
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    await get_user(client_with(transport, clock))
    assert "X-Amzn-Trace-Id" not in transport.headers
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "function")
    client = client_with(transport, clock)
    await get_user(client)
    assert transport.headers["X-Amzn-Trace-Id"] == trace
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "a\r\nX-Evil: ü")
    await get_user(client)
    assert transport.headers["X-Amzn-Trace-Id"] == "a%0D%0AX-Evil:%20%C3%BC"
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    await get_user(client)
    assert "X-Amzn-Trace-Id" not in transport.headers
