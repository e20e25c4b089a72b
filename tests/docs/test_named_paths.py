"""Sessions, commands, files and modules that the contributors' pages name exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NAMES = ("architecture", "development", "CONTRIBUTING", "SECURITY", "versioning", "releasing")
FORMS = sorted((ROOT / ".github").rglob("*.*"))
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in NAMES), *FORMS]
ALL = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
FOREIGN_MODULES = {"cognito_async", "nox", "pip", "pytest", "twine", "venv"}
FOLDERS = ("cognito_async", "codegen", "tests", "docs", ".github")
FILES = {"CHANGELOG.md", "LICENSE", "README.md", "noxfile.py", "pyproject.toml"}
CREATED = ("docs/_build", ".nox", "tests/snapshots/released/")
"""Paths that commands create."""


def code(page: Path) -> Iterator[str]:
    """Yield the text in backticks, and the lines of console blocks."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^ *```console\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        yield from filter(None, map(str.strip, block.splitlines()))
    text = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text))


def paths(page: Path) -> set[str]:
    words = {word for span in code(page) for word in span.split()}
    named = {word for word in words if word.partition("/")[0] in FOLDERS and "/" in word} | words & FILES
    return {word for word in named if not word.startswith(CREATED)}


def sessions() -> set[str]:
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        function.name
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        and any(ast.unparse(decorator).startswith("nox.session") for decorator in function.decorator_list)
    }


@ALL
def test_named_sessions_exist(page: Path) -> None:
    named: set[str] = set()
    for span in code(page):
        if match := re.search(r"\bnox -s ((?:[\w.-]+ ?)+)", span.partition(" -- ")[0]):
            named |= {re.sub(r"-\d\.\d+$", "", name) for name in match[1].split()}
    assert named - sessions() - {"NAME"} == set()


@ALL
def test_named_commands_can_be_run(page: Path) -> None:
    for span in code(page):
        for module in re.findall(r"\bpython -m (\w+)", span):
            assert module in FOREIGN_MODULES or (ROOT / module / "__main__.py").is_file(), span
        for script in re.findall(r"\bpython (?!-)(\S+)", span):
            assert (ROOT / script).is_file(), span


@ALL
def test_named_files_and_folders_exist(page: Path) -> None:
    assert {path for path in paths(page) if not any(ROOT.glob(path.rstrip("/")))} == set()


def test_modules_in_the_architecture_exist() -> None:
    """Those of the package are named with their folder, the stages of the generator by their names."""
    page = ROOT / "docs" / "architecture.md"
    named = {span for span in code(page) if re.fullmatch(r"_?[a-z]\w*(/\w+)*(\.py|/)", span)}
    named -= {f"{folder}/" for folder in FOLDERS}
    assert len(named) > 15
    places = (ROOT, ROOT / "cognito_async", ROOT / "codegen", ROOT / "codegen" / "inputs")
    assert {name for name in named if not any((place / name).exists() for place in places)} == set()
    [stages] = re.findall(r"\| Stage .*?\n\n", page.read_text(encoding="utf-8"), re.DOTALL)
    for module in re.findall(r"`([a-z_]+)`", stages):
        assert (ROOT / "codegen" / f"{module}.py").is_file(), module


def test_the_architecture_is_short_and_has_every_layer() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    package = ROOT / "cognito_async"
    modules = {path.stem for path in package.glob("*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    [layers] = re.findall(r"## Layers.*?```text\n(.*?)```", text, re.DOTALL)
    assert modules - {"__init__"} - set(re.findall(r"\w+", layers)) == set()


@pytest.mark.parametrize(
    ("library", "files"),
    [
        (
            "aiohttp",
            {
                "client.py",
                "_http/aiohttp_transport.py",
                "_http/body.py",
                "_http/connector.py",
                "_http/direct.py",
                "_http/error_map.py",
                "_http/loop_state.py",
                "_http/probe.py",
                "_http/protocol.py",
            },
        ),
        ("botocore", {"credentials/_botocore.py", "config/_shared_files.py"}),
    ],
)
def test_libraries_are_imported_only_where_the_architecture_says(library: str, files: set[str]) -> None:
    imports = re.compile(rf"^ *(import|from) {library}\b", re.MULTILINE)
    package = ROOT / "cognito_async"
    assert {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if imports.search(path.read_text(encoding="utf-8"))
    } == files


def test_every_folder_of_the_tests_is_listed() -> None:
    folders = {path.parent.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/*.py")}
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    assert folders ^ set(re.findall(r"^\| `tests/(\w+)/`", text, re.MULTILINE)) == set()


@pytest.mark.parametrize("table", ["secrets", "always_present", "not_idempotent"])
def test_named_tables_of_the_overrides_exist(table: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"`[{table}]`" in pages
    overrides = (ROOT / "codegen" / "inputs" / "overrides.toml").read_text(encoding="utf-8")
    assert f"\n[{table}]\n" in overrides
