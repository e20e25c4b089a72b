"""Calls: attempts, delays, the deadline, the clock and metadata."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import CognitoClient, Credentials, errors, retry, types
from cognito_async.transport import HTTPResponse
from support.transports import (
    CREDENTIALS,
    HANG,
    REGION,
    FakeClock,
    ScriptedTransport,
    client_with,
    error_response,
    http_response,
)

POOL = "eu-west-1_AbC123"
USER = {"Username": "ana"}
OK = http_response(200, USER)
THROTTLED = error_response("TooManyRequestsException")
BROKEN = error_response("InternalErrorException", 500)


async def get_user(client: CognitoClient) -> types.AdminGetUserResponse:
    return await client.admin_get_user(user_pool_id=POOL, username="ana")


async def sign_up(client: CognitoClient) -> Any:
    """An unsigned, idempotent operation."""
    return await client.sign_up(client_id="client", username="ana", password="password")


async def confirm(client: CognitoClient) -> Any:
    """An unsigned operation that uses up a code."""
    return await client.confirm_sign_up(client_id="client", username="ana", confirmation_code="123456")


async def respond_to_challenge(client: CognitoClient) -> Any:
    """A signed operation that uses up a session."""
    return await client.admin_respond_to_auth_challenge(
        user_pool_id=POOL, client_id="client", challenge_name="SMS_MFA"
    )


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# Retries


@pytest.mark.parametrize("call", [get_user, sign_up, confirm, respond_to_challenge])
async def test_a_response_after_two_throttling_errors_has_its_attempts_and_reasons(
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
    await get_user(client_with(ScriptedTransport(BROKEN, THROTTLED, OK), clock))
    assert clock.slept == [pytest.approx(0.05 * random), pytest.approx(2 * random)]


async def test_the_delay_is_that_requested_by_the_service(clock: FakeClock) -> None:
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


MAYBE_ARRIVED = [
    errors.ReadTimeoutError("late"),
    errors.ConnectionLostError("gone"),
    BROKEN,
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


def named(step: Any) -> str:
    return step.body.decode() + str(step.status) if isinstance(step, HTTPResponse) else type(step).__name__


@pytest.mark.parametrize("step", MAYBE_ARRIVED, ids=named)
@pytest.mark.parametrize("call", [confirm, respond_to_challenge])
async def test_operations_that_are_not_idempotent_are_not_retried_if_the_request_may_have_arrived(
    clock: FakeClock, step: Any, call: Any
) -> None:
    transport = ScriptedTransport(step, OK)
    with pytest.raises((errors.TransportError, errors.ServiceError)) as caught:
        await call(client_with(transport, clock))
    assert len(transport.sent) == 1
    assert caught.value.attempts == 1
    assert transport.resend == [False]


@pytest.mark.parametrize("step", NOT_ARRIVED, ids=named)
@pytest.mark.parametrize("call", [confirm, respond_to_challenge])
async def test_operations_that_are_not_idempotent_are_retried_if_the_request_cannot_have_arrived(
    clock: FakeClock, step: Any, call: Any
) -> None:
    transport = ScriptedTransport(step, OK)
    response = await call(client_with(transport, clock))
    assert response.response_metadata.attempts == 2
    assert transport.resend == [False, False]


@pytest.mark.parametrize("step", [*MAYBE_ARRIVED, *NOT_ARRIVED], ids=named)
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
    ids=named,
)
async def test_transport_errors_that_a_retry_cannot_fix_are_not_retried(
    clock: FakeClock, step: errors.TransportError
) -> None:
    transport = ScriptedTransport(step, OK)
    with pytest.raises(type(step)) as caught:
        await get_user(client_with(transport, clock))
    assert caught.value is step
    assert len(transport.sent) == 1


async def test_the_last_error_is_raised_with_attempts_and_reasons(clock: FakeClock) -> None:
    transport = ScriptedTransport(errors.ReadTimeoutError("late"), THROTTLED, BROKEN, OK)
    with pytest.raises(errors.InternalErrorException) as caught:
        await get_user(client_with(transport, clock))
    error = caught.value
    assert (error.operation, error.attempts) == ("AdminGetUser", 3)
    assert error.retry_reasons == ("ReadTimeoutError", "TooManyRequestsException")
    assert "3 attempts" in str(error)
    assert len(transport.sent) == 3


async def test_a_last_transport_error_has_attempts_and_reasons_too(clock: FakeClock) -> None:
    transport = ScriptedTransport(BROKEN, errors.ConnectError("refused"), errors.ConnectError("refused"))
    with pytest.raises(errors.ConnectError) as caught:
        await get_user(client_with(transport, clock))
    error = caught.value
    assert (error.operation, error.attempts) == ("AdminGetUser", 3)
    assert error.retry_reasons == ("InternalErrorException", "ConnectError")
    assert str(error) == (
        "AdminGetUser failed: refused (3 attempts, retried after InternalErrorException and ConnectError). "
        + errors.ConnectError.advice
    )


async def test_an_undecodable_response_has_attempts_and_reasons(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, HTTPResponse(200, {}, b"<html>"))
    with pytest.raises(errors.InvalidResponseError) as caught:
        await get_user(client_with(transport, clock))
    assert caught.value.attempts == 2
    assert caught.value.retry_reasons == ("TooManyRequestsException",)
    assert len(transport.sent) == 2


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_max_attempts_counts_the_first_one(clock: FakeClock, attempts: int) -> None:
    transport = ScriptedTransport(*[THROTTLED] * 9)
    with pytest.raises(errors.TooManyRequestsException):
        await get_user(client_with(transport, clock, max_attempts=attempts))
    assert len(transport.sent) == attempts


@pytest.mark.parametrize("arguments", [{"retry_mode": "off"}, {"retry_mode": "off", "max_attempts": 5}])
@pytest.mark.parametrize("step", [THROTTLED, BROKEN, errors.ConnectError("no")], ids=named)
async def test_with_retries_off_every_request_is_sent_once(
    clock: FakeClock, arguments: dict[str, Any], step: Any
) -> None:
    transport = ScriptedTransport(step, OK)
    with pytest.raises(errors.CognitoError):
        await get_user(client_with(transport, clock, **arguments))
    assert len(transport.sent) == 1
    assert transport.headers["amz-sdk-request"] == "attempt=1; max=1"


async def test_the_retry_mode_may_come_from_the_profile(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_text("[default]\nmax_attempts = 2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    transport = ScriptedTransport(*[THROTTLED] * 9)
    with pytest.raises(errors.TooManyRequestsException):
        await get_user(client_with(transport, clock))
    assert len(transport.sent) == 2


# Views


async def test_a_view_has_its_own_retries_and_shares_everything_else(clock: FakeClock) -> None:
    created: list[ScriptedTransport] = []
    transport = ScriptedTransport(*[THROTTLED] * 9)
    client = client_with(transport, clock)
    client._pipeline._make_transport = lambda config: created.append(transport) or transport
    for retries, expected in ((0, 1), (4, 5), (None, 3)):
        transport.sent.clear()
        transport.steps = [THROTTLED] * 9
        with pytest.raises(errors.TooManyRequestsException):
            await get_user(client.with_options(retries=retries))
        assert len(transport.sent) == expected
        assert transport.headers["amz-sdk-request"] == f"attempt={expected}; max={expected}"
    assert created == [transport]
    assert len(transport.prepared) == 1


async def test_a_view_can_retry_if_the_client_does_not(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, OK)
    client = client_with(transport, clock, retry_mode="off")
    response = await get_user(client.with_options(retries=1))
    assert response.response_metadata.attempts == 2


async def test_a_view_has_its_own_deadline(clock: FakeClock) -> None:
    transport = ScriptedTransport(http_response(), HANG)
    client = client_with(transport, clock, timeout=None)
    await get_user(client)  # however long it takes to get ready
    with pytest.raises(errors.RequestTimeoutError, match=r"within 0\.01 seconds"):
        await get_user(client.with_options(timeout=0.01))
    assert (await get_user(client)).username is None


async def test_a_view_shares_the_fetch_of_credentials(clock: FakeClock) -> None:
    fetches = []

    async def fetch() -> Credentials:
        fetches.append(1)
        return CREDENTIALS

    client = client_with(ScriptedTransport(), clock, credentials=fetch)
    await asyncio.gather(*(get_user(client.with_options(retries=number)) for number in range(50)))
    assert fetches == [1]


async def test_closing_a_client_closes_its_views_and_vice_versa(clock: FakeClock) -> None:
    for closing, calling in ((0, 1), (1, 0)):
        transport = ScriptedTransport()
        client = client_with(transport, clock)
        pair = (client, client.with_options(retries=0))
        await get_user(client)
        await pair[closing].close()
        assert transport.closed == 1
        with pytest.raises(errors.ClientClosedError):
            await get_user(pair[calling])


# Retry quota


async def drain(client: CognitoClient, transport: ScriptedTransport, step: Any) -> None:
    """Fail until calls are no longer retried."""
    for _ in range(100):
        transport.sent.clear()
        transport.steps = [step] * 9
        with pytest.raises(errors.CognitoError):
            await get_user(client)
        if len(transport.sent) == 1:
            return
    raise AssertionError("never drained")


@pytest.mark.parametrize(("step", "left"), [(BROKEN, 500 % 14), (THROTTLED, 0)], ids=["broken", "throttled"])
async def test_retries_of_all_views_stop_when_the_quota_is_used_up(
    clock: FakeClock, step: Any, left: int
) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    await drain(client, transport, step)
    assert client._pipeline._quota.tokens == left
    transport.steps = [step, OK]
    with pytest.raises(errors.ServiceError) as caught:
        await get_user(client.with_options(retries=9))
    assert caught.value.attempts == 1


async def test_successes_refill_the_quota(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    await drain(client, transport, THROTTLED)
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
    await drain(client_with(transport, clock), transport, THROTTLED)
    transport.steps = [THROTTLED, OK]
    assert (await get_user(client_with(transport, clock))).response_metadata.attempts == 2


# Content of each attempt


async def test_every_attempt_is_signed_with_its_own_time(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    await get_user(client_with(transport, clock))
    sent = [request.headers for request in transport.sent]
    assert [headers["X-Amz-Date"] for headers in sent] == [
        "20270115T080000Z",
        "20270115T080001Z",
        "20270115T080003Z",
    ]
    assert len({headers["Authorization"] for headers in sent}) == 3
    assert len({request.body for request in transport.sent}) == 1


async def test_every_attempt_gets_current_credentials(clock: FakeClock) -> None:
    ends = clock.now + 1.5

    class Source:
        def cached(self) -> Credentials:
            name = "FIRST" if clock.now < ends else "SECOND"
            return Credentials(access_key_id=name, secret_access_key="secret")

    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    client = client_with(transport, clock)
    client._pipeline._credentials = Source()
    await get_user(client)
    used = [
        request.headers["Authorization"].split("Credential=")[1].split("/")[0] for request in transport.sent
    ]
    assert used == ["FIRST", "FIRST", "SECOND"]


async def test_unsigned_calls_have_no_signature_and_need_no_credentials(clock: FakeClock) -> None:
    async def must_not_be_called() -> Credentials:
        raise AssertionError("credentials were requested")

    transport = ScriptedTransport(THROTTLED, OK)
    await sign_up(client_with(transport, clock, credentials=must_not_be_called))
    for headers in (request.headers for request in transport.sent):
        assert not {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} & set(headers)


async def test_the_user_agent_names_retry_mode_application_and_extra(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(
        transport, clock, retry_mode="adaptive", app_id="my shop/1", user_agent_extra="lib/2 (x)"
    )
    await get_user(client)
    assert transport.headers["User-Agent"].endswith("cfg/retry-mode#adaptive app/my-shop-1 lib/2 (x)")


# The clock


def date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def sent_at(headers: Any) -> float:
    moment = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return moment.timestamp()


CODES = sorted(retry._SKEW_CODES)


@pytest.mark.parametrize("minutes", [-60 * 24, -10, -4, 4, 10, 60 * 24])
@pytest.mark.parametrize("code", CODES)
async def test_a_wrong_clock_is_corrected_by_the_date_of_the_service_for_later_calls_too(
    clock: FakeClock, code: str, minutes: int
) -> None:
    skew = minutes * 60
    transport = ScriptedTransport(error_response(code, date=date(clock.now + skew)))
    client = client_with(transport, clock)
    response = await get_user(client)
    assert (response.response_metadata.attempts, response.response_metadata.retry_reasons) == (2, (code,))
    assert [sent_at(request.headers) - clock.now for request in transport.sent] == [0, skew]
    first, second = (request.headers["Authorization"] for request in transport.sent)
    assert first != second
    assert sum(clock.slept) == 0
    # The next call uses the correction from its first attempt, also in a view.
    response = await get_user(client.with_options(retries=0))
    assert response.response_metadata.attempts == 1
    assert sent_at(transport.headers) - clock.now == skew


@pytest.mark.parametrize("arguments", [{"retry_mode": "off"}, {"max_attempts": 1}])
async def test_without_retries_a_wrong_clock_is_corrected_for_the_next_call(
    clock: FakeClock, arguments: dict[str, Any]
) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=date(clock.now + 600)))
    client = client_with(transport, clock, **arguments)
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await get_user(client)
    await get_user(client)
    assert [sent_at(request.headers) - clock.now for request in transport.sent] == [0, 600]


async def test_an_unsigned_call_does_not_correct_the_clock(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=date(clock.now + 600)))
    client = client_with(transport, clock)
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await sign_up(client)
    await get_user(client)
    assert sent_at(transport.headers) == clock.now


async def test_the_clock_is_corrected_at_most_once_per_call(clock: FakeClock) -> None:
    rejected = [
        error_response("RequestExpired", date=date(clock.now + minutes * 60)) for minutes in (10, 30, 60)
    ]
    transport = ScriptedTransport(*rejected)
    with pytest.raises(errors.ServiceError) as caught:
        await get_user(client_with(transport, clock, max_attempts=9))
    assert caught.value.code == "RequestExpired"
    assert (caught.value.attempts, caught.value.retry_reasons) == (2, ("RequestExpired",))


async def test_a_clock_that_was_set_in_the_meantime_is_corrected_again(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=date(clock.now + 600)))
    client = client_with(transport, clock)
    await get_user(client)
    clock.now += 600  # somebody sets the clock
    transport.steps = [error_response("RequestInTheFuture", date=date(clock.now))]
    assert (await get_user(client)).response_metadata.attempts == 2
    assert sent_at(transport.headers) == clock.now


@pytest.mark.parametrize("seconds", [-239, -1, 0, 1, 239])
async def test_a_signature_rejected_at_the_right_time_is_not_retried(clock: FakeClock, seconds: int) -> None:
    transport = ScriptedTransport(error_response("InvalidSignatureException", date=date(clock.now + seconds)))
    with pytest.raises(errors.ServiceError):
        await get_user(client_with(transport, clock))
    assert len(transport.sent) == 1


BAD_DATES = [
    "",
    "today",
    "Mon, 99 Jan 2030 00:00:00 GMT",
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2030 00:00:00 +99999999",
    "1800000000",
    "\u0665",
]


@pytest.mark.parametrize("text", BAD_DATES)
async def test_an_invalid_date_corrects_nothing(clock: FakeClock, text: str) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=text))
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await get_user(client_with(transport, clock))
    assert len(transport.sent) == 1


async def test_no_date_corrects_nothing(clock: FakeClock) -> None:
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await get_user(client_with(ScriptedTransport(error_response("RequestExpired")), clock))


@settings(deadline=None)
@given(
    text=st.text(st.characters(max_codepoint=255), max_size=40)
    | st.from_regex(
        r"(Mon, )?\d{1,25} Jan \d{1,25} \d{1,3}:\d{1,3}:\d{1,3} (GMT|[+-]\d{1,25})", fullmatch=True
    )
)
def test_no_date_header_hides_the_error(text: str) -> None:
    async def attempt() -> None:
        transport = ScriptedTransport(*[error_response("RequestExpired", date=text)] * 3)
        with pytest.raises(errors.ServiceError, match="RequestExpired"):
            await get_user(client_with(transport, FakeClock()))

    asyncio.run(attempt())


async def test_other_errors_do_not_correct_the_clock(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("NotAuthorizedException", date=date(clock.now + 3600)))
    client = client_with(transport, clock)
    with pytest.raises(errors.NotAuthorizedException):
        await get_user(client)
    await get_user(client)
    assert sent_at(transport.headers) == clock.now


async def test_correcting_the_clock_costs_no_quota(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=date(clock.now + 600)))
    client = client_with(transport, clock)
    client._pipeline._quota.tokens = 0
    await get_user(client)
    assert client._pipeline._quota.tokens == 1


# The deadline


async def test_a_call_without_a_response_ends_at_its_deadline(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(HANG), clock, timeout=0.01)
    await client._pipeline.prepare()
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client)
    error = caught.value
    assert str(error) == f"AdminGetUser failed: no response within 0.01 seconds. {error.advice}"
    assert (error.attempts, error.retry_reasons) == (1, ())
    assert isinstance(error, TimeoutError)
    assert error.__cause__ is None


async def test_the_deadline_covers_all_attempts_and_its_error_has_them(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(BROKEN, THROTTLED, HANG), FakeClock(random=0), timeout=0.05)
    await client._pipeline.prepare()
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client)
    assert caught.value.attempts == 3
    assert caught.value.retry_reasons == ("InternalErrorException", "TooManyRequestsException")


async def test_every_attempt_gets_the_remaining_time(clock: FakeClock) -> None:
    transport = ScriptedTransport(BROKEN, BROKEN, OK)
    await get_user(client_with(transport, FakeClock(random=0), timeout=60))
    first, second, third = transport.timeouts
    assert first is not None
    assert second is not None
    assert third is not None
    assert 60 >= first >= second >= third > 0
    assert third < 60


async def test_without_a_timeout_an_attempt_has_none(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, errors.RequestTimeoutError("the system gave up"))
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client_with(transport, clock, timeout=None))
    assert transport.timeouts == [None, None]
    assert caught.value.attempts == 2


async def test_a_delay_beyond_the_deadline_is_not_started(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, OK)
    client = client_with(transport, clock, timeout=0.9)  # the wait would be a second
    with pytest.raises(errors.TooManyRequestsException) as caught:
        await get_user(client)
    assert caught.value.attempts == 1
    assert clock.slept == []
    assert client._pipeline._quota.tokens == retry._RETRY_QUOTA


async def test_the_deadline_ends_the_wait_for_credentials_but_not_their_fetch(clock: FakeClock) -> None:
    fetches = []
    gate = asyncio.Event()

    async def fetch() -> Credentials:
        fetches.append(1)
        await gate.wait()
        return CREDENTIALS

    transport = ScriptedTransport()
    client = client_with(transport, clock, credentials=fetch)
    await client._pipeline.prepare()
    with pytest.raises(
        errors.RequestTimeoutError,
        match=r"AdminGetUser failed: no credentials within 0\.01 seconds \(nothing was sent\)",
    ) as caught:
        await get_user(client.with_options(timeout=0.01))
    assert transport.sent == []
    assert (caught.value.attempts, caught.value.may_have_arrived) == (0, False)
    gate.set()
    await get_user(client)
    assert fetches == [1]


async def test_a_timeout_of_credentials_after_a_request_does_not_say_that_nothing_was_sent(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.random = 0.0  # no pause before the second attempt
    transport = ScriptedTransport(BROKEN)
    client = client_with(transport, clock)
    await client._pipeline.prepare()
    provider = client._pipeline._make_credentials()
    monkeypatch.setattr(client._pipeline, "_credentials", provider)
    ready = [CREDENTIALS, None]
    monkeypatch.setattr(provider, "cached", lambda: ready.pop(0))
    monkeypatch.setattr(type(provider), "__call__", lambda _self: asyncio.Event().wait())
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await get_user(client.with_options(timeout=0.01))
    assert len(transport.sent) == 1
    assert (caught.value.attempts, caught.value.may_have_arrived) == (1, True)
    assert "nothing was sent" not in str(caught.value)
    assert "may have been carried out" in str(caught.value)


async def test_calls_that_wait_for_the_same_credentials_get_separate_errors(clock: FakeClock) -> None:
    gate = asyncio.Event()
    cause = LookupError("no such role")

    async def fetch() -> Credentials:
        await gate.wait()
        raise cause

    client = client_with(ScriptedTransport(), clock, credentials=fetch)
    calls = [
        asyncio.create_task(client.admin_get_user(user_pool_id="p", username="ana")),
        asyncio.create_task(client.list_user_pools(max_results=1)),
    ]
    await asyncio.sleep(0)
    gate.set()
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(failure).partition(":")[0] for failure in failures] == [
        "AdminGetUser failed",
        "ListUserPools failed",
    ]
    for each in failures:
        assert type(each) is errors.CredentialsError
        assert each.__cause__ is cause
        assert each.__traceback__ is not None


async def test_the_deadline_ends_the_wait_for_the_preparation(clock: FakeClock) -> None:
    gate = asyncio.Event()

    class Slow(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            await gate.wait()

    client = client_with(Slow(), clock)
    with pytest.raises(errors.RequestTimeoutError):
        await get_user(client.with_options(timeout=0.01))
    gate.set()
    await get_user(client)


async def test_a_timeout_of_the_caller_is_not_the_deadline(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(HANG), clock)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01):
            await get_user(client)
    assert type(caught.value) is TimeoutError


@pytest.mark.parametrize("error", [errors.ConnectTimeoutError("no connection in time"), TimeoutError("slow")])
async def test_a_timeout_error_of_the_preparation_is_raised_unchanged(
    clock: FakeClock, error: TimeoutError
) -> None:
    class Slow(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            raise error

    with pytest.raises(TimeoutError) as caught:
        await get_user(client_with(Slow(), clock))
    assert caught.value is error


async def test_a_timeout_of_the_provider_is_a_credentials_error(clock: FakeClock) -> None:
    async def slow() -> Credentials:
        raise TimeoutError

    with pytest.raises(errors.CredentialsError, match="TimeoutError"):
        await get_user(client_with(ScriptedTransport(), clock, credentials=slow))


async def test_without_a_timeout_there_is_no_deadline(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(THROTTLED, THROTTLED, OK), clock, timeout=None)
    assert (await get_user(client)).response_metadata.attempts == 3


# Cancellation and closing


async def test_cancellation_passes_through(clock: FakeClock) -> None:
    transport = ScriptedTransport(HANG)
    call = asyncio.create_task(get_user(client_with(transport, clock)))
    await transport.hanging.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(transport.sent) == 1


async def test_cancelling_the_first_call_does_not_cancel_the_preparation(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    calls = [asyncio.create_task(get_user(client)) for _ in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert len(transport.sent) == 2
    assert len(transport.prepared) == 1


async def test_a_thousand_first_calls_prepare_once(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    await asyncio.gather(*(get_user(client) for _ in range(1000)))
    assert len(transport.prepared) == 1
    assert len(transport.sent) == 1000


async def test_closing_the_client_ends_a_call_that_waits_for_the_preparation(
    clock: FakeClock,
) -> None:
    class Slow(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            self.hanging.set()
            await asyncio.Event().wait()

    transport = Slow()
    client = client_with(transport, clock)
    call = asyncio.create_task(get_user(client))
    await transport.hanging.wait()
    await client.close()
    with pytest.raises(errors.ClientClosedError):
        await call


async def test_closing_the_client_ends_a_call_that_waits_for_credentials(clock: FakeClock) -> None:
    waiting = asyncio.Event()

    async def never() -> Credentials:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = client_with(ScriptedTransport(), clock, credentials=never)
    call = asyncio.create_task(get_user(client))
    await waiting.wait()
    await client.close()
    with pytest.raises(errors.ClientClosedError):
        await call


async def test_closing_the_client_ends_a_call_that_waits_for_its_retry(clock: FakeClock) -> None:
    class Real(ScriptedTransport):
        async def send(self, *args: Any, **options: Any) -> HTTPResponse:
            if self.closed:
                raise errors.ClientClosedError("the client is closed")
            return await super().send(*args, **options)

    transport = Real(THROTTLED, OK)
    client = client_with(transport, clock)

    async def close_meanwhile(seconds: float) -> None:
        await client.close()

    effects = clock.effects
    client._pipeline.effects = type(effects)(
        now=effects.now, monotonic=effects.monotonic, sleep=close_meanwhile, random=effects.random
    )
    with pytest.raises(errors.ClientClosedError) as caught:
        await get_user(client)
    assert len(transport.sent) == 1
    assert caught.value.retry_reasons == ("TooManyRequestsException",)


async def test_an_invalid_request_raises_before_anything_else(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(), clock)
    await client.close()
    with pytest.raises(errors.InvalidRequestError):
        await client.admin_get_user(user_pool_id=POOL, username=5)  # type: ignore[arg-type]


# Adaptive


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

    async def forever(seconds: float) -> None:
        await asyncio.Event().wait()

    effects = clock.effects
    client._pipeline.effects = type(effects)(
        now=effects.now, monotonic=effects.monotonic, sleep=forever, random=effects.random
    )
    sent = len(transport.sent)
    with pytest.raises(errors.RequestTimeoutError):
        await get_user(client.with_options(timeout=0.01))
    assert len(transport.sent) == sent


# Preparation


async def test_a_missing_profile_raises_at_every_call_until_it_exists(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    transport = ScriptedTransport()
    client = client_with(transport, clock, profile="work", region=None)
    for _ in range(2):
        with pytest.raises(errors.ConfigurationError, match="profile 'work'"):
            await get_user(client)
    path.write_text("[profile work]\nregion = eu-north-1\n")
    await get_user(client)
    assert transport.sent[0].url == "https://cognito-idp.eu-north-1.amazonaws.com"


async def test_a_missing_region_raises_at_every_call_until_it_is_set(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    client = client_with(ScriptedTransport(), clock, region=None)
    outcomes = await asyncio.gather(*(get_user(client) for _ in range(10)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {errors.ConfigurationError}
    assert "AWS_REGION" in str(outcomes[0])
    path.write_text("[default]\nregion = eu-north-1\n")
    await get_user(client)
    assert client.config.sources["region"] == "profile default"


async def test_missing_credentials_raise_at_every_call_until_they_exist(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock, credentials=None)
    for _ in range(2):
        with pytest.raises(errors.CredentialsError, match="no AWS credentials"):
            await get_user(client)
    await sign_up(client)
    assert len(transport.sent) == 1


async def test_incomplete_credentials_raise_at_every_call_until_they_are_complete(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    client = client_with(ScriptedTransport(), clock, credentials=None)
    for _ in range(2):
        with pytest.raises(errors.CredentialsError, match="AWS_SECRET_ACCESS_KEY is not set"):
            await get_user(client)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    await get_user(client)


@pytest.mark.parametrize("name", ["ca_bundle", "client_cert"])
async def test_a_missing_certificate_raises_at_every_call(tmp_path: Path, name: str) -> None:
    path = tmp_path / "missing.pem"
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **{name: str(path)}) as client:
        for _ in range(2):
            with pytest.raises(errors.ConfigurationError, match=f"{name} .* cannot be read"):
                await get_user(client)


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
@pytest.mark.parametrize("name", ["ca_bundle", "client_cert"])
async def test_an_impossible_name_of_a_certificate_raises(name: str, path: str) -> None:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **{name: path}) as client:
        with pytest.raises(errors.ConfigurationError, match=f"{name} .* cannot be read"):
            await get_user(client)


async def test_a_file_without_certificates_raises(tmp_path: Path) -> None:
    path = tmp_path / "malformed.pem"
    path.write_text("hunter2")
    for name in ("ca_bundle", "client_cert"):
        async with CognitoClient(region=REGION, credentials=CREDENTIALS, **{name: str(path)}) as client:
            with pytest.raises(errors.ConfigurationError, match=f"{name} .* cannot be read"):
                await get_user(client)


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:9", "http://", "http://[::1", "http://127.0.0.1:99999"]
)
async def test_an_unusable_proxy_of_the_environment_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, retry_mode="off") as client:
        with pytest.raises(errors.CognitoError):
            await get_user(client)


# Loops


def test_a_client_works_on_several_loops_in_turn(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    for _ in range(3):
        assert asyncio.run(get_user(client)).response_metadata.http_status == 200
    assert len(transport.prepared) == 1


def test_a_client_whose_first_loop_ended_during_the_preparation_works_on_the_next(clock: FakeClock) -> None:
    class Slow(ScriptedTransport):
        reached: asyncio.Event

        async def prepare(self, url: str) -> None:
            await super().prepare(url)
            if len(self.prepared) == 1:
                self.reached.set()
                await asyncio.Event().wait()

    transport = Slow()
    client = client_with(transport, clock)

    async def end_during_preparation() -> None:
        transport.reached = asyncio.Event()
        call = asyncio.create_task(get_user(client))
        await transport.reached.wait()
        assert not call.done()

    asyncio.run(end_during_preparation())
    asyncio.run(get_user(client))
    assert len(transport.prepared) == 2


async def test_expiring_credentials_are_refreshed_between_calls(clock: FakeClock) -> None:
    fetches = []

    async def fetch() -> Credentials:
        fetches.append(1)
        end = datetime.now(UTC) + timedelta(hours=1 if len(fetches) > 1 else 1 / 60)
        return Credentials(access_key_id=f"K{len(fetches)}", secret_access_key="secret", expires_at=end)

    transport = ScriptedTransport()
    client = client_with(transport, clock, credentials=fetch)
    await get_user(client)
    provider = client._pipeline._credentials
    provider._lifetime, provider._not_before = 3600.0, 0.0  # type: ignore[union-attr]
    await get_user(client)
    assert "Credential=K2/" in transport.headers["Authorization"]
