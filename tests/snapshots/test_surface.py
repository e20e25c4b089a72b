"""The public API equals its snapshot; the content of a snapshot, for packages created by the tests."""

from __future__ import annotations

import difflib
from pathlib import Path
from textwrap import dedent

import pytest

import cognito_async
from cognito_async import CognitoClient
from snapshots.changes import read_stub
from snapshots.public import public_modules, snapshot
from snapshots.write import COMMAND, CURRENT, read, write

PACKAGE = Path(cognito_async.__file__).parent


def difference(before: dict[str, str], after: dict[str, str]) -> str:
    """Return a diff without context lines."""
    return "\n".join(
        line
        for name in sorted(before.keys() | after.keys())
        for line in difflib.unified_diff(
            before.get(name, "").splitlines(), after.get(name, "").splitlines(), name, name, n=0, lineterm=""
        )
    )


def test_the_public_api_equals_its_snapshot() -> None:
    changed = difference(read(CURRENT), snapshot(PACKAGE))
    if changed:
        pytest.fail(
            f"the public API differs from tests/snapshots/current:\n\n{changed}\n\n"
            f"If that is intended, run `{COMMAND}`, commit the result, and add an entry to CHANGELOG.md.",
            pytrace=False,
        )


def test_the_difference_shows_changed_lines_and_their_files() -> None:
    before = {"a.txt": "x: int\ny: int\nz: int\n", "gone.txt": "g: int\n"}
    after = {"a.txt": "x: int\ny: str\nz: int\n", "new.txt": "n: int\n"}
    lines = [line for line in difference(before, after).splitlines() if not line.startswith("@@")]
    assert lines == [
        *("--- a.txt", "+++ a.txt", "-y: int", "+y: str"),
        *("--- gone.txt", "+++ gone.txt", "-g: int"),
        *("--- new.txt", "+++ new.txt", "+n: int"),
    ]


def test_a_written_snapshot_replaces_old_files(tmp_path: Path) -> None:
    write({"old.txt": "x: int\n"}, tmp_path / "current")
    write({"new.txt": "y: int\n"}, tmp_path / "current")
    assert read(tmp_path / "current") == {"new.txt": "y: int\n"}


def test_the_snapshot_contains_all_names_of_a_client() -> None:
    files = read(CURRENT)
    surface = read_stub(files["client.txt"]) | read_stub(files["operations.txt"])
    listed = {name.removeprefix("CognitoClient.").removesuffix("()") for name in surface}
    listed |= surface["CognitoClient"].keys()
    assert {name for name in dir(CognitoClient) if not name.startswith("_")} - listed == set()


def test_the_snapshot_is_small() -> None:
    assert sum(map(len, read(CURRENT).values())) < 300_000


# Content of snapshots


@pytest.fixture
def surface_of(tmp_path: Path):
    """Return a function that makes a snapshot of sources, without the first lines of the files."""

    def surface_of(**sources: str) -> dict[str, str]:
        folder = tmp_path / "library"
        folder.mkdir()
        for name, source in {"__init__": "", **sources}.items():
            (folder / f"{name}.py").write_text(dedent(source), encoding="utf-8")
        files = snapshot(folder)
        return {name: "".join(text.splitlines(keepends=True)[1:]) for name, text in files.items()}

    return surface_of


def test_only_names_in_all_are_listed(surface_of) -> None:
    files = surface_of(
        books="""
        import re
        from typing import TypeAlias, Literal
        __all__ = ["LIMIT", "Genre", "borrow", "give_back"]
        LIMIT = 3
        MORE = 4
        Genre: TypeAlias = Literal["FICTION", "SCIENCE"]
        async def borrow(title: str, *, days: int = 14) -> bool: ...
        def give_back(*titles: str) -> None: ...
        def helper() -> None: ...
        """
    )
    assert files["books.txt"].splitlines() == [
        "Genre: TypeAlias = Literal['FICTION', 'SCIENCE']",
        "LIMIT = 3",
        "async def borrow(title: str, *, days: int=14) -> bool: ...",
        "def give_back(*titles: str) -> None: ...",
    ]


def test_a_class_is_listed_with_bases_attributes_and_methods(surface_of) -> None:
    files = surface_of(
        books='''
        __all__ = ["Book", "LostError"]

        @frozen
        class Book(Item, Generic[T]):
            """A book."""

            __slots__ = ()
            kind = "book"
            title: str
            """Title."""
            pages: int | None = None
            tags: Sequence[str] = field(factory=list)
            pin: str = field(default=None, repr=mask)
            isbn: str = field(validator=check)
            _shelf: int = 0

            def __init__(self, title: str, pages: int | None = None) -> None:
                self.title = title
                self.code: str = make(title)
                self.status = 400
                self._hidden = 1

            def __repr__(self) -> str: ...

            def _helper(self) -> None: ...

            @property
            def author(self) -> str:
                return ""

            @classmethod
            def parse(cls, text: str) -> "Book": ...

            async def read(self, page: int = 1) -> AsyncGenerator[str, None]:
                yield ""

            async def buy(self) -> None: ...

        class LostError(Exception):
            """Lost."""
        '''
    )
    assert files["books.txt"].splitlines() == [
        "class Book(Item, Generic[T]):",
        "    kind = 'book'",
        "    title: str",
        "    pages: int | None = None",
        "    tags: Sequence[str] = ...",
        "    pin: str = None",
        "    isbn: str",
        "    def __init__(self, title: str, pages: int | None=None) -> None: ...",
        "    title: str = ...",
        "    code: str = ...",
        "    status: int = ...",
        "    author: str = property",
        "    def parse(cls, text: str) -> 'Book': ...",
        "    def read(self, page: int=1) -> AsyncGenerator[str, None]: ...",
        "    async def buy(self) -> None: ...",
        "class LostError(Exception): ...",
    ]


def test_overloads_are_listed_without_the_implementation(surface_of) -> None:
    files = surface_of(
        books="""
        __all__ = ["Library"]
        class Library:
            @overload
            def find(self, kind: Literal["a"]) -> A: ...
            @overload
            def find(self, kind: Literal["b"]) -> B: ...
            def find(self, kind: str) -> Any: ...
        """
    )
    assert files["books.txt"].splitlines()[1:] == [
        "    def find(self, kind: Literal['a']) -> A: ...",
        "    def find(self, kind: Literal['b']) -> B: ...",
    ]


def test_a_name_of_another_public_module_is_listed_as_an_import(surface_of) -> None:
    files = surface_of(
        __init__="""
        if TYPE_CHECKING:
            from library import books as books
            from library.books import Book as Book
        else:
            __all__ = lazy()
        """,
        books="__all__ = ['Book']\nclass Book: ...\n",
    )
    assert files["library.txt"] == "from library.books import Book\nfrom library import books\n"


def test_a_name_that_two_public_modules_export_is_defined_once(surface_of) -> None:
    files = surface_of(
        __init__="from library.books import Book\n__all__ = ['Book']\n",
        books="from library._books import Book\n__all__ = ['Book']\n",
        _books="class Book: ...\n",
    )
    assert files["library.txt"] == "from library.books import Book\n"
    assert files["books.txt"] == "class Book: ...\n"


def test_a_name_of_a_private_module_is_listed_where_it_is_public(surface_of) -> None:
    files = surface_of(
        errors="from library._errors import LostError\n__all__ = ['LostError']\n",
        _errors="class LostError(Exception): ...\nclass Other: ...\n",
    )
    assert files["errors.txt"] == "class LostError(Exception): ...\n"
    assert files["private.txt"] == ""


def test_private_bases_and_types_are_listed_separately(surface_of) -> None:
    files = surface_of(
        books="""
        from library._base import Base, Page, Unused
        __all__ = ["Book"]
        class Book(Base):
            first: Page | None = None
        """,
        _base="""
        class Base:
            def shelve(self, at: Place) -> None: ...
        class Page: ...
        class Place: ...
        class Unused: ...
        """,
    )
    assert [line for line in files["private.txt"].splitlines() if not line.startswith("#")] == [
        "class Base:",
        "    def shelve(self, at: Place) -> None: ...",
        "class Page: ...",
        "class Place: ...",
    ]


def test_the_value_of_the_version_is_not_listed(surface_of) -> None:
    files = surface_of(
        __init__="if TYPE_CHECKING:\n    from library._version import __version__ as __version__\n",
        _version='__version__ = "1.2.3"\n',
    )
    assert files["library.txt"] == "__version__: str\n"


def test_public_modules_exclude_underscores_and_areas() -> None:
    names = public_modules(PACKAGE)
    assert {"cognito_async", "cognito_async.client", "cognito_async.types", "cognito_async.errors"} <= set(
        names
    )
    assert "cognito_async.operations.pagination" in names
    assert not {"cognito_async.types.users", "cognito_async.operations.users", "cognito_async._model"} & set(
        names
    )
