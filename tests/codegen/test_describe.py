"""Annotations, defaults and docstrings made of the IR."""

from __future__ import annotations

import ast

import pytest

from codegen.describe import (
    docstring,
    limits_text,
    member_annotation,
    member_default,
    member_docstring,
    member_text,
    operation_docstring,
    paragraph,
    parameter_annotation,
    plain_annotation,
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


def _operation(*, members=(), details="", signed=True, replay_safe=True, errors=None, summary="Get a book."):
    request = Structure("GetBookRequest", Role.REQUEST, "books", "", members, sent=True, received=False)
    response = Structure("GetBookResponse", Role.RESPONSE, "books", "", (), sent=False, received=True)
    return Operation(
        name="GetBook",
        method="get_book",
        area="books",
        request=request,
        response=response,
        signed=signed,
        replay_safe=replay_safe,
        errors=(Error("NotFoundException", "No such book.", ()),) if errors is None else errors,
        summary=summary,
        details=details,
        url="https://docs.example/API_GetBook.html",
    )


def _value(source):
    """What Python reads in the source of a docstring."""
    return ast.literal_eval(source)


# Annotations of parameters


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        (TEXT, "str"),
        (NUMBER, "int"),
        (Simple(Scalar.FLOAT), "float"),
        (Simple(Scalar.BOOLEAN), "bool"),
        (Simple(Scalar.BLOB), "bytes"),
        (Simple(Scalar.TIMESTAMP), "datetime"),
        (Simple(Scalar.DOCUMENT), "types.Document"),
        (LIMITED, "str"),
        (ENUM, "types.GenreType"),
        (BOOK, "types.BookType | Mapping[str, Any]"),
        (ListOf(TEXT, Limits(1, 2)), "Sequence[str]"),
        (ListOf(BOOK), "Sequence[types.BookType | Mapping[str, Any]]"),
        (MapOf(TEXT, TEXT), "Mapping[str, str]"),
        (MapOf(ENUM, ListOf(BOOK)), "Mapping[types.GenreType, Sequence[types.BookType | Mapping[str, Any]]]"),
    ],
)
def test_a_parameter_has_the_plain_type_from_the_types_module(kind, annotation):
    assert parameter_annotation(_member(kind)) == annotation
    assert parameter_annotation(_member(kind, required=False)) == f"{annotation} | None"


# Annotations of members


@pytest.mark.parametrize(
    ("kind", "request_", "sent", "both", "received"),
    [
        (TEXT, "str", "str", "str", "str"),
        (LIMITED, *["Annotated[str, AtLeast(3)]"] * 3, "str"),
        (ENUM, "GenreType", "GenreType", "GenreType | str", "GenreType | str"),
        (BOOK, "BookType | Mapping[str, Any]", "BookType", "BookType", "BookType"),
        (ListOf(BOOK), "Sequence[BookType | Mapping[str, Any]]", *["Sequence[BookType]"] * 3),
        (
            ListOf(LIMITED, Limits(1, 5)),
            *["Annotated[Sequence[Annotated[str, AtLeast(3)]], AtLeast(1)]"] * 3,
            "Sequence[str]",
        ),
        (MapOf(TEXT, ENUM), *["Mapping[str, GenreType]"] * 2, *["Mapping[str, GenreType | str]"] * 2),
        (Simple(Scalar.DOCUMENT), "Document", "Document", "Document", "Document"),
    ],
    ids=["text", "limited", "enum", "structure", "structures", "limited list", "map of enum", "document"],
)
def test_a_member_is_as_open_as_its_place(kind, request_, sent, both, received):
    member = _member(kind)
    assert member_annotation(member, REQUEST) == request_
    assert member_annotation(member, SENT) == sent
    assert member_annotation(member, BOTH) == both
    assert member_annotation(member, RECEIVED) == received
    assert member_annotation(member, RESPONSE) == received


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        (Simple(Scalar.INTEGER, Limits(1, 60)), "Annotated[int, AtLeast(1)]"),
        (Simple(Scalar.INTEGER, Limits(0, 60)), "Annotated[int, AtLeast(0)]"),
        (Simple(Scalar.FLOAT, Limits(0)), "Annotated[float, AtLeast(0)]"),
        (Simple(Scalar.INTEGER, Limits(None, 60)), "int"),
        (Simple(Scalar.STRING, Limits(0, 60)), "str"),
        (Simple(Scalar.STRING, Limits(None, 60, "[a-z]+")), "str"),
        (ListOf(TEXT, Limits(0, 5)), "Sequence[str]"),
        (ListOf(TEXT, Limits(None, 5)), "Sequence[str]"),
        (Simple(Scalar.BLOB, Limits(1, 5)), "bytes"),
        (MapOf(TEXT, TEXT, Limits(1, 5)), "Mapping[str, str]"),
        (MapOf(LIMITED, LIMITED), "Mapping[Annotated[str, AtLeast(3)], Annotated[str, AtLeast(3)]]"),
    ],
)
def test_a_lower_bound_is_told_to_the_codec_where_it_excludes_something(kind, annotation):
    assert member_annotation(_member(kind), REQUEST) == annotation


@pytest.mark.parametrize("owner", [REQUEST, RESPONSE, SENT, RECEIVED])
def test_an_optional_member_may_be_none(owner):
    assert member_annotation(_member(required=False), owner) == "str | None"


def test_the_bound_stands_inside_the_option():
    annotation = member_annotation(_member(LIMITED, required=False), REQUEST)
    assert annotation == "Annotated[str, AtLeast(3)] | None"


def test_a_list_that_is_empty_when_missing_is_never_none():
    member = _member(ListOf(TEXT), required=False, empty_when_missing=True)
    assert member_annotation(member, RESPONSE) == "Sequence[str]"


@pytest.mark.parametrize(
    ("name", "wire"), [("book_id", "BookId"), ("class_", "Class"), ("id", "Id"), ("a_b", "AB")]
)
def test_a_wire_name_that_follows_from_the_name_is_not_given(name, wire):
    assert member_annotation(_member(name=name, wire=wire), REQUEST) == "str"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("css_version", "CSSVersion"),
        ("reason_code", "reasonCode"),
        ("since", "AddedAt"),
        ("sha256", "SHA256"),
    ],
)
def test_a_wire_name_that_does_not_follow_from_the_name_is_given(name, wire):
    member = _member(name=name, wire=wire)
    assert member_annotation(member, REQUEST) == f'Annotated[str, Wire("{wire}")]'


def test_the_wire_name_stands_outside_of_everything():
    member = _member(LIMITED, name="css", wire="CSS", required=False)
    assert member_annotation(member, REQUEST) == 'Annotated[Annotated[str, AtLeast(3)] | None, Wire("CSS")]'


def test_allowed_negative_numbers_are_told_to_the_codec():
    member = _member(Simple(Scalar.DOCUMENT), required=False, negative_numbers=True)
    assert member_annotation(member, REQUEST) == "Annotated[Document, NEGATIVE_NUMBERS] | None"


def test_that_a_member_is_seldom_sent_is_told_to_the_codec():
    member = _member(Simple(Scalar.INTEGER), required=False, seldom=True)
    assert member_annotation(member, RESPONSE) == "Annotated[int | None, SELDOM]"
    member = _member(Simple(Scalar.INTEGER), name="css", wire="CSS", required=False, seldom=True)
    assert member_annotation(member, RESPONSE) == 'Annotated[int | None, Wire("CSS"), SELDOM]'


@pytest.mark.parametrize(
    ("kind", "facts", "annotation"),
    [
        (LIMITED, {"required": True}, "str"),
        (LIMITED, {"required": False}, "str | None"),
        (ListOf(BOOK), {"required": False, "empty_when_missing": True}, "Sequence[BookType]"),
        (ENUM, {"required": True, "name": "css", "wire": "CSS", "seldom": True}, "GenreType | str"),
        (LIMITED, {"required": False, "takes_mapping": True}, "str | AttributeMapping | None"),
    ],
)
def test_readers_get_the_type_of_a_member_without_the_facts_for_the_codec(kind, facts, annotation):
    assert plain_annotation(_member(kind, **facts), RESPONSE) == annotation


def test_an_enum_that_is_only_sent_is_closed_for_readers_too():
    assert plain_annotation(_member(ENUM), SENT) == "GenreType"


ATTRIBUTES = ListOf(StructureRef("AttributeType"))


@pytest.mark.parametrize(("required", "end"), [(True, ""), (False, " | None")])
def test_a_list_of_attributes_may_be_a_mapping(required, end):
    member = _member(ATTRIBUTES, required=required, takes_mapping=True)
    listed = "Sequence[AttributeType | Mapping[str, Any]]"
    assert member_annotation(member, REQUEST) == f"Annotated[{listed} | AttributeMapping, ATTRIBUTES]{end}"
    listed = listed.replace("AttributeType", "types.AttributeType")
    assert parameter_annotation(member) == f"{listed} | types.AttributeMapping{end}"
    assert member_text(member).startswith("Id of the book. Or a mapping of names to values: True and False ")


# Defaults


@pytest.mark.parametrize(
    ("kind", "facts", "default"),
    [
        (TEXT, {"required": True}, ""),
        (TEXT, {"required": False}, " = None"),
        (TEXT, {"required": True, "secret": True}, " = field(repr=mask)"),
        (TEXT, {"required": False, "secret": True}, " = field(default=None, repr=mask)"),
        (ListOf(TEXT), {"required": False, "empty_when_missing": True}, " = field(factory=list)"),
        (MapOf(TEXT, TEXT), {"required": False, "empty_when_missing": True}, " = field(factory=dict)"),
        (
            MapOf(TEXT, TEXT),
            {"required": False, "empty_when_missing": True, "secret": True},
            " = field(factory=dict, repr=mask)",
        ),
    ],
)
def test_defaults_say_what_is_missing_and_what_is_masked(kind, facts, default):
    assert member_default(_member(kind, **facts)) == default


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
        # What has no limits
        (Simple(Scalar.BOOLEAN), ""),
        (Simple(Scalar.TIMESTAMP), ""),
        (Simple(Scalar.DOCUMENT), ""),
        (BOOK, ""),
        # Enums
        (EnumRef("E", ("A",)), "Only ``A``."),
        (EnumRef("E", ("A", "B")), "One of ``A`` or ``B``."),
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
        (ListOf(ENUM), "Each one of ``FICTION`` or ``SCIENCE``."),
        (ListOf(ENUM, Limits(1, 2)), "1 to 2 items. Each one of ``FICTION`` or ``SCIENCE``."),
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
def test_a_short_pattern_is_told_on_request(limits, text):
    assert limits_text(Simple(Scalar.STRING, limits), pattern=True) == text


def test_the_pattern_is_in_the_class_but_not_in_the_method():
    member = _member(Simple(Scalar.STRING, Limits(pattern="[a-z]+")))
    assert member_docstring(member) == '"""Id of the book. Pattern ``[a-z]+``."""'
    assert "Pattern" not in operation_docstring(_operation(), [member])


def test_everything_about_a_member_is_said_in_one_order():
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
def test_the_docstring_of_a_member_keeps_the_margin_whatever_its_length(length):
    text = ("word " * 30)[: length - 2].strip() + "x."
    source = "    " + member_docstring(_member(doc=text))
    assert max(len(line) for line in source.splitlines()) <= 100
    assert _value(source.strip()).split() == text.split()
    assert [line for line in source.splitlines() if line != line.rstrip()] == []


def test_a_long_docstring_of_a_member_is_closed_on_its_own_line():
    source = member_docstring(_member(doc=LONG))
    assert source.endswith('\n    """')
    assert len(source.splitlines()) > 3


def test_a_nested_structure_has_our_words():
    assert structure_docstring(_owner(), None) == '"""Owner."""'


def test_a_request_names_its_method_and_says_what_it_does():
    operation = _operation()
    expected = '"""Request of ``get_book``.\n\n    Get a book.\n    """'
    assert structure_docstring(operation.request, operation) == expected


def test_a_response_names_its_method():
    operation = _operation()
    assert operation.response is not None
    assert structure_docstring(operation.response, operation) == '"""Answer to ``get_book``."""'


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
        "            genre: Its kind. One of ``FICTION`` or ``SCIENCE``.",
        "",
        "        Raises:",
        "            NotFoundException: No such book.",
        "",
        "        Source: https://docs.example/API_GetBook.html",
        '        """',
    ]


def test_arguments_are_in_the_order_that_is_given():
    members = (_member(name="b", wire="B"), _member(name="a", wire="A"))
    lines = [line.strip() for line in operation_docstring(_operation(), members).splitlines()]
    assert lines.index("b: Id of the book.") < lines.index("a: Id of the book.")


def test_a_method_without_parameters_has_no_arguments_section():
    assert "Args:" not in operation_docstring(_operation(), ())


def test_a_method_without_errors_has_no_raises_section():
    assert "Raises:" not in operation_docstring(_operation(errors=()), ())


def test_an_unsigned_operation_says_so():
    text = operation_docstring(_operation(signed=False), ())
    assert "Sent unsigned: needs no AWS credentials." in text
    assert "Signed with" not in text


def test_an_operation_that_is_not_replayed_says_so():
    sentence = "Not sent again once the first request may have arrived."
    assert sentence in operation_docstring(_operation(replay_safe=False), ())
    assert sentence not in operation_docstring(_operation(), ())


def test_the_docstring_of_a_method_keeps_the_margin_and_has_no_trailing_spaces():
    members = (_member(doc=LONG), _member(LIMITED, name="other", wire="Other", doc=LONG))
    errors = (Error("NotFoundException", LONG, ()),)
    operation = _operation(members=members, details=LONG, replay_safe=False, errors=errors)
    lines = operation_docstring(operation, members).splitlines()
    assert max(len(line) for line in lines) <= 100
    assert [line for line in lines if line != line.rstrip()] == []
    assert " ".join(" ".join(lines).split()).count(LONG.strip()) == 4


def test_continued_lines_of_an_entry_are_indented_deeper():
    lines = operation_docstring(_operation(), (_member(doc=LONG),)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("            book_id:"))
    assert lines[start + 1].startswith(" " * 16)
    assert not lines[start + 1].startswith(" " * 17)
