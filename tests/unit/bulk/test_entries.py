"""Users in files: the CSV form of an import job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import CognitoClient
from cognito_async.bulk import export_users, import_users
from cognito_async.bulk._entries import csv_line, csv_values, entry_of_csv
from support.bulk_pool import POOL_ID, BulkPool
from support.transports import client_with

COLUMNS = ["cognito:username", "cognito:mfa_enabled", "birthdate", "custom:a", "own"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n") | st.sampled_from(",\\"))


@given(st.lists(TEXT, min_size=1))
def test_values_of_a_line_are_those_written(values: list[str]) -> None:
    assert csv_values(csv_line(values)) == values


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("a\\,,\n", ["a,", ""]),
        ("a\\,\r\n", ["a,"]),
        (",\n", ["", ""]),
        ("a\\", ["a\\"]),
        ("\\a\\\\,b", ["a\\", "b"]),
    ],
)
def test_commas_and_backslashes(line: str, values: list[str]) -> None:
    assert csv_values(line) == values


def test_a_value_is_one_line_and_other_characters_stay() -> None:
    assert csv_line(["a\r\nb\rc\nd", "a\x0b\x85\u2028b", "\ud800"]) == "a b c d,a\x0b\x85\u2028b,\ufffd\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [(" 02/01/1985 ", "1985-02-01"), ("1985-02-01", "1985-02-01"), ("1 Feb", "1 Feb")],
)
def test_a_date_of_birth_is_that_of_an_import_job(written: str, expected: str) -> None:
    entry = entry_of_csv(1, csv_line(["ana", "false", written, "", ""]), COLUMNS)
    assert entry.attributes == {"birthdate": expected}


def test_white_space_is_trimmed_but_not_in_own_columns() -> None:
    entry = entry_of_csv(1, csv_line([" ana\t", "false", " ", " a b ", " x "]), COLUMNS)
    assert (entry.username, entry.attributes, entry.data["own"]) == ("ana", {"custom:a": "a b"}, " x ")


async def test_exported_values_are_imported_again(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    pool.add("ana,", birthdate="1985-02-01", name="\\")
    target = path.with_suffix(".csv")
    await export_users(client, POOL_ID, target)
    assert "02/01/1985" in target.read_text()
    other = BulkPool()
    report = await import_users(client_with(other), POOL_ID, target)
    assert (report.created, report.failed) == (1, 0)
    assert {each["Name"]: each["Value"] for each in other.users["ana,"]["Attributes"]} == {
        "sub": "sub-ana,",
        "birthdate": "1985-02-01",
        "name": "\\",
    }


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
async def test_half_a_surrogate_pair_does_not_stop_an_export(
    client: CognitoClient, pool: BulkPool, path: Path, suffix: str
) -> None:
    pool.add("ana", name="a\ud800b")
    target = path.with_suffix(suffix)
    await export_users(client, POOL_ID, target)
    text = target.read_text(encoding="utf-8")
    if suffix == ".csv":
        assert "a\ufffdb" in text
    else:
        assert json.loads(text)["attributes"]["name"] == "a\ud800b"
