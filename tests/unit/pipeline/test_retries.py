"""Retries of a call: which errors, how often, after what delay, and what the result reports."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient, errors
from cognito_async._errors.service import THROTTLING_CODES, TRANSIENT_CODES
from cognito_async.transport import HTTPResponse
from support.calls import (
    OK,
    SERVER_ERROR,
    THROTTLED,
    confirm_sign_up,
    get_user,
    respond_to_challenge,
    sign_up,
)
from support.transports import FakeClock, ScriptedTransport, client_with, error_response, http_response

# Attempts


@pytest.mark.parametrize("call", [get_user, sign_up, confirm_sign_up, respond_to_challenge])
async def test_a_response_after_two_throttling_errors_reports_attempts_and_reasons(
    clock: FakeClock, call: Any
) -> None:
    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    response = await call(client_with(transport, clock))
    assert len(transport.sent) == 3
    assert response.response_metadata.attempts == 3
    assert response.response_metadata.retry_reasons == ("TooManyRequestsException",) * 2
    assert clock.slept == [1.0, 2.0]


async def test_a_first_success_has_one_attempt_and_no_reasons(clock: FakeClock) -> None:
    metadata = (await get_user(client_with(ScriptedTransport(OK), clock))).response_metadata
    assert (metadata.attempts, metadata.retry_reasons) == (1, ())
    assert clock.slept == []


@pytest.mark.parametrize("random", [0.0, 0.3])
async def test_the_delay_is_random(random: float) -> None:
    clock = FakeClock(random=random)
    await get_user(client_with(ScriptedTransport(SERVER_ERROR, THROTTLED, OK), clock))
    assert clock.slept == [pytest.approx(0.05 * random), pytest.approx(2 * random)]


async def test_a_delay_that_the_service_requests_is_applied(clock: FakeClock) -> None:
    slow_down = error_response("TooManyRequestsException", x_amz_retry_after="4000")
    await get_user(client_with(ScriptedTransport(slow_down, OK), clock))
    assert clock.slept == [4.0]


@pytest.mark.parametrize(
    "code",
    [
        "LimitExceededException",
        "CodeMismatchException",
        "ExpiredCodeException",
        "NotAuthorizedException",
        "ServiceQuotaExceededException",
        "TooManyFailedAttemptsException",
        "UserNotFoundException",
    ],
)
async def test_errors_that_a_retry_cannot_fix_are_not_retried(clock: FakeClock, code: str) -> None:
    transport = ScriptedTransport(error_response(code), OK)
    with pytest.raises(errors.ServiceError) as caught:
        await sign_up(client_with(transport, clock))
    assert caught.value.code == code
    assert (caught.value.attempts, caught.value.retry_reasons) == (1, ())
    assert len(transport.sent) == 1
    assert clock.slept == []


# Failures after which the service may have carried out the request.
MAYBE_ARRIVED = [
    errors.ReadTimeoutError("late"),
    errors.ConnectionLostError("gone"),
    SERVER_ERROR,
    http_response(502),
    http_response(503),
    http_response(504),
]
NOT_ARRIVED = [
    errors.ConnectError("no"),
    errors.ConnectTimeoutError("no"),
    errors.ProxyError("no"),
    THROTTLED,
    http_response(429),
]


def step_id(step: Any) -> str:
    """Return a name for a step of a script, for the ids of parameters."""
    return step.body.decode() + str(step.status) if isinstance(step, HTTPResponse) else type(step).__name__


@pytest.mark.parametrize("step", MAYBE_ARRIVED, ids=step_id)
@pytest.mark.parametrize("call", [confirm_sign_up, respond_to_challenge])
async def test_operations_that_are_not_idempotent_are_not_retried_if_the_request_may_have_arrived(
    clock: FakeClock, step: Any, call: Any
) -> None:
    transport = ScriptedTransport(step, OK)
    with pytest.raises((errors.TransportError, errors.ServiceError)) as caught:
        await call(client_with(transport, clock))
    assert len(transport.sent) == 1
    assert caught.value.attempts == 1
    assert transport.resend == [False]


@pytest.mark.parametrize("step", NOT_ARRIVED, ids=step_id)
@pytest.mark.parametrize("call", [confirm_sign_up, respond_to_challenge])
async def test_operations_that_are_not_idempotent_are_retried_if_the_request_cannot_have_arrived(
    clock: FakeClock, step: Any, call: Any
) -> None:
    transport = ScriptedTransport(step, OK)
    response = await call(client_with(transport, clock))
    assert response.response_metadata.attempts == 2
    assert transport.resend == [False, False]


def all_failures() -> list[Any]:
    """Return a failure of each kind: transport errors, statuses and codes, with and without a body."""
    steps: list[Any] = [
        kind("failed")
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.TransportError)
    ]
    codes = [name for name in errors.__all__ if name.endswith("Exception")]
    codes += [*THROTTLING_CODES, *TRANSIENT_CODES, "InvalidSignatureException", "SomethingNew"]
    statuses = (301, 307, 400, 401, 403, 404, 407, 408, 409, 413, 429, 500, 501, 502, 503, 504, 509, 599)
    for status in statuses:
        steps += [http_response(status), HTTPResponse(status, {}, b"<html>")]
        steps += [error_response(code, status) for code in codes]
    return [*steps, HTTPResponse(200, {}, b"<html>")]


@pytest.mark.parametrize("retry_mode", ["standard", "adaptive"])
@pytest.mark.parametrize("call", [confirm_sign_up, respond_to_challenge])
async def test_no_failure_sends_an_operation_twice_that_is_not_idempotent_unless_it_was_not_carried_out(
    call: Any, retry_mode: str
) -> None:
    for step in all_failures():
        clock = FakeClock(random=0.0)
        transport = ScriptedTransport(step, OK)
        client = client_with(transport, clock, retry_mode=retry_mode, timeout=None)
        try:
            await call(client)
        except errors.CognitoError as error:
            outcome: errors.CognitoError | None = error
        else:
            outcome = None
        if isinstance(step, errors.TransportError):
            rejected = step.retryable and not step.may_have_arrived
        else:
            code = json.loads(step.body)["__type"] if b"__type" in step.body else ""
            in_model = hasattr(errors, code)
            rejected = code in THROTTLING_CODES or (step.status == 429 and not in_model)
        assert len(transport.sent) == (2 if rejected else 1), (step_id(step), outcome)
        assert set(transport.resend) == {False}


@pytest.mark.parametrize("step", [*MAYBE_ARRIVED, *NOT_ARRIVED], ids=step_id)
@pytest.mark.parametrize("call", [get_user, sign_up])
async def test_idempotent_operations_are_retried(clock: FakeClock, step: Any, call: Any) -> None:
    transport = ScriptedTransport(step, OK)
    response = await call(client_with(transport, clock))
    assert response.response_metadata.attempts == 2
    assert transport.resend == [True, True]


@pytest.mark.parametrize(
    "step",
    [
        errors.TLSError("no"),
        errors.ResponseTooLargeError("much"),
        errors.TransportError("unexpected"),
        errors.ClientClosedError("closed"),
    ],
    ids=step_id,
)
async def test_transport_errors_that_a_retry_cannot_fix_are_not_retried(
    clock: FakeClock, step: errors.TransportError
) -> None:
    transport = ScriptedTransport(step, OK)
    with pytest.raises(type(step)) as caught:
        await get_user(client_with(transport, clock))
    assert caught.value is step
    assert len(transport.sent) == 1


async def test_the_last_error_is_raised_and_reports_attempts_and_reasons(clock: FakeClock) -> None:
    transport = ScriptedTransport(errors.ReadTimeoutError("late"), THROTTLED, SERVER_ERROR, OK)
    with pytest.raises(errors.InternalErrorException) as caught:
        await get_user(client_with(transport, clock))
    error = caught.value
    assert (error.operation, error.attempts) == ("AdminGetUser", 3)
    assert error.retry_reasons == ("ReadTimeoutError", "TooManyRequestsException")
    assert "3 attempts" in str(error)
    assert len(transport.sent) == 3


async def test_a_last_transport_error_reports_attempts_and_reasons_too(clock: FakeClock) -> None:
    transport = ScriptedTransport(
        SERVER_ERROR, errors.ConnectError("refused"), errors.ConnectError("refused")
    )
    with pytest.raises(errors.ConnectError) as caught:
        await get_user(client_with(transport, clock))
    error = caught.value
    assert (error.operation, error.attempts) == ("AdminGetUser", 3)
    assert error.retry_reasons == ("InternalErrorException", "ConnectError")
    assert str(error) == (
        "AdminGetUser failed: refused (3 attempts, retried after InternalErrorException and ConnectError). "
        + errors.ConnectError.advice
    )


async def test_the_error_of_an_undecodable_response_reports_attempts_and_reasons(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, HTTPResponse(200, {}, b"<html>"))
    with pytest.raises(errors.InvalidResponseError) as caught:
        await get_user(client_with(transport, clock))
    assert caught.value.attempts == 2
    assert caught.value.retry_reasons == ("TooManyRequestsException",)
    assert len(transport.sent) == 2


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_max_attempts_includes_the_first_attempt(clock: FakeClock, attempts: int) -> None:
    transport = ScriptedTransport(*[THROTTLED] * 9)
    with pytest.raises(errors.TooManyRequestsException):
        await get_user(client_with(transport, clock, max_attempts=attempts))
    assert len(transport.sent) == attempts


@pytest.mark.parametrize("arguments", [{"retry_mode": "off"}, {"retry_mode": "off", "max_attempts": 5}])
@pytest.mark.parametrize("step", [THROTTLED, SERVER_ERROR, errors.ConnectError("no")], ids=step_id)
async def test_with_retries_off_every_request_is_sent_once(
    clock: FakeClock, arguments: dict[str, Any], step: Any
) -> None:
    transport = ScriptedTransport(step, OK)
    with pytest.raises(errors.CognitoError):
        await get_user(client_with(transport, clock, **arguments))
    assert len(transport.sent) == 1
    assert transport.headers["amz-sdk-request"] == "attempt=1; max=1"


async def test_max_attempts_may_come_from_the_profile(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_text("[default]\nmax_attempts = 2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    transport = ScriptedTransport(*[THROTTLED] * 9)
    with pytest.raises(errors.TooManyRequestsException):
        await get_user(client_with(transport, clock))
    assert len(transport.sent) == 2


# Retry quota


async def use_up_quota(client: CognitoClient, transport: ScriptedTransport, step: Any) -> None:
    """Make calls that fail, until they are no longer retried."""
    for _ in range(100):
        transport.sent.clear()
        transport.steps = [step] * 9
        with pytest.raises(errors.CognitoError):
            await get_user(client)
        if len(transport.sent) == 1:
            return
    raise AssertionError("the quota was not used up")


@pytest.mark.parametrize(
    ("step", "left"), [(SERVER_ERROR, 500 % 14), (THROTTLED, 0)], ids=["broken", "throttled"]
)
async def test_retries_of_all_views_stop_when_the_quota_is_used_up(
    clock: FakeClock, step: Any, left: int
) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    await use_up_quota(client, transport, step)
    assert client._pipeline._quota.tokens == left
    transport.steps = [step, OK]
    with pytest.raises(errors.ServiceError) as caught:
        await get_user(client.with_options(retries=9))
    assert caught.value.attempts == 1


async def test_successes_refill_the_quota(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    await use_up_quota(client, transport, THROTTLED)
    transport.steps = []
    for _ in range(5):
        await get_user(client)
    assert client._pipeline._quota.tokens == 5
    transport.steps = [THROTTLED, OK]
    assert (await get_user(client)).response_metadata.attempts == 2
    # A success after a retry returns its cost.
    assert client._pipeline._quota.tokens == 5


async def test_each_client_has_its_own_quota(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    await use_up_quota(client_with(transport, clock), transport, THROTTLED)
    transport.steps = [THROTTLED, OK]
    assert (await get_user(client_with(transport, clock))).response_metadata.attempts == 2


# Adaptive mode


async def test_in_adaptive_mode_throttling_delays_the_next_calls() -> None:
    clock = FakeClock(random=0.0)
    transport = ScriptedTransport()
    client = client_with(transport, clock, retry_mode="adaptive")
    for _ in range(10):
        await get_user(client)
        clock.now += 0.1
    assert clock.slept == []
    transport.steps = [THROTTLED]
    await get_user(client)
    clock.slept.clear()
    start = clock.now
    for _ in range(60):
        await get_user(client)
    assert clock.now - start > 1
    assert max(clock.slept) < 20


async def test_in_standard_mode_throttling_delays_no_other_call() -> None:
    clock = FakeClock(random=0.0)
    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    client = client_with(transport, clock)
    for _ in range(60):
        await get_user(client)
    assert sum(clock.slept) == 0


async def test_the_delay_of_adaptive_mode_counts_against_the_deadline() -> None:
    clock = FakeClock(random=0.0)
    transport = ScriptedTransport(THROTTLED, OK)
    client = client_with(transport, clock, retry_mode="adaptive")
    await get_user(client)

    async def sleep_forever(_seconds: float) -> None:
        await asyncio.Event().wait()

    client._pipeline.effects = clock.effects._replace(sleep=sleep_forever)
    sent = len(transport.sent)
    with pytest.raises(errors.RequestTimeoutError):
        await get_user(client.with_options(timeout=0.01))
    assert len(transport.sent) == sent
