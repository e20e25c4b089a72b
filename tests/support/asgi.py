"""Requests and WebSockets to an ASGI application without a server: any headers, and any extensions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen


@frozen
class Response:
    """What an application sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def _scope(kind: str, path: str, headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "https" if kind == "http" else "wss",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 5000),
        "server": ("service", 443),
    }


def _response(messages: list[dict[str, Any]], prefix: str) -> Response:
    start = next(each for each in messages if each["type"] == f"{prefix}http.response.start")
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    assert len(headers) == len(start["headers"])
    bodies = [each.get("body", b"") for each in messages if each["type"] == f"{prefix}http.response.body"]
    return Response(start["status"], headers, b"".join(bodies))


async def get(app: Any, path: str, *headers: tuple[str, str]) -> Response:
    """Send a GET request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(_scope("http", path, headers), receive, send)
    return _response(sent, "")


async def connect(
    app: Any, path: str, *headers: tuple[str, str], denial: bool = True
) -> Response | list[dict[str, Any]]:
    """Open a WebSocket; return the response if the application refused with one, else its messages.

    ``denial`` says whether the server supports a response in place of the connection.
    """
    received = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return received.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    extensions = {"extensions": {"websocket.http.response": {}} if denial else {}}
    await app(_scope("websocket", path, headers) | extensions | {"subprotocols": []}, receive, send)
    if any(each["type"] == "websocket.http.response.start" for each in sent):
        assert denial
        return _response(sent, "websocket.")
    return sent
