"""Request rate quotas: validates ``inputs/quotas.toml``, and builds its part of the IR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from codegen.ir import Challenges, Quota

_KEYS = frozenset({"rate", "adjustable", "source", "operations"})
_OPTIONAL = frozenset({"per_pool"})


def operations_without_quota(operations: Collection[str], table: Mapping[str, Any]) -> list[str]:
    """Return the operations for which a person must choose a category, or an entry under [[unlisted]]."""
    return sorted(set(operations) - set(_entries(table)))


def quota_problems(operations: Collection[str], table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the table: each operation of the model must stand in it exactly once."""
    for name, category in table["categories"].items():
        yield from _category_problems(name, category, table["sources"])
    for entry in table["unlisted"]:
        if not entry.get("reason"):
            yield f"quotas.toml: the unlisted {', '.join(entry['operations'])} have no reason"
    for name, count in Counter(_entries(table)).items():
        if name not in operations:
            yield f"quotas.toml: the model has no operation {name}"
        if count > 1:
            yield f"quotas.toml: {name} stands in it {count} times"
    if missing := operations_without_quota(operations, table):
        yield f"quotas.toml: choose a category, or [[unlisted]], for {', '.join(missing)}"
    yield from _challenge_problems(operations, table)


def _category_problems(name: str, category: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[str]:
    if wrong := sorted((category.keys() - _OPTIONAL) ^ _KEYS):
        yield f"quotas.toml: {name} has missing or unknown keys: {', '.join(wrong)}"
        return
    for key in ("rate", "per_pool"):
        if not (type(value := category.get(key, 1)) is int and value > 0):
            yield f"quotas.toml: {key} of {name} is {value!r}; expected requests per second"
    if category["source"] not in sources:
        yield f"quotas.toml: {name} has the unknown source {category['source']!r}"


def _challenge_problems(operations: Collection[str], table: Mapping[str, Any]) -> Iterator[str]:
    challenges = table["challenges"]
    for name in challenges["operations"]:
        if name not in operations:
            yield f"quotas.toml: the model has no operation {name}, under [challenges]"
    found = {name: category for category, names in _members(table) for name in names}
    if len({found.get(name) for name in challenges["operations"]}) > 1:
        yield "quotas.toml: the operations under [challenges] are of several categories"
    for challenge, category in challenges["categories"].items():
        if category not in table["categories"]:
            yield f"quotas.toml: {challenge} counts toward {category}, which is no category"


def _members(table: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, category in table["categories"].items():
        yield name, category["operations"]


def _entries(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of operations in the table, as often as they stand in it."""
    for _, names in _members(table):
        yield from names
    for entry in table["unlisted"]:
        yield from entry["operations"]


def without_operations(table: Mapping[str, Any], operations: Collection[str]) -> dict[str, Any]:
    """Return the table with the operations of the model only."""

    def pruned(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {**entry, "operations": [name for name in entry["operations"] if name in operations]}

    return {
        **table,
        "categories": {name: pruned(category) for name, category in table["categories"].items()},
        "challenges": pruned(table["challenges"]),
        "unlisted": [pruned(entry) for entry in table["unlisted"]],
    }


def build_quotas(table: Mapping[str, Any]) -> tuple[Quota, ...]:
    """Return the categories of a valid table."""
    return tuple(
        Quota(
            name=name,
            rate=category["rate"],
            adjustable=category["adjustable"],
            per_pool=category.get("per_pool"),
            operations=tuple(category["operations"]),
            url=table["sources"][category["source"]],
        )
        for name, category in table["categories"].items()
    )


def build_challenges(table: Mapping[str, Any]) -> Challenges:
    """Return how responses to challenges count."""
    challenges = table["challenges"]
    return Challenges(
        operations=tuple(challenges["operations"]),
        factor=challenges["factor"],
        categories=tuple(challenges["categories"].items()),
    )
