"""``python -m codegen`` writes the generated code; ``--check`` only checks that it is current."""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from codegen.build import build_api
from codegen.changelog import Definitions, describe_change, read_definitions
from codegen.ir import Api, ModelError
from codegen.load import HERE, Inputs, Sources, digest, load_inputs, load_sources
from codegen.render import GENERATED, render

PACKAGE = HERE.parent / "cognito_async"
LOCK = HERE / "lock.toml"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if the output is not current or cannot be generated."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the output is not current"
    )
    check = parser.parse_args(arguments).check
    try:
        return _run(check=check)
    except ModelError as error:
        print(f"codegen: {error}", file=sys.stderr)
        return 1


def _run(*, check: bool) -> int:
    sources, inputs = load_sources(), load_inputs()
    if check:
        api = build_api(sources.model, sources.paginators, inputs)
        print(_summary(api, sources))
        with _rendered(api, sources, inputs) as fresh:
            return _report(compare(fresh))
    for line in generate(sources, inputs):
        print(line)
    return 0


def generate(sources: Sources, inputs: Inputs) -> Iterator[str]:
    """Write the generated code; yield what was read, the changes for users, and how much was written."""
    api = build_api(sources.model, sources.paginators, inputs)
    yield _summary(api, sources)
    with _rendered(api, sources, inputs) as fresh:
        differences = compare(fresh)
        before, after = definitions(PACKAGE), definitions(fresh)
        install(fresh)
    yield from describe_change(before, after) if before else ()
    yield f"{len(differences)} files written" if differences else "everything is current"


@contextmanager
def _rendered(api: Api, sources: Sources, inputs: Inputs) -> Generator[Path]:
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        render(api, sources, inputs.overrides, fresh)
        (fresh / LOCK.name).write_text(lock_text(api, sources), encoding="utf-8")
        yield fresh


def lock_text(api: Api, sources: Sources) -> str:
    """Return the content of ``lock.toml``: the input of the output."""
    lines = [
        "# The input of the generated code. Written by `python -m codegen`.",
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
    """Return the files of the package that are missing, left over or different."""
    differences: list[str] = []
    for name in GENERATED:
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
    """Replace the generated folders; no old file remains."""
    for name in GENERATED:
        shutil.rmtree(package / name, ignore_errors=True)
        shutil.copytree(fresh / name, package / name)
    shutil.copy(fresh / LOCK.name, lock)


def definitions(folder: Path) -> Definitions:
    """Return the definitions in the generated folders of a package."""
    found: Definitions = {}
    for name in GENERATED:
        found |= read_definitions(folder / name)
    return found


def _report(differences: list[str]) -> int:
    if not differences:
        print("generated code is current")
        return 0
    print(
        "generated code is not current: run python -m codegen, and commit the result",
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
