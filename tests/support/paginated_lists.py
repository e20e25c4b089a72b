"""Lists in pages, and transports that return them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from botocore.paginate import TokenEncoder

from cognito_async import Pages, types
from cognito_async.transport import HTTPRequest, HTTPResponse
from support.calls import POOL
from support.transports import ScriptedTransport, client_with, http_response


class PageTransport(ScriptedTransport):
    """A scripted transport; a step may also be a page in wire form."""

    def __init__(self, *pages: dict[str, Any] | HTTPResponse | Exception) -> None:
        super().__init__(*[http_response(body=page) if isinstance(page, dict) else page for page in pages])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Bodies of all requests."""
        return [json.loads(request.body) for request in self.sent]


class FakeUserDirectory(PageTransport):
    """Lists ``count`` users, whose names are numbers.

    Pages have the requested size, or smaller ones of ``sizes`` in turn.
    """

    def __init__(self, count: int, sizes: list[int] | None = None) -> None:
        super().__init__()
        self.count, self.sizes = count, sizes or []

    async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
        await super().send(request, **options)
        members = json.loads(request.body)
        start, size = int(members.get("PaginationToken", 0)), members["Limit"]
        if self.sizes:
            size = min(size, self.sizes[start % len(self.sizes)])
        end = min(start + size, self.count)
        return http_response(body=users(*range(start, end), token=str(end) if end < self.count else None))


class GatedTransport(PageTransport):
    """Responds to each request when its gate is set; counts the cancelled requests."""

    def __init__(self, *pages: dict[str, Any] | HTTPResponse | Exception) -> None:
        super().__init__(*pages)
        self.gates = [asyncio.Event() for _ in pages]
        self.cancelled = 0

    async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
        number = len(self.sent)
        try:
            response = await super().send(request, **options)
            await self.gates[number].wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return response


def users(*names: object, token: object = None) -> dict[str, Any]:
    """Return a page of ``list_users`` in wire form."""
    return {"Users": [{"Username": str(name)} for name in names], "PaginationToken": token}


def sessions(*ids: object, token: object = None) -> dict[str, Any]:
    """Return a page of ``list_user_sessions``, which has no page size, in wire form."""
    return {"Sessions": [{"SessionId": str(session_id)} for session_id in ids], "NextToken": token}


def user_pages(
    transport: ScriptedTransport, **arguments: Any
) -> Pages[types.ListUsersResponse, types.UserType]:
    """Return the pages of ``list_users``."""
    paginator = client_with(transport, retry_mode="off").get_paginator("list_users")
    return paginator.paginate(**{"user_pool_id": POOL} | arguments)


def session_pages(transport: ScriptedTransport, **arguments: Any) -> Pages[Any, Any]:
    """Return the pages of ``list_user_sessions``."""
    return client_with(transport).get_paginator("list_user_sessions").paginate(access_token="t", **arguments)


async def usernames_by_page(pages: Pages[types.ListUsersResponse, types.UserType]) -> list[list[str]]:
    return [[user.username for user in page.users] async for page in pages]


async def usernames(pages: Pages[types.ListUsersResponse, types.UserType]) -> list[str]:
    return [user.username async for user in pages.items()]


def make_resume_token(**parts: object) -> str:
    """Return a resume token in the format of boto3."""
    token: str = TokenEncoder().encode(parts)
    return token


async def run_other_tasks(count: int = 10) -> None:
    """Give other tasks time to run until they wait for something."""
    for _ in range(count):
        await asyncio.sleep(0)


def other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}
