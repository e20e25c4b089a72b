"""Check the files to publish: ``python inspect_wheel.py SDIST WHEEL WHEEL_OF_SDIST``, from ``nox -s package``.

The wheel contains exactly the files of the package and is small. It is the same whether it is built from the
checkout or from the source distribution.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "cognito_async"
LIMIT = 1_000_000
SDIST = {"cognito_async", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"}


def main(sdist: Path, wheel: Path, wheel_of_sdist: Path) -> int:
    files, again = contents(wheel), contents(wheel_of_sdist)
    with tarfile.open(sdist) as archive:
        parts = [Path(name).parts[1:] for name in archive.getnames()]
    version = re.search(r'(?m)^__version__ = "(.+)"$', (PACKAGE / "_version.py").read_text(encoding="utf-8"))[
        1
    ]
    problems = [
        *wheel_problems(files, version, checkout()),
        *(f"{name} differs in the wheel of the sdist" for name in sorted(differing(files, again))),
        *(f"the sdist has {name}" for name in sorted({part[0] for part in parts if part} - SDIST)),
    ]
    for path, size in (wheel, LIMIT), (sdist, LIMIT):
        if path.stat().st_size >= size:
            problems.append(f"{path.name} has {path.stat().st_size:,} bytes, the limit is {size:,}")
    print(
        f"{wheel.name}: {wheel.stat().st_size:,} bytes, {len(files)} files, {total(files):,} bytes unpacked"
    )
    print(f"{sdist.name}: {sdist.stat().st_size:,} bytes, {len(parts)} entries")
    for problem in problems:
        print(f"  {problem}", file=sys.stderr)
    print(f"{len(problems)} problems" if problems else "no problems")
    return 1 if problems else 0


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def checkout() -> dict[str, bytes]:
    """Return the files of the package in the checkout."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def total(files: dict[str, bytes]) -> int:
    return sum(map(len, files.values()))


def differing(files: dict[str, bytes], others: dict[str, bytes]) -> set[str]:
    """Return the names that exist only in one of them or differ."""
    return {name for name in files.keys() | others.keys() if files.get(name) != others.get(name)}


def wheel_problems(files: dict[str, bytes], version: str, package: dict[str, bytes]) -> list[str]:
    """Return the problems of a wheel of this version."""
    info = f"cognito_async-{version}.dist-info"
    problems = [
        f"the wheel has {name}"
        for name in files
        if not name.startswith(("cognito_async/", f"{info}/")) or name.endswith(".pyc")
    ]
    inside = {name: data for name, data in files.items() if name.startswith("cognito_async/")}
    problems += [
        f"{name} is missing from the wheel or differs" for name in sorted(differing(inside, package))
    ]
    wanted = ("cognito_async/py.typed", f"{info}/licenses/LICENSE", f"{info}/METADATA", f"{info}/RECORD")
    problems += [f"the wheel has no {name}" for name in wanted if name not in files]
    metadata = Parser().parsestr(files.get(f"{info}/METADATA", b"").decode())
    for field, value in {"Version": version, "Name": "cognito-async", "Requires-Python": ">=3.11"}.items():
        if metadata[field] != value:
            problems.append(f"{field} is {metadata[field]}, not {value}")
    return problems


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
