"""Rate limits of a client, asked before each attempt: that of ``retry_mode="adaptive"``, and ``limiter=``.

Loaded only by a client that has one of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from cognito_async._errors import CognitoError, RequestTimeoutError, TransportError
from cognito_async._model import Request
from cognito_async._pipeline.call import Call
from cognito_async._pipeline.state import Effects
from cognito_async._preload import import_off_loop
from cognito_async.config import Config
from cognito_async.rate_limit._adaptive import AdaptiveRateLimiter
from cognito_async.rate_limit._category import category_of
from cognito_async.rate_limit._protocol import LimitedRequest, RateLimiter
from cognito_async.retry import is_throttling
from cognito_async.transport import HTTPResponse

_ADVICE = (
    "Make fewer calls at a time, raise timeout, or raise the rate: share=, rates= and ask_service= of "
    "QuotaRateLimiter."
)

Send = Callable[[Request[Any]], Awaitable[Any]]


class Limits(NamedTuple):
    """The rate limits of a client."""

    adaptive: AdaptiveRateLimiter | None
    limiter: RateLimiter | None
    region: str
    send: Send
    """Sends a request on the client."""

    async def wait(self, call: Call, effects: Effects) -> LimitedRequest | None:
        """Wait until the next attempt may be sent; return the request as the limiter knows it."""
        started = effects.monotonic()
        waited = False
        try:
            adaptive = self.adaptive
            if adaptive is not None and adaptive.enabled:
                waited = True
                pause = effects.sleep(adaptive.reserve())
                message = 'delayed by retry_mode="adaptive": not sent'
                await call.wait_for(pause, timeout_message=message, attempts=call.attempts)
            limited = None
            if self.limiter is not None:
                limited = self._limited(call)
                try:
                    turn = self.limiter.acquire(limited)
                except TransportError as error:
                    call.annotate(error)
                    error.may_have_arrived = call.attempts > 0
                    raise
                if turn is not None:
                    waited = True
                    message = f"waited for {type(self.limiter).__name__} (quota {limited.quota}): not sent"
                    try:
                        await call.wait_for(turn, timeout_message=message, attempts=call.attempts)
                    except RequestTimeoutError as error:
                        error.advice = _ADVICE
                        raise
            return limited
        finally:
            call.waited = effects.monotonic() - started if waited else 0.0

    def update(
        self, limited: LimitedRequest | None, outcome: HTTPResponse | CognitoError, seconds: float
    ) -> None:
        """Report the outcome of an attempt."""
        throttled = isinstance(outcome, CognitoError) and is_throttling(outcome)
        if self.adaptive is not None:
            self.adaptive.update(throttled=throttled)
        if self.limiter is not None and limited is not None:
            self.limiter.feedback(limited, throttled=throttled, seconds=seconds)

    def _limited(self, call: Call) -> LimitedRequest:
        request = call.request
        pool = getattr(request, "user_pool_id", None)
        if pool is None and (resource := getattr(request, "resource_arn", None)) is not None:
            pool = resource.rpartition("/")[2]
        return LimitedRequest(
            operation=call.operation.name,
            quota=category_of(call.operation, request),
            region=self.region,
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
        response = await self.send(GetProvisionedLimitRequest(limit_definition=definition))
        rate: int = response.limit.provisioned_limit_value
        return rate


def make_limits(config: Config, limiter: RateLimiter | None, effects: Effects, send: Send) -> Limits:
    """Return the limits for a configuration."""
    adaptive = AdaptiveRateLimiter(effects.monotonic) if config.retry_mode == "adaptive" else None
    return Limits(adaptive, limiter, config.region or config.signing_region, send)
