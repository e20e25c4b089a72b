"""Type annotations and defaults of members and parameters, built from the IR."""

from __future__ import annotations

from enum import Enum, auto

from codegen.ir import (
    EnumRef,
    KeyedMap,
    Limits,
    ListOf,
    MapOf,
    Member,
    Role,
    Scalar,
    Simple,
    Structure,
    StructureRef,
    Type,
)
from cognito_async._model.fields import derived_wire_name


class Place(Enum):
    """Place of an annotation; parameters and requests accept more types than responses."""

    PARAMETER = auto()
    REQUEST = auto()
    RESPONSE = auto()
    NESTED = auto()


def parameter_annotation(member: Member) -> str:
    """Return the type of a method's parameter."""
    text = _annotation(member.type, Place.PARAMETER, with_limits=False, allow_unknown=False)
    if member.takes_mapping:
        text = f"{text} | types.AttributeMapping"
    return text if member.required else f"{text} | None"


def member_annotation(member: Member, owner: Structure) -> str:
    """Return the type of a member in its class, with the traits for the codec."""
    place = {Role.REQUEST: Place.REQUEST, Role.RESPONSE: Place.RESPONSE, Role.NESTED: Place.NESTED}[
        owner.role
    ]
    text = _annotation(member.type, place, with_limits=owner.sent, allow_unknown=owner.received)
    if member.keyed:
        text = keyed_type(member.keyed, owner)
    if member.takes_mapping:
        text = f"Annotated[{text} | AttributeMapping, ACCEPTS_MAPPING]"
    if member.negative_numbers:
        text = f"Annotated[{text}, NEGATIVE_NUMBERS]"
    if not member.required and not member.empty_when_missing:
        text = f"{text} | None"
    traits = []
    if derived_wire_name(member.name) != member.wire:
        traits.append(f'WireName("{member.wire}")')
    if member.rare:
        traits.append("RARE")
    return f"Annotated[{text}, {', '.join(traits)}]" if traits else text


def plain_annotation(member: Member, owner: Structure) -> str:
    """Return the type of a member without traits, for the reference."""
    text = _annotation(member.type, Place.NESTED, with_limits=False, allow_unknown=owner.received)
    if member.keyed:
        text = keyed_type(member.keyed, owner)
    if member.takes_mapping:
        text = f"{text} | AttributeMapping"
    return text if member.required or member.empty_when_missing else f"{text} | None"


def keyed_type(keyed: KeyedMap, owner: Structure) -> str:
    """Return the name of the type of a map with known keys."""
    return keyed.name if owner.sent else keyed.received_name


def member_default(member: Member) -> str:
    """Return the text after the annotation: nothing, a default, or an attrs field."""
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


def _annotation(kind: Type, place: Place, *, with_limits: bool, allow_unknown: bool) -> str:
    prefix = "types." if place is Place.PARAMETER else ""

    def inner(part: Type) -> str:
        return _annotation(part, place, with_limits=with_limits, allow_unknown=allow_unknown)

    match kind:
        case Simple(Scalar.DOCUMENT):
            return f"{prefix}Document"
        case Simple(scalar, limits):
            text = scalar.value
            has_limits = scalar in (Scalar.STRING, Scalar.INTEGER, Scalar.FLOAT)
        case EnumRef(name):
            return f"{prefix}{name} | str" if allow_unknown else f"{prefix}{name}"
        case StructureRef(name):
            accepts_mapping = place in (Place.PARAMETER, Place.REQUEST)
            return f"{prefix}{name} | Mapping[str, Any]" if accepts_mapping else f"{prefix}{name}"
        case ListOf(item, limits):
            text, has_limits = f"Sequence[{inner(item)}]", True
        case _:  # MapOf
            return f"Mapping[{inner(kind.key)}, {inner(kind.value)}]"
    trait = _bound(kind, limits) if with_limits and has_limits else ""
    return f"Annotated[{text}, {trait}]" if trait else text


def _bound(kind: Type, limits: Limits) -> str:
    """Return the trait for a minimum; empty if there is none, or if it is a length of zero."""
    if limits.minimum is None:
        return ""
    if isinstance(kind, Simple) and kind.scalar in (Scalar.INTEGER, Scalar.FLOAT):
        return f"Minimum({limits.minimum})"
    return f"MinLength({limits.minimum})" if limits.minimum else ""
