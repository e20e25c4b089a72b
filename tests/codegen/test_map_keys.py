"""Keys of maps: ``map_keys.toml`` fits the model, and becomes types and overloads."""

from __future__ import annotations

import ast
import copy

import pytest

from codegen.annotations import member_annotation, parameter_annotation
from codegen.docstrings import key_lines, key_set_text, member_docstring, operation_docstring
from codegen.load import load_inputs
from codegen.render import keyed_signature, overloads, render

KEYS = {
    "sources": {"rules": "https://library.example/keys"},
    "Slip": {
        "selector": "Genre",
        "keys": {
            "NAME": {"text": "Name of the reader.", "source": "rules"},
            "AGE": {"text": "Age of the reader.", "source": "rules"},
            "TOPIC": {"text": "Field of study.", "source": "rules"},
            "PRINTED": {"text": "Whether the slip is printed.", "source": "rules"},
        },
        "sets": [
            {"name": "FictionSlip", "values": ["FICTION"], "required": ["NAME"], "returned": ["PRINTED"]},
            {
                "name": "ScienceSlip",
                "values": ["SCIENCE"],
                "required": ["NAME", "TOPIC"],
                "optional": ["AGE"],
            },
            {"name": "ChildrenSlip", "values": ["CHILDREN"], "required": ["NAME", "AGE"]},
        ],
    },
}


@pytest.fixture
def library(library):
    """Return the example service, in which books are borrowed with a slip that depends on their genre."""
    request = library.shapes["BorrowBookRequest"]
    request["members"] |= {"Genre": {"shape": "GenreType"}, "Slip": {"shape": "LabelMapType"}}
    request["required"].append("Genre")
    library.shapes["BorrowBookResponse"]["members"]["Slip"] = {"shape": "LabelMapType"}
    library.shapes["ReturnBookRequest"]["members"]["Slip"] = {"shape": "LabelMapType"}
    library.map_keys = copy.deepcopy(KEYS)
    return library


def test_an_operation_with_the_selector_has_an_overload_for_each_set(library) -> None:
    first, second, _ = overloads(library.operation("BorrowBook"))
    assert 'genre: Literal["FICTION"]' in first
    assert "slip: types.FictionSlip | Mapping[str, str] | None = None" in first
    assert "slip: types.ScienceSlip | Mapping[str, str] | None = None" in second
    assert "book_id: str" in second


def test_an_operation_without_the_selector_accepts_the_keys_of_every_set(library) -> None:
    operation = library.operation("ReturnBook")
    assert overloads(operation) == []
    assert keyed_signature(operation) == ["loan_id: str", "slip: types.Slip | None = None"]
    # The method that runs accepts any mapping.
    assert parameter_annotation(operation.request.members[-1]) == "Mapping[str, str] | None"


def test_requests_and_responses_have_types_of_their_own(library) -> None:
    borrowing = library.operation("BorrowBook")
    assert member_annotation(library.member("BorrowBookRequest", "Slip"), borrowing.request) == "Slip | None"
    response = library.member("BorrowBookResponse", "Slip")
    assert member_annotation(response, borrowing.response) == "ReceivedSlip | None"


def test_a_map_that_is_only_received_has_known_keys_and_no_typed_dict(library, tmp_path) -> None:
    for owner in ("BorrowBookRequest", "ReturnBookRequest"):
        del library.shapes[owner]["members"]["Slip"]
    for each in library.map_keys["Slip"]["sets"]:
        del each["name"]
    library.shapes["BorrowBookResponse"]["members"]["Genre"] = {"shape": "GenreType"}
    assert library.member("BorrowBookResponse", "Slip").keyed.received_name == "Slip"
    render(library.build(), library.sources, library.overrides, tmp_path)
    text = (tmp_path / "types" / "map_keys.py").read_text(encoding="utf-8")
    assert "TypedDict)" not in text
    assert 'Slip: TypeAlias = Mapping[Literal["AGE", "NAME", "PRINTED", "TOPIC"] | str, str]' in text


def test_docstrings_list_the_keys_of_each_value(library) -> None:
    operation = library.operation("BorrowBook")
    slip = library.member("BorrowBookRequest", "Slip").keyed
    assert key_lines(slip, sent=True) == [
        "always: ``NAME``",
        "``SCIENCE``: ``TOPIC``, optional ``AGE``",
        "``CHILDREN``: ``AGE``",
    ]
    assert key_lines(slip, sent=False) == [
        "always: ``NAME``",
        "``FICTION``: ``PRINTED``",
        "``SCIENCE``: ``TOPIC``, ``AGE``",
        "``CHILDREN``: ``AGE``",
    ]
    assert "Keys by ``genre``:" in operation_docstring(operation, operation.request.members)
    assert "- ``FICTION``: ``PRINTED``" in member_docstring(
        library.member("BorrowBookResponse", "Slip"), sent=False
    )
    assert key_set_text(slip, slip.sets[0]) == "Keys of ``slip`` with the ``genre`` ``FICTION``."


def test_optional_keys_that_every_set_has_are_listed_once(library) -> None:
    for each in library.map_keys["Slip"]["sets"]:
        each["required"].remove("NAME")
        each.setdefault("optional", []).append("NAME")
    assert key_lines(library.member("BorrowBookRequest", "Slip").keyed, sent=True) == [
        "always: optional ``NAME``",
        "``SCIENCE``: ``TOPIC``, optional ``AGE``",
        "``CHILDREN``: ``AGE``",
    ]


def test_without_keys_no_module_is_written(library, tmp_path) -> None:
    library.map_keys = {}
    render(library.build(), library.sources, library.overrides, tmp_path)
    assert not list(tmp_path.rglob("map_keys.py"))
    assert not list(tmp_path.rglob("overloads.py"))


def test_the_modules_of_the_maps_are_valid_and_hidden_from_the_running_program(library, tmp_path) -> None:
    render(library.build(), library.sources, library.overrides, tmp_path)
    module = ast.parse((tmp_path / "types" / "map_keys.py").read_text(encoding="utf-8"))
    classes = [node.name for node in module.body if isinstance(node, ast.ClassDef)]
    assert classes == ["FictionSlip", "ScienceSlip", "ChildrenSlip"]
    shapes = (tmp_path / "types" / "lending.py").read_text(encoding="utf-8")
    assert "if TYPE_CHECKING:\n    from cognito_async.types.map_keys import ReceivedSlip, Slip\n" in shapes
    assert "    ReceivedSlip = Slip = Mapping[str, str]\n" in shapes
    index = (tmp_path / "operations" / "__init__.py").read_text(encoding="utf-8")
    assert index.index("OverloadedOperations,") > index.index("if TYPE_CHECKING:")
    assert index.count("OverloadedOperations,") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda keys: keys.update(Cover=keys["Slip"] | {"sets": []}), "the model has no map Cover"),
        (lambda keys: keys["Slip"].pop("selector"), "Slip has missing or unknown keys: selector"),
        (
            lambda keys: keys["Slip"]["sets"].pop(),
            "choose the keys of Slip for the Genre CHILDREN",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0]["values"].append("POETRY"),
            "Genre has no value POETRY, under Slip",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0]["values"].append("SCIENCE"),
            "SCIENCE stands under Slip 2 times",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0].update(maybe=[]),
            "Slip, FICTION: unknown maybe",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0]["required"].append("PRINTED"),
            "Slip, FICTION: PRINTED stands there 2 times",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0]["required"].append("PAGE"),
            "Slip, FICTION: PAGE has no text under keys",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0]["returned"].clear(),
            "Slip: no set has the key PRINTED",
        ),
        (
            lambda keys: keys["Slip"]["keys"]["AGE"].update(text=""),
            "Slip: AGE needs a text and one of the sources",
        ),
        (
            lambda keys: keys["Slip"]["keys"]["AGE"].update(source="hearsay"),
            "Slip: AGE needs a text and one of the sources",
        ),
        (lambda keys: keys["sources"].update(more="https://library.example"), "no key has the source more"),
        (
            lambda keys: keys["Slip"]["sets"][0].update(name="ScienceSlip"),
            "ScienceSlip is the name of another set or of a shape",
        ),
        (
            lambda keys: keys["Slip"]["sets"][0].update(name="BookType"),
            "BookType is the name of another set or of a shape",
        ),
    ],
)
def test_a_mistake_in_the_table_is_an_error_that_names_it(library, change, message) -> None:
    change(library.map_keys)
    assert f"map_keys.toml: {message}" in library.failure().splitlines()


def test_a_key_that_is_no_name_and_a_map_with_one_set_are_errors(library) -> None:
    slip = library.map_keys["Slip"]
    slip["keys"]["a:b"] = slip["keys"]["NAME"]
    slip["sets"][:] = [
        {"name": "AnySlip", "values": ["FICTION", "SCIENCE", "CHILDREN"], "required": [*slip["keys"]]}
    ]
    assert library.failure().splitlines() == [
        "map_keys.toml: the keys of Slip do not depend on Genre",
        "map_keys.toml: Slip: a TypedDict cannot have the key a:b",
    ]


def test_a_map_with_limits_is_not_supported(library) -> None:
    library.shapes["NameType"]["min"] = 1
    assert (
        "map_keys.toml: only maps of strings without limits are supported, and Slip is none"
        in library.failure()
    )


@pytest.mark.parametrize("name", ["map_keys", "overloads"])
def test_the_names_of_the_modules_are_reserved(library, name) -> None:
    library.areas[name] = library.areas.pop("lending")
    assert library.failure() == f"areas.toml: {name} is reserved for the types of maps"


def test_every_source_is_a_page_of_aws_or_of_its_clients() -> None:
    for url in load_inputs().map_keys["sources"].values():
        assert url.startswith(("https://docs.aws.amazon.com/", "https://github.com/aws-amplify/"))
