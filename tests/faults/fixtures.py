"""The servers and the client settings that a case needs."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from attrs import frozen

from faults.server import FaultServer, certificates, forward_proxy
from faults.table import Case


@frozen
class Fixtures:
    """A running server, and the proxy and ``ca_bundle`` of its clients."""

    server: FaultServer
    proxy: str | None = None
    ca_bundle: str | None = None


@asynccontextmanager
async def fixtures_for(case: Case, folder: Path, times: int | None = None) -> AsyncGenerator[Fixtures]:
    """Start the server and the proxy of a case; the fault occurs ``times`` times, or always if None."""
    proxy = ca_bundle = None
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(FaultServer(case.fault, times, tls=case.tls))
        if case.tls:
            bundle = folder / "authority.pem"
            bundle.write_bytes(certificates().authority)
            ca_bundle = str(bundle)
        if case.proxy == "dead":
            unused = stack.enter_context(socket.socket())
            unused.bind(("127.0.0.1", 0))
            proxy = f"http://127.0.0.1:{unused.getsockname()[1]}"
        elif case.proxy == "refusing":
            proxy = (await stack.enter_async_context(forward_proxy(rejects=True))).url
        yield Fixtures(server, proxy, ca_bundle)
