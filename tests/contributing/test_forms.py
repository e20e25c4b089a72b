"""Forms for issues are such that GitHub takes them, ask for what is needed, and warn of secrets."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from module_groups import ROOT

FOLDER = ROOT / ".github" / "ISSUE_TEMPLATE"
FORMS = ("bug", "feature")
KEYS = {
    "markdown": ({"value"}, set()),
    "textarea": ({"label"}, {"description", "placeholder", "render", "value"}),
    "input": ({"label"}, {"description", "placeholder", "value"}),
    "dropdown": ({"label", "options"}, {"description", "multiple", "default"}),
    "checkboxes": ({"label", "options"}, {"description"}),
}
"""Kinds of elements with the attributes that each has to have and may have.

Source: https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
"""


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def test_there_are_these_forms_and_their_configuration() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"bug.yml", "feature.yml", "config.yml"}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_has_what_github_asks_for(name: str) -> None:
    form = read(name)
    assert {"name", "description", "body"} <= form.keys() <= {"name", "description", "body", "labels"}
    assert all(isinstance(form[key], str) and form[key].strip() for key in ("name", "description"))
    assert all(isinstance(label, str) for label in form["labels"])
    asking = [element for element in form["body"] if element["type"] != "markdown"]
    assert asking
    for key in ("id", "label"):
        values = [element[key] if key == "id" else element["attributes"][key] for element in asking]
        assert len(set(values)) == len(values)
    assert all(re.fullmatch(r"[\w-]+", element["id"]) for element in asking)


@pytest.mark.parametrize("name", FORMS)
def test_an_element_has_the_attributes_of_its_kind(name: str) -> None:
    for element in read(name)["body"]:
        assert element.keys() <= {"type", "id", "attributes", "validations"}
        needed, allowed = KEYS[element["type"]]
        attributes = element["attributes"]
        assert needed <= attributes.keys() <= needed | allowed
        assert all(isinstance(value, str | list) and value for value in attributes.values())
        assert element.get("validations", {"required": True}) == {"required": True}
        options = attributes.get("options", [])
        if element["type"] == "dropdown":
            assert all(isinstance(option, str) for option in options)
            assert len({option.lower() for option in options} - {"none"}) == len(options)
        for option in options if element["type"] == "checkboxes" else ():
            assert {"label"} <= option.keys() <= {"label", "required"}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_warns_of_secrets(name: str) -> None:
    assert "paste no secrets" in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")


def test_a_report_of_a_bug_comes_with_code_outcome_and_versions() -> None:
    needed = {element["id"]: element for element in read("bug")["body"] if "validations" in element}
    assert needed.keys() == {"code", "expected", "actual", "versions"}
    assert "`python -m cognito_async whoami`" in needed["versions"]["attributes"]["description"]


def test_a_vulnerability_is_led_to_the_policy_and_not_into_an_issue() -> None:
    config = read("config")
    assert config["blank_issues_enabled"] is False
    [link] = config["contact_links"]
    assert link.keys() == {"name", "url", "about"}
    assert link["url"].startswith("https://")
    assert "docs/SECURITY.md" in link["about"]
    assert (ROOT / "docs" / "SECURITY.md").is_file()
