"""Breaking changes since the last release are in the changelog; comparisons of example snapshots."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from snapshots.changes import breaking_changes, changelog_entries, is_named, read_stub, unnamed_changes
from snapshots.write import COMMAND, CURRENT, HERE, RELEASED, read

CHANGELOG = (HERE.parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
BEFORE = """
# library: public API.
from library.books import Shelf
class AllOperations:
    async def borrow(self, *, title: str, days: int=14) -> types.Loan: ...
    def get_paginator(self, operation_name: Literal['list_books']) -> ListBooksPaginator: ...
    def get_paginator(self, operation_name: Literal['list_loans']) -> ListLoansPaginator: ...
class Book(Shape):
    title: str
    pages: int | None = None
    author: str = property
    def open(self, page: int=1, *, quietly: bool=False) -> None: ...
class LostError(CognitoError): ...
Genre: TypeAlias = Literal['FICTION', 'SCIENCE', 'pt-BR']
Provider: TypeAlias = Callable[[], Awaitable[Book]]
LIMIT = 3
def find(title: str, shelf: str='A') -> Book: ...
"""


def released(folder: Path = RELEASED) -> Path | None:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    assert len(found) <= 1, "only the snapshot of the last release; git has the others"
    return found[0] if found else None


def newest_version(changelog: str) -> str | None:
    """Return the newest version with a section in the changelog."""
    found = re.search(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    return found[1] if found else None


def changelog(**groups: str) -> str:
    """Return a changelog with these entries under ``[Unreleased]``."""
    sections = "".join(f"### {title}\n\n{dedent(entries).strip()}\n\n" for title, entries in groups.items())
    return (
        "# Changelog\n\n## [Unreleased]\n\n"
        f"{sections}## [0.1.0] - 2026-01-01\n\n### Removed\n\n- `find` and `LIMIT` and `LostError`\n"
    )


def unnamed(old: str, new: str, text: str = "") -> list[str]:
    assert old in BEFORE
    return unnamed_changes({"a.txt": BEFORE}, {"a.txt": BEFORE.replace(old, new)}, text or changelog())


# The real snapshots


def test_breaking_changes_since_the_last_release_are_in_the_changelog() -> None:
    folder = released()
    if folder is None:
        pytest.skip(
            f"nothing has been released; `{COMMAND} --release` stores the public API of the first release"
        )
    missing = unnamed_changes(read(folder), read(CURRENT), CHANGELOG)
    if missing:
        pytest.fail(
            f"changed since {folder.name}, without an entry under Changed or Removed of [Unreleased] in "
            "CHANGELOG.md with these names in backticks:\n\n" + "\n".join(missing),
            pytrace=False,
        )


def test_the_snapshot_of_the_last_release_exists() -> None:
    version = newest_version(CHANGELOG)
    if version is None:
        pytest.skip("the changelog has no release yet")
    folder = released()
    assert folder is not None, f"run `{COMMAND} --release` in the commit of the release and commit its result"
    assert folder.name == version


def test_the_current_snapshot_has_no_changes_to_itself() -> None:
    files = read(CURRENT)
    assert unnamed_changes(files, files, changelog()) == []
    assert all(read_stub(text) for text in files.values())


def test_a_removed_operation_and_its_entry_are_found() -> None:
    files = read(CURRENT)
    lines = [line for line in files["operations.txt"].splitlines() if "def admin_create_user(" not in line]
    after = files | {"operations.txt": "\n".join(lines)}
    assert unnamed_changes(files, after, changelog()) == ["operations.txt: - `admin_create_user()`"]
    entry = "- `client.admin_create_user` is removed; use `sign_up`."
    assert unnamed_changes(files, after, changelog(Removed=entry)) == []


# Comparisons

CHANGES = [
    ("LIMIT = 3\n", "", "- `LIMIT`"),
    ("LIMIT = 3", "LIMIT = 5", "- `LIMIT`: `=` was `= 3`, is `= 5`"),
    ("class LostError(CognitoError): ...\n", "", "- `LostError`"),
    (
        "LostError(CognitoError)",
        "LostError(ValueError)",
        "- `LostError`: `class` was `CognitoError`, is `ValueError`",
    ),
    ("    pages: int | None = None\n", "", "- `pages` from `Book`"),
    ("pages: int |", "pages: str |", "- `Book`: `pages` was `int | None = None`, is `str | None = None`"),
    ("    author: str = property\n", "", "- `author` from `Book`"),
    ("    title: str\n", "    title: str\n    isbn: str\n", "- `Book`: `isbn` is required"),
    ("def open(", "def read(", "- `Book.open()`"),
    (
        "quietly: bool=False",
        "quietly: bool=True",
        "- `Book.open()`: `quietly` was `bool = False`, is `bool = True`",
    ),
    (", *, quietly: bool=False", "", "- `quietly` from `Book.open()`"),
    ("-> None: ...", "-> str: ...", "- `Book.open()`: `return` was `None`, is `str`"),
    (", 'SCIENCE'", "", "- `'SCIENCE'` from `Genre`"),
    (", 'pt-BR'", "", "- `'pt-BR'` from `Genre`"),
    ("Awaitable[Book]", "Book", None),
    (
        "from library.books import",
        "from library.shelves import",
        "- `Shelf`: `from` was `library.books`, is `library.shelves`",
    ),
    ("    async def borrow", "    def borrow", "- `borrow()`: `def` was `async (self)`, is `(self)`"),
    ("days: int=14", "days: int", "- `borrow()`: `days` was `int = 14`, is `int`"),
    ("title: str, days", "title: str, card: str, days", "- `borrow()`: `card` is required"),
    (
        "    def get_paginator(self, operation_name: Literal['list_loans']) -> ListLoansPaginator: ...\n",
        "",
        "- `get_paginator(self, operation_name: Literal['list_loans'])`",
    ),
    ("def find(title: str, shelf: str='A') -> Book: ...\n", "", "- `find()`"),
    (
        "find(title: str, shelf: str='A')",
        "find(title: str, *, shelf: str='A')",
        "- `find()`: `def` was `(title, shelf)`, is `(title)`",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "entry"), CHANGES, ids=[f"{old.strip()} to {new.strip()}" for old, new, _ in CHANGES]
)
def test_a_change_requires_its_entry(old: str, new: str, entry: str | None) -> None:
    missing = unnamed(old, new)
    assert len(missing) == 1
    assert entry is None or missing == [f"a.txt: {entry}"]
    missing_entry = missing[0].removeprefix("a.txt: ")
    assert unnamed(old, new, changelog(Changed=missing_entry)) == []
    assert unnamed(old, new, changelog(Removed=missing_entry)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3\n", "LIMIT = 3\nMORE = 4\n"),
        ("    pages: int", "    isbn: str | None = None\n    pages: int"),
        ("    author: str = property\n", "    author: str = property\n    price: float = property\n"),
        ("    title: str\n", "    title: str\n    kind: ClassVar[str]\n"),
        ("'SCIENCE'", "'SCIENCE', 'POETRY'"),
        ("'FICTION', 'SCIENCE'", "'SCIENCE', 'FICTION'"),
        ("days: int=14", "days: int=14, card: str | None=None"),
        ("class LostError", "class FoundError(CognitoError): ...\nclass LostError"),
        (
            "    pages: int | None = None\n    author: str = property\n",
            "    author: str = property\n    pages: int | None = None\n",
        ),
    ],
)
def test_additions_and_moves_need_no_entry(old: str, new: str) -> None:
    assert unnamed(old, new) == []


def test_a_removed_class_is_one_change() -> None:
    before = (
        "class Book:\n    title: str\n    def open(self) -> None: ...\n    def close(self) -> None: ...\n"
    )
    assert list(breaking_changes(read_stub(before), {})) == [("Book", None)]


def test_each_name_of_a_removed_module_is_a_change() -> None:
    assert unnamed_changes({"gone.txt": "A = 1\nB = 2\n"}, {}, changelog()) == [
        "gone.txt: - `A`",
        "gone.txt: - `B`",
    ]


def test_each_missing_entry_is_listed() -> None:
    after = BEFORE.replace("LIMIT = 3\n", "").replace("days: int=14", "days: float=14")
    missing_entry = unnamed_changes(
        {"a.txt": BEFORE}, {"a.txt": after}, changelog(Removed="- `LIMIT` had no use.")
    )
    assert missing_entry == ["a.txt: - `borrow()`: `days` was `int = 14`, is `float = 14`"]


# What counts as an entry


@pytest.mark.parametrize(
    "entry",
    [
        "- `borrow()`: `days` may be a fraction.",
        "- The `days` of `client.borrow()`.",
        "- `days` in a long entry that goes on\n  in a second line with `borrow`.",
        "- `borrow(days=...)` takes fractions.",
    ],
)
def test_an_entry_has_every_name_in_backticks(entry: str) -> None:
    text = changelog(Changed=f"- Something else.\n{entry}\n- `more`.")
    assert is_named(("borrow()", "days"), changelog_entries(text))


@pytest.mark.parametrize(
    "text",
    [
        changelog(Changed="- borrow takes other days."),
        changelog(Changed="- `borrow()` is another."),
        changelog(Changed="- `borrow()`.\n- `days`."),
        changelog(Changed="- `borrow_many()`: `days`."),
        changelog(Added="- `borrow()`: `days`."),
        changelog(Fixed="- `borrow()`: `days`."),
        changelog().replace("`LIMIT`", "`borrow()`, `days`"),
        "",
    ],
    ids=["no backticks", "one name", "two entries", "part of a name", "Added", "Fixed", "released", "empty"],
)
def test_other_texts_do_not_count_as_entries(text: str) -> None:
    assert not is_named(("borrow()", "days"), changelog_entries(text))


def test_a_constructor_is_named_by_its_class() -> None:
    entries = changelog_entries(changelog(Changed="- `CognitoClient(timeout=...)` was 60 seconds."))
    assert is_named(("CognitoClient.__init__()", "timeout"), entries)


# Releases


def test_the_newest_version_of_a_changelog_is_the_first_with_a_number() -> None:
    assert newest_version(changelog() + "\n## [0.0.9] - 2025-01-01\n") == "0.1.0"
    assert newest_version("# Changelog\n\n## [Unreleased]\n") is None


def test_only_one_released_snapshot_is_allowed(tmp_path: Path) -> None:
    assert released(tmp_path / "none") is None
    assert released(tmp_path) is None
    (tmp_path / "0.1.0").mkdir()
    assert released(tmp_path) == tmp_path / "0.1.0"
    (tmp_path / "0.2.0").mkdir()
    with pytest.raises(AssertionError, match="only the snapshot of the last release"):
        released(tmp_path)


def test_the_command_replaces_the_snapshot_of_the_previous_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from snapshots import write

    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "__init__.py").write_text("")
    (tmp_path / "library" / "_version.py").write_text('"""Version, "as it is"."""\n__version__ = "0.2.0"\n')
    (tmp_path / "library" / "books.py").write_text("__all__ = ['LIMIT']\nLIMIT = 3\n")
    folder = tmp_path / "tests" / "snapshots"
    (folder / "released" / "0.1.0").mkdir(parents=True)
    for name, value in {
        "HERE": folder,
        "PACKAGE": tmp_path / "library",
        "CURRENT": folder / "current",
        "RELEASED": folder / "released",
    }.items():
        monkeypatch.setattr(write, name, value)

    write.main()
    assert [path.name for path in (folder / "released").iterdir()] == ["0.1.0"]
    write.main("--release")
    assert [path.name for path in (folder / "released").iterdir()] == ["0.2.0"]
    assert read(folder / "released" / "0.2.0") == read(folder / "current")
    assert "LIMIT = 3" in read(folder / "current")["books.txt"]
    assert "tests/snapshots/released/0.2.0: 2 files" in capsys.readouterr().out
