"""What the pages for contributors name is there: sessions, commands, files, modules, and words of the generator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import module_groups
import pytest
import sessions
from module_groups import ROOT
from sessions import NOXFILE, read_sessions

NAMES = ("architecture", "development", "CONTRIBUTING", "SECURITY", "versioning", "releasing")
FORMS = sorted((ROOT / ".github").rglob("*.*"))
PAGES = [*(ROOT / "docs" / f"{name}.md" for name in NAMES), *FORMS]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ALL = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
MODULES_OF_OTHERS = {"nox", "pip", "pytest", "twine", "venv"}
# Made by commands and not kept.
MADE = ("docs/_build", ".nox")
PLACES = ("cognito_async", "codegen", "tests", "docs", ".github")
FILES = ("CHANGELOG.md", "LICENSE", "README.md", "noxfile.py", "pyproject.toml")


def code(page: Path) -> Iterator[str]:
    """What stands in backticks, in the lines of blocks, and between slashes of forms."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```console\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    for block in blocks:
        yield from filter(None, map(str.strip, block.splitlines()))
    text = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text))


def paths(page: Path) -> set[str]:
    """Files and folders that a page names."""
    words = {word for span in code(page) for word in span.split()}
    found = {word for word in words if word.partition("/")[0] in PLACES and "/" in word} | words & {*FILES}
    return {word for word in found if not word.startswith(MADE)}


# Sessions


def test_the_table_of_sessions_is_that_of_the_noxfile() -> None:
    text = sessions.PAGE.read_text(encoding="utf-8")
    assert text == sessions.page(text, read_sessions(NOXFILE.read_text(encoding="utf-8"))), sessions.COMMAND


def test_a_session_is_read_with_what_it_does_and_how_long_it_takes() -> None:
    source = NOXFILE.read_text(encoding="utf-8")
    added = (
        '@nox.session(python="3.11")\ndef new(session):\n    """Do ``this``; that too. Takes an hour."""\n'
    )
    [*_, new] = read_sessions(source + added)
    assert (new.name, new.purpose, new.takes) == ("new", "Do ``this``; that too", "an hour")


def test_a_session_has_to_say_how_long_it_takes_and_to_say_it_once() -> None:
    source = NOXFILE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="new needs one"):
        read_sessions(f'{source}\n@nox.session\ndef new(session):\n    """Do this."""\n')
    with pytest.raises(ValueError, match="lint needs one"):
        read_sessions(source.replace('"""Check style and format."""', '"""Check style; takes a second."""'))
    with pytest.raises(ValueError, match="no session is called demo"):
        read_sessions(source.replace("@nox.session\ndef demo(", "def demo("))


@ALL
def test_sessions_that_are_named_are_sessions(page: Path) -> None:
    known = {session.name for session in read_sessions(NOXFILE.read_text(encoding="utf-8"))} | {"NAME"}
    named: set[str] = set()
    for span in code(page):
        if found := re.search(r"\bnox -s ((?:[\w.-]+ ?)+)", span.partition(" -- ")[0]):
            named |= {re.sub(r"-\d\.\d+$", "", name) for name in found[1].split()}
    assert named - known == set()


# Commands and files


@ALL
def test_commands_that_are_named_can_be_run(page: Path) -> None:
    for span in code(page):
        for module in re.findall(r"\bpython -m (\w+)", span):
            assert module in MODULES_OF_OTHERS or (ROOT / module / "__main__.py").is_file(), span
        for script in re.findall(r"\bpython (?!-)(\S+)", span):
            assert (ROOT / script).is_file(), span


@ALL
def test_files_and_folders_that_are_named_are_there(page: Path) -> None:
    missing = {path for path in paths(page) if not any(ROOT.glob(path.rstrip("/")))}
    assert missing - {"tests/snapshots/released/"} == set()


def test_every_folder_of_the_tests_is_in_the_map() -> None:
    folders = {path.parent.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/*.py")}
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    assert folders - set(re.findall(r"^\| `tests/(\w+)/`", text, re.MULTILINE)) == set()


def test_every_page_that_a_script_writes_is_listed() -> None:
    """They say so themselves, and which command does it."""
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    written = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "docs").glob("*.md")
        if re.search(r"^<!-- Written by ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    by_hand = {"docs/architecture.md", "docs/development.md"}  # but for a list and a table
    assert {path for path in written - by_hand if f"`{path}`" not in text} == set()


# Modules and the generator


def test_modules_that_the_architecture_names_are_there() -> None:
    modules = module_groups.read_modules()
    named = {
        span
        for span in code(ARCHITECTURE)
        if re.fullmatch(r"_[a-z][a-z_]*", span) or span in module_groups.GENERATED.modules
    }
    assert len(named) > 10
    assert named - modules.keys() == set()


@pytest.mark.parametrize(
    ("library", "modules"),
    [("aiohttp", {"_aiohttp", "_transport", "client"}), ("botocore", {"_chain", "_profile"})],
)
def test_libraries_are_imported_where_the_architecture_says(library: str, modules: set[str]) -> None:
    sources = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "cognito_async").glob("*.py")}
    imports = re.compile(rf"^ *(import|from) {library}\b", re.MULTILINE)
    assert {name for name, source in sources.items() if imports.search(source)} == modules
    [told] = re.findall(
        r"^- \*\*The edges are narrow\.\*\* (.*?)^- ",
        ARCHITECTURE.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert {library, *(f"`{name}`" for name in modules)} <= set(re.findall(r"`?\w+`?", told))


@pytest.mark.parametrize("table", ["secrets", "present", "not_replayed"])
def test_tables_of_the_overrides_that_are_named_are_there(table: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"`[{table}]`" in pages
    assert f"\n[{table}]\n" in (ROOT / "codegen" / "overrides.toml").read_text(encoding="utf-8")


def test_what_the_generator_is_said_to_ask_is_what_it_asks() -> None:
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^ +- \*([^*]+)\*:", text, re.MULTILINE)
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "codegen").glob("*.py"))
    assert len(quoted) == 3
    for words in quoted:
        assert all(part.strip() in source for part in words.split("…")), words
