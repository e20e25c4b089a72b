"""Log records of attempts: their fields, and no secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from cognito_async import Credentials, errors
from cognito_async.transport import HTTPResponse
from support.calls import OK, SERVER_ERROR, THROTTLED, get_user
from support.transports import FakeClock, ScriptedTransport, client_with, error_response, http_response


class RecordingHandler(logging.Handler):
    """Collects log records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """Return the list of all records of the package's logger."""
    handler, logger = RecordingHandler(), logging.getLogger("cognito_async")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.records
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


FIELDS = ("operation", "attempt", "status", "error", "request_id", "duration")


async def test_every_attempt_is_logged_with_status_error_request_id_and_duration(
    clock: FakeClock, records: list[logging.LogRecord]
) -> None:
    transport = ScriptedTransport(
        error_response("TooManyRequestsException", x_amzn_requestid="r-1"),
        errors.ReadTimeoutError("late"),
        http_response(200, {"Username": "ana"}, x_amzn_requestid="r-3"),
    )
    await get_user(client_with(transport, clock))
    logged = [tuple(getattr(record, name) for name in FIELDS) for record in records]
    assert logged == [
        ("AdminGetUser", 1, 400, "TooManyRequestsException", "r-1", 0.0),
        ("AdminGetUser", 2, None, "ReadTimeoutError", None, 0.0),
        ("AdminGetUser", 3, 200, None, "r-3", 0.0),
    ]
    assert {(record.name, record.levelname) for record in records} == {("cognito_async", "DEBUG")}
    assert "AdminGetUser attempt 1: 400 TooManyRequestsException" in records[0].getMessage()


async def test_the_duration_is_that_of_the_attempt(
    clock: FakeClock, records: list[logging.LogRecord]
) -> None:
    class SlowTransport(ScriptedTransport):
        async def send(self, *args: Any, **options: Any) -> HTTPResponse:
            clock.now += 2.5
            return await super().send(*args, **options)

    await get_user(client_with(SlowTransport(THROTTLED, OK), clock))
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
    await get_user(client, "canary-7")
    assert len(records) == 2
    for record in records:
        assert "canary" not in repr(vars(record)) + record.getMessage()


async def test_calls_are_logged_at_debug_only(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "cognito_async"), pytest.raises(errors.ServiceError):
        await get_user(client_with(ScriptedTransport(*[SERVER_ERROR] * 3), clock))
    assert caplog.records == []
