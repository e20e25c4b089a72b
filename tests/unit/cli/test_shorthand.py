"""The shorthand of the AWS CLI for structures and maps."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._cli.shorthand import ShorthandError, parse_shorthand


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Name=email,Value=ana@example.com", {"Name": "email", "Value": "ana@example.com"}),
        ("custom:plan=pro,x=", {"custom:plan": "pro", "x": ""}),
        ("a=https://example.com/?b:c", {"a": "https://example.com/?b:c"}),
        ("a=1,2,b=3", {"a": ["1", "2"], "b": "3"}),
        ("a=1,,b", {"a": ["1", "", "b"]}),
        ("a=[1,2],b=[]", {"a": ["1", "2"], "b": []}),
        ("a={b=[1,2],c={d=x}},e=f", {"a": {"b": ["1", "2"], "c": {"d": "x"}}, "e": "f"}),
        ('a="x, y",b=\'it, "is"\'', {"a": "x, y", "b": 'it, "is"'}),
        (r'a=x\, y,b="a \"b\""', {"a": "x, y", "b": 'a "b"'}),
        ("a=1}", {"a": "1}"}),
        (" a = 1 ,b=2", {"a": " 1 ", "b": "2"}),
    ],
)
def test_keys_and_values_are_read(text: str, value: Any) -> None:
    assert parse_shorthand(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected KEY=VALUE at character 1"),
        ("secret", "expected KEY=VALUE at character 1"),
        ("a=1,a=2", "this key comes twice at character 5"),
        ("a={b=1", "expected } at character 7"),
        ("a=[1", "expected ] at character 5"),
        ("a={b=1}x", "expected a comma at character 8"),
        ('a="x', "a quoted value without its closing quote at character 3"),
        ("a=x\\", "expected a comma at character 4"),
        ("a=" + "{a=" * 60, "nested too deeply at character 156"),
        ("a=" + "[" * 60, "nested too deeply at character 54"),
    ],
)
def test_a_malformed_text_is_an_error_that_names_the_place(text: str, message: str) -> None:
    with pytest.raises(ShorthandError) as caught:
        parse_shorthand(text)
    assert str(caught.value) == message


@given(st.text())
def test_any_text_has_a_value_or_is_a_shorthand_error(text: str) -> None:
    with suppress(ShorthandError):
        assert isinstance(parse_shorthand(f"a={text}"), dict)


@given(st.dictionaries(st.from_regex(r"[\w.:-]+", fullmatch=True), st.text()))
def test_quoted_values_are_unchanged(values: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    if values:
        assert parse_shorthand(",".join(f"{key}={quoted(value)}" for key, value in values.items())) == values
