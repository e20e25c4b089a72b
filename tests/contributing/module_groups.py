"""The modules in their groups, and who imports whom, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent.parent
PACKAGE = "cognito_async"
GENERATOR = "codegen"


@frozen
class Group:
    """Modules that belong together."""

    name: str
    purpose: str
    modules: tuple[str, ...]
    """Names inside the package; modules of the generator with the name of theirs before."""


PUBLIC = Group("Public surface", "what users import", (PACKAGE, "client"))
"""Also home of every public module that no other group names."""

GROUPS = (
    PUBLIC,
    Group(
        "Command line",
        "python -m cognito_async",
        ("__main__", "_cli", "_cli_run", "_cli_call", "_cli_request", "_cli_users", "_cli_whoami"),
    ),
    Group(
        "Testing kit",
        "for the tests of users",
        (
            *("testing", "_canned", "_expectation", "_made_up"),
            *("_moto_server", "_moto_process", "_pytest_plugin"),
        ),
    ),
    Group("Generated packages", "from botocore's model", ("operations", "types", "errors", "endpoints")),
    Group("Lists", "pages, items and resume tokens", ("pagination", "_paginating", "_resume")),
    Group(
        "Pipeline",
        "one call: deadline, attempts, retries",
        ("_pipeline", "_call", "retry", "_error_body", "_agent"),
    ),
    Group("Settings", "argument, environment, file", ("config", "_settings", "_checks", "_profile")),
    Group(
        "Credentials and signing",
        "whose request it is",
        ("credentials", "_providers", "_refresh", "_chain", "_signer"),
    ),
    Group(
        "Codec",
        "between attrs classes and JSON",
        ("_codec", "_writing", "_reading", "_fast_reading", "_annotations", "_scalars", "_timestamps"),
    ),
    Group("Transport", "all that knows aiohttp", ("_transport", "_aiohttp", "_traffic", "_tls")),
    Group(
        "Foundation",
        "what the others are made of",
        (
            *("_model", "_record", "_error_base", "_errors", "_transport_errors", "_advice"),
            *("_problems", "_protocol", "_answers"),
            *("_headers", "_single_flight", "_lazy", "_version"),
        ),
    ),
    Group(
        "Generator",
        "python -m codegen, not in the wheel",
        tuple(
            f"{GENERATOR}.{name}"
            for name in (
                *("__main__", "load", "consistency", "build", "ir", "names", "docs"),
                *("pagination", "endpoints", "describe", "render", "surface"),
                *("reference", "reference_text"),
            )
        ),
    ),
)
GENERATED = GROUPS[3]


# What the source says


@frozen
class Module:
    """A module by hand, or a generated package as a whole."""

    name: str
    purpose: str
    now: frozenset[str]
    """What is imported with it."""

    later: frozenset[str]
    """What is imported when something in it is first used."""

    index: frozenset[str]
    """What is imported at once; less than ``now`` for a package, whose files wait for their first use."""


def _statements(node: ast.AST, *, later: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Imports in a tree, and whether they wait: in functions, and those of names that are loaded lazily."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, later
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for child in node.body:
            yield from _statements(child, later=True)
        for child in node.orelse:
            yield from _statements(child, later=later)
    else:
        waits = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            yield from _statements(child, later=later or waits)


def _name(path: Path, root: Path) -> str:
    """Name of a module as the groups have it; a generated package has one for all its files."""
    parts = path.relative_to(root).with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    if parts[0] == PACKAGE:
        return parts[1] if len(parts) > 1 else PACKAGE
    return ".".join(parts)


def _sources(root: Path) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    # The index of a package, __init__.py, sorts before its areas.
    for pattern in (f"{PACKAGE}/*.py", f"{PACKAGE}/*/*.py", f"{GENERATOR}/*.py"):
        for path in sorted(root.glob(pattern)):
            files.setdefault(_name(path, root), []).append(path)
    files.pop(GENERATOR, None)  # says what the generator is, and has no code
    return files


def read_modules(root: Path = ROOT) -> dict[str, Module]:
    """Every module with what it imports of the others."""
    sources = _sources(root)

    def home(dotted: str) -> str | None:
        """Group name of the longest beginning that is a module of ours."""
        parts = dotted.split(".")
        if parts[0] == PACKAGE:
            return parts[1] if len(parts) > 1 and parts[1] in sources else PACKAGE
        name = ".".join(parts[:2])
        return name if name in sources else None

    def imports_of(name: str, paths: Sequence[Path]) -> dict[str, bool]:
        imports: dict[str, bool] = {}
        for path in paths:
            for statement, later in _statements(ast.parse(path.read_text(encoding="utf-8"))):
                for found in filter(None, map(home, _targets(statement))):
                    imports[found] = imports.get(found, True) and later
        imports.pop(name, None)
        return imports

    modules: dict[str, Module] = {}
    for name, paths in sources.items():
        imports, index = imports_of(name, paths), imports_of(name, paths[:1])
        modules[name] = Module(
            name=name,
            purpose=_purpose(paths[0]),
            now=frozenset(target for target, later in imports.items() if not later),
            later=frozenset(target for target, later in imports.items() if later),
            index=frozenset(target for target, later in index.items() if not later),
        )
    return modules


def _targets(statement: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    return [f"{statement.module}.{alias.name}" for alias in statement.names]


def _purpose(path: Path) -> str:
    """First sentence of the docstring of a module."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].replace("``", "`").split())
    return first.partition(". ")[0].rstrip(".:")


def grouped(modules: dict[str, Module]) -> list[tuple[Group, list[str]]]:
    """Groups with their modules.

    Raises:
        ValueError: A module has no group, or a group names a module that is not there.
    """
    named = {name for group in GROUPS for name in group.modules}
    gone = sorted(named - modules.keys())
    homeless = sorted(name for name in modules.keys() - named if name.rpartition(".")[2].startswith("_"))
    homeless += sorted(name for name in modules.keys() - named if name.startswith(f"{GENERATOR}."))
    if gone or homeless:
        raise ValueError(
            f"GROUPS in tests/contributing/module_groups.py: give a group to {', '.join(dict.fromkeys(homeless)) or 'nothing'}, "
            f"take out {', '.join(gone) or 'nothing'}"
        )
    others = sorted(modules.keys() - named)
    return [(group, [*group.modules, *(others if group is PUBLIC else ())]) for group in GROUPS]


def group_imports(modules: dict[str, Module]) -> dict[tuple[str, str], bool]:
    """Who imports whom by group, and whether only when first used."""
    home = {name: group.name for group, names in grouped(modules) for name in names}
    arrows: dict[tuple[str, str], bool] = {}
    for module in modules.values():
        for target in sorted(module.now | module.later):
            arrow = home[module.name], home[target]
            if arrow[0] != arrow[1]:
                arrows[arrow] = arrows.get(arrow, True) and target in module.later
    return dict(sorted(arrows.items()))


def loaded_with_client(modules: dict[str, Module]) -> set[str]:
    """What ``from cognito_async import CognitoClient`` loads; of generated packages only their index."""
    found: set[str] = set()
    ahead = [PACKAGE, "client"]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += modules[name].index
    return found
