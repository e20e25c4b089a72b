"""Docstrings of classes, members and methods, built from the IR."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from codegen.ir import (
    EnumRef,
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
_SHORT_LIST = 8
_SHORT_PATTERN = 60
_UNITS = {Scalar.STRING: "character", Scalar.BLOB: "byte"}
_AS_MAPPING = (
    "Also accepts a mapping of names to values: True and False are sent as ``true`` and ``false``, numbers "
    "as text; None is not sent."
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
    quoted = [f"``{value}``" for value in values]
    match quoted:
        case [only]:
            return f"Only {only}"
        case [first, second]:
            return f"Either {first} or {second}"
        case _:
            return f"One of {', '.join(quoted[:-1])} or {quoted[-1]}"


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
    return textwrap.wrap(text, WIDTH - indent - len('r"""'), break_long_words=False, break_on_hyphens=False)


def member_docstring(member: Member) -> str:
    """Return the docstring below a member."""
    lines = paragraph(member_text(member, pattern=True), 4)
    if len(lines) == 1 and len(lines[0]) > WIDTH - 4 - len('r""""""'):
        lines = textwrap.wrap(lines[0], WIDTH - 20, break_long_words=False, break_on_hyphens=False)
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
    if operation.errors:
        yield ""
        yield "Raises:"
        for error in operation.specific_errors:
            yield from entry(error.name, error.doc, indent)
        if operation.common_errors:
            yield from entry("ServiceError", _common_text(operation), indent)
    yield ""
    yield f"Source: {operation.url}"


def _common_text(operation: Operation) -> str:
    kind = "signed" if operation.signed else "unsigned"
    names = ", ".join(error.name for error in operation.common_errors)
    return f"Errors common to {kind} operations, see ``cognito_async.errors``: {names}."


def entry(name: str, text: str, indent: int) -> list[str]:
    """Return an entry of ``Args`` or ``Raises``, wrapped."""
    return textwrap.wrap(
        f"{name}: {text}",
        WIDTH - indent,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )
