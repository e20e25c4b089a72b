"""A transport without network: records what it is given and answers what it was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from cognito_async import CognitoClient, Credentials
from cognito_async._errors import RequestTimeoutError
from cognito_async._pipeline import Effects
from cognito_async._protocol import Reply

REGION = "eu-west-1"
CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")


class RecordingTransport:
    """Answers every request alike."""

    def __init__(
        self, body: bytes = b"{}", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.reply = Reply(status, {"x-amzn-requestid": "request-1"} | dict(headers or {}), body)
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []

    async def prepare(self, url: str) -> None:
        pass

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        self.sent.append((url, headers, body))
        return self.reply

    async def close(self) -> None:
        pass

    @property
    def headers(self) -> Mapping[str, str]:
        return self.sent[-1][1]

    @property
    def json(self) -> Any:
        return json.loads(self.sent[-1][2])


HANG = object()
"""A step of a script that ends with the time of the call only."""


class ScriptedTransport(RecordingTransport):
    """Answers with one step after the other: a reply, an exception to raise, or ``HANG``; then with ``{}``."""

    def __init__(self, *steps: Reply | Exception | object) -> None:
        super().__init__()
        self.steps = list(steps)
        self.resend: list[bool] = []
        self.seconds: list[float | None] = []
        self.prepared: list[str] = []
        self.closed = 0
        self.hanging = asyncio.Event()

    async def prepare(self, url: str) -> None:
        self.prepared.append(url)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        self.resend.append(resend)
        self.seconds.append(seconds)
        default = await super().post(url, headers, body, seconds=seconds, resend=resend)
        step = self.steps.pop(0) if self.steps else default
        if step is HANG:
            self.hanging.set()
            try:
                async with asyncio.timeout(seconds):
                    await asyncio.Event().wait()
            except TimeoutError:
                raise RequestTimeoutError("no answer in time") from None
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Reply)
        return step

    async def close(self) -> None:
        self.closed += 1


def reply(status: int = 200, body: Any = None, **headers: str) -> Reply:
    """Return an answer; header names with _ for -."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"x-amzn-requestid": "request-1"} | names, json.dumps(body or {}).encode())


def failure(code: str, status: int = 400, **headers: str) -> Reply:
    """Return an error of the service."""
    return reply(status, {"__type": code, "message": "no"}, **headers)


class World:
    """A clock that only sleeping moves, and dice that fall as told."""

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


def client_with(transport: RecordingTransport, world: World | None = None, **arguments: Any) -> CognitoClient:
    """Return a client that sends through ``transport`` and lives in ``world``."""
    settings = {"region": REGION, "credentials": CREDENTIALS, "transport": transport} | arguments
    client = CognitoClient(**settings)
    if world is not None:
        client._pipeline.effects = world.effects
    return client
