"""Docstrings of classes, members and methods, built from the IR."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from codegen.ir import (
    EnumRef,
    KeyedMap,
    KeySet,
    Limits,
    ListOf,
    MapOf,
    Member,
    Operation,
    Role,
    Scalar,
    Simple,
    Structure,
    Type,
)

# Docstrings are wrapped here; code may be a little wider.
WIDTH = 100
# Text of methods: ``help`` of a class shows it behind a margin of 8 columns, in a terminal of 80.
_METHOD_INDENT = 8
_METHOD_WIDTH = 72
_SHORT_LIST = 8
_SHORT_PATTERN = 60
_UNITS = {Scalar.STRING: "character", Scalar.BLOB: "byte"}
_AS_MAPPING = (
    "Also accepts a mapping of names to values: True and False are sent as ``true`` and ``false``, numbers "
    "as text, dates as ``2001-12-31``; None is not sent."
)
_SIGNED = "Signed with IAM credentials."
_UNSIGNED = "Not signed: needs no AWS credentials."


def limits_text(kind: Type, *, pattern: bool = False) -> str:
    """Return the limits of a value as a sentence; empty if there are none."""
    match kind:
        case Simple(scalar, limits):
            text = _range(limits, _UNITS.get(scalar, ""))
            if pattern and limits.pattern and len(limits.pattern) <= _SHORT_PATTERN:
                text = f"{text} Pattern ``{limits.pattern}``.".strip()
            return text
        case EnumRef(_, values) if len(values) <= _SHORT_LIST:
            return f"{_one_of(values)}."
        case ListOf(item, limits):
            each = limits_text(item) if isinstance(item, EnumRef) else ""
            each = f"Each {each[0].lower()}{each[1:]}" if each else ""
            return " ".join(filter(None, [_range(limits, "item"), each]))
        case MapOf(_, _, limits):
            return _range(limits, "entry")
        case _:
            return ""


def _one_of(values: Sequence[str]) -> str:
    prefix = {1: "Only", 2: "Either"}.get(len(values), "One of")
    return f"{prefix} {_any_of(values)}"


def _any_of(values: Sequence[str]) -> str:
    *others, last = (f"``{value}``" for value in values)
    return f"{', '.join(others)} or {last}" if others else last


def _range(limits: Limits, unit: str) -> str:
    if not limits.documented:
        return ""
    low, high = limits.minimum, limits.maximum
    if unit and low == 0:  # every length is at least zero
        low = None
    match low, high:
        case None, None:
            return ""
        case int(), None:
            return f"At least {_count(low, unit)}."
        case None, int():
            return f"At most {_count(high, unit)}."
        case _ if low == high:
            return f"Exactly {_count(low, unit)}."
        case _:
            return f"{low:,} to {_count(high, unit)}."


def _count(number: int | None, unit: str) -> str:
    if not unit:
        return f"{number:,}"
    plural = "entries" if unit == "entry" else f"{unit}s"
    return f"{number:,} {unit if number == 1 else plural}"


def _keys_of(keys: Sequence[str]) -> str:
    return ", ".join(f"``{key}``" for key in keys)


def key_lines(keyed: KeyedMap, *, sent: bool) -> list[str]:
    """Return the keys of a map as the items of a list: one for all sets, then one for each."""
    sets = keyed.sets
    required, optional, lines = [], [], []
    if sent:
        required = [key for key in sets[0].required if all(key in each.required for each in sets)]
        optional = [key for key in sets[0].optional if all(key in each.sent for each in sets)]
    else:
        first = (*sets[0].sent, *sets[0].returned)
        required = [key for key in first if all(key in (*each.sent, *each.returned) for each in sets)]
    for each in sets:
        own = each.required if sent else (*each.sent, *each.returned)
        parts = [_keys_of([key for key in own if key not in required])]
        others = [key for key in each.optional if key not in (*optional, *each.required)] if sent else []
        parts.append(f"optional {_keys_of(others)}" if others else "")
        values = _any_of(each.values)
        if text := ", ".join(filter(None, parts)):
            lines.append(f"{values}: {text}")
    common = [_keys_of(required), f"optional {_keys_of(optional)}" if optional else ""]
    if text := ", ".join(filter(None, common)):
        lines.insert(0, f"always: {text}")
    return lines


def key_set_text(keyed: KeyedMap, keys: KeySet) -> str:
    """Return the text of the TypedDict of a set of keys."""
    return f"Keys of ``{keyed.member}`` with the ``{keyed.selector}`` {_any_of(keys.values)}."


def sent_map_text(keyed: KeyedMap) -> str:
    """Return the text of the type of a map in requests."""
    return f"Value of ``{keyed.member}``: one of the TypedDicts, or any other mapping of strings."


def received_map_text(keyed: KeyedMap) -> str:
    """Return the text of the type of a map in responses."""
    return f"Value of ``{keyed.member}`` in responses, with the known keys; the service may send others."


def member_text(member: Member, *, pattern: bool = False) -> str:
    """Return the description of a member: deprecation, our text, and limits."""
    deprecated = "Deprecated." if member.deprecated else ""
    limits = limits_text(member.type, pattern=pattern)
    mapping = _AS_MAPPING if member.takes_mapping else ""
    return " ".join(filter(None, [deprecated, member.doc, limits, mapping]))


# Docstrings


def docstring(lines: Sequence[str], indent: int) -> str:
    """Return lines as a docstring literal, a raw one if they contain a backslash."""
    margin = " " * indent
    body = "\n".join([lines[0], *(f"{margin}{line}" if line else "" for line in lines[1:])])
    quote = 'r"""' if "\\" in body else '"""'
    closing = '"""' if len(lines) == 1 else f'\n{margin}"""'
    return f"{quote}{body}{closing}"


def paragraph(text: str, indent: int) -> list[str]:
    """Return text wrapped for a docstring at ``indent``."""
    width = _METHOD_WIDTH if indent == _METHOD_INDENT else WIDTH - indent - len('r"""')
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def member_docstring(member: Member, *, sent: bool = True) -> str:
    """Return the docstring below a member; ``sent`` means that requests have it."""
    lines = paragraph(member_text(member, pattern=True), 4)
    if len(lines) == 1 and len(lines[0]) > WIDTH - 4 - len('r""""""'):
        lines = textwrap.wrap(lines[0], WIDTH - 20, break_long_words=False, break_on_hyphens=False)
    if member.keyed:
        lines += ["", f"Keys by ``{member.keyed.selector}``:", ""]
        for line in key_lines(member.keyed, sent=sent):
            lines += _list_item(line, 0, WIDTH - 4)
    return docstring(lines, 4)


def structure_docstring(structure: Structure, operation: Operation | None) -> str:
    """Return the docstring of a class: our text, or the operation that it belongs to."""
    if operation is None:
        return docstring(paragraph(structure.doc, 4), 4)
    if structure.role is Role.REQUEST:
        lines = [f"Request of ``{operation.method}``.", "", *paragraph(operation.summary, 4)]
        return docstring(lines, 4)
    return docstring(paragraph(f"Response of ``{operation.method}``.", 4), 4)


def operation_docstring(operation: Operation, members: Sequence[Member]) -> str:
    """Return the docstring of a method."""
    return docstring(list(_operation_lines(operation, members)), 8)


def _operation_lines(operation: Operation, members: Sequence[Member]) -> Iterator[str]:
    indent = 8
    yield operation.summary
    yield ""
    notes = [operation.details, _SIGNED if operation.signed else _UNSIGNED]
    if not operation.idempotent:
        notes.append("Not retried if the first request may have arrived.")
    for note in filter(None, notes[:1]):
        yield from paragraph(note, indent)
    yield from paragraph(" ".join(notes[1:]), indent)
    if members:
        yield ""
        yield "Args:"
        for member in members:
            yield from entry(member.name, member_text(member), indent)
            if member.keyed:
                yield f"        Keys by ``{member.keyed.selector}``:"
                for line in key_lines(member.keyed, sent=True):
                    yield from _list_item(line, 8, _METHOD_WIDTH)
    if operation.errors:
        yield ""
        yield "Raises:"
        for error in operation.specific_errors:
            yield from entry(error.name, error.doc, indent)
        if operation.common_errors:
            yield from entry("ServiceError", _common_text(operation), indent)
    yield ""
    yield f"Source: {operation.url}"


def _list_item(text: str, indent: int, width: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(
        text,
        width,
        initial_indent=f"{margin}- ",
        subsequent_indent=f"{margin}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _common_text(operation: Operation) -> str:
    kind = "signed" if operation.signed else "unsigned"
    names = ", ".join(error.name for error in operation.common_errors)
    return f"Errors common to {kind} operations, see ``cognito_async.errors``: {names}."


def entry(name: str, text: str, indent: int) -> list[str]:
    """Return an entry of ``Args`` or ``Raises``, wrapped."""
    return textwrap.wrap(
        f"{name}: {text}",
        _METHOD_WIDTH if indent == _METHOD_INDENT else WIDTH - indent,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )
