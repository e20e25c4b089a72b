"""The workflows in .github run sessions that exist, on every supported Python, with pinned actions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ALL = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def sessions():
    """Return the names of the sessions of the noxfile."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        part.name
        for part in tree.body
        if isinstance(part, ast.FunctionDef)
        if any(ast.unparse(decorator).startswith("nox.session") for decorator in part.decorator_list)
    }


def test_there_are_three_workflows():
    assert [path.stem for path in WORKFLOWS] == ["ci", "release", "update-model"]


@ALL
def test_every_action_is_pinned_by_commit_with_its_version(path):
    uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert uses
    assert [
        use for use in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)
    ] == []


def test_an_action_has_the_same_version_everywhere():
    uses = {use for path in WORKFLOWS for use in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))}
    assert len(uses) == len({use.partition("@")[0] for use in uses})


@ALL
def test_nothing_is_permitted_by_default_and_a_job_names_what_it_needs(path):
    content = workflow(path.stem)
    assert content["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in content["jobs"].values())


@ALL
def test_the_sessions_exist(path):
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"nox .*-s ([a-z_]+)", text))
    if path.stem == "ci":
        rows = workflow("ci")["jobs"]["sessions"]["strategy"]["matrix"]["sessions"]
        named |= {name for row in rows for name in row.split()} | {"tests"}
    assert named
    assert named <= sessions()


def test_the_tests_run_on_every_system_and_every_supported_python():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    matrix = workflow("ci")["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    supported = re.findall(r"Python :: (3\.\d+)", text)
    assert matrix["python"][: len(supported)] == supported
    assert "3.14" in matrix["python"]


def test_ci_passes_only_if_every_other_job_does():
    jobs = workflow("ci")["jobs"]
    assert jobs["passed"]["needs"] == [name for name in jobs if name != "passed"]


def test_the_weekly_job_runs_no_package_with_a_token_that_can_write():
    jobs = workflow("update-model")["jobs"]
    assert jobs["update"]["permissions"] == {"contents": "read"}
    assert all("pip" not in step.get("run", "") for step in jobs["propose"]["steps"])


def test_a_release_is_published_with_a_short_lived_token_and_attestations():
    content = workflow("release")
    assert content[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    publish = content["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"]["name"] == "pypi"
    assert publish["steps"][-1]["with"] == {"attestations": True}
    assert "secrets." not in (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
