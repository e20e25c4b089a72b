"""Spans and metrics of OpenTelemetry: their attributes, parents and ends, and no data of users."""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import cognito_async.opentelemetry
from cognito_async import CognitoClient, Credentials, errors
from cognito_async.hooks import CallInfo, CallResult, Connections
from cognito_async.opentelemetry import OpenTelemetry
from cognito_async.transport import HTTPResponse
from support.calls import OK, SERVER_ERROR, THROTTLED, get_user
from support.http_server import OK as HTTP_OK
from support.http_server import read_request, serve
from support.transports import HANG, FakeClock, ScriptedTransport, client_with, error_response, http_response


class Telemetry:
    """OpenTelemetry with exporters in memory."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracer_provider = TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meter_provider = MeterProvider([self.reader])

    def hooks(self, **arguments: Any) -> OpenTelemetry:
        return OpenTelemetry(
            tracer_provider=self.tracer_provider, meter_provider=self.meter_provider, **arguments
        )

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def points(self) -> dict[str, list[Any]]:
        """Return the data points of all metrics by name."""
        data = self.reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def values(self, name: str) -> dict[tuple[Any, Any], Any]:
        """Return the values of a counter by status and error."""
        return {
            (
                point.attributes.get("http.response.status_code"),
                point.attributes.get("error.type"),
            ): point.value
            for point in self.points().get(name, [])
        }


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    telemetry = Telemetry()
    before = context.get_current()
    yield telemetry
    assert context.get_current() is before
    telemetry.tracer_provider.shutdown()
    telemetry.meter_provider.shutdown()


# Spans


async def test_a_call_has_a_span_and_one_for_each_attempt(telemetry: Telemetry) -> None:
    transport = ScriptedTransport(THROTTLED, http_response(200, {"Username": "ana"}, x_amzn_requestid="r-2"))
    await get_user(client_with(transport, FakeClock(), hooks=[telemetry.hooks()]))
    first, second, call = telemetry.spans
    server = {"server.address": "cognito-idp.eu-west-1.amazonaws.com", "server.port": 443}
    assert call.name == "Cognito Identity Provider.AdminGetUser"
    assert call.attributes == {
        "cognito_async.quota": "UserRead",
        **server,
        "rpc.system": "aws-api",
        "rpc.system.name": "aws-api",
        "rpc.service": "Cognito Identity Provider",
        "rpc.method": "AdminGetUser",
        "cloud.region": "eu-west-1",
        "aws.request_id": "r-2",
        "http.response.status_code": 200,
        "cognito_async.attempts": 2,
    }
    assert (first.name, second.name) == ("POST", "POST")
    assert first.attributes == {
        **server,
        "http.request.method": "POST",
        "http.response.status_code": 400,
        "error.type": "TooManyRequestsException",
        "aws.request_id": "request-1",
    }
    assert second.attributes == {
        **server,
        "http.request.method": "POST",
        "http.request.resend_count": 1,
        "cognito_async.retry.delay": 1.0,
        "http.response.status_code": 200,
        "aws.request_id": "r-2",
    }
    assert {span.kind for span in telemetry.spans} == {SpanKind.CLIENT}
    assert [span.status.status_code for span in telemetry.spans] == [
        StatusCode.ERROR, StatusCode.UNSET, StatusCode.UNSET,
    ]  # fmt: skip
    assert [span.parent and span.parent.span_id for span in telemetry.spans] == [
        call.context.span_id, call.context.span_id, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (error_response("UserNotFoundException"), "UserNotFoundException"),
        (errors.ReadTimeoutError("late"), "ReadTimeoutError"),
        (http_response(200, "no object"), "InvalidResponseError"),
        (RuntimeError("a fault of a transport"), "RuntimeError"),
    ],
)
async def test_an_error_is_the_status_without_a_description(
    telemetry: Telemetry, step: Any, error: str
) -> None:
    client = client_with(ScriptedTransport(step), hooks=[telemetry.hooks()], retry_mode="off")
    with pytest.raises(Exception):  # noqa: B017, PT011  of several classes
        await get_user(client)
    call = telemetry.spans[-1]
    assert call.attributes is not None
    assert call.attributes["error.type"] == error
    assert (call.status.status_code, call.status.description) == (StatusCode.ERROR, None)
    assert call.events == ()


async def test_the_parent_is_the_current_span_and_the_new_span_is_current_during_an_attempt(
    telemetry: Telemetry,
) -> None:
    current = []

    class Observed(ScriptedTransport):
        async def send(self, *arguments: Any, **options: Any) -> HTTPResponse:
            current.append(trace.get_current_span().get_span_context().span_id)
            return await super().send(*arguments, **options)

    client = client_with(Observed(OK), hooks=[telemetry.hooks()])
    with telemetry.tracer_provider.get_tracer("test").start_as_current_span("request"):
        await get_user(client)
    attempt, call, request = telemetry.spans
    assert current == [attempt.context.span_id]
    assert call.parent is not None
    assert call.parent.span_id == request.context.span_id
    assert len({span.context.trace_id for span in telemetry.spans}) == 1


async def test_a_call_that_fails_before_an_attempt_has_one_span(telemetry: Telemetry) -> None:
    client = client_with(ScriptedTransport(), hooks=[telemetry.hooks()])
    await client.close()
    with pytest.raises(errors.ClientClosedError):
        await get_user(client)
    (call,) = telemetry.spans
    assert call.attributes is not None
    assert call.attributes["cognito_async.attempts"] == 0
    assert call.attributes["error.type"] == "ClientClosedError"


async def test_a_client_without_a_region_has_no_attribute_for_it(telemetry: Telemetry) -> None:
    client = CognitoClient(
        endpoint_url="http://127.0.0.1:5000", transport=ScriptedTransport(), hooks=[telemetry.hooks()]
    )
    await client.sign_up(client_id="c", username="ana", password="password")
    attributes = telemetry.spans[-1].attributes
    assert attributes is not None
    assert "cloud.region" not in attributes
    assert (attributes["server.address"], attributes["server.port"]) == ("127.0.0.1", 5000)


async def test_an_operation_without_a_quota_has_no_attribute_for_it(telemetry: Telemetry) -> None:
    client = client_with(ScriptedTransport(), hooks=[telemetry.hooks()])
    await client.get_user_auth_factors(access_token="token")
    attributes = telemetry.spans[-1].attributes
    assert attributes is not None
    assert attributes["rpc.method"] == "GetUserAuthFactors"
    assert "cognito_async.quota" not in attributes


async def test_a_cancelled_call_ends_its_spans(telemetry: Telemetry) -> None:
    transport = ScriptedTransport(HANG)
    task = asyncio.create_task(get_user(client_with(transport, hooks=[telemetry.hooks()])))
    await transport.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(span.attributes or {})["error.type"] for span in telemetry.spans] == ["CancelledError"] * 2


async def test_a_coroutine_that_is_closed_ends_its_spans(
    telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    transport = ScriptedTransport(HANG)
    client = client_with(transport, hooks=[telemetry.hooks()], timeout=None)
    task = asyncio.create_task(get_user(client))
    await transport.hanging.wait()
    coroutine: Any = task.get_coro()
    coroutine.close()  # as at the end of a loop that was closed without waiting for its tasks
    assert [(span.attributes or {})["error.type"] for span in telemetry.spans] == ["GeneratorExit"] * 2
    assert caplog.records == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_attempts_without_spans_of_their_own(telemetry: Telemetry) -> None:
    transport = ScriptedTransport(THROTTLED, OK)
    client = client_with(transport, FakeClock(), hooks=[telemetry.hooks(attempt_spans=False)])
    await get_user(client)
    (call,) = telemetry.spans
    assert f"Parent={call.context.span_id:016x}" in transport.headers["X-Amzn-Trace-Id"]
    assert sum(telemetry.values("cognito_async.attempts").values()) == 2


async def test_time_in_front_of_a_rate_limit_is_recorded(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks()
    call = CallInfo("AdminGetUser", signed=True, quota="UserRead", timeout=None, id="1")
    state = hooks.before_call(call)
    attempt = cognito_async.hooks.AttemptInfo(1, 3, "POST", "host", 443, None, None, 2.5, 0.0)
    hooks.before_attempt(call, attempt, state)
    facts: dict[str, Any] = {
        "status": 200, "error": None, "retryable": False, "throttled": False, "request_id": None,
        "response_size": 2,
    }  # fmt: skip
    result = cognito_async.hooks.AttemptResult(seconds=0.1, retry_delay=None, **facts)
    hooks.after_attempt(call, attempt, result, state)
    hooks.after_call(call, CallResult(seconds=2.6, attempts=1, waited=2.5, delayed=0.0, **facts), state)
    first, span = telemetry.spans
    assert (first.attributes or {})["cognito_async.rate_limit.wait"] == 2.5
    assert (span.attributes or {})["cognito_async.quota"] == "UserRead"
    (point,) = telemetry.points()["cognito_async.rate_limit.wait"]
    assert (point.count, point.sum) == (1, 2.5)


# Failures of providers, exporters and propagators


def fail(*arguments: object, **options: object) -> Any:
    raise ValueError("broken")


class BrokenAttempts(Sampler):
    """Fails for the spans of attempts."""

    def should_sample(
        self, parent_context: Any, trace_id: int, name: str, *arguments: Any, **options: Any
    ) -> SamplingResult:
        if name == "POST":
            raise ValueError("broken")
        return ALWAYS_ON.should_sample(parent_context, trace_id, name, *arguments, **options)

    def get_description(self) -> str:
        return "broken"


class BrokenPropagator(TraceContextTextMapPropagator):
    inject = fail


class BrokenSpan:
    """A span with methods that fail."""

    def __init__(self, span: Any, *methods: str) -> None:
        self._span = span
        for method in methods:
            setattr(self, method, fail)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._span, name)


def names_and_errors(telemetry: Telemetry) -> list[tuple[str, Any]]:
    return [
        (span.name.rpartition(".")[2], (span.attributes or {}).get("error.type")) for span in telemetry.spans
    ]


@pytest.mark.parametrize("error", [None, "UserNotFoundException"])
async def test_if_the_span_of_an_attempt_cannot_be_started_that_of_the_call_ends_at_its_end(
    telemetry: Telemetry, error: str | None
) -> None:
    telemetry.tracer_provider.sampler = BrokenAttempts()
    transport = ScriptedTransport(THROTTLED, OK if error is None else error_response(error))
    client = client_with(transport, FakeClock(), hooks=[telemetry.hooks()])
    await asyncio.gather(get_user(client), return_exceptions=True)
    assert names_and_errors(telemetry) == [("AdminGetUser", error)]
    assert (telemetry.spans[0].attributes or {})["cognito_async.attempts"] == 2
    assert sum(telemetry.values("cognito_async.attempts").values()) == 2
    assert not trace.get_current_span().is_recording()


async def test_if_the_propagator_fails_all_spans_end(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks(propagator=BrokenPropagator())
    await get_user(client_with(ScriptedTransport(THROTTLED, OK), FakeClock(), hooks=[hooks]))
    throttled = ("POST", "TooManyRequestsException")
    assert names_and_errors(telemetry) == [throttled, ("POST", None), ("AdminGetUser", None)]
    assert not trace.get_current_span().is_recording()


@pytest.mark.parametrize("metric", ["_attempts.add", "_throttles.add", "_durations.record"])
async def test_if_a_metric_fails_all_spans_end(telemetry: Telemetry, metric: str) -> None:
    hooks = telemetry.hooks()
    name, method = metric.split(".")
    setattr(getattr(hooks, name), method, fail)
    await get_user(client_with(ScriptedTransport(THROTTLED, OK), FakeClock(), hooks=[hooks]))
    assert [name for name, _ in names_and_errors(telemetry)] == ["POST", "POST", "AdminGetUser"]
    assert not trace.get_current_span().is_recording()


@pytest.mark.parametrize(
    ("method", "ended"), [("set_attributes", ["AdminGetUser"]), ("set_status", ["POST", "AdminGetUser"])]
)
async def test_if_a_span_refuses_its_outcome_it_ends(
    telemetry: Telemetry, method: str, ended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = telemetry.hooks()
    start = hooks._tracer.start_span
    tracer: Any = SimpleNamespace(start_span=lambda *a, **o: BrokenSpan(start(*a, **o), method))
    monkeypatch.setattr(hooks, "_tracer", tracer)
    client = client_with(ScriptedTransport(SERVER_ERROR), hooks=[hooks], retry_mode="off")
    with pytest.raises(errors.InternalErrorException):
        await get_user(client)
    assert [name for name, _ in names_and_errors(telemetry)] == ended


async def test_if_an_exporter_fails_the_span_before_is_the_current_one_again(
    telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = telemetry.hooks()
    start = hooks._tracer.start_span
    tracer: Any = SimpleNamespace(start_span=lambda *a, **o: BrokenSpan(start(*a, **o), "end"))
    monkeypatch.setattr(hooks, "_tracer", tracer)
    await get_user(client_with(ScriptedTransport(THROTTLED, OK), FakeClock(), hooks=[hooks]))
    assert not trace.get_current_span().is_recording()  # the fixture compares the contexts


# Context propagation


async def test_the_trace_is_sent_in_the_format_of_x_ray(telemetry: Telemetry) -> None:
    transport = ScriptedTransport(OK)
    await get_user(client_with(transport, hooks=[telemetry.hooks()]))
    attempt = telemetry.spans[0].context
    trace_id = f"{attempt.trace_id:032x}"
    expected = f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent={attempt.span_id:016x};Sampled=1"
    assert transport.headers["X-Amzn-Trace-Id"] == expected
    assert "traceparent" not in transport.headers


async def test_another_propagator_and_none(telemetry: Telemetry) -> None:
    for propagator, expected in ((TraceContextTextMapPropagator(), True), (CompositePropagator([]), False)):
        transport = ScriptedTransport(OK)
        await get_user(client_with(transport, hooks=[telemetry.hooks(propagator=propagator)]))
        assert ("traceparent" in transport.headers) is expected
        assert "X-Amzn-Trace-Id" not in transport.headers


# Metrics


async def test_metrics_of_calls_and_attempts(telemetry: Telemetry) -> None:
    clock = FakeClock()
    client = client_with(ScriptedTransport(THROTTLED, SERVER_ERROR, OK), clock, hooks=[telemetry.hooks()])
    await get_user(client)
    points = telemetry.points()
    (duration,) = points["rpc.client.call.duration"]
    assert (duration.count, duration.sum) == (1, pytest.approx(sum(clock.slept)))
    assert duration.explicit_bounds[:2] == (0.005, 0.01)
    assert {"rpc.method": "AdminGetUser", "cloud.region": "eu-west-1"}.items() <= duration.attributes.items()
    throttled, failed = (400, "TooManyRequestsException"), (500, "InternalErrorException")
    assert telemetry.values("cognito_async.attempts") == {throttled: 1, failed: 1, (200, None): 1}
    assert telemetry.values("cognito_async.retries") == {failed: 1, (200, None): 1}
    assert telemetry.values("cognito_async.throttles") == {throttled: 1}
    assert "cognito_async.rate_limit.wait" not in points


def test_connections_of_all_clients_are_added_up_and_closed_ones_forgotten(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks()
    counts: list[Connections | None] = [Connections(3, 5), Connections(4, 0), None]
    for index in range(3):
        hooks.attach(lambda index=index: counts[index])
    read = telemetry.points()
    assert read["cognito_async.connections.in_use"][0].value == 7
    assert read["cognito_async.connections.waiting"][0].value == 5
    assert len(hooks._connections) == 2
    counts[0] = None
    assert telemetry.points()["cognito_async.connections.waiting"][0].value == 0


def test_a_client_that_another_thread_has_forgotten_is_no_error(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks()

    def closed() -> None:
        hooks._connections.clear()

    hooks.attach(closed)
    assert telemetry.points()["cognito_async.connections.in_use"][0].value == 0


def test_closed_clients_are_forgotten_without_reading_the_metrics(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks()
    for index in range(1000):
        hooks.attach(lambda index=index: Connections(1, 0) if index < 3 else None)
        assert len(hooks._connections) <= 16
    assert telemetry.points()["cognito_async.connections.in_use"][0].value == 3


def test_many_open_clients_are_not_looked_through_for_each_new_one(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks()
    looked = 0

    def connections() -> Connections:
        nonlocal looked
        looked += 1
        return Connections(1, 0)

    for _ in range(1000):
        hooks.attach(connections)
    assert looked < 2000


async def test_hooks_do_not_keep_clients_in_memory(telemetry: Telemetry) -> None:
    hooks = telemetry.hooks()
    for _ in range(3):
        await get_user(client_with(ScriptedTransport(OK), hooks=[hooks]))
    gc.collect()
    telemetry.points()
    assert hooks._connections == []


async def test_without_a_provider_the_global_one_is_used_which_does_nothing_by_default() -> None:
    transport = ScriptedTransport(OK)
    await get_user(client_with(transport, hooks=[OpenTelemetry()]))
    assert len(transport.sent) == 1


# No data of users

CANARIES = {
    "username": "canary-username",
    "email": "canary@example.com",
    "password": "canary-password",
    "key": "canary-secret-key",
    "token": "canary-token",
    "message": "canary-message",
}


@pytest.mark.parametrize(
    "step",
    [
        http_response(200, {"Username": CANARIES["username"], "UserAttributes": [{"Name": "email", "Value": "canary"}]}),
        http_response(200, {"Username": ["canary"]}),
        http_response(200, "canary"),
        error_response("UserNotFoundException"),
        http_response(400, {"__type": "UserLambdaValidationException", "message": CANARIES["message"]}),
        http_response(400, {"__type": "InvalidParameterException", "message": CANARIES["email"]}),
        http_response(500, {"__type": "InternalErrorException", "message": CANARIES["message"]}),
        http_response(429, {"__type": "TooManyRequestsException", "message": CANARIES["message"]}),
        HTTPResponse(403, {"set-cookie": "canary", "x": "canary"}, b"<html>canary</html>"),
        errors.ConnectError("canary"),
        errors.ReadTimeoutError("canary"),
        RuntimeError("canary"),
        HANG,
    ],
    ids=(
        "success malformed undecodable not-found lambda invalid server-error throttled proxy connect timeout other"
        " cancelled"
    ).split(),
)  # fmt: skip
@pytest.mark.parametrize("operation", ["admin_get_user", "initiate_auth", "admin_create_user"])
async def test_no_span_metric_log_or_header_contains_data_of_users(
    telemetry: Telemetry, step: Any, operation: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    transport = ScriptedTransport(step)
    client = client_with(
        transport,
        FakeClock(),
        hooks=[telemetry.hooks()],
        retry_mode="off",
        credentials=Credentials(access_key_id="canary-id", secret_access_key=CANARIES["key"]),
    )
    parameters: dict[str, Any] = {
        "admin_get_user": {"user_pool_id": "eu-west-1_Canary", "username": CANARIES["username"]},
        "initiate_auth": {
            "client_id": "canary-client",
            "auth_flow": "USER_PASSWORD_AUTH",
            "auth_parameters": {"USERNAME": CANARIES["username"], "PASSWORD": CANARIES["password"]},
        },
        "admin_create_user": {
            "user_pool_id": "eu-west-1_Canary",
            "username": CANARIES["username"],
            "user_attributes": {"email": CANARIES["email"]},
        },
    }
    task = asyncio.create_task(getattr(client, operation)(**parameters[operation]))
    if step is HANG:
        await transport.hanging.wait()
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    seen = [span.to_json() for span in telemetry.spans]
    assert len(seen) == 2
    data = telemetry.reader.get_metrics_data()
    assert data is not None
    seen += [data.to_json(), repr(baggage.get_all()), json.dumps(transport.headers["X-Amzn-Trace-Id"])]
    seen += [
        record.getMessage() + repr(vars(record))
        for record in caplog.records
        if record.name == "cognito_async"
    ]
    assert [text for text in seen if "canary" in text.lower()] == []


# Another instrumentation


@pytest.mark.usefixtures("default_http_path")
async def test_spans_of_the_aiohttp_instrumentation_are_children(telemetry: Telemetry) -> None:
    instrumentation = pytest.importorskip("opentelemetry.instrumentation.aiohttp_client")
    instrumentor = instrumentation.AioHttpClientInstrumentor()
    instrumentor.instrument(tracer_provider=telemetry.tracer_provider)
    try:

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(HTTP_OK)

        async with serve(handle) as url:
            client = CognitoClient(
                region="eu-west-1", endpoint_url=url, hooks=[telemetry.hooks(attempt_spans=False)]
            )
            async with client:
                await client.sign_up(client_id="c", username="ana", password="password")
                assert client.config.sources["direct_http"] == "aiohttp is patched"
    finally:
        instrumentor.uninstrument()
    http, call = telemetry.spans
    assert http.parent is not None
    assert http.parent.span_id == call.context.span_id


# Imports


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "cognito_async.opentelemetry")
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("cognito_async.opentelemetry")
    message = 'cognito_async.opentelemetry needs OpenTelemetry: pip install "cognito-async[otel]"'
    assert (str(caught.value), caught.value.name) == (message, "opentelemetry")


def test_the_module_loads_no_client_and_no_sdk() -> None:
    code = (
        "import sys, cognito_async.opentelemetry\n"
        "print([name for name in ('aiohttp', 'cognito_async.client', 'opentelemetry.sdk') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
