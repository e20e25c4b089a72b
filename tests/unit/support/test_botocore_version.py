"""Tests that are skipped with another botocore than that of the generated code."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from codegen.load import digest, load_sources
from support import botocore_version


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A lock file that matches the installed botocore."""
    sources = load_sources()
    lock = {"botocore": "1.2.3"} | {
        f"{name}_sha256": digest(getattr(sources, attribute))
        for name, attribute in botocore_version.INPUTS.items()
    }
    monkeypatch.setattr(botocore_version, "LOCK", lock)
    uncached = botocore_version._changed_inputs.__wrapped__
    monkeypatch.setattr(botocore_version, "_changed_inputs", uncached)
    return lock


@pytest.mark.usefixtures("lock")
def test_nothing_is_skipped_with_the_inputs_of_the_generator() -> None:
    assert botocore_version.not_made_from(*botocore_version.INPUTS) is None


def test_the_reason_names_the_changed_input_and_both_versions(lock: dict[str, str]) -> None:
    lock["endpoint_rules_sha256"] = "0"
    reason = botocore_version.not_made_from("model", "endpoint_rules")
    assert reason is not None
    for text in ("1.2.3", version("botocore"), "another endpoint rules"):
        assert text in reason


def test_a_changed_input_that_the_test_does_not_use_is_no_reason(lock: dict[str, str]) -> None:
    lock["partitions_sha256"] = "0"
    assert botocore_version.not_made_from("model") is None


def test_an_input_that_the_generator_does_not_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="waiters"):
        botocore_version.not_made_from("waiters")


@pytest.mark.parametrize(
    ("installed", "is_compared"),
    [
        ("1.44.0", True),
        ("1.44.5", True),
        ("1.100", True),
        ("2.0", True),
        ("1.43.127", False),
        ("1.9", False),
    ],
)
def test_a_feature_is_compared_from_its_version_on(
    monkeypatch: pytest.MonkeyPatch, installed: str, *, is_compared: bool
) -> None:
    monkeypatch.setattr(botocore_version, "version", lambda _: installed)
    assert (botocore_version.not_botocore_since("1.44", "numbers") is None) is is_compared
