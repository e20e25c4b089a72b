"""Builds the typed IR from the model and our inputs. Anything unsupported raises an error that names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

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
    raise_all,
)
from codegen.load import Inputs
from codegen.map_keys import build_keyed_maps
from codegen.naming import python_name
from codegen.pagination import pagination_entries, pagination_of
from codegen.quotas import build_challenges, build_quotas
from codegen.shape_graph import ShapeGraph
from codegen.texts import Texts
from codegen.validate import COMMON, validate_inputs
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
# Share of the operations of a kind, signed or unsigned, from which an error is common to them.
_COMMON = 0.8
_Part = TypeVar("_Part")
_REFERENCE = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_{}.html"


def build_api(model: Mapping[str, Any], paginators: Mapping[str, Any], inputs: Inputs) -> Api:
    """Return the IR of the whole model. Raises ModelError for decisions that a person must make."""
    texts = Texts(inputs)
    api = build_draft(model, paginators, inputs, texts)
    texts.check_all_used()
    return api


def build_draft(model: Mapping[str, Any], paginators: Mapping[str, Any], inputs: Inputs, texts: Texts) -> Api:
    """Return the IR although texts may be missing or unused; ``texts`` lists them afterwards."""
    validate_inputs(model, inputs)
    entries = pagination_entries(model, paginators, inputs.paginators)
    return _Builder(model, entries, inputs, texts).api()


class _Builder:
    def __init__(
        self, model: Mapping[str, Any], paginators: Mapping[str, Any], inputs: Inputs, texts: Texts
    ) -> None:
        self.paginators = paginators
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.raw_operations: Mapping[str, Any] = model["operations"]
        self.metadata: Mapping[str, Any] = model["metadata"]
        self.overrides = inputs.overrides
        self.texts = texts
        self.problems: list[str] = []
        self.area_table = inputs.areas
        self.quotas = build_quotas(inputs.quotas)
        self.challenges = build_challenges(inputs.quotas)
        self.keyed_maps = build_keyed_maps(inputs.map_keys, self.overrides["names"])
        self.quota_of = {name: quota for quota in self.quotas for name in quota.operations}
        self.graph = ShapeGraph(model, inputs.areas)
        self.roles = self._roles()
        self.common_errors = {signed: self._common_errors(signed=signed) for signed in (True, False)}

    def api(self) -> Api:
        structures = self._collect(self._structure, self.graph.dependency_order())
        exceptions = [name for name, shape in sorted(self.shapes.items()) if shape.get("exception")]
        errors = self._collect(self._error, exceptions)
        used = {*self.graph.sent, *self.graph.received}
        areas = [Area(name, table["title"]) for name, table in self.area_table.items()]
        enums = tuple(
            Enumeration(name, self.graph.area(name), self.texts.shape(name), tuple(shape["enum"]))
            for name, shape in sorted(self.shapes.items())
            if "enum" in shape and name in used
        )
        texts = self._collect(self.texts.operation, sorted(self.raw_operations))
        built = structures.keys() | errors.keys()
        operations = self._collect(
            lambda name: self._operation(name, texts[name], structures, errors),
            [name for name in texts if built >= self._parts(name)],
        )
        raise_all(self.problems)
        return Api(
            areas=(*areas, Area(COMMON, "Used by several areas")),
            structures=tuple(structures.values()),
            enums=enums,
            operations=tuple(operations.values()),
            errors=tuple(errors.values()),
            target_prefix=self.metadata["targetPrefix"],
            signing_name=self.metadata.get("signingName", self.metadata["endpointPrefix"]),
            quotas=self.quotas,
            challenges=self.challenges,
            keyed_maps=tuple(self.keyed_maps.values()),
            counts={
                "operations": len(self.raw_operations),
                "shapes": len(self.shapes),
                "structures": len(structures),
                "errors": len(errors),
                "paginators": len(self.paginators),
            },
        )

    def _collect(self, build: Callable[[str], _Part], names: Iterable[str]) -> dict[str, _Part]:
        """Return the parts by name, without those that cannot be built."""
        parts: dict[str, _Part] = {}
        for name in names:
            try:
                parts[name] = build(name)
            except ModelError as error:
                self.problems.append(str(error))
        return parts

    def _roles(self) -> dict[str, Role]:
        roles: dict[str, Role] = {}
        for operation in self.raw_operations.values():
            roles[operation["input"]["shape"]] = Role.REQUEST
            if "output" in operation:
                roles[operation["output"]["shape"]] = Role.RESPONSE
        return roles

    def _common_errors(self, *, signed: bool) -> set[str]:
        """Return the errors that most signed (or unsigned) operations can raise."""
        operations = [each for each in self.raw_operations.values() if _is_signed(each) is signed]
        counts = Counter(error["shape"] for each in operations for error in each.get("errors", ()))
        return {error for error, count in counts.items() if count >= _COMMON * len(operations)}

    # Parts

    def _structure(self, name: str) -> Structure:
        shape = self.shapes[name]
        role = self.roles.get(name, Role.NESTED)
        members = self._members(name, shape["members"])
        return Structure(
            name=name,
            role=role,
            area=self.graph.area(name),
            doc=self.texts.shape(name) if role is Role.NESTED else "",
            members=members,
            sent=name in self.graph.sent,
            received=name in self.graph.received,
            attribute_list=self._attribute_list(name, members),
        )

    def _attribute_list(self, owner: str, members: tuple[Member, ...]) -> str:
        """Return the name of the list behind the ``attribute_map`` of a response."""
        if owner not in self.graph.received:
            return ""
        lists = [member.name for member in members if _is_attributes(member.type)]
        if len(lists) > 1:
            raise ModelError(
                f"{owner}: it has several lists of attributes, {', '.join(lists)}; only one is supported"
            )
        return lists[0] if lists else ""

    def _members(self, owner: str, raw: Mapping[str, Any]) -> tuple[Member, ...]:
        members = tuple(self._member(owner, wire, member) for wire, member in raw.items())
        names = [member.name for member in members]
        for member in members:
            if names.count(member.name) > 1:
                raise ModelError(f"{owner}.{member.wire}: another member has the name {member.name} too")
        return members

    def _member(self, owner: str, wire: str, raw: Mapping[str, Any]) -> Member:
        name = python_name(wire, self.overrides["names"])
        if name in _RESERVED:
            raise ModelError(f"{owner}.{wire}: every shape has a {name}; choose another name under [names]")
        kind = self._type(raw["shape"])
        always_present = wire in self.overrides["always_present"].get(owner, ())
        is_result = self._is_list_result(owner, kind)
        collection = isinstance(kind, ListOf | MapOf)
        required = wire in self.shapes[owner].get("required", ())
        empty = is_result or (collection and always_present)
        return Member(
            wire=wire,
            name=name,
            type=kind,
            required=(required or always_present) and not empty,
            doc=self.texts.member(owner, wire),
            secret=self._is_secret(owner, wire, raw["shape"]),
            holds_secrets=self._holds_secrets(raw["shape"]),
            deprecated=bool(raw.get("deprecated")),
            negative_numbers=f"{owner}.{wire}" in self.overrides["negative_numbers"],
            rare=f"{owner}.{wire}" in self.overrides["rare"],
            empty_when_missing=empty,
            takes_mapping=_is_attributes(kind) and self.roles.get(owner) is Role.REQUEST,
            keyed=self.keyed_maps.get(wire) if isinstance(kind, MapOf) else None,
        )

    def _is_list_result(self, owner: str, kind: Type) -> bool:
        """Return whether this is the list that a List operation returns."""
        is_list_operation = owner.removeprefix("Admin").startswith("List") and owner.endswith("Response")
        return is_list_operation and self.roles.get(owner) is Role.RESPONSE and isinstance(kind, ListOf)

    def _is_secret(self, owner: str, wire: str, shape: str) -> bool:
        """Return whether the member is a secret, or a list or map of secrets."""
        secrets = self.overrides["secrets"]
        if shape in secrets["masked"] or shape in secrets["unmarked"]:
            return True
        if f"{owner}.{wire}" in secrets["unmarked"]:
            return True
        if self.graph.is_structure(shape):
            return False
        return any(self._is_secret("", "", inner) for inner in self.graph.references(shape))

    def _holds_secrets(self, shape: str) -> bool:
        """Return whether a structure inside it has a secret member."""
        return any(
            self._is_secret(nested, wire, member["shape"])
            for nested in self.graph.nested(shape)
            for wire, member in self.shapes[nested].get("members", {}).items()
        )

    def _type(self, name: str) -> Type:
        shape = self.shapes[name]
        documented = name not in self.overrides["undocumented_limits"]
        limits = Limits(shape.get("min"), shape.get("max"), shape.get("pattern"), documented=documented)
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
                raise ModelError(f"{name}: the type {kind!r} is not supported")

    def _error(self, name: str) -> Error:
        members = {
            wire: raw
            for wire, raw in self.shapes[name].get("members", {}).items()
            if wire.lower() != "message"
        }
        error = Error(
            name=name,
            doc=self.texts.error(name),
            members=self._members(name, members),
            advice=self.texts.advice(name),
        )
        for member in error.members:
            if member.name in _RESERVED_IN_ERRORS:
                raise ModelError(f"{name}.{member.wire}: every error has an attribute {member.name}")
            if not isinstance(member.type, Simple):
                raise ModelError(f"{name}.{member.wire}: only simple members of errors are supported")
        return error

    def _parts(self, name: str) -> set[str]:
        """Return the request, response and errors of an operation."""
        raw = self.raw_operations[name]
        parts = [raw["input"], *raw.get("errors", ()), *filter(None, [raw.get("output")])]
        return {part["shape"] for part in parts}

    def _operation(
        self,
        name: str,
        texts: tuple[str, str],
        structures: Mapping[str, Structure],
        errors: Mapping[str, Error],
    ) -> Operation:
        raw = self.raw_operations[name]
        summary, details = texts
        raised = {reference["shape"] for reference in raw.get("errors", ())}
        request = structures[raw["input"]["shape"]]
        response = structures[raw["output"]["shape"]] if "output" in raw else None
        entry = self.paginators.get(name)
        signed = _is_signed(raw)
        return Operation(
            name=name,
            method=python_name(name, self.overrides["names"]),
            area=self.graph.area_of_operation[name],
            request=request,
            response=response,
            signed=signed,
            idempotent=name not in self.overrides["not_idempotent"],
            errors=tuple(errors[shape] for shape in sorted(raised)),
            common_errors=tuple(errors[shape] for shape in sorted(raised & self.common_errors[signed])),
            summary=summary,
            details=details,
            url=_REFERENCE.format(name),
            pagination=pagination_of(entry, request, response) if entry else None,
            quota=self.quota_of.get(name),
        )


def _is_signed(operation: Mapping[str, Any]) -> bool:
    return operation.get("authtype") != "none"


def _is_attributes(kind: Type) -> bool:
    return isinstance(kind, ListOf) and kind.item == _ATTRIBUTE
