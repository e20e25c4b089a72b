"""Each operation has an example in the reference that runs, reads well and has no real secrets."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from codegen.ir import Api, EnumRef, ListOf, MapOf, ModelError, Scalar, Simple, StructureRef, Type
from codegen.reference.examples import example_calls, example_module
from codegen.reference.pages import build
from cognito_async import types
from cognito_async.testing import StubTransport

# The examples are made from one model.
pytestmark = pytest.mark.made_from("model", "paginators")

PLACEHOLDER = re.compile(r"<[a-z -]+>")
# Values beside secrets in maps.
SHOWN = {"openid email", "ana", "public-key"}


@pytest.fixture(scope="module")
def api() -> Api:
    return build()


@pytest.fixture(scope="module")
def examples(api: Api) -> dict[str, str]:
    return example_calls(api)


def value_of(api: Api, kind: Type) -> Any:
    """Return a value that a response may have."""
    match kind:
        case EnumRef(_, values):
            return values[0]
        case StructureRef(name):
            shape = next(shape for shape in api.structures if shape.name == name)
            values = {member.name: value_of(api, member.type) for member in shape.members}
            return getattr(types, name)(**values)
        case ListOf(item):
            return [value_of(api, item)]
        case MapOf(key, value):
            return {value_of(api, key): value_of(api, value)}
        case Simple(scalar, limits):
            length = max(limits.minimum or 1, 1)
            values = {
                Scalar.STRING: "x" * length,
                Scalar.INTEGER: limits.minimum or 1,
                Scalar.FLOAT: 1.0,
                Scalar.BOOLEAN: True,
                Scalar.BLOB: b"x",
                Scalar.TIMESTAMP: datetime(2026, 1, 1, tzinfo=UTC),
                Scalar.DOCUMENT: {},
            }
            return values[scalar]


async def test_every_example_sends_its_request_and_reads_the_response(api: Api, capsys) -> None:
    functions: dict[str, Any] = {}
    exec(compile(example_module(api), "examples", "exec"), functions)
    for operation in api.operations:
        values = {
            member.name: value_of(api, member.type)
            for member in (operation.response.members if operation.response else ())
            if operation.pagination is None or member.name != operation.pagination.token.name
        }
        kind = getattr(types, operation.response.name if operation.response else "EmptyResponse")
        with StubTransport() as stub:
            stub.add(kind(**values), to=getattr(types, operation.request.name))
            async with stub.client() as client:
                await functions[operation.method](client)
        assert len(stub.requests) == 1, operation.method
    assert len(api.operations) == 153
    assert capsys.readouterr().out.count("\n") > 80


def test_examples_are_short(examples: dict[str, str]) -> None:
    lengths = {method: len(code.splitlines()) for method, code in examples.items()}
    assert max(lengths.values()) <= 12
    # Nested shapes and many required parameters take the rest.
    assert {method for method, length in lengths.items() if length > 8} == {
        "admin_link_provider_for_user",
        "admin_respond_to_auth_challenge",
        "confirm_device",
        "create_identity_provider",
        "create_terms",
        "set_log_delivery_configuration",
    }


def test_secrets_are_placeholders(api: Api, examples: dict[str, str]) -> None:
    checked = 0
    for operation in api.operations:
        secrets = {member.name for member in operation.request.members if member.secret}
        for node in ast.walk(ast.parse(_in_function(examples[operation.method]))):
            if isinstance(node, ast.keyword) and node.arg in secrets:
                for value in _secret_values(node.value):
                    assert PLACEHOLDER.fullmatch(value) or value in SHOWN, (operation.method, value)
                    checked += 1
    assert checked > 40


def _secret_values(node: ast.expr) -> list[str]:
    parts = node.values if isinstance(node, ast.Dict) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_secrets_of_responses_are_not_printed(api: Api, examples: dict[str, str]) -> None:
    secrets = {member.name for shape in api.structures for member in shape.members if member.secret}
    for method, code in examples.items():
        for printed in re.findall(r"print\((.*)\)", code):
            assert secrets.isdisjoint(re.findall(r"\.(\w+)", printed)), method


def test_examples_are_formatted(examples: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "examples.py"
    path.write_text("\n\n".join(map(_in_function, examples.values())), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--diff"]
    result = subprocess.run(
        [*command, "--line-length", "92", str(path)], capture_output=True, text=True, check=False
    )
    assert result.stdout == ""
    assert result.returncode == 0, result.stderr


def _in_function(code: str) -> str:
    indented = "\n".join(f"    {line}" if line else "" for line in code.splitlines())
    return f"async def example(client):\n{indented}\n"


# What the file of samples may have


SAMPLES: dict[str, Any] = {
    "values": {"BookId": '"B-1"', "Card": "{'Number': 'it is \"1\"', 'n': [1]}", "LoanId": '"L-1"'},
    "operations": {"ListBooks": {"item": "book"}},
}


def test_values_come_from_the_names_of_required_members(library) -> None:
    library.add_member("BorrowBookRequest", "Shelf", "ShelfType")
    library.shapes["BorrowBookRequest"]["required"].append("Shelf")
    calls = example_calls(library.build(), SAMPLES)
    assert calls["get_book"] == 'response = await client.get_book(book_id="B-1")\nprint(response.book)'
    assert calls["return_book"] == 'await client.return_book(loan_id="L-1")'
    assert calls["list_books"] == (
        'pages = client.get_paginator("list_books").paginate()\nasync for book in pages.items():\n    print(book)'
    )
    assert calls["borrow_book"].splitlines()[:3] == [
        "response = await client.borrow_book(",
        '    book_id="B-1",',
        """    card={"Number": 'it is "1"', "n": [1]},""",
    ]
    assert '    shelf="A",\n' in calls["borrow_book"]


def test_arguments_and_lines_of_an_operation(library) -> None:
    own = {
        "arguments": {"book_id": '"B-2"', "with_cover": "True"},
        "before": "import x\n",
        "then": "\nuse(response)\n",
    }
    samples = {**SAMPLES, "operations": {**SAMPLES["operations"], "GetBook": own}}
    assert example_calls(library.build(), samples)["get_book"].splitlines() == [
        "import x",
        "",
        'response = await client.get_book(book_id="B-2", with_cover=True)',
        "use(response)",
    ]


@pytest.mark.parametrize(
    ("values", "operation", "message"),
    [
        ({"Title": '"x"'}, {}, "no operation needs Title of"),
        ({"BookId": "1 +"}, {}, "'1 +' is not a Python expression"),
        ({}, {"LendBook": {}}, "the model has no operation LendBook"),
        ({}, {"GetBook": {"shows": "x"}}, "[operations.GetBook] has shows, which means nothing"),
        ({}, {"GetBook": {"arguments": {"cover": "1"}}}, "GetBook has no parameter cover"),
        ({}, {"ListBooks": {}}, "[operations.ListBooks] needs item"),
    ],
)
def test_mistakes_in_the_samples_are_named(library, values, operation, message) -> None:
    samples = {
        "values": SAMPLES["values"] | values,
        "operations": SAMPLES["operations"] | operation,
    }
    with pytest.raises(ModelError) as caught:
        example_calls(library.build(), samples)
    assert message in str(caught.value)


def test_a_new_required_member_needs_a_value(library) -> None:
    library.add_member("ReturnBookRequest", "Desk")
    library.shapes["ReturnBookRequest"]["required"].append("Desk")
    with pytest.raises(ModelError, match=r"\[values\] needs Desk, which ReturnBook requires"):
        example_calls(library.build(), SAMPLES)
