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
OK = "ok"


def main(wheel: str) -> int:
    rows = [TITLES]
    with tempfile.TemporaryDirectory() as folder:
        for number, partner in enumerate(PARTNERS):
            rows.append(row_of(partner, wheel, Path(folder, str(number))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    without_conflict = sum(row[4:6] == (OK, OK) for row in rows)
    print(f"{without_conflict} of {len(PARTNERS)} without a conflict")
    return 0 if without_conflict == len(PARTNERS) else 1


def row_of(partner: str, wheel: str, folder: Path) -> tuple[str, ...]:
    """Install the wheel with a partner and run both; print the output of failed commands."""
    start = time.monotonic()
    venv.create(folder, with_pip=False)
    python = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip = (sys.executable, "-m", "pip", "--python", python)
    name = partner.partition("=")[0]
    check = smoke = "not run"
    installed: dict[str, str] = {}
    # In one command, so that pip finds releases that fit both, as for a requirements file.
    if run(*pip, "install", "--quiet", wheel, partner):
        check = OK if run(*pip, "check") else "conflict"
        listed = subprocess.run(
            [*pip, "freeze", "--quiet"], capture_output=True, text=True, check=True
        ).stdout
        installed = dict(line.split("==") for line in listed.split() if "==" in line)
        script = Path(__file__).with_name("smoke.py")
        smoke = OK if run(python, "-P", "-W", "ignore::DeprecationWarning", str(script), name) else "failed"
    versions = (installed.get(package, "") for package in ("botocore", "aiohttp"))
    partner_version = f"{name} {installed.get(name, 'failed')}"
    return partner, partner_version, *versions, check, smoke, f"{time.monotonic() - start:.0f}"


def run(*command: str) -> bool:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        print(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}", file=sys.stderr)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
