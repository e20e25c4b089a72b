"""An example service, a lending library, in the formats of botocore and of our inputs."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from codegen.build import build_api
from codegen.ir import Api, Member, ModelError, Operation, Structure
from codegen.load import Inputs, Sources
from codegen.quotas import operations_without_quota

_SHAPES: dict[str, Any] = {
    # Requests and responses
    "BorrowBookRequest": {
        "type": "structure",
        "required": ["BookId", "Card"],
        "members": {
            "BookId": {"shape": "BookIdType"},
            "Card": {"shape": "CardType"},
        },
    },
    "BorrowBookResponse": {
        "type": "structure",
        "members": {"LoanId": {"shape": "LoanIdType"}, "Book": {"shape": "BookType"}},
    },
    "GetBookRequest": {
        "type": "structure",
        "required": ["BookId"],
        "members": {"BookId": {"shape": "BookIdType"}, "WithCover": {"shape": "BooleanType"}},
    },
    "GetBookResponse": {"type": "structure", "members": {"Book": {"shape": "BookType"}}},
    "ListBooksRequest": {
        "type": "structure",
        "members": {
            "MaxResults": {"shape": "PageSizeType"},
            "NextToken": {"shape": "NextTokenType"},
            "Shelf": {"shape": "ShelfType"},
        },
    },
    "ListBooksResponse": {
        "type": "structure",
        "members": {"Books": {"shape": "BookListType"}, "NextToken": {"shape": "NextTokenType"}},
    },
    "ReturnBookRequest": {
        "type": "structure",
        "required": ["LoanId"],
        "members": {"LoanId": {"shape": "LoanIdType"}},
    },
    # Nested
    "AuthorType": {
        "type": "structure",
        "required": ["Name"],
        "members": {"Name": {"shape": "NameType"}, "Born": {"shape": "DateType"}},
    },
    "BookType": {
        "type": "structure",
        "members": {
            "BookId": {"shape": "BookIdType"},
            "Title": {"shape": "NameType"},
            "Genre": {"shape": "GenreType"},
            "Authors": {"shape": "AuthorListType"},
            "Labels": {"shape": "LabelMapType"},
            "Cover": {"shape": "CoverType"},
            "AddedAt": {"shape": "DateType"},
            "Extra": {"shape": "ExtraType"},
            "Pages": {"shape": "PagesType"},
            "Price": {"shape": "PriceType"},
            "Available": {"shape": "BooleanType"},
            "OldNumber": {"shape": "NameType", "deprecated": True},
        },
    },
    "CardType": {
        "type": "structure",
        "required": ["Number", "Pin"],
        "members": {"Number": {"shape": "CardNumberType"}, "Pin": {"shape": "PinType"}},
    },
    # Values
    "AuthorListType": {"type": "list", "member": {"shape": "AuthorType"}, "min": 1, "max": 20},
    "BookIdType": {"type": "string", "min": 3, "max": 12, "pattern": r"[\w-]+"},
    "BookListType": {"type": "list", "member": {"shape": "BookType"}},
    "BooleanType": {"type": "boolean"},
    "CardNumberType": {"type": "string", "min": 8, "max": 8, "sensitive": True},
    "CoverType": {"type": "blob", "max": 4096},
    "DateType": {"type": "timestamp"},
    "ExtraType": {"type": "structure", "members": {}, "document": True},
    "GenreType": {"type": "string", "enum": ["FICTION", "SCIENCE", "CHILDREN"]},
    "LabelMapType": {"type": "map", "key": {"shape": "NameType"}, "value": {"shape": "NameType"}, "max": 10},
    "LoanIdType": {"type": "string", "min": 1},
    "MessageType": {"type": "string"},
    "NameType": {"type": "string", "max": 200},
    "NextTokenType": {"type": "string", "min": 1},
    "PageSizeType": {"type": "integer", "min": 0, "max": 60},
    "PagesType": {"type": "long", "min": 1},
    "PinType": {"type": "string", "min": 4, "sensitive": True},
    "PriceType": {"type": "double"},
    "ShelfType": {"type": "string", "enum": ["A", "B"]},
    # Errors
    "CardBlockedException": {
        "type": "structure",
        "members": {"message": {"shape": "MessageType"}, "reasonCode": {"shape": "MessageType"}},
        "exception": True,
    },
    "NotFoundException": {
        "type": "structure",
        "members": {"Message": {"shape": "MessageType"}},
        "exception": True,
    },
}

_RULES: dict[str, Any] = {
    "version": "1.0",
    "parameters": {
        "Region": {"type": "string"},
        "UseFIPS": {"type": "boolean"},
        "UseDualStack": {"type": "boolean"},
        "Endpoint": {"type": "string"},
    },
    "rules": [
        {
            "conditions": [{"fn": "isSet", "argv": [{"ref": "Endpoint"}]}],
            "endpoint": {"url": {"ref": "Endpoint"}, "properties": {}, "headers": {}},
            "type": "endpoint",
        },
        {
            "conditions": [
                {"fn": "isSet", "argv": [{"ref": "Region"}]},
                {"fn": "booleanEquals", "argv": [{"ref": "UseFIPS"}, True]},
                {"fn": "booleanEquals", "argv": [{"ref": "UseDualStack"}, True]},
            ],
            "endpoint": {"url": "https://library-fips.{Region}.example", "properties": {}, "headers": {}},
            "type": "endpoint",
        },
        {
            "conditions": [{"fn": "isSet", "argv": [{"ref": "Region"}]}],
            "endpoint": {"url": "https://library.{Region}.example", "properties": {}, "headers": {}},
            "type": "endpoint",
        },
        {"conditions": [], "error": "Invalid Configuration: Missing Region", "type": "error"},
    ],
}

_PARTITIONS: dict[str, Any] = {
    "partitions": [
        {
            "id": "aws",
            "regionRegex": r"^(us|eu)\-\w+\-\d+$",
            "regions": {"aws-global": {}, "eu-west-1": {}},
            "outputs": {
                "name": "aws",
                "dnsSuffix": "amazonaws.com",
                "dualStackDnsSuffix": "api.aws",
                "supportsFIPS": True,
                "supportsDualStack": True,
            },
        }
    ]
}

_QUOTAS: dict[str, Any] = {
    "sources": {"rules": "https://library.example/rules"},
    "categories": {
        "BookRead": {
            "rate": 20,
            "adjustable": True,
            "source": "rules",
            "operations": ["GetBook", "ListBooks"],
        },
        "Lending": {
            "rate": 5,
            "per_pool": 2,
            "adjustable": False,
            "source": "rules",
            "operations": ["BorrowBook"],
        },
        "Returns": {"rate": 1, "adjustable": False, "source": "rules", "operations": []},
    },
    "challenges": {"operations": ["BorrowBook"], "factor": 3, "categories": {"LATE": "Returns"}},
    "unlisted": [{"reason": "the rules do not say", "operations": ["ReturnBook"]}],
}


class Library:
    """A model and inputs that match it; a test changes them and then builds.

    ``inputs`` adds missing texts, so that a test that adds a shape does not have to write any. A test of
    texts calls ``write_texts()`` itself and sets ``complete_texts`` to False.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, Any] = copy.deepcopy(_SHAPES)
        self.operations: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {"endpointPrefix": "library", "targetPrefix": "LibraryService"}
        self.areas: dict[str, Any] = {
            "books": {"title": "Books", "operations": []},
            "lending": {"title": "Borrowing and returning", "operations": []},
        }
        self.overrides: dict[str, Any] = {
            "names": {},
            "always_present": {},
            "secrets": {"masked": ["PinType"], "shown": ["CardNumberType"], "unmarked": {}},
            "negative_numbers": {},
            "rare": {},
            "not_idempotent": {},
            "undocumented_limits": {},
            "endpoint_errors": [{"words": ["Missing Region"], "message": "no region given"}],
        }
        self.botocore_paginators: dict[str, Any] = {
            "ListBooks": {
                "input_token": "NextToken",
                "output_token": "NextToken",
                "limit_key": "MaxResults",
                "result_key": "Books",
            }
        }
        self.paginators: dict[str, Any] = {}
        self.operation_texts: dict[str, Any] = {}
        self.member_texts: dict[str, Any] = {"members": {}, "shapes": {}}
        self.shape_texts: dict[str, Any] = {}
        self.error_texts: dict[str, Any] = {}
        self.rules: dict[str, Any] = copy.deepcopy(_RULES)
        self.partitions: dict[str, Any] = copy.deepcopy(_PARTITIONS)
        self.quotas: dict[str, Any] = copy.deepcopy(_QUOTAS)
        self.map_keys: dict[str, Any] = {}
        self.complete_texts = True
        self.complete_quotas = True
        self.add_operation("GetBook", "books", errors=["NotFoundException"])
        self.add_operation("ListBooks", "books")
        self.add_operation(
            "BorrowBook", "lending", errors=["NotFoundException", "CardBlockedException"], authtype="none"
        )
        self.add_operation("ReturnBook", "lending", errors=["NotFoundException"])

    # Changes

    def add_operation(self, name: str, area: str, *, errors: list[str] | None = None, **facts: Any) -> None:
        """Add an operation, and its request without members unless it exists; an existing response is used."""
        self.shapes.setdefault(f"{name}Request", {"type": "structure", "members": {}})
        operation: dict[str, Any] = {
            "name": name,
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": f"{name}Request"},
            "errors": [{"shape": error} for error in errors or ["NotFoundException"]],
            **facts,
        }
        if f"{name}Response" in self.shapes:
            operation["output"] = {"shape": f"{name}Response"}
        self.operations[name] = operation
        self.areas[area]["operations"].append(name)

    def add_member(self, owner: str, wire: str, shape: str = "NameType", **facts: Any) -> None:
        """Add a member to a structure; create the structure if it is missing."""
        structure = self.shapes.setdefault(owner, {"type": "structure", "members": {}})
        structure["members"][wire] = {"shape": shape, **facts}

    def add_attributes(self, owner: str, wire: str) -> None:
        """Add a list of attributes to a structure."""
        members = {"Name": {"shape": "BookIdType"}, "Value": {"shape": "NameType"}}
        self.shapes["AttributeType"] = {"type": "structure", "required": ["Name"], "members": members}
        self.shapes["AttributeListType"] = {"type": "list", "member": {"shape": "AttributeType"}}
        self.add_member(owner, wire, "AttributeListType")

    def write_texts(self) -> None:
        """Add all missing texts."""
        for name in self.operations:
            self.operation_texts.setdefault(name, {"summary": f"Summary of {name}."})
        reached = self._reached()
        tops = {
            operation[key]["shape"]
            for operation in self.operations.values()
            for key in ("input", "output")
            if key in operation
        }
        errors = {name for name, shape in self.shapes.items() if shape.get("exception")}
        for name in errors:
            self.error_texts.setdefault(
                name, {"summary": f"Meaning of {name}.", "advice": f"Advice for {name}."}
            )
        for name in sorted(reached | errors):
            shape = self.shapes[name]
            is_structure = shape["type"] == "structure" and not shape.get("document")
            if "enum" in shape or (is_structure and name not in tops | errors):
                self.shape_texts.setdefault(name, f"Meaning of {name}.")
            for wire in shape.get("members", {}) if is_structure else ():
                if name in errors and wire.lower() == "message":
                    continue
                if wire not in self.member_texts["shapes"].get(name, {}):
                    self.member_texts["members"].setdefault(wire, f"Meaning of {wire}.")

    def _reached(self) -> set[str]:
        """Return the shapes that requests and responses contain."""
        reached: set[str] = set()
        waiting = [
            operation[key]["shape"]
            for operation in self.operations.values()
            for key in ("input", "output")
            if key in operation
        ]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                shape = self.shapes[name]
                waiting += [member["shape"] for member in shape.get("members", {}).values()]
                waiting += [shape[key]["shape"] for key in ("member", "key", "value") if key in shape]
        return reached

    # Input and output of the generator

    @property
    def model(self) -> dict[str, Any]:
        return {"metadata": self.metadata, "operations": self.operations, "shapes": self.shapes}

    @property
    def inputs(self) -> Inputs:
        if self.complete_texts:
            self.write_texts()
        return Inputs(
            areas=self.areas,
            overrides=self.overrides,
            paginators=self.paginators,
            operation_texts=self.operation_texts,
            member_texts=self.member_texts,
            shape_texts=self.shape_texts,
            error_texts=self.error_texts,
            quotas=self._complete_quotas(),
            map_keys=self.map_keys,
        )

    def _complete_quotas(self) -> dict[str, Any]:
        """Return the quotas, with the operations that a test has added."""
        if self.complete_quotas:
            missing = operations_without_quota(self.operations, self.quotas)
            self.quotas["unlisted"][0]["operations"] += missing
        return self.quotas

    @property
    def sources(self) -> Sources:
        return Sources(
            botocore="0.0.1",
            model=self.model,
            paginators={"pagination": self.botocore_paginators},
            rules=self.rules,
            partitions=self.partitions,
        )

    def build(self) -> Api:
        return build_api(self.model, self.sources.paginators, self.inputs)

    def failure(self) -> str:
        """Return the message of the ModelError that building raises."""
        with pytest.raises(ModelError) as caught:
            self.build()
        return str(caught.value)

    def structure(self, name: str) -> Structure:
        return next(structure for structure in self.build().structures if structure.name == name)

    def member(self, owner: str, wire: str) -> Member:
        return next(member for member in self.structure(owner).members if member.wire == wire)

    def operation(self, name: str) -> Operation:
        return next(operation for operation in self.build().operations if operation.name == name)


@pytest.fixture
def library() -> Library:
    """Return an example service that the test may change."""
    return Library()


@pytest.fixture(scope="session")
def untouched_library() -> Library:
    """Return the unchanged example service; tests must not change it."""
    return Library()
