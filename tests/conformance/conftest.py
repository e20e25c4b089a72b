"""Reports, at the end of a run, what the installed botocore has and this package lacks."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from support.botocore_version import LOCK
from support.strategies import missing_in_package


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = missing_in_package()
    if not missing:
        return
    terminalreporter.section(
        f"botocore {version('botocore')}: {len(missing)} additions since {LOCK['botocore']}, "
        "from which the code was generated"
    )
    for line in missing:
        terminalreporter.line(line)
