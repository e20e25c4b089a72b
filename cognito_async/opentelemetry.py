"""OpenTelemetry: spans of calls and attempts, and metrics.

::

    client = CognitoClient(region="eu-west-1", hooks=[OpenTelemetry()])

Names and attributes are those of the semantic conventions for AWS SDK clients, the same that the
instrumentation of botocore uses. No span and no metric contains data of users.
Requires ``pip install "cognito-async[otel]"``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
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

# Number of clients from which closed ones are looked for when another one is created.
_MANY = 16


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
        self._clean_at = _MANY
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
            return [metrics.Observation(sum(counts[index] for counts in self._open_clients()))]

        return observe

    def attach(self, connections: Callable[[], Connections | None]) -> None:
        """Observe the connections of a client."""
        if len(self._connections) >= self._clean_at:  # maybe nobody reads the metrics
            self._clean_at = max(_MANY, 2 * len(self._open_clients()))
        self._connections.append(connections)

    def _open_clients(self) -> list[Connections]:
        """Return the connections of clients that are open, and forget those of closed ones."""
        counts = []
        for each in self._connections.copy():
            count = each()
            if count is not None:
                counts.append(count)
            else:
                with suppress(ValueError):  # another thread was faster
                    self._connections.remove(each)
        return counts

    def before_call(self, call: CallInfo) -> Any:
        """Start the span of a call, and make it the current one."""
        attributes: dict[str, Any] = {
            "rpc.system": "aws-api",
            "rpc.system.name": "aws-api",
            "rpc.service": _SERVICE,
            "rpc.method": call.operation,
        }
        quota = {} if call.quota is None else {"cognito_async.quota": call.quota}
        span = self._tracer.start_span(
            f"{_SERVICE}.{call.operation}", kind=SpanKind.CLIENT, attributes=attributes | quota
        )
        return _State(attributes, _CurrentSpan(span))

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
            state.call.span.set_attributes(state.attributes)
        if self._attempt_spans:
            attributes = {"http.request.method": attempt.method, **server}
            if attempt.number > 1:
                attributes["http.request.resend_count"] = attempt.number - 1
            if attempt.waited:
                attributes["cognito_async.rate_limit.wait"] = attempt.waited
            if attempt.delayed:
                attributes["cognito_async.retry.delay"] = attempt.delayed
            span = self._tracer.start_span(attempt.method, kind=SpanKind.CLIENT, attributes=attributes)
            state.attempt = _CurrentSpan(span)
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
        try:
            self._attempts.add(1, attributes)
            if attempt.number > 1:
                self._retries.add(1, attributes)
            if result.throttled:
                self._throttles.add(1, attributes)
        finally:
            state.end_attempt(result)

    def after_call(
        self,
        call: CallInfo,  # noqa: ARG002  part of the interface
        result: CallResult,
        state: Any,
    ) -> None:
        """End the span of a call, and record its duration."""
        attributes = state.attributes | _outcome(result)
        try:
            self._durations.record(result.seconds, attributes)
            if result.waited:
                self._waits.record(result.waited, attributes)
            state.call.span.set_attribute("cognito_async.attempts", result.attempts)
        finally:
            state.call.end(result)


class _CurrentSpan:
    """A span, and the token to make the one before it the current one again."""

    __slots__ = ("_token", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self._token: Any = context.attach(trace.set_span_in_context(span))

    def end(self, result: AttemptResult | CallResult) -> None:
        """End the span, whatever a provider or an exporter raises.

        An error has no description: its text may contain data of users.
        """
        try:
            if result.request_id is not None:
                self.span.set_attribute("aws.request_id", result.request_id)
            self.span.set_attributes(_outcome(result))
            if result.error is not None:
                self.span.set_status(Status(StatusCode.ERROR))
        finally:
            try:
                self.span.end()
            finally:
                if result.error != "GeneratorExit":  # the coroutine is closed from outside of its context
                    context.detach(self._token)


class _State:
    """Spans of a call, and the attributes of its metrics."""

    __slots__ = ("attempt", "attributes", "call")

    def __init__(self, attributes: dict[str, Any], call: _CurrentSpan) -> None:
        self.attributes = attributes
        self.call = call
        self.attempt: _CurrentSpan | None = None
        """None between attempts, without spans of attempts, and if the span could not be started."""

    def end_attempt(self, result: AttemptResult) -> None:
        """End the span of the attempt, if it has one."""
        attempt, self.attempt = self.attempt, None
        if attempt is not None:
            attempt.end(result)


def _outcome(result: AttemptResult | CallResult) -> dict[str, Any]:
    """Return the attributes that say how a call or an attempt ended."""
    outcome: dict[str, Any] = {}
    if result.status is not None:
        outcome["http.response.status_code"] = result.status
    if result.error is not None:
        outcome["error.type"] = result.error
    return outcome
