"""A proxy in front of the emulator that records requests and fails on demand."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import ClientSession, web
from attrs import field, frozen

FORWARDED = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")


@frozen
class Fail:
    """Return an error response that the emulator does not return by itself."""

    code: str
    status: int = 400
    message: str = "no"


class Disconnect:
    """Close the connection without a response."""


class Hang:
    """Hold the request until the test is over; sets ``reached`` when it arrives."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()


Action = Fail | Disconnect | Hang | None


@frozen
class ControlledProxy:
    """Forwards requests to the emulator and records them; a test can plan other actions."""

    target: str
    session: ClientSession
    calls: list[tuple[str, dict[str, Any]]] = field(factory=list)
    """Operation and body of every request."""

    connections: set[Any] = field(factory=set)
    """Client address of every connection with a request."""

    plans: dict[str, list[Action]] = field(factory=dict)
    """Actions for the next requests of an operation; None forwards the request."""

    over: asyncio.Event = field(factory=asyncio.Event)
    address: list[str] = field(factory=list)

    @property
    def url(self) -> str:
        return self.address[0]

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.calls)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        self.calls.append((operation, await request.json()))
        self.connections.add(request.transport.get_extra_info("peername"))
        plan = self.plans.get(operation)
        match plan.pop(0) if plan else None:
            case Fail(code, status, message):
                return web.json_response({"__type": code, "message": message}, status=status)
            case Disconnect():
                request.transport.abort()
                return web.Response()
            case Hang() as hang:
                hang.reached.set()
                await self.over.wait()
            case _:
                pass
        headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
        async with self.session.post(self.target, data=await request.read(), headers=headers) as response:
            kept = {
                name: value for name, value in response.headers.items() if name.lower().startswith("x-amz")
            }
            body = await response.read()
        return web.Response(body=body, status=response.status, headers=kept)
