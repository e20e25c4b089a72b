"""Install the wheel beside boto3 and aioboto3, in separate environments: ``nox -s coexist``.

There is no conflict if pip finds compatible releases, ``pip check`` reports nothing and both clients get
their response. The oldest boto3 is the one of the oldest botocore that the package allows.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

PARTNERS = ["boto3==1.28.81", "boto3==1.35.99", "boto3", "aioboto3"]
TITLES = ("beside", "installed", "botocore", "aiohttp", "pip check", "smoke", "seconds")
GOOD = "ok"


def main(wheel: str) -> int:
    rows = [TITLES]
    with tempfile.TemporaryDirectory() as folder:
        for number, partner in enumerate(PARTNERS):
            rows.append(row_of(partner, wheel, Path(folder, str(number))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    good = sum(row[4:6] == (GOOD, GOOD) for row in rows)
    print(f"{good} of {len(PARTNERS)} without a conflict")
    return 0 if good == len(PARTNERS) else 1


def row_of(partner: str, wheel: str, folder: Path) -> tuple[str, ...]:
    """Install, check and run one of them; print the output of failed commands."""
    start = time.monotonic()
    venv.create(folder, with_pip=False)
    python = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip = (sys.executable, "-m", "pip", "--python", python)
    name = partner.partition("=")[0]
    check = smoke = "not run"
    found: dict[str, str] = {}
    # Both in one command, as pip resolves a requirements file.
    if run(*pip, "install", "--quiet", wheel, partner):
        check = GOOD if run(*pip, "check") else "conflict"
        listed = subprocess.run(
            [*pip, "freeze", "--quiet"], capture_output=True, text=True, check=True
        ).stdout
        found = dict(line.split("==") for line in listed.split() if "==" in line)
        script = Path(__file__).with_name("smoke.py")
        smoke = GOOD if run(python, "-P", "-W", "ignore::DeprecationWarning", str(script), name) else "failed"
    versions = (found.get(part, "") for part in ("botocore", "aiohttp"))
    installed = f"{name} {found.get(name, 'failed')}"
    return partner, installed, *versions, check, smoke, f"{time.monotonic() - start:.0f}"


def run(*command: str) -> bool:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        print(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}", file=sys.stderr)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
