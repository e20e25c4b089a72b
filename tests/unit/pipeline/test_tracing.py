"""Headers that identify a call: its attempts, and the X-Ray trace on AWS Lambda."""

from __future__ import annotations

import uuid

import pytest

from support.calls import OK, SERVER_ERROR, THROTTLED, get_user
from support.transports import FakeClock, ScriptedTransport, client_with


async def test_every_attempt_has_its_number_and_the_attempts_of_a_call_one_id(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, SERVER_ERROR, OK)
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


async def test_outside_lambda_the_trace_is_not_sent(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")
    transport = ScriptedTransport()
    await get_user(client_with(transport, clock))
    assert "X-Amzn-Trace-Id" not in transport.headers


async def test_on_lambda_every_request_has_the_header_of_the_current_trace(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    transport = ScriptedTransport()
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
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
