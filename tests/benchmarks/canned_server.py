"""A server that answers every operation with a canned body; run in a process of its own.

``python canned_server.py`` prints its port and serves until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

USER: dict[str, Any] = {
    "Attributes": [
        {"Name": "sub", "Value": "0d5e7c3a-54a0-4f9b-8b3e-3f0d6f1a2b4c"},
        {"Name": "email", "Value": "ana@example.com"},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "given_name", "Value": "Ana"},
        {"Name": "custom:tenant", "Value": "north"},
    ],
    "Enabled": True,
    "UserCreateDate": 1700000000.123,
    "UserLastModifiedDate": 1.700000500456e9,
    "UserStatus": "CONFIRMED",
    "Username": "ana",
}
TOKENS = {"AccessToken": "a" * 1000, "ExpiresIn": 3600, "IdToken": "i" * 1100, "TokenType": "Bearer"}
PROFILE = {
    **{key: value for key, value in USER.items() if key != "Attributes"},
    "UserAttributes": USER["Attributes"],
}
ANSWERS: dict[str, Any] = {
    "AdminGetUser": PROFILE,
    "AdminCreateUser": {"User": USER},
    "InitiateAuth": {"AuthenticationResult": TOKENS, "ChallengeParameters": {}},
    "ListUsers": {"Users": [USER] * 60, "PaginationToken": "next"},
}
HEAD = (
    "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 09:00:00 GMT\r\nContent-Type: application/x-amz-json-1.1\r\n"
    "Connection: keep-alive\r\nx-amzn-RequestId: 3f0d6f1a-2b4c-4f9b-8b3e-0d5e7c3a54a0\r\nContent-Length: {}\r\n\r\n"
)


def answer(body: Any) -> bytes:
    """Return a whole HTTP answer."""
    data = json.dumps(body).encode()
    return HEAD.format(len(data)).encode() + data


CANNED = {f".{name}".encode(): answer(body) for name, body in ANSWERS.items()}


class Canned(asyncio.Protocol):
    """Reads as little of a request as it takes to answer it."""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].lower()
            start = head.index(b"content-length:") + 15
            length = int(head[start:].split(b"\r\n", 1)[0])
            if len(self.received) < end + 4 + length:
                return
            target = self.received[head.index(b"x-amz-target:") : end].split(b"\r\n", 1)[0]
            self.received = self.received[end + 4 + length :]
            self.transport.write(CANNED[target[target.rindex(b".") :]])


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Canned, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
