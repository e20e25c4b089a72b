"""What known_gaps.py says, held against what a run has recorded, and written down for readers.

``python tests/emulators/operations_table.py RECORDS`` checks the records of a run and that docs/emulators.md is
current; with ``--write`` it writes the page.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from botocore import xform_name
from emulators import known_gaps
from emulators.recording import DONE, Record, read_records
from emulators.servers import EMULATORS
from support.markdown import table, widths_of

from cognito_async.operations import METHODS

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "emulators.md"
AREAS = ROOT / "codegen" / "areas.toml"
EXERCISED, UNKNOWN, FAILS, COMPARED = "exercised", "not known", "fails", "differential tests"
NAMES = {emulator.name: emulator.title for emulator in EMULATORS}
KNOWN = {name: {xform_name(operation) for operation in known} for name, known in known_gaps.KNOWN.items()}
USELESS = {
    (deviation.emulator, xform_name(deviation.operation))
    for deviation in known_gaps.DEVIATIONS
    if deviation.useless
}


# What was recorded


def contradictions(records: Mapping[str, Record]) -> Iterator[str]:
    """Say where a run was not as known_gaps.py has it."""
    operations = {name for known in known_gaps.KNOWN.values() for name in known}
    operations |= {name for record in records.values() for name in record.refused}
    for emulator, record in records.items():
        known = known_gaps.KNOWN[emulator]
        yield from (f"{emulator} was not asked for {name}" for name in operations - known - record.refused)
        for name in known:
            outcomes = record.outcomes.get(name, set())
            useless = (emulator, xform_name(name)) in USELESS
            if not outcomes:
                yield f"{name} was not called on {emulator}"
            elif (DONE in outcomes) == useless:
                yield f"{name} on {emulator} gave {', '.join(sorted(outcomes))}"
        steps = {deviation.step for deviation in known_gaps.DEVIATIONS if deviation.emulator == emulator}
        yield from (f"{emulator} did not come to: {step}" for step in steps - record.deviations)


# The page

INTRODUCTION = """\
# Which operation is tested on which emulator

<!-- Written by `nox -s emulators -- --write` from what tests/emulators/known_gaps.py says and the run has confirmed. -->

The tests in [`tests/emulators`](../tests/emulators) take pools, users, groups, app clients and the rest through
their lives: they are made, read back, changed and deleted, codes are entered, wrong ones too. They are written once
and run on three emulators of Cognito, which `nox -s emulators` installs, starts on this machine and stops again.

- *exercised*: the operation is called and what it does is checked.
- *not known*: the emulator refuses the operation as one that it does not know.
- *fails*: the emulator knows it and never does it; the reason is below.
- *differential tests*: no emulator does it. What is sent and how answers are read is compared with botocore on
  generated values, as for all operations; see [compatibility](compatibility.md).

When an emulator learns an operation or does better, the run fails until this page says so.
"""


def cell(emulator: str, method: str) -> str:
    """What an emulator makes of an operation."""
    if method not in KNOWN[emulator]:
        return UNKNOWN
    return FAILS if (emulator, method) in USELESS else EXERCISED


def _row(method: str) -> tuple[str, ...]:
    cells = [cell(emulator, method) for emulator in NAMES]
    return f"`{method}`", *cells, "" if EXERCISED in cells else COMPARED


def _counts(every: list[str]) -> str:
    """How many operations each emulator exercises, refuses and fails."""
    head = ("Emulator", "Release", EXERCISED, UNKNOWN, FAILS)
    rows = []
    for emulator, title in NAMES.items():
        cells = [cell(emulator, method) for method in every]
        counts = [str(cells.count(kind)) for kind in (EXERCISED, UNKNOWN, FAILS)]
        rows.append((title, known_gaps.VERSIONS[emulator], *counts))
    alone = sum(_row(method)[-1] == COMPARED for method in every)
    return (
        table([head, *rows])
        + f"\n\nOf {len(every)} operations, {len(every) - alone} are exercised on one emulator at least and {alone} "
        "on none.\n"
    )


def _notes() -> Iterator[str]:
    """What the emulators do differently from the service."""
    for emulator, title in NAMES.items():
        deviations = [deviation for deviation in known_gaps.DEVIATIONS if deviation.emulator == emulator]
        lines = [f"- `{xform_name(deviation.operation)}` {deviation.reason}." for deviation in deviations]
        yield "\n".join([f"### {title}", "", *lines]) + "\n"


def document() -> str:
    """The text of docs/emulators.md."""
    head = ("Operation", *NAMES.values(), "Otherwise")
    every = [method for methods in METHODS.values() for method in methods]
    widths = widths_of([head, *map(_row, every)])
    parts = [INTRODUCTION, _counts(every)]
    areas = tomllib.loads(AREAS.read_text(encoding="utf-8"))
    for (area, _mixin), methods in METHODS.items():
        rows = table([head, *map(_row, methods)], widths=widths)
        parts.append(f"## {areas[area]['title']}\n\n{rows}\n")
    notes = "## Where the emulators differ from the service\n\nThe tests expect these too, and fail when one ends.\n"
    return "\n".join([*parts, notes, *_notes()])


def main(arguments: list[str]) -> int:
    records = read_records(Path(arguments[0]))
    found = sorted(contradictions(records))
    if missing := [title for name, title in NAMES.items() if name not in records]:
        sys.stdout.write(f"Not run here: {', '.join(missing)}\n")
    if "--write" in arguments:
        found += [f"{title} was not run, so nothing can be said about it" for title in missing]
        if not found:
            DOCUMENT.write_text(document(), encoding="utf-8")
    elif DOCUMENT.read_text(encoding="utf-8") != document():
        found.append("docs/emulators.md is not current: nox -s emulators -- --write")
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
