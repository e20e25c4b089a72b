"""The page about emulators is current, and differences between a run and known_gaps.py are listed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import attrs
import pytest
from botocore import xform_name

from cognito_async.errors import UserNotFoundException
from cognito_async.operations import METHODS
from emulators import known_gaps, operations_table
from emulators.known_gaps import Deviation
from emulators.recording import DONE, NotKnown, Record, Steps, read_records

HERE = Path(__file__).parent
EVERY = {method for methods in METHODS.values() for method in methods}
DEVIATION = Deviation("moto", "a step", "SignUp", "behaves differently", "assert")


def test_the_page_is_current() -> None:
    assert operations_table.DOCUMENT.read_text(encoding="utf-8") == operations_table.document()


def test_the_page_names_every_operation_once() -> None:
    rows = [line for line in operations_table.document().splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(EVERY)


def test_releases_match_the_installed_ones() -> None:
    groups = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))[
        "dependency-groups"
    ]
    node = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert f"moto[server]=={known_gaps.VERSIONS['moto']}" in groups["tests"]
    assert f"ministack=={known_gaps.VERSIONS['ministack']}" in groups["emulators"]
    assert node == {"cognito-local": known_gaps.VERSIONS["cognito-local"]}


def as_expected(emulator: str) -> Record:
    """Return the record of a run without contradictions to known_gaps.py."""
    known = known_gaps.KNOWN[emulator]
    deviations = [deviation for deviation in known_gaps.DEVIATIONS if deviation.emulator == emulator]
    does_not_work = {deviation.operation for deviation in deviations if deviation.does_not_work}
    outcomes = {name: {"SomeException"} if name in does_not_work else {DONE} for name in known}
    unknown = {name for others in known_gaps.KNOWN.values() for name in others} - known
    return Record(outcomes, unknown, {deviation.step for deviation in deviations})


@pytest.mark.parametrize("emulator", known_gaps.KNOWN)
def test_an_expected_run_has_no_contradictions(emulator: str) -> None:
    assert list(operations_table.contradictions({emulator: as_expected(emulator)})) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: record.outcomes.pop("SignUp"), "SignUp was not called on moto"),
        (lambda record: record.outcomes.update(SignUp={"500"}), "outcome of SignUp on moto: 500"),
        (lambda record: record.unknown.remove("TagResource"), "TagResource was not sent to moto"),
        (
            lambda record: record.deviations.remove("a wrong code does not confirm"),
            "moto did not reach the step: a wrong code does not confirm",
        ),
    ],
)
def test_contradictions_of_a_run_are_listed(change, message: str) -> None:
    record = as_expected("moto")
    change(record)
    assert list(operations_table.contradictions({"moto": record})) == [message]


def test_an_operation_that_works_unexpectedly_is_listed() -> None:
    record = as_expected("ministack")
    record.add_outcome("UpdateAuthEventFeedback", DONE)
    (problem,) = operations_table.contradictions({"ministack": record})
    assert problem == "outcome of UpdateAuthEventFeedback on ministack: SomeException, done"
    assert operations_table.cell("ministack", xform_name("UpdateAuthEventFeedback")) == "fails"


def test_records_of_several_processes_are_merged(tmp_path: Path) -> None:
    for number, record in enumerate(
        [
            Record({"SignUp": {DONE}}, {"TagResource"}, set()),
            Record({"SignUp": {"X"}, "GetUser": {DONE}}, set(), {"s"}),
        ]
    ):
        text = json.dumps({"moto": record.to_json()})
        (tmp_path / f"gw{number}.json").write_text(text, encoding="utf-8")
    both = Record({"SignUp": {DONE, "X"}, "GetUser": {DONE}}, {"TagResource"}, {"s"})
    assert read_records(tmp_path) == {"moto": both}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    monkeypatch.setattr(known_gaps, "DEVIATIONS", (DEVIATION,))
    return Steps("moto", Record())


def test_a_deviating_step_must_fail(steps: Steps) -> None:
    with steps.step("a step"):
        raise AssertionError("assert 1 == 2")
    assert steps.expected_failures == ["moto: behaves differently"]
    assert steps.record.deviations == {"a step"}
    with pytest.raises(pytest.fail.Exception, match="no longer deviates"), steps.step("a step"):
        pass


def test_a_step_that_fails_without_a_deviation_fails_the_test(steps: Steps) -> None:
    with pytest.raises(AssertionError), steps.step("another step"):
        raise AssertionError("assert 1 == 2")
    with pytest.raises(AssertionError), attrs.evolve(steps, emulator="ministack").step("a step"):
        raise AssertionError("assert 1 == 2")


def test_a_step_that_fails_in_another_way_fails_the_test(steps: Steps) -> None:
    with pytest.raises(UserNotFoundException), steps.step("a step"):
        raise UserNotFoundException
    assert steps.record.deviations == set()


def test_a_step_with_an_unknown_operation_is_skipped(steps: Steps) -> None:
    with steps.step("another step"):
        raise NotKnown("moto does not know TagResource")
    assert steps.skipped == ["moto does not know TagResource"]
    with pytest.raises(pytest.fail.Exception, match="cannot be unknown"), steps.step("a step"):
        raise NotKnown("moto does not know TagResource")
