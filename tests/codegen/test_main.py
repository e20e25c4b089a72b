"""The command ``python -m codegen``: compare, write and report."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import codegen.__main__ as command
from codegen.ir import ModelError
from codegen.load import Inputs, digest
from codegen.render import GENERATED, render

ROOT = Path(command.__file__).parent.parent
COMPARE, INSTALL = command.compare, command.install


class Checkout:
    """A package and a lock file in a temporary folder, and the example service that they are generated from."""

    def __init__(self, library, folder):
        self.library = library
        self.package = folder / "checkout" / "cognito_async"
        self.lock = folder / "checkout" / "lock.toml"
        self.package.mkdir(parents=True)

    def snapshot(self):
        """Return the content of every file by its path."""
        folder = self.package.parent
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }


@pytest.fixture
def checkout(library, tmp_path, monkeypatch):
    """Make the command read the example service and write to a temporary folder, never to the repository."""
    checkout = Checkout(library, tmp_path)
    places = {"package": checkout.package, "lock": checkout.lock}
    monkeypatch.setattr(command, "PACKAGE", checkout.package)
    monkeypatch.setattr(command, "LOCK", checkout.lock)
    monkeypatch.setattr(command, "compare", functools.partial(COMPARE, **places))
    monkeypatch.setattr(command, "install", functools.partial(INSTALL, **places))
    monkeypatch.setattr(command, "load_sources", lambda: library.sources)
    monkeypatch.setattr(command, "load_inputs", lambda: library.inputs)
    return checkout


@pytest.fixture
def installed(checkout, capsys):
    """Return a checkout in which everything is current."""
    assert command.main([]) == 0
    capsys.readouterr()
    return checkout


# The repository. Slow: rendering and formatting the whole API takes some seconds.


@pytest.mark.made_from("model", "paginators", "endpoint_rules", "partitions")
def test_slow_the_repository_is_current(capsys):
    assert command.main(["--check"]) == 0
    output = capsys.readouterr()
    assert "generated code is current" in output.out
    assert output.err == ""


@pytest.mark.made_from("model", "paginators", "endpoint_rules", "partitions")
def test_slow_python_m_codegen_prints_the_result_and_sets_the_exit_code():
    command = [sys.executable, "-m", "codegen", "--check"]
    # With the wheel, PYTHONSAFEPATH removes the current folder from the path.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("generated code is current\n")


# --check


def test_check_passes_if_everything_is_current(installed, capsys):
    before = installed.snapshot()
    assert command.main(["--check"]) == 0
    shapes = len(installed.library.shapes)
    assert capsys.readouterr().out.splitlines() == [
        f"botocore 0.0.1: 4 operations, {shapes} shapes, 10 structures, 2 errors, 1 paginators",
        "generated code is current",
    ]
    assert installed.snapshot() == before


def _change(path):
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")


def _create_empty(path):
    path.write_text("", encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "damage", "line"),
    [
        ("cognito_async/types/common.py", _change, "types/common.py differs"),
        ("cognito_async/operations/__init__.py", _change, "operations/__init__.py differs"),
        ("cognito_async/errors/__init__.py", _change, "errors/__init__.py differs"),
        ("cognito_async/_endpoints/__init__.py", _change, "_endpoints/__init__.py differs"),
        ("cognito_async/types/lending.py", lambda path: path.unlink(), "types/lending.py is missing"),
        ("cognito_async/operations/old.py", _create_empty, "operations/old.py is left over"),
        ("lock.toml", _change, "codegen/lock.toml differs"),
        ("lock.toml", lambda path: path.unlink(), "codegen/lock.toml differs"),
    ],
)
def test_check_lists_a_file_that_is_not_current_and_changes_nothing(installed, capsys, file, damage, line):
    damage(installed.package.parent / file)
    before = installed.snapshot()
    assert command.main(["--check"]) == 1
    output = capsys.readouterr()
    assert output.err.splitlines() == [
        "generated code is not current: run python -m codegen, and commit the result",
        f"  {line}",
    ]
    assert "generated code is current" not in output.out
    assert installed.snapshot() == before


def test_check_lists_all_files_that_are_not_current(installed, capsys):
    _change(installed.package / "types" / "common.py")
    (installed.package / "types" / "books.py").unlink()
    _create_empty(installed.package / "types" / "old.py")
    shutil.rmtree(installed.package / "errors")
    installed.lock.unlink()
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines()[1:] == [
        "  types/books.py is missing",
        "  types/common.py differs",
        "  types/old.py is left over",
        "  errors/__init__.py is missing",
        "  codegen/lock.toml differs",
    ]


def test_check_detects_a_changed_model_even_if_the_code_is_the_same(installed, capsys):
    installed.library.shapes["NameType"]["documentation"] = "Another text of AWS."
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines()[1:] == ["  codegen/lock.toml differs"]


# Writing


def test_a_first_run_writes_every_file(checkout, capsys):
    assert command.main([]) == 0
    assert "13 files written" in capsys.readouterr().out
    assert sorted(checkout.snapshot()) == [
        "cognito_async/_endpoints/__init__.py",
        "cognito_async/_endpoints/limits.py",
        "cognito_async/_endpoints/quotas.py",
        "cognito_async/errors/__init__.py",
        *(f"cognito_async/operations/{name}.py" for name in ("__init__", "books", "lending", "pagination")),
        *(f"cognito_async/types/{name}.py" for name in ("__init__", "books", "common", "lending")),
        "lock.toml",
    ]
    assert command.main(["--check"]) == 0


def test_a_first_run_lists_no_changes(checkout, capsys):
    assert command.main([]) == 0
    assert "###" not in capsys.readouterr().out


def test_a_second_run_reports_that_everything_is_current(installed, capsys):
    before = installed.snapshot()
    assert command.main([]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["everything is current"]
    assert installed.snapshot() == before


def test_a_run_restores_and_removes_files_and_keeps_hand_written_ones(installed, capsys):
    before = installed.snapshot()
    _change(installed.package / "types" / "common.py")
    (installed.package / "types" / "books.py").unlink()
    _create_empty(installed.package / "operations" / "old.py")
    (installed.package / "client.py").write_text("# hand-written\n", encoding="utf-8")
    assert command.main([]) == 0
    assert "3 files written" in capsys.readouterr().out
    assert installed.snapshot() == before | {"cognito_async/client.py": b"# hand-written\n"}


def test_a_run_lists_the_changes_for_users(installed, capsys):
    installed.library.add_member("BookType", "Subtitle")
    installed.library.shapes["GenreType"]["enum"].remove("CHILDREN")
    assert command.main([]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "### Added",
        "",
        "- `subtitle` in `BookType`",
        "",
        "### Removed",
        "",
        "- `'CHILDREN'` from `GenreType`",
        "",
        "2 files written",
    ]


# Failures


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_model_error_is_printed_without_a_traceback_and_nothing_is_written(installed, capsys, arguments):
    installed.library.add_operation("StealBook", "books")
    installed.library.areas["books"]["operations"].remove("StealBook")
    before = installed.snapshot()
    assert command.main(arguments) == 1
    output = capsys.readouterr()
    assert output.err == "codegen: areas.toml: choose an area for StealBook\n"
    assert output.out == ""
    assert installed.snapshot() == before


def test_an_error_in_the_endpoint_rules_is_printed_in_the_same_way(installed, capsys):
    installed.library.rules["rules"][-1]["error"] = "Region is on the moon"
    before = installed.snapshot()
    assert command.main([]) == 1
    error = capsys.readouterr().err
    assert error.startswith("codegen: ")
    assert "Region is on the moon" in error
    assert "Traceback" not in error
    assert installed.snapshot() == before


def test_an_invalid_input_file_is_reported_in_the_same_way(installed, capsys, monkeypatch):
    def load() -> Inputs:
        raise ModelError("areas.toml is missing")

    monkeypatch.setattr(command, "load_inputs", load)
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().err == "codegen: areas.toml is missing\n"


def test_an_unknown_argument_is_rejected(installed, capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["--force"])
    assert caught.value.code == 2
    assert "--force" in capsys.readouterr().err


# Single functions


@pytest.fixture
def fresh(library, tmp_path):
    """Return the rendered example service, not yet installed."""
    folder = tmp_path / "fresh"
    api = library.build()
    render(api, library.sources, library.overrides, folder)
    (folder / "lock.toml").write_text(command.lock_text(api, library.sources), encoding="utf-8")
    return folder


def test_compare_finds_no_difference_after_install(fresh, tmp_path):
    package, lock = tmp_path / "package", tmp_path / "lock.toml"
    package.mkdir()
    assert len(command.compare(fresh, package, lock)) == 13
    command.install(fresh, package, lock)
    assert command.compare(fresh, package, lock) == []


def test_compare_detects_a_different_file_of_the_same_size_and_time(fresh, tmp_path):
    package, lock = tmp_path / "package", tmp_path / "lock.toml"
    package.mkdir()
    command.install(fresh, package, lock)
    old, new = package / "types" / "common.py", fresh / "types" / "common.py"
    old.write_bytes(old.read_bytes().replace(b"AuthorType", b"AuthorTypo"))
    shutil.copystat(new, old)
    assert old.stat().st_size == new.stat().st_size
    assert command.compare(fresh, package, lock) == ["types/common.py differs"]


def test_install_removes_all_old_files_in_the_generated_folders(fresh, tmp_path):
    package, lock = tmp_path / "package", tmp_path / "lock.toml"
    for name in GENERATED:
        (package / name / "deep").mkdir(parents=True)
        (package / name / "deep" / "old.py").write_text("", encoding="utf-8")
    command.install(fresh, package, lock)
    files = {path.relative_to(package) for path in package.rglob("*") if path.is_file()}
    assert files == {path.relative_to(fresh) for path in fresh.rglob("*.py")}


def test_the_lock_is_toml_with_a_digest_of_every_source(library):
    sources = library.sources
    assert tomllib.loads(command.lock_text(library.build(), sources)) == {
        "botocore": "0.0.1",
        "model_sha256": digest(sources.model),
        "paginators_sha256": digest(sources.paginators),
        "endpoint_rules_sha256": digest(sources.rules),
        "partitions_sha256": digest(sources.partitions),
        "counts": {
            "operations": 4,
            "shapes": len(library.shapes),
            "structures": 10,
            "errors": 2,
            "paginators": 1,
        },
    }


@pytest.mark.parametrize("source", ["model", "rules", "partitions"])
def test_the_lock_changes_with_every_source(library, source):
    before = command.lock_text(library.build(), library.sources)
    getattr(library.sources, source)["changed"] = True
    if source == "model":
        library.metadata["changed"] = True
    after = command.lock_text(library.build(), library.sources)
    changed = [old for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert len(changed) == 1
    assert source.rstrip("s") in changed[0]


def test_the_digest_ignores_whitespace_and_keeps_the_order_of_keys():
    assert digest({"b": 1, "a": [2, "x y"]}) == hashlib.sha256(b'{"b":1,"a":[2,"x y"]}').hexdigest()
