"""Our texts: complete, all used, and not copied from AWS."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from codegen.load import load_inputs, load_sources

RUN = 7


@pytest.fixture
def written(library):
    """Return a library with all its texts; later changes are not completed."""
    library.write_texts()
    library.complete_texts = False
    return library


# Missing


def test_complete_texts_are_used(written):
    assert written.member("AuthorType", "Born").doc == "Meaning of Born."
    assert written.structure("AuthorType").doc == "Meaning of AuthorType."
    assert written.operation("GetBook").summary == "Summary of GetBook."
    error = written.build().errors[0]
    assert (error.doc, error.advice) == (
        "Meaning of CardBlockedException.",
        "Advice for CardBlockedException.",
    )
    assert next(enum.doc for enum in written.build().enums) == "Meaning of GenreType."


@pytest.mark.parametrize(
    ("table", "name", "place"),
    [
        ("operation_texts", "GetBook", "operations.toml: [GetBook] summary"),
        ("shape_texts", "AuthorType", "shapes.toml: AuthorType"),
        ("shape_texts", "GenreType", "shapes.toml: GenreType"),
        ("error_texts", "NotFoundException", "errors.toml: [NotFoundException] summary"),
        ("error_texts", "NotFoundException", "errors.toml: [NotFoundException] advice"),
    ],
)
def test_a_missing_text_fails_with_its_place(written, table, name, place):
    del getattr(written, table)[name]
    assert place in written.failure()


@pytest.mark.parametrize("wire", ["Born", "reasonCode"])
def test_a_missing_text_of_a_member_fails_with_its_place(written, wire):
    del written.member_texts["members"][wire]
    assert f"members.toml: [members] {wire}" in written.failure()


@pytest.mark.parametrize("text", ["", "  ", "\n", 3, ["Meaning."]])
def test_an_empty_text_or_another_type_is_a_missing_text(written, text):
    for key in ("summary", "advice"):
        written.error_texts["NotFoundException"][key] = text
        assert f"errors.toml: [NotFoundException] {key}" in written.failure()


def test_an_unknown_entry_of_an_error_fails(written):
    written.error_texts["NotFoundException"] |= {"note": "Mind.", "advise": "Look."}
    assert written.failure() == (
        "errors.toml: [NotFoundException] has advise, note, only summary and advice are allowed"
    )


def test_an_operation_with_details_but_without_a_summary_fails(written):
    written.operation_texts["GetBook"] = {"details": "More."}
    assert "operations.toml: [GetBook] summary" in written.failure()


def test_unknown_entries_of_an_operation_fail_with_their_names(written):
    written.operation_texts["GetBook"] |= {"sumary": "Typo.", "note": "Unknown."}
    assert written.failure() == (
        "operations.toml: [GetBook] has note, sumary, only summary and details are allowed"
    )


def test_all_missing_texts_are_in_one_message(written):
    written.operation_texts.clear()
    written.member_texts["members"].clear()
    written.shape_texts.clear()
    written.error_texts.clear()
    lines = [line.strip() for line in written.failure().splitlines()[1:]]
    assert len(lines) == len(set(lines))
    for name in written.operations:
        assert f"operations.toml: [{name}] summary" in lines
    for name in ("AuthorType", "BookType", "CardType", "GenreType", "ShelfType"):
        assert f"shapes.toml: {name}" in lines
    for name in ("CardBlockedException", "NotFoundException"):
        assert f"errors.toml: [{name}] summary" in lines
        assert f"errors.toml: [{name}] advice" in lines
    for owner in ("GetBookRequest", "GetBookResponse", "BookType", "AuthorType", "CardType"):
        for wire in written.shapes[owner]["members"]:
            assert f"members.toml: [members] {wire}" in lines


def test_requests_responses_documents_and_messages_need_no_text(written):
    texts = {*written.shape_texts, *written.member_texts["members"]}
    assert not texts & {"GetBookRequest", "GetBookResponse", "ExtraType", "message", "Message"}
    assert written.structure("GetBookRequest").doc == ""


def test_details_are_optional(written):
    assert written.operation("GetBook").details == ""
    written.operation_texts["GetBook"]["details"] = "More to know."
    assert written.operation("GetBook").details == "More to know."


# Texts of one shape


def test_the_text_of_a_shape_takes_precedence_over_the_text_of_the_name(written):
    written.member_texts["shapes"] = {"BorrowBookRequest": {"BookId": "Book to borrow."}}
    assert written.member("BorrowBookRequest", "BookId").doc == "Book to borrow."
    assert written.member("GetBookRequest", "BookId").doc == "Meaning of BookId."


def test_texts_of_all_shapes_need_no_text_of_the_name(written):
    del written.member_texts["members"]["Born"]
    written.member_texts["shapes"] = {"AuthorType": {"Born": "Birthday."}}
    assert written.member("AuthorType", "Born").doc == "Birthday."


def test_an_empty_text_of_a_shape_fails_although_the_name_has_one(written):
    written.member_texts["shapes"] = {"AuthorType": {"Born": ""}}
    assert "members.toml: [shapes.AuthorType] Born" in written.failure()


def test_the_table_of_shapes_is_optional(written):
    del written.member_texts["shapes"]
    assert written.member("AuthorType", "Born").doc == "Meaning of Born."


# Unused


@pytest.mark.parametrize(
    ("table", "text", "place"),
    [
        ("operation_texts", {"summary": "Gone."}, "operations.toml: [Gone] summary"),
        ("shape_texts", "Gone.", "shapes.toml: Gone"),
        ("error_texts", {"summary": "Gone."}, "errors.toml: [Gone] summary"),
    ],
)
def test_a_stale_text_fails_with_its_place(written, table, text, place):
    getattr(written, table)["Gone"] = text
    assert place in written.failure()


def test_all_stale_texts_are_in_one_message(written):
    written.shape_texts["GoneType"] = "Gone."
    written.error_texts["GoneException"] = {"summary": "Gone."}
    written.member_texts["members"]["Gone"] = "Gone."
    lines = [line.strip() for line in written.failure().splitlines()[1:]]
    assert lines == [
        "errors.toml: [GoneException] summary",
        "members.toml: [members] Gone",
        "shapes.toml: GoneType",
    ]


@pytest.mark.parametrize(("owner", "wire"), [("AuthorType", "Gone"), ("GoneType", "Name")])
def test_a_stale_text_of_a_shape_fails_with_its_place(written, owner, wire):
    written.member_texts["shapes"] = {owner: {wire: "Gone."}}
    assert f"members.toml: [shapes.{owner}] {wire}" in written.failure()


def test_a_text_of_the_name_that_every_shape_overrides_is_stale(written):
    written.member_texts["shapes"] = {"AuthorType": {"Born": "Birthday."}}
    assert "members.toml: [members] Born" in written.failure()


def test_a_text_of_an_unused_structure_is_stale(written):
    del written.shapes["BorrowBookRequest"]["members"]["Card"]
    written.shapes["BorrowBookRequest"]["required"].remove("Card")
    assert "shapes.toml: CardType" in written.failure()


def test_missing_and_stale_texts_are_reported_together(written):
    written.error_texts["GoneException"] = written.error_texts.pop("NotFoundException")
    assert written.failure() == (
        "write these texts in codegen/inputs/texts:\n"
        "  errors.toml: [NotFoundException] advice\n"
        "  errors.toml: [NotFoundException] summary\n"
        "remove these texts from codegen/inputs/texts, the model has no such names:\n"
        "  errors.toml: [GoneException] advice\n"
        "  errors.toml: [GoneException] summary"
    )


# The real files


def _texts() -> dict[str, str]:
    inputs = load_inputs()
    texts = {f"shapes.toml {name}": text for name, text in inputs.shape_texts.items()}
    for error, entries in inputs.error_texts.items():
        texts |= {f"errors.toml {error}.{key}": text for key, text in entries.items()}
    texts |= {f"members.toml {name}": text for name, text in inputs.member_texts["members"].items()}
    for owner, members in inputs.member_texts["shapes"].items():
        texts |= {f"members.toml {owner}.{wire}": text for wire, text in members.items()}
    for operation, entries in inputs.operation_texts.items():
        texts |= {f"operations.toml {operation}.{key}": text for key, text in entries.items()}
    return texts


def _documentation(node: Any) -> Iterator[str]:
    """Yield every text under a key ``documentation``, at any depth of the model."""
    match node:
        case dict():
            for key, value in node.items():
                if key == "documentation" and isinstance(value, str):
                    yield value
                else:
                    yield from _documentation(value)
        case list():
            for value in node:
                yield from _documentation(value)
        case _:
            pass


def _without_tags(documentation: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", documentation))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


@pytest.fixture(scope="module")
def aws_runs():
    sources = load_sources()
    runs: set[tuple[str, ...]] = set()
    for data in (sources.model, sources.rules):
        for text in _documentation(data):
            runs |= _runs(_without_tags(text))
    return runs


def test_no_seven_words_in_a_row_are_those_of_the_aws_documentation(aws_runs):
    copied = {
        place: sorted(" ".join(run) for run in shared)
        for place, text in _texts().items()
        if (shared := _runs(text) & aws_runs)
    }
    assert copied == {}


def test_a_copied_sentence_is_detected(aws_runs):
    documentation = load_sources().model["operations"]["AdminGetUser"]["documentation"]
    sentence = _without_tags(documentation).split(".")[0]
    assert len(sentence.split()) > RUN
    assert _runs(f"``{sentence.upper()}``.") & aws_runs


def test_every_text_is_one_line():
    assert [place for place, text in _texts().items() if text != " ".join(text.split())] == []


def test_every_text_ends_with_a_full_stop_or_a_closing_quote():
    assert [place for place, text in _texts().items() if not text.endswith((".", "``"))] == []


def test_every_text_closes_the_quotes_it_opens():
    assert [place for place, text in _texts().items() if text.count("``") % 2] == []


def test_operations_have_a_summary_and_details_and_nothing_else():
    unknown = {
        name: sorted(set(entry) - {"summary", "details"})
        for name, entry in load_inputs().operation_texts.items()
        if set(entry) - {"summary", "details"}
    }
    assert unknown == {}
