"""Imports go down the layers, without cycles; generated code is in its folders and has the header."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.render import GENERATED, HEADER

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "cognito_async"

# From the top. A module may import from the lines below its own, and on its own line from a package to its right.
LAYERS = """
__main__ _cli _pytest_plugin
testing integrations oauth sign_in bulk updates waiters
client
_pipeline operations tokens _preload opentelemetry
_codec _sigv4 credentials pagination retry rate_limit _http
config types errors _endpoints filters hooks _single_flight
_model _errors
attributes transport _lazy _hints _hosts _messages _signatures _thread_switches _uncopyable _version
"""
ORDER = {name: place for place, name in enumerate(LAYERS.split())}
EXCEPTIONS = {("_model", "_codec")}
"""The methods of ``Shape`` import the codec when called."""


def imported(source: str, package: str = "cognito_async") -> Iterator[str]:
    """Yield the modules of the package that a source imports, in functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.removeprefix(f"{package}.") for name in names if name.startswith(f"{package}."))


def violations(sources: dict[str, str]) -> list[str]:
    """Return the imports that go up, for sources by their path in the package."""
    found: list[str] = []
    for path, source in sources.items():
        module = path.partition("/")[0].removesuffix(".py")
        for name in imported(source):
            target = name.partition(".")[0]
            if target == module or (module, target) in EXCEPTIONS:
                continue
            if target not in ORDER or ORDER[module] > ORDER[target]:
                found.append(f"{path} imports {target}")
    return found


def package_sources() -> dict[str, str]:
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != PACKAGE / "__init__.py"  # lists names, and stands above all layers
    }


def test_every_module_has_a_layer() -> None:
    modules = {path.partition("/")[0].removesuffix(".py") for path in package_sources()}
    assert modules ^ ORDER.keys() == set()


def test_imports_go_down() -> None:
    assert violations(package_sources()) == []


@pytest.mark.parametrize(
    "source",
    [
        "from cognito_async.client import CognitoClient",
        "import cognito_async.client",
        "from cognito_async import client",
        "def load():\n    from cognito_async._codec import codec",
        "if TYPE_CHECKING:\n    from cognito_async._model import Shape",
        "from cognito_async import CognitoClient",  # the package itself stands above all
    ],
)
def test_an_import_that_goes_up_is_found(source: str) -> None:
    assert len(violations({"_errors/base.py": source})) == 1


def test_an_import_to_the_right_goes_down_and_one_to_the_left_goes_up() -> None:
    assert violations({"config/_config.py": "from cognito_async._endpoints import resolve_endpoint"}) == []
    assert violations({"_endpoints/__init__.py": "from cognito_async.config import Config"}) != []


@pytest.mark.parametrize("package", ["cognito_async", "codegen"])
def test_modules_of_a_package_import_each_other_without_circles(package: str) -> None:
    """A cycle between packages would break the layers; this test finds the other cycles."""
    folder = ROOT / package
    modules = {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
        for path in folder.rglob("*.py")
        if path != folder / "__init__.py"
    }
    graph = {
        name: {
            target
            for each in imported(path.read_text(encoding="utf-8"), package)
            for target in (each, each.rpartition(".")[0])
            if target in modules and target != name and not is_init_of(target, name)
        }
        for name, path in modules.items()
    }
    graph["_model.shapes" if package == "cognito_async" else "ir"] -= {
        "_codec",
        "_codec.codec",
        "_codec.pydantic_schema",
    }
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys()}:
        graph = {name: targets for name, targets in graph.items() if name not in leaves}
    assert graph == {}


def is_init_of(target: str, name: str) -> bool:
    """Return whether ``target`` is the package that contains ``name``: importing a module imports it anyway."""
    return name.startswith(f"{target}.")


def generated_folders() -> set[Path]:
    return {PACKAGE / name for name in GENERATED}


def test_every_generated_file_has_the_header_and_no_other_file_has_it() -> None:
    for path in PACKAGE.rglob("*.py"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        generated = any(folder in path.parents for folder in generated_folders())
        assert (first == HEADER) is generated, path


def test_git_marks_the_generated_folders_and_no_others() -> None:
    lines = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    marked = {line.split()[0] for line in lines if "linguist-generated" in line}
    assert marked == {f"cognito_async/{name}/**" for name in GENERATED}
