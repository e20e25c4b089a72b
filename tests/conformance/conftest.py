"""At the end of a run, lists what the installed botocore has and this package does not."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from support.botocore_version import LOCK
from support.strategies import unknown_to_us



def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    unknown = unknown_to_us()
    if not unknown:
        return
    terminalreporter.section(
        f"botocore {version('botocore')}, generated from {LOCK['botocore']}: {len(unknown)} things are new"
    )
    for line in unknown:
        terminalreporter.line(line)
