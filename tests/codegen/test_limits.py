"""The table of limits: what the model states for requests."""

from __future__ import annotations

from codegen.limits import limit_table


def test_requests_stand_under_their_operation_and_have_only_members_with_limits(library) -> None:
    table = limit_table(library.build())
    assert table["GetBook"] == {"BookId": ("book_id", False, ("text", 3, 12, r"[\w-]+"))}
    assert table["ListBooks"] == {
        "MaxResults": ("max_results", False, ("number", 0, 60)),
        "NextToken": ("next_token", False, ("text", 1, None, None)),
        "Shelf": ("shelf", False, ("known", "A", "B")),
    }


def test_shapes_are_rules_too_and_secrets_are_marked(library) -> None:
    table = limit_table(library.build())
    assert table["BorrowBook"]["Card"] == ("card", False, ("shape", "CardType"))
    assert table["CardType"]["Pin"] == ("pin", True, ("text", 4, None, None))
    assert "BookType" not in table  # only received


def test_lists_and_maps_have_rules_for_their_parts(library) -> None:
    library.shapes["BorrowBookRequest"]["members"] |= {
        "Book": {"shape": "BookType"},
        "Free": {"shape": "FreeListType"},
        "Loose": {"shape": "LooseMapType"},
        "Box": {"shape": "BoxType"},
    }
    library.shapes["FreeListType"] = {"type": "list", "member": {"shape": "MessageType"}}
    library.shapes["LooseMapType"] = {
        "type": "map",
        "key": {"shape": "MessageType"},
        "value": {"shape": "MessageType"},
    }
    library.shapes["BoxType"] = {"type": "structure", "members": {"Free": {"shape": "FreeListType"}}}
    table = limit_table(library.build())
    book = table["BookType"]
    assert book["Authors"] == ("authors", False, ("list", 1, 20, ("shape", "AuthorType")))
    labels = ("text", None, 200, None)
    assert book["Labels"] == ("labels", False, ("map", None, 10, labels, labels))
    assert not book.keys() & {"Cover", "AddedAt", "Extra", "Price", "Available"}
    assert not table["BorrowBook"].keys() & {"Free", "Loose", "Box"}


def test_limits_that_the_service_does_not_have_are_left_out(library) -> None:
    library.overrides["undocumented_limits"] = {
        "BookIdType": "the service has another",
        "PageSizeType": "as above",
    }
    table = limit_table(library.build())
    assert "GetBook" not in table
    assert "MaxResults" not in table["ListBooks"]
