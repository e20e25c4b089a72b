"""Correction of a wrong clock by the date of the service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import errors, retry
from support.calls import get_user, sign_up
from support.transports import FakeClock, ScriptedTransport, client_with, error_response


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def signing_time(headers: Mapping[str, str]) -> float:
    """Return the time of a signature, in seconds since 1970."""
    moment = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return moment.timestamp()


CODES = sorted(retry._SKEW_CODES)


@pytest.mark.parametrize("minutes", [-60 * 24, -10, -4, 4, 10, 60 * 24])
@pytest.mark.parametrize("code", CODES)
async def test_the_date_of_a_rejection_corrects_the_clock_for_this_call_and_later_ones(
    clock: FakeClock, code: str, minutes: int
) -> None:
    skew = minutes * 60
    transport = ScriptedTransport(error_response(code, date=http_date(clock.now + skew)))
    client = client_with(transport, clock)
    response = await get_user(client)
    assert (response.response_metadata.attempts, response.response_metadata.retry_reasons) == (2, (code,))
    assert [signing_time(request.headers) - clock.now for request in transport.sent] == [0, skew]
    first, second = (request.headers["Authorization"] for request in transport.sent)
    assert first != second
    assert sum(clock.slept) == 0
    # The next call uses the correction from its first attempt, also in a view.
    response = await get_user(client.with_options(retries=0))
    assert response.response_metadata.attempts == 1
    assert signing_time(transport.headers) - clock.now == skew


@pytest.mark.parametrize("arguments", [{"retry_mode": "off"}, {"max_attempts": 1}])
async def test_without_retries_the_clock_is_corrected_for_the_next_call(
    clock: FakeClock, arguments: dict[str, Any]
) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=http_date(clock.now + 600)))
    client = client_with(transport, clock, **arguments)
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await get_user(client)
    await get_user(client)
    assert [signing_time(request.headers) - clock.now for request in transport.sent] == [0, 600]


async def test_an_unsigned_call_does_not_correct_the_clock(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=http_date(clock.now + 600)))
    client = client_with(transport, clock)
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await sign_up(client)
    await get_user(client)
    assert signing_time(transport.headers) == clock.now


async def test_the_clock_is_corrected_at_most_once_per_call(clock: FakeClock) -> None:
    rejected = [
        error_response("RequestExpired", date=http_date(clock.now + minutes * 60)) for minutes in (10, 30, 60)
    ]
    transport = ScriptedTransport(*rejected)
    with pytest.raises(errors.ServiceError) as caught:
        await get_user(client_with(transport, clock, max_attempts=9))
    assert caught.value.code == "RequestExpired"
    assert (caught.value.attempts, caught.value.retry_reasons) == (2, ("RequestExpired",))


async def test_the_correction_is_replaced_after_the_system_clock_was_set(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=http_date(clock.now + 600)))
    client = client_with(transport, clock)
    await get_user(client)
    clock.now += 600  # the user sets the system clock
    transport.steps = [error_response("RequestInTheFuture", date=http_date(clock.now))]
    assert (await get_user(client)).response_metadata.attempts == 2
    assert signing_time(transport.headers) == clock.now


@pytest.mark.parametrize("seconds", [-239, -1, 0, 1, 239])
async def test_a_rejection_by_a_service_with_nearly_the_same_time_is_not_retried(
    clock: FakeClock, seconds: int
) -> None:
    transport = ScriptedTransport(
        error_response("InvalidSignatureException", date=http_date(clock.now + seconds))
    )
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


async def test_an_error_without_a_date_corrects_nothing(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired"))
    with pytest.raises(errors.ServiceError, match="RequestExpired"):
        await get_user(client_with(transport, clock))
    assert len(transport.sent) == 1


@settings(deadline=None)
@given(
    text=st.text(st.characters(max_codepoint=255), max_size=40)
    | st.from_regex(
        r"(Mon, )?\d{1,25} Jan \d{1,25} \d{1,3}:\d{1,3}:\d{1,3} (GMT|[+-]\d{1,25})", fullmatch=True
    )
)
def test_the_error_is_raised_whatever_the_date_is(text: str) -> None:
    async def attempt() -> None:
        # The date may be a valid one; then there is a second attempt.
        transport = ScriptedTransport(*[error_response("RequestExpired", date=text)] * 3)
        with pytest.raises(errors.ServiceError, match="RequestExpired"):
            await get_user(client_with(transport, FakeClock()))

    asyncio.run(attempt())


async def test_other_errors_do_not_correct_the_clock(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("NotAuthorizedException", date=http_date(clock.now + 3600)))
    client = client_with(transport, clock)
    with pytest.raises(errors.NotAuthorizedException):
        await get_user(client)
    await get_user(client)
    assert signing_time(transport.headers) == clock.now


async def test_correcting_the_clock_costs_no_quota(clock: FakeClock) -> None:
    transport = ScriptedTransport(error_response("RequestExpired", date=http_date(clock.now + 600)))
    client = client_with(transport, clock)
    client._pipeline._quota.tokens = 0
    await get_user(client)
    assert client._pipeline._quota.tokens == 1
