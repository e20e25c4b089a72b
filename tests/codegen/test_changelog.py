"""Changelog lines of a new model."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from codegen.changelog import add_model_entry, describe_change, read_definitions
from codegen.load import HERE

TYPES = '''
from typing import Annotated, ClassVar, Literal, TypeAlias

GenreType: TypeAlias = Literal["FICTION", "SCIENCE"]
"""Kind of a book."""


class BookType(Shape):
    """A book."""

    operation: ClassVar = Operation("GetBook", BookType)

    book_id: str
    """Id."""

    title: Annotated[str, AtLeast(1)] | None = None
    """Title."""

    _list: ClassVar = "title"

    def other(self) -> int:
        return 1
'''

OPERATIONS = '''
class BooksOperations(Operations):
    """Books."""

    __slots__ = ()

    async def get_book(self, *, book_id: str, with_cover: bool | None = None) -> types.GetBookResponse:
        """Get a book."""
        return await self.send(types.GetBookRequest(book_id=book_id, with_cover=with_cover))

    async def list_books(self) -> types.ListBooksResponse:
        """List books."""
        return await self.send(types.ListBooksRequest())
'''


@pytest.fixture
def definitions_of(tmp_path):
    """Return a function that reads the definitions in sources, each in its own file."""

    def definitions_of(*sources):
        folder = tmp_path / f"package{len(list(tmp_path.iterdir()))}"
        for number, source in enumerate(sources):
            path = folder / f"area{number}" / "module.py"
            path.parent.mkdir(parents=True)
            path.write_text(dedent(source), encoding="utf-8")
        return read_definitions(folder)

    return definitions_of


@pytest.fixture
def change(definitions_of):
    """Return a function that replaces a text in the sources and returns the changelog lines."""

    def change(old, new):
        before = [TYPES, OPERATIONS]
        after = [source.replace(old, new) for source in before]
        assert before != after
        return describe_change(definitions_of(*before), definitions_of(*after))

    return change


# Reading


def test_classes_aliases_and_methods_are_read_with_their_parts(definitions_of):
    assert definitions_of(TYPES, OPERATIONS) == {
        "GenreType": {"'FICTION'": "", "'SCIENCE'": ""},
        "BookType": {
            "operation": "ClassVar",
            "book_id": "str",
            "title": "Annotated[str, AtLeast(1)] | None",
        },
        "get_book()": {"book_id": "str", "with_cover": "bool | None"},
        "list_books()": {},
    }


def test_an_alias_with_one_value_is_read(definitions_of):
    assert definitions_of('GenreType: TypeAlias = Literal["FICTION"]') == {"GenreType": {"'FICTION'": ""}}


def test_other_statements_are_not_part_of_the_definitions(definitions_of):
    source = """
        import re
        NAME = "x"
        COUNT: int = 1
        def helper(): ...
        if TYPE_CHECKING:
            class Hidden: ...
    """
    assert definitions_of(source) == {}


def test_the_members_of_an_error_are_read(definitions_of):
    source = '''
        class CardBlockedException(ServiceError):
            """Card is blocked."""

            @property
            def reason_code(self) -> str | None:
                """Code."""
                return self.members.get("reasonCode")
    '''
    assert "reason_code" in definitions_of(source)["CardBlockedException"]


def test_the_parameters_of_a_paginator_are_read(definitions_of):
    source = '''
        class ListBooksPaginator(Paginator["types.ListBooksResponse", "types.BookType"]):
            """Reads ``list_books`` page by page."""

            pagination = Pagination(operation="ListBooks")

            def paginate(self, *, shelf: str | None = None, max_items: int | None = None) -> Pages:
                """List books."""

        class PaginationOperations(PaginatorMethods):
            """Paginators."""

            def get_paginator(self, operation_name: str) -> Paginator:
                """Return one."""
    '''
    assert definitions_of(source) == {
        "ListBooksPaginator.paginate()": {"shelf": "str | None", "max_items": "int | None"}
    }


def test_an_empty_folder_has_no_definitions(tmp_path):
    assert read_definitions(tmp_path) == {}


def test_a_missing_folder_has_no_definitions(tmp_path):
    assert read_definitions(tmp_path / "gone") == {}


def test_the_real_package_is_read():
    package = HERE.parent / "cognito_async"
    definitions = {
        name: parts
        for sub in ("types", "operations")
        for name, parts in read_definitions(package / sub).items()
    }
    assert "user_pool_id" in definitions["admin_get_user()"]
    assert definitions["AdminGetUserRequest"].keys() >= {"user_pool_id", "username"}
    assert "'CONFIRMED'" in definitions["UserStatusType"]
    assert "filter" in definitions["ListUsersPaginator.paginate()"]


# Describing


def test_no_change_results_in_no_lines(definitions_of):
    assert describe_change(definitions_of(TYPES, OPERATIONS), definitions_of(TYPES, OPERATIONS)) == []


def test_a_move_to_another_file_or_a_new_docstring_is_no_change(definitions_of):
    reworded = TYPES.replace("A book.", "Something to read.")
    assert describe_change(definitions_of(TYPES, OPERATIONS), definitions_of(OPERATIONS, reworded)) == []


def test_added_classes_methods_and_aliases_are_named(definitions_of):
    lines = describe_change({}, definitions_of(TYPES, OPERATIONS))
    assert lines == [
        "### Added",
        "",
        "- `BookType`",
        "- `GenreType`",
        "- `get_book()`",
        "- `list_books()`",
        "",
    ]


def test_removed_classes_methods_and_aliases_are_named(definitions_of):
    lines = describe_change(definitions_of(TYPES, OPERATIONS), definitions_of(TYPES))
    assert lines == ["### Removed", "", "- `get_book()`", "- `list_books()`", ""]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "    book_id: str\n",
            "    book_id: str\n    pages: int\n    cover: bytes\n",
            ["### Added", "", "- `cover`, `pages` in `BookType`", ""],
        ),
        ("    book_id: str\n", "", ["### Removed", "", "- `book_id` from `BookType`", ""]),
        (
            "    book_id: str\n",
            "    book_id: str | None = None\n",
            ["### Changed", "", "- `BookType`: `book_id` was `str`, is `str | None`", ""],
        ),
        ('"SCIENCE"]', '"SCIENCE", "CHILDREN"]', ["### Added", "", "- `'CHILDREN'` in `GenreType`", ""]),
        (', "SCIENCE"]', "]", ["### Removed", "", "- `'SCIENCE'` from `GenreType`", ""]),
        (
            "list_books(self)",
            "list_books(self, *, shelf: str | None = None)",
            ["### Added", "", "- `shelf` in `list_books()`", ""],
        ),
        (
            ", with_cover: bool | None = None",
            "",
            ["### Removed", "", "- `with_cover` from `get_book()`", ""],
        ),
        (
            "with_cover: bool | None = None",
            "with_cover: bool",
            ["### Changed", "", "- `get_book()`: `with_cover` was `bool | None`, is `bool`", ""],
        ),
        (
            "get_book(",
            "fetch_book(",
            ["### Added", "", "- `fetch_book()`", "", "### Removed", "", "- `get_book()`", ""],
        ),
    ],
    ids=[
        "members added",
        "member removed",
        "member changed",
        "value added",
        "value removed",
        "parameter added",
        "parameter removed",
        "parameter changed",
        "method renamed",
    ],
)
def test_a_change_is_listed_in_its_group(change, old, new, lines):
    assert change(old, new) == lines


def test_another_order_of_values_is_no_change(change):
    assert change('"FICTION", "SCIENCE"', '"SCIENCE", "FICTION"') == []


def test_groups_have_a_fixed_order():
    before = {"A": {"x": "int", "y": "int"}, "Gone": {}}
    after = {"A": {"x": "str", "z": "int"}, "New": {}}
    assert describe_change(before, after) == [
        *("### Added", "", "- `z` in `A`", "- `New`", ""),
        *("### Changed", "", "- `A`: `x` was `int`, is `str`", ""),
        *("### Removed", "", "- `y` from `A`", "- `Gone`", ""),
    ]


# Entries of a new model in the changelog

UNRELEASED = dedent(
    """\
    # Changelog

    ## [Unreleased]

    A note.

    ### Added

    - Shelves,
      in two lines.
    - Service model of botocore 1.9.0: `old`.

    ### Fixed

    - A fault.
    """
)


def test_an_entry_is_added_at_the_end_of_its_section():
    text = add_model_entry(UNRELEASED, "1.10.0", "1.9.0", {"Added": ["`new()`", "`a`, `b` in `BookType`"]})
    assert text == UNRELEASED.replace(
        "`old`.\n", "`old`.\n- Service model of botocore 1.10.0: `new()`; `a`, `b` in `BookType`.\n"
    )


def test_a_missing_section_is_added_in_the_usual_order():
    text = add_model_entry(UNRELEASED, "1.10.0", "1.9.0", {"Removed": ["`old()`"]})
    assert re.findall("^### (.*)", text, re.MULTILINE) == ["Added", "Removed", "Fixed"]
    assert "### Removed\n\n- Service model of botocore 1.10.0: `old()`.\n\n### Fixed" in text


def test_an_empty_section_below_other_releases_is_filled():
    before = "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n\n### Added\n\n- All.\n"
    text = add_model_entry(before, "1.10.0", "1.9.0", {"Added": ["`new()`"]})
    assert text == before.replace(
        "[Unreleased]\n", "[Unreleased]\n\n### Added\n\n- Service model of botocore 1.10.0: `new()`.\n"
    )


def test_adding_twice_changes_nothing():
    once = add_model_entry(UNRELEASED, "1.10.0", "1.9.0", {"Added": ["`new()`"]})
    assert add_model_entry(once, "1.10.0", "1.9.0", {"Added": ["`new()`"]}) == once


def test_without_changes_the_text_is_the_same():
    assert add_model_entry(UNRELEASED, "1.10.0", "1.9.0", {}) == UNRELEASED
    text = (HERE.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert add_model_entry(text, "99.0", "98.0", {}) == text


def test_the_requests_and_responses_of_operations_are_omitted():
    entries = ["`GetBookRequest`", "`GetBookResponse`", "`get_book()`", "`page` in `GetBookRequest`"]
    assert "1.10.0: `get_book()`; `page` in `GetBookRequest`.\n" in add_model_entry(
        UNRELEASED, "1.10.0", "1.9.0", {"Added": entries}
    )
    assert add_model_entry(UNRELEASED, "1.10.0", "1.9.0", {"Added": entries[:2]}) == UNRELEASED


def test_a_long_entry_is_wrapped():
    entries = [f"`method_with_a_long_name_{number}()`" for number in range(9)]
    text = add_model_entry(UNRELEASED, "1.10.0", "1.9.0", {"Added": entries})
    assert max(map(len, text.splitlines())) <= 120
    assert "\n  `method_with_a_long_name_" in text
