"""``python -m codegen.update`` generates the code from the installed botocore, if it is newer than the pin.

It raises the pin, writes the changelog entry, and prints the decisions that a person must still make.
Without them nothing is generated: make them and run the command again.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import codegen.__main__ as generator
from codegen.changelog import Definitions, add_model_entry, changes, numbers
from codegen.decisions import missing_blocks, review_blocks
from codegen.draft import Draft, draft
from codegen.ir import Api, ModelError
from codegen.load import HERE, Sources, load_inputs, load_sources
from codegen.render import render

PYPROJECT = HERE.parent / "pyproject.toml"
CHANGELOG = HERE.parent / "CHANGELOG.md"
_PIN = re.compile(r'(?<="botocore==)[^"]+')


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if an input cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m codegen.update", description=__doc__)
    parser.add_argument("--report", type=Path, help="also write what is printed to this file")
    report: Path | None = parser.parse_args(arguments).report
    try:
        text = "\n".join(_run())
    except ModelError as error:
        print(f"codegen: {error}", file=sys.stderr)
        return 1
    print(text)
    if report:
        report.write_text(f"{text}\n", encoding="utf-8")
    return 0


def _run() -> Iterator[str]:
    sources, inputs = load_sources(), load_inputs()
    current: str = tomllib.loads(generator.LOCK.read_text(encoding="utf-8"))["botocore"]
    newest = sources.botocore
    if numbers(newest) <= numbers(current):
        yield f"Nothing is newer: the code is from botocore {current}, the newest release is {newest}."
        return
    new, known = draft(sources, inputs), generator.definitions(generator.PACKAGE)
    _raise_pin(newest)
    yield f"botocore {current} -> {newest}: the pin is raised"
    if new.api:
        _write_changelog(newest, current, changes(known, _definitions(new.api, new, sources)))
        yield "The changes for users are in CHANGELOG.md, under Unreleased: edit them."
    yield ""
    yield from generator.generate(sources, inputs) if new.is_complete else _missing(new, sources)
    if new.api and (blocks := review_blocks(new.api, known)):
        yield "# Also decide"
        yield ""
        yield "Nothing fails without these: add the lines that apply, without the comment sign."
        yield ""
        yield from _fenced(blocks)


def _raise_pin(version: str) -> None:
    text = PYPROJECT.read_text(encoding="utf-8")
    PYPROJECT.write_text(_PIN.sub(version, text), encoding="utf-8")


def _definitions(api: Api, new: Draft, sources: Sources) -> Definitions:
    """Return the definitions of the new code, in which placeholders stand for missing texts."""
    with tempfile.TemporaryDirectory() as temporary:
        render(api, sources, new.inputs.overrides, Path(temporary))
        return generator.definitions(Path(temporary))


def _missing(new: Draft, sources: Sources) -> Iterator[str]:
    """Yield a page in Markdown with everything without which nothing is generated."""
    if blocks := missing_blocks(new, sources.model):
        yield "# Decide and write"
        yield ""
        yield "Add each block to its file, complete it, and run the command again."
        yield ""
        yield from _fenced(blocks)
    if new.obsolete:
        yield "# Remove from codegen/inputs: the model does not have it"
        yield ""
        yield from (f"- {entry}" for entry in new.obsolete)
        yield ""
    if new.unsupported:
        yield "# Change the generator: it does not support this, and writes no changelog entry"
        yield ""
        yield from (f"- {problem}" for problem in new.unsupported)
        yield ""


def _fenced(blocks: Mapping[str, str]) -> Iterator[str]:
    for file, block in blocks.items():
        yield f"codegen/inputs/{file}:"
        yield ""
        yield f"```toml\n{block}\n```"
        yield ""


def _write_changelog(botocore: str, current: str, groups: Mapping[str, list[str]]) -> None:
    before = CHANGELOG.read_text(encoding="utf-8")
    CHANGELOG.write_text(add_model_entry(before, botocore, current, groups), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
