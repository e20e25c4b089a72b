"""The script that runs examples on a fake user pool."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "docs" / "examples" / "sign_in.py"
PASSWORD = "Correct-Horse-7"


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "fake_user_pool.py"), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)


def test_a_script_finds_the_pool_and_its_exit_code_is_returned() -> None:
    completed = run(str(EXAMPLE), "ana", text=f"{PASSWORD}\n")
    assert (completed.returncode, completed.stdout[:9]) == (0, "Hello ana"), completed.stderr
    assert run(str(EXAMPLE), "ana", text="wrong\n").returncode == 1


def test_codes_are_printed_when_they_are_sent() -> None:
    completed = run(str(EXAMPLE), "chloe", text=f"{PASSWORD}\n")
    assert re.search(r"^(Password: )?\[SMS to \+15550100: \d{6}\]$", completed.stderr, re.MULTILINE)
