"""Tables and CSV: what fits a terminal, and what other programs read."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import pytest
from rich.cells import cell_len

from cognito_async._cli.formats import print_value
from cognito_async._cli.options import Format

_STYLE = re.compile(r"\x1b\[[\d;]*m")
USERS = [
    {
        "Username": "ana",
        "Attributes": [{"Name": "sub", "Value": "7d2b"}, {"Name": "email", "Value": "ana@example.com"}],
        "UserCreateDate": "2026-11-27T20:14:53.120000+00:00",
        "Enabled": True,
        "Empty": None,
    },
    {"Username": "ben", "Attributes": [{"Name": "name"}]},
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the lines that are printed on a terminal of some width, or to a pipe."""
    monkeypatch.setenv("TERM", "xterm")

    def show(value: Any, form: Format = Format.TABLE, *, width: int | None = None) -> list[str]:
        output = io.StringIO() if width is None else Terminal()
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setenv("COLUMNS", str(width or 20))
        print_value(value, form)
        lines = [line.rstrip() for line in _STYLE.sub("", output.getvalue()).splitlines()]
        assert width is None or max(map(cell_len, lines)) <= width
        return lines

    return show


def test_a_table_that_fits_has_a_line_for_each_record(shown: Any) -> None:
    expected = [
        "Username  Attributes                       UserCreateDate           Enabled  Empty",
        "ana       sub=7d2b, email=ana@example.com  2026-11-27 20:14:53 UTC  true",
        "ben       name=",
    ]
    assert shown(USERS, width=82) == expected
    assert shown(USERS) == expected


def test_the_widest_cells_are_wrapped_at_words(shown: Any) -> None:
    assert shown(USERS, width=66) == [
        "Username  Attributes             UserCreateDate     Enabled  Empty",
        "ana       sub=7d2b,              2026-11-27         true",
        "          email=ana@example.com  20:14:53 UTC",
        "ben       name=",
    ]


def test_records_whose_words_do_not_fit_are_names_and_values(shown: Any) -> None:
    assert shown(USERS, width=40) == [
        "Username        ana",
        "Attributes      sub=7d2b,",
        "                email=ana@example.com",
        "UserCreateDate  2026-11-27 20:14:53 UTC",
        "Enabled         true",
        "",
        "Username    ben",
        "Attributes  name=",
    ]


def test_wide_characters_count_twice(shown: Any) -> None:
    record = [{"a": "日本 日本", "b": "x"}]
    assert shown(record, width=12) == ["a          b", "日本 日本  x"]
    assert shown(record, width=11) == ["a         b", "日本      x", "日本"]


def test_one_object_shows_attributes_and_times_in_the_form_of_a_list(shown: Any) -> None:
    assert shown(USERS[0])[1:3] == [
        "Attributes      sub=7d2b, email=ana@example.com",
        "UserCreateDate  2026-11-27 20:14:53 UTC",
    ]


def test_a_list_or_object_without_content_is_empty_in_a_table_only(shown: Any) -> None:
    empty = {"a": "", "b": [], "c": {}}
    assert shown(empty) == ["a", "b", "c"]
    assert shown([{"x": 1} | empty]) == ["x  a  b  c", "1"]
    assert shown(empty, Format.CSV) == ["a,b,c", ",[],{}"]


@pytest.mark.parametrize("form", [Format.CSV, Format.TABLE])
def test_plain_values_are_exact_for_other_programs(shown: Any, form: Format) -> None:
    values = ["=cmd", "+1 (2)", 'a,"b"', "-x", "@y", "ána\u202e"]
    assert shown(values, form) == values
    for value in values:
        assert shown(value, form) == [value]


@pytest.mark.parametrize("form", [Format.CSV, Format.TABLE])
@pytest.mark.parametrize("value", ["\x1b[2Jána", ["\x1b[2Jána"], [{"a": "\x1b[2Jána"}], {"a": "\x1b[2Jána"}])
def test_no_control_character_reaches_a_terminal(shown: Any, form: Format, value: Any) -> None:
    text = "\n".join(shown(value, form, width=80))
    assert "\x1b" not in text
    assert "\\x1b[2Jána" in text


def test_records_of_csv_are_guarded_against_spreadsheets(shown: Any) -> None:
    assert shown([{"a": "=x", "b": 1}, "=y"], Format.CSV) == ["a,b", "'=x,1", "'=y,"]
    assert shown([{"a": "=x", "b": 1}, ["y", 2]]) == ["a         b", "=x        1", '["y", 2]']


@pytest.mark.parametrize("form", [Format.CSV, Format.TABLE])
def test_an_empty_list_is_a_message(shown: Any, form: Format, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown([], form) == []
    assert capsys.readouterr().err == "the list is empty\n"
