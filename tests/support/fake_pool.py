"""Helpers for tests with a ``FakeUserPool``."""

from __future__ import annotations

import re


def steps_printed(out: str) -> list[str]:
    """Return the classes of steps and errors that an example printed."""
    return re.findall(r"^    ([A-Z]\w+)$", out, re.MULTILINE)
