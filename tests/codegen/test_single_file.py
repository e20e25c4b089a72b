"""The reference in one file has every part of the API once, as Markdown."""

from __future__ import annotations

import re

import pytest

from codegen.ir import Api, Role
from codegen.reference.examples import example_calls
from codegen.reference.pages import build
from codegen.reference.single_file import code, single_file, spellings

pytestmark = pytest.mark.made_from("model", "paginators")


@pytest.fixture(scope="module")
def api() -> Api:
    return build()


@pytest.fixture(scope="module")
def text(api: Api) -> str:
    return single_file(api, "1.2")


def test_every_operation_shape_and_enum_has_a_heading(api: Api, text: str) -> None:
    nested = [shape.name for shape in api.structures if shape.role is Role.NESTED]
    types = [f"types.{name}" for name in (*nested, *(enum.name for enum in api.enums))]
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert sorted(headings) == sorted([*types, *(operation.method for operation in api.operations)])
    assert text.startswith("# cognito_async 1.2: reference\n")


def test_every_operation_has_its_example_members_and_errors(api: Api, text: str) -> None:
    examples = example_calls(api)
    for operation in api.operations:
        block = text.partition(f"\n### {operation.method}\n")[2].partition("\n### ")[0]
        assert f"```python\n{examples[operation.method]}\n```" in block
        members = [*operation.request.members, *(operation.response.members if operation.response else ())]
        for member in members:
            assert f"- `{member.name}: " in block
        for error in operation.specific_errors:
            assert f"`{error.name}`" in block
        assert operation.url in block
    assert all(f"- `{error.name}`: " in text for error in api.errors)


def test_it_is_markdown(text: str) -> None:
    outside = "code".join(text.split("```")[::2])
    assert "``" not in outside
    assert ":py:" not in outside
    assert "\n\n\n" not in outside
    assert "None | None" not in text


def test_text_becomes_markdown() -> None:
    assert code("``a`` and `Name <https://x.example/>`__, b") == "`a` and [Name](https://x.example/), b"


def test_operations_have_the_spellings_of_boto3_the_cli_and_the_api(api: Api) -> None:
    found = spellings(api)
    assert found["admin_create_user"] == ("AdminCreateUser", "admin-create-user")
    assert found["get_csv_header"] == ("GetCSVHeader", "get-csv-header")
    assert len(found) == 153
    # The check of the site relies on this.
    for method, (name, command) in found.items():
        assert command == method.replace("_", "-")
        assert name.lower() == method.replace("_", "")
