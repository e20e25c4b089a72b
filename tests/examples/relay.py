"""A relay before the emulator: it keeps account of what comes, and fails where a test wants it to."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import ClientSession, web
from attrs import field, frozen

PASSED_ON = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")


@frozen
class Fail:
    """An answer that the emulator does not give by itself."""

    code: str
    status: int = 400
    message: str = "no"


class Cut:
    """Close the connection instead of an answer."""


class Hold:
    """Keep the request until the test is over; ``reached`` says that it is there."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()


Step = Fail | Cut | Hold | None


@frozen
class Relay:
    """Passes requests on to the emulator, keeps account of them, and does something else where a test wants it."""

    target: str
    session: ClientSession
    calls: list[tuple[str, dict[str, Any]]] = field(factory=list)
    """Operation and body of every request."""

    connections: set[Any] = field(factory=set)
    """The client's end of every connection that brought a request."""

    plans: dict[str, list[Step]] = field(factory=dict)
    """What to do with the next requests of an operation; None passes one on."""

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
            case Cut():
                request.transport.abort()
                return web.Response()
            case Hold() as hold:
                hold.reached.set()
                await self.over.wait()
            case _:
                pass
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        async with self.session.post(self.target, data=await request.read(), headers=headers) as answer:
            kept = {name: answer.headers[name] for name in answer.headers if name.lower().startswith("x-amz")}
            body = await answer.read()
        return web.Response(body=body, status=answer.status, headers=kept)
