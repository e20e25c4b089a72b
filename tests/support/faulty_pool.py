"""A fake pool over a socket, one of whose endpoints may respond with anything, also with secrets of the request."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, quote

from cognito_async.testing import FakeUserPool
from cognito_async.transport import HTTPRequest, HTTPResponse
from support import tokens

SECRET = "clientsecretkanarienvogel"
PASSWORD = "Kanarienvogel-1!"
REDIRECT = "https://app.example/callback"
TLS = b"\x16"
"""First byte of a TLS handshake."""

Fault = Callable[[str, HTTPResponse], bytes | None]
"""Returns what to write in place of a response to a request; None to close the connection."""


class Server:
    """A fake pool over a socket."""

    def __init__(self) -> None:
        self.pool = FakeUserPool(client_secret=SECRET)
        self.pool.add_user("ana", PASSWORD, email="ana@example.com", groups=["admins"])
        self.pool.app_client.callback_urls = [REDIRECT]
        self.machine = self.pool.add_client(
            f"{SECRET}-2", oauth_flows=["client_credentials"], scopes=["orders/read"]
        )
        self.fault: Fault | None = None
        self.path = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._respond(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if await reader.readexactly(1) == TLS:
            return False
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        method = {"ET": "GET", "OST": "POST"}[method]
        headers = dict(line.split(": ", 1) for line in lines)
        length = int({name.lower(): value for name, value in headers.items()}.get("content-length", "0"))
        body = await reader.readexactly(length)
        path = target.partition("?")[0]
        response = self.pool._service.respond(HTTPRequest(method, target, headers, body), path)
        data: bytes | None = http(response.status, response.body, **response.headers)
        if self.fault is not None and path.endswith(self.path):
            data = self.fault(head + body.decode(), response)
        if data is None:
            return False
        writer.write(data)
        await writer.drain()
        return data.startswith(b"HTTP/1.1 ") and b"Content-Length" in data


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an HTTP response."""
    lines = [f"HTTP/1.1 {status} Text", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def listening(server: Server, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Listen on this machine; yield the URL, which is that of the issuer too."""
    listener = await asyncio.start_server(server, "127.0.0.1", 0, ssl=context)
    async with listener:
        scheme = "http" if context is None else "https"
        url = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        server.pool._service.state.issuer = f"{url}/{server.pool.pool_id}"
        yield url


# The faults


def as_json(status: int, body: Any) -> bytes:
    return http(status, json.dumps(body).encode(), **{"Content-Type": "application/json"})


def one_line(request: str) -> str:
    return request.replace("\r\n", " ")


def described(request: str, response: HTTPResponse) -> bytes:
    return as_json(400, {"error": "invalid_request", "error_description": f"cannot accept {request}"})


def header_described(request: str, response: HTTPResponse) -> bytes:
    found = re.search("(?i)authorization: (.*)", request)
    text = found[1].strip() if found else ""
    return as_json(400, {"error": "invalid_request", "error_description": f"not accepted: {text}"})


def part_described(request: str, response: HTTPResponse) -> bytes:
    words = re.findall(r"[\w.~-]{30,}", request)
    text = " ".join(f"{word[:40]}... {word[5:25]}" for word in words)[:200]
    return as_json(400, {"error": "invalid_request", "error_description": text})


def named(request: str, response: HTTPResponse) -> bytes:
    return as_json(400, {"error": re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", " ", request)[-60:]})


def each_named(request: str, response: HTTPResponse) -> bytes:
    """Return an error whose code is a value of the form."""
    values = [value for _, value in parse_qsl(request.rpartition("\r\n\r\n")[2])]
    return as_json(400, {"error": max(values, key=len, default="x")[:60]})


def challenged(request: str, response: HTTPResponse) -> bytes:
    text = one_line(request).replace('"', "")
    return http(401, **{"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{text}"'})


def cut(request: str, response: HTTPResponse) -> bytes:
    return http(200, response.body[:-1] or b"{", **{"Content-Type": "application/json"})


def doubled(request: str, response: HTTPResponse) -> bytes:
    return http(200, (response.body or b"{}") * 2)


def broken_text(request: str, response: HTTPResponse) -> bytes:
    return http(200, b"\xff" + response.body)


def in_list(request: str, response: HTTPResponse) -> bytes:
    return http(200, b"[%s]" % (response.body or b"{}"))


def page(request: str, response: HTTPResponse) -> bytes:
    return http(200, f"<html>{request}{response.body.decode()}".encode(), **{"Content-Type": "text/html"})


def blocked(request: str, response: HTTPResponse) -> bytes:
    return http(403, f"<html>{request}{response.body.decode()}".encode(), **{"Content-Type": "text/html"})


def members_of_another_type(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {name: [value] for name, value in members.items()})


def token_with_blank(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(
        200, {name: f" {value}" if isinstance(value, str) else value for name, value in members.items()}
    )


def token_type_is_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(
        200, {**members, "token_type": members.get("access_token"), "sub": members.get("access_token")}
    )


def lifetime_is_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {**members, "expires_in": members.get("access_token", "x")})


def foreign_id_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {**members, "id_token": tokens.token(tokens.ID)})


def access_for_id_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {**members, "id_token": members.get("access_token")})


def redirected(request: str, response: HTTPResponse) -> bytes:
    to = quote(one_line(request) + response.body.decode(), safe="=&. ").replace(" ", "%20")
    return http(302, Location=f"https://example.com/?{to}")


def throttled(request: str, response: HTTPResponse) -> bytes:
    return as_json(429, {"error": "slow_down", "error_description": request})


def unavailable(request: str, response: HTTPResponse) -> bytes:
    return http(503, f"{request}{response.body.decode()}".encode())


def bad_status(request: str, response: HTTPResponse) -> bytes:
    return f"HTTP/1.1 {one_line(request)}\r\n\r\n".encode()


def bad_header(request: str, response: HTTPResponse) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + one_line(request).encode() + response.body + b"\r\n\r\n"


def bad_chunk(request: str, response: HTTPResponse) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + response.body + request.encode()


def incomplete(request: str, response: HTTPResponse) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-length: 99999\r\n\r\n" + response.body


def closed(request: str, response: HTTPResponse) -> None:
    return None


def not_ended(request: str, response: HTTPResponse) -> bytes:
    """Return headers after which nothing follows until the timeout."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + response.body


def too_long(request: str, response: HTTPResponse) -> bytes:
    return http(200, (response.body or b"{}") + b" " * 1_000_000)


FAULTS: list[Fault] = [
    described, header_described, part_described, named, each_named, challenged, cut, doubled, broken_text, in_list, page, blocked,
    members_of_another_type, token_with_blank, token_type_is_token, lifetime_is_token, foreign_id_token,
    access_for_id_token, redirected, throttled, unavailable, bad_status, bad_header, bad_chunk, incomplete,
    closed, not_ended, too_long,
]  # fmt: skip
