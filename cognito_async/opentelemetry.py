"""OpenTelemetry: spans of calls and attempts, and metrics.

::

    client = CognitoClient(region="eu-west-1", hooks=[OpenTelemetry()])

Names and attributes are those of the semantic conventions for AWS SDK clients, the same that the
instrumentation of botocore uses. No span and no metric contains data of users.
Requires ``pip install "cognito-async[otel]"``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cognito_async._version import __version__
from cognito_async.hooks import AttemptInfo, AttemptResult, CallInfo, CallResult, Connections, Hooks

try:
    from opentelemetry import context, metrics, trace
    from opentelemetry.propagators.aws import AwsXRayPropagator
    from opentelemetry.propagators.textmap import TextMapPropagator
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        'cognito_async.opentelemetry needs OpenTelemetry: pip install "cognito-async[otel]"', name=_error.name
    ) from None

__all__ = ["OpenTelemetry"]

_SERVICE = "Cognito Identity Provider"
_SCOPE = "cognito_async"
_SCHEMA = "https://opentelemetry.io/schemas/1.40.0"

# The buckets that the conventions name for durations in seconds.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


class OpenTelemetry(Hooks):
    """Hooks that create a span for each call and each attempt, and record metrics.

    Use one object for all clients.

    Args:
        tracer_provider: By default the global one.
        meter_provider: By default the global one.
        propagator: Adds the headers of the trace to requests. By default that of AWS X-Ray, which is the
            only format that AWS services pass on; ``CompositePropagator([])`` adds none.
        attempt_spans: Whether attempts have spans of their own. Turn them off if aiohttp is instrumented
            too: it has a span for each request.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
        propagator: TextMapPropagator | None = None,
        attempt_spans: bool = True,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, __version__, tracer_provider, _SCHEMA)
        meter = metrics.get_meter(_SCOPE, __version__, meter_provider, _SCHEMA)
        self._propagator = AwsXRayPropagator() if propagator is None else propagator
        self._attempt_spans = attempt_spans
        self._connections: list[Callable[[], Connections | None]] = []
        self._durations = meter.create_histogram(
            "rpc.client.call.duration",
            unit="s",
            description="Duration of calls, with all attempts.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._waits = meter.create_histogram(
            "cognito_async.rate_limit.wait",
            unit="s",
            description="Time that calls have waited for rate limits of the client.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._attempts = meter.create_counter(
            "cognito_async.attempts",
            unit="{attempt}",
            description="Attempts, the first of each call included.",
        )
        self._retries = meter.create_counter(
            "cognito_async.retries", unit="{attempt}", description="Attempts after the first."
        )
        self._throttles = meter.create_counter(
            "cognito_async.throttles",
            unit="{attempt}",
            description="Attempts that the service rejected because there were too many.",
        )
        meter.create_observable_gauge(
            "cognito_async.connections.in_use",
            [self._gauge(0)],
            unit="{connection}",
            description="Connections in use.",
        )
        meter.create_observable_gauge(
            "cognito_async.connections.waiting",
            [self._gauge(1)],
            unit="{request}",
            description="Requests that wait for a connection.",
        )

    def _gauge(self, index: int) -> Callable[[metrics.CallbackOptions], Iterable[metrics.Observation]]:
        def observe(_options: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
            total = 0
            for each in self._connections.copy():
                counts = each()
                if counts is not None:
                    total += counts[index]
                elif each in self._connections:  # the two gauges may be read in two threads
                    self._connections.remove(each)
            return [metrics.Observation(total)]

        return observe

    def attach(self, connections: Callable[[], Connections | None]) -> None:
        """Observe the connections of a client."""
        self._connections.append(connections)

    def before_call(self, call: CallInfo) -> Any:
        """Start the span of a call, and make it the current one."""
        state = _State(call)
        span = self._tracer.start_span(
            f"{_SERVICE}.{call.operation}", kind=SpanKind.CLIENT, attributes=state.attributes
        )
        if call.quota is not None:
            span.set_attribute("cognito_async.quota", call.quota)
        state.enter(span)
        return state

    def before_attempt(
        self,
        call: CallInfo,  # noqa: ARG002  part of the interface
        attempt: AttemptInfo,
        state: Any,
    ) -> Mapping[str, str]:
        """Start the span of an attempt, make it the current one, and return the headers of the trace."""
        server: dict[str, Any] = {"server.address": attempt.host, "server.port": attempt.port}
        if attempt.number == 1:
            state.attributes |= server
            if attempt.region is not None:
                state.attributes["cloud.region"] = attempt.region
            state.span.set_attributes(state.attributes)
        if self._attempt_spans:
            attributes = {"http.request.method": attempt.method, **server}
            if attempt.number > 1:
                attributes["http.request.resend_count"] = attempt.number - 1
            if attempt.waited:
                attributes["cognito_async.rate_limit.wait"] = attempt.waited
            if attempt.delayed:
                attributes["cognito_async.retry.delay"] = attempt.delayed
            state.enter(self._tracer.start_span(attempt.method, kind=SpanKind.CLIENT, attributes=attributes))
        headers: Any = {}
        self._propagator.inject(headers)
        added: Mapping[str, str] = headers
        return added

    def after_attempt(
        self,
        call: CallInfo,  # noqa: ARG002  part of the interface
        attempt: AttemptInfo,
        result: AttemptResult,
        state: Any,
    ) -> None:
        """End the span of an attempt, and count the attempt."""
        attributes = state.attributes | _outcome(result)
        self._attempts.add(1, attributes)
        if attempt.number > 1:
            self._retries.add(1, attributes)
        if result.throttled:
            self._throttles.add(1, attributes)
        if self._attempt_spans:
            state.leave(result)

    def after_call(
        self,
        call: CallInfo,  # noqa: ARG002  part of the interface
        result: CallResult,
        state: Any,
    ) -> None:
        """End the span of a call, and record its duration."""
        attributes = state.attributes | _outcome(result)
        self._durations.record(result.seconds, attributes)
        if result.waited:
            self._waits.record(result.waited, attributes)
        state.span.set_attribute("cognito_async.attempts", result.attempts)
        state.leave(result)


class _State:
    """Open spans of a call, and the attributes of its metrics."""

    __slots__ = ("_open", "attributes", "span")

    def __init__(self, call: CallInfo) -> None:
        self.attributes: dict[str, Any] = {
            "rpc.system": "aws-api",
            "rpc.system.name": "aws-api",
            "rpc.service": _SERVICE,
            "rpc.method": call.operation,
        }
        self.span: Span = trace.INVALID_SPAN
        """Span of the call."""
        self._open: list[tuple[Span, Any]] = []

    def enter(self, span: Span) -> None:
        """Make a span the current one."""
        if not self._open:
            self.span = span
        self._open.append((span, context.attach(trace.set_span_in_context(span))))

    def leave(self, result: AttemptResult | CallResult) -> None:
        """End the span that was entered last.

        An error has no description: its text may contain data of users.
        """
        span, token = self._open.pop()
        if result.request_id is not None:
            span.set_attribute("aws.request_id", result.request_id)
        span.set_attributes(_outcome(result))
        if result.error is not None:
            span.set_status(Status(StatusCode.ERROR))
        span.end()
        if result.error != "GeneratorExit":  # the coroutine is closed from outside of its context
            context.detach(token)


def _outcome(result: AttemptResult | CallResult) -> dict[str, Any]:
    """Return the attributes that say how a call or an attempt ended."""
    outcome: dict[str, Any] = {}
    if result.status is not None:
        outcome["http.response.status_code"] = result.status
    if result.error is not None:
        outcome["error.type"] = result.error
    return outcome
