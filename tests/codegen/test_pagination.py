"""Paginated operations: entries, members and docstrings."""

from __future__ import annotations

import pytest

from codegen.ir import Member, Scalar, Simple, StructureRef
from codegen.load import load_inputs, load_sources
from codegen.pagination import in_signature_order, own_parameters, paginate_docstring


@pytest.fixture
def listing(library):
    """Return the entry of the only list of the library; tests may change it."""
    return library.botocore_paginators["ListBooks"]


def add_authors(library):
    """Add a list that botocore does not describe."""
    library.add_member("ListAuthorsRequest", "NextToken", "NextTokenType")
    library.add_member("ListAuthorsResponse", "NextToken", "NextTokenType")
    library.add_member("ListAuthorsResponse", "Authors", "AuthorListType")
    library.add_operation("ListAuthors", "books")


AUTHORS = {"input_token": "NextToken", "output_token": "NextToken", "result_key": "Authors"}


# Paginations


def test_a_pagination_has_the_members_that_the_entry_names(library):
    pagination = library.operation("ListBooks").pagination
    assert pagination.token.name == "next_token"
    assert pagination.limit.name == "max_results"
    assert not pagination.limit.required
    assert pagination.maximum == 60
    assert pagination.items.name == "books"
    assert pagination.item == StructureRef("BookType")


def test_a_required_limit_stays_required(library):
    library.shapes["ListBooksRequest"]["required"] = ["MaxResults"]
    assert library.operation("ListBooks").pagination.limit.required


def test_the_other_operations_have_no_pagination(library):
    operations = library.build().operations
    assert [operation.name for operation in operations if operation.pagination] == ["ListBooks"]


def test_our_entries_add_to_those_of_botocore(library):
    add_authors(library)
    library.paginators["ListAuthors"] = AUTHORS
    pagination = library.operation("ListAuthors").pagination
    assert pagination.limit is None
    assert pagination.maximum == 0
    assert pagination.item == StructureRef("AuthorType")
    assert library.operation("ListBooks").pagination is not None
    assert library.build().counts["paginators"] == 2


def test_own_parameters_exclude_those_that_select_the_page_and_begin_with_required_ones(library):
    library.add_member("ListBooksRequest", "Title")
    library.shapes["ListBooksRequest"]["required"] = ["MaxResults", "Title"]
    names = [member.name for member in own_parameters(library.operation("ListBooks"))]
    assert names == ["title", "shelf"]


def test_an_operation_without_pagination_has_no_own_parameters(library):
    assert own_parameters(library.operation("GetBook")) == []


# Decisions for a person


def test_lists_with_a_token_but_without_an_entry_fail_with_their_names(library):
    add_authors(library)
    library.botocore_paginators.clear()
    assert "add entries for ListAuthors, ListBooks" in library.failure()


@pytest.mark.parametrize("key", ["input", "output"])
def test_a_list_without_a_token_in_request_and_response_needs_no_entry(library, key):
    add_authors(library)
    owner = {"input": "ListAuthorsRequest", "output": "ListAuthorsResponse"}[key]
    del library.shapes[owner]["members"]["NextToken"]
    assert library.operation("ListAuthors").pagination is None


def test_an_operation_that_only_takes_a_token_needs_no_entry(library):
    library.add_member("ReturnBookRequest", "AccessToken")
    assert library.operation("ReturnBook").pagination is None


def test_an_entry_that_botocore_has_too_fails(library, listing):
    library.paginators["ListBooks"] = listing
    assert library.failure().endswith("botocore has an entry for ListBooks now, remove ours")


@pytest.mark.parametrize("table", ["paginators", "botocore_paginators"])
def test_an_entry_for_an_unknown_operation_fails(library, table):
    getattr(library, table)["ListGhosts"] = AUTHORS
    assert library.failure() == "paginators: the model has no operation ListGhosts"


def test_an_entry_for_an_operation_without_output_fails(library):
    library.botocore_paginators["ReturnBook"] = AUTHORS
    assert library.failure() == "paginator of ReturnBook: the operation has no output"


@pytest.mark.parametrize(
    ("key", "culprit"),
    [
        ("result_key", "ListBooksResponse has no member Gone"),
        ("limit_key", "ListBooksRequest has no member Gone"),
        ("tokens", "ListBooksRequest has no member Gone"),
    ],
)
def test_an_entry_that_names_a_missing_member_fails(library, listing, key, culprit):
    keys = ("input_token", "output_token") if key == "tokens" else (key,)
    listing.update(dict.fromkeys(keys, "Gone"))
    assert library.failure() == f"paginator of ListBooks: {culprit}"


def test_a_token_that_only_the_request_has_fails(library):
    del library.shapes["ListBooksResponse"]["members"]["NextToken"]
    assert "ListBooksResponse has no member NextToken" in library.failure()


@pytest.mark.parametrize(
    ("entry", "culprit"),
    [
        ({"more_results": "IsTruncated"}, "are supported"),
        ({"non_aggregate_keys": ["Count"]}, "are supported"),
        ({"output_token": "Marker"}, "tokens with different names are not supported"),
        ({"input_token": ["NextToken"], "output_token": ["NextToken"]}, "has no member ['NextToken']"),
        ({"result_key": "Books[].Authors"}, "ListBooksResponse has no member Books[].Authors"),
        ({"result_key": "NextToken"}, "NextToken is not a list of structures"),
        ({"limit_key": "Shelf"}, "Shelf is not a number with a maximum"),
    ],
)
def test_an_entry_that_cannot_be_rendered_fails(library, listing, entry, culprit):
    listing.update(entry)
    assert culprit in library.failure()


def test_an_entry_without_a_result_fails(library, listing):
    del listing["result_key"]
    assert "are supported" in library.failure()


def test_a_token_that_is_not_a_string_fails(library):
    library.shapes["NextTokenType"] = {"type": "integer"}
    assert library.failure() == "paginator of ListBooks: NextToken is not a string"


def test_a_limit_without_maximum_fails(library):
    del library.shapes["PageSizeType"]["max"]
    assert library.failure() == "paginator of ListBooks: MaxResults is not a number with a maximum"


def test_a_list_that_may_be_missing_fails_unless_it_is_always_present(library):
    library.add_member("FindBooksResponse", "Books", "BookListType")
    library.add_member("FindBooksResponse", "NextToken", "NextTokenType")
    library.add_member("FindBooksRequest", "NextToken", "NextTokenType")
    library.add_operation("FindBooks", "books")
    library.paginators["FindBooks"] = AUTHORS | {"result_key": "Books"}
    assert "Books may be missing; add it to [always_present]" in library.failure()
    library.overrides["always_present"] = {"FindBooksResponse": ["Books"]}
    assert library.operation("FindBooks").pagination is not None


@pytest.mark.parametrize("wire", ["PageSize", "MaxItems", "StartingToken", "Prefetch"])
def test_a_parameter_with_the_name_of_one_of_the_paginator_fails(library, wire):
    library.add_member("ListBooksRequest", wire)
    assert "every paginator has a parameter" in library.failure()


# Docstrings


def docstring(library, name):
    operation = library.operation(name)
    return " ".join(paginate_docstring(operation, own_parameters(operation)).split())


def test_the_docstring_names_every_parameter_and_the_maximum(library):
    text = docstring(library, "ListBooks")
    for name in ("shelf", "page_size", "max_items", "starting_token", "prefetch"):
        assert f" {name}: " in text
    assert "page_size: Maximum number of items on a page; by default 60" in text
    assert "next_token" not in text
    assert "API_ListBooks.html" in text


def test_the_docstring_says_that_the_service_decides_the_page_size(library):
    add_authors(library)
    library.paginators["ListAuthors"] = AUTHORS
    assert "page_size: Must be omitted: the service decides." in docstring(library, "ListAuthors")


# The real files


@pytest.mark.made_from("model", "paginators")
def test_our_entries_are_for_lists_without_an_entry_in_botocore():
    theirs = load_sources().paginators["pagination"]
    ours = load_inputs().paginators
    assert (len(theirs), len(ours)) == (11, 10)
    assert not theirs.keys() & ours.keys()


# Order of parameters


def test_a_signature_begins_with_pool_and_user_and_continues_with_required_parameters():
    names = ("filter", "group", "limit", "username", "user_pool_id")
    members = [
        Member(wire=name, name=name, type=Simple(Scalar.STRING), required=name == "group", doc="")
        for name in names
    ]
    ordered = [member.name for member in in_signature_order(members)]
    assert ordered == ["user_pool_id", "username", "group", "filter", "limit"]


def test_all_problems_of_the_entries_are_in_one_error(library):
    library.paginators |= {"ListBooks": {}, "ListGone": {}}
    library.add_member("ListLoansRequest", "NextToken", "NextTokenType")
    library.add_member("ListLoansResponse", "NextToken", "NextTokenType")
    library.add_operation("ListLoans", "lending")
    assert library.failure().splitlines() == [
        "paginators: the model has no operation ListGone",
        "paginators.toml: botocore has an entry for ListBooks now, remove ours",
        "paginators.toml: add entries for ListLoans",
    ]
