"""Describes what a person must decide for a new model: TOML to complete and paste, a block for each file."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from codegen.changelog import Definitions
from codegen.docstrings import limits_text
from codegen.draft import NEW_AREA, NEW_TEXT, Draft
from codegen.ir import (
    Api,
    Enumeration,
    EnumRef,
    ListOf,
    MapOf,
    Member,
    Operation,
    Scalar,
    Simple,
    Structure,
    Type,
)
from codegen.texts import Place

_SUSPICIOUS = re.compile("Code|Credential|Key|Password|Salt|Secret|Token|Ur[li]|UR[LI]|Verifier")


def missing_blocks(draft: Draft, model: Mapping[str, Any]) -> dict[str, str]:
    """Return TOML for the decisions without which nothing is generated, by file in ``codegen/inputs``."""
    blocks = {
        "areas.toml": _areas(draft, model),
        "overrides.toml": "\n\n".join(filter(None, [_secrets(draft, model), _endpoint_errors(draft)])),
        "paginators.toml": "\n\n".join(_table(name, entry) for name, entry in draft.paginators.items()),
        "quotas.toml": _quotas(draft),
    }
    facts = _Facts(draft.api, model)
    for file, places in groupby(draft.missing_texts, key=lambda place: place.file):
        blocks[f"texts/{file}"] = _texts(list(places), facts)
    return {file: block for file, block in blocks.items() if block}


def review_blocks(api: Api, known: Definitions) -> dict[str, str]:
    """Return TOML, as comments, for decisions that have a default; ``known`` are the definitions so far."""
    operations = [operation for operation in api.operations if f"{operation.method}()" not in known]
    members = [
        (owner, member)
        for owner in api.structures
        for member in owner.members
        if member.name not in known.get(owner.name, {})
    ]
    tables = {
        "[always_present]\n# Members of responses that the service always sends.": _optional(members),
        '[secrets.unmarked]\n# Secrets that the model does not mark; "" is the reason.': [
            f'"{owner.name}.{member.wire}" = ""' for owner, member in members if _may_be_secret(member)
        ],
        '[not_idempotent]\n# Operations that use up a code, a session or a quota; "" is the reason.': [
            f'{operation.name} = ""' for operation in operations if operation.idempotent
        ],
    }
    blocks = {
        "overrides.toml": "\n\n".join(
            "\n".join([head, *(f"# {line}" for line in lines)]) for head, lines in tables.items() if lines
        ),
        "texts/members.toml": "\n".join(_shared_texts(members, known)),
    }
    return {file: block for file, block in blocks.items() if block}


# Decisions


def _areas(draft: Draft, model: Mapping[str, Any]) -> str:
    if not draft.operations:
        return ""
    others = ", ".join(area for area in draft.inputs.areas if area != NEW_AREA)
    lines = [
        *textwrap.wrap(
            f"Move each operation to an area, {others}, or name a new one.",
            110,
            initial_indent="# ",
            subsequent_indent="# ",
        ),
        f"[{NEW_AREA}]",
        'title = ""',
        "operations = [",
    ]
    for name in draft.operations:
        signed = "unsigned" if model["operations"][name].get("authtype") == "none" else "signed"
        lines.append(f'    "{name}",  # {signed}')
    return "\n".join([*lines, "]"])


def _quotas(draft: Draft) -> str:
    if not draft.quotas:
        return ""
    lines = [
        "# Move each operation to its category, or give the reason why it is in none. AWS's page:",
        *(f"# {url}" for url in draft.inputs.quotas["sources"].values()),
        "[[unlisted]]",
        'reason = ""',
        "operations = [",
        *(f'    "{name}",' for name in draft.quotas),
        "]",
    ]
    return "\n".join(lines)


def _secrets(draft: Draft, model: Mapping[str, Any]) -> str:
    if not draft.secrets:
        return ""
    lines = ["[secrets]", "# Move what only identifies somebody to `shown`.", "masked = ["]
    for name in draft.secrets:
        used = [
            f"{owner}.{wire}"
            for owner, shape in model["shapes"].items()
            for wire, member in shape.get("members", {}).items()
            if member["shape"] == name
        ]
        lines.append(f'    "{name}",  # {model["shapes"][name]["type"]}, sensitive; {", ".join(used)}')
    return "\n".join([*lines, "]"])


def _endpoint_errors(draft: Draft) -> str:
    return "\n\n".join(
        _table("[endpoint_errors]", {"words": [text], "message": ""}) for text in draft.endpoint_errors
    )


def _texts(places: list[Place], facts: _Facts) -> str:
    tables: list[str] = []
    for table, group in groupby(places, key=lambda place: place.table):
        lines = [f"[{table}]"] if table else []
        for place in group:
            comments = [f"# {fact}" for fact in facts.of(place)]
            lines += [comment for comment in comments if comment not in lines]
            lines.append(f'{place.key} = ""')
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def _table(name: str, entry: Mapping[str, Any]) -> str:
    # A JSON string or list of strings is TOML too.
    return "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in entry.items())])


# Reviews


def _optional(members: list[tuple[Structure, Member]]) -> list[str]:
    optional = [
        (owner.name, member.wire)
        for owner, member in members
        if owner.received and not owner.sent and not member.required and not member.empty_when_missing
        if not member.wire.endswith("Token")
    ]
    return [
        f"{owner} = {json.dumps([wire for _, wire in group])}"
        for owner, group in groupby(optional, key=lambda pair: pair[0])
    ]


def _may_be_secret(member: Member) -> bool:
    if member.secret or member.wire in ("NextToken", "PaginationToken"):
        return False
    if isinstance(member.type, MapOf) or member.type == Simple(Scalar.DOCUMENT):
        return True  # of any content
    is_text = isinstance(member.type, Simple) and member.type.scalar in (Scalar.STRING, Scalar.BLOB)
    return is_text and _SUSPICIOUS.search(member.wire) is not None


def _shared_texts(members: list[tuple[Structure, Member]], known: Definitions) -> Iterator[str]:
    """Yield the texts of known members that new members use; another meaning needs a text of its own."""
    names = {name for parts in known.values() for name in parts}
    shared: dict[tuple[str, str], list[str]] = {}
    for owner, member in members:
        if member.name in names and member.doc != NEW_TEXT:
            shared.setdefault((member.wire, member.doc), []).append(owner.name)
    for (wire, doc), owners in sorted(shared.items()):
        yield f"# {wire} = {json.dumps(doc, ensure_ascii=False)}  in {', '.join(owners)}"


# Facts of the model


class _Facts:
    """The facts that a text is written from."""

    def __init__(self, api: Api | None, model: Mapping[str, Any]) -> None:
        self._structures = {shape.name: shape for shape in api.structures} if api else {}
        self._enums = {enum.name: enum for enum in api.enums} if api else {}
        self._operations = {operation.name: operation for operation in api.operations} if api else {}
        self._model = model

    def of(self, place: Place) -> Iterator[str]:
        """Yield the facts of what a text describes."""
        kinds: dict[str, Callable[[Place], Iterator[str]]] = {
            "operations.toml": self._operation,
            "members.toml": self._member,
            "shapes.toml": self._shape,
            "errors.toml": self._error,
        }
        yield from kinds[place.file](place)

    def _operation(self, place: Place) -> Iterator[str]:
        operation = self._operations.get(place.table)
        if operation:
            yield f"{operation.method}({', '.join(map(_parameter, operation.request.members))})"
            yield f"{'signed' if operation.signed else 'unsigned'}; returns {_result(operation)}"

    def _member(self, place: Place) -> Iterator[str]:
        owners: dict[str, list[str]] = {}
        for name, shape in sorted(self._structures.items()):
            if place.table not in ("members", f"shapes.{name}"):
                continue
            for member in shape.members:
                if member.wire == place.key and member.doc == NEW_TEXT:
                    owners.setdefault(self._facts(shape, member), []).append(name)
        for facts, names in owners.items():
            yield f"{', '.join(names)}: {facts}"

    def _facts(self, owner: Structure, member: Member) -> str:
        shape = self._model["shapes"][owner.name]["members"][member.wire]["shape"]
        sensitive = self._model["shapes"][shape].get("sensitive")
        parts = [
            _kind(member.type),
            "required" if member.required else "",
            "sensitive" if sensitive else "",
            "deprecated" if member.deprecated else "",
            limits_text(member.type, pattern=True),
        ]
        return ", ".join(filter(None, parts))

    def _shape(self, place: Place) -> Iterator[str]:
        match self._enums.get(place.key) or self._structures.get(place.key):
            case Enumeration(values=values):
                yield f"one of {', '.join(values)}"
            case Structure(members=members):
                yield f"members {', '.join(member.wire for member in members)}"
            case _:
                pass

    def _error(self, place: Place) -> Iterator[str]:
        raised_by = [
            name
            for name, operation in self._model["operations"].items()
            if any(error["shape"] == place.table for error in operation.get("errors", ()))
        ]
        yield f"raised by {', '.join(raised_by)}"


def _parameter(member: Member) -> str:
    return f"{member.name}: {_kind(member.type)}{'' if member.required else ' = None'}"


def _result(operation: Operation) -> str:
    if operation.response is None:
        return "nothing"
    return (
        ", ".join(f"{member.wire}: {_kind(member.type)}" for member in operation.response.members)
        or "nothing"
    )


def _kind(kind: Type) -> str:
    match kind:
        case Simple(scalar):
            return scalar.value
        case ListOf(item):
            return f"list of {_kind(item)}"
        case MapOf(key, value):
            return f"map of {_kind(key)} to {_kind(value)}"
        case EnumRef(name):
            return name
        case _:
            return kind.name
