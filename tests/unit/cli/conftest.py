"""The command line in this process, as on a terminal of 80 columns without colors."""

from __future__ import annotations

import pytest

from support.cli import CommandLine


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(monkeypatch)


@pytest.fixture(autouse=True)
def _narrow_plain_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
