"""What the integrations load, in separate processes, and what they say without the framework."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PRINT = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def run(*lines: str) -> str:
    """Run a program in a separate process; return its output."""
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def loaded(*lines: str) -> set[str]:
    """Return the modules that a program loads."""
    return set(json.loads(run(*lines, PRINT)))


def absent(name: str) -> str:
    """Return a program after which a package is not installed."""
    return f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""


def test_the_package_imports_no_integration() -> None:
    modules = loaded("import cognito_async.integrations")
    assert {name for name in modules if name.startswith("cognito_async.integrations.")} == set()
    assert modules & {"fastapi", "starlette"} == set()


@pytest.mark.parametrize(("name", "others"), [("fastapi", set()), ("starlette", {"fastapi", "pydantic"})])
def test_an_integration_loads_no_client_shapes_aiohttp_or_cryptography(name: str, others: set[str]) -> None:
    modules = loaded(f"import cognito_async.integrations.{name}")
    assert modules & ({"aiohttp", "joserfc", "cryptography", "yarl", "msgspec", "botocore"} | others) == set()
    ours = {each.removeprefix("cognito_async.") for each in modules if each.startswith("cognito_async.")}
    unused = ("client", "types", "operations", "errors", "_http", "_codec", "_pipeline", "config", "sign_in")
    assert {each for each in ours if each.startswith((*unused, "credentials", "oauth"))} == set()


@pytest.mark.parametrize("name", ["fastapi", "starlette"])
def test_without_the_framework_the_error_says_what_to_install(name: str) -> None:
    text = run(
        absent(name),
        "try:",
        f"    import cognito_async.integrations.{name}",
        "except ModuleNotFoundError as error:",
        "    print(error.name, error, error.__suppress_context__)",
    )
    assert text.startswith(f"{name} cognito_async.integrations.{name} needs ")
    assert f'pip install "{name}>=' in text
    assert text.endswith("True\n")


@pytest.mark.parametrize(("name", "needed"), [("fastapi", "pydantic"), ("starlette", "anyio")])
def test_a_broken_installation_of_the_framework_is_reported_as_it_is(name: str, needed: str) -> None:
    text = run(
        absent(needed),
        "try:",
        f"    import cognito_async.integrations.{name}",
        "except ModuleNotFoundError as error:",
        "    print(error.name)",
    )
    assert text == f"{needed}\n"
