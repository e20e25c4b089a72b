"""The command ``python -m codegen.update``: pin, changelog entry, generated code, and the decisions it prints."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from attrs import evolve

import codegen.__main__ as generator
from codegen import update
from codegen.draft import draft
from codegen.ir import ModelError
from codegen.load import load_inputs, load_sources

COMPARE, INSTALL = generator.compare, generator.install
PYPROJECT = '[dependency-groups]\ncodegen = [\n    "botocore==0.0.1",\n    "jinja2>=3.1,<4",\n]\n'
CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Shelves.

## [0.1.0] - 2026-01-01

### Added

- Books.
"""


class Project:
    """A project in a temporary folder, generated from the example service as of botocore 0.0.1."""

    def __init__(self, library, folder):
        self.library = library
        self.release = "0.0.1"
        self.package = folder / "cognito_async"
        self.lock = folder / "lock.toml"
        self.pyproject = folder / "pyproject.toml"
        self.changelog = folder / "CHANGELOG.md"
        self.package.mkdir()
        self.pyproject.write_text(PYPROJECT, encoding="utf-8")
        self.changelog.write_text(CHANGELOG, encoding="utf-8")

    @property
    def sources(self):
        return evolve(self.library.sources, botocore=self.release)

    def snapshot(self):
        files = [*self.package.rglob("*.py"), self.lock, self.pyproject, self.changelog]
        return {path: path.read_bytes() for path in files}

    @property
    def unreleased(self):
        return self.changelog.read_text(encoding="utf-8").partition("\n## [0.1.0]")[0]


@pytest.fixture
def project(library, tmp_path, monkeypatch):
    """Return a project whose code is current; the newest botocore is 0.0.2."""
    project = Project(library, tmp_path)
    places = {"package": project.package, "lock": project.lock}
    monkeypatch.setattr(generator, "PACKAGE", project.package)
    monkeypatch.setattr(generator, "LOCK", project.lock)
    monkeypatch.setattr(generator, "compare", functools.partial(COMPARE, **places))
    monkeypatch.setattr(generator, "install", functools.partial(INSTALL, **places))
    monkeypatch.setattr(update, "PYPROJECT", project.pyproject)
    monkeypatch.setattr(update, "CHANGELOG", project.changelog)
    monkeypatch.setattr(update, "load_sources", lambda: project.sources)
    monkeypatch.setattr(update, "load_inputs", lambda: library.inputs)
    assert list(generator.generate(project.sources, library.inputs))[-1] == "13 files written"
    library.complete_texts = False
    project.release = "0.0.2"
    return project


def add_undecided(library):
    """Add one of everything that a person must decide."""
    library.complete_quotas = False
    library.shapes["BindingType"] = {"type": "string", "enum": ["HARD", "SOFT"]}
    library.shapes["LockType"] = {"type": "string", "max": 9, "sensitive": True}
    library.shapes["LateException"] = {"type": "structure", "members": {}, "exception": True}
    library.add_member("BookType", "Binding", "BindingType")
    library.add_member("ListLoansRequest", "NextToken", "NextTokenType")
    library.add_member("ListLoansRequest", "Limit", "PageSizeType")
    library.add_member("ListLoansRequest", "Lock", "LockType")
    library.add_member("ListLoansResponse", "NextToken", "NextTokenType")
    library.add_member("ListLoansResponse", "Books", "BookListType")
    library.add_operation("ListLoans", "lending", errors=["LateException"], authtype="none")
    library.areas["lending"]["operations"].remove("ListLoans")
    library.rules["rules"].insert(0, {"conditions": [], "error": "On the moon", "type": "error"})


def blocks(text):
    """Return the blocks of the printed page by file; each must be TOML."""
    found = re.findall(r"^codegen/inputs/(\S+):\n\n```toml\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    for _, block in found:
        tomllib.loads(block)
    return found


def run(capsys, *arguments):
    assert update.main(list(arguments)) == 0
    return capsys.readouterr().out


# Nothing to do


@pytest.mark.parametrize("release", ["0.0.1", "0.0.0"])
def test_it_says_so_if_nothing_is_newer_and_changes_nothing(project, capsys, release):
    project.release = release
    before = project.snapshot()
    assert run(capsys) == (
        f"Nothing is newer: the code is from botocore 0.0.1, the newest release is {release}.\n"
    )
    assert project.snapshot() == before


def test_releases_are_compared_as_numbers(project, capsys):
    project.release = "0.0.10"
    run(capsys)
    project.release = "0.0.9"
    assert "Nothing is newer" in run(capsys)


# Nothing to decide


def test_without_a_change_of_the_model_it_raises_pin_and_lock(project, capsys):
    output = run(capsys)
    assert "botocore 0.0.1 -> 0.0.2: the pin is raised" in output
    assert '"botocore==0.0.2"' in project.pyproject.read_text(encoding="utf-8")
    assert tomllib.loads(project.lock.read_text(encoding="utf-8"))["botocore"] == "0.0.2"
    assert project.changelog.read_text(encoding="utf-8") == CHANGELOG
    assert blocks(output) == []


def test_a_change_without_decisions_is_generated_and_is_in_the_changelog_once(project, capsys):
    project.library.shapes["GenreType"]["enum"].append("POETRY")
    output = run(capsys)
    assert "files written" in output
    assert '"POETRY"' in (project.package / "types" / "common.py").read_text(encoding="utf-8")
    assert "- Service model of botocore 0.0.2: `'POETRY'` in `GenreType`." in project.unreleased
    before = project.snapshot()
    assert "Nothing is newer" in run(capsys)
    assert project.snapshot() == before


# Decisions


def test_one_run_prints_all_decisions_that_are_missing(project, capsys):
    add_undecided(project.library)
    output = run(capsys)
    required, _, optional = output.partition("# Also decide")
    assert dict(blocks(required)) == {
        "areas.toml": (
            "# Move each operation to an area, books, lending, or name a new one.\n"
            '[new_area]\ntitle = ""\noperations = [\n    "ListLoans",  # unsigned\n]'
        ),
        "overrides.toml": (
            "[secrets]\n# Move what only identifies somebody to `shown`.\nmasked = [\n"
            '    "LockType",  # string, sensitive; ListLoansRequest.Lock\n]\n\n'
            '[[endpoint_errors]]\nwords = ["On the moon"]\nmessage = ""'
        ),
        "paginators.toml": (
            '[ListLoans]\ninput_token = "NextToken"\noutput_token = "NextToken"\n'
            'limit_key = "Limit"\nresult_key = "Books"'
        ),
        "quotas.toml": (
            "# Move each operation to its category, or give the reason why it is in none. AWS's page:\n"
            "# https://library.example/rules\n"
            '[[unlisted]]\nreason = ""\noperations = [\n    "ListLoans",\n]'
        ),
        "texts/errors.toml": ('[LateException]\n# raised by ListLoans\nadvice = ""\nsummary = ""'),
        "texts/members.toml": (
            "[members]\n# BookType: BindingType, Either ``HARD`` or ``SOFT``.\n"
            'Binding = ""\n# ListLoansRequest: int, 0 to 60.\nLimit = ""\n'
            '# ListLoansRequest: str, sensitive, At most 9 characters.\nLock = ""'
        ),
        "texts/operations.toml": (
            "[ListLoans]\n# list_loans(next_token: str = None, limit: int = None, lock: str = None)\n"
            '# unsigned; returns NextToken: str, Books: list of BookType\nsummary = ""'
        ),
        "texts/shapes.toml": '# one of HARD, SOFT\nBindingType = ""',
    }
    assert dict(blocks(optional)) == {
        "overrides.toml": (
            "[always_present]\n# Members of responses that the service always sends.\n"
            '# BookType = ["Binding"]\n\n'
            '[not_idempotent]\n# Operations that use up a code, a session or a quota; "" is the reason.\n'
            '# ListLoans = ""'
        ),
        "texts/members.toml": (
            '# Books = "Meaning of Books."  in ListLoansResponse\n'
            '# NextToken = "Meaning of NextToken."  in ListLoansResponse, ListLoansRequest'
        ),
    }


def test_without_the_decisions_nothing_is_generated_but_pin_and_changelog_are_written(project, capsys):
    add_undecided(project.library)
    before = project.snapshot()
    run(capsys)
    changed = {path for path, content in project.snapshot().items() if before[path] != content}
    assert changed == {project.pyproject, project.changelog}
    for name in (
        "`LateException`",
        "`list_loans()`",
        "`ListLoansPaginator.paginate()`",
        "`binding` in `BookType`",
    ):
        assert name in " ".join(project.unreleased.split())


def test_a_second_run_prints_and_writes_the_same(project, capsys):
    add_undecided(project.library)
    first, before = run(capsys), project.snapshot()
    assert run(capsys) == first
    assert project.snapshot() == before


def test_a_later_release_replaces_the_entry_of_an_unfinished_run(project, capsys):
    add_undecided(project.library)
    run(capsys)
    project.release = "0.0.3"
    run(capsys)
    assert "botocore 0.0.3:" in project.unreleased
    assert "botocore 0.0.2:" not in project.unreleased


def test_with_the_decisions_made_it_generates_the_code(project, capsys):
    library = project.library
    add_undecided(library)
    run(capsys)
    library.areas["lending"]["operations"].append("ListLoans")
    library.overrides["secrets"]["masked"].append("LockType")
    library.quotas["categories"]["BookRead"]["operations"].append("ListLoans")
    library.overrides["endpoint_errors"].append({"words": ["moon"], "message": "no endpoint on the moon"})
    library.paginators |= draft(project.sources, library.inputs).paginators
    library.write_texts()
    entry = project.unreleased
    assert "files written" in run(capsys)
    assert "def list_loans" in (project.package / "operations" / "lending.py").read_text(encoding="utf-8")
    assert project.unreleased == entry
    assert "Nothing is newer" in run(capsys)


def test_an_empty_skeleton_is_no_decision(project, capsys):
    library = project.library
    add_undecided(library)
    found = dict(blocks(run(capsys).partition("# Also decide")[0]))
    library.areas |= tomllib.loads(found["areas.toml"])
    library.quotas["unlisted"] += tomllib.loads(found["quotas.toml"])["unlisted"]
    library.overrides["endpoint_errors"] += tomllib.loads(found["overrides.toml"])["endpoint_errors"]
    library.operation_texts |= tomllib.loads(found["texts/operations.toml"])
    output = run(capsys)
    assert "areas.toml: [new_area] has no title" in output
    assert "quotas.toml: the unlisted ListLoans have no reason" in output
    assert dict(blocks(output))["overrides.toml"] == found["overrides.toml"]
    assert not (project.package / "operations" / "new_area.py").exists()


def test_new_members_of_responses_may_be_always_present_or_secret(project, capsys):
    library = project.library
    library.shapes["ExtrasType"] = {
        "type": "map",
        "key": {"shape": "NameType"},
        "value": {"shape": "NameType"},
    }
    library.shapes["PasswordsType"] = {"type": "list", "member": {"shape": "NameType"}}
    library.add_member("BookType", "DownloadUrl")
    library.add_member("BookType", "Extras", "ExtrasType")
    library.add_member("BookType", "Document", "ExtraType")
    library.add_member("BookType", "Passwords", "PasswordsType")
    library.add_member("BookType", "SecretShelf", "BooleanType")
    library.add_member("BookType", "Pin", "PinType")
    library.add_member("GetBookRequest", "Code")
    library.write_texts()
    assert dict(blocks(run(capsys)))["overrides.toml"] == (
        "[always_present]\n# Members of responses that the service always sends.\n"
        '# BookType = ["DownloadUrl", "Extras", "Document", "Passwords", "SecretShelf", "Pin"]\n\n'
        '[secrets.unmarked]\n# Secrets that the model does not mark; "" is the reason.\n'
        '# "BookType.DownloadUrl" = ""\n# "BookType.Extras" = ""\n# "BookType.Document" = ""\n'
        '# "GetBookRequest.Code" = ""'
    )


def test_texts_of_single_shapes_and_structures_have_their_own_facts(project, capsys):
    library = project.library
    library.shapes["SeriesType"] = {"type": "structure", "members": {"Part": {"shape": "PagesType"}}}
    library.shapes["SeriesMapType"] = {
        "type": "map",
        "key": {"shape": "NameType"},
        "value": {"shape": "SeriesType"},
    }
    library.add_member("BookType", "Series", "SeriesMapType", deprecated=True)
    library.member_texts["shapes"]["SeriesType"] = {"Part": ""}
    library.add_operation("BurnBook", "lending")
    required = run(capsys).partition("# Also decide")[0]
    found = dict(blocks(required))
    assert found["texts/members.toml"] == (
        '[members]\n# BookType: map of str to SeriesType, deprecated\nSeries = ""\n\n'
        '[shapes.SeriesType]\n# SeriesType: int, At least 1.\nPart = ""'
    )
    assert found["texts/shapes.toml"] == '# members Part\nSeriesType = ""'
    assert "# burn_book()\n# signed; returns nothing\n" in found["texts/operations.toml"]


# Removals


def test_what_the_model_no_longer_has_is_listed_and_in_the_changelog(project, capsys):
    library = project.library
    del library.operations["BorrowBook"]
    for name in ("BorrowBookRequest", "BorrowBookResponse", "CardType", "CardNumberType", "PinType"):
        del library.shapes[name]
    del library.shapes["CardBlockedException"]
    del library.shapes["BookType"]["members"]["Pages"]
    library.overrides |= {
        "names": {"BorrowBook": "lend", "AddedAt": "added_at"},
        "always_present": {"BookType": ["Pages", "Title"]},
        "not_idempotent": {"BorrowBook": "a book is borrowed once"},
        "negative_numbers": {"BookType.Pages": "none"},
        "rare": {"BorrowBookResponse.Book": "never"},
        "undocumented_limits": {"CardNumberType": "useless"},
    }
    library.overrides["secrets"]["unmarked"] = {"CardType": "a card"}
    library.paginators["BorrowBook"] = library.paginators["ListBooks"] = {"input_token": "NextToken"}
    output = run(capsys)
    assert blocks(output) == []
    for line in (
        "areas.toml: lending lists BorrowBook, which the model does not have",
        "overrides.toml [names]: the model has no operation or member BorrowBook",
        "overrides.toml [always_present]: BookType has no member Pages",
        "overrides.toml [not_idempotent]: the model has no operation BorrowBook",
        "overrides.toml [negative_numbers]: BookType has no member Pages",
        "overrides.toml [rare]: the model has no shape BorrowBookResponse",
        "overrides.toml [undocumented_limits]: the model has no shape CardNumberType",
        "overrides.toml [secrets.unmarked]: the model has no shape CardType",
        "overrides.toml [secrets]: the model has no shape PinType",
        "overrides.toml [secrets]: the model has no shape CardNumberType",
        "quotas.toml: the model has no operation BorrowBook",
        "quotas.toml: the model has no operation BorrowBook, under [challenges]",
        "paginators.toml: [BorrowBook]",
        "paginators.toml: [ListBooks]",
        "texts/errors.toml: [CardBlockedException] summary",
        "texts/members.toml: [members] Pages",
        "texts/operations.toml: [BorrowBook] summary",
        "texts/shapes.toml: CardType",
    ):
        assert f"- {line}\n" in output
    entry = " ".join(project.unreleased.partition("### Removed")[2].split())
    assert entry.startswith("- Service model of botocore 0.0.2: ")
    assert "`borrow_book()`" in entry
    assert "`pages` from `BookType`" in entry


def test_an_area_without_operations_disappears(project, capsys):
    library = project.library
    for name in ("BorrowBook", "ReturnBook"):
        del library.operations[name]
    assert "lending lists ReturnBook" in run(capsys)
    assert "`return_book()`" in project.unreleased


# What the generator does not support


def test_what_is_not_supported_is_listed_with_all_other_decisions(project, capsys):
    add_undecided(project.library)
    project.library.shapes["NoiseType"] = {"type": "sound"}
    project.library.add_member("BookType", "Noise", "NoiseType")
    project.library.add_member("CardType", "Noise", "NoiseType")
    output = run(capsys)
    assert output.count("- NoiseType: the type 'sound' is not supported\n") == 2
    assert [file for file, _ in blocks(output)] == [
        "areas.toml",
        "overrides.toml",
        "paginators.toml",
        "quotas.toml",
        "texts/errors.toml",
        "texts/members.toml",
        "texts/operations.toml",
        "texts/shapes.toml",
    ]
    assert project.changelog.read_text(encoding="utf-8") == CHANGELOG


def test_a_list_that_cannot_be_guessed_is_to_be_completed(project, capsys):
    library = project.library
    library.add_member("FindBooksRequest", "NextToken", "NextTokenType")
    library.add_member("FindBooksResponse", "NextToken", "NextTokenType")
    library.add_operation("FindBooks", "books")
    output = run(capsys)
    assert dict(blocks(output))["paginators.toml"] == (
        '[FindBooks]\ninput_token = "NextToken"\noutput_token = "NextToken"\nresult_key = ""'
    )
    assert "- paginator of FindBooks: FindBooksResponse has no member \n" in output


# Output


def test_the_report_has_what_is_printed(project, capsys, tmp_path):
    add_undecided(project.library)
    report = tmp_path / "report.md"
    assert run(capsys, "--report", str(report)) == report.read_text(encoding="utf-8")


def test_an_input_that_cannot_be_read_is_an_error_without_a_traceback(project, capsys, monkeypatch):
    def load():
        raise ModelError("areas.toml is missing")

    monkeypatch.setattr(update, "load_inputs", load)
    before = project.snapshot()
    assert update.main([]) == 1
    assert capsys.readouterr().err == "codegen: areas.toml is missing\n"
    assert project.snapshot() == before


def test_the_module_is_a_command():
    root = generator.HERE.parent
    command = [sys.executable, "-m", "codegen.update", "--help"]
    # With the wheel, PYTHONSAFEPATH removes the current folder from the path.
    environment = os.environ | {"PYTHONPATH": str(root)}
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, env=environment)
    assert "--report" in result.stdout


# The repository


def test_the_pin_and_the_changelog_of_the_repository_can_be_changed():
    assert len(update._PIN.findall(update.PYPROJECT.read_text(encoding="utf-8"))) == 1
    assert "\n## [Unreleased]\n" in update.CHANGELOG.read_text(encoding="utf-8")


@pytest.mark.made_from("model", "paginators", "endpoint_rules")
def test_the_inputs_of_the_repository_are_complete():
    assert draft(load_sources(), load_inputs(Path(generator.HERE) / "inputs")).is_complete
