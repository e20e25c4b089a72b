"""``operations`` and ``describe``: what the package says about the operations."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from cognito_async._cli.commands import describe
from cognito_async._cli.docs import OperationDocs, attribute_docs, methods, parse_docstring
from cognito_async._cli.members import limits_of, metavar, sample, shapes_in, type_text, values_of
from cognito_async._cli.request_builder import find_operation
from cognito_async._model.fields import shape_fields
from support.cli import CommandLine


def lines(run: CommandLine, *arguments: str) -> list[dict[str, Any]]:
    result = run("operations", *arguments, "--output", "jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_operation_is_listed_with_name_area_summary_and_whether_it_is_signed(run: CommandLine) -> None:
    listed = lines(run)
    assert [each["operation"] for each in listed] == sorted(method.command for method in methods().values())
    for each in listed:
        assert each["name"].lower() == each["operation"].replace("-", "")
        assert each["area"]
        assert each["summary"].endswith(".")
        assert isinstance(each["signed"], bool)
        assert set(each) == {"operation", "name", "area", "signed", "quota", "summary"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("mfa", "PREFERENCE"), {"admin-set-user-mfa-preference", "set-user-mfa-preference"}),
        (("AdminGetUser",), {"admin-get-user", "admin-get-user-auth-factors"}),
        (("without", "a", "code", "administrator"), {"admin-confirm-sign-up"}),
    ],
)
def test_operations_are_found_by_words_in_name_and_summary(
    run: CommandLine, words: tuple[str, ...], names: set[str]
) -> None:
    assert {each["operation"] for each in lines(run, *words)} == names


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("admin-get-usr",), "admin-get-user"),
        (("grop", "creat"), "create-group"),
        (("AdminGetUsr",), "admin-get-user"),
    ],
)
def test_similar_names_are_listed_if_no_operation_has_the_words(
    run: CommandLine, words: tuple[str, ...], name: str
) -> None:
    result = run("operations", *words, "--output", "csv")
    assert result.exit_code == 0
    assert name in [row["operation"] for row in csv.DictReader(io.StringIO(result.stdout))]
    assert result.stderr == "no operation has all of these words; these are similar:\n"


def test_operations_with_some_of_the_words_are_listed_with_most_words_first(run: CommandLine) -> None:
    result = run("operations", "mfa", "totp", "--output", "jsonl")
    assert (result.exit_code, result.stderr) == (
        0,
        "no operation has all of these words; these have some of them:\n",
    )
    names = [json.loads(line)["operation"] for line in result.stdout.splitlines()]
    assert {"associate-software-token", "get-user-pool-mfa-config"} <= set(names)
    result = run("operations", "csv", "import", "totp", "header", "--output", "jsonl")
    first, *rest = [json.loads(line)["operation"] for line in result.stdout.splitlines()]
    assert first == "get-csv-header"
    assert "verify-software-token" in rest
    assert len(rest) <= 14


def test_words_like_no_operation_are_exit_code_1(run: CommandLine) -> None:
    result = run("operations", "xyzzy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "no operation has any of these words in its name or summary\n"


def test_the_table_has_names_and_summaries(run: CommandLine) -> None:
    header, *rows = run("operations", "import", "job").stdout.splitlines()
    assert header.split() == ["operation", "summary"]
    assert rows[0].split()[:2] == ["create-user-import-job", "Create"]


def test_unsigned_operations_have_a_mark_that_is_explained(run: CommandLine) -> None:
    result = run("operations", "software", "token")
    assert [line.split("  ")[0] for line in result.stdout.splitlines()[1:]] == [
        "admin-delete-software-token", "associate-software-token *", "verify-software-token *"
    ]  # fmt: skip
    assert result.stderr == "* needs no IAM credentials\n"
    assert run("operations", "admin-get-user").stderr == ""


@pytest.mark.parametrize("width", [80, 100])
def test_summaries_are_below_the_names_on_a_narrow_terminal(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", str(width))
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in run("operations").stdout.splitlines()]
    assert max(map(len, lines)) <= width
    if width == 100:
        assert lines[0].split() == ["operation", "summary"]
    else:
        names = [line.removesuffix(" *") for line in lines if not line.startswith("  ")]
        assert names == sorted(method.command for method in methods().values())
        assert lines[1].startswith("  Add ")


def test_the_list_in_json_is_one_array(run: CommandLine) -> None:
    assert [each["name"] for each in json.loads(run("operations", "get-csv", "-o", "json").stdout)] == [
        "GetCSVHeader"
    ]


# describe


def test_a_description_has_parameters_response_errors_and_examples(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")  # the examples are on one line each
    for name in ("admin-create-user", "AdminCreateUser", "admin_create_user"):
        result = run("describe", name)
        assert result.exit_code == 0
        assert "\x1b" not in result.stdout
        page = " ".join(result.stdout.split())
        assert page.startswith("AdminCreateUser Create a user as an administrator and send an invitation.")
        assert "signed with IAM credentials" in page
        assert "Username Text. Required. Username of the new user" in page
        assert "MessageAction Text. RESEND sends" in page
        assert "AttributeType Name: text, required; Value: text" in page
        assert "User UserType. New user with attributes and status." in page
        assert "UsernameExistsException Another user" in page
        assert "Also accepts a mapping" not in page
        assert page.endswith(
            "call admin-create-user --user-pool-id eu-west-1_AbC123 --username ana "
            "await client.admin_create_user(user_pool_id='eu-west-1_AbC123', username='ana')"
        )


def test_the_example_asks_for_a_secret_in_the_spelling_of_options(run: CommandLine) -> None:
    page = " ".join(run("describe", "admin-set-user-password").stdout.split())
    assert "--username ana --ask password" in page.replace("\\ ", "")


def test_a_description_says_what_is_unsigned_and_what_is_a_page(run: CommandLine) -> None:
    assert "signed no; needs no IAM credentials" in " ".join(run("describe", "get-user").stdout.split())
    page = " ".join(run("describe", "respond-to-auth-challenge").stdout.split())
    assert "retried after throttling, or if the request cannot have reached the service" in page
    page = " ".join(run("describe", "list-users").stdout.split())
    assert "retried after throttling, timeouts and server errors" in page
    assert "pages a response is one page of a list; --all reads all pages" in page


def test_a_description_as_json_has_everything(run: CommandLine) -> None:
    described = json.loads(run("describe", "create-user-pool-client", "-o", "json").stdout)
    members = {each["name"]: each for each in described["parameters"]}
    assert members["ClientName"]["required"]
    assert members["ClientName"]["min_length"] == 1
    assert members["AccessTokenValidity"]["minimum"] == 1
    assert members["ExplicitAuthFlows"]["type"] == "list of text"
    assert "ALLOW_USER_SRP_AUTH" in members["ExplicitAuthFlows"]["values"]
    assert [each["name"] for each in described["structures"]["TokenValidityUnitsType"]] == [
        "AccessToken",
        "IdToken",
        "RefreshToken",
    ]
    assert described["response"][0]["name"] == "UserPoolClient"
    assert described["source"].startswith("https://docs.aws.amazon.com/")
    assert json.loads(run("describe", "create-user-pool-client", "-o", "jsonl").stdout) == described


def test_a_description_as_csv_has_the_parameters(run: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(run("describe", "get-group", "-o", "csv").stdout)))
    assert [(row["name"], row["python_name"], row["required"]) for row in rows] == [
        ("GroupName", "group_name", "true"),
        ("UserPoolId", "user_pool_id", "true"),
    ]


def test_every_operation_has_a_description_with_a_text_for_each_member(run: CommandLine) -> None:
    for method in methods().values():
        described = describe.describe_operation(find_operation(method.name), method)
        assert described["summary"]
        for member in (*described["parameters"], *described["response"]):
            assert member["description"], (method.name, member["name"])
        assert described["errors"]
        assert run("describe", method.command).exit_code == 0


def test_an_unknown_operation_is_exit_code_2(run: CommandLine) -> None:
    result = run("describe", "admin-get-usr")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: there is no operation 'admin-get-usr', did you mean 'admin-get-user'?\n"


def test_the_quota_is_shown_where_there_is_one(run: CommandLine) -> None:
    page = " ".join(run("describe", "admin-get-user").stdout.split())
    assert "quota UserRead: 120 calls per second by default, for one account and Region" in page
    assert lines(run, "AdminGetUserAuth")[0]["quota"] == "UserRead"
    described = json.loads(run("describe", "get-user-auth-factors", "-o", "json").stdout)
    assert (described["quota"], described["quota_rate"], described["quota_rate_per_pool"]) == (
        None,
        None,
        None,
    )
    assert "quota AWS lists none" in " ".join(run("describe", "get-user-auth-factors").stdout.split())


def test_the_rates_of_a_pool_and_of_challenges_are_shown(run: CommandLine) -> None:
    page = " ".join(run("describe", "list-groups").stdout.split())
    assert (
        "quota UserPoolResourceRead: 20 calls per second by default, for one account and Region, and 5 of this "
        "operation for one user pool"
    ) in page
    described = json.loads(run("describe", "list-groups", "-o", "json").stdout)
    assert (described["quota_rate"], described["quota_rate_per_pool"]) == (20, 5)
    page = " ".join(run("describe", "respond-to-auth-challenge").stdout.split())
    assert (
        "quota UserAuthentication: 360 calls per second by default, for one account and Region; with "
        "NEW_PASSWORD_REQUIRED: UserAccountRecovery, 30"
    ) in page
    described = json.loads(run("describe", "admin-respond-to-auth-challenge", "-o", "json").stdout)
    assert (described["quota_rate"], described["quota_of_challenges"]) == (
        360,
        {"NEW_PASSWORD_REQUIRED": ["UserAccountRecovery", 30]},
    )


@pytest.mark.parametrize("level", ["-O", "-OO"])
def test_without_docstrings_names_types_and_examples_remain(level: str) -> None:
    command = [sys.executable, level, "-m", "cognito_async"]
    result = subprocess.run([*command, "describe", "get-group"], capture_output=True, text=True, check=True)
    assert "GroupName" in result.stdout
    assert "call get-group" in result.stdout
    result = subprocess.run(
        [*command, "operations", "get-group", "-o", "jsonl"], capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout)["name"] == "GetGroup"
    result = subprocess.run(
        [*command, "call", "get-group", "--help"], capture_output=True, text=True, check=True
    )
    assert "--group-name TEXT" in result.stdout


# What the package knows


def test_a_docstring_is_split_into_its_sections() -> None:
    doc = """Do it.

More about ``it``,
on two lines.

Args:
    name: A name.
        Such as ``x``.
    other: Another.

Raises:
    SomeError: It failed.

Source: https://example.com/x
"""
    assert parse_docstring(doc) == OperationDocs(
        "Do it.",
        "More about it, on two lines.",
        {"name": "A name. Such as x.", "other": "Another."},
        {"SomeError": "It failed."},
        "https://example.com/x",
    )
    assert parse_docstring("") == OperationDocs()
    assert parse_docstring("Args:\n    no entry") == OperationDocs()


def test_texts_below_attributes_are_found_in_classes_only() -> None:
    from cognito_async.types import groups

    texts = attribute_docs(groups.__name__)
    assert texts["GroupType"]["group_name"].startswith("Name of the group")


def test_types_in_words() -> None:
    members = {
        member.name: member.type
        for name in (
            "create-user-pool",
            "list-users",
            "update-managed-login-branding",
            "set-ui-customization",
            "initiate-point-in-time-recovery",
            "create-terms",
            "admin-create-user",
        )
        for member in shape_fields(find_operation(name))
    }
    expected = {
        "limit": ("number", "N"),
        "filter": ("text", "TEXT"),
        "attributes_to_get": ("list of text", "TEXT ..."),
        "settings": ("JSON", "JSON"),
        "image_file": ("bytes", "BASE64"),
        "restore_timestamp": ("time", "TIME"),
        "user_pool_tags": ("map of text", "KEY=VALUE,..."),
        "policies": ("UserPoolPolicyType", "KEY=VALUE,..."),
        "schema": ("list of SchemaAttributeType", "KEY=VALUE,... ..."),
        "user_attributes": ("list of AttributeType", "NAME=VALUE,..."),
        "user_pool_tier": ("text", "LITE|ESSENTIALS|PLUS"),
        "force_alias_creation": ("true or false", "TEXT"),
    }
    assert {name: (type_text(members[name]), metavar(members[name])) for name in expected} == expected
    assert values_of(members["alias_attributes"]) == ("phone_number", "email", "preferred_username")
    assert values_of(members["filter"]) == ()
    assert limits_of(members["limit"]) == {"minimum": 0}
    assert [each.__name__ for each in shapes_in(members["schema"])] == ["SchemaAttributeType"]
    assert shapes_in(members["settings"]) == []


def test_samples_have_the_type_of_every_member() -> None:
    for method in methods().values():
        shape = find_operation(method.name)
        for member in shape_fields(shape):
            assert sample(member) is not None


def test_the_keys_of_a_map_are_a_sentence_in_the_help() -> None:
    text = methods()["initiateauth"].docs().arguments["auth_parameters"]
    assert (
        "Keys by auth_flow: always: optional SECRET_HASH, DEVICE_KEY; USER_SRP_AUTH: USERNAME, SRP_A;" in text
    )
    assert text.endswith("MAX_AGE, ACCESS_TOKEN.")
    assert " - " not in text
