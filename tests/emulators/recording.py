"""Records of the calls to each emulator, and the steps of a scenario, which may be skipped."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from cognito_async import CognitoClient
from cognito_async.errors import CognitoError, ServiceError
from emulators import known_gaps
from emulators.known_gaps import Deviation

DONE = "done"
"""Outcome of a successful call; other outcomes are error codes."""


class NotKnown(pytest.skip.Exception):
    """The operation is unknown to the emulator; skips the test, or the step."""


@define
class Record:
    """Results of a run for one emulator."""

    outcomes: dict[str, set[str]] = field(factory=dict)
    """Outcomes of the calls, by operation."""

    unknown: set[str] = field(factory=set)
    """Operations that it reported as unknown."""

    deviations: set[str] = field(factory=set)
    """Steps that deviated as expected."""

    def add_outcome(self, operation: str, outcome: str) -> None:
        self.outcomes.setdefault(operation, set()).add(outcome)

    def add(self, other: Record) -> None:
        """Add the record of another process."""
        for operation, outcomes in other.outcomes.items():
            self.outcomes.setdefault(operation, set()).update(outcomes)
        self.unknown |= other.unknown
        self.deviations |= other.deviations

    def to_json(self) -> dict[str, Any]:
        return {
            "outcomes": {name: sorted(outcomes) for name, outcomes in sorted(self.outcomes.items())},
            "unknown": sorted(self.unknown),
            "deviations": sorted(self.deviations),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Record:
        outcomes = {name: set(outcomes) for name, outcomes in value["outcomes"].items()}
        return cls(outcomes, set(value["unknown"]), set(value["deviations"]))


def read_records(folder: Path) -> dict[str, Record]:
    """Read the records that the processes of a run wrote to a folder, by emulator."""
    records: dict[str, Record] = {}
    for path in sorted(folder.glob("*.json")):
        for name, value in json.loads(path.read_text(encoding="utf-8")).items():
            records.setdefault(name, Record()).add(Record.from_json(value))
    return records


class RecordingClient(CognitoClient):
    """A client that records every outcome, and sends only operations that the emulator knows."""

    sent_without_record: frozenset[str] = frozenset()
    """Operations that are sent anyway and not recorded."""

    def __init__(self, emulator: str, record: Record, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._emulator, self._record = emulator, record

    async def send(self, request: Any) -> Any:
        name = request.operation.name
        if name in self.sent_without_record:
            return await super().send(request)
        if name not in known_gaps.KNOWN[self._emulator]:
            raise NotKnown(f"{self._emulator} does not have {name}")
        try:
            response = await super().send(request)
        except ServiceError as error:
            self._record.add_outcome(name, error.code)
            raise
        except CognitoError as error:
            self._record.add_outcome(name, type(error).__name__)
            raise
        self._record.add_outcome(name, DONE)
        return response


@define
class Steps:
    """The steps of one test on one emulator."""

    emulator: str
    record: Record
    skipped: list[str] = field(factory=list)
    """Reason of each skipped step."""

    expected_failures: list[str] = field(factory=list)
    """Reason of each expected failure."""

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Run a part of a scenario: skipped if the operation is unknown, expected to fail if a deviation is listed."""
        deviation = _deviations().get((self.emulator, name))
        try:
            yield
        except NotKnown as reason:
            self.skipped.append(str(reason.msg))
            if deviation is not None:
                pytest.fail(f"{name!r} deviates, so it cannot be unknown: {reason.msg}")
        except (AssertionError, CognitoError, pytest.fail.Exception) as error:
            if deviation is None or not _matches(error, deviation):
                raise
            self.record.deviations.add(name)
            self.expected_failures.append(f"{self.emulator}: {deviation.reason}")
        else:
            if deviation is not None:
                pytest.fail(f"{self.emulator} no longer deviates; remove it from known_gaps.py: {name!r}")


def _matches(error: BaseException, deviation: Deviation) -> bool:
    """Return whether a step failed as expected."""
    return type(error).__name__ == deviation.failure or str(error).startswith(deviation.failure)


def _deviations() -> dict[tuple[str, str], Deviation]:
    return {(deviation.emulator, deviation.step): deviation for deviation in known_gaps.DEVIATIONS}
