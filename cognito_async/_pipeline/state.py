"""What the pipeline is given and what it keeps between calls, and one attempt over the transport."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from random import SystemRandom
from typing import NamedTuple, TypeAlias

from cognito_async._errors import RequestTimeoutError, ServiceError, TransportError
from cognito_async._pipeline.call import Call
from cognito_async._sigv4 import Endpoint
from cognito_async.config._shared_files import read_profile
from cognito_async.transport import HTTPRequest, HTTPResponse, Transport


class Effects(NamedTuple):
    """Side effects of a call other than sending; tests replace them."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = SystemRandom().random  # differs after a fork; ignores a program's seed
    read_profile: Callable[..., Mapping[str, str]] = read_profile


class Options(NamedTuple):
    """Options of one view of a client; None means the client's own value."""

    timeout: float | None = None
    max_attempts: int | None = None


class EndpointState(NamedTuple):
    """Endpoint and transport, known after the first call."""

    endpoint: Endpoint
    transport: Transport


Outcome: TypeAlias = HTTPResponse | TransportError | ServiceError
"""Response or error of an attempt."""

Attempt: TypeAlias = Callable[[Call, EndpointState], Awaitable[Outcome]]
"""Sends a request once, and returns its response or error."""

ErrorOf: TypeAlias = Callable[[HTTPResponse, int], ServiceError]
"""Returns the error for a response and the number of attempts."""


async def send_once(call: Call, transport: Transport, request: HTTPRequest) -> HTTPResponse | TransportError:
    """Send one attempt; return the error if there is no response."""
    try:
        return await transport.send(request, timeout=call.seconds_left(), resend=call.operation.idempotent)
    except TransportError as error:
        call_timed_out = type(error) is RequestTimeoutError and call.timeout is not None
        return call.timeout_error() if call_timed_out else error
