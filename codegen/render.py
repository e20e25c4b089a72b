"""From the IR to files: templates filled, imports trimmed and everything formatted by ruff."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codegen import describe, endpoints
from codegen.consistency import COMMON, PAGINATION
from codegen.ir import Api, Area, Member, ModelError, Operation, Role, Structure
from codegen.load import HERE, Sources
from codegen.pagination import own_parameters, paginate_docstring, paginator_docstring
from cognito_async import _errors

PACKAGES = ("types", "operations", "errors", "endpoints")
# Written by hand in _model and part of the public namespace all the same.
_SHARED = frozenset({"AttributeMapping", "Document", "EmptyResponse"})
_ERROR_ROOTS = sorted(
    name
    for name, value in vars(_errors).items()
    if isinstance(value, type) and issubclass(value, _errors.CognitoError)
)


def render(api: Api, sources: Sources, overrides: Mapping[str, Any], folder: Path) -> None:
    """Write the generated sub-packages into ``folder``, formatted."""
    renderer = _Renderer(api)
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
    for area in api.areas:
        (folder / "types" / f"{area.name}.py").write_text(renderer.types(area), encoding="utf-8")
        if area.name != COMMON:
            path = folder / "operations" / f"{area.name}.py"
            path.write_text(renderer.operations(area), encoding="utf-8")
    for name, text in {
        "types/__init__.py": renderer.types_index(),
        "operations/__init__.py": renderer.operations_index(),
        f"operations/{PAGINATION}.py": renderer.paginators(),
        "errors/__init__.py": renderer.errors(),
        "endpoints/__init__.py": renderer.endpoints(sources, overrides),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    _ruff("check", "--quiet", "--fix", "--select", "F401,I001,RUF022", str(folder))
    _ruff("format", "--quiet", str(folder))


def _ruff(*arguments: str) -> None:
    config = HERE.parent / "pyproject.toml"
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--config", str(config)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ModelError(
            f"ruff {arguments[0]} does not take the generated code:\n{result.stdout}{result.stderr}"
        )


def class_name(area: Area) -> str:
    """Name of the mixin of an area."""
    return "".join(part.capitalize() for part in area.name.split("_")) + "Operations"


def parameters(operation: Operation) -> list[Member]:
    """Parameters of the method, the required ones first."""
    return sorted(operation.request.members, key=lambda member: not member.required)


def environment() -> Environment:
    """Return what fills the templates."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Python source and reStructuredText, not HTML
    )


class _Renderer:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.environment = environment()
        filters: dict[str, Any] = {
            "literal": _python_literal,
            "own_parameters": own_parameters,
            "parameter": _parameter,
            "parameters": parameters,
            "passed_on": _passed_on,
        }
        self.environment.filters.update(filters)
        self.helpers: dict[str, Any] = {
            "base": self._base,
            "class_name": class_name,
            "docstring": describe.docstring,
            "member_annotation": describe.member_annotation,
            "member_default": describe.member_default,
            "member_docstring": describe.member_docstring,
            "operation_docstring": describe.operation_docstring,
            "operation_facts": _operation_facts,
            "operation_of": self._operation_of,
            "paginate_docstring": paginate_docstring,
            "paginator_docstring": paginator_docstring,
            "paragraph": describe.paragraph,
            "parameter_annotation": describe.parameter_annotation,
            "structure_docstring": describe.structure_docstring,
        }
        self._by_shape = {
            shape.name: operation
            for operation in api.operations
            for shape in (operation.request, operation.response)
            if shape
        }

    def types(self, area: Area) -> str:
        names = self._names(area)
        return self._fill(
            "types_area",
            area=area,
            common=sorted(set(self._names(_area(self.api, COMMON))) - _SHARED),
            exported=names,
            enums=[enum for enum in self.api.enums if enum.area == area.name],
            structures=[shape for shape in self.api.structures if shape.area == area.name],
        )

    def types_index(self) -> str:
        return self._fill("types_index", homes={area.name: self._names(area) for area in self.api.areas})

    def operations(self, area: Area) -> str:
        operations = [operation for operation in self.api.operations if operation.area == area.name]
        return self._fill("operations_area", area=area, operations=operations)

    def operations_index(self) -> str:
        areas = sorted((area for area in self.api.areas if area.name != COMMON), key=lambda area: area.name)
        methods = {
            area: [operation.method for operation in self.api.operations if operation.area == area.name]
            for area in areas
        }
        return self._fill("operations_index", methods=methods, operations=self.api.operations)

    def paginators(self) -> str:
        paged = [operation for operation in self.api.operations if operation.pagination]
        exported = sorted([*(f"{operation.name}Paginator" for operation in paged), "PaginationOperations"])
        return self._fill("operations_pagination", exported=exported, operations=paged)

    def errors(self) -> str:
        exported = sorted([*_ERROR_ROOTS, *(error.name for error in self.api.errors)])
        return self._fill("errors", roots=_ERROR_ROOTS, exported=exported, errors=self.api.errors)

    def endpoints(self, sources: Sources, overrides: Mapping[str, Any]) -> str:
        return self._fill(
            "endpoints",
            api=self.api,
            partitions=endpoints.partition_rows(sources.partitions),
            parameters=endpoints.parameters_source(sources.rules),
            body=endpoints.body_source(sources.rules, overrides["endpoint_errors"]),
        )

    def _fill(self, template: str, **context: object) -> str:
        return self.environment.get_template(f"{template}.py.jinja").render(self.helpers | context)

    def _names(self, area: Area) -> list[str]:
        names = [enum.name for enum in self.api.enums if enum.area == area.name]
        names += [shape.name for shape in self.api.structures if shape.area == area.name]
        return sorted([*names, *_SHARED] if area.name == COMMON else names)

    def _operation_of(self, shape: Structure) -> Operation | None:
        return self._by_shape.get(shape.name)

    def _base(self, shape: Structure) -> str:
        if shape.role is Role.REQUEST:
            return f"Request[{_response_name(self._by_shape[shape.name])}]"
        bases = ["Response"] if shape.role is Role.RESPONSE else []
        if shape.attribute_list:
            bases.append("HasAttributes")
        return ", ".join(bases) or "Shape"


def _area(api: Api, name: str) -> Area:
    return next(area for area in api.areas if area.name == name)


def _response_name(operation: Operation) -> str:
    return operation.response.name if operation.response else "EmptyResponse"


def _operation_facts(operation: Operation) -> str:
    facts = [f'"{operation.name}"', _response_name(operation)]
    if not operation.signed:
        facts.append("signed=False")
    if not operation.replay_safe:
        facts.append("replay_safe=False")
    return ", ".join(facts)


def _parameter(member: Member) -> str:
    default = "" if member.required else " = None"
    return f"{member.name}: {describe.parameter_annotation(member)}{default}"


def _passed_on(member: Member) -> str:
    return f"{member.name}={member.name}"


def _python_literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
