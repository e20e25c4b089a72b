"""The progress bar fits a terminal of 80 columns."""

from __future__ import annotations

import io
import re
import sys

import pytest

from cognito_async._cli.progress_bar import progress_bar
from cognito_async.bulk import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_and_its_text_are_one_line_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Terminal()
    monkeypatch.setattr(sys, "stderr", output)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as show:
        show(Progress(done=123_456, total=1_000_000, failed=1_234, seconds=3600.0))
    lines = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", output.getvalue()).replace("\r", "\n").splitlines()
    assert max(map(len, lines)) <= 80
    assert any("123,456 of 1,000,000" in line and "1,234 failed" in line for line in lines)
