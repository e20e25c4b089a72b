"""Sockets of connections that fail, on event loops other than asyncio's own."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import aiohttp
import pytest

from cognito_async import CognitoClient
from cognito_async._http import connector
from cognito_async.errors import ConnectError
from support.transports import CREDENTIALS

uvloop = pytest.importorskip("uvloop")

FAILURES = {
    "cancelled": asyncio.CancelledError(),
    "reset": ConnectionResetError(104, "Connection reset by peer"),
}


@pytest.mark.skipif(
    not connector._ACCEPTS_SOCKET_FACTORY,
    reason=f"aiohttp {aiohttp.__version__} creates sockets itself",
)
@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_socket_whose_file_uvloop_has_closed_is_not_closed_again(failure: str, *, direct: bool) -> None:
    """The file descriptor may be that of another connection by then.

    uvloop does this if a connection is cancelled or reset at certain moments (issue 738 of uvloop).
    """
    taken: list[socket.socket] = []

    class Loop(uvloop.Loop):
        async def create_connection(self, *_arguments: Any, sock: socket.socket, **_options: Any) -> Any:
            taken.append(sock)
            os.close(sock.fileno())
            raise FAILURES[failure]

    async def call(url: str) -> None:
        async with CognitoClient(
            region="eu-west-1",
            endpoint_url=url,
            credentials=CREDENTIALS,
            direct_http=direct,
            retry_mode="off",
            proxy="",
        ) as client:
            with pytest.raises((asyncio.CancelledError, ConnectError)):
                await client.admin_get_user(user_pool_id="p", username="ana")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(call(f"http://127.0.0.1:{port}"))
    assert [each.fileno() for each in taken] == [-1]
