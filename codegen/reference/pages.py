"""Writes the reference pages from the IR: one per area, for keys of maps and for the errors, and an index.

Each hand-written public module has a page too, which Sphinx fills from its docstrings.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

import cognito_async
from codegen.annotations import plain_annotation
from codegen.build import build_api
from codegen.docstrings import key_set_text, member_text, received_map_text, sent_map_text
from codegen.ir import (
    Api,
    Area,
    EnumRef,
    Error,
    ListOf,
    MapOf,
    ModelError,
    Operation,
    Role,
    Structure,
    StructureRef,
    Type,
)
from codegen.load import load_inputs, load_sources
from codegen.pagination import own_parameters, paging_texts
from codegen.reference.examples import example_calls
from codegen.reference.markup import (
    ERRORS,
    NAMES,
    TYPES,
    badges,
    error_tree,
    exported,
    facts,
    linked_tree,
    long_pattern,
    plain_parameter,
    properties,
    prose,
    short_pattern,
    short_signature,
    signature,
)
from codegen.render import GENERATED, environment, parameters
from codegen.validate import COMMON, MAP_KEYS
from cognito_async import types
from cognito_async._errors.service import THROTTLING_CODES

PACKAGE = Path(cognito_async.__file__).parent
# Longer lists are folded.
LONG_LIST = 12
LONG_LINE = 6
SHARED_BASES = ("Record", "Uncopyable")
"""Base classes without members for users."""


def write_reference(folder: Path) -> None:
    """Write the changed pages into ``folder``, and remove old ones."""
    pages = reference_pages(build())
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def build() -> Api:
    """Return the IR of the installed model."""
    sources = load_sources()
    return build_api(sources.model, sources.paginators, load_inputs())


def reference_pages(api: Api) -> dict[str, str]:
    """Return the text of all pages by file name."""
    writer = _Writer(api)
    modules = public_modules()
    pages = [(area.name, writer.area(area)) for area in api.areas]
    pages += [(module, writer.module(module)) for module in modules]
    if api.keyed_maps:
        pages.append((MAP_KEYS, writer.map_keys()))
    pages += [("errors", writer.errors()), ("index", writer.index(modules))]
    texts = {f"{name}.rst": text for name, text in pages}
    if len(texts) != len(pages):
        raise ModelError("areas.toml: an area has the name of a public module or of another page")
    return texts


def public_modules() -> list[str]:
    """Return the names of the hand-written public modules and packages."""
    modules = [path.stem for path in PACKAGE.glob("*.py")]
    modules += [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    return sorted(name for name in modules if not name.startswith("_") and name not in GENERATED)


@frozen
class Entry:
    """An exported name of a hand-written module, and the Sphinx directive for it."""

    directive: str
    path: str
    inherits: bool = False
    """Whether it is a class with members of private base classes, which have no entry of their own."""


def entries(module: str) -> Iterator[Entry]:
    """Yield the exported names of a module, under the path that users import them from."""
    name = f"{PACKAGE.name}.{module}"
    loaded = importlib.import_module(name)
    for public in exported(loaded):
        home = PACKAGE.name if public in exported(cognito_async) else name
        value = getattr(loaded, public)
        yield Entry(_directive(value), f"{home}.{public}", inherits=_inherits(value, exported(loaded)))


def _inherits(value: object, names: Collection[str]) -> bool:
    if not inspect.isclass(value) or issubclass(value, BaseException):
        return False
    package = ".".join(value.__module__.split(".")[:2])
    private = [base for base in value.__mro__[1:] if base.__name__ not in {*names, *SHARED_BASES}]
    return any(base.__module__.startswith(f"{package}.") for base in private)


def _directive(value: object) -> str:
    if inspect.isclass(value):
        return "autoexception" if issubclass(value, BaseException) else "autoclass"
    return "autofunction" if inspect.isfunction(value) else "autodata"


def located(annotation: str) -> str:
    """Return an annotation with full paths of all exported names, which Sphinx needs for links."""
    paths = _paths()
    return NAMES.sub(lambda match: paths.get(match[0], match[0]), annotation)


@cache
def _paths() -> Mapping[str, str]:
    """Return the paths of all names that public modules export."""
    return {entry.path.rpartition(".")[2]: entry.path for name in public_modules() for entry in entries(name)}


def short_title(area: Area) -> str:
    """Return the title of the page of an area: the part before a colon."""
    return "Shared shapes" if area.name == COMMON else area.title.partition(":")[0]


class _Writer:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.environment = environment()
        self.used_by = _used_by(api)
        filters: dict[str, Any] = {"prose": prose, "located": located}
        helpers: dict[str, Any] = {
            "LONG_LINE": LONG_LINE,
            "SHARED_BASES": SHARED_BASES,
            "LONG_LIST": LONG_LIST,
            "error_operations": self._error_operations,
            "facts": facts,
            "badges": badges,
            "key_set_text": key_set_text,
            "member_text": member_text,
            "received_map_text": received_map_text,
            "sent_map_text": sent_map_text,
            "own_parameters": own_parameters,
            "paging_texts": paging_texts,
            "parameters": parameters,
            "plain_annotation": plain_annotation,
            "plain_parameter": plain_parameter,
            "properties": properties,
            "short_title": short_title,
            "short_pattern": short_pattern,
            "long_pattern": long_pattern,
            "short_signature": short_signature,
            "signature": signature,
            "examples": example_calls(api),
            "throttles": _throttles,
            "used_by": self.used_by.__getitem__,
        }
        self.environment.filters.update(filters)
        self.environment.globals.update(helpers)

    def area(self, area: Area) -> str:
        return self._fill(
            "area",
            area=area,
            operations=self._operations(area),
            shapes=sorted(self._nested(area), key=lambda shape: shape.name),
            enums=[enum for enum in self.api.enums if enum.area == area.name],
            shared=shared_names(self.api) if area.name == COMMON else {},
        )

    def module(self, module: str) -> str:
        return self._fill("module", module=f"{PACKAGE.name}.{module}", name=module, entries=entries(module))

    def map_keys(self) -> str:
        received = {
            member.keyed.received_name
            for shape in self.api.structures
            for member in shape.members
            if member.keyed and not shape.sent
        }
        return self._fill("map_keys", maps=self.api.keyed_maps, received=received)

    def errors(self) -> str:
        return self._fill(
            "errors",
            roots=roots(self.api),
            tree=linked_tree(),
            errors=self.api.errors,
            common=common_errors(self.api),
        )

    def index(self, modules: Sequence[str]) -> str:
        areas = [(area, self._operations(area)) for area in self.api.areas]
        return self._fill("index", api=self.api, areas=areas, modules=modules, summaries=summaries(modules))

    def _fill(self, template: str, **context: object) -> str:
        return self.environment.get_template(f"reference/{template}.rst.jinja").render(context).strip() + "\n"

    def _operations(self, area: Area) -> list[Operation]:
        return [operation for operation in self.api.operations if operation.area == area.name]

    def _nested(self, area: Area) -> Iterator[Structure]:
        for shape in self.api.structures:
            if shape.area == area.name and shape.role is Role.NESTED:
                yield shape

    def _error_operations(self, name: str) -> list[Operation]:
        def raises(operation: Operation) -> bool:
            return any(error.name == name for error in operation.errors)

        return list(filter(raises, self.api.operations))


def summaries(modules: Sequence[str]) -> dict[str, str]:
    """Return the first line of each module's docstring."""
    loaded = {name: importlib.import_module(f"{PACKAGE.name}.{name}") for name in modules}
    return {name: (inspect.getdoc(module) or "").partition("\n")[0] for name, module in loaded.items()}


def shared_names(api: Api) -> dict[str, str]:
    """Return the names in ``types`` that are not in the model, with their directives."""
    modeled = {shape.name for shape in api.structures} | {enum.name for enum in api.enums}
    modeled |= {name for keyed in api.keyed_maps for name in (keyed.name, keyed.received_name)}
    modeled |= {each.name for keyed in api.keyed_maps for each in keyed.sets}
    return {name: _directive(getattr(types, name)) for name in sorted(TYPES - modeled)}


def common_errors(api: Api) -> list[tuple[Error, str]]:
    """Return the errors that most signed or most unsigned operations can raise, with these kinds."""
    kinds: dict[str, set[str]] = {}
    for operation in api.operations:
        for error in operation.common_errors:
            kinds.setdefault(error.name, set()).add("signed" if operation.signed else "unsigned")
    return [
        (error, f"{' and '.join(sorted(kinds[error.name]))} operations")
        for error in api.errors
        if error.name in kinds
    ]


def roots(api: Api) -> list[str]:
    """Return the hand-written exceptions, in the order of the tree."""
    names = ERRORS - {error.name for error in api.errors}
    return sorted(names, key=error_tree().split().index)


def _throttles(error: Error) -> bool:
    return error.name in THROTTLING_CODES


def _used_by(api: Api) -> dict[str, list[Operation]]:
    """Return for each shape the operations whose requests or responses contain it."""
    structures = {shape.name: shape for shape in api.structures}
    below: dict[str, set[str]] = {}
    for shape in api.structures:  # each comes after the shapes that it contains
        direct = {name for member in shape.members for name in _names(member.type)}
        below[shape.name] = direct.union(*(below[name] for name in direct if name in structures))
    users: dict[str, list[Operation]] = {}
    for operation in api.operations:
        shapes = [operation.request, operation.response] if operation.response else [operation.request]
        for name in sorted(set().union(*(below[shape.name] for shape in shapes))):
            users.setdefault(name, []).append(operation)
    return users


def _names(kind: Type) -> Iterator[str]:
    match kind:
        case StructureRef(name) | EnumRef(name):
            yield name
        case ListOf(item):
            yield from _names(item)
        case MapOf(key, value):
            yield from _names(key)
            yield from _names(value)
        case _:
            pass
