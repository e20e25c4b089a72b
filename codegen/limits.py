"""The limits that the model states for requests, for the advice when the service refuses one.

A rule is a tuple: its kind, then what belongs to that kind. See ``_endpoints/limits.py``.
"""

from __future__ import annotations

from codegen.ir import (
    Api,
    EnumRef,
    Limits,
    ListOf,
    MapOf,
    Role,
    Scalar,
    Simple,
    Structure,
    StructureRef,
    Type,
)

Rule = tuple[object, ...]
Table = dict[str, dict[str, tuple[str, bool, Rule]]]


def limit_table(api: Api) -> Table:
    """Return the members with limits: of requests by the name of the operation, else by that of the shape."""
    operations = {operation.request.name: operation.name for operation in api.operations}
    table: Table = {}
    for shape in api.structures:  # each comes after the shapes that it contains
        if shape.sent and (members := _members(shape, table)):
            table[operations[shape.name] if shape.role is Role.REQUEST else shape.name] = members
    return dict(sorted(table.items()))


def _members(shape: Structure, table: Table) -> dict[str, tuple[str, bool, Rule]]:
    rules = {member.wire: (member.name, member.secret, _rule(member.type, table)) for member in shape.members}
    return {wire: (name, secret, rule) for wire, (name, secret, rule) in rules.items() if rule}


def _rule(kind: Type, table: Table) -> Rule:
    """Return the rule of a type; empty if it has no limits."""
    match kind:
        case Simple(Scalar.STRING, Limits(low, high, pattern, documented)) if documented:
            return ("text", low or None, high, pattern) if (low, high, pattern) != (None, None, None) else ()
        case Simple(Scalar.INTEGER | Scalar.FLOAT, Limits(low, high, _, documented)) if documented:
            return ("number", low, high) if (low, high) != (None, None) else ()
        case EnumRef(_, values):
            return ("known", *values)
        case StructureRef(name):
            return ("shape", name) if name in table else ()
        case ListOf(item, limits):
            parts: tuple[Rule, ...] = (_rule(item, table),)
            return (
                ("list", limits.minimum, limits.maximum, *parts) if limits != Limits() or any(parts) else ()
            )
        case MapOf(key, value, limits):
            parts = (_rule(key, table), _rule(value, table))
            return ("map", limits.minimum, limits.maximum, *parts) if limits != Limits() or any(parts) else ()
        case _:
            return ()
