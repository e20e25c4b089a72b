"""Hypothesis profiles, skips for other releases of botocore, and isolation from the user's AWS settings."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
# For codegen. At the end of the path, unlike pytest's ``pythonpath``: an installed cognito_async comes first.
sys.path.append(str(ROOT))


# Chosen by --hypothesis-profile. Nothing is timed: the machine may be busy.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("tests"), derandomize=True)
settings.register_profile("differential", settings.get_profile("tests"))
settings.register_profile("fuzz", settings.get_profile("tests"), max_examples=5000, print_blob=True)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests that compare with another release of botocore than the installed one."""
    from support import botocore_version  # loads botocore

    for item in items:
        if ROOT / "tests" / "conformance" in item.path.parents:
            # All these tests compare with the model; a newer one may only have additions.
            item.add_marker(pytest.mark.botocore_since(botocore_version.LOCK["botocore"], "the model"))
        for marker in ("made_from", "botocore_since"):
            for mark in item.iter_markers(marker):
                if reason := getattr(botocore_version, f"not_{marker}")(*mark.args):
                    item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Exclude modules and tests from garbage collections, of which many tests wait for a complete one."""
    gc.collect()
    gc.freeze()


_numbers = count()


@pytest.fixture(scope="session")
def _no_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder without files. A ``tmp_path`` for every test would take a minute in all."""
    return tmp_path_factory.mktemp("no-files")


@pytest.fixture(autouse=True)
def _no_aws_settings(monkeypatch: pytest.MonkeyPatch, _no_files: Path) -> None:
    """Isolate the tests from the AWS settings of the user, and from cached providers of other tests."""
    missing = _no_files / str(next(_numbers))
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(missing / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(missing / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Give SIGINT its default handler, also in the processes that the test starts.

    A shell without job control ignores the signal in ``pytest &``, and processes inherit that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def default_http_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """No choice of the HTTP path by the environment, with which the whole suite can be run."""
    monkeypatch.delenv("COGNITO_ASYNC_DIRECT_HTTP", raising=False)


@pytest.fixture(params=["direct", "session"])
def http_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether requests go straight to connections, or through aiohttp's session; also in subprocesses."""
    from cognito_async._http import aiohttp_transport  # loads aiohttp

    path: str = request.param
    monkeypatch.setenv("COGNITO_ASYNC_DIRECT_HTTP", "true" if path == "direct" else "false")
    monkeypatch.setattr(aiohttp_transport, "is_supported", lambda: path == "direct")
    return path
