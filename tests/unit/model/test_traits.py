"""Traits have a short text, which the reference shows."""

from __future__ import annotations

from cognito_async import types


def test_the_type_of_documents_has_no_address_in_its_text() -> None:
    assert repr(types.Document) == "typing.Annotated[typing.Any, DOCUMENT]"
