"""``help`` of operations in a terminal of 80 columns."""

from __future__ import annotations

import inspect
import pydoc
from typing import get_type_hints

import pytest

from cognito_async import CognitoClient, types
from cognito_async._hints import compiled_with_hints
from cognito_async.operations import METHODS

NAMES = sorted(name for names in METHODS.values() for name in names)


def lines_of(thing: object) -> list[str]:
    """Return what ``help`` shows, without the title, the class that it appends and the page of the API."""
    _, *lines = pydoc.plain(pydoc.render_doc(thing)).splitlines()
    return [line.partition(" method of ")[0] for line in lines if "Source: https://" not in line]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_an_operation_is_wider_than_the_terminal(name: str) -> None:
    lines = lines_of(getattr(CognitoClient(region="eu-west-1"), name))
    assert [line for line in lines if len(line) > 80] == []


def test_the_operations_in_the_help_of_the_client_fit_too() -> None:
    lines = lines_of(CognitoClient)
    start = next(index for index, line in enumerate(lines) if line.startswith(" |  async admin_create_user("))
    end = next(index for index in range(start + 1, len(lines)) if lines[index].startswith(" |  async "))
    assert end - start > 60
    assert [line for line in lines[start:end] if len(line) > 80] == []


def test_a_long_signature_has_a_line_for_each_parameter_and_no_quotes() -> None:
    method = CognitoClient(region="eu-west-1").admin_create_user
    text = str(inspect.signature(method))
    assert text.startswith(
        "(\n    *,\n    user_pool_id: str,\n    username: str,\n"
        "    user_attributes: Sequence[types.AttributeType | Mapping[str, Any]] |\n"
        "        types.AttributeMapping | None = None,\n"
    )
    assert inspect.signature(method).format(max_width=200) == text  # type: ignore[attr-defined]  as Python 3.13
    assert text.endswith(
        "    client_metadata: Mapping[str, str] | None = None,\n) -> types.AdminCreateUserResponse"
    )


def test_a_short_signature_is_one_line() -> None:
    def method(self, *, name: str) -> int:
        raise NotImplementedError

    assert str(inspect.signature(compiled_with_hints(method))) == "(self, *, name: str) -> int"


def test_inspection_finds_the_method_itself() -> None:
    method = CognitoClient(region="eu-west-1").admin_get_user
    assert inspect.signature(method).parameters["username"].annotation == "str"
    assert get_type_hints(method)["return"] is types.AdminGetUserResponse
    assert "async def admin_get_user(" in inspect.getsource(method)
    assert inspect.iscoroutinefunction(method)


def test_other_signatures_are_shown_too() -> None:
    def method(self, first, *, second=5, **others):  # pragma: no cover  it is not called
        pass

    method.__annotations__ = {"first": int}
    wrapped = compiled_with_hints(method)
    assert str(inspect.signature(wrapped)) == (
        "(\n    self,\n    first: int,\n    *,\n    second=5,\n    **others,\n)"
    )
