"""Runs the command line in this process, with clients that send through a fake transport."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from cognito_async._cli import app, options
from support.transports import ScriptedTransport, client_with

CANARY = "Kanarienvogel-1!"
"""A secret that must not appear in any output."""

POOL = "eu-west-1_AbC123"
ADMIN_GET_USER = ("call", "admin-get-user", "--param", f"user_pool_id={POOL}", "--param", "username=ana")
"""Arguments of a valid command."""


class CommandLine:
    """Runs commands in this process, with clients that send through a ``ScriptedTransport``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients: list[dict[str, Any]] = []
        """Arguments of the clients created so far."""
        self.transport = ScriptedTransport()
        self.transport_class = ScriptedTransport
        self.settings: dict[str, Any] = {}
        """Further settings of the clients, which have no option."""
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str, steps: tuple[Any, ...] = (), stdin: str | bytes = "") -> Any:
        """Run a command; ``steps`` are the responses of the service."""
        self.transport = self.transport_class(*steps)

        def client(**settings: Any) -> Any:
            self.clients.append(settings)
            passed = {key: value for key, value in settings.items() if value is not None}
            return client_with(self.transport, **{"retry_mode": "off"} | passed | self.settings)

        self.monkeypatch.setattr(options, "new_client", client)
        return CliRunner().invoke(app.app, arguments, input=stdin)

    def call(self, operation: str, *params: str, **options: Any) -> Any:
        """Run ``call`` with each of ``params`` as a ``--param``."""
        return self("call", operation, *(part for param in params for part in ("--param", param)), **options)

    @property
    def sent_body(self) -> Any:
        """Body of the last request."""
        return self.transport.json
