"""A transport without network: records what it is given and answers what it was told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cognito_async import CognitoClient, Credentials
from cognito_async._transport import Reply

REGION = "eu-west-1"
CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")


class RecordingTransport:
    """Answers every request alike."""

    def __init__(
        self, body: bytes = b"{}", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.reply = Reply(status, {"x-amzn-requestid": "request-1"} | dict(headers or {}), body)
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []

    async def prepare(self, url: str) -> None:
        pass

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        self.sent.append((url, headers, body))
        return self.reply

    async def close(self) -> None:
        pass

    @property
    def headers(self) -> Mapping[str, str]:
        return self.sent[-1][1]

    @property
    def json(self) -> Any:
        return json.loads(self.sent[-1][2])


def client_with(transport: RecordingTransport, **arguments: Any) -> CognitoClient:
    """Return a client that sends through ``transport``."""
    client = CognitoClient(**{"region": REGION, "credentials": CREDENTIALS} | arguments)
    client._pipeline._make_transport = lambda config: transport
    return client
