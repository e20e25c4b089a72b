"""The way of one call: checked, signed, sent, retried, read. Everything here is shared by a client's views.

::

    request ─ encode ─┬─ sign ─ post ─┬─ success ─ decode ─ response
                      │               └─ failure ─ retry? ─ error
                      └──────── wait ◄───────────────┘
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import NamedTuple

from cognito_async import retry
from cognito_async._agent import on_lambda, trace_header, user_agent
from cognito_async._call import (
    Call,
    in_time,
    log,
    log_attempt,
    needed_by,
    reason,
    seconds_left,
    timed_out,
    told,
)
from cognito_async._error_body import service_error
from cognito_async._errors import (
    ClientClosedError,
    CognitoError,
    CredentialsError,
    InvalidResponseError,
    RequestTimeoutError,
    ServiceError,
    TransportError,
)
from cognito_async._headers import (
    ACCEPT_ENCODING,
    CONTENT_TYPE,
    HOST,
    INVOCATION_ID,
    SDK_REQUEST,
    TARGET,
    USER_AGENT,
)
from cognito_async._model import Request, ResponseMetadata, ResponseT_co
from cognito_async._profile import read_profile
from cognito_async._protocol import Reply, Transport
from cognito_async._providers import Provider
from cognito_async._settings import complete_config, with_proxy
from cognito_async._signer import BODY_TYPE, Endpoint, sign
from cognito_async._single_flight import SingleFlight
from cognito_async._transport import AiohttpTransport
from cognito_async.config import Config
from cognito_async.endpoints import SIGNING_NAME, TARGET_PREFIX


class Effects(NamedTuple):
    """What a call does to the world beside sending; tests put their own in."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    read_profile: Callable[[str | None, Mapping[str, str]], Mapping[str, str]] = read_profile


class Options(NamedTuple):
    """What a view of a client has of its own; None is what the client has."""

    timeout: float | None = None
    max_attempts: int | None = None


class Prepared(NamedTuple):
    """What the first call gets ready for all of them."""

    endpoint: Endpoint
    transport: Transport


class Pipeline:
    """What all views of a client share."""

    def __init__(
        self,
        config: Config,
        credentials: Callable[[], Provider],
        transport: Callable[[Config], Transport] = AiohttpTransport,
    ) -> None:
        self.config = config
        self.effects = Effects()
        self._make_credentials = credentials
        self._make_transport = transport
        self._credentials: Provider | None = None
        self._prepared: Prepared | None = None
        self._headers: dict[str, str] = {}
        self._max_attempts = 1
        self._codec: ModuleType | None = None
        self._preparation = SingleFlight(self._prepare)
        self._quota = retry.RetryQuota()
        self._limiter: retry.RateLimiter | None = None
        self._skew = 0.0
        self._traced = on_lambda(os.environ)
        self._closed = False

    async def call(self, request: Request[ResponseT_co], options: Options) -> ResponseT_co:
        """Send a request and return its response, or raise why there is none."""
        operation = request.operation
        codec = self._codec or self._load_codec()
        body = codec.encode(request)
        seconds = self.config.timeout if options.timeout is None else options.timeout
        end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        call = Call(operation, body, seconds, end)
        if self._closed:
            raise told(ClientClosedError("the client is closed"), call)
        prepared = self._prepared
        if prepared is None:
            prepared = await in_time(self.prepare(), call, "no shared files and certificates read", sent=0)
        if options.max_attempts is None:
            call.max_attempts = self._max_attempts
        else:
            call.max_attempts = options.max_attempts
        reply = await self._attempts(call, prepared)
        metadata = ResponseMetadata(
            request_id=reply.headers.get("x-amzn-requestid"),
            http_status=reply.status,
            headers=reply.headers,
            attempts=call.attempts,
            retry_reasons=call.reasons,
        )
        try:
            response: ResponseT_co = codec.decode(operation.response, reply.body, metadata)
        except codec.UndecodableError as error:
            failure = InvalidResponseError(
                str(error), operation=operation.name, status=reply.status, request_id=metadata.request_id
            )
            raise told(failure, call) from None
        return response

    def _load_codec(self) -> ModuleType:
        """Import the codec at the first call, as the shapes are; msgspec takes 3 ms."""
        from cognito_async import _codec  # noqa: PLC0415

        self._codec = _codec
        return _codec

    async def prepare(self) -> Prepared:
        """Read the shared files and get ready to send; once, however many ask."""
        return await self._preparation.wait()

    async def close(self) -> None:
        """End what is under way and let go of every connection."""
        self._closed = True
        await self._preparation.close()
        if self._prepared is not None:
            await self._prepared.transport.close()
        if self._credentials is not None:
            await self._credentials.close()

    async def _prepare(self) -> Prepared:
        profile = await asyncio.to_thread(self.effects.read_profile, self.config.profile, os.environ)
        config = with_proxy(complete_config(self.config, profile, os.environ), os.environ)
        endpoint = Endpoint.of(config.url)
        transport = self._make_transport(config)
        await transport.prepare(endpoint.url)
        if config.retry_mode == "adaptive":
            self._limiter = retry.RateLimiter(self.effects.monotonic)
        self._headers = {
            HOST: endpoint.host,
            ACCEPT_ENCODING: "identity",
            CONTENT_TYPE: BODY_TYPE,
            USER_AGENT: user_agent(config),
        }
        self._max_attempts = 1 if config.retry_mode == "off" else config.max_attempts
        self.config = config
        self._prepared = prepared = Prepared(endpoint, transport)
        return prepared

    # Attempts

    async def _attempts(self, call: Call, prepared: Prepared) -> Reply:
        """Send until there is a success or no reason to go on."""
        while True:
            if self._limiter is not None and self._limiter.enabled:
                pause = self.effects.sleep(self._limiter.reserve())
                await in_time(pause, call, 'no turn by retry_mode="adaptive"', sent=call.attempts)
            call.attempts += 1
            started = self.effects.monotonic()
            outcome = await self._attempt(call, prepared)
            if log.isEnabledFor(logging.DEBUG):
                log_attempt(call, outcome, self.effects.monotonic() - started)
            if self._limiter is not None:
                throttled = isinstance(outcome, CognitoError) and retry.is_throttling(outcome)
                self._limiter.update(throttled=throttled)
            if isinstance(outcome, Reply):
                self._quota.give_back(call.paid)
                return outcome
            call.has_waited = True
            delay = self._delay(call, outcome)
            if delay is None:
                raise told(outcome, call)
            call.reasons = (*call.reasons, reason(outcome))
            await self.effects.sleep(delay)

    async def _attempt(self, call: Call, prepared: Prepared) -> Reply | TransportError | ServiceError:
        """Send once."""
        endpoint, transport = prepared
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
        if operation.signed:
            try:
                provider = self._credentials
                if provider is None:
                    provider = self._credentials = self._make_credentials()
                credentials = provider.ready()
                if credentials is None:
                    credentials = await in_time(provider(), call, "no credentials", sent=call.attempts - 1)
            except CredentialsError as error:
                raise needed_by(operation, error) from error.__cause__
            headers |= sign(
                endpoint=endpoint,
                region=self.config.region or self.config.signing_region,
                service=SIGNING_NAME,
                target=target,
                body=call.body,
                credentials=credentials,
                now=self.effects.now() + self._skew,
            )
        try:
            reply = await transport.post(
                endpoint.url, headers, call.body, seconds=seconds_left(call), resend=operation.replay_safe
            )
        except TransportError as error:
            is_ours = type(error) is RequestTimeoutError and call.seconds is not None
            return timed_out(call) if is_ours else error
        if 200 <= reply.status < 300:  # noqa: PLR2004  HTTP
            return reply
        return service_error(
            operation.name,
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            attempts=call.attempts,
        )

    def _delay(self, call: Call, failure: CognitoError) -> float | None:
        """Seconds to wait before the next attempt; None when there is to be none."""
        corrected = self._corrects_clock(call, failure)  # also for the calls to come
        if call.attempts >= call.max_attempts:
            return None
        if corrected:
            return 0.0
        if not retry.is_retryable(failure, call.operation):
            return None
        delay = retry.delay_before(failure, call.attempts - 1, self.effects.random())
        left = seconds_left(call)
        if left is not None and delay >= left:
            return None
        cost = retry.cost_of(failure)
        if not self._quota.take(cost):
            return None
        call.paid = cost
        return delay

    def _corrects_clock(self, call: Call, failure: CognitoError) -> bool:
        """Learn the service's time from a refused signature, once a call."""
        if call.skew_corrected or not call.operation.signed:
            return False
        if not isinstance(failure, ServiceError) or not retry.is_skewed(failure):
            return False
        service = _moment(failure.headers.get("date"))
        if service is None or abs(service - self.effects.now() - self._skew) < retry.SKEW:
            return False
        self._skew = service - self.effects.now()
        call.skew_corrected = True
        return True


def _moment(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None
