"""``python -m codegen`` writes the generated sub-packages; ``--check`` only says whether they are current."""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

from codegen.build import build_api
from codegen.ir import Api, ModelError
from codegen.load import HERE, Sources, digest, load_overlays, load_sources
from codegen.render import PACKAGES, render
from codegen.surface import Surface, describe_change, read_surface

PACKAGE = HERE.parent / "cognito_async"
LOCK = HERE / "LOCK.toml"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when all is well, 1 when the output is not current or cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail when the output is not current"
    )
    check = parser.parse_args(arguments).check
    try:
        return _run(check=check)
    except ModelError as error:
        print(f"codegen: {error}", file=sys.stderr)
        return 1


def _run(*, check: bool) -> int:
    sources, overlays = load_sources(), load_overlays()
    api = build_api(sources.model, sources.paginators, overlays)
    print(_summary(api, sources))
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        render(api, sources, overlays.overrides, fresh)
        (fresh / LOCK.name).write_text(lock_text(api, sources), encoding="utf-8")
        differences = compare(fresh)
        if check:
            return _report(differences)
        before, after = _surface(PACKAGE), _surface(fresh)
        install(fresh)
    for line in describe_change(before, after) if before else []:
        print(line)
    print(f"{len(differences)} files written" if differences else "everything was current")
    return 0


def lock_text(api: Api, sources: Sources) -> str:
    """What the output was made from."""
    lines = [
        "# What the generated code was made from. Written by `python -m codegen`.",
        f'botocore = "{sources.botocore}"',
        f'model_sha256 = "{digest(sources.model)}"',
        f'paginators_sha256 = "{digest(sources.paginators)}"',
        f'endpoint_rules_sha256 = "{digest(sources.rules)}"',
        f'partitions_sha256 = "{digest(sources.partitions)}"',
        "",
        "[counts]",
        *(f"{name} = {count}" for name, count in api.counts.items()),
    ]
    return "\n".join(lines) + "\n"


def compare(fresh: Path, package: Path = PACKAGE, lock: Path = LOCK) -> list[str]:
    """Name what is missing, left over or different in the package, by file."""
    differences: list[str] = []
    for name in PACKAGES:
        new = _files(fresh / name)
        old = _files(package / name)
        for file in sorted(new.keys() | old.keys()):
            if file not in old:
                differences.append(f"{name}/{file} is missing")
            elif file not in new:
                differences.append(f"{name}/{file} is left over")
            elif not filecmp.cmp(new[file], old[file], shallow=False):
                differences.append(f"{name}/{file} differs")
    if not lock.exists() or lock.read_bytes() != (fresh / LOCK.name).read_bytes():
        differences.append(f"codegen/{LOCK.name} differs")
    return differences


def _files(folder: Path) -> dict[str, Path]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix(): path for path in paths}


def install(fresh: Path, package: Path = PACKAGE, lock: Path = LOCK) -> None:
    """Put the fresh files in place of the old ones; nothing old stays."""
    for name in PACKAGES:
        shutil.rmtree(package / name, ignore_errors=True)
        shutil.copytree(fresh / name, package / name)
    shutil.copy(fresh / LOCK.name, lock)


def _surface(folder: Path) -> Surface:
    surface: Surface = {}
    for name in PACKAGES:
        surface |= read_surface(folder / name)
    return surface


def _report(differences: list[str]) -> int:
    if not differences:
        print("generated code is current")
        return 0
    print(
        "generated code is not current; run python -m codegen and commit the result",
        file=sys.stderr,
    )
    for difference in differences:
        print(f"  {difference}", file=sys.stderr)
    return 1


def _summary(api: Api, sources: Sources) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in api.counts.items())
    return f"botocore {sources.botocore}: {counts}"


if __name__ == "__main__":
    sys.exit(main())
