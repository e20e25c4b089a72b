"""Building the IR from a model and our inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from codegen.ir import (
    EnumRef,
    Limits,
    ListOf,
    MapOf,
    ModelError,
    Role,
    Scalar,
    Simple,
    StructureRef,
    Type,
)
from codegen.load import load_inputs

# Names


def test_members_and_operations_get_snake_case_names(library):
    assert library.member("BookType", "AddedAt").name == "added_at"
    assert library.operation("GetBook").method == "get_book"


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("UserPoolId", "user_pool_id"),
        ("CSSVersion", "css_version"),
        ("SMSMfa", "sms_mfa"),
        ("IdTokens", "id_tokens"),
        ("reasonCode", "reason_code"),
    ],
)
def test_runs_of_capitals_are_one_word_as_in_botocore(library, wire, name):
    library.add_member("AuthorType", wire)
    assert library.member("AuthorType", wire).name == name


@pytest.mark.parametrize(
    ("wire", "name"), [("From", "from_"), ("Class", "class_"), ("None", "none"), ("Lambda", "lambda_")]
)
def test_a_keyword_gets_an_underscore(library, wire, name):
    library.add_member("AuthorType", wire)
    assert library.member("AuthorType", wire).name == name


@pytest.mark.parametrize("wire", ["Bool", "Bytes", "Datetime", "Float", "Int", "Str"])
def test_a_name_of_a_type_in_annotations_gets_an_underscore(library, wire):
    library.add_member("AuthorType", wire)
    assert library.member("AuthorType", wire).name == f"{wire.lower()}_"


def test_a_builtin_that_no_annotation_uses_keeps_its_name(library):
    library.add_member("AuthorType", "Id")
    assert library.member("AuthorType", "Id").name == "id"


def test_the_names_table_overrides_the_rule_for_members_and_operations(library):
    library.overrides["names"] = {"AddedAt": "since", "GetBook": "book"}
    assert library.member("BookType", "AddedAt").name == "since"
    assert library.operation("GetBook").method == "book"
    assert library.member("BookType", "BookId").name == "book_id"


def test_a_name_from_the_table_gets_an_underscore_too(library):
    library.overrides["names"] = {"AddedAt": "from"}
    assert library.member("BookType", "AddedAt").name == "from_"


@pytest.mark.parametrize("wire", ["AttributeMap", "FromWire", "Operation", "ResponseMetadata", "ToWire"])
def test_a_member_with_the_name_of_an_attribute_of_every_shape_fails(library, wire):
    library.add_member("AuthorType", wire)
    assert f"AuthorType.{wire}" in library.failure()
    assert "[names]" in library.failure()


def test_a_reserved_member_is_built_under_another_name(library):
    library.add_member("AuthorType", "Operation")
    library.overrides["names"] = {"Operation": "operation_name"}
    assert library.member("AuthorType", "Operation").name == "operation_name"


def test_two_members_with_the_same_python_name_fail(library):
    library.add_member("AuthorType", "PenName")
    library.add_member("AuthorType", "penName")
    assert re.search("AuthorType.*(PenName|penName)", library.failure())


# Required members, always present members, results of lists


def test_a_required_member_is_required(library):
    assert library.member("GetBookRequest", "BookId").required
    assert library.member("AuthorType", "Name").required


def test_a_member_that_is_not_required_is_optional(library):
    member = library.member("GetBookRequest", "WithCover")
    assert not member.required
    assert not member.empty_when_missing


def test_an_always_present_member_is_required(library):
    assert not library.member("GetBookResponse", "Book").required
    library.overrides["always_present"] = {"GetBookResponse": ["Book"]}
    assert library.member("GetBookResponse", "Book").required


@pytest.mark.parametrize("wire", ["Authors", "Labels"])
def test_an_always_present_list_or_map_is_empty_when_missing(library, wire):
    library.overrides["always_present"] = {"BookType": [wire]}
    member = library.member("BookType", wire)
    assert member.empty_when_missing
    assert not member.required


@pytest.mark.parametrize("wire", ["Authors", "Labels"])
def test_any_other_list_or_map_is_optional(library, wire):
    member = library.member("BookType", wire)
    assert not member.empty_when_missing
    assert not member.required


def test_a_required_list_stays_required(library):
    library.shapes["BookType"]["required"] = ["Authors"]
    member = library.member("BookType", "Authors")
    assert member.required
    assert not member.empty_when_missing


def test_the_list_that_a_list_operation_returns_is_empty_when_missing(library):
    assert library.member("ListBooksResponse", "Books").empty_when_missing
    token = library.member("ListBooksResponse", "NextToken")
    assert not token.empty_when_missing
    assert not token.required


def test_the_list_of_an_admin_list_operation_is_empty_when_missing(library):
    library.add_member("AdminListBooksResponse", "Books", "BookListType")
    library.add_operation("AdminListBooks", "books")
    assert library.member("AdminListBooksResponse", "Books").empty_when_missing


def test_a_list_in_the_response_of_another_operation_may_be_missing(library):
    library.add_member("GetBookResponse", "Similar", "BookListType")
    assert not library.member("GetBookResponse", "Similar").empty_when_missing


def test_a_list_in_the_request_of_a_list_operation_may_be_missing(library):
    library.add_member("ListBooksRequest", "Authors", "AuthorListType")
    assert not library.member("ListBooksRequest", "Authors").empty_when_missing


def test_a_list_in_a_nested_shape_named_like_a_response_may_be_missing(library):
    library.add_member("ListEntryResponse", "Authors", "AuthorListType")
    library.add_member("BookType", "Entry", "ListEntryResponse")
    assert not library.member("ListEntryResponse", "Authors").empty_when_missing


# Types


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ("BookId", Simple(Scalar.STRING, Limits(3, 12, r"[\w-]+"))),
        ("Genre", EnumRef("GenreType", ("FICTION", "SCIENCE", "CHILDREN"))),
        ("Authors", ListOf(StructureRef("AuthorType"), Limits(1, 20))),
        (
            "Labels",
            MapOf(
                Simple(Scalar.STRING, Limits(maximum=200)),
                Simple(Scalar.STRING, Limits(maximum=200)),
                Limits(maximum=10),
            ),
        ),
        ("Cover", Simple(Scalar.BLOB, Limits(maximum=4096))),
        ("AddedAt", Simple(Scalar.TIMESTAMP)),
        ("Extra", Simple(Scalar.DOCUMENT)),
        ("Pages", Simple(Scalar.INTEGER, Limits(1))),
        ("Price", Simple(Scalar.FLOAT)),
        ("Available", Simple(Scalar.BOOLEAN)),
    ],
)
def test_shape_types_become_types_of_the_ir(library, wire, expected):
    assert library.member("BookType", wire).type == expected


@pytest.mark.parametrize(
    ("kind", "scalar"), [("integer", Scalar.INTEGER), ("float", Scalar.FLOAT), ("boolean", Scalar.BOOLEAN)]
)
def test_every_type_of_number_is_supported(library, kind, scalar):
    library.shapes["OtherType"] = {"type": kind}
    library.add_member("AuthorType", "Other", "OtherType")
    assert library.member("AuthorType", "Other").type == Simple(scalar)


def test_an_unknown_shape_type_fails_with_the_shape_and_the_type(library):
    library.shapes["WeightType"] = {"type": "bigdecimal"}
    library.add_member("BookType", "Weight", "WeightType")
    assert "WeightType" in library.failure()
    assert "bigdecimal" in library.failure()


def test_a_document_becomes_no_class(library):
    assert "ExtraType" not in {structure.name for structure in library.build().structures}


def test_a_deprecated_member_is_marked(library):
    assert library.member("BookType", "OldNumber").deprecated
    assert not library.member("BookType", "BookId").deprecated


def test_negative_numbers_are_allowed_only_in_the_listed_documents(library):
    library.add_member("AuthorType", "Extra", "ExtraType")
    library.overrides["negative_numbers"] = {"BookType.Extra": "reason"}
    assert library.member("BookType", "Extra").negative_numbers
    assert not library.member("AuthorType", "Extra").negative_numbers


def test_a_rare_member_is_marked(library):
    library.overrides["rare"] = {"BookType.OldNumber": "reason"}
    assert library.member("BookType", "OldNumber").rare
    assert not library.member("BookType", "BookId").rare


# Secrets


def test_a_masked_shape_is_secret_and_a_shown_one_is_not(library):
    assert library.member("CardType", "Pin").secret
    assert not library.member("CardType", "Number").secret


@pytest.mark.parametrize("entry", ["NameType", "BookType.Title"])
def test_a_shape_or_member_listed_as_unmarked_is_secret(library, entry):
    assert not library.member("BookType", "Title").secret
    library.overrides["secrets"]["unmarked"] = {entry: "reason"}
    assert library.member("BookType", "Title").secret


def test_an_unmarked_member_does_not_affect_other_members_of_the_same_shape(library):
    library.overrides["secrets"]["unmarked"] = {"BookType.Title": "reason"}
    assert not library.member("AuthorType", "Name").secret


def test_a_request_masks_a_structure_that_holds_a_secret(library):
    assert library.member("BorrowBookRequest", "Card").holds_secrets
    assert not library.member("BorrowBookRequest", "BookId").holds_secrets


def test_a_nested_structure_holds_the_secrets_of_inner_structures(library):
    library.add_member("BookType", "Card", "CardType")
    assert library.member("BookType", "Card").holds_secrets


def test_a_request_does_not_mask_a_structure_without_secrets(library):
    library.add_member("GetBookRequest", "Author", "AuthorType")
    assert not library.member("GetBookRequest", "Author").holds_secrets


def test_a_request_masks_a_structure_with_a_secret_at_any_depth(library):
    library.add_member("WalletType", "Card", "CardType")
    library.add_member("GetBookRequest", "Wallet", "WalletType")
    assert library.member("GetBookRequest", "Wallet").holds_secrets


@pytest.mark.parametrize(
    "collection",
    [
        {"type": "list", "member": {"shape": "CardType"}},
        {"type": "map", "key": {"shape": "NameType"}, "value": {"shape": "CardType"}},
    ],
    ids=["list", "map"],
)
def test_a_request_masks_a_collection_of_structures_that_hold_a_secret(library, collection):
    library.shapes["CardsType"] = collection
    library.add_member("GetBookRequest", "Cards", "CardsType")
    assert library.member("GetBookRequest", "Cards").holds_secrets


def test_an_undecided_sensitive_shape_fails_even_when_nothing_uses_it(library):
    library.shapes["FingerprintType"] = {"type": "string", "sensitive": True}
    assert "FingerprintType" in library.failure()
    assert "[secrets]" in library.failure()


def test_a_sensitive_shape_listed_as_unmarked_is_still_undecided(library):
    library.shapes["FingerprintType"] = {"type": "string", "sensitive": True}
    library.overrides["secrets"]["unmarked"] = {"FingerprintType": "reason"}
    assert "FingerprintType" in library.failure()


# Areas


def test_an_operation_is_in_the_area_that_lists_it(library):
    assert library.operation("GetBook").area == "books"
    assert library.operation("ReturnBook").area == "lending"


def test_shapes_of_one_area_stay_in_it(library):
    assert library.structure("CardType").area == "lending"
    assert library.structure("GetBookRequest").area == "books"


def test_shapes_of_several_areas_go_to_common(library):
    assert library.structure("BookType").area == "common"
    assert library.structure("AuthorType").area == "common"


def test_shapes_of_two_operations_of_one_area_stay_in_it(library):
    library.add_member("RoomType", "Name")
    library.add_member("ListBooksResponse", "Room", "RoomType")
    library.add_member("GetBookResponse", "Room", "RoomType")
    assert library.structure("RoomType").area == "books"


def test_enums_go_where_they_are_used(library):
    areas = {enum.name: enum.area for enum in library.build().enums}
    assert areas == {"GenreType": "common", "ShelfType": "books"}


def test_enums_keep_the_order_of_their_values(library):
    enum = next(enum for enum in library.build().enums if enum.name == "GenreType")
    assert enum.values == ("FICTION", "SCIENCE", "CHILDREN")


def test_an_unused_enum_is_omitted(library):
    library.shapes["ColorType"] = {"type": "string", "enum": ["RED"]}
    assert "ColorType" not in {enum.name for enum in library.build().enums}


def test_common_is_the_last_area(library):
    areas = library.build().areas
    assert [area.name for area in areas] == ["books", "lending", "common"]
    assert areas[1].title == "Borrowing and returning"


def test_all_operations_without_an_area_are_in_one_message(library):
    library.areas["books"]["operations"] = []
    assert "GetBook, ListBooks" in library.failure()


def test_an_area_with_an_unknown_operation_fails(library):
    library.areas["lending"]["operations"].append("StealBook")
    assert "lending" in library.failure()
    assert "StealBook" in library.failure()


def test_an_operation_in_two_areas_fails_with_both(library):
    library.areas["lending"]["operations"].append("GetBook")
    assert "GetBook is in books and in lending" in library.failure()


def test_an_operation_twice_in_one_area_fails(library):
    library.areas["books"]["operations"].append("GetBook")
    assert "GetBook is in books and in books" in library.failure()


@pytest.mark.parametrize("name", ["common", "pagination"])
def test_an_area_with_a_reserved_name_fails(library, name):
    library.areas[name] = library.areas.pop("lending")
    assert library.failure().startswith(f"areas.toml: {name} is reserved for")


# Structures


def _references(kind: Type) -> Iterator[str]:
    match kind:
        case StructureRef(name):
            yield name
        case ListOf(item):
            yield from _references(item)
        case MapOf(key, value):
            yield from _references(key)
            yield from _references(value)
        case _:
            pass


def test_each_structure_uses_only_earlier_ones(library):
    library.add_member("ZooType", "Authors", "AuthorListType")
    library.add_member("AuthorType", "Birthplace", "TownType")
    library.add_member("TownType", "Name")
    library.shapes["ZooMapType"] = {
        "type": "map",
        "key": {"shape": "NameType"},
        "value": {"shape": "ZooType"},
    }
    library.add_member("GetBookResponse", "Zoos", "ZooMapType")
    seen: set[str] = set()
    used: set[str] = set()
    for structure in library.build().structures:
        references = {name for member in structure.members for name in _references(member.type)}
        assert references <= seen, structure.name
        used |= references
        seen.add(structure.name)
    assert {"AuthorType", "BookType", "CardType", "TownType", "ZooType"} == used


def test_a_response_comes_before_its_request(library):
    names = [structure.name for structure in library.build().structures]
    for operation in ("BorrowBook", "GetBook", "ListBooks"):
        assert names.index(f"{operation}Response") < names.index(f"{operation}Request")


def test_each_structure_occurs_once(library):
    names = [structure.name for structure in library.build().structures]
    assert sorted(names) == sorted(
        [
            *("BorrowBookRequest", "BorrowBookResponse", "GetBookRequest", "GetBookResponse"),
            *("ListBooksRequest", "ListBooksResponse", "ReturnBookRequest"),
            *("AuthorType", "BookType", "CardType"),
        ]
    )


def test_structures_have_a_role(library):
    roles = {structure.name: structure.role for structure in library.build().structures}
    assert roles["GetBookRequest"] is Role.REQUEST
    assert roles["GetBookResponse"] is Role.RESPONSE
    assert roles["BookType"] is Role.NESTED


def test_structures_are_marked_as_sent_and_received(library):
    library.add_member("GetBookRequest", "Author", "AuthorType")
    reach = {structure.name: (structure.sent, structure.received) for structure in library.build().structures}
    assert reach["CardType"] == (True, False)
    assert reach["BookType"] == (False, True)
    assert reach["AuthorType"] == (True, True)


def test_members_keep_the_order_of_the_model(library):
    wires = [member.wire for member in library.structure("BookType").members]
    assert wires == list(library.shapes["BookType"]["members"])


def test_a_recursive_structure_fails_with_the_path(library):
    library.add_member("AuthorType", "Teacher", "AuthorType")
    assert "AuthorType -> AuthorType" in library.failure()


def test_a_structure_that_is_recursive_through_lists_and_maps_fails_with_the_path(library):
    library.shapes["ShelfMapType"] = {
        "type": "map",
        "key": {"shape": "NameType"},
        "value": {"shape": "BookListType"},
    }
    library.add_member("AuthorType", "Works", "ShelfMapType")
    expected = "BookType -> AuthorListType -> AuthorType -> ShelfMapType -> BookListType -> BookType"
    assert expected in library.failure()


def test_a_shape_that_two_members_use_is_not_recursive(library):
    library.add_member("BookType", "Editor", "AuthorType")
    assert library.member("BookType", "Editor").type == StructureRef("AuthorType")


def test_a_request_shape_of_two_operations_fails(library):
    library.operations["ReturnBook"]["input"] = {"shape": "GetBookRequest"}
    assert "GetBookRequest" in library.failure()
    assert "ReturnBook" in library.failure()


# Operations


def test_an_operation_has_its_request_and_its_response(library):
    operation = library.operation("GetBook")
    assert operation.request.name == "GetBookRequest"
    assert operation.response is not None
    assert operation.response.name == "GetBookResponse"


def test_an_operation_without_output_has_no_response(library):
    assert library.operation("ReturnBook").response is None


def test_an_operation_without_input_fails_with_its_name(library):
    del library.operations["GetBook"]["input"]
    with pytest.raises(ModelError, match="GetBook"):
        library.build()


@pytest.mark.parametrize("name", ["Close", "Send"])
def test_an_operation_with_the_name_of_a_method_of_the_client_fails(library, name):
    library.add_operation(name, "books")
    assert name in library.failure()


def test_an_operation_is_signed_unless_its_authtype_is_none(library):
    assert not library.operation("BorrowBook").signed
    assert library.operation("GetBook").signed
    library.operations["GetBook"]["authtype"] = "v4"
    assert library.operation("GetBook").signed


def test_operations_in_not_idempotent_are_not_idempotent(library):
    library.overrides["not_idempotent"] = {"BorrowBook": "reason"}
    assert not library.operation("BorrowBook").idempotent
    assert library.operation("ReturnBook").idempotent


def test_an_operation_raises_its_errors_in_alphabetical_order(library):
    names = [error.name for error in library.operation("BorrowBook").errors]
    assert names == ["CardBlockedException", "NotFoundException"]


def test_an_error_that_the_model_lists_twice_is_listed_once(library):
    library.operations["GetBook"]["errors"] *= 2
    assert [error.name for error in library.operation("GetBook").errors] == ["NotFoundException"]


def test_operations_are_in_alphabetical_order(library):
    names = [operation.name for operation in library.build().operations]
    assert names == ["BorrowBook", "GetBook", "ListBooks", "ReturnBook"]


def test_an_operation_has_the_url_of_its_page_in_the_reference_of_aws(library):
    assert library.operation("GetBook").url.endswith("/API_GetBook.html")


@pytest.mark.parametrize(
    "http", [{"method": "GET", "requestUri": "/"}, {"method": "POST", "requestUri": "/b"}]
)
def test_an_operation_that_is_not_a_post_to_the_root_fails(library, http):
    library.operations["GetBook"]["http"] = http
    assert "GetBook" in library.failure()
    assert str(http) in library.failure()


# Errors


def test_every_exception_becomes_an_error_even_when_no_operation_raises_it(library):
    library.shapes["FireException"] = {"type": "structure", "members": {}, "exception": True}
    names = [error.name for error in library.build().errors]
    assert names == ["CardBlockedException", "FireException", "NotFoundException"]


def test_an_error_has_all_members_except_the_message(library):
    members = {error.name: [m.name for m in error.members] for error in library.build().errors}
    assert members == {"CardBlockedException": ["reason_code"], "NotFoundException": []}


@pytest.mark.parametrize("wire", ["Code", "Status", "Members", "RequestId", "Args"])
def test_an_error_member_with_the_name_of_an_attribute_of_every_error_fails(library, wire):
    library.add_member("CardBlockedException", wire, "MessageType")
    assert f"CardBlockedException.{wire}" in library.failure()


@pytest.mark.parametrize("shape", ["AuthorListType", "LabelMapType", "AuthorType", "GenreType"])
def test_an_error_member_that_is_not_a_simple_value_fails(library, shape):
    library.add_member("CardBlockedException", "Details", shape)
    assert "CardBlockedException.Details" in library.failure()


def test_two_members_of_an_error_with_the_same_python_name_fail(library):
    library.add_member("CardBlockedException", "ReasonCode", "MessageType")
    assert "reason_code" in library.failure()
    assert "CardBlockedException" in library.failure()


# The service


def test_the_signing_name_is_the_endpoint_prefix_unless_the_model_says_otherwise(library):
    assert library.build().signing_name == "library"
    library.metadata["signingName"] = "books"
    assert library.build().signing_name == "books"


def test_the_target_prefix_comes_from_the_model(library):
    assert library.build().target_prefix == "LibraryService"


def test_the_counts_are_those_of_the_model(library):
    counts = {"operations": 4, "shapes": len(library.shapes), "structures": 10, "errors": 2, "paginators": 1}
    assert library.build().counts == counts


# Stale overrides


@pytest.mark.parametrize(
    ("table", "value", "culprit"),
    [
        ("always_present", {"GoneType": ["Name"]}, "[always_present]: the model has no shape GoneType"),
        ("always_present", {"BookType": ["Gone"]}, "[always_present]: BookType has no member Gone"),
        ("negative_numbers", {"GoneType.Extra": ""}, "[negative_numbers]: the model has no shape GoneType"),
        ("negative_numbers", {"BookType.Gone": ""}, "[negative_numbers]: BookType has no member Gone"),
        ("rare", {"GoneType.Extra": ""}, "[rare]: the model has no shape GoneType"),
        ("rare", {"BookType.Gone": ""}, "[rare]: BookType has no member Gone"),
        ("not_idempotent", {"StealBook": ""}, "[not_idempotent]: the model has no operation StealBook"),
    ],
)
def test_a_stale_override_fails(library, table, value, culprit):
    library.overrides[table] = value
    assert culprit in library.failure()


@pytest.mark.parametrize(
    ("table", "value", "culprit"),
    [
        ("masked", ["PinType", "GoneType"], "the model has no shape GoneType"),
        ("shown", ["CardNumberType", "GoneType"], "the model has no shape GoneType"),
        ("unmarked", {"GoneType": ""}, "[secrets.unmarked]: the model has no shape GoneType"),
        ("unmarked", {"GoneType.Pin": ""}, "[secrets.unmarked]: the model has no shape GoneType"),
        ("unmarked", {"CardType.Gone": ""}, "[secrets.unmarked]: CardType has no member Gone"),
    ],
)
def test_a_stale_secret_fails(library, table, value, culprit):
    library.overrides["secrets"][table] = value
    assert culprit in library.failure()


@pytest.mark.parametrize("wire", ["GetBook", "AddedAt", "reasonCode"])
def test_a_name_of_an_operation_a_member_or_an_error_member_is_not_stale(library, wire):
    library.overrides["names"] = {wire: "another_name"}
    api = library.build()
    parts = (*api.structures, *api.errors)
    names = {member.name for part in parts for member in part.members}
    assert "another_name" in names | {operation.method for operation in api.operations}


def test_negative_numbers_without_a_member_fail(library):
    library.overrides["negative_numbers"] = {"ExtraType": "reason"}
    assert "[negative_numbers]: ExtraType" in library.failure()


def test_a_stale_name_fails(library):
    library.overrides["names"] = {"GoneMember": "gone"}
    assert "GoneMember" in library.failure()


# Input files


def test_a_missing_input_file_fails_with_its_path(tmp_path):
    with pytest.raises(ModelError, match=re.escape(str(tmp_path / "areas.toml"))):
        load_inputs(tmp_path)


def test_an_input_file_that_is_not_toml_fails_with_its_path(tmp_path):
    (tmp_path / "areas.toml").write_text("[books\n", encoding="utf-8")
    with pytest.raises(ModelError, match=re.escape(str(tmp_path / "areas.toml"))):
        load_inputs(tmp_path)


# Attributes


def test_a_list_of_attributes_in_a_request_accepts_a_mapping(library):
    library.add_attributes("GetBookRequest", "BookAttributes")
    assert library.member("GetBookRequest", "BookAttributes").takes_mapping
    assert not library.member("GetBookRequest", "BookId").takes_mapping
    assert library.structure("GetBookRequest").attribute_list == ""


@pytest.mark.parametrize("owner", ["GetBookResponse", "BookType"])
def test_a_list_of_attributes_in_a_response_is_available_as_a_mapping(library, owner):
    library.add_attributes(owner, "BookAttributes")
    assert library.structure(owner).attribute_list == "book_attributes"
    assert not library.member(owner, "BookAttributes").takes_mapping
    assert library.structure("AuthorType").attribute_list == ""


def test_two_lists_of_attributes_in_one_structure_fail(library):
    library.add_attributes("BookType", "BookAttributes")
    library.add_attributes("BookType", "OtherAttributes")
    message = library.failure()
    assert message == (
        "BookType: it has several lists of attributes, book_attributes, other_attributes; only one is supported"
    )


# Common errors


def test_an_error_of_most_operations_of_a_kind_is_common_to_them(library):
    library.add_operation("CountBooks", "books", errors=["CardBlockedException"])
    for name in ("GetBook", "ListBooks", "ReturnBook"):  # signed, as CountBooks is; BorrowBook is not
        operation = library.operation(name)
        assert [error.name for error in operation.errors] == ["NotFoundException"]
        assert operation.common_errors == ()
    library.add_operation("SortBooks", "books")  # now 4 of 5 signed operations
    for name in ("GetBook", "ListBooks", "ReturnBook", "SortBooks"):
        assert [error.name for error in library.operation(name).common_errors] == ["NotFoundException"]
        assert library.operation(name).specific_errors == ()


def test_an_operation_has_only_common_errors_that_it_can_raise(library):
    library.add_operation("CountBooks", "books", errors=["CardBlockedException"])
    library.add_operation("SortBooks", "books")
    operation = library.operation("CountBooks")
    assert operation.common_errors == ()
    assert [error.name for error in operation.specific_errors] == ["CardBlockedException"]


def test_signed_and_unsigned_operations_have_their_own_common_errors(library):
    operation = library.operation("BorrowBook")  # the only unsigned one
    assert [error.name for error in operation.common_errors] == ["CardBlockedException", "NotFoundException"]


# Several problems


def test_all_problems_of_the_inputs_are_in_one_error(library):
    library.areas["books"]["operations"].append("StealBook")
    library.areas["books"]["operations"].remove("ListBooks")
    library.overrides["secrets"]["masked"] = []
    library.overrides["rare"] = {"GoneType.Name": "gone", "BookType.Gone": "gone"}
    assert library.failure().splitlines() == [
        "areas.toml: books lists StealBook, which the model does not have",
        "areas.toml: choose an area for ListBooks",
        "overrides.toml [rare]: the model has no shape GoneType",
        "overrides.toml [rare]: BookType has no member Gone",
        "overrides.toml [secrets]: decide whether the sensitive PinType is masked",
    ]


def test_all_shapes_that_cannot_be_built_are_in_one_error(library):
    library.shapes["NoiseType"] = {"type": "sound"}
    library.add_member("AuthorType", "Noise", "NoiseType")
    library.add_member("CardType", "Operation")
    library.add_member("CardBlockedException", "attempts")
    problems = library.failure().splitlines()
    assert len(problems) == 3
    assert {problem.partition(":")[0] for problem in problems} == {
        "NoiseType",
        "CardType.Operation",
        "CardBlockedException.attempts",
    }


def test_an_area_needs_a_title(library):
    library.areas["books"]["title"] = ""
    assert library.failure() == "areas.toml: [books] has no title"
