"""Log records of attempts: their fields, and no secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from cognito_async import CognitoClient, Credentials, errors, types
from cognito_async.transport import HTTPResponse
from support.transports import FakeClock, ScriptedTransport, client_with, error_response, http_response

POOL = "eu-west-1_AbC123"
USER = {"Username": "ana"}
OK = http_response(200, USER)
THROTTLED = error_response("TooManyRequestsException")
BROKEN = error_response("InternalErrorException", 500)


async def get_user(client: CognitoClient) -> types.AdminGetUserResponse:
    return await client.admin_get_user(user_pool_id=POOL, username="ana")


class Records(logging.Handler):
    """Collects the records of the package's logger."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    handler, logger = Records(), logging.getLogger("cognito_async")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.records
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


FACTS = ("operation", "attempt", "status", "error", "request_id", "duration")


async def test_every_attempt_is_logged_with_its_facts(
    clock: FakeClock, records: list[logging.LogRecord]
) -> None:
    transport = ScriptedTransport(
        error_response("TooManyRequestsException", x_amzn_requestid="r-1"),
        errors.ReadTimeoutError("late"),
        http_response(200, USER, x_amzn_requestid="r-3"),
    )
    await get_user(client_with(transport, clock))
    found = [tuple(getattr(record, name) for name in FACTS) for record in records]
    assert found == [
        ("AdminGetUser", 1, 400, "TooManyRequestsException", "r-1", 0.0),
        ("AdminGetUser", 2, None, "ReadTimeoutError", None, 0.0),
        ("AdminGetUser", 3, 200, None, "r-3", 0.0),
    ]
    assert {(record.name, record.levelname) for record in records} == {("cognito_async", "DEBUG")}
    assert "AdminGetUser attempt 1: 400 TooManyRequestsException" in records[0].getMessage()


async def test_the_duration_is_that_of_the_attempt(
    clock: FakeClock, records: list[logging.LogRecord]
) -> None:
    class Slow(ScriptedTransport):
        async def send(self, *args: Any, **options: Any) -> HTTPResponse:
            clock.now += 2.5
            return await super().send(*args, **options)

    await get_user(client_with(Slow(THROTTLED, OK), clock))
    assert [record.duration for record in records] == [2.5, 2.5]  # type: ignore[attr-defined]


async def test_no_record_contains_a_body_or_a_header(
    clock: FakeClock, records: list[logging.LogRecord]
) -> None:
    transport = ScriptedTransport(
        http_response(
            500, {"__type": "InternalErrorException", "message": "canary-1"}, set_cookie="canary-2"
        ),
        http_response(200, {"Username": "canary-3"}, x="canary-4"),
    )
    client = client_with(
        transport, clock, credentials=Credentials(access_key_id="canary-5", secret_access_key="canary-6")
    )
    await client.admin_get_user(user_pool_id=POOL, username="canary-7")
    assert len(records) == 2
    for record in records:
        assert "canary" not in repr(vars(record)) + record.getMessage()


async def test_calls_are_logged_at_debug_only(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "cognito_async"), pytest.raises(errors.ServiceError):
        await get_user(client_with(ScriptedTransport(*[BROKEN] * 3), clock))
    assert caplog.records == []
