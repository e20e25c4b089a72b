"""The generated files of the example service."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from codegen.ir import ModelError
from codegen.load import HERE
from codegen.render import GENERATED, HEADER, class_name, render

ROOT = HERE.parent
AWKWARD = ['say "hi"', "it's", "back\\slash", "\\", '"', "\\n", "a\tb", "{x}", "%s", "ünïcode"]


def _render(library, folder):
    """Render a library next to copies of the hand-written modules, as a package that can be imported."""
    package = folder / "cognito_async"
    shutil.copytree(ROOT / "cognito_async", package, ignore=shutil.ignore_patterns(*GENERATED, "__pycache__"))
    render(library.build(), library.sources, library.overrides, package)
    return package


def _run(package, script):
    """Run a script against a rendered package and return what it prints as JSON."""
    preamble = "import json\nfrom cognito_async import _model, errors, operations, types, _endpoints\n"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-B", "-c", preamble + script],
        env=os.environ | {"PYTHONPATH": str(package.parent)},
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def _ruff(package, *arguments):
    """Run ruff with the project's settings; they depend on the path relative to the current directory."""
    return subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--config", ROOT / "pyproject.toml"]
        + [f"cognito_async/{name}" for name in GENERATED],
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def _classes(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


@pytest.fixture(scope="module")
def package(untouched_library, tmp_path_factory):
    """Return the unchanged example service, rendered once."""
    return _render(untouched_library, tmp_path_factory.mktemp("untouched"))


@pytest.fixture
def rendered(library, tmp_path):
    """Return a function that renders the library of the test; call it after the changes."""
    return lambda: _render(library, tmp_path)


# Files


def test_every_area_has_a_file_in_types_and_in_operations(package):
    files = {name: sorted(path.name for path in (package / name).iterdir()) for name in GENERATED}
    assert files == {
        "types": ["__init__.py", "books.py", "common.py", "lending.py"],
        "operations": ["__init__.py", "books.py", "lending.py", "pagination.py"],
        "errors": ["__init__.py"],
        "_endpoints": ["__init__.py", "limits.py", "quotas.py"],
    }


def test_operations_stand_in_regions_that_editors_fold(package):
    # The marks of VS Code (Python's language configuration) and of PyCharm.
    marks = re.compile(r"^\s*#\s*(region|endregion)\b(.*)$", re.MULTILINE)
    found = marks.findall((package / "operations" / "lending.py").read_text(encoding="utf-8"))
    assert found == [
        ("region", " Signed with IAM credentials"),
        ("endregion", ""),
        ("region", " Not signed"),
        ("endregion", ""),
    ]


def test_every_file_compiles(package):
    files = [path for name in GENERATED for path in (package / name).glob("*.py")]
    assert len(files) == 12
    for path in files:
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def test_every_file_has_the_header_and_a_docstring(package):
    for name in GENERATED:
        for path in (package / name).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert text.startswith(f"{HEADER}\n"), path
            assert ast.get_docstring(ast.parse(text)) is not None, path


def test_ruff_finds_nothing_in_the_files(package):
    result = _ruff(package, "check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_ruff_would_format_nothing_in_the_files(package):
    result = _ruff(package, "format", "--check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_line_ends_with_a_space(package):
    for name in GENERATED:
        for path in (package / name).glob("*.py"):
            lines = path.read_text(encoding="utf-8").splitlines()
            assert [line for line in lines if line != line.rstrip()] == [], path


def test_rendering_twice_gives_the_same_bytes(package, library, tmp_path):
    again = _render(library, tmp_path)
    for name in GENERATED:
        for path in (package / name).glob("*.py"):
            assert (again / name / path.name).read_bytes() == path.read_bytes()


# Content


def test_shapes_are_in_the_file_of_their_area_after_the_shapes_that_they_use(package):
    assert list(_classes(package / "types" / "common.py")) == ["AuthorType", "BookType"]
    assert list(_classes(package / "types" / "lending.py")) == [
        "BorrowBookResponse",
        "CardType",
        "BorrowBookRequest",
        "ReturnBookRequest",
    ]


def test_an_area_imports_only_the_common_shapes_that_it_uses(package):
    imported = {
        area: [
            alias.name
            for node in ast.parse((package / "types" / f"{area}.py").read_text(encoding="utf-8")).body
            if isinstance(node, ast.ImportFrom) and node.module == "cognito_async.types.common"
            for alias in node.names
        ]
        for area in ("books", "lending")
    }
    assert imported == {"books": ["BookType"], "lending": ["BookType"]}


def test_attributes_can_be_sent_and_read_as_a_mapping(rendered, library):
    library.add_attributes("GetBookRequest", "BookAttributes")
    library.add_attributes("GetBookResponse", "BookAttributes")
    library.add_attributes("BookType", "OwnAttributes")
    library.write_texts()
    script = """
sent = types.GetBookRequest(book_id="abc", book_attributes={"color": "red", "new": True}).to_wire()
book = types.BookType.from_wire({"OwnAttributes": [{"Name": "color", "Value": "red"}]})
response = types.GetBookResponse(book=book, book_attributes=book.own_attributes)
empty = types.GetBookResponse().attribute_map
print(json.dumps([sent, dict(book.attribute_map), dict(response.attribute_map), dict(empty)]))
"""
    color = {"Name": "color", "Value": "red"}
    sent = {"BookId": "abc", "BookAttributes": [color, {"Name": "new", "Value": "true"}]}
    assert _run(rendered(), script) == [sent, {"color": "red"}, {"color": "red"}, {}]


def test_class_names_of_areas_are_in_camel_case(package):
    assert list(_classes(package / "operations" / "books.py")) == ["BooksOperations"]
    index = (package / "operations" / "__init__.py").read_text(encoding="utf-8")
    checked = next(node for node in ast.walk(ast.parse(index)) if isinstance(node, ast.ClassDef))
    assert [ast.unparse(base) for base in checked.bases] == [
        "BooksOperations",
        "LendingOperations",
        "PaginationOperations",
    ]


def test_an_area_of_two_words_has_a_class_of_two_words(library):
    library.areas["rare_books"] = library.areas.pop("books")
    assert class_name(library.build().areas[-2]) == "RareBooksOperations"


def test_required_parameters_come_first(rendered, library):
    library.shapes["ListBooksRequest"]["required"] = ["Shelf"]
    method = next(
        node
        for node in _classes(rendered() / "operations" / "books.py")["BooksOperations"].body
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "list_books"
    )
    assert [argument.arg for argument in method.args.kwonlyargs] == ["shelf", "max_results", "next_token"]
    assert [default is None for default in method.args.kw_defaults] == [True, False, False]


# Behaviour


def test_requests_have_the_facts_of_their_operation(package):
    script = """
facts = {}
for name in ("BorrowBook", "GetBook", "ReturnBook"):
    operation = getattr(types, name + "Request").operation
    facts[name] = [operation.name, operation.response.__name__, operation.signed, operation.idempotent, operation.quota]
print(json.dumps(facts))
"""
    assert _run(package, script) == {
        "BorrowBook": ["BorrowBook", "BorrowBookResponse", False, True, "Lending"],
        "GetBook": ["GetBook", "GetBookResponse", True, True, "BookRead"],
        "ReturnBook": ["ReturnBook", "EmptyResponse", True, True, None],
    }


def test_an_operation_that_is_not_idempotent_is_marked(rendered, library):
    library.overrides["not_idempotent"] = {"ReturnBook": "reason"}
    script = "print(json.dumps(types.ReturnBookRequest.operation.idempotent))"
    assert _run(rendered(), script) is False


def test_methods_send_a_request_with_their_parameters(package):
    script = """
import asyncio

class Client(operations.AllOperations):
    async def send(self, request):
        return request

request = asyncio.run(Client().list_books(max_results=5, shelf="A"))
print(json.dumps([type(request).__name__, request.max_results, request.next_token, request.shelf]))
"""
    assert _run(package, script) == ["ListBooksRequest", 5, None, "A"]


@pytest.mark.parametrize("required", [[], ["MaxResults", "Shelf"]], ids=["all optional", "limit required"])
def test_paginators_read_all_pages(rendered, library, required):
    library.shapes["ListBooksRequest"]["required"] = required
    script = """
import asyncio

class Client(operations.AllOperations):
    sent = []

    async def send(self, request):
        self.sent.append(request.to_wire())
        wire = {"Books": [{"BookId": "abc"}], "NextToken": None if request.next_token else "more"}
        return types.ListBooksResponse.from_wire(wire)

client = Client()
books = asyncio.run(client.get_paginator("list_books").paginate(shelf="A").collect())
print(json.dumps([[book.book_id for book in books], client.sent]))
"""
    first = {"MaxResults": 60, "Shelf": "A"}
    assert _run(rendered(), script) == [["abc", "abc"], [first, first | {"NextToken": "more"}]]


def test_a_service_without_lists_is_rendered(rendered, library):
    library.botocore_paginators.clear()
    del library.shapes["ListBooksResponse"]["members"]["NextToken"]
    script = "print(json.dumps(operations.AllOperations().can_paginate('list_books')))"
    assert _run(rendered(), script) is False


def test_secrets_are_masked_in_repr(package):
    script = """
card = {"Number": "12345678", "Pin": "secret-pin"}
request = types.BorrowBookRequest(book_id="abc", card=card)
nested = types.CardType(number="12345678", pin="secret-pin")
print(json.dumps([repr(request), repr(nested)]))
"""
    for text in _run(package, script):
        assert "secret-pin" not in text
        assert "***" in text


def test_shapes_keep_their_values_on_the_wire(package):
    script = """
wire = {"BookId": "abc", "Genre": "FICTION", "Authors": [{"Name": "N"}], "Labels": {"k": "v"}, "Pages": 3,
        "Extra": {"x": [1, None]}, "Price": 1.5, "Available": True}
book = types.BookType.from_wire(wire)
print(json.dumps([book.to_wire() == wire, type(book.authors[0]).__name__]))
"""
    assert _run(package, script) == [True, "AuthorType"]


def test_errors_have_their_members(package):
    script = """
error = errors.CardBlockedException("no", members={"reasonCode": "LOST"})
print(json.dumps([error.reason_code, error.code, isinstance(error, errors.ServiceError)]))
"""
    assert _run(package, script) == ["LOST", "CardBlockedException", True]


def test_every_error_has_its_public_module(package):
    script = "print(json.dumps({getattr(errors, name).__module__ for name in errors.__all__} == {errors.__name__}))"
    assert _run(package, script) is True


def test_every_name_of_the_index_can_be_imported(package):
    script = "print(json.dumps({name: getattr(types, name).__module__ for name in dir(types)}))"
    homes = _run(package, script)
    assert homes["BookType"] == "cognito_async.types.common"
    assert homes["GetBookRequest"] == "cognito_async.types.books"
    assert homes["EmptyResponse"] == "cognito_async._model.shapes"
    assert {"GenreType", "ShelfType", "Document"} <= homes.keys()


def test_type_checkers_read_the_shapes_of_every_area_by_star_import(package):
    tree = ast.parse((package / "types" / "__init__.py").read_text(encoding="utf-8"))
    branch = next(node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(branch.test) == "TYPE_CHECKING"
    assert [ast.unparse(statement) for statement in branch.body] == [
        f"from cognito_async.types.{area} import *" for area in ("books", "common", "lending")
    ]
    script = """
names = []
for area in ("books", "common", "lending"):
    namespace = {}
    exec(f"from cognito_async.types.{area} import *", namespace)
    names += namespace.keys() - {"__builtins__"}
print(json.dumps(sorted(names) == types.__all__ == dir(types)))
"""
    assert _run(package, script) is True


def test_the_endpoint_rules_are_callable(package):
    script = """
try:
    _endpoints.resolve_endpoint()
except errors.ConfigurationError as error:
    message = str(error)
partition = _endpoints.partition_of("aws-global").name
print(json.dumps([_endpoints.resolve_endpoint(region="eu-west-1"), message, partition]))
"""
    expected = ["https://library.eu-west-1.example", "no region given", "aws"]
    assert _run(package, script) == expected


def test_the_names_of_the_service_are_those_of_the_model(package):
    script = "print(json.dumps([_endpoints.SIGNING_NAME, _endpoints.TARGET_PREFIX]))"
    assert _run(package, script) == ["library", "LibraryService"]


def test_the_quotas_are_a_table_by_category(package):
    script = """
from cognito_async._endpoints import quotas
print(json.dumps([list(quotas.QUOTAS.items()), sorted(quotas.CHALLENGE_OPERATIONS), quotas.CHALLENGE_FACTOR,
    quotas.CHALLENGE_CATEGORIES]))
"""
    assert _run(package, script) == [
        [
            ["BookRead", ["BookRead", 20, True, None]],
            ["Lending", ["Lending", 5, False, 2]],
            ["Returns", ["Returns", 1, False, None]],
        ],
        ["BorrowBook"],
        3,
        {"LATE": "Returns"},
    ]


# Special characters and names


@pytest.mark.parametrize("values", [AWKWARD[:5], AWKWARD], ids=["listed in docstrings", "too many to list"])
def test_quotes_and_backslashes_in_values_of_an_enum_are_kept(rendered, library, values):
    library.shapes["GenreType"]["enum"] = values
    package = rendered()
    alias = next(
        node
        for node in ast.parse((package / "types" / "common.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "GenreType"
    )
    assert isinstance(alias.value, ast.Subscript)
    assert list(ast.literal_eval(alias.value.slice)) == values
    script = "from typing import get_args\nprint(json.dumps(get_args(types.GenreType)))"
    assert _run(package, script) == values


def test_backslashes_in_a_pattern_are_kept_in_the_docstring(rendered, library):
    library.shapes["BookIdType"]["pattern"] = r"[\w\s\\]+\d"
    text = (rendered() / "types" / "common.py").read_text(encoding="utf-8")
    body = _classes_of(text)["BookType"].body
    docstrings = [node.value.value for node in body if isinstance(node, ast.Expr)]
    assert any(r"Pattern ``[\w\s\\]+\d``." in " ".join(str(text).split()) for text in docstrings)


def _classes_of(text):
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def test_members_with_unusual_wire_names_keep_their_values_on_the_wire(rendered, library):
    library.add_member("AuthorType", "VIAFNumber")
    library.add_member("AuthorType", "isni")
    library.add_member("AuthorType", "From")
    script = """
wire = {"Name": "N", "VIAFNumber": "1", "isni": "2", "From": "here"}
author = types.AuthorType.from_wire(wire)
print(json.dumps([author.to_wire() == wire, author.from_]))
"""
    assert _run(rendered(), script) == [True, "here"]


@pytest.mark.parametrize("wire", ["Dict", "Field", "List", "Mask"])
def test_a_member_does_not_hide_a_name_that_the_class_body_uses(rendered, library, wire):
    library.overrides["always_present"] = {"HolderType": ["Labels", "Authors"]}
    library.add_member("HolderType", wire)
    library.add_member("HolderType", "Pin", "PinType")
    library.add_member("HolderType", "Labels", "LabelMapType")
    library.add_member("HolderType", "Authors", "AuthorListType")
    library.add_member("GetBookResponse", "Holder", "HolderType")
    script = "holder = types.HolderType()\nprint(json.dumps([holder.labels, holder.authors, repr(holder)]))"
    labels, authors, _ = _run(rendered(), script)
    assert (labels, authors) == ({}, [])


@pytest.mark.parametrize("wire", ["Self", "Types"])
def test_a_parameter_does_not_hide_a_name_that_the_method_uses(rendered, library, wire):
    library.add_member("GetBookRequest", wire)
    script = f"""
import asyncio

class Client(operations.AllOperations):
    async def send(self, request):
        return request

name = next(n for n in types.GetBookRequest.__slots__ if n.rstrip("_") == "{wire.lower()}")
request = asyncio.run(Client().get_book(book_id="abc", **{{name: "x"}}))
print(json.dumps(request.to_wire()))
"""
    assert _run(rendered(), script) == {"BookId": "abc", wire: "x"}


def test_an_error_member_that_is_not_a_string_has_its_own_type(rendered, library):
    library.add_member("CardBlockedException", "TriesLeft", "PagesType")
    text = (rendered() / "errors" / "__init__.py").read_text(encoding="utf-8")
    method = next(
        node
        for node in _classes_of(text)["CardBlockedException"].body
        if isinstance(node, ast.FunctionDef) and node.name == "tries_left"
    )
    assert method.returns is not None
    assert ast.unparse(method.returns) == "int | None"


def test_a_service_without_common_shapes_is_rendered(rendered, library):
    del library.shapes["BorrowBookResponse"]["members"]["Book"]
    library.shapes["GetBookRequest"]["members"]["BookId"]["shape"] = "NameType"
    script = "print(json.dumps(types.BookType.__module__))"
    assert _run(rendered(), script) == "cognito_async.types.books"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("DateType", "datetime.datetime | None"),
        ("CoverType", "bytes | None"),
        ("LabelMapType", "collections.abc.Mapping[str, str] | None"),
        ("AuthorListType", "cognito_async.types.common.AuthorType"),
    ],
)
def test_every_name_in_the_annotation_of_a_parameter_is_imported(rendered, library, shape, expected):
    library.add_member("GetBookRequest", "Extra", shape)
    script = """
from typing import get_type_hints
print(json.dumps(str(get_type_hints(operations.AllOperations.get_book)["extra"])))
"""
    assert expected in _run(rendered(), script)


def test_an_operation_without_parameters_is_callable(rendered, library):
    library.add_operation("CloseLibrary", "lending")
    script = """
import asyncio

class Client(operations.AllOperations):
    async def send(self, request):
        return request

print(json.dumps(type(asyncio.run(Client().close_library())).__name__))
"""
    assert _run(rendered(), script) == "CloseLibraryRequest"


def test_code_that_ruff_rejects_fails_with_the_output_of_ruff(rendered, library):
    library.metadata["targetPrefix"] = 'broken"'
    with pytest.raises(ModelError, match=r"(?s)ruff check rejects the generated code.*_endpoints"):
        rendered()
