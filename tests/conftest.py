"""What all tests share: where things are, and a run without the caller's AWS settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
# At the end, so that an installed cognito_async is found before the one in the checkout.
sys.path += [str(ROOT), str(ROOT / "tests")]


# Chosen by --hypothesis-profile. Nothing is timed: the machine may be busy.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("tests"), derandomize=True)
settings.register_profile("differential", deadline=None)
settings.register_profile("fuzz", settings.get_profile("tests"), max_examples=5000, print_blob=True)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what compares with another botocore than the installed one, and say so."""
    import installed  # loads botocore

    for item in items:
        if ROOT / "tests" / "generated" in item.path.parents:
            # Everything there is held against the model; a newer one is known but for what is new.
            item.add_marker(pytest.mark.botocore_since(installed.LOCK["botocore"], "the model"))
        for marker in ("made_from", "botocore_since"):
            for mark in item.iter_markers(marker):
                if reason := getattr(installed, f"not_{marker}")(*mark.args):
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _no_aws_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the environment of whoever runs the tests out of them."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
