"""Every job of the project; ``nox -l`` lists them. CI runs the same sessions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
# A Python that is not there is skipped and named, in CI too.
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lint", "types", "generated", "docs", "demo"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
# Those that the package is declared for, and the next one where it is there already.
PYTHONS = [*nox.project.python_versions(PYPROJECT), "3.14"]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
if sys.version_info >= (3, 11) and RUNNING not in PYTHONS:
    PYTHONS.append(RUNNING)  # so that there is always one to test with
# What only newer ones run would go unmeasured; there is nothing of the kind.
MEASURED = "3.11"
# The Python that the targets of performance were set with, and the newest that AWS's own client is there for.
BENCHED = ["3.11", "3.13"]
# Without the folder they run in, Python finds the installed package and not the checkout, in processes that
# tests start too; tests/dependencies/test_wheel.py looks whether it does.
FROM_WHEEL = {"PYTHONSAFEPATH": "1", "COGNITO_ASYNC_WHEEL": "1"}
# What scripts share with the tests, such as the writer of tables.
SCRIPTS = {"PYTHONPATH": "tests"}


def _show_pyenv_pythons() -> None:
    """Put pyenv's interpreters on PATH: its shims answer only for the version that is switched on."""
    if shutil.which("pyenv") is None:
        return
    root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout.strip()
    wanted = tuple(f"{version}." for version in PYTHONS)
    folders = [
        str(folder / "bin")
        for folder in sorted(Path(root, "versions").glob("*"))
        if folder.name.startswith(wanted)
    ]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])


_show_pyenv_pythons()
if not any(shutil.which(f"python{version}") for version in PYTHONS) and RUNNING not in PYTHONS:
    sys.exit("cognito_async needs Python 3.11 or newer; none was found")
NEWEST = next((version for version in reversed(PYTHONS) if shutil.which(f"python{version}")), RUNNING)


def _install(session: nox.Session, group: str) -> None:
    """Install a dependency group, and the package as users get it: built as a wheel."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, group))
    session.install("-q", "--force-reinstall", "--no-deps", ".")
    session.install("-q", *PYPROJECT["project"]["dependencies"])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the built wheel, on every Python that is there."""
    _install(session, "tests")
    session.run("pytest", "-n", "2", *session.posargs, env=FROM_WHEEL)


def _test_tools(session: nox.Session) -> list[str]:
    """What tests need beside the package, without the botocore that the generator is pinned to."""
    dependencies = {Requirement(text).name for text in PYPROJECT["project"]["dependencies"]}
    group = nox.project.dependency_groups(PYPROJECT, "tests")
    left_out = [text for text in group if Requirement(text).name in dependencies]
    session.log(f"left out of the tests group: {', '.join(left_out)}")
    return [text for text in group if text not in left_out]


@nox.session(python="3.11")
def lowest_deps(session: nox.Session) -> None:
    """Run the tests with the oldest releases that the package allows; takes 3 to 5 minutes."""
    floors: list[str] = []
    for text in PYPROJECT["project"]["dependencies"]:
        requirement = Requirement(text)
        [oldest] = [part.version for part in requirement.specifier if part.operator == ">="]
        floors.append(f"{requirement.name}=={oldest}")
    session.log(f"oldest allowed: {', '.join(floors)}")
    # In one go: a tool that needs a newer release than the oldest would be a conflict here.
    session.install("-q", *floors, *_test_tools(session))
    session.install("-q", "--force-reinstall", "--no-deps", ".")
    session.run("pip", "check")
    session.run("pytest", "-n", "2", "-rs", *session.posargs, env=FROM_WHEEL)


@nox.session(python=NEWEST)
def newest_deps(session: nox.Session) -> None:
    """Run the tests with the newest release of everything, botocore included; takes 3 to 5 minutes."""
    newest = ["-q", "--upgrade", "--upgrade-strategy", "eager"]
    session.install(*newest, *PYPROJECT["project"]["dependencies"], *_test_tools(session))
    session.install("-q", "--force-reinstall", "--no-deps", ".")
    session.run("pip", "check")
    session.log("not the newest, because something here asks for less:")
    session.run("pip", "list", "--outdated")
    session.run("pytest", "-n", "2", "-rs", *session.posargs, env=FROM_WHEEL)


@nox.session
def coexist(session: nox.Session) -> None:
    """Install the wheel beside three releases of boto3 and beside aioboto3; takes half a minute."""
    folder = Path(session.create_tmp())
    shutil.rmtree(folder)
    session.run("pip", "wheel", "-q", "--no-deps", "-w", str(folder), ".")
    session.run("python", "tests/dependencies/coexist.py", *map(str, folder.glob("*.whl")))


@nox.session
def wheel(session: nox.Session) -> None:
    """Build wheel and sdist, and look into them; takes a quarter of a minute."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "wheel"))
    folder = Path(session.create_tmp())
    shutil.rmtree(folder)
    build = ("python", "-m", "build", ".", "--outdir")
    session.run(*build, str(folder / "checkout"), "--sdist", "--wheel", silent=True)
    [sdist] = (folder / "checkout").glob("*.tar.gz")
    session.run(*build, str(folder / "sdist"), silent=True)
    wheels = [*(folder / "checkout").glob("*.whl"), *(folder / "sdist").glob("*.whl")]
    session.run("python", "tests/dependencies/inspect_wheel.py", str(sdist), *map(str, wheels))


@nox.session(python=MEASURED)
def coverage(session: nox.Session) -> None:
    """Measure that the tests reach every branch of what is written by hand; takes 3 minutes."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "tests"), "-e", ".")
    session.run("coverage", "erase")
    # The same random inputs in every run, so that no branch depends on luck.
    session.run(
        "coverage", "run", "-m", "pytest", "-n", "2", "--hypothesis-profile=repeatable", *session.posargs
    )
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Feed the readers of foreign bytes with many more random inputs than the tests do; takes 4 minutes."""
    _install(session, "tests")
    options = ["--hypothesis-profile=fuzz", "--timeout=1800"]
    session.run("pytest", "-n", "2", "tests/fuzz", *options, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, both strict, and what users write with ty too."""
    _install(session, "types")
    places = ["cognito_async", "codegen", "docs/examples", "noxfile.py", "tests/typing/good.py"]
    places += ["tests/typing/check.py", "tests/emulators/moto_server.py"]
    session.run("mypy", *places)
    session.run("pyright", *places)
    session.run("python", "tests/typing/check.py")


@nox.session
def generate(session: nox.Session) -> None:
    """Write the generated code anew."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "codegen"), "attrs")
    session.run("python", "-m", "codegen")


@nox.session
def generated(session: nox.Session) -> None:
    """Check that the generated code is what the generator writes."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "codegen"), "attrs")
    session.run("python", "-m", "codegen", "--check")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into docs/_build/html, and follow its links; every warning is an error."""
    _install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html")
    session.run("python", "tests/docs/check_site.py", "docs/_build/html")
    session.log("open docs/_build/html/index.html")


@nox.session
@nox.parametrize("botocore", ["pinned", "newest"])
def differential(session: nox.Session, botocore: str) -> None:
    """Compare every operation with botocore on many values; takes 4 minutes each."""
    _install(session, "tests")
    if botocore == "newest":
        session.install("-q", "--upgrade", "botocore", "boto3")
    session.run("pytest", "-n", "2", "tests/generated", "--hypothesis-profile=differential", *session.posargs)


@nox.session(python=BENCHED)
def bench(session: nox.Session) -> None:
    """Compare speed and memory with bare aiohttp and with other clients; takes 3 minutes each."""
    _install(session, "bench")
    session.run("python", "tests/benchmarks/bench.py", *session.posargs, env=SCRIPTS)


@nox.session(python=BENCHED)
def bench_cold(session: nox.Session) -> None:
    """Compare the time from nothing to the first answer; takes a minute each."""
    _install(session, "bench")
    session.run("python", "tests/benchmarks/cold.py", *session.posargs, env=SCRIPTS)


@nox.session
def bench_memory(session: nox.Session) -> None:
    """Measure what 1,000 clients and 1,000,000 calls leave behind; takes a minute."""
    _install(session, "bench")
    session.run("python", "tests/benchmarks/memory.py", *session.posargs, env=SCRIPTS)


@nox.session
def bench_scale(session: nox.Session) -> None:
    """Measure 1 to 10,000 calls in flight; takes a minute."""
    _install(session, "bench")
    session.run("python", "tests/benchmarks/scale.py", *session.posargs, env=SCRIPTS)


@nox.session
def bench_micro(session: nox.Session) -> None:
    """Measure the parts of a call by themselves."""
    _install(session, "micro")
    options = ["--benchmark-columns=median,iqr,ops", "--benchmark-group-by=func", "--benchmark-time-unit=us"]
    session.run("pytest", "tests/benchmarks/micro.py", *options, *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Run an example against an emulator of Cognito: the quickstart, or ``-- NAME [ARGUMENT ...]``."""
    name, *arguments = session.posargs or ["quickstart"]
    script = [f"docs/examples/{name}.py"]
    if name == "fastapi_service":
        script = ["-m", "uvicorn", "--app-dir", "docs/examples", "fastapi_service:app"]
    _install(session, "demo")
    session.run("python", "tests/emulators/moto_server.py", *script, *arguments)


@nox.session
def emulators(session: nox.Session) -> None:
    """Run the life cycles on three emulators; ``-- --write`` writes docs/emulators.md. Takes a minute."""
    options = [option for option in session.posargs if option != "--write"]
    _install(session, "tests")
    programs = [_ministack(session), _cognito_local(session)]
    records = Path(session.create_tmp(), "records")
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir()
    path = os.pathsep.join([os.environ["PATH"], *(str(program) for program in programs if program)])
    environment = {"PATH": path, "EMULATOR_RECORDS": str(records)}
    session.run("pytest", "-rs", "tests/emulators", *options, env=environment)
    writing = ["--write"] if "--write" in session.posargs else []
    session.run("python", "tests/emulators/operations_table.py", str(records), *writing, env=SCRIPTS)


def _ministack(session: nox.Session) -> Path:
    """Install MiniStack into an environment of its own; return the folder of the program."""
    place = Path(session.virtualenv.location, "ministack")
    session.run_install(sys.executable, "-m", "virtualenv", "-q", str(place), external=True)
    group = nox.project.dependency_groups(PYPROJECT, "emulators")
    session.run_install(str(place / "bin" / "pip"), "install", "-q", *group, external=True)
    return place / "bin"


def _cognito_local(session: nox.Session) -> Path | None:
    """Install cognito-local; return the folder of the program, or None where there is no npm."""
    if shutil.which("npm") is None:
        session.warn("npm is not on PATH: cognito-local is left out")
        return None
    place = Path(session.virtualenv.location, "cognito-local")
    place.mkdir(exist_ok=True)
    shutil.copy("tests/emulators/package.json", place)
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    session.run_install("npm", "install", "--prefix", str(place), "--ignore-scripts", *quiet, external=True)
    return place / "node_modules" / ".bin"


@nox.session
def compare_faults(session: nox.Session) -> None:
    """Meet the faults of docs/faults.md with this client and with aiobotocore, side by side."""
    _install(session, "compare")
    session.run("python", "tests/faults/compare.py", env=SCRIPTS)
