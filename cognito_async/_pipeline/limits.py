"""Rate limits of a client, asked before each attempt: that of ``retry_mode="adaptive"``, and ``limiter=``.

Loaded only by a client that has one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from cognito_async._errors import CognitoError, RequestTimeoutError, TransportError
from cognito_async._model import Request
from cognito_async._pipeline.call import Call, closed_error
from cognito_async._pipeline.state import Effects
from cognito_async._preload import import_off_loop
from cognito_async.config import Config
from cognito_async.rate_limit._adaptive import AdaptiveRateLimiter
from cognito_async.rate_limit._category import category_of
from cognito_async.rate_limit._protocol import LimitedRequest, RateLimiter
from cognito_async.retry import is_throttling
from cognito_async.transport import HTTPResponse

_log = logging.getLogger("cognito_async")

_ADVICE = (
    "Make fewer calls at a time, raise timeout, or raise the rate: share=, rates= and ask_service= of "
    "QuotaRateLimiter."
)

Send = Callable[[Request[Any]], Awaitable[Any]]


class Limits:
    """The rate limits of a client.

    Args:
        adaptive: Limit of the retry mode ``adaptive``.
        limiter: Limiter of the client.
        region: Region of the client.
        send: Sends a request on the client.
    """

    def __init__(
        self, adaptive: AdaptiveRateLimiter | None, limiter: RateLimiter | None, region: str, send: Send
    ) -> None:
        self.adaptive = adaptive
        self._limiter = limiter
        self._region = region
        self._send = send
        self._waits: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}
        self._failure_reported = False

    async def wait(self, call: Call, effects: Effects) -> LimitedRequest | None:
        """Wait until the next attempt may be sent; return the request as the limiter knows it."""
        started = effects.monotonic()
        waited = False
        limited = None
        try:
            adaptive = self.adaptive
            if adaptive is not None and adaptive.enabled:
                waited = True
                message = 'delayed by retry_mode="adaptive": not sent'
                await self._wait_for(effects.sleep(adaptive.reserve()), call, message)
            if self._limiter is not None:
                limited = self._limited(call)
                turn = self._acquire(self._limiter, limited, call)
                if turn is not None:
                    waited = True
                    message = f"waited for {type(self._limiter).__name__} (quota {limited.quota}): not sent"
                    try:
                        await self._wait_for(turn, call, message)
                    except RequestTimeoutError as error:
                        error.advice = _ADVICE
                        raise
        finally:
            call.waited = effects.monotonic() - started if waited else 0.0
        return limited

    def update(
        self, limited: LimitedRequest | None, outcome: HTTPResponse | CognitoError | None, seconds: float
    ) -> None:
        """Report the outcome of an attempt; None if it has none, because the call was cancelled or failed."""
        throttled = isinstance(outcome, CognitoError) and is_throttling(outcome)
        if self.adaptive is not None and outcome is not None:
            self.adaptive.update(throttled=throttled)
        if self._limiter is not None and limited is not None:
            try:
                self._limiter.feedback(limited, throttled=throttled, seconds=seconds)
            except Exception as error:  # noqa: BLE001  a fault of a limiter must not break calls
                self._report(error)

    def close(self) -> None:
        """End all waits with a ``ClientClosedError``."""
        for scope, loop in list(self._waits.items()):
            with suppress(RuntimeError):  # the loop is closed, or the wait has ended
                if loop is asyncio.get_running_loop():
                    scope.reschedule(0)
                else:
                    loop.call_soon_threadsafe(self._end, scope)

    async def _wait_for(self, turn: Awaitable[None], call: Call, message: str) -> None:
        """Wait until the turn, the deadline of the call, or the end of the client."""
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._waits[scope] = asyncio.get_running_loop()
                await call.wait_for(turn, timeout_message=message, attempts=call.attempts)
        except TimeoutError:
            if not scope.expired():
                raise
            raise closed_error(call, "the client was closed while this call waited") from None
        finally:
            self._waits.pop(scope, None)

    def _end(self, scope: asyncio.Timeout) -> None:
        if scope in self._waits:
            scope.reschedule(0)

    def _acquire(self, limiter: RateLimiter, limited: LimitedRequest, call: Call) -> Awaitable[None] | None:
        try:
            return limiter.acquire(limited)
        except TransportError as error:
            call.annotate(error)
            error.may_have_arrived = call.attempts > 0
            raise

    def _report(self, error: Exception) -> None:
        """Log the first failure of the limiter, without the error of the call: that may name a user."""
        if not self._failure_reported:
            self._failure_reported = True
            error.__cause__ = error.__context__ = None
            name = type(self._limiter).__name__
            _log.error("%s.feedback failed; later failures are not logged", name, exc_info=error)

    def _limited(self, call: Call) -> LimitedRequest:
        request = call.request
        pool = getattr(request, "user_pool_id", None)
        if pool is None and (resource := getattr(request, "resource_arn", None)) is not None:
            pool = resource.rpartition("/")[2]
        return LimitedRequest(
            operation=call.operation.name,
            quota=category_of(call.operation, request),
            region=self._region,
            user_pool_id=pool,
            challenge=getattr(request, "challenge_name", None),
            attempt=call.attempts + 1,
            seconds_left=call.seconds_left(),
            provisioned_rate=self._provisioned_rate,
        )

    async def _provisioned_rate(self, category: str) -> int:
        await import_off_loop("cognito_async.types.user_pools")
        from cognito_async.types.user_pools import (  # noqa: PLC0415  imported off the loop
            GetProvisionedLimitRequest,
            LimitDefinitionType,
        )

        definition = LimitDefinitionType(limit_class="API_CATEGORY", attributes={"Category": category})
        response = await self._send(GetProvisionedLimitRequest(limit_definition=definition))
        rate: int = response.limit.provisioned_limit_value
        return rate


def make_limits(config: Config, limiter: RateLimiter | None, effects: Effects, send: Send) -> Limits:
    """Return the limits for a configuration."""
    adaptive = AdaptiveRateLimiter(effects.monotonic) if config.retry_mode == "adaptive" else None
    return Limits(adaptive, limiter, config.region or config.signing_region, send)
