"""Keys of maps: validates ``inputs/map_keys.toml``, and builds its part of the IR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from codegen.ir import KeyedMap, KeySet, MapKey
from codegen.naming import python_name

_SET_KEYS = frozenset({"name", "values", "required", "optional", "returned"})
_KINDS = ("required", "optional", "returned")


def map_key_problems(shapes: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the table: it must fit the model, and keys need a meaning and a source."""
    sources = table.get("sources", {})
    used: set[str] = set()
    for name, entry in _maps(table).items():
        if wrong := sorted(entry.keys() ^ {"selector", "keys", "sets"}):
            yield f"map_keys.toml: {name} has missing or unknown keys: {', '.join(wrong)}"
            continue
        yield from _model_problems(shapes, name, entry)
        yield from _key_problems(name, entry, sources)
        used |= {key.get("source", "") for key in entry["keys"].values()}
    names = Counter(each.get("name", "") for entry in _maps(table).values() for each in entry.get("sets", ()))
    for name, count in names.items():
        if name and (count > 1 or name in shapes):
            yield f"map_keys.toml: {name} is the name of another set or of a shape"
    for source in sources:
        if source not in used:
            yield f"map_keys.toml: no key has the source {source}"


def _maps(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry for name, entry in table.items() if name != "sources"}


def _model_problems(shapes: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what does not fit: the member must be a map of plain strings, and its sets cover the selector."""
    owners = [
        shape["members"]
        for shape in shapes.values()
        if name in shape.get("members", {}) and shapes[shape["members"][name]["shape"]]["type"] == "map"
    ]
    if not owners:
        yield f"map_keys.toml: the model has no map {name}"
    for members in owners:
        shape = shapes[members[name]["shape"]]
        parts = [shapes[shape[part]["shape"]] for part in ("key", "value")]
        if any(part["type"] != "string" or "enum" in part or part.get("min") for part in parts):
            yield f"map_keys.toml: only maps of strings without limits are supported, and {name} is none"
    wanted = {
        value
        for members in owners
        if entry["selector"] in members
        for value in shapes[members[entry["selector"]]["shape"]].get("enum", ())
    }
    counts = Counter(value for each in entry["sets"] for value in each["values"])
    for value in sorted(wanted - counts.keys()):
        yield f"map_keys.toml: choose the keys of {name} for the {entry['selector']} {value}"
    for value, count in counts.items():
        if value not in wanted:
            yield f"map_keys.toml: {entry['selector']} has no value {value}, under {name}"
        if count > 1:
            yield f"map_keys.toml: {value} stands under {name} {count} times"
    if len(entry["sets"]) < 2:  # noqa: PLR2004  a single overload is an error of type checkers
        yield f"map_keys.toml: the keys of {name} do not depend on {entry['selector']}"


def _key_problems(name: str, entry: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[str]:
    used: set[str] = set()
    for each in entry["sets"]:
        keys = [key for kind in _KINDS for key in each.get(kind, ())]
        used |= set(keys)
        where = f"{name}, {', '.join(each['values'])}"
        if unknown := sorted(each.keys() - _SET_KEYS):
            yield f"map_keys.toml: {where}: unknown {', '.join(unknown)}"
        for key, count in Counter(keys).items():
            if count > 1:
                yield f"map_keys.toml: {where}: {key} stands there {count} times"
            if key not in entry["keys"]:
                yield f"map_keys.toml: {where}: {key} has no text under keys"
    for key, facts in entry["keys"].items():
        if key not in used:
            yield f"map_keys.toml: {name}: no set has the key {key}"
        if not key.isidentifier():
            yield f"map_keys.toml: {name}: a TypedDict cannot have the key {key}"
        if not facts.get("text") or facts.get("source") not in sources:
            yield f"map_keys.toml: {name}: {key} needs a text and one of the sources"


def build_keyed_maps(table: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, KeyedMap]:
    """Return the maps by the name of their member in the API; ``names`` are the overrides of Python names."""
    return {
        name: KeyedMap(
            name=name,
            member=python_name(name, names),
            selector=python_name(entry["selector"], names),
            keys={
                key: MapKey(key, facts["text"], table["sources"][facts["source"]])
                for key, facts in entry["keys"].items()
            },
            sets=tuple(
                KeySet(
                    each.get("name", ""),
                    tuple(each["values"]),
                    *(tuple(each.get(kind, ())) for kind in _KINDS),
                )
                for each in entry["sets"]
            ),
        )
        for name, entry in _maps(table).items()
    }
