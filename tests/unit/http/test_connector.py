"""Sockets of connections that fail, on event loops other than asyncio's own."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest

from cognito_async import CognitoClient
from cognito_async._http import connector
from cognito_async.errors import ConnectError
from faults.server import certificates
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


@contextmanager
def silent_server() -> Iterator[str]:
    """Run a server that responds to one request, and then does not even answer the end of TLS."""
    body = b'{"Username": "ana"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    end = threading.Event()

    def serve(listener: socket.socket) -> None:
        accepted, _ = listener.accept()
        with certificates().servers["good"].wrap_socket(accepted, server_side=True) as connection:
            connection.recv(100_000)
            connection.sendall(answer)
            end.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            end.set()
            thread.join()


@pytest.mark.parametrize("direct", [True, False])
def test_the_end_of_a_loop_ends_connections_whose_server_does_not_answer(*, direct: bool) -> None:
    """Uvloop warns about those that are left."""

    async def call(url: str) -> CognitoClient:
        client = CognitoClient(
            region="eu-west-1",
            endpoint_url=url,
            credentials=CREDENTIALS,
            direct_http=direct,
            verify=False,
            proxy="",
        )
        await client.admin_get_user(user_pool_id="p", username="ana")
        return client

    with silent_server() as url, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            client = runner.run(call(url))
    assert client.config.direct_http is direct
    assert [str(each.message) for each in caught if each.category is ResourceWarning] == []
