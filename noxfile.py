"""All jobs of the project; ``nox -l`` lists them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nox
from packaging.requirements import Requirement
from packaging.version import Version

nox.needs_version = ">=2025.2.9"
# uv, which "nox[uv]" brings, installs in less than half the time. Sessions that run pip name virtualenv.
nox.options.default_venv_backend = "uv|virtualenv"
os.environ.setdefault("UV_COMPILE_BYTECODE", "1")  # as pip does; the benchmarks measure imports and memory
nox.options.reuse_venv = "yes"
# A missing Python is skipped with a message, also in CI.
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lint", "types", "docs", "demo"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
# The supported versions, and the next one if it is installed.
PYTHONS = [*nox.project.python_versions(PYPROJECT), "3.14"]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
if sys.version_info >= (3, 11) and RUNNING not in PYTHONS:
    PYTHONS.append(RUNNING)  # so that there is always one to run the tests
# Code that only newer versions run would not be measured; there is none.
MEASURED = "3.11"
# The version that the performance targets were set for, and the newest that AWS's own client supports.
BENCHED = ["3.11", "3.13"]
# Without the current folder on its path, Python imports the installed package and not the checkout, also in
# processes that tests start; tests/packaging/test_wheel.py checks that.
FROM_WHEEL = {"PYTHONSAFEPATH": "1", "COGNITO_ASYNC_WHEEL": "1"}
# One process more than there are cores, because some tests wait. Idle ones take tests from busy ones.
PARALLEL = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
# Scripts import helpers of the tests, such as support.markdown.
SCRIPTS = {"PYTHONPATH": "tests"}
BENCHMARKS = ("bulk", "call", "cold", "memory", "micro", "options", "scale", "sign_in", "stalls", "tokens")


def _show_pyenv_pythons() -> None:
    """Put pyenv's interpreters on PATH: its shims work only for the active version."""
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
INSTALLED = [version for version in PYTHONS if shutil.which(f"python{version}")] or [RUNNING]
NEWEST = INSTALLED[-1]
# What depends on the version of Python most: the versions between the oldest and the newest run only this.
UNITS = ("codec", "credentials", "http", "model", "pagination", "pipeline", "sign_in", "testing")
BETWEEN = (*(f"tests/unit/{folder}" for folder in UNITS), "tests/packaging", "-m", "not slow")
# The comparisons with botocore take a third of the time. `differential` runs them on the newest version.
WITHOUT_COMPARISONS = ("--ignore=tests/conformance",)


def _install(session: nox.Session, group: str, *, log: bool = True) -> None:
    """Install a dependency group, and the package as users install it: from a wheel."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, group), log=log)
    session.install("-q", "--force-reinstall", "--no-deps", ".", log=log)
    session.install("-q", *PYPROJECT["project"]["dependencies"], log=log)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test the built wheel: all on the oldest Python, without comparisons on others; 1 to 7 minutes each."""
    _install(session, "tests")
    part: Sequence[str] = session.posargs
    environment = FROM_WHEEL
    if not part and session.python != INSTALLED[0]:
        part = WITHOUT_COMPARISONS if session.python == NEWEST else BETWEEN
        if part is BETWEEN:  # on the other HTTP path
            environment = {**FROM_WHEEL, "COGNITO_ASYNC_DIRECT_HTTP": "false"}
    session.run("pytest", *PARALLEL, *part, env=environment)


def _test_tools(session: nox.Session) -> list[str]:
    """Return what the tests need besides the package, without the generator's pinned botocore."""
    dependencies = {Requirement(text).name for text in PYPROJECT["project"]["dependencies"]}
    group = nox.project.dependency_groups(PYPROJECT, "tests")
    excluded = [text for text in group if Requirement(text).name in dependencies]
    session.log(f"excluded from the tests group: {', '.join(excluded)}")
    return [text for text in group if text not in excluded]


@nox.session(python="3.11", venv_backend="virtualenv")
def tests_lowest(session: nox.Session) -> None:
    """Run the tests with the oldest supported releases of all dependencies; 3 to 5 minutes."""
    floors: list[str] = []
    for text in PYPROJECT["project"]["dependencies"]:
        requirement = Requirement(text)
        [oldest] = [part.version for part in requirement.specifier if part.operator == ">="]
        floors.append(f"{requirement.name}=={oldest}")
    session.log(f"oldest supported: {', '.join(floors)}")
    # In one command: a tool that needs a newer release than the oldest is a conflict.
    session.install("-q", *floors, *_test_tools(session))
    session.install("-q", "--force-reinstall", "--no-deps", ".")
    session.run("pip", "check")
    session.run("pytest", *PARALLEL, "-rs", *session.posargs, env=FROM_WHEEL)


@nox.session(python="3.11", venv_backend="virtualenv")
def aiohttp_releases(session: nox.Session) -> None:
    """Test HTTP with each minor release of aiohttp, and print which path it takes; 10 minutes."""
    _install(session, "tests")
    [floor] = [text for text in PYPROJECT["project"]["dependencies"] if text.startswith("aiohttp")]
    [oldest] = [part.version for part in Requirement(floor).specifier if part.operator == ">="]
    listed = str(session.run("pip", "index", "versions", "aiohttp", silent=True))
    releases = [Version(text) for text in re.findall(r" (\d+\.\d+\.\d+)(?=,|$)", listed, re.MULTILINE)]
    supported = sorted(release for release in releases if release >= Version(oldest))
    # The first and the last release of each minor one.
    chosen = {release.release[:2]: release for release in reversed(supported)}
    newest = {release.release[:2]: release for release in supported}
    paths = {}
    for release in sorted({*chosen.values(), *newest.values()}):
        session.install("-q", f"aiohttp=={release}")
        paths[release] = str(session.run("python", "tests/packaging/http_path.py", silent=True)).strip()
        session.log(f"aiohttp {release}: {paths[release]}")
        session.run(
            "pytest", "-q", *PARALLEL, "tests/unit/http", "tests/faults/test_faults.py", env=FROM_WHEEL
        )
    for release, path in paths.items():
        session.log(f"aiohttp {release!s:<8} {path}")
    if paths[supported[-1]] != "direct":
        session.error(f"the newest release of aiohttp, {supported[-1]}, is used through its session")


@nox.session(python=NEWEST, venv_backend="virtualenv")
def tests_newest(session: nox.Session) -> None:
    """Run the tests with the newest release of all dependencies, including botocore; 3 to 5 minutes."""
    newest = ["-q", "--upgrade", "--upgrade-strategy", "eager"]
    session.install(*newest, *PYPROJECT["project"]["dependencies"], *_test_tools(session))
    session.install("-q", "--force-reinstall", "--no-deps", ".")
    session.run("pip", "check")
    session.log("not the newest, because another package requires an older release:")
    session.run("pip", "list", "--outdated")
    session.run("pytest", *PARALLEL, "-rs", *session.posargs, env=FROM_WHEEL)


@nox.session(venv_backend="virtualenv")
def coexist(session: nox.Session) -> None:
    """Install the wheel beside three releases of boto3 and beside aioboto3; half a minute."""
    folder = Path(session.create_tmp())
    shutil.rmtree(folder)
    session.run("pip", "wheel", "-q", "--no-deps", "-w", str(folder), ".")
    session.run("python", "tests/packaging/coexist.py", *map(str, folder.glob("*.whl")))


@nox.session(venv_backend="virtualenv")
def package(session: nox.Session) -> None:
    """Build wheel and sdist, and check their contents; 15 seconds."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "package"))
    folder = Path(session.create_tmp())
    shutil.rmtree(folder)
    build = ("python", "-m", "build", ".", "--outdir")
    session.run(*build, str(folder / "checkout"), "--sdist", "--wheel", silent=True)
    [sdist] = (folder / "checkout").glob("*.tar.gz")
    session.run(*build, str(folder / "sdist"), silent=True)
    wheels = [*(folder / "checkout").glob("*.whl"), *(folder / "sdist").glob("*.whl")]
    session.run("python", "tests/packaging/inspect_wheel.py", str(sdist), *map(str, wheels))


@nox.session(python=MEASURED)
def coverage(session: nox.Session) -> None:
    """Check that the tests reach every branch of the hand-written code; 13 minutes."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "tests"), "-e", ".")
    session.run("coverage", "erase")
    # The same random inputs in every run, so that no branch depends on luck.
    session.run(
        "coverage", "run", "-m", "pytest", *PARALLEL, "--hypothesis-profile=repeatable", *session.posargs
    )
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Run the fuzz tests with many more random inputs than the test suite does; 4 minutes."""
    _install(session, "tests")
    options = ["--hypothesis-profile=fuzz", "--timeout=1800"]
    session.run("pytest", *PARALLEL, "tests/fuzz", *options, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format, and the security of the workflows; 2 seconds."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("zizmor", "--offline", "--persona=pedantic", "--quiet", ".github")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, both strict, and users' code with ty too; 20 seconds."""
    _install(session, "types")
    places = ["cognito_async", "codegen", "docs/examples", "noxfile.py", "tests/typing/good.py"]
    places += ["tests/typing/check.py", "tests/emulators/moto_server.py"]
    places += ["tests/emulators/fake_user_pool.py"]
    session.run("mypy", *places)
    session.run("pyright", *places)
    session.run("python", "tests/typing/check.py")


@nox.session
def codegen(session: nox.Session) -> None:
    """Write the generated code, or check that it is current with ``-- --check``; 2 seconds."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "codegen"), "attrs")
    session.run("python", "-m", "codegen", *session.posargs)


@nox.session
def update_model(session: nox.Session) -> None:
    """Generate from the newest botocore, or print the decisions that this needs; 10 seconds.

    ``-- --report FILE`` also writes what is printed to a file.
    """
    group = nox.project.dependency_groups(PYPROJECT, "codegen")
    others = [text for text in group if Requirement(text).name != "botocore"]
    session.install("-q", "--upgrade", "botocore", *others, "attrs")
    session.run("python", "-m", "codegen.update", *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Write all generated pages, docstrings and snapshots; half a minute.

    Pages with measured figures are written by the sessions that measure: ``bench`` and ``emulators``.
    """
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "tests"), "-e", ".")
    for script in (
        "docs/client_arguments",
        "docs/guide_tables",
        "docs/sign_in_picture",
        "conformance/differences",
        "faults/table",
        "snapshots/write",
        "faults/messages",
    ):
        session.run("python", f"tests/{script}.py", env={"PYTHONPATH": os.pathsep.join(["tests", "."])})


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into docs/_build/html and check its links; half a minute."""
    _install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html")
    session.run("python", "tests/docs/check_site.py", "docs/_build/html")
    session.log("open docs/_build/html/index.html")


@nox.session(python=NEWEST)
@nox.parametrize("botocore", ["pinned", "newest"])
def differential(session: nox.Session, botocore: str) -> None:
    """Compare every operation with botocore on many values; 4 minutes each."""
    _install(session, "tests")
    if botocore == "newest":
        session.install("-q", "--upgrade", "botocore", "boto3")
    options = [*PARALLEL, "--hypothesis-profile=differential"]
    session.run("pytest", "tests/conformance", *options, *session.posargs)


@nox.session(python=BENCHED)
def bench(session: nox.Session) -> None:
    """Run a benchmark: ``-- call`` (default), or another name of ``BENCHMARKS``."""
    name, *options = session.posargs or ["call"]
    if name.startswith("-"):
        name, options = "call", session.posargs
    if name not in BENCHMARKS:
        session.error(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    _install(session, "bench")
    script = f"tests/benchmarks/{name}.py"
    if name == "micro":
        columns = ["--benchmark-columns=median,iqr,ops", "--benchmark-group-by=func"]
        session.run("pytest", script, *columns, "--benchmark-time-unit=us", *options)
    else:
        session.run("python", script, *options, env=SCRIPTS)


@nox.session(python="3.11")
def soak(session: nox.Session) -> None:
    """Run half an hour of mixed load with faults, and look for leaks; ``-- --minutes N`` for another time."""
    _install(session, "tests")
    session.run("python", "tests/benchmarks/soak.py", *session.posargs, env=SCRIPTS)


@nox.session
def demo(session: nox.Session) -> None:
    """Run an example on an emulator of Cognito: the quickstart, or ``-- NAME [ARGUMENT ...]``; 3 seconds.

    The first run installs for about a minute.
    """
    name, *arguments = session.posargs or ["quickstart"]
    script = [f"docs/examples/{name}.py"]
    if name.startswith("fastapi_"):
        script = ["-m", "uvicorn", "--app-dir", "docs/examples", f"{name}:app"]
    # In place of the commands of pip, which are longer than a line.
    if shutil.which("moto_server", path=session.bin):
        session.log("checking the installed packages: some seconds")
    else:
        session.log("installing the emulator and other packages: about a minute, once")
    _install(session, "demo", log=False)
    # moto accepts any code, and any proof of a password.
    emulator = "fake_user_pool" if "sign_in" in name or name == "fastapi_api" else "moto_server"
    if name == "bulk":  # 20,000 users, which take minutes on other emulators
        emulator = "bulk_server"
    session.run("python", f"tests/emulators/{emulator}.py", *script, *arguments)
    session.run("python", "tests/emulators/next_steps.py", name, log=False)


@nox.session
def emulators(session: nox.Session) -> None:
    """Run the emulator tests on three emulators; ``-- --write`` writes docs/emulators.md; a minute."""
    options = [option for option in session.posargs if option != "--write"]
    _install(session, "tests")
    programs = [_ministack(session), _cognito_local(session)]
    records = Path(session.create_tmp(), "records")
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir()
    path = os.pathsep.join([os.environ["PATH"], *(str(program) for program in programs if program)])
    environment = {"PATH": path, "EMULATOR_RECORDS": str(records)}
    writing = ["--write"] if "--write" in session.posargs else []
    if writing:  # the page that is going to be written need not be current
        options.append("--deselect=tests/emulators/test_operations_table.py::test_the_page_is_current")
    session.run("pytest", "-rs", "tests/emulators", *options, env=environment)
    session.run("python", "tests/emulators/operations_table.py", str(records), *writing, env=SCRIPTS)


def _ministack(session: nox.Session) -> Path:
    """Install MiniStack into a virtual environment of its own; return the folder of the program."""
    place = Path(session.virtualenv.location, "ministack")
    session.run_install(sys.executable, "-m", "virtualenv", "-q", str(place), external=True)
    group = nox.project.dependency_groups(PYPROJECT, "emulators")
    session.run_install(str(place / "bin" / "pip"), "install", "-q", *group, external=True)
    return place / "bin"


def _cognito_local(session: nox.Session) -> Path | None:
    """Install cognito-local; return the folder of the program, or None without npm."""
    if shutil.which("npm") is None:
        session.warn("npm is not on PATH: cognito-local is skipped")
        return None
    place = Path(session.virtualenv.location, "cognito-local")
    place.mkdir(exist_ok=True)
    shutil.copy("tests/emulators/package.json", place)
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    session.run_install("npm", "install", "--prefix", str(place), "--ignore-scripts", *quiet, external=True)
    return place / "node_modules" / ".bin"
