"""The request pipeline, shared by all views of a client.

::

    request ─ encode ─┬─ sign ─ send ─┬─ success ─ decode ─ response
                      │               └─ failure ─ retry? ─ error
                      └──────── wait ◄───────────────┘
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TYPE_CHECKING

from cognito_async import retry
from cognito_async._endpoints import SIGNING_NAME, TARGET_PREFIX
from cognito_async._errors import (
    CognitoError,
    InvalidResponseError,
    ServiceError,
)
from cognito_async._http.headers import INVOCATION_ID, SDK_REQUEST, TARGET, USER_AGENT
from cognito_async._model import Operation, Request, ResponseMetadata, ResponseT_co
from cognito_async._pipeline.call import Call, closed_error
from cognito_async._pipeline.error_response import advise_on_region, service_error
from cognito_async._pipeline.log import error_name, log, log_attempt
from cognito_async._pipeline.resources import Resources
from cognito_async._pipeline.state import Attempt, EndpointState, ErrorOf, Options, Outcome, send_once
from cognito_async._pipeline.tracing import on_lambda, trace_header
from cognito_async._preload import import_off_loop
from cognito_async._sigv4 import sign
from cognito_async._single_flight import running_loop
from cognito_async.config import Config
from cognito_async.credentials._provider import Provider
from cognito_async.transport import HTTPRequest, HTTPResponse, Transport

if TYPE_CHECKING:  # loaded only by clients that have hooks or limits
    from cognito_async._pipeline.observe import CallObserver
    from cognito_async.rate_limit import RateLimiter

# Requests of a rate limiter, while calls wait for the response. All processes together may send one a second.
_ASK_OPTIONS = Options(timeout=20.0, max_attempts=8)


class Pipeline(Resources):
    """What all views of a client share: its resources, and the way of a request."""

    def __init__(
        self,
        config: Config,
        make_credentials: Callable[[], Provider],
        make_transport: Callable[[Config], Transport],
        custom_transport: Transport | None,
        limiter: RateLimiter | None = None,
    ) -> None:
        super().__init__(config, make_credentials, make_transport, custom_transport, limiter)
        self._codec: ModuleType | None = None
        self._quota = retry.RetryQuota()
        self._skew = 0.0
        self._traced = on_lambda(os.environ)

    def call(self, request: Request[ResponseT_co], options: Options) -> Awaitable[ResponseT_co]:
        """Send a request and return its response, or raise the error of the last attempt."""
        if self._hooks is None:
            return self._call(request, options, None)
        return self._hooks.observe(lambda observer: self._call(request, options, observer), self.effects)

    async def _call(
        self, request: Request[ResponseT_co], options: Options, observer: CallObserver | None
    ) -> ResponseT_co:
        operation = request.operation
        timeout = self.config.timeout if options.timeout is None else options.timeout
        loop = running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        codec = self._codec
        first = codec is None
        if codec is None:
            codec = self._codec = await _load_codec()
        call = Call(operation, codec.encode(request), timeout, deadline)
        call.request = request
        call.time_elapsed = first
        if observer is not None:
            observer.start(call)
        state = await self._begin(call, options)
        try:
            http_response = await self._attempts(call, state, self._attempt)
        except ServiceError as error:
            resource = getattr(request, "user_pool_id", None) or getattr(request, "resource_arn", None)
            advise_on_region(error, resource, self.config.region)
            if error.code == "InvalidParameterException":
                await import_off_loop("cognito_async._pipeline.request_limits")
                from cognito_async._pipeline.request_limits import advise_on_limits  # noqa: PLC0415

                advise_on_limits(error, operation.name, call.body)
            raise
        metadata = ResponseMetadata(
            request_id=http_response.headers.get("x-amzn-requestid"),
            http_status=http_response.status,
            headers=http_response.headers,
            attempts=call.attempts,
            retry_reasons=call.reasons,
        )
        try:
            decoded = codec.decode_strictly(operation.response, http_response.body, metadata)
            if decoded is None:
                await import_off_loop("cognito_async._codec.lenient_decoder")  # cattrs is rarely needed
                decoded = codec.decode_leniently(operation.response, http_response.body, metadata)
        except codec.UndecodableError as error:
            raise InvalidResponseError.from_metadata(
                str(error), operation=operation.name, metadata=metadata
            ) from None
        response: ResponseT_co = decoded
        return response

    def send_http(
        self, operation: Operation, request: HTTPRequest, options: Options, to_error: ErrorOf
    ) -> Awaitable[tuple[HTTPResponse, Call]]:
        """Send an HTTP request that is no operation of the API, with the retries and the deadline of one.

        Args:
            operation: Its name, for errors and logs, and whether it may be sent again.
            request: The request; the user agent is added, and the endpoint before a URL that is a path.
            options: Options of the view of the client.
            to_error: Returns the error for a response whose status is not 2xx.
        """
        if self._hooks is None:
            return self._send_http(operation, request, options, to_error, None)
        return self._hooks.observe(
            lambda observer: self._send_http(operation, request, options, to_error, observer), self.effects
        )

    async def _send_http(
        self,
        operation: Operation,
        request: HTTPRequest,
        options: Options,
        to_error: ErrorOf,
        observer: CallObserver | None,
    ) -> tuple[HTTPResponse, Call]:
        timeout = self.config.timeout if options.timeout is None else options.timeout
        loop = running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        call = Call(operation, request.body, timeout, deadline)
        if observer is not None:
            observer.start(call)
        state = await self._begin(call, options)
        base = state.endpoint.url.rstrip("/") if request.url.startswith("/") else ""
        headers = {USER_AGENT: self._headers[USER_AGENT], **request.headers}
        request = request._replace(url=f"{base}{request.url}", headers=headers)
        if observer is not None:
            observer.request = request

        async def attempt(call: Call, state: EndpointState) -> Outcome:
            prepared = request if observer is None else observer.with_headers(request)
            response = await send_once(call, state.transport, prepared)
            if isinstance(response, HTTPResponse) and not 200 <= response.status < 300:  # noqa: PLR2004  HTTP
                await import_off_loop("cognito_async.errors", "cognito_async._errors.advice")
                return to_error(response, call.attempts)
            return response

        return await self._attempts(call, state, attempt), call

    async def _begin(self, call: Call, options: Options) -> EndpointState:
        """Return endpoint and transport for a call, and set its number of attempts."""
        if self._closed:
            raise closed_error(call)
        state = self._state
        if state is None:
            message = "shared files and certificates not read"
            state = await call.wait_for(self.prepare(), timeout_message=message, attempts=0)
        if options.max_attempts is None:
            call.max_attempts = self._max_attempts
        else:
            call.max_attempts = options.max_attempts
        return state

    async def _ask(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request for a limiter."""
        return await self.call(request, _ASK_OPTIONS)

    # Attempts

    async def _attempts(self, call: Call, state: EndpointState, attempt: Attempt) -> HTTPResponse:
        """Send until an attempt succeeds or there is no reason to retry."""
        while True:
            if call.operation.signed:  # before the rate limits: after its turn, a request is sent at once
                await self.find_credentials(call)
            limits = self._limits
            if limits is None:
                outcome = await self._send(call, state, attempt)
            else:
                limited = await limits.wait(call, self.effects)
                started, sent = self.effects.monotonic(), None
                try:
                    if call.waited and call.operation.signed:  # they may have expired
                        await self.find_credentials(call)
                    sent = outcome = await self._send(call, state, attempt)
                finally:
                    limits.update(limited, sent, self.effects.monotonic() - started)
            if isinstance(outcome, HTTPResponse):
                self._quota.release(call.retry_cost)
                return outcome
            call.time_elapsed = True
            delay = self._delay(call, outcome)
            if call.observer is not None:
                call.observer.after_attempt(outcome, delay)
            if delay is None:
                raise call.annotate(outcome)
            call.reasons = (*call.reasons, error_name(outcome))
            pause = self.effects.sleep(delay)
            await (pause if call.observer is None else call.observer.delay(pause))

    async def _send(self, call: Call, state: EndpointState, attempt: Attempt) -> Outcome:
        """Make an attempt, and tell the hooks and the log."""
        if self._closed:
            raise closed_error(call)
        call.attempts += 1
        if call.observer is not None:
            call.observer.before_attempt(state.endpoint.url, self.config.region)
        started = self.effects.monotonic()
        outcome = await attempt(call, state)
        if call.observer is not None and isinstance(outcome, HTTPResponse):
            call.observer.after_attempt(outcome, None)
        if log.isEnabledFor(logging.DEBUG):
            log_attempt(call, outcome, self.effects.monotonic() - started)
        return outcome

    async def _attempt(self, call: Call, state: EndpointState) -> Outcome:
        """Send once."""
        endpoint, transport = state
        operation = call.operation
        target = f"{TARGET_PREFIX}.{operation.name}"
        headers = {
            **self._headers,
            TARGET: target,
            INVOCATION_ID: call.id,
            SDK_REQUEST: f"attempt={call.attempts}; max={call.max_attempts}",
        }
        if self._traced:
            headers |= trace_header(os.environ)
        if call.credentials is not None:
            headers |= sign(
                endpoint=endpoint,
                region=self.config.region or self.config.signing_region,
                service=SIGNING_NAME,
                target=target,
                body=call.body,
                credentials=call.credentials,
                now=self.effects.now() + self._skew,
            )
        request = HTTPRequest("POST", endpoint.url, headers, call.body)
        if call.observer is not None:
            request = call.observer.with_headers(request)
        response = await send_once(call, transport, request)
        if not isinstance(response, HTTPResponse) or 200 <= response.status < 300:  # noqa: PLR2004  HTTP
            return response
        await import_off_loop("cognito_async.errors", "cognito_async._errors.advice")  # for the first error
        return service_error(
            operation.name,
            status=response.status,
            headers=response.headers,
            body=response.body,
            attempts=call.attempts,
        )

    def _delay(self, call: Call, error: CognitoError) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is none."""
        corrected = self._correct_clock_skew(call, error)  # also for later calls
        if call.attempts >= call.max_attempts:
            return None
        if corrected:
            return 0.0
        if not retry.is_retryable(error, call.operation):
            return None
        delay = retry.retry_delay(error, call.attempts - 1, self.effects.random())
        left = call.seconds_left()
        if left is not None and delay >= left:
            return None
        cost = retry.retry_cost(error)
        if not self._quota.acquire(cost):
            return None
        call.retry_cost = cost
        return delay

    def _correct_clock_skew(self, call: Call, error: CognitoError) -> bool:
        """Adopt the service's time after a rejected signature, once per call; return whether it changed."""
        if call.skew_corrected or not call.operation.signed:
            return False
        skew = retry.corrected_skew(error, now=self.effects.now(), skew=self._skew)
        if skew is None:
            return False
        self._skew = skew
        call.skew_corrected = True
        return True


async def _load_codec() -> ModuleType:
    """Import the codec off the loop, at the first call; msgspec takes 3 ms."""
    await import_off_loop("cognito_async._codec.codec")
    from cognito_async._codec import codec  # noqa: PLC0415

    return codec
