"""Reads the body of a response, up to a largest size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_async import _errors as errors
from cognito_async._http.in_flight import Exchange

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from aiohttp import StreamReader


async def read_body(
    stream: StreamReader, announced: int, exchange: Exchange, loop: AbstractEventLoop, max_size: int
) -> bytes:
    """Return the rest of a body.

    Args:
        stream: The body.
        announced: Its length in bytes if the response names it, else 0.
        exchange: Its read timeout starts anew with each part.
        loop: The running loop.
        max_size: Largest body in bytes.

    Raises:
        ResponseTooLargeError: The body is longer.
    """
    check_size(announced, max_size)
    parts: list[bytes] = []
    size = 0
    while not stream.at_eof():
        exchange.extend_deadline(loop.time())
        part = await stream.readany()
        parts.append(part)
        size += len(part)
        check_size(size, max_size)
    return b"".join(parts)


def check_size(size: int, max_size: int) -> None:
    """Reject a body that is too long."""
    if size > max_size:
        raise errors.ResponseTooLargeError(f"the response is longer than max_response_size, {max_size} bytes")
