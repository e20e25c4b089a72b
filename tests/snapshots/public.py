"""The public API as text, one file per module, read from the sources without importing them.

The text is Python in the form of a stub, with a line for each class, attribute, method, function, alias and
constant. Public are the names in ``__all__`` of modules without an underscore. Names in the area modules behind
``types`` and ``operations`` are listed where users import them from. ``private.txt`` lists private classes that
users see all the same: bases and types of public names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PROTOCOLS = ("__init__", "__call__", "__aenter__", "__aexit__", "__aiter__")
MAX_VALUE_LENGTH = 160
CREATED_BY_THE_CLIENT = ("Pages", "Paginator")  # their __init__ is not public
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True, eq=False)
class Module:
    """Definitions and imports of a module, as type checkers see them."""

    name: str
    exported: list[str] = field(default_factory=list)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        return any(part.startswith("_") for part in self.name.split("."))


def snapshot(package: Path) -> dict[str, str]:
    """Return the text of all files by name."""
    return Surface(package).files()


def public_modules(package: Path) -> list[str]:
    """Return the names of the public modules, without the areas."""
    names = [_module_name(package, path) for path in package.rglob("*.py")]
    areas = {f"{package.name}.{name}" for name in ("types", "operations")}
    return sorted(
        name
        for name in names
        if "._" not in name
        and (name.rpartition(".")[0] not in areas or name == f"{package.name}.operations.pagination")
    )


class Surface:
    """Reads the sources of a package."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.module = cache(self._module)
        self.shown: set[tuple[str, str]] = set()
        self.met: set[tuple[str, str]] = set()

    def files(self) -> dict[str, str]:
        texts: dict[str, list[str]] = {}
        public = public_modules(self.package)
        for name in public:
            if not self.module(name).exported:
                continue  # a package that only contains modules
            texts[name] = [f"# {name}: public API. Written by `nox -s pages`."]
            for exported in sorted(self.module(name).exported):
                texts[name] += self._listed(name, exported, public)
        texts["private"] = [
            "# Bases and types of public names; not to be imported. Written by `nox -s pages`."
        ]
        met = self._all_met()
        for home, name in sorted(met):
            texts["private"] += [f"# {home}", *met[home, name]]
        prefix = f"{self.package.name}."
        return {f"{name.removeprefix(prefix)}.txt": "\n".join(lines) + "\n" for name, lines in texts.items()}

    def _all_met(self) -> dict[tuple[str, str], list[str]]:
        """Return the private classes that public names refer to, directly or not."""
        found: dict[tuple[str, str], list[str]] = {}
        while unseen := self.met - self.shown:
            self.shown |= unseen
            found |= {(home, name): self._definition(self.module(home), name) for home, name in unseen}
        return found

    def _listed(self, module: str, name: str, public: list[str]) -> list[str]:
        origin, original = self.module(module).imports.get(name, ("", name))
        exported = origin in public and original in self.module(origin).exported
        if exported or f"{origin}.{original}" in public:
            return [f"from {origin} import {original}"]
        home, original = self._home(module, name)
        self.shown.add((home, original))
        return self._definition(self.module(home), original)

    # Finding

    def _module(self, name: str) -> Module:
        module = Module(name)
        path = self.package.parent.joinpath(*name.split("."))
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in _seen_by_checkers(ast.parse(source.read_text(encoding="utf-8")).body):
            match node:
                case ast.ImportFrom(module=str(origin), names=names):
                    if [alias.name for alias in names] == ["*"]:
                        exported = self.module(origin).exported
                        module.imports.update({name: (origin, name) for name in exported})
                        module.exported.extend(exported)
                        continue
                    for alias in names:
                        module.imports[alias.asname or alias.name] = (origin, alias.name)
                        if alias.asname == alias.name:  # re-exported
                            module.exported.append(alias.name)
                case ast.Assign(targets=[ast.Name("__all__")], value=value):
                    module.exported[:] = ast.literal_eval(value)
                case (
                    ast.ClassDef(name=defined)
                    | ast.FunctionDef(name=defined)
                    | ast.AsyncFunctionDef(name=defined)
                ):
                    module.definitions.setdefault(defined, []).append(node)
                case ast.Assign(targets=[ast.Name(defined)]) | ast.AnnAssign(target=ast.Name(defined)):
                    module.definitions.setdefault(defined, []).append(node)
                case _:
                    pass
        return module

    def _home(self, module: str, name: str) -> tuple[str, str]:
        """Return the module that defines a name, and its name there."""
        origin, original = self.module(module).imports.get(name, ("", name))
        if origin.partition(".")[0] != self.package.name:
            return module, name
        return (origin, original) if self._is_module(origin, original) else self._home(origin, original)

    def _is_module(self, parent: str, name: str) -> bool:
        path = self.package.parent.joinpath(*parent.split("."), name)
        return path.is_dir() or path.with_suffix(".py").is_file()

    def _meet(self, module: Module, expressions: Iterable[ast.expr | None]) -> None:
        """Record the private classes in expressions."""
        for expression in filter(None, expressions):
            for node in ast.walk(expression):
                if isinstance(node, ast.Name) and not node.id.startswith("_"):
                    home, name = self._home(module.name, node.id)
                    found = self.module(home)
                    if found.is_private and name in found.definitions:
                        self.met.add((home, name))

    # Writing

    def _definition(self, module: Module, name: str) -> list[str]:
        lines: list[str] = []
        for node in module.definitions[name]:
            match node:
                case ast.ClassDef(name="AllOperations"):
                    lines += [f"class {name}:", *self._operations(module, node)]
                case ast.ClassDef():
                    self._meet(module, node.bases)
                    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
                    inside = node.body
                    if name in CREATED_BY_THE_CLIENT:
                        inside = [part for part in inside if getattr(part, "name", "") != "__init__"]
                    members = [f"    {line}" for part in inside for line in self._member(module, part)]
                    lines += [f"class {name}{bases}:", *members] if members else [f"class {name}{bases}: ..."]
                case _:
                    lines += self._member(module, node, top=True)
        return lines

    def _operations(self, module: Module, node: ast.ClassDef) -> list[str]:
        """Return the methods of all mixins together, because an operation may move to another area."""
        methods: dict[str, list[str]] = {}
        for base in node.bases:
            if ast.unparse(base) == "OverloadedOperations":
                continue  # the same methods; the keys of its parameters are listed with the types
            home = self.module(self._home(module.name, ast.unparse(base))[0])
            for found in home.definitions[ast.unparse(base)]:
                assert isinstance(found, ast.ClassDef)
                for part in found.body:
                    for line in self._member(home, part):
                        name = getattr(part, "name", line)
                        methods.setdefault(name, []).append(f"    {line}")
                methods |= {line: [line] for line in self._operations(home, found)}
        return [line for name in sorted(methods, key=str.strip) for line in methods[name]]

    def _member(self, module: Module, node: ast.stmt, *, top: bool = False) -> list[str]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._function(module, node)
            case ast.AnnAssign(target=ast.Name(name), annotation=annotation, value=value):
                if name.startswith("_"):
                    return []
                self._meet(module, [annotation])
                is_alias = ast.unparse(annotation) == "TypeAlias"
                if is_alias:
                    self._meet(module, [value])
                shown = ast.unparse(value) if is_alias and value else _default(value)
                return [f"{name}: {ast.unparse(annotation)}{f' = {shown}' if shown else ''}"]
            case ast.Assign(targets=[ast.Name(name)], value=value):
                if (top and name == "__version__") or name == "advice":
                    return [f"{name}: str"]  # the value is not public
                return [] if name.startswith("_") else [f"{name} = {_short(value)}"]
            case _:
                return []

    def _function(self, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
        decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
        if node.name.startswith("_") and node.name not in PROTOCOLS:
            return []
        if node.name in _overloaded(module) and "overload" not in decorators:
            return []  # the overloads are listed
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self._meet(module, [node.returns, *(argument.annotation for argument in arguments)])
        returns = ast.unparse(node.returns) if node.returns else "None"
        if "property" in decorators:
            return [f"{node.name}: {returns} = property"]
        # An async generator is called without await.
        yields = any(isinstance(part, ast.Yield) for part in ast.walk(node))
        keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) and not yields else "def"
        lines = [f"{keyword} {node.name}({ast.unparse(node.args)}) -> {returns}: ..."]
        return lines + (_assigned(node) if node.name == "__init__" else [])


def _module_name(package: Path, path: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _seen_by_checkers(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body
        else:
            yield node


def _overloaded(module: Module) -> set[str]:
    return {
        part.name
        for nodes in module.definitions.values()
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, ast.FunctionDef) and "overload" in map(ast.unparse, part.decorator_list)
    }


def _assigned(init: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the public attributes that ``__init__`` sets, with their types if they are evident."""
    types = {argument.arg: argument.annotation for argument in [*init.args.args, *init.args.kwonlyargs]}
    lines: list[str] = []
    for node in init.body:
        match node:
            case ast.AnnAssign(target=ast.Attribute(ast.Name("self"), name), annotation=annotation):
                pass
            case ast.Assign(targets=[ast.Attribute(ast.Name("self"), name)], value=value):
                annotation = types.get(value.id) if isinstance(value, ast.Name) else None
                if isinstance(value, ast.Constant):
                    annotation = ast.Name(type(value.value).__name__)
            case _:
                continue
        if not name.startswith("_"):
            lines.append(f"{name}: {ast.unparse(annotation)} = ..." if annotation else f"{name} = ...")
    return lines


def _default(value: ast.expr | None) -> str:
    """Return the default of a field; empty if it is required."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("field", "_setting"):
        options = {keyword.arg: keyword.value for keyword in value.keywords}
        default = options.get("default", value.args[0] if value.args else None)
        return _short(default) if default else "..." if "factory" in options else ""
    return _short(value) if value else ""


def _short(value: ast.expr) -> str:
    text = ast.unparse(value)
    return text if len(text) <= MAX_VALUE_LENGTH else "..."
