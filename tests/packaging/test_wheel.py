"""nox tests the installed wheel, and ``inspect_wheel.py`` detects problems of a wheel."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import sysconfig
from importlib.metadata import files
from pathlib import Path

import pytest

import cognito_async

# Loaded by path, because the folder has the name of a library.
INSPECT = runpy.run_path(str(Path(__file__).with_name("inspect_wheel.py")))
SITE = Path(sysconfig.get_path("purelib"))
INFO = "cognito_async-1.2.3.dist-info"
PACKAGE = {"cognito_async/__init__.py": b"x", "cognito_async/client.py": b"y", "cognito_async/py.typed": b""}
WHEEL = PACKAGE | {
    f"{INFO}/METADATA": b"Metadata-Version: 2.4\nName: cognito-async\nVersion: 1.2.3\nRequires-Python: >=3.11\n",
    f"{INFO}/WHEEL": b"",
    f"{INFO}/RECORD": b"",
    f"{INFO}/licenses/LICENSE": b"",
}

from_the_wheel = pytest.mark.skipif(
    "COGNITO_ASYNC_WHEEL" not in os.environ, reason="only nox sets COGNITO_ASYNC_WHEEL"
)


# This run


@from_the_wheel
def test_every_module_is_the_one_of_the_wheel() -> None:
    places = {
        name: Path(module.__file__)
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "cognito_async" and module.__file__
    }
    assert len(places) > 1
    assert {name for name, place in places.items() if not place.is_relative_to(SITE)} == set()


@from_the_wheel
def test_processes_that_tests_start_have_the_wheel_too() -> None:
    command = [sys.executable, "-c", "import cognito_async; print(cognito_async.__file__)"]
    place = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(place).is_relative_to(SITE)


@from_the_wheel
def test_the_wheel_has_the_files_of_the_checkout() -> None:
    installed = {
        file.as_posix(): file.read_binary()
        for file in files("cognito-async")
        if file.parts[0] == "cognito_async" and file.suffix != ".pyc"
    }
    assert INSPECT["differing"](installed, INSPECT["checkout"]()) == set()


# Any run


def test_the_package_is_marked_as_typed_and_is_small() -> None:
    package = INSPECT["checkout"]()
    assert package["cognito_async/py.typed"] == b""
    assert INSPECT["total"](package) < 2.5 * INSPECT["LIMIT"]  # about a fifth when compressed
    assert Path(cognito_async.__file__).with_name("py.typed").is_file()


# Checks of a wheel


def test_a_wheel_with_exactly_the_package_has_no_problems() -> None:
    assert INSPECT["wheel_problems"](WHEEL, "1.2.3", PACKAGE) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tests/test_x.py": b""}, "has tests/test_x.py"),
        ({"codegen/__init__.py": b""}, "has codegen/__init__.py"),
        ({"docs/index.md": b""}, "has docs/index.md"),
        ({"cognito_async/__pycache__/client.pyc": b""}, "has cognito_async/__pycache__/client.pyc"),
        ({"cognito_async/old.py": b""}, "cognito_async/old.py is missing from the wheel or differs"),
        ({"cognito_async/client.py": b"z"}, "cognito_async/client.py is missing from the wheel or differs"),
        ({"cognito_async/client.py": None}, "cognito_async/client.py is missing from the wheel or differs"),
        ({"cognito_async/py.typed": None}, "no cognito_async/py.typed"),
        ({f"{INFO}/licenses/LICENSE": None}, "no cognito_async-1.2.3.dist-info/licenses/LICENSE"),
        ({f"{INFO}/METADATA": WHEEL[f"{INFO}/METADATA"].replace(b"1.2.3", b"1.2.2")}, "Version is 1.2.2"),
        (
            {f"{INFO}/METADATA": WHEEL[f"{INFO}/METADATA"].replace(b"3.11", b"3.9")},
            "Requires-Python is >=3.9",
        ),
    ],
)
def test_every_problem_of_a_wheel_is_named(change: dict[str, bytes | None], words: str) -> None:
    changed = {name: data for name, data in (WHEEL | change).items() if data is not None}
    problems = INSPECT["wheel_problems"](changed, "1.2.3", PACKAGE)
    assert any(words in problem for problem in problems), problems


def test_two_wheels_are_compared_by_names_and_contents() -> None:
    assert INSPECT["differing"](WHEEL, WHEEL) == set()
    assert INSPECT["differing"]({"a": b"1", "b": b"2", "c": b"3"}, {"a": b"1", "b": b"0", "d": b"3"}) == {
        "b",
        "c",
        "d",
    }
