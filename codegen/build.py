"""From the raw model and our overlays to the typed IR. Whatever does not fit fails here, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codegen.consistency import COMMON, check_overlays
from codegen.docs import Docs
from codegen.ir import (
    Api,
    Area,
    Enumeration,
    EnumRef,
    Error,
    Limits,
    ListOf,
    MapOf,
    Member,
    ModelError,
    Operation,
    Role,
    Scalar,
    Simple,
    Structure,
    StructureRef,
    Type,
)
from codegen.load import Overlays
from codegen.names import python_name
from codegen.pagination import pagination_entries, pagination_of
from codegen.shape_graph import ShapeGraph
from cognito_async._errors import ServiceError

_SCALARS = {
    "string": Scalar.STRING,
    "integer": Scalar.INTEGER,
    "long": Scalar.INTEGER,
    "float": Scalar.FLOAT,
    "double": Scalar.FLOAT,
    "boolean": Scalar.BOOLEAN,
    "blob": Scalar.BLOB,
    "timestamp": Scalar.TIMESTAMP,
}
_RESERVED = frozenset({"attribute_map", "from_wire", "operation", "response_metadata", "to_wire"})
_ATTRIBUTE = StructureRef("AttributeType")
_RESERVED_IN_ERRORS = frozenset(
    {
        *dir(ServiceError),
        "attempts",
        "code",
        "headers",
        "members",
        "message",
        "operation",
        "request_id",
        "status",
    }
)
_REFERENCE = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_{}.html"


def build_api(model: Mapping[str, Any], paginators: Mapping[str, Any], overlays: Overlays) -> Api:
    """Name, document and order everything the model has. Raises ModelError for what a person must decide."""
    check_overlays(model, overlays)
    entries = pagination_entries(model, paginators, overlays.paginators)
    return _Builder(model, entries, overlays).api()


class _Builder:
    def __init__(self, model: Mapping[str, Any], paginators: Mapping[str, Any], overlays: Overlays) -> None:
        self.paginators = paginators
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.raw_operations: Mapping[str, Any] = model["operations"]
        self.metadata: Mapping[str, Any] = model["metadata"]
        self.overrides = overlays.overrides
        self.docs = Docs(overlays)
        self.area_table = overlays.areas
        self.graph = ShapeGraph(model, overlays.areas)
        self.roles = self._roles()

    def api(self) -> Api:
        structures = {name: self._structure(name) for name in self.graph.in_order()}
        errors = {
            name: self._error(name) for name, shape in sorted(self.shapes.items()) if shape.get("exception")
        }
        operations = tuple(self._operation(name, structures, errors) for name in sorted(self.raw_operations))
        used = {*self.graph.sent, *self.graph.received}
        areas = [Area(name, table["title"]) for name, table in self.area_table.items()]
        enums = tuple(
            Enumeration(name, self.graph.area(name), self.docs.shape(name), tuple(shape["enum"]))
            for name, shape in sorted(self.shapes.items())
            if "enum" in shape and name in used
        )
        self.docs.check_all_used()
        return Api(
            areas=(*areas, Area(COMMON, "Used by several areas")),
            structures=tuple(structures.values()),
            enums=enums,
            operations=operations,
            errors=tuple(errors.values()),
            target_prefix=self.metadata["targetPrefix"],
            signing_name=self.metadata.get("signingName", self.metadata["endpointPrefix"]),
            counts={
                "operations": len(self.raw_operations),
                "shapes": len(self.shapes),
                "structures": len(structures),
                "errors": len(errors),
                "paginators": len(self.paginators),
            },
        )

    def _roles(self) -> dict[str, Role]:
        roles: dict[str, Role] = {}
        for operation in self.raw_operations.values():
            roles[operation["input"]["shape"]] = Role.REQUEST
            if "output" in operation:
                roles[operation["output"]["shape"]] = Role.RESPONSE
        return roles

    # Parts

    def _structure(self, name: str) -> Structure:
        shape = self.shapes[name]
        role = self.roles.get(name, Role.NESTED)
        members = self._members(name, shape["members"])
        return Structure(
            name=name,
            role=role,
            area=self.graph.area(name),
            doc=self.docs.shape(name) if role is Role.NESTED else "",
            members=members,
            sent=name in self.graph.sent,
            received=name in self.graph.received,
            attribute_list=self._attribute_list(name, members),
        )

    def _attribute_list(self, owner: str, members: tuple[Member, ...]) -> str:
        """Name of the member that an answer offers as a mapping."""
        if owner not in self.graph.received:
            return ""
        lists = [member.name for member in members if _is_attributes(member.type)]
        if len(lists) > 1:
            raise ModelError(f"{owner}: which of {', '.join(lists)} is its attribute_map is not decided yet")
        return lists[0] if lists else ""

    def _members(self, owner: str, raw: Mapping[str, Any]) -> tuple[Member, ...]:
        members = tuple(self._member(owner, wire, member) for wire, member in raw.items())
        names = [member.name for member in members]
        for member in members:
            if names.count(member.name) > 1:
                raise ModelError(f"{owner}.{member.wire}: another member is called {member.name} too")
        return members

    def _member(self, owner: str, wire: str, raw: Mapping[str, Any]) -> Member:
        name = python_name(wire, self.overrides["names"])
        if name in _RESERVED:
            raise ModelError(
                f"{owner}.{wire}: every shape has a {name} already; give another name under [names]"
            )
        kind = self._type(raw["shape"])
        present = wire in self.overrides["present"].get(owner, ())
        listed = self._is_listed(owner, kind)
        collection = isinstance(kind, ListOf | MapOf)
        required = wire in self.shapes[owner].get("required", ())
        empty = listed or (collection and present)
        return Member(
            wire=wire,
            name=name,
            type=kind,
            required=(required or present) and not empty,
            doc=self.docs.member(owner, wire),
            secret=self._is_secret(owner, wire, raw["shape"]),
            holds_secrets=self._holds_secrets(raw["shape"]),
            deprecated=bool(raw.get("deprecated")),
            negative_numbers=f"{owner}.{wire}" in self.overrides["negative_numbers"],
            seldom=f"{owner}.{wire}" in self.overrides["seldom"],
            empty_when_missing=empty,
            takes_mapping=_is_attributes(kind) and self.roles.get(owner) is Role.REQUEST,
        )

    def _is_listed(self, owner: str, kind: Type) -> bool:
        """Whether this is the list that a List operation returns."""
        is_list_operation = owner.removeprefix("Admin").startswith("List") and owner.endswith("Response")
        return is_list_operation and self.roles.get(owner) is Role.RESPONSE and isinstance(kind, ListOf)

    def _is_secret(self, owner: str, wire: str, shape: str) -> bool:
        """Whether the member is a secret, or a list or map of secrets."""
        secrets = self.overrides["secrets"]
        if shape in secrets["masked"] or shape in secrets["unmarked"]:
            return True
        if f"{owner}.{wire}" in secrets["unmarked"]:
            return True
        if self.graph.is_structure(shape):
            return False
        return any(self._is_secret("", "", inner) for inner in self.graph.references(shape))

    def _holds_secrets(self, shape: str) -> bool:
        """Whether a structure in it has a secret member."""
        return any(
            self._is_secret(below, wire, member["shape"])
            for below in self.graph.below(shape)
            for wire, member in self.shapes[below].get("members", {}).items()
        )

    def _type(self, name: str) -> Type:
        shape = self.shapes[name]
        told = name not in self.overrides["untold_limits"]
        limits = Limits(shape.get("min"), shape.get("max"), shape.get("pattern"), told=told)
        if "enum" in shape:
            return EnumRef(name, tuple(shape["enum"]))
        match shape["type"]:
            case "structure" if shape.get("document"):
                return Simple(Scalar.DOCUMENT)
            case "structure":
                return StructureRef(name)
            case "list":
                return ListOf(self._type(shape["member"]["shape"]), limits)
            case "map":
                return MapOf(self._type(shape["key"]["shape"]), self._type(shape["value"]["shape"]), limits)
            case kind if kind in _SCALARS:
                return Simple(_SCALARS[kind], limits)
            case kind:
                raise ModelError(f"{name}: the generator does not know the type {kind!r}")

    def _error(self, name: str) -> Error:
        members = {
            wire: raw
            for wire, raw in self.shapes[name].get("members", {}).items()
            if wire.lower() != "message"
        }
        error = Error(
            name=name,
            doc=self.docs.error(name),
            members=self._members(name, members),
            advice=self.docs.advice(name),
        )
        for member in error.members:
            if member.name in _RESERVED_IN_ERRORS:
                raise ModelError(f"{name}.{member.wire}: every error has a {member.name} already")
            if not isinstance(member.type, Simple):
                raise ModelError(f"{name}.{member.wire}: errors have only simple members so far")
        return error

    def _operation(
        self, name: str, structures: Mapping[str, Structure], errors: Mapping[str, Error]
    ) -> Operation:
        raw = self.raw_operations[name]
        summary, details = self.docs.operation(name)
        raised = {reference["shape"] for reference in raw.get("errors", ())}
        request = structures[raw["input"]["shape"]]
        response = structures[raw["output"]["shape"]] if "output" in raw else None
        entry = self.paginators.get(name)
        return Operation(
            name=name,
            method=python_name(name, self.overrides["names"]),
            area=self.graph.area_of_operation[name],
            request=request,
            response=response,
            signed=raw.get("authtype") != "none",
            replay_safe=name not in self.overrides["not_replayed"],
            errors=tuple(errors[shape] for shape in sorted(raised)),
            summary=summary,
            details=details,
            url=_REFERENCE.format(name),
            pagination=pagination_of(entry, request, response) if entry else None,
        )


def _is_attributes(kind: Type) -> bool:
    return isinstance(kind, ListOf) and kind.item == _ATTRIBUTE
