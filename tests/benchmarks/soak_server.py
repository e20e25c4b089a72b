"""A server that responds like Cognito and injects a random fault into every eighth request.

``python soak_server.py`` prints its two URLs, with and without TLS, and serves until its standard input is
closed.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the folder of the tests

from faults import server
from faults.server import Fault, FaultServer, Peer, ReceivedRequest, response, success

HEALTHY_SHARE = 0.875
FAULTS = [
    server.status(400, "TooManyRequestsException"),
    server.status(400, "UserNotFoundException"),
    server.status(500, "InternalErrorException"),
    server.html(502),
    server.RESET_AFTER_REQUEST,
    server.RESET_IN_BODY,
    server.CLOSED_WITHOUT_RESPONSE,
    server.CLOSED_IN_BODY,
    server.CLOSED_IN_CHUNKED_BODY,
    server.CLOSES_AFTER_RESPONSE,
    server.SHORT_CONTENT_LENGTH,
    server.HANGS,
    server.HANGS_IN_BODY,
    server.NOT_HTTP,
    server.LONG_HEADER,
    server.NOT_JSON,
    server.LARGE_BODY,
]
PAGES = 4
SEED = 20261128


def page(request: ReceivedRequest) -> bytes:
    """Return a page of users; the token counts the pages."""
    number = int(request.json.get("PaginationToken", "1"))
    user = {"Attributes": [{"Name": "email", "Value": "ana@example.com"}], "UserStatus": "CONFIRMED"}
    user |= {"Enabled": True, "UserCreateDate": 1.7e9, "UserLastModifiedDate": 1.7e9}  # type: ignore[dict-item]
    body = {"Users": [user | {"Username": f"user-{number}-{index}"} for index in range(60)]}
    more = {"PaginationToken": str(number + 1)} if number < PAGES else {}
    return json.dumps(body | more).encode()


def mixed(chance: random.Random) -> Fault:
    """Return a fault that chooses another one for each connection and request, or none."""

    async def connect(peer: Peer) -> None:
        if chance.random() < 0.01:
            peer.reset()

    async def respond(peer: Peer, request: ReceivedRequest) -> None:
        fault = server.HEALTHY if chance.random() < HEALTHY_SHARE else chance.choice(FAULTS)
        if fault.respond is not None:
            await fault.respond(peer, request)
        else:
            body = page(request) if request.operation == "ListUsers" else success(request)
            await peer.send(response(200, body))

    return Fault(connect=connect, respond=respond)


async def forget_requests(*servers: FaultServer) -> None:
    """Free the memory of the requests that the servers have recorded."""
    while True:
        await asyncio.sleep(1)
        for each in servers:
            each.requests.clear()


async def main() -> None:
    """Serve until standard input is closed."""
    fault = mixed(random.Random(SEED))
    async with FaultServer(fault) as plain, FaultServer(fault, tls=True) as encrypted:
        forgetting = asyncio.create_task(forget_requests(plain, encrypted))
        authority = server.certificates().authority.decode()
        print(json.dumps({"plain": plain.url, "tls": encrypted.url, "authority": authority}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        forgetting.cancel()


if __name__ == "__main__":
    asyncio.run(main())
