"""Docstrings made of the IR."""

from __future__ import annotations

import ast

import pytest

from codegen.docstrings import (
    docstring,
    limits_text,
    member_docstring,
    member_text,
    operation_docstring,
    paragraph,
    structure_docstring,
)
from codegen.ir import (
    EnumRef,
    Error,
    Limits,
    ListOf,
    MapOf,
    Member,
    Operation,
    Role,
    Scalar,
    Simple,
    Structure,
    StructureRef,
)

TEXT = Simple(Scalar.STRING)
NUMBER = Simple(Scalar.INTEGER)
LIMITED = Simple(Scalar.STRING, Limits(3, 12))
ENUM = EnumRef("GenreType", ("FICTION", "SCIENCE"))
BOOK = StructureRef("BookType")
LONG = "These words are written only so that there are enough of them to be wrapped at the margin. " * 4


def _member(kind=TEXT, *, name="book_id", wire="BookId", required=True, doc="Id of the book.", **facts):
    return Member(wire=wire, name=name, type=kind, required=required, doc=doc, **facts)


def _owner(role=Role.NESTED, *, sent=False, received=False):
    return Structure("OwnerType", role, "books", "Owner.", (), sent=sent, received=received)


REQUEST = _owner(Role.REQUEST, sent=True)
RESPONSE = _owner(Role.RESPONSE, received=True)
SENT = _owner(sent=True)
RECEIVED = _owner(received=True)
BOTH = _owner(sent=True, received=True)


def _operation(
    *,
    members=(),
    details="",
    signed=True,
    idempotent=True,
    errors=None,
    common_errors=(),
    summary="Get a book.",
):
    request = Structure("GetBookRequest", Role.REQUEST, "books", "", members, sent=True, received=False)
    response = Structure("GetBookResponse", Role.RESPONSE, "books", "", (), sent=False, received=True)
    return Operation(
        name="GetBook",
        method="get_book",
        area="books",
        request=request,
        response=response,
        signed=signed,
        idempotent=idempotent,
        errors=(Error("NotFoundException", "No such book.", ()),) if errors is None else errors,
        common_errors=common_errors,
        summary=summary,
        details=details,
        url="https://docs.example/API_GetBook.html",
    )


def _value(source):
    """Return the text of a docstring literal."""
    return ast.literal_eval(source)


# Limits


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        # Text
        (TEXT, ""),
        (Simple(Scalar.STRING, Limits(0)), ""),
        (Simple(Scalar.STRING, Limits(1)), "At least 1 character."),
        (Simple(Scalar.STRING, Limits(2)), "At least 2 characters."),
        (Simple(Scalar.STRING, Limits(None, 1)), "At most 1 character."),
        (Simple(Scalar.STRING, Limits(0, 2048)), "At most 2,048 characters."),
        (Simple(Scalar.STRING, Limits(20, 2048)), "20 to 2,048 characters."),
        (Simple(Scalar.STRING, Limits(1, 1)), "Exactly 1 character."),
        (Simple(Scalar.STRING, Limits(6, 6)), "Exactly 6 characters."),
        (Simple(Scalar.STRING, Limits(1, 3, "[a-z]+")), "1 to 3 characters."),
        # Numbers
        (NUMBER, ""),
        (Simple(Scalar.INTEGER, Limits(1)), "At least 1."),
        (Simple(Scalar.INTEGER, Limits(0)), "At least 0."),
        (Simple(Scalar.INTEGER, Limits(0, 60)), "0 to 60."),
        (Simple(Scalar.INTEGER, Limits(1, 315360000)), "1 to 315,360,000."),
        (Simple(Scalar.INTEGER, Limits(5, 5)), "Exactly 5."),
        (Simple(Scalar.INTEGER, Limits(-5, 5)), "-5 to 5."),
        (Simple(Scalar.INTEGER, Limits(None, 60)), "At most 60."),
        # Blobs
        (Simple(Scalar.BLOB, Limits(0, 131072)), "At most 131,072 bytes."),
        (Simple(Scalar.BLOB, Limits(1)), "At least 1 byte."),
        # Types without limits
        (Simple(Scalar.BOOLEAN), ""),
        (Simple(Scalar.TIMESTAMP), ""),
        (Simple(Scalar.DOCUMENT), ""),
        (BOOK, ""),
        # Enums
        (EnumRef("E", ("A",)), "Only ``A``."),
        (EnumRef("E", ("A", "B")), "Either ``A`` or ``B``."),
        (EnumRef("E", ("A", "B", "C")), "One of ``A``, ``B`` or ``C``."),
        (EnumRef("E", tuple("ABCDEFGH")), "One of ``A``, ``B``, ``C``, ``D``, ``E``, ``F``, ``G`` or ``H``."),
        (EnumRef("E", tuple("ABCDEFGHI")), ""),
        # Lists
        (ListOf(TEXT), ""),
        (ListOf(TEXT, Limits(1)), "At least 1 item."),
        (ListOf(TEXT, Limits(0, 1)), "At most 1 item."),
        (ListOf(TEXT, Limits(0, 25)), "At most 25 items."),
        (ListOf(TEXT, Limits(1, 2)), "1 to 2 items."),
        (ListOf(LIMITED, Limits(0, 2)), "At most 2 items."),
        (ListOf(ENUM), "Each either ``FICTION`` or ``SCIENCE``."),
        (ListOf(ENUM, Limits(1, 2)), "1 to 2 items. Each either ``FICTION`` or ``SCIENCE``."),
        (ListOf(EnumRef("E", tuple("ABCDEFGHI")), Limits(1, 2)), "1 to 2 items."),
        # Maps
        (MapOf(TEXT, TEXT), ""),
        (MapOf(TEXT, TEXT, Limits(None, 1)), "At most 1 entry."),
        (MapOf(TEXT, ENUM, Limits(1, 50)), "1 to 50 entries."),
        (MapOf(TEXT, TEXT, Limits(4, 4)), "Exactly 4 entries."),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_limits_are_a_sentence(kind, text):
    assert limits_text(kind) == text


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(pattern=r"[\w-]+"), r"Pattern ``[\w-]+``."),
        (Limits(1, 9, r"\S+"), r"1 to 9 characters. Pattern ``\S+``."),
        (Limits(pattern="x" * 60), f"Pattern ``{'x' * 60}``."),
        (Limits(1, pattern="x" * 61), "At least 1 character."),
    ],
)
def test_a_short_pattern_is_included_on_request(limits, text):
    assert limits_text(Simple(Scalar.STRING, limits), pattern=True) == text


def test_the_pattern_is_in_the_class_but_not_in_the_method():
    member = _member(Simple(Scalar.STRING, Limits(pattern="[a-z]+")))
    assert member_docstring(member) == '"""Id of the book. Pattern ``[a-z]+``."""'
    assert "Pattern" not in operation_docstring(_operation(), [member])


def test_the_text_of_a_member_has_deprecation_description_and_limits():
    member = _member(LIMITED, deprecated=True)
    assert member_text(member) == "Deprecated. Id of the book. 3 to 12 characters."
    assert member_text(_member()) == "Id of the book."


# Docstrings


def test_one_line_stays_on_one_line():
    assert docstring(["A book."], 4) == '"""A book."""'


def test_several_lines_are_indented_and_closed_on_their_own_line():
    assert docstring(["A book.", "", "More."], 4) == '"""A book.\n\n    More.\n    """'


def test_lines_at_the_margin_are_not_indented():
    assert docstring(["A book.", "More."], 0) == '"""A book.\nMore.\n"""'


@pytest.mark.parametrize("lines", [[r"Pattern \S+."], ["First.", r"Pattern \S+."]])
def test_a_docstring_with_a_backslash_is_raw(lines):
    source = docstring(lines, 0)
    assert source.startswith('r"""')
    assert _value(source).split("\n")[: len(lines)] == lines


def test_a_docstring_without_a_backslash_is_not_raw():
    assert docstring(["A book."], 0).startswith('"""')


def test_no_line_of_a_docstring_ends_with_a_space():
    source = docstring(["A book.", "", "More.", "", "Still more."], 8)
    assert [line for line in source.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("indent", [0, 4, 8])
def test_a_paragraph_is_wrapped_between_words_and_loses_none(indent):
    lines = paragraph(LONG, indent)
    assert len(lines) > 1
    assert max(len(line) for line in lines) + indent + len('r"""') <= 100
    assert " ".join(lines) == LONG.strip()


def test_long_words_and_hyphens_are_not_broken():
    word = "x-y" * 40
    assert paragraph(f"See {word} for more.", 4) == ["See", word, "for more."]


@pytest.mark.parametrize("length", range(70, 110))
def test_the_docstring_of_a_member_stays_within_the_margin_for_any_length(length):
    text = ("word " * 30)[: length - 2].strip() + "x."
    source = "    " + member_docstring(_member(doc=text))
    assert max(len(line) for line in source.splitlines()) <= 100
    assert _value(source.strip()).split() == text.split()
    assert [line for line in source.splitlines() if line != line.rstrip()] == []


def test_a_long_docstring_of_a_member_is_closed_on_its_own_line():
    source = member_docstring(_member(doc=LONG))
    assert source.endswith('\n    """')
    assert len(source.splitlines()) > 3


def test_the_docstring_of_a_nested_structure_is_our_text():
    assert structure_docstring(_owner(), None) == '"""Owner."""'


def test_the_docstring_of_a_request_names_its_method_and_has_its_summary():
    operation = _operation()
    expected = '"""Request of ``get_book``.\n\n    Get a book.\n    """'
    assert structure_docstring(operation.request, operation) == expected


def test_the_docstring_of_a_response_names_its_method():
    operation = _operation()
    assert operation.response is not None
    assert structure_docstring(operation.response, operation) == '"""Response of ``get_book``."""'


def test_the_docstring_of_a_method_has_all_its_sections():
    members = (_member(LIMITED), _member(ENUM, name="genre", wire="Genre", required=False, doc="Its kind."))
    operation = _operation(members=members, details="More to know.")
    assert operation_docstring(operation, members).splitlines() == [
        '"""Get a book.',
        "",
        "        More to know.",
        "        Signed with IAM credentials.",
        "",
        "        Args:",
        "            book_id: Id of the book. 3 to 12 characters.",
        "            genre: Its kind. Either ``FICTION`` or ``SCIENCE``.",
        "",
        "        Raises:",
        "            NotFoundException: No such book.",
        "",
        "        Source: https://docs.example/API_GetBook.html",
        '        """',
    ]


def test_arguments_are_in_the_order_of_the_members():
    members = (_member(name="b", wire="B"), _member(name="a", wire="A"))
    lines = [line.strip() for line in operation_docstring(_operation(), members).splitlines()]
    assert lines.index("b: Id of the book.") < lines.index("a: Id of the book.")


def test_a_method_without_parameters_has_no_arguments_section():
    assert "Args:" not in operation_docstring(_operation(), ())


def test_a_method_without_errors_has_no_raises_section():
    assert "Raises:" not in operation_docstring(_operation(errors=()), ())


def test_common_errors_are_one_entry_after_the_specific_ones():
    missing, throttled = (
        Error("NotFoundException", "No such book.", ()),
        Error("SlowDownException", "Slow.", ()),
    )
    operation = _operation(errors=(missing, throttled), common_errors=(throttled,))
    text = operation_docstring(operation, ())
    assert (
        "            NotFoundException: No such book.\n            ServiceError: Errors common to signed"
        in text
    )
    assert " ".join(text.split()).count("see ``cognito_async.errors``: SlowDownException.") == 1
    assert "SlowDownException: Slow." not in text


def test_an_operation_may_have_only_common_errors():
    throttled = Error("SlowDownException", "Slow.", ())
    operation = _operation(errors=(throttled,), common_errors=(throttled,), signed=False)
    assert "Raises:\n            ServiceError: Errors common to unsigned" in operation_docstring(
        operation, ()
    )


def test_the_docstring_of_an_unsigned_operation_has_a_note():
    text = operation_docstring(_operation(signed=False), ())
    assert "Not signed: needs no AWS credentials." in text
    assert "Signed with" not in text


def test_the_docstring_of_an_operation_that_is_not_idempotent_has_a_note():
    sentence = "Not retried if the first request may have arrived."
    assert sentence in " ".join(operation_docstring(_operation(idempotent=False), ()).split())
    assert sentence not in " ".join(operation_docstring(_operation(), ()).split())


def test_the_docstring_of_a_method_keeps_the_margin_and_has_no_trailing_spaces():
    members = (_member(doc=LONG), _member(LIMITED, name="other", wire="Other", doc=LONG))
    errors = (Error("NotFoundException", LONG, ()),)
    operation = _operation(members=members, details=LONG, idempotent=False, errors=errors)
    lines = operation_docstring(operation, members).splitlines()
    assert max(len(line) for line in lines) <= 80  # so that help() fits a terminal
    assert [line for line in lines if line != line.rstrip()] == []
    assert " ".join(" ".join(lines).split()).count(LONG.strip()) == 4


def test_continuation_lines_of_an_entry_are_indented():
    lines = operation_docstring(_operation(), (_member(doc=LONG),)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("            book_id:"))
    assert lines[start + 1].startswith(" " * 16)
    assert not lines[start + 1].startswith(" " * 17)
