"""Filters for ListUsers: correct quoting, and errors for attributes that cannot be searched."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import filters
from cognito_async.errors import InvalidRequestError
from support.transports import ScriptedTransport, client_with


def parsed(text: str) -> tuple[str, str, str]:
    """Parse a filter; a backslash escapes the next character."""
    attribute, operator, quoted = text.split(" ", 2)
    assert quoted[0] == '"'
    value = ""
    characters = iter(quoted[1:])
    for character in characters:
        if character == '"':
            assert list(characters) == [], "text after the closing quotation mark"
            return attribute, operator, value
        value += next(characters) if character == "\\" else character
    raise AssertionError("no closing quotation mark")


@given(
    attribute=st.sampled_from(get_args(filters.Searchable)),
    value=st.text(st.characters() | st.sampled_from('"\\ =^'), max_size=100),
)
def test_quoted_values_can_be_parsed(attribute: Any, value: str) -> None:
    assert parsed(filters.equals(attribute, value)) == (attribute, "=", value)
    assert parsed(filters.starts_with(attribute, value)) == (attribute, "^=", value)


def test_a_filter_has_the_form_that_the_service_documents() -> None:
    assert filters.equals("given_name", "Jon") == 'given_name = "Jon"'
    assert filters.starts_with("given_name", "Jon") == 'given_name ^= "Jon"'
    assert filters.equals("name", 'the "great"\\') == 'name = "the \\"great\\"\\\\"'


async def test_a_filter_is_sent_unchanged() -> None:
    transport = ScriptedTransport()
    text = filters.equals("name", 'say "hi"')
    await client_with(transport).list_users(user_pool_id="eu-west-1_a", filter=text)
    assert transport.json["Filter"] == 'name = "say \\"hi\\""'


@pytest.mark.parametrize("attribute", ["custom:level", "address", "Email", "", None, ["email"]])
@pytest.mark.parametrize("function", [filters.equals, filters.starts_with])
def test_an_attribute_that_is_not_searchable_is_rejected(function: Any, attribute: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        function(attribute, "x")
    [problem] = caught.value.problems
    assert problem.startswith(f"attribute: {attribute!r} is not searchable, only username, email, ")
    assert caught.value.shape == f"filters.{function.__name__}"


@pytest.mark.parametrize("value", [5, True, None, b"x"])
def test_a_value_must_be_a_string(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"value: expected str, got "):
        filters.equals("email", value)


def test_a_filter_must_not_exceed_the_limit_of_the_service() -> None:
    overhead = len('sub = ""')
    assert len(filters.equals("sub", "x" * (256 - overhead))) == 256
    assert len(filters.equals("sub", '"' * ((256 - overhead) // 2))) == 256
    for value in ("x" * (257 - overhead), '"' * ((256 - overhead) // 2 + 1)):
        with pytest.raises(InvalidRequestError, match=r"at most 256 are allowed") as caught:
            filters.equals("sub", value)
        assert value not in str(caught.value)
