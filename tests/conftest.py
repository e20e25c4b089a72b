"""What all tests share: where things are, and a run without the caller's AWS settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# At the end, so that an installed cognito_async is found before the one in the checkout.
sys.path += [str(ROOT), str(ROOT / "tests")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what compares with another botocore than the installed one, and say so."""
    for item in items:
        if ROOT / "tests" / "generated" in item.path.parents:
            item.add_marker(pytest.mark.made_from("model"))  # everything there is held against the model
        for marker in ("made_from", "botocore_since"):
            for mark in item.iter_markers(marker):
                import installed  # loads botocore

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
