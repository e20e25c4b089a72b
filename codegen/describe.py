"""Text made of the IR: annotations and docstrings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from enum import Enum, auto

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
    StructureRef,
    Type,
)
from cognito_async._annotations import derived_wire_name

# Docstrings end here; code may be a little wider.
WIDTH = 100
_SHORT_LIST = 8
_SHORT_PATTERN = 60
_UNITS = {Scalar.STRING: "character", Scalar.BLOB: "byte"}
_AS_MAPPING = (
    "Or a mapping of names to values: True and False are sent as ``true`` and ``false``, numbers as text, "
    "None not at all."
)
_SENT_AS = "Signed with IAM credentials."
_SENT_UNSIGNED = "Sent unsigned: needs no AWS credentials."


class Place(Enum):
    """Where an annotation stands; that decides how open it is."""

    PARAMETER = auto()
    REQUEST = auto()
    RESPONSE = auto()
    NESTED = auto()


# Annotations


def parameter_annotation(member: Member) -> str:
    """Type of a method's parameter."""
    text = _annotation(member.type, Place.PARAMETER, bounded=False, open_=False)
    if member.takes_mapping:
        text = f"{text} | types.AttributeMapping"
    return text if member.required else f"{text} | None"


def member_annotation(member: Member, owner: Structure) -> str:
    """Type of a member in its class, with the facts that the codec needs."""
    place = {Role.REQUEST: Place.REQUEST, Role.RESPONSE: Place.RESPONSE, Role.NESTED: Place.NESTED}[
        owner.role
    ]
    text = _annotation(member.type, place, bounded=owner.sent, open_=owner.received)
    if member.takes_mapping:
        text = f"Annotated[{text} | AttributeMapping, ATTRIBUTES]"
    if member.negative_numbers:
        text = f"Annotated[{text}, NEGATIVE_NUMBERS]"
    if not member.required and not member.empty_when_missing:
        text = f"{text} | None"
    marks = []
    if derived_wire_name(member.name) != member.wire:
        marks.append(f'Wire("{member.wire}")')
    if member.seldom:
        marks.append("SELDOM")
    return f"Annotated[{text}, {', '.join(marks)}]" if marks else text


def plain_annotation(member: Member, owner: Structure) -> str:
    """Type of a member for readers, without the facts that the codec needs."""
    text = _annotation(member.type, Place.NESTED, bounded=False, open_=owner.received)
    if member.takes_mapping:
        text = f"{text} | AttributeMapping"
    return text if member.required or member.empty_when_missing else f"{text} | None"


def member_default(member: Member) -> str:
    """What follows the annotation: nothing, a default, or a field that says more."""
    arguments = []
    if member.empty_when_missing:
        arguments.append("factory=dict" if isinstance(member.type, MapOf) else "factory=list")
    elif not member.required:
        arguments.append("default=None")
    if member.secret:
        arguments.append("repr=mask")
    elif member.holds_secrets:
        arguments.append("repr=mask_unless_shape")
    if arguments == ["default=None"]:
        return " = None"
    return f" = field({', '.join(arguments)})" if arguments else ""


def _annotation(kind: Type, place: Place, *, bounded: bool, open_: bool) -> str:
    prefix = "types." if place is Place.PARAMETER else ""

    def inner(part: Type) -> str:
        return _annotation(part, place, bounded=bounded, open_=open_)

    match kind:
        case Simple(Scalar.DOCUMENT):
            return f"{prefix}Document"
        case Simple(scalar, limits):
            text = scalar.value
            is_bounded = scalar in (Scalar.STRING, Scalar.INTEGER, Scalar.FLOAT)
        case EnumRef(name):
            return f"{prefix}{name} | str" if open_ else f"{prefix}{name}"
        case StructureRef(name):
            free = place in (Place.PARAMETER, Place.REQUEST)
            return f"{prefix}{name} | Mapping[str, Any]" if free else f"{prefix}{name}"
        case ListOf(item, limits):
            text, is_bounded = f"Sequence[{inner(item)}]", True
        case _:  # a MapOf, the last there is
            return f"Mapping[{inner(kind.key)}, {inner(kind.value)}]"
    if bounded and is_bounded and limits.minimum is not None and _is_a_bound(kind, limits):
        return f"Annotated[{text}, AtLeast({limits.minimum})]"
    return text


def _is_a_bound(kind: Type, limits: Limits) -> bool:
    """A length of at least zero says nothing; a number of at least zero does."""
    is_number = isinstance(kind, Simple) and kind.scalar in (Scalar.INTEGER, Scalar.FLOAT)
    return is_number or limits.minimum != 0


# Sentences


def limits_text(kind: Type, *, pattern: bool = False) -> str:
    """What the service accepts, as a sentence; empty when there is nothing to say."""
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
    if len(quoted) == 1:
        return f"Only {quoted[0]}"
    return f"One of {', '.join(quoted[:-1])} or {quoted[-1]}"


def _range(limits: Limits, unit: str) -> str:
    if not limits.told:
        return ""
    low, high = limits.minimum, limits.maximum
    if unit and low == 0:  # no length is below zero
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
    """Everything there is to say about a member."""
    deprecated = "Deprecated." if member.deprecated else ""
    limits = limits_text(member.type, pattern=pattern)
    mapping = _AS_MAPPING if member.takes_mapping else ""
    return " ".join(filter(None, [deprecated, member.doc, limits, mapping]))


# Docstrings


def docstring(lines: Sequence[str], indent: int) -> str:
    """Quote lines as a docstring; raw when there is a backslash in it."""
    margin = " " * indent
    body = "\n".join([lines[0], *(f"{margin}{line}" if line else "" for line in lines[1:])])
    quote = 'r"""' if "\\" in body else '"""'
    closing = '"""' if len(lines) == 1 else f'\n{margin}"""'
    return f"{quote}{body}{closing}"


def paragraph(text: str, indent: int) -> list[str]:
    """Wrap a sentence or two for a docstring at ``indent``."""
    return textwrap.wrap(text, WIDTH - indent - len('r"""'), break_long_words=False, break_on_hyphens=False)


def member_docstring(member: Member) -> str:
    """Docstring below a member."""
    lines = paragraph(member_text(member, pattern=True), 4)
    if len(lines) == 1 and len(lines[0]) > WIDTH - 4 - len('r""""""'):
        lines = textwrap.wrap(lines[0], WIDTH - 20, break_long_words=False, break_on_hyphens=False)
    return docstring(lines, 4)


def structure_docstring(structure: Structure, operation: Operation | None) -> str:
    """Docstring of a class: our own words, or the operation that it belongs to."""
    if operation is None:
        return docstring(paragraph(structure.doc, 4), 4)
    if structure.role is Role.REQUEST:
        lines = [f"Request of ``{operation.method}``.", "", *paragraph(operation.summary, 4)]
        return docstring(lines, 4)
    return docstring(paragraph(f"Answer to ``{operation.method}``.", 4), 4)


def operation_docstring(operation: Operation, members: Sequence[Member]) -> str:
    """Docstring of a method."""
    return docstring(list(_operation_lines(operation, members)), 8)


def _operation_lines(operation: Operation, members: Sequence[Member]) -> Iterator[str]:
    indent = 8
    yield operation.summary
    yield ""
    notes = [operation.details, _SENT_AS if operation.signed else _SENT_UNSIGNED]
    if not operation.replay_safe:
        notes.append("Not sent again once the first request may have arrived.")
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
        for error in operation.errors:
            yield from entry(error.name, error.doc, indent)
    yield ""
    yield f"Source: {operation.url}"


def entry(name: str, text: str, indent: int) -> list[str]:
    """Wrap what is said of one parameter or error."""
    return textwrap.wrap(
        f"{name}: {text}",
        WIDTH - indent,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )
