"""Compares known_gaps.py with the records of a run, and writes docs/emulators.md from it.

``python tests/emulators/operations_table.py RECORDS`` checks the records of a run and that docs/emulators.md is
current. With ``--write``, it writes the page.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from botocore import xform_name

from cognito_async.operations import METHODS
from emulators import known_gaps
from emulators.recording import DONE, Record, read_records
from emulators.servers import EMULATORS
from support.markdown import table, widths_of

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "emulators.md"
AREAS = ROOT / "codegen" / "inputs" / "areas.toml"
EXERCISED, UNKNOWN, FAILS, COMPARED = "exercised", "unknown", "fails", "differential tests"
NAMES = {emulator.name: emulator.title for emulator in EMULATORS}
KNOWN = {name: {xform_name(operation) for operation in known} for name, known in known_gaps.KNOWN.items()}
NOT_WORKING = {
    (deviation.emulator, xform_name(deviation.operation))
    for deviation in known_gaps.DEVIATIONS
    if deviation.does_not_work
}


# The records


def contradictions(records: Mapping[str, Record]) -> Iterator[str]:
    """Yield the differences between a run and known_gaps.py, one line each."""
    operations = {name for known in known_gaps.KNOWN.values() for name in known}
    operations |= {name for record in records.values() for name in record.unknown}
    for emulator, record in records.items():
        known = known_gaps.KNOWN[emulator]
        yield from (f"{name} was not sent to {emulator}" for name in operations - known - record.unknown)
        for name in known:
            outcomes = record.outcomes.get(name, set())
            does_not_work = (emulator, xform_name(name)) in NOT_WORKING
            if not outcomes:
                yield f"{name} was not called on {emulator}"
            elif (DONE in outcomes) == does_not_work:
                yield f"outcome of {name} on {emulator}: {', '.join(sorted(outcomes))}"
        steps = {deviation.step for deviation in known_gaps.DEVIATIONS if deviation.emulator == emulator}
        yield from (f"{emulator} did not reach the step: {step}" for step in steps - record.deviations)


# The page

INTRODUCTION = """\
# Emulators

<!-- Written by `nox -s emulators -- --write` from tests/emulators/known_gaps.py, which the run has confirmed. -->

The tests in [`tests/emulators`](../tests/emulators) create, read, change and delete pools, users, groups, app clients and
other resources, and enter right and wrong codes. The same tests run on three emulators of Cognito.
`nox -s emulators` installs, starts and stops them on your machine.

- *exercised*: the tests call the operation and check its effect.
- *unknown*: the emulator rejects the operation as unknown.
- *fails*: the emulator has the operation, but it never succeeds; the reason is below.
- *differential tests*: no emulator supports the operation. Its requests and the decoding of its responses are compared
  with botocore on random values, as for all operations; see [compatibility](compatibility.md).

If an emulator supports a further operation or fixes a difference, the run fails until this page is updated.
"""


def cell(emulator: str, method: str) -> str:
    """Return whether an operation is exercised, unknown or fails on an emulator."""
    if method not in KNOWN[emulator]:
        return UNKNOWN
    return FAILS if (emulator, method) in NOT_WORKING else EXERCISED


def _row(method: str) -> tuple[str, ...]:
    cells = [cell(emulator, method) for emulator in NAMES]
    return f"`{method}`", *cells, "" if EXERCISED in cells else COMPARED


def _counts(every: list[str]) -> str:
    """Return the number of operations that are exercised, unknown and that fail, for each emulator."""
    head = ("Emulator", "Release", EXERCISED, UNKNOWN, FAILS)
    rows = []
    for emulator, title in NAMES.items():
        cells = [cell(emulator, method) for method in every]
        counts = [str(cells.count(kind)) for kind in (EXERCISED, UNKNOWN, FAILS)]
        rows.append((title, known_gaps.VERSIONS[emulator], *counts))
    not_exercised = sum(_row(method)[-1] == COMPARED for method in every)
    return (
        table([head, *rows])
        + f"\n\nOf {len(every)} operations, {len(every) - not_exercised} are exercised on at least one emulator "
        f"and {not_exercised} on none.\n"
    )


def _notes() -> Iterator[str]:
    """Yield the differences of each emulator from the service."""
    for emulator, title in NAMES.items():
        deviations = [deviation for deviation in known_gaps.DEVIATIONS if deviation.emulator == emulator]
        lines = [f"- `{xform_name(deviation.operation)}` {deviation.reason}." for deviation in deviations]
        yield "\n".join([f"### {title}", "", *lines]) + "\n"


def document() -> str:
    """Return the text of docs/emulators.md."""
    head = ("Operation", *NAMES.values(), "Other tests")
    every = [method for methods in METHODS.values() for method in methods]
    widths = widths_of([head, *map(_row, every)])
    parts = [INTRODUCTION, _counts(every)]
    areas = tomllib.loads(AREAS.read_text(encoding="utf-8"))
    for (area, _mixin), methods in METHODS.items():
        rows = table([head, *map(_row, methods)], widths=widths)
        parts.append(f"## {areas[area]['title']}\n\n{rows}\n")
    notes = "## Differences from the service\n\nThe tests expect these differences, and fail if one no longer exists.\n"
    return "\n".join([*parts, notes, *_notes()])


def main(arguments: list[str]) -> int:
    records = read_records(Path(arguments[0]))
    problems = sorted(contradictions(records))
    if missing := [title for name, title in NAMES.items() if name not in records]:
        sys.stdout.write(f"Not run here: {', '.join(missing)}\n")
    if "--write" in arguments:
        problems += [f"{title} was not run, so the page cannot be written" for title in missing]
        if not problems:
            DOCUMENT.write_text(document(), encoding="utf-8")
    elif DOCUMENT.read_text(encoding="utf-8") != document():
        problems.append("docs/emulators.md is not current: nox -s emulators -- --write")
    sys.stdout.writelines(f"{line}\n" for line in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
