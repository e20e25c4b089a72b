"""Hooks of a client: which are called when, with what, in which order, and what their failures do."""

from __future__ import annotations

import asyncio
import logging
import pickle
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from cognito_async import CognitoClient, Credentials, HTTPRequest, errors
from cognito_async._errors import ServiceError
from cognito_async._http.in_flight import InFlightRequests
from cognito_async._model import EmptyResponse, Operation
from cognito_async._pipeline.observe import CallObserver, HookRunner
from cognito_async.hooks import AttemptInfo, AttemptResult, CallInfo, CallResult, Connections, Hooks
from cognito_async.rate_limit import LimitedRequest, QuotaRateLimiter
from cognito_async.transport import HTTPResponse
from support.calls import OK, SERVER_ERROR, THROTTLED, get_user, sign_up
from support.http_server import OK as HTTP_OK
from support.http_server import read_request, serve
from support.transports import CREDENTIALS, HANG, FakeClock, ScriptedTransport, client_with, http_response


class Recorder(Hooks):
    """Records the calls of its methods."""

    def __init__(self, name: str = "", events: list[Any] | None = None) -> None:
        self.name = name
        self.events: list[Any] = [] if events is None else events
        self.connections: list[Callable[[], Connections | None]] = []
        self.headers: Any = None

    def attach(self, connections: Callable[[], Connections | None]) -> None:
        self.connections.append(connections)

    def before_call(self, call: CallInfo) -> Any:
        self.events.append((self.name, "before_call", call))
        return f"{self.name}-{call.operation}"

    def before_attempt(self, call: CallInfo, attempt: AttemptInfo, state: Any) -> Any:
        self.events.append((self.name, "before_attempt", call, attempt, state))
        return self.headers

    def after_attempt(self, call: CallInfo, attempt: AttemptInfo, result: AttemptResult, state: Any) -> None:
        self.events.append((self.name, "after_attempt", call, attempt, result, state))

    def after_call(self, call: CallInfo, result: CallResult, state: Any) -> None:
        self.events.append((self.name, "after_call", call, result, state))

    @property
    def methods(self) -> list[str]:
        return [event[1] for event in self.events]

    @property
    def results(self) -> list[CallResult]:
        return [event[3] for event in self.events if event[1] == "after_call"]

    @property
    def attempts(self) -> list[tuple[AttemptInfo, AttemptResult]]:
        return [event[3:5] for event in self.events if event[1] == "after_attempt"]


ONE_ATTEMPT = ["before_call", "before_attempt", "after_attempt", "after_call"]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


# What hooks are told


async def test_a_call_with_a_retry_gives_all_facts(recorder: Recorder) -> None:
    transport = ScriptedTransport(THROTTLED, http_response(200, {"Username": "ana"}, x_amzn_requestid="r-2"))
    await get_user(client_with(transport, FakeClock(), hooks=[recorder], timeout=30))
    sent = transport.sent
    call = CallInfo(
        operation="AdminGetUser",
        signed=True,
        quota="UserRead",
        timeout=30.0,
        id=sent[0].headers["amz-sdk-invocation-id"],
    )
    state = "-AdminGetUser"
    host, port, region = "cognito-idp.eu-west-1.amazonaws.com", 443, "eu-west-1"
    first = AttemptInfo(1, 3, "POST", host, port, region, recorder.events[1][3].timeout, 0.0, 0.0)
    second = AttemptInfo(2, 3, "POST", host, port, region, recorder.events[3][3].timeout, 0.0, 1.0)
    assert recorder.events == [
        ("", "before_call", call),
        ("", "before_attempt", call, first, state),
        (
            *("", "after_attempt", call, first),
            AttemptResult(0.0, 400, "TooManyRequestsException", True, True, "request-1", None, 1.0),
            state,
        ),
        ("", "before_attempt", call, second, state),
        (
            *("", "after_attempt", call, second),
            AttemptResult(0.0, 200, None, False, False, "r-2", len(b'{"Username": "ana"}'), None),
            state,
        ),
        ("", "after_call", call, CallResult(1.0, 2, 200, None, False, False, "r-2", 19, 0.0, 1.0), state),
    ]
    assert 0 < first.timeout <= 30  # type: ignore[operator]


async def test_without_a_timeout_there_is_none_and_unsigned_calls_are_marked(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(), hooks=[recorder], timeout=None)
    await sign_up(client)
    (_, _, call), (_, _, _, attempt, _) = recorder.events[:2]
    assert (call.operation, call.signed, call.timeout, attempt.timeout) == ("SignUp", False, None, None)


async def test_the_endpoint_is_that_of_the_settings(recorder: Recorder) -> None:
    client = CognitoClient(
        endpoint_url="http://127.0.0.1:5000", transport=ScriptedTransport(), hooks=[recorder]
    )
    await sign_up(client)
    attempt = recorder.attempts[0][0]
    assert (attempt.host, attempt.port, attempt.region) == ("127.0.0.1", 5000, None)


def test_time_that_a_call_has_waited_for_rate_limits_is_added_up(recorder: Recorder) -> None:
    observer = CallObserver(HookRunner([recorder]), lambda: 0.0)
    call: Any = SimpleNamespace(
        operation=Operation("AdminGetUser", EmptyResponse),
        timeout=None,
        id="1",
        attempts=1,
        max_attempts=3,
        seconds_left=lambda: None,
        request=None,
    )
    observer.start(call)
    for waited in (2.0, 0.5):
        call.waited = waited
        observer.before_attempt("https://example.com", None)
        observer.after_attempt(OK, None)
    observer.end(None)
    assert [attempt.waited for attempt, _ in recorder.attempts] == [2.0, 0.5]
    assert recorder.results[0].waited == 2.5


class SlowLimiter:
    """Lets each attempt wait; the second one until ``error`` is raised."""

    def __init__(self, clock: FakeClock, error: BaseException | None = None) -> None:
        self.clock = clock
        self.error = error

    async def acquire(self, request: LimitedRequest, /) -> None:
        await self.clock.sleep(2.0)
        if request.attempt == 2 and self.error is not None:
            raise self.error

    def feedback(self, request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        """Nothing to do."""


@pytest.mark.parametrize("error", [errors.RequestTimeoutError("late"), asyncio.CancelledError()])
async def test_a_call_that_ends_while_it_waits_for_a_limiter_has_all_waits_and_the_last_attempt(
    recorder: Recorder, error: BaseException
) -> None:
    clock = FakeClock()
    client = client_with(
        ScriptedTransport(THROTTLED), clock, hooks=[recorder], limiter=SlowLimiter(clock, error)
    )
    with pytest.raises(type(error)):
        await get_user(client)
    (result,) = recorder.results
    assert (result.error, result.attempts) == (type(error).__name__, 1)
    assert (result.seconds, result.waited, result.delayed) == (5.0, 4.0, 1.0)
    assert (result.status, result.throttled, result.request_id) == (400, True, "request-1")
    assert result.response_size is None


async def test_a_call_that_ends_in_its_first_wait_has_that_wait_and_no_status(recorder: Recorder) -> None:
    clock = FakeClock()

    class Late(SlowLimiter):
        async def acquire(self, request: LimitedRequest, /) -> None:
            await self.clock.sleep(3.0)
            raise errors.RequestTimeoutError("late")

    with pytest.raises(errors.RequestTimeoutError):
        await get_user(client_with(ScriptedTransport(), clock, hooks=[recorder], limiter=Late(clock)))
    (result,) = recorder.results
    assert (result.attempts, result.waited, result.status, result.throttled) == (0, 3.0, None, False)


async def test_waits_of_a_call_that_succeeds_are_counted_once(recorder: Recorder) -> None:
    clock = FakeClock()
    client = client_with(
        ScriptedTransport(THROTTLED, OK), clock, hooks=[recorder], limiter=SlowLimiter(clock)
    )
    await get_user(client)
    assert [(each.waited, each.delayed) for each, _ in recorder.attempts] == [(2.0, 0.0), (2.0, 1.0)]
    (result,) = recorder.results
    assert (result.seconds, result.waited, result.delayed) == (5.0, 4.0, 1.0)


async def test_the_delay_is_the_time_that_has_passed(recorder: Recorder) -> None:
    class LateClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds + 0.5)

    await get_user(client_with(ScriptedTransport(THROTTLED, OK), LateClock(), hooks=[recorder]))
    assert recorder.attempts[0][1].retry_delay == 1.0
    assert recorder.attempts[1][0].delayed == recorder.results[0].delayed == 1.5


async def test_a_call_that_is_cancelled_during_the_delay_has_what_has_passed_of_it(
    recorder: Recorder,
) -> None:
    class CancelledClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            self.now += seconds / 4
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await get_user(client_with(ScriptedTransport(THROTTLED), CancelledClock(), hooks=[recorder]))
    (result,) = recorder.results
    assert (result.error, result.delayed, result.status) == ("CancelledError", 0.25, 400)
    assert result.throttled


@pytest.mark.parametrize(
    ("challenge", "quota"),
    [("SMS_MFA", "UserAuthentication"), ("NEW_PASSWORD_REQUIRED", "UserAccountRecovery")],
)
async def test_the_quota_is_the_one_that_a_limiter_counts(
    recorder: Recorder, challenge: str, quota: str
) -> None:
    limiter = QuotaRateLimiter()
    seen = []
    acquire = limiter.acquire
    limiter.acquire = lambda request: (seen.append(request.quota), acquire(request))[1]  # type: ignore[method-assign, func-returns-value]
    client = client_with(ScriptedTransport(), hooks=[recorder], limiter=limiter)
    await client.respond_to_auth_challenge(client_id="c", challenge_name=challenge)
    assert recorder.events[0][2].quota == quota
    assert seen == [quota]
    assert [name for _, name, _ in limiter._queues] == [quota]


@pytest.mark.parametrize(
    ("step", "error", "status"),
    [
        (errors.ReadTimeoutError("late"), "ReadTimeoutError", None),
        (SERVER_ERROR, "InternalErrorException", 500),
        (http_response(400, {"__type": "UserNotFoundException"}), "UserNotFoundException", 400),
        (http_response(200, "no object"), "InvalidResponseError", 200),
        (RuntimeError("a fault of a transport"), "RuntimeError", None),
    ],
)
async def test_every_kind_of_error_ends_the_call_once(
    recorder: Recorder, step: Any, error: str, status: int | None
) -> None:
    client = client_with(ScriptedTransport(step), FakeClock(), hooks=[recorder], retry_mode="off")
    with pytest.raises(Exception):  # noqa: B017, PT011  of several classes
        await get_user(client)
    assert recorder.methods == ONE_ATTEMPT
    (result,) = recorder.results
    assert (result.error, result.attempts) == (error, 1)
    assert result.status == status
    assert result.response_size is None
    attempt = recorder.attempts[0][1]
    assert attempt.error == (None if error == "InvalidResponseError" else error)
    assert attempt.retry_delay is None


async def test_the_last_of_several_attempts_has_no_retry_delay(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(*[SERVER_ERROR] * 3), FakeClock(), hooks=[recorder])
    with pytest.raises(errors.InternalErrorException):
        await get_user(client)
    assert [result.retry_delay is None for _, result in recorder.attempts] == [False, False, True]
    assert recorder.results[0].retryable


async def test_missing_credentials_end_the_call_without_an_attempt(recorder: Recorder) -> None:
    async def none() -> Credentials:
        raise errors.CredentialsError("none")

    with pytest.raises(errors.CredentialsError):
        await get_user(client_with(ScriptedTransport(), hooks=[recorder], credentials=none))
    assert recorder.methods == ["before_call", "after_call"]
    assert (recorder.results[0].error, recorder.results[0].status) == ("CredentialsError", None)
    assert recorder.results[0].attempts == 0


async def test_a_closed_client_and_a_missing_region_end_the_call_without_an_attempt(
    recorder: Recorder,
) -> None:
    client = client_with(ScriptedTransport(), hooks=[recorder])
    await client.close()
    with pytest.raises(errors.ClientClosedError):
        await get_user(client)
    with pytest.raises(errors.ConfigurationError):
        await get_user(CognitoClient(credentials=CREDENTIALS, hooks=[recorder]))
    assert recorder.methods == ["before_call", "after_call"] * 2
    assert [(each.error, each.attempts) for each in recorder.results] == [
        ("ClientClosedError", 0),
        ("ConfigurationError", 0),
    ]


async def test_an_invalid_parameter_is_no_call(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(), hooks=[recorder])
    with pytest.raises(errors.InvalidRequestError):
        await client.admin_get_user(user_pool_id="p", username=5)  # type: ignore[arg-type]
    assert recorder.events == []


async def test_views_use_the_same_hooks(recorder: Recorder) -> None:
    await get_user(client_with(ScriptedTransport(OK), hooks=[recorder]).with_options(timeout=5))
    assert recorder.methods == ONE_ATTEMPT
    assert recorder.events[0][2].timeout == 5.0


def test_facts_can_be_pickled_and_not_changed() -> None:
    call = CallInfo("AdminGetUser", signed=True, quota=None, timeout=None, id="1")
    assert pickle.loads(pickle.dumps(call)) == call
    with pytest.raises(AttributeError):
        call.operation = "Other"  # type: ignore[misc]


# Requests that are no operations


async def send_token_request(client: CognitoClient, url: str, headers: dict[str, str]) -> None:
    def to_error(response: HTTPResponse, attempts: int) -> ServiceError:
        return ServiceError("no", code="invalid_client", status=response.status, attempts=attempts)

    await client._pipeline.send_http(
        Operation("OAuthToken", EmptyResponse, signed=False),
        HTTPRequest("GET", url, headers),
        client._options,
        to_error,
    )


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://auth.example.com:8443/oauth2/token", ("auth.example.com", 8443)),
        ("http://auth.example.com/oauth2/token", ("auth.example.com", 80)),
        ("/oauth2/token", ("cognito-idp.eu-west-1.amazonaws.com", 443)),
    ],
)
async def test_requests_to_a_domain_are_calls_too(
    recorder: Recorder, url: str, address: tuple[str, int]
) -> None:
    recorder.headers = {"X-Amzn-Trace-Id": "Root=1"}
    transport = ScriptedTransport()
    await send_token_request(client_with(transport, hooks=[recorder]), url, {"Accept": "text/html"})
    assert recorder.methods == ONE_ATTEMPT
    attempt = recorder.attempts[0][0]
    assert (attempt.method, attempt.host, attempt.port) == ("GET", *address)
    assert transport.headers["X-Amzn-Trace-Id"] == "Root=1"
    assert transport.headers["Accept"] == "text/html"


async def test_errors_of_a_domain_are_reported(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(http_response(400)), hooks=[recorder])
    with pytest.raises(ServiceError):
        await send_token_request(client, "https://auth.example.com/", {})
    assert recorder.results[0].error == "invalid_client"


async def test_without_hooks_requests_to_a_domain_are_sent_as_they_are() -> None:
    transport = ScriptedTransport()
    await send_token_request(client_with(transport), "https://auth.example.com/", {"A": "b"})
    assert transport.headers["A"] == "b"


# Order


async def test_several_hooks_are_called_in_order_and_afterwards_in_reverse() -> None:
    events: list[Any] = []
    hooks = [Recorder("a", events), Recorder("b", events)]
    await get_user(client_with(ScriptedTransport(OK), hooks=hooks))
    assert [event[:2] for event in events] == [
        ("a", "before_call"), ("b", "before_call"), ("a", "before_attempt"), ("b", "before_attempt"),
        ("b", "after_attempt"), ("a", "after_attempt"), ("b", "after_call"), ("a", "after_call"),
    ]  # fmt: skip
    assert [event[-1] for event in events if event[1] == "after_call"] == ["b-AdminGetUser", "a-AdminGetUser"]


async def test_concurrent_calls_have_states_of_their_own(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(default=OK), hooks=[recorder])
    await asyncio.gather(*(get_user(client) for _ in range(20)))
    ids = [event[2].id for event in recorder.events if event[1] == "after_call"]
    assert len(set(ids)) == 20


# Cancellation


async def test_a_call_that_is_cancelled_at_any_point_ends_once() -> None:
    async def credentials() -> Credentials:
        await asyncio.sleep(0)
        return CREDENTIALS

    class SlowTransport(ScriptedTransport):
        async def send(self, *arguments: Any, **options: Any) -> HTTPResponse:
            await asyncio.sleep(0)
            return await super().send(*arguments, **options)

    class YieldingClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(0)
            await super().sleep(seconds)

    with pytest.raises(errors.TooManyRequestsException):  # imports, which happen in a thread
        await get_user(client_with(ScriptedTransport(default=THROTTLED), retry_mode="off"))
    cancelled = set()
    for turns in range(1000):
        recorder = Recorder()
        clock = YieldingClock()
        transport = SlowTransport(THROTTLED, OK)
        client = client_with(transport, clock, hooks=[recorder], credentials=credentials)
        await client._pipeline.prepare()
        task = asyncio.create_task(get_user(client))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        methods = recorder.methods
        assert methods.count("before_call") == methods.count("after_call") == len(recorder.results)
        assert methods.count("before_attempt") == methods.count("after_attempt")
        assert [each.error for each in recorder.results] in ([], ["CancelledError"])
        cancelled.add(tuple(methods))
    assert task.done()
    assert cancelled == {
        (),
        ("before_call", "after_call"),
        ("before_call", *ONE_ATTEMPT[1:3], "after_call"),
        ("before_call", *ONE_ATTEMPT[1:3] * 2, "after_call"),
    }


async def test_a_call_that_is_cancelled_during_the_preparation_ends_once(recorder: Recorder) -> None:
    preparing = asyncio.Event()

    class Unprepared(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            preparing.set()
            await asyncio.Event().wait()

    client = client_with(Unprepared(), hooks=[recorder])
    task = asyncio.create_task(get_user(client))
    await preparing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorder.methods == ["before_call", "after_call"]
    assert (recorder.results[0].error, recorder.results[0].attempts) == ("CancelledError", 0)
    await client.close()


async def test_a_coroutine_that_is_closed_ends_the_call(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(HANG), hooks=[recorder], timeout=None)
    await get_user(client_with(ScriptedTransport(OK)))  # imports
    await client._pipeline.prepare()
    coroutine = client.send(_request())
    coroutine.send(None)  # now it waits for the response
    coroutine.close()
    assert recorder.methods == ONE_ATTEMPT
    assert recorder.results[0].error == "GeneratorExit"


# Failures of hooks


def failing(method: str, error: BaseException) -> Recorder:
    """Return a recorder whose method raises an error."""

    def fail(*arguments: object) -> None:
        raise error

    recorder = Recorder("failing")
    setattr(recorder, method, fail)
    return recorder


def failures(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno == logging.ERROR]


@pytest.mark.parametrize("method", ["attach", "before_call", "before_attempt", "after_attempt", "after_call"])
async def test_an_exception_of_a_hook_is_logged_once_and_changes_nothing(
    method: str, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    broken = failing(method, ValueError("broken hook"))
    client = client_with(ScriptedTransport(default=OK), hooks=[broken, recorder])
    for _ in range(3):
        assert (await get_user(client)).username == "ana"
    assert recorder.methods == ONE_ATTEMPT * 3
    (record,) = failures(caplog)
    assert record.getMessage() == f"hooks[0]: Recorder.{method} failed; later failures are not logged"
    assert record.exc_info is not None
    assert "broken hook" in str(record.exc_info[1])
    called = set(ONE_ATTEMPT) if method == "attach" else set(ONE_ATTEMPT) - {method}
    assert set(broken.methods) == (set() if method == "before_call" else called)


async def test_the_log_of_a_failure_does_not_contain_the_error_of_the_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Hooks):
        def after_call(self, call: CallInfo, result: CallResult, state: Any) -> None:
            try:
                {}["first"]
            except KeyError:
                raise ValueError("second")  # noqa: B904  its context is the KeyError, and then the call's error

    response = http_response(400, {"__type": "UserNotFoundException", "message": "canary-ana"})
    client = client_with(ScriptedTransport(default=response), hooks=[Broken()])
    with pytest.raises(errors.UserNotFoundException) as caught:
        await get_user(client)
    (record,) = failures(caplog)
    text = logging.Formatter().format(record)
    assert "second" in text
    assert "canary" not in text
    assert "canary" in str(caught.value)


def _raise_from_it(error: BaseException) -> None:
    raise ValueError("of the hook") from error


def _raise_from_another_that_came_from_it(error: BaseException) -> None:
    try:
        _raise_from_it(error)
    except ValueError as cause:
        raise ValueError("second") from cause


def _raise_it(error: BaseException) -> None:
    raise error


def _raise_a_group(error: BaseException) -> None:
    raise BaseExceptionGroup("of the hook", [KeyError(), ExceptionGroup("nested", [error])])  # type: ignore[list-item]


def _raise_a_group_of_own_errors(error: BaseException) -> None:
    own = ValueError("of the hook")
    own.__cause__ = error
    raise ExceptionGroup("group", [own])


def _raise_from_its_cause(error: BaseException) -> None:
    raise ValueError("of the hook") from error.__cause__


@pytest.mark.parametrize(
    ("fail", "expected"),
    [
        (_raise_from_it, "ValueError: of the hook"),
        (_raise_from_another_that_came_from_it, "ValueError: of the hook"),
        (_raise_it, "RuntimeError: UserNotFoundException; its text is not logged"),
        (_raise_a_group, "RuntimeError: ExceptionGroup; its text is not logged"),
        (_raise_a_group_of_own_errors, "ValueError: of the hook"),
        (_raise_from_its_cause, "ValueError: of the hook"),
    ],
)
async def test_no_way_to_raise_brings_the_error_of_the_call_into_the_log(
    fail: Callable[[BaseException], None], expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Hooks):
        def after_call(self, call: CallInfo, result: CallResult, state: Any) -> None:
            error = sys.exception()
            assert error is not None
            error.__cause__ = KeyError("canary-cause")
            fail(error)

    response = http_response(400, {"__type": "UserNotFoundException", "message": "canary-ana"})
    with pytest.raises(errors.UserNotFoundException) as caught:
        await get_user(client_with(ScriptedTransport(default=response), hooks=[Broken()]))
    (record,) = failures(caplog)
    text = logging.Formatter().format(record)
    assert expected in text
    assert f"in {fail.__name__}" in text
    assert "canary" not in text
    assert "canary" in str(caught.value)


async def test_an_error_that_the_caller_handles_is_not_logged_with_an_invalid_header(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.headers = {"Host": "x"}
    client = client_with(ScriptedTransport(OK), hooks=[recorder])
    try:
        int("canary-ana")
    except ValueError:
        await get_user(client)
    (record,) = failures(caplog)
    text = logging.Formatter().format(record)
    assert "the client sets host itself" in text
    assert "canary" not in text


class Awaitable:
    """Something that must be awaited and is no coroutine."""

    def __await__(self) -> Any:
        raise AssertionError


@pytest.mark.parametrize("method", ["attach", "before_attempt", "after_attempt", "after_call"])
@pytest.mark.parametrize(
    ("create", "kind"), [(lambda: asyncio.sleep(0), "coroutine"), (Awaitable, "Awaitable")]
)
async def test_something_to_await_that_a_hook_returns_is_reported_once(
    method: str, create: Callable[[], object], kind: str, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    setattr(recorder, method, lambda *arguments: create())
    client = client_with(
        ScriptedTransport(default=OK), hooks=[recorder]
    )  # coroutines that stay open are errors
    for _ in range(2):
        await get_user(client)
    (record,) = failures(caplog)
    assert record.getMessage() == f"hooks[0]: Recorder.{method} failed; later failures are not logged"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == f"returned an object of {kind}, which is not awaited"


async def test_a_hook_may_return_a_task_which_runs_by_itself(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    tasks = []

    def after_call(*arguments: object) -> object:
        tasks.append(asyncio.ensure_future(work()))
        return tasks[-1]

    recorder.after_call = after_call  # type: ignore[assignment, method-assign]
    await get_user(client_with(ScriptedTransport(OK), hooks=[recorder]))
    await done.wait()
    assert failures(caplog) == []


async def test_the_state_of_a_call_may_be_any_object(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    state = Awaitable()
    recorder.before_call = lambda call: state  # type: ignore[method-assign]
    await get_user(client_with(ScriptedTransport(OK), hooks=[recorder]))
    assert recorder.events[-1][-1] is state
    assert failures(caplog) == []


@pytest.mark.parametrize("method", ["before_call", "before_attempt", "after_attempt", "after_call"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
async def test_other_exceptions_pass(method: str, error: type[BaseException], recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(default=OK), hooks=[recorder, failing(method, error())])
    await client._pipeline.prepare()
    coroutine = client.send(_request())
    with pytest.raises(error):
        coroutine.send(None)
    assert recorder.methods.count("before_call") == 1
    assert recorder.methods.count("after_call") == (0 if method == "after_call" else 1)


def _request() -> Any:
    from cognito_async.types import AdminGetUserRequest

    return AdminGetUserRequest(user_pool_id="eu-west-1_AbC123", username="ana")


# Headers


async def test_headers_of_hooks_are_added_and_not_signed(recorder: Recorder) -> None:
    recorder.headers = {"TraceParent": "00-1-2-01", "x-amzn-trace-id": "Root=1"}
    other = Recorder()
    other.headers = {"tracestate": "a=b"}
    transport = ScriptedTransport(OK)
    await get_user(client_with(transport, hooks=[recorder, other]))
    assert transport.headers["traceparent"] == "00-1-2-01"
    assert transport.headers["tracestate"] == "a=b"
    assert transport.headers["X-Amzn-Trace-Id"] == "Root=1"
    signed = transport.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert signed == "content-type;host;x-amz-date;x-amz-target"


async def test_a_trace_of_a_hook_replaces_that_of_lambda(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=lambda")
    recorder.headers = {"X-Amzn-Trace-Id": "Root=hook"}
    transport = ScriptedTransport(OK)
    await get_user(client_with(transport, hooks=[recorder]))
    traces = [value for name, value in transport.headers.items() if name.lower() == "x-amzn-trace-id"]
    assert traces == ["Root=hook"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "canary"},
        {"host": "canary"},
        {"Content-Length": "canary"},
        {"X-Amz-Target": "canary"},
        {"amz-sdk-request": "canary"},
        {"a": "b\r\nAuthorization: canary"},
        {"a\nb": "canary"},
        {"a b": "canary"},
        {"a:": "canary"},
        {"": "canary"},
        {"é": "canary"},
        {"a": 5},
        {5: "canary"},
        ["canary"],
        "canary",
    ],
)
async def test_headers_that_a_hook_may_not_set_are_ignored_and_logged_once(
    recorder: Recorder, headers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.headers = headers
    transport = ScriptedTransport(OK, OK)
    client = client_with(transport, hooks=[recorder])
    await get_user(client)
    await get_user(client)
    assert "canary" not in repr(transport.headers)
    (record,) = failures(caplog)
    assert record.getMessage().startswith("hooks[0]: Recorder.before_attempt failed")
    assert "canary" not in logging.Formatter().format(record)


async def test_headers_are_those_of_the_attempt(recorder: Recorder) -> None:
    class First(Hooks):
        def before_attempt(self, call: CallInfo, attempt: AttemptInfo, state: Any) -> Any:
            return {"a": "b"} if attempt.number == 1 else {}

    transport = ScriptedTransport(THROTTLED, OK)
    await get_user(client_with(transport, FakeClock(), hooks=[First()]))
    assert ["a" in request.headers for request in transport.sent] == [True, False]


# The argument


class Empty(Hooks):
    """Hooks whose truth value is false."""

    def __len__(self) -> int:
        return 0


class Async(Hooks):
    async def after_call(self, call: CallInfo, result: CallResult, state: Any) -> None:  # type: ignore[override]
        raise AssertionError


@pytest.mark.parametrize(
    ("hooks", "message"),
    [
        (
            [Hooks(), print],
            "hooks[1]: expected an object of a subclass of Hooks, got builtin_function_or_method",
        ),
        ([Recorder], "hooks[0]: expected an object of a subclass of Hooks, got the class Recorder"),
        (Hooks(), "hooks: expected a list of Hooks, got Hooks"),
        (Recorder, "hooks: expected a list of Hooks, got the class Recorder"),
        ({Hooks()}, "hooks: expected a list of Hooks, got set"),
        (None, "hooks: expected a list of Hooks, got NoneType"),
        (0, "hooks: expected a list of Hooks, got int"),
        ({}, "hooks: expected a list of Hooks, got dict"),
        ("", "hooks: expected a list of Hooks, got str"),
        ("hooks", "hooks: expected a list of Hooks, got str"),
        (b"", "hooks: expected a list of Hooks, got bytes"),
        (Empty(), "hooks: expected a list of Hooks, got Empty"),
        ([Async()], "hooks[0]: Async.after_call is async; hooks are plain functions"),
    ],
)
def test_the_error_about_a_wrong_argument_names_it(hooks: Any, message: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        CognitoClient(region="eu-west-1", hooks=hooks)
    assert str(caught.value) == message


async def test_the_base_class_does_nothing() -> None:
    transport = ScriptedTransport(OK)
    await get_user(client_with(transport, hooks=(Hooks(),)))
    assert len(transport.sent) == 1


# No cost when off


async def test_without_hooks_no_object_is_created_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from cognito_async import hooks
    from cognito_async._pipeline import observe

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("created without hooks")

    monkeypatch.setattr(observe, "CallObserver", refuse)
    monkeypatch.setattr(observe, "HookRunner", refuse)
    for name in ("CallInfo", "CallResult", "AttemptInfo", "AttemptResult"):
        monkeypatch.setattr(hooks, name, refuse)
        monkeypatch.setattr(observe, name, refuse)
    transport = ScriptedTransport(THROTTLED, OK)
    await get_user(client_with(transport, FakeClock(), hooks=[]))
    assert len(transport.sent) == 2


def test_a_client_without_hooks_loads_nothing_for_them() -> None:
    code = (
        "import sys; from cognito_async import CognitoClient\n"
        "CognitoClient(region='eu-west-1')\n"
        "print([name for name in ('opentelemetry', 'cognito_async.opentelemetry', "
        "'cognito_async._pipeline.observe') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Connections


@pytest.mark.parametrize("direct_http", [True, False])
async def test_connections_in_use_and_waiting_are_counted(direct_http: bool) -> None:  # noqa: FBT001  a parameter
    release, arrived = asyncio.Event(), asyncio.Event()
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            head, _ = await read_request(reader)
            heads.append(head)
            arrived.set()
            await release.wait()
            writer.write(HTTP_OK)

    recorder = Recorder()
    recorder.headers = {"traceparent": "00-1"}
    async with serve(handle) as url:
        client = CognitoClient(
            region="eu-west-1",
            endpoint_url=url,
            max_connections=1,
            direct_http=direct_http,
            hooks=[recorder],
        )
        (connections,) = recorder.connections
        assert connections() == Connections(in_use=0, waiting=0)
        tasks = [asyncio.create_task(sign_up(client)) for _ in range(3)]
        await arrived.wait()
        assert await asyncio.to_thread(connections) == Connections(in_use=1, waiting=2)
        tasks.pop().cancel()
        await asyncio.sleep(0)
        assert connections() == Connections(in_use=1, waiting=1)
        release.set()
        await asyncio.gather(*tasks)
        assert connections() == Connections(in_use=0, waiting=0)
        await client.close()
        assert connections() is None
    assert all(b"traceparent: 00-1" in head for head in heads)


async def test_the_function_does_not_keep_a_client_in_memory(recorder: Recorder) -> None:
    import gc

    client_with(ScriptedTransport(), hooks=[recorder])
    gc.collect()
    assert recorder.connections[0]() is None


async def test_a_custom_transport_has_no_connections(recorder: Recorder) -> None:
    client = client_with(ScriptedTransport(OK), hooks=[recorder])
    await get_user(client)
    assert recorder.connections[0]() == Connections(in_use=0, waiting=0)


async def test_slots_of_a_caller_s_session_are_counted_too() -> None:
    in_flight = InFlightRequests(asyncio.get_running_loop(), sys.maxsize)
    assert in_flight.counts() == Connections(in_use=0, waiting=0)
