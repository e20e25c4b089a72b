"""Sockets of connections that are cancelled, on event loops other than asyncio's own."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from cognito_async import CognitoClient, preload
from cognito_async._http import connector
from faults.server import HANDSHAKE_HANGS, FaultServer
from support.transports import CREDENTIALS

uvloop = pytest.importorskip("uvloop")


@pytest.mark.skipif(
    not connector._ACCEPTS_SOCKET_FACTORY,
    reason=f"aiohttp {aiohttp.__version__} creates sockets itself",
)
@pytest.mark.parametrize("path", ["direct", "session"])
def test_a_socket_that_uvloop_has_closed_is_not_closed_again(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The garbage collector would close the file descriptor of another connection."""
    created: list[socket.socket] = []
    new_socket = connector._new_socket

    def record(address: Any) -> socket.socket:
        created.append(new_socket(address))
        return created[-1]

    monkeypatch.setattr(connector, "_new_socket", record)

    async def cancel_at_every_step() -> None:
        async with FaultServer(HANDSHAKE_HANGS, tls=True) as server:
            client = CognitoClient(
                region="eu-west-1",
                endpoint_url=server.url,
                credentials=CREDENTIALS,
                direct_http=path == "direct",
                verify=False,
                proxy="",
            )
            async with client:
                await preload("users")
                await client._pipeline.prepare()
                for steps in range(40):
                    call = asyncio.create_task(client.admin_get_user(user_pool_id="p", username="ana"))
                    for _ in range(steps):
                        await asyncio.sleep(0)
                    call.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await call
            assert len(created) > 10
            assert {each.fileno() for each in created} == {-1}

    uvloop.run(cancel_at_every_step())
