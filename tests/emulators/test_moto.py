"""The quickstart from end to end, against moto."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
QUICKSTART = HERE.parent.parent / "docs" / "examples" / "quickstart.py"


def test_the_quickstart_runs() -> None:
    command = [sys.executable, str(HERE / "moto_server.py"), str(QUICKSTART)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "120 users on 2 pages" in result.stdout
    assert "UsernameExistsException" in result.stdout
    assert "NotAuthorizedException" in result.stdout
    assert result.stdout.rstrip().endswith("All done.")
