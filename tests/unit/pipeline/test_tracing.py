"""Headers that identify a call: its attempts, and the X-Ray trace on AWS Lambda."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import uuid

import pytest

from cognito_async._pipeline.state import Effects
from cognito_async._pipeline.tracing import invocation_id
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


def test_the_id_of_a_call_is_a_random_uuid() -> None:
    ids = [invocation_id() for _ in range(100)]
    assert len(set(ids)) == len(ids)
    for text in ids:
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, uuid.RFC_4122)


async def test_a_call_with_retries_leaves_the_program_s_random_numbers_unchanged(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, SERVER_ERROR, OK)
    client = client_with(transport, clock)
    client._pipeline.effects = clock.effects._replace(random=Effects().random)
    before = random.getstate()
    try:
        await get_user(client)
        assert len(clock.slept) == 2
        assert random.getstate() == before
    finally:
        random.setstate(before)


def test_programs_with_the_same_seed_send_different_ids_and_wait_for_different_times() -> None:
    def draw() -> tuple[str, float]:
        random.seed(1)
        return invocation_id(), Effects().random()

    before = random.getstate()
    try:
        first, second = draw(), draw()
    finally:
        random.setstate(before)
    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_processes_send_different_ids_and_wait_for_different_times() -> None:
    # In a process of its own, because this one may have threads.
    code = """
import json, os
from cognito_async._pipeline.state import Effects
from cognito_async._pipeline.tracing import invocation_id
effects = Effects()
draw = lambda: (invocation_id(), effects.random())
draw()
drawn = []
for _ in range(2):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(draw()).encode())
        os._exit(0)
    os.wait()
    os.close(writing)
    with open(reading) as file:
        drawn.append(json.load(file))
print(json.dumps([*drawn, draw()]))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ids, delays = zip(*json.loads(result.stdout), strict=True)
    assert len(set(ids)) == 3
    assert len(set(delays)) == 3


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
