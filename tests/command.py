"""The command line run in this process, with clients that send through a stub."""

from __future__ import annotations

from typing import Any

import pytest
from stub import ScriptedTransport, client_with
from typer.testing import CliRunner

from cognito_async import _cli, _cli_run


class Run:
    """Runs commands in this process, with clients that send through a stub."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients: list[dict[str, Any]] = []
        self.transport = ScriptedTransport()
        self.transport_class = ScriptedTransport
        self.settings: dict[str, Any] = {}
        """Settings of the clients that no option has."""
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str, steps: tuple[Any, ...] = (), stdin: str | bytes = "") -> Any:
        self.transport = self.transport_class(*steps)

        def client(**settings: Any) -> Any:
            self.clients.append(settings)
            kept = {key: value for key, value in settings.items() if value is not None}
            return client_with(self.transport, **{"retry_mode": "off"} | kept | self.settings)

        self.monkeypatch.setattr(_cli_run, "CognitoClient", client)
        return CliRunner().invoke(_cli.app, arguments, input=stdin)

    @property
    def sent(self) -> Any:
        return self.transport.json
