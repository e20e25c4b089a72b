"""Writes the snapshot of the public API: ``python tests/snapshots/write.py``.

With ``--release``, it also saves a copy as that of the version in ``_version.py``, in place of the previous release.
``test_released.py`` compares it with the current API, and the changelog must name everything removed or changed.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "cognito_async"
CURRENT = HERE / "current"
RELEASED = HERE / "released"
COMMAND = "python tests/snapshots/write.py"
# In the same folder, but not part of the public API: tests/faults/messages.py writes it.
ERROR_MESSAGES = "error_messages.txt"


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files, and remove other ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.txt"):
        if path.name != ERROR_MESSAGES:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def read(folder: Path) -> dict[str, str]:
    """Return the files of a snapshot by name."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*.txt"))
        if path.name != ERROR_MESSAGES
    }


def main(*arguments: str) -> None:
    sys.path.append(str(HERE.parent))  # as pytest does
    from snapshots.public import snapshot

    files = snapshot(PACKAGE)
    write(files, CURRENT)
    kept = [CURRENT]
    if "--release" in arguments:
        version = re.search(
            r'(?m)^__version__ = "(.+)"$', (PACKAGE / "_version.py").read_text(encoding="utf-8")
        )[1]
        shutil.rmtree(RELEASED, ignore_errors=True)
        write(files, RELEASED / version)
        kept.append(RELEASED / version)
    size = sum(map(len, files.values()))
    for folder in kept:
        print(f"{folder.relative_to(HERE.parent.parent)}: {len(files)} files, {size:,} characters")


if __name__ == "__main__":
    main(*sys.argv[1:])
