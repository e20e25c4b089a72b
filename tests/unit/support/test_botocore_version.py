"""What is skipped beside another botocore than the one that the code was generated from, and why."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from support import botocore_version

from codegen.load import digest, load_sources


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A lock that fits the botocore_version botocore; change what the test is about."""
    sources = load_sources()
    lock = {"botocore": "1.2.3"} | {
        f"{name}_sha256": digest(getattr(sources, attribute)) for name, attribute in botocore_version.INPUTS.items()
    }
    monkeypatch.setattr(botocore_version, "LOCK", lock)
    botocore_version._others.cache_clear()
    monkeypatch.setattr(botocore_version, "_others", botocore_version._others.__wrapped__)
    return lock


def test_nothing_is_skipped_beside_the_files_that_the_code_was_made_from(lock: dict[str, str]) -> None:
    assert botocore_version.not_made_from(*botocore_version.INPUTS) is None


def test_a_file_that_is_another_is_named_with_both_versions(lock: dict[str, str]) -> None:
    lock["endpoint_rules_sha256"] = "0"
    reason = botocore_version.not_made_from("model", "endpoint_rules")
    assert reason is not None
    assert [
        text for text in ("1.2.3", version("botocore"), "another endpoint rules") if text not in reason
    ] == []


def test_a_file_that_the_test_does_not_compare_with_may_be_another(lock: dict[str, str]) -> None:
    lock["partitions_sha256"] = "0"
    assert botocore_version.not_made_from("model") is None


def test_a_file_that_the_generator_does_not_read_is_a_mistake_in_the_test() -> None:
    with pytest.raises(ValueError, match="waiters"):
        botocore_version.not_made_from("waiters")


def test_what_is_new_in_botocore_is_compared_from_its_version_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, expected in [
        ("1.44.0", True),
        ("1.44.5", True),
        ("1.100", True),
        ("2.0", True),
        ("1.43.127", False),
        ("1.9", False),
    ]:
        monkeypatch.setattr(botocore_version, "version", lambda _, found=found: found)
        assert (botocore_version.not_botocore_since("1.44", "numbers") is None) is expected
