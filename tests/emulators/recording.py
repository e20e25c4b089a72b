"""What was called on which emulator and how that went; and the steps of a scenario, which may be left out."""

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
"""Outcome of a call that was answered; any other is the code of an error."""


class NotKnown(pytest.skip.Exception):
    """An operation that the emulator does not know was called; skips what is not in a step of its own."""


@define
class Record:
    """What a run has shown about one emulator."""

    outcomes: dict[str, set[str]] = field(factory=dict)
    """Outcomes of the calls, by operation."""

    refused: set[str] = field(factory=set)
    """Operations that it refused as unknown."""

    deviations: set[str] = field(factory=set)
    """Steps that deviated as expected."""

    def note(self, operation: str, outcome: str) -> None:
        self.outcomes.setdefault(operation, set()).add(outcome)

    def add(self, other: Record) -> None:
        """Take in what another process has recorded."""
        for operation, outcomes in other.outcomes.items():
            self.outcomes.setdefault(operation, set()).update(outcomes)
        self.refused |= other.refused
        self.deviations |= other.deviations

    def to_json(self) -> dict[str, Any]:
        return {
            "outcomes": {name: sorted(outcomes) for name, outcomes in sorted(self.outcomes.items())},
            "refused": sorted(self.refused),
            "deviations": sorted(self.deviations),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Record:
        outcomes = {name: set(outcomes) for name, outcomes in value["outcomes"].items()}
        return cls(outcomes, set(value["refused"]), set(value["deviations"]))


def read_records(folder: Path) -> dict[str, Record]:
    """Read what the processes of a run have left in a folder, by emulator."""
    records: dict[str, Record] = {}
    for path in sorted(folder.glob("*.json")):
        for name, value in json.loads(path.read_text(encoding="utf-8")).items():
            records.setdefault(name, Record()).add(Record.from_json(value))
    return records


class RecordingClient(CognitoClient):
    """A client that notes every outcome, and does not send what the emulator is known not to know."""

    asked_anyway: frozenset[str] = frozenset()
    """Operations that are sent all the same, and not noted."""

    def __init__(self, emulator: str, record: Record, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._emulator, self._record = emulator, record

    async def send(self, request: Any) -> Any:
        name = request.operation.name
        if name in self.asked_anyway:
            return await super().send(request)
        if name not in known_gaps.KNOWN[self._emulator]:
            raise NotKnown(f"{self._emulator} does not know {name}")
        try:
            response = await super().send(request)
        except ServiceError as error:
            self._record.note(name, error.code)
            raise
        except CognitoError as error:
            self._record.note(name, type(error).__name__)
            raise
        self._record.note(name, DONE)
        return response


@define
class Steps:
    """The steps of one test on one emulator."""

    emulator: str
    record: Record
    left_out: list[str] = field(factory=list)
    """What was not known, for each step that was left out."""

    deviated: list[str] = field(factory=list)
    """Why a step went wrong as expected."""

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Do a part of a scenario: left out where unknown, and expected to go wrong where it deviates."""
        deviation = _deviations().get((self.emulator, name))
        try:
            yield
        except NotKnown as reason:
            self.left_out.append(str(reason.msg))
            if deviation is not None:
                pytest.fail(f"{name!r} deviates, so it cannot be unknown: {reason.msg}")
        except (AssertionError, CognitoError, pytest.fail.Exception) as error:
            if deviation is None or not _is_as(error, deviation):
                raise
            self.record.deviations.add(name)
            self.deviated.append(f"{self.emulator}: {deviation.reason}")
        else:
            if deviation is not None:
                pytest.fail(f"{self.emulator} no longer deviates, take it out of known_gaps.py: {name!r}")


def _is_as(error: BaseException, deviation: Deviation) -> bool:
    """Tell whether a step went wrong in the way that is expected, and not in another."""
    return type(error).__name__ == deviation.shows or str(error).startswith(deviation.shows)


def _deviations() -> dict[tuple[str, str], Deviation]:
    return {(deviation.emulator, deviation.step): deviation for deviation in known_gaps.DEVIATIONS}
