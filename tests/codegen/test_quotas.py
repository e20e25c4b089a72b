"""Quota categories: every operation stands in ``quotas.toml`` exactly once."""

from __future__ import annotations

import pytest

from codegen.ir import ModelError
from codegen.load import load_inputs, load_sources
from codegen.quotas import build_quotas
from codegen.reference.markup import facts
from codegen.validate import input_problems


@pytest.fixture
def table(library):
    """Return the quotas of the example service; they are not completed."""
    library.complete_quotas = False
    return library.quotas


def test_every_operation_of_the_service_stands_in_the_table_once():
    assert input_problems(load_sources().model, load_inputs()) == []


def test_an_operation_has_its_category(library):
    quota = library.operation("BorrowBook").quota
    assert (quota.name, quota.rate, quota.adjustable, quota.per_pool) == ("Lending", 5, False, 2)
    assert quota.url == "https://library.example/rules"
    assert library.operation("ReturnBook").quota is None


@pytest.mark.usefixtures("table")
def test_an_operation_without_category_stops_generation(library):
    library.add_operation("FindBook", "books")
    assert library.failure() == "quotas.toml: choose a category, or [[unlisted]], for FindBook"


def test_an_operation_that_stands_twice_stops_generation(library, table):
    table["categories"]["Returns"]["operations"].append("GetBook")
    table["unlisted"][0]["operations"].append("ListBooks")
    assert library.failure().splitlines() == [
        "quotas.toml: GetBook stands in it 2 times",
        "quotas.toml: ListBooks stands in it 2 times",
    ]


def test_an_operation_that_the_model_does_not_have_stops_generation(library, table):
    table["categories"]["Returns"]["operations"].append("EatBook")
    table["challenges"]["operations"].append("EatBook")
    assert library.failure().splitlines() == [
        "quotas.toml: the model has no operation EatBook",
        "quotas.toml: the model has no operation EatBook, under [challenges]",
        "quotas.toml: the operations under [challenges] are of several categories",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rates": 7}, "Lending has missing or unknown keys: rates"),
        ({"rate": 0}, "rate of Lending is 0; expected requests per second"),
        ({"rate": True}, "rate of Lending is True; expected requests per second"),
        ({"rate": 1.5}, "rate of Lending is 1.5; expected requests per second"),
        ({"per_pool": "5"}, "per_pool of Lending is '5'; expected requests per second"),
        ({"source": "hearsay"}, "Lending has the unknown source 'hearsay'"),
    ],
)
def test_a_wrong_category_stops_generation(library, table, change, message):
    table["categories"]["Lending"].update(change)
    assert library.failure() == f"quotas.toml: {message}"


def test_a_category_without_rate_stops_generation(library, table):
    del table["categories"]["Lending"]["rate"]
    assert library.failure() == "quotas.toml: Lending has missing or unknown keys: rate"


def test_operations_without_category_need_a_reason(library, table):
    del table["unlisted"][0]["reason"]
    assert library.failure() == "quotas.toml: the unlisted ReturnBook have no reason"


def test_a_challenge_must_count_toward_a_category(library, table):
    table["challenges"]["categories"]["LATE"] = "Fines"
    assert library.failure() == "quotas.toml: LATE counts toward Fines, which is no category"


def test_the_file_must_exist(tmp_path):
    for name in ("areas", "overrides", "paginators"):
        (tmp_path / f"{name}.toml").touch()
    (tmp_path / "texts").mkdir()
    for name in ("operations", "members", "shapes", "errors"):
        (tmp_path / "texts" / f"{name}.toml").touch()
    with pytest.raises(ModelError, match=r"quotas\.toml is missing"):
        load_inputs(tmp_path)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ("GetBook", "`BookRead <{}>`__, 20 requests per second by default (adjustable)"),
        ("BorrowBook", "`Lending <{}>`__, 5 requests per second (not adjustable), 2 for one pool"),
        ("ReturnBook", "AWS lists none"),
    ],
)
def test_the_reference_shows_category_and_rate(library, operation, text):
    assert f"Quota: {text.format('https://library.example/rules')}" in facts(library.operation(operation))


def test_the_rate_of_one_request_is_in_the_singular(library):
    library.quotas["categories"]["Returns"]["operations"].append("ReturnBook")
    library.quotas["unlisted"][0]["operations"].clear()
    assert any("1 request per second (not" in fact for fact in facts(library.operation("ReturnBook")))


def test_rates_are_those_of_the_table(table):
    assert [quota.rate for quota in build_quotas(table)] == [20, 5, 1]
