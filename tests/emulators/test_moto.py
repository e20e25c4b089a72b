"""The quickstart from end to end, against moto."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
QUICKSTART = HERE.parent.parent / "docs" / "examples" / "quickstart.py"


# In Python's development mode and with asyncio's, aiohttp parses responses strictly.
@pytest.mark.parametrize("variable", ["", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG"])
def test_the_quickstart_runs(variable: str) -> None:
    command = [sys.executable, str(HERE / "moto_server.py"), str(QUICKSTART)]
    environment = os.environ | {"COLUMNS": "80"} | ({variable: "1"} if variable else {})
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=environment
    )
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout
    assert "120 users on 2 pages" in result.stdout
    assert "UsernameExistsException" in result.stdout
    assert "signed in with TOTP              ana, until " in result.stdout
    assert "NotAuthorizedException" in result.stdout
    assert result.stdout.rstrip().endswith("All done.")
