"""Annotations and defaults made of the IR."""

from __future__ import annotations

import pytest

from codegen.annotations import member_annotation, member_default, parameter_annotation, plain_annotation
from codegen.docstrings import member_text
from codegen.ir import (
    EnumRef,
    Limits,
    ListOf,
    MapOf,
    Member,
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
def test_parameter_annotations_have_no_traits(kind, annotation):
    assert parameter_annotation(_member(kind)) == annotation
    assert parameter_annotation(_member(kind, required=False)) == f"{annotation} | None"


# Annotations of members


@pytest.mark.parametrize(
    ("kind", "request_", "sent", "both", "received"),
    [
        (TEXT, "str", "str", "str", "str"),
        (LIMITED, *["Annotated[str, MinLength(3)]"] * 3, "str"),
        (ENUM, "GenreType", "GenreType", "GenreType | str", "GenreType | str"),
        (BOOK, "BookType | Mapping[str, Any]", "BookType", "BookType", "BookType"),
        (ListOf(BOOK), "Sequence[BookType | Mapping[str, Any]]", *["Sequence[BookType]"] * 3),
        (
            ListOf(LIMITED, Limits(1, 5)),
            *["Annotated[Sequence[Annotated[str, MinLength(3)]], MinLength(1)]"] * 3,
            "Sequence[str]",
        ),
        (MapOf(TEXT, ENUM), *["Mapping[str, GenreType]"] * 2, *["Mapping[str, GenreType | str]"] * 2),
        (Simple(Scalar.DOCUMENT), "Document", "Document", "Document", "Document"),
    ],
    ids=["text", "limited", "enum", "structure", "structures", "limited list", "map of enum", "document"],
)
def test_requests_accept_dicts_and_responses_accept_unknown_enum_values(kind, request_, sent, both, received):
    member = _member(kind)
    assert member_annotation(member, REQUEST) == request_
    assert member_annotation(member, SENT) == sent
    assert member_annotation(member, BOTH) == both
    assert member_annotation(member, RECEIVED) == received
    assert member_annotation(member, RESPONSE) == received


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        (Simple(Scalar.INTEGER, Limits(1, 60)), "Annotated[int, Minimum(1)]"),
        (Simple(Scalar.INTEGER, Limits(0, 60)), "Annotated[int, Minimum(0)]"),
        (Simple(Scalar.FLOAT, Limits(0)), "Annotated[float, Minimum(0)]"),
        (Simple(Scalar.INTEGER, Limits(None, 60)), "int"),
        (Simple(Scalar.STRING, Limits(0, 60)), "str"),
        (Simple(Scalar.STRING, Limits(None, 60, "[a-z]+")), "str"),
        (ListOf(TEXT, Limits(0, 5)), "Sequence[str]"),
        (ListOf(TEXT, Limits(None, 5)), "Sequence[str]"),
        (Simple(Scalar.BLOB, Limits(1, 5)), "bytes"),
        (MapOf(TEXT, TEXT, Limits(1, 5)), "Mapping[str, str]"),
        (MapOf(LIMITED, LIMITED), "Mapping[Annotated[str, MinLength(3)], Annotated[str, MinLength(3)]]"),
    ],
)
def test_a_minimum_becomes_a_trait_unless_it_is_a_length_of_zero(kind, annotation):
    assert member_annotation(_member(kind), REQUEST) == annotation


@pytest.mark.parametrize("owner", [REQUEST, RESPONSE, SENT, RECEIVED])
def test_an_optional_member_may_be_none(owner):
    assert member_annotation(_member(required=False), owner) == "str | None"


def test_the_minimum_is_inside_the_optional_type():
    annotation = member_annotation(_member(LIMITED, required=False), REQUEST)
    assert annotation == "Annotated[str, MinLength(3)] | None"


def test_a_list_that_is_empty_when_missing_is_never_none():
    member = _member(ListOf(TEXT), required=False, empty_when_missing=True)
    assert member_annotation(member, RESPONSE) == "Sequence[str]"


@pytest.mark.parametrize(
    ("name", "wire"), [("book_id", "BookId"), ("class_", "Class"), ("id", "Id"), ("a_b", "AB")]
)
def test_a_derivable_wire_name_is_not_declared(name, wire):
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
def test_another_wire_name_is_declared(name, wire):
    member = _member(name=name, wire=wire)
    assert member_annotation(member, REQUEST) == f'Annotated[str, WireName("{wire}")]'


def test_the_wire_name_is_the_outermost_trait():
    member = _member(LIMITED, name="css", wire="CSS", required=False)
    assert (
        member_annotation(member, REQUEST)
        == 'Annotated[Annotated[str, MinLength(3)] | None, WireName("CSS")]'
    )


def test_allowed_negative_numbers_become_a_trait():
    member = _member(Simple(Scalar.DOCUMENT), required=False, negative_numbers=True)
    assert member_annotation(member, REQUEST) == "Annotated[Document, NEGATIVE_NUMBERS] | None"


def test_a_rare_member_has_a_trait():
    member = _member(Simple(Scalar.INTEGER), required=False, rare=True)
    assert member_annotation(member, RESPONSE) == "Annotated[int | None, RARE]"
    member = _member(Simple(Scalar.INTEGER), name="css", wire="CSS", required=False, rare=True)
    assert member_annotation(member, RESPONSE) == 'Annotated[int | None, WireName("CSS"), RARE]'


@pytest.mark.parametrize(
    ("kind", "facts", "annotation"),
    [
        (LIMITED, {"required": True}, "str"),
        (LIMITED, {"required": False}, "str | None"),
        (ListOf(BOOK), {"required": False, "empty_when_missing": True}, "Sequence[BookType]"),
        (ENUM, {"required": True, "name": "css", "wire": "CSS", "rare": True}, "GenreType | str"),
        (LIMITED, {"required": False, "takes_mapping": True}, "str | AttributeMapping | None"),
    ],
)
def test_plain_annotations_have_no_traits(kind, facts, annotation):
    assert plain_annotation(_member(kind, **facts), RESPONSE) == annotation


def test_the_plain_annotation_of_an_enum_that_is_only_sent_is_closed():
    assert plain_annotation(_member(ENUM), SENT) == "GenreType"


ATTRIBUTE_LIST = ListOf(StructureRef("AttributeType"))


@pytest.mark.parametrize(("required", "end"), [(True, ""), (False, " | None")])
def test_a_list_of_attributes_accepts_a_mapping(required, end):
    member = _member(ATTRIBUTE_LIST, required=required, takes_mapping=True)
    listed = "Sequence[AttributeType | Mapping[str, Any]]"
    assert (
        member_annotation(member, REQUEST) == f"Annotated[{listed} | AttributeMapping, ACCEPTS_MAPPING]{end}"
    )
    listed = listed.replace("AttributeType", "types.AttributeType")
    assert parameter_annotation(member) == f"{listed} | types.AttributeMapping{end}"
    assert member_text(member).startswith("Id of the book. Also accepts a mapping of names to values: True ")


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
def test_defaults_and_masks(kind, facts, default):
    assert member_default(_member(kind, **facts)) == default
