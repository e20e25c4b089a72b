"""A transport without network for tests below the API: scripted HTTP responses, and a record of the requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from cognito_async import CognitoClient, Credentials, HTTPRequest, HTTPResponse
from cognito_async._errors import RequestTimeoutError
from cognito_async._pipeline.state import Effects

REGION = "eu-west-1"
CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")

HANG = object()
"""A step of a script that ends only at the timeout of the request."""


def http_response(status: int = 200, body: Any = None, **headers: str) -> HTTPResponse:
    """Return an HTTP response with a JSON body; ``_`` in header names stands for ``-``."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(status, {"x-amzn-requestid": "request-1"} | names, json.dumps(body or {}).encode())


def error_response(code: str, status: int = 400, **headers: str) -> HTTPResponse:
    """Return an error response of the service."""
    return http_response(status, {"__type": code, "message": "no"}, **headers)


class ScriptedTransport:
    """Records requests. Each gets the next step: a response, an exception to raise, or ``HANG``; then ``default``."""

    def __init__(
        self, *steps: HTTPResponse | Exception | object, default: HTTPResponse | None = None
    ) -> None:
        self.steps = list(steps)
        self.default = default or http_response()
        self.sent: list[HTTPRequest] = []
        self.resend: list[bool] = []
        self.timeouts: list[float | None] = []
        self.prepared: list[str] = []
        self.closed = 0
        self.hanging = asyncio.Event()

    async def prepare(self, url: str) -> None:
        self.prepared.append(url)

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        self.sent.append(request)
        self.resend.append(resend)
        self.timeouts.append(timeout)
        step = self.steps.pop(0) if self.steps else self.default
        if step is HANG:
            self.hanging.set()
            try:
                async with asyncio.timeout(timeout):
                    await asyncio.Event().wait()
            except TimeoutError:
                raise RequestTimeoutError("no response in time") from None
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, HTTPResponse)
        return step

    async def close(self) -> None:
        self.closed += 1

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the last request."""
        return self.sent[-1].headers

    @property
    def json(self) -> Any:
        """Body of the last request."""
        return json.loads(self.sent[-1].body)


def always(
    body: bytes = b"{}", status: int = 200, headers: Mapping[str, str] | None = None
) -> ScriptedTransport:
    """Return a transport with the same response to every request."""
    response = HTTPResponse(status, {"x-amzn-requestid": "request-1"} | dict(headers or {}), body)
    return ScriptedTransport(default=response)


class FakeClock:
    """A clock that only sleeping advances, and a constant in place of random numbers."""

    def __init__(self, now: float = 1_800_000_000.0, random: float = 1.0) -> None:
        self.now = now
        self.random = random
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def effects(self) -> Effects:
        return Effects(
            now=lambda: self.now, monotonic=lambda: self.now, sleep=self.sleep, random=lambda: self.random
        )


def client_with(transport: Any, clock: FakeClock | None = None, **arguments: Any) -> CognitoClient:
    """Return a client that sends through ``transport`` and uses ``clock``."""
    settings = {"region": REGION, "credentials": CREDENTIALS, "transport": transport} | arguments
    client = CognitoClient(**settings)
    if clock is not None:
        client._pipeline.effects = clock.effects
    return client
