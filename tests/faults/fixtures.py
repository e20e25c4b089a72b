"""Sets up what a case needs: the server, a proxy, and a client's settings for them."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from attrs import frozen
from faults.server import FaultServer, certificates, forward_proxy
from faults.table import Case


@frozen
class Stage:
    """Where a case plays."""

    server: FaultServer
    proxy: str | None
    ca_bundle: str | None


@asynccontextmanager
async def staged(case: Case, folder: Path, times: int | None = None) -> AsyncGenerator[Stage]:
    """Start what the case needs; the fault passes after it has hit ``times`` times."""
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
            proxy = (await stack.enter_async_context(forward_proxy(refuses=True))).url
        yield Stage(server, proxy, ca_bundle)
