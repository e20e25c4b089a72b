"""A server that returns a fixed response for every operation; it runs in its own process.

``python server.py`` prints its port and serves until its standard input is closed; ``served()`` runs
it during a ``with`` block. A request with a ``Limit`` gets a list of that many users. ``python server.py srp``
responds to ``InitiateAuth`` with a challenge instead of tokens; it verifies no password.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
SECRET = {
    "ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:s-1",
    "Name": "s",
    "SecretString": "x" * 300,
    "CreatedDate": 1700000000.123,
}
CHALLENGE = {
    "ChallengeName": "PASSWORD_VERIFIER",
    "ChallengeParameters": {
        "SALT": "34c997883b8789d102ea156c1b74e4de",
        "SECRET_BLOCK": base64.b64encode(bytes(range(96)) * 11).decode(),
        "SRP_B": "5" * 768,
        "USERNAME": "ana",
        "USER_ID_FOR_SRP": "ana",
    },
}
RESPONSES: dict[str, Any] = {
    "AdminGetUser": PROFILE,
    "AdminCreateUser": {"User": USER},
    "InitiateAuth": {"AuthenticationResult": TOKENS, "ChallengeParameters": {}},
    "RespondToAuthChallenge": {"AuthenticationResult": TOKENS, "ChallengeParameters": {}},
    "ListUsers": {"Users": [USER] * 60, "PaginationToken": "next"},
    "GetSecretValue": SECRET,  # of another service, for the client that does not support user pools
}
HEAD = (
    "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 09:00:00 GMT\r\nContent-Type: application/x-amz-json-1.1\r\n"
    "Connection: keep-alive\r\nx-amzn-RequestId: 3f0d6f1a-2b4c-4f9b-8b3e-0d5e7c3a54a0\r\nContent-Length: {}\r\n\r\n"
)


def http_response(body: Any) -> bytes:
    """Return a complete HTTP response."""
    data = json.dumps(body).encode()
    return HEAD.format(len(data)).encode() + data


HTTP_RESPONSES = {f".{name}".encode(): http_response(body) for name, body in RESPONSES.items()}
PAGES = {
    str(size).encode(): http_response({"Users": [USER] * size, "PaginationToken": "next"})
    for size in range(1, 61)
}
LIMIT = re.compile(rb'"Limit": ?(\d+)')


class FixedResponses(asyncio.Protocol):
    """Reads only the parts of a request that determine the response."""

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
            limit = LIMIT.search(self.received, end)
            self.received = self.received[end + 4 + length :]
            self.transport.write(PAGES[limit[1]] if limit else HTTP_RESPONSES[target[target.rindex(b".") :]])


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Run the server in a second process and yield its URL."""
    command = [sys.executable, __file__, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


async def main() -> None:
    """Serve until standard input ends."""
    if "srp" in sys.argv:
        HTTP_RESPONSES[b".InitiateAuth"] = http_response(CHALLENGE)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FixedResponses, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
