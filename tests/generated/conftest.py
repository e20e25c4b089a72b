"""The folder on the path; and at the end of a run, what the installed botocore knows and this package does not."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from installed import LOCK
from strategies import unknown_to_us

sys.path.append(str(Path(__file__).parent))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    unknown = unknown_to_us()
    if not unknown:
        return
    terminalreporter.section(
        f"botocore {version('botocore')}, generated from {LOCK['botocore']}: {len(unknown)} things are new"
    )
    for line in unknown:
        terminalreporter.line(line)
