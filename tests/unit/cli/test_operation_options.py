"""Options named after the members of a request, in the habit of the AWS CLI."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from cognito_async import types
from cognito_async._cli.commands.call import NOT_FROM_ENVIRONMENT
from cognito_async._cli.commands.call_options import general_command, operation_command
from cognito_async._cli.docs import methods
from cognito_async._cli.members import is_paginated, option_name
from cognito_async._cli.options import ClientOptions
from cognito_async._cli.request_builder import find_operation
from cognito_async._cli.unknown_values import unknown_values
from cognito_async._codec.codec import encode
from cognito_async._model.fields import shape_fields
from cognito_async.operations.pagination import PaginationOperations
from support.cli import CANARY, POOL, CommandLine
from support.transports import http_response

SHAPES = [find_operation(name) for name in methods()]
WARNING = "on the command line can be seen by other users of this machine"


def call(run: CommandLine, *arguments: str, **options: Any) -> Any:
    result = run("call", *arguments, **options)
    assert result.exit_code == 0, result.output
    return run.sent_body


def names(command: Any) -> list[str]:
    return [name for each in command.params for name in (*each.opts, *each.secondary_opts)]


# The options


def test_no_option_of_a_member_is_another_option_in_any_operation() -> None:
    for shape in SHAPES:
        found = names(operation_command(shape))
        assert len(found) == len(set(found)), shape
        assert not {"-h", "--help"} & set(found), shape


def test_every_member_of_every_operation_has_an_option() -> None:
    reserved = {option.replace("_", "-") for option in attrs.fields_dict(ClientOptions)}
    reserved |= {name.removeprefix("--") for name in names(general_command())}
    for shape in SHAPES:
        found = names(operation_command(shape))
        for member in shape_fields(shape):
            assert option_name(member) in found
            assert option_name(member).removeprefix("--") not in reserved


def test_lists_are_paginated_as_in_the_client() -> None:
    paginated = {
        method.name
        for method in methods().values()
        if is_paginated(shape_fields(find_operation(method.name)))
    }
    assert paginated == set(PaginationOperations._paginators)
    for method in methods().values():
        assert ("--all" in names(operation_command(find_operation(method.name)))) is (
            method.name in paginated
        )


def test_texts_numbers_and_flags(run: CommandLine) -> None:
    options = ("--user-pool-id", POOL, "--client-name", "a=b, c", "--generate-secret")
    more = ("--no-enable-token-revocation", "--access-token-validity=5")
    body = call(run, "create-user-pool-client", *options, *more, steps=(http_response(body={}),))
    assert body == {
        "UserPoolId": POOL,
        "ClientName": "a=b, c",
        "GenerateSecret": True,
        "EnableTokenRevocation": False,
        "AccessTokenValidity": 5,
    }


@pytest.mark.parametrize(
    "values",
    [
        ("--callback-urls", "https://a.example", "https://b.example"),
        ("--callback-urls", "https://a.example", "--callback-urls", "https://b.example"),
        ("--callback-urls=https://a.example", "--callback-urls", "https://b.example"),
        ("--callback-urls", '["https://a.example", "https://b.example"]'),
    ],
)
def test_a_list_is_given_as_several_words_as_repeated_options_or_as_json(
    run: CommandLine, values: tuple[str, ...]
) -> None:
    body = call(run, "create-user-pool-client", "--user-pool-id", POOL, *values, "--client-name", "x")
    assert body["CallbackURLs"] == ["https://a.example", "https://b.example"]
    assert body["ClientName"] == "x"


@pytest.mark.parametrize(
    "values",
    [
        ("Name=email,Value=a@b.c", "Name=name,Value=Ana B"),
        ("email=a@b.c,name=Ana B",),
        ("email=a@b.c", "name=Ana B"),
        ('[{"Name": "email", "Value": "a@b.c"}, {"Name": "name", "Value": "Ana B"}]',),
        ('{"Name": "email", "Value": "a@b.c"}', '{"Name": "name", "Value": "Ana B"}'),
        ('{"email": "a@b.c", "name": "Ana B"}',),
        ("email=a@b.c", "Name=name,Value=Ana B"),
        ("email=a@b.c", 'Name=name,Value="Ana B"'),
    ],
)
def test_attributes_are_given_as_shorthand_or_json(run: CommandLine, values: tuple[str, ...]) -> None:
    user = ("--user-pool-id", POOL, "--username", "ana")
    body = call(run, "admin-update-user-attributes", *user, "--user-attributes", *values)
    assert body["UserAttributes"] == [{"Name": "email", "Value": "a@b.c"}, {"Name": "name", "Value": "Ana B"}]


def test_structures_and_maps_are_given_as_shorthand_or_json(run: CommandLine) -> None:
    options = ("--pool-name", "shop", "--user-pool-tags", "team=a,stage=prod")
    policy = ("--policies", "PasswordPolicy={MinimumLength=12,RequireSymbols=true}")
    recovery = ("--account-recovery-setting", "RecoveryMechanisms=[{Priority=1,Name=verified_email}]")
    schema = (
        "--schema",
        "Name=plan,AttributeDataType=String",
        '{"Name": "age", "AttributeDataType": "Number"}',
    )
    verified = ("--user-attribute-update-settings", "AttributesRequireVerificationBeforeUpdate=email")
    body = call(run, "create-user-pool", *options, *policy, *recovery, *schema, *verified)
    assert body == {
        "PoolName": "shop",
        "UserPoolTags": {"team": "a", "stage": "prod"},
        "Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireSymbols": True}},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        "Schema": [
            {"Name": "plan", "AttributeDataType": "String"},
            {"Name": "age", "AttributeDataType": "Number"},
        ],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    }


@pytest.mark.parametrize("option", [(), ("--user-pool-tags",)])
def test_a_map_is_given_as_several_words_or_repeated_options(
    run: CommandLine, option: tuple[str, ...]
) -> None:
    command = ("create-user-pool", "--pool-name", "shop", "--user-pool-tags")
    assert call(run, *command, "a=1,b=2", *option, "c=3")["UserPoolTags"] == {"a": "1", "b": "2", "c": "3"}
    for again in ("a=2", "[]"):
        result = run("call", *command, "a=1", *option, again)
        assert (result.exit_code, result.stderr) == (2, "error: UserPoolTags: given twice\n")


def test_maps_of_lists_and_documents_and_times(run: CommandLine) -> None:
    assert call(run, "update-managed-login-branding", "--settings", '{"a": [1]}') == {"Settings": {"a": [1]}}
    moment = ("--restore-timestamp", "2026-01-02T03:04:05Z")
    assert (
        call(run, "initiate-point-in-time-recovery", "--user-pool-id", POOL, *moment)["RestoreTimestamp"]
        == 1767323045
    )
    body = call(
        run, "list-users", "--user-pool-id", POOL, "--attributes-to-get", "email", "sub", "--limit", "5"
    )
    assert (body["AttributesToGet"], body["Limit"]) == (["email", "sub"], 5)


def test_files_are_read_as_in_the_aws_cli(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\n")
    (tmp_path / "name").write_text("Ánà\n", encoding="utf-8")
    (tmp_path / "logo.txt").write_text("iVBORwo=\n")
    for image in (f"fileb://{tmp_path / 'logo.png'}", f"file://{tmp_path / 'logo.txt'}", "iVBORwo="):
        body = call(run, "set-ui-customization", "--user-pool-id", POOL, "--image-file", image)
        assert body["ImageFile"] == "iVBORwo="
    for source in (f"file://{tmp_path / 'name'}", f"fileb://{tmp_path / 'name'}"):
        assert call(run, "admin-get-user", "--user-pool-id", POOL, "--username", source)["Username"] == "Ánà"
    assert call(run, "admin-get-user", "--user-pool-id", POOL, "--username", "@ana")["Username"] == "@ana"


def test_the_whole_request_is_json_and_options_take_precedence(run: CommandLine, tmp_path: Path) -> None:
    document = json.dumps({"UserPoolId": POOL, "Username": "ben"})
    (tmp_path / "request.json").write_text(document)
    for source in (document, f"file://{tmp_path / 'request.json'}", f"@{tmp_path / 'request.json'}"):
        body = call(run, "admin-get-user", "--cli-input-json", source, "--username", "ana")
        assert body == {"UserPoolId": POOL, "Username": "ana"}


# The pool


def test_the_pool_comes_from_the_environment_unless_it_is_given(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    assert call(run, "admin-get-user", "--username", "ana")["UserPoolId"] == POOL
    for given in (
        ("--pool", "eu_x"),
        ("--user-pool-id", "eu_x"),
        ("--param", "userpoolid=eu_x"),
        ("--json", '{"UserPoolId": "eu_x"}'),
    ):
        assert call(run, "admin-get-user", "--username", "ana", *given)["UserPoolId"] == "eu_x"
    assert call(run, "list-user-pools", "--max-results", "1") == {"MaxResults": 1}


def test_every_operation_with_a_pool_takes_it_from_the_environment_except_its_deletion() -> None:
    for shape in SHAPES:
        command = operation_command(shape)
        if "--user-pool-id" in names(command):
            text = next(each.help for each in command.params if "--pool" in each.opts)
            assert ("COGNITO_USER_POOL_ID" in text) is (shape.operation.name not in NOT_FROM_ENVIRONMENT)


def test_a_pool_is_not_deleted_because_of_the_environment(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    result = run("call", "delete-user-pool")
    assert (result.exit_code, run.transport.sent) == (2, [])
    assert result.stderr == "error: delete-user-pool needs --user-pool-id\n"


# Secrets


@pytest.mark.parametrize(
    "arguments",
    [
        ("--password", CANARY),
        (f"--password={CANARY}",),
        ("--param", f"password={CANARY}"),
        ("--param", f"password=@@{CANARY}"),
        ("--json", json.dumps({"Password": CANARY})),
    ],
)
def test_a_secret_on_the_command_line_is_accepted_with_a_warning(
    run: CommandLine, arguments: tuple[str, ...]
) -> None:
    result = run("call", "sign-up", "--client-id", "x", "--username", "ana", *arguments, "--dry-run")
    assert result.exit_code == 0
    assert f"warning: Password {WARNING}; use --ask password" in result.stderr
    assert CANARY not in result.output


def test_help_has_the_known_values_once_and_ask_in_the_spelling_of_the_option(run: CommandLine) -> None:
    page = " ".join(run("call", "admin-create-user", "--help").stdout.split())
    assert "--message-action RESEND|SUPPRESS RESEND sends" in page
    assert "SUPPRESS sends no message. --desired-delivery-mediums SMS|EMAIL ..." in page
    assert "SMS by default. --client-metadata" in page
    assert "A secret: --ask temporary-password keeps it" in page


@pytest.mark.parametrize("source", ["option", "param", "ask", "document"])
def test_a_secret_from_elsewhere_has_no_warning(run: CommandLine, tmp_path: Path, source: str) -> None:
    path = tmp_path / "secret"
    path.write_text(json.dumps({"Password": CANARY}) if source == "document" else CANARY)
    arguments = {
        "option": ("--password", f"file://{path}"),
        "param": ("--param", f"password=@{path}"),
        "ask": ("--ask", "password"),
        "document": ("--json", f"@{path}"),
    }[source]
    result = run(
        "call", "sign-up", "--client-id", "x", "--username", "ana", *arguments, "--dry-run", stdin=CANARY
    )
    assert (result.exit_code, WARNING in result.stderr) == (0, False)
    assert CANARY not in result.output


def test_data_for_triggers_is_no_secret(run: CommandLine) -> None:
    options = ("--client-id", "x", "--username", "ana", "--client-metadata", "a=b")
    assert WARNING not in run("call", "sign-up", *options, "--dry-run").stderr


# Values that this release does not know


@pytest.mark.parametrize(
    ("arguments", "warning"),
    [
        (
            ("admin-create-user", "--user-pool-id", POOL, "--username", "ana", "--message-action", "SUPRESS"),
            "MessageAction: 'SUPRESS' is neither RESEND nor SUPPRESS, did you mean 'SUPPRESS'?",
        ),
        (
            ("admin-create-user", "--json", json.dumps({"UserPoolId": POOL, "Username": "a", "MessageAction": CANARY})),
            "MessageAction: the value is neither RESEND nor SUPPRESS",
        ),
        (
            ("create-user-pool", "--pool-name", "x", "--schema", "Name=a,AttributeDataType=string"),
            "Schema[0].AttributeDataType: 'string' is none of String, Number, DateTime, Boolean, did you mean 'String'?",
        ),
        (
            ("create-user-pool", "--pool-name", "x", "--alias-attributes", "email", "phone"),
            "AliasAttributes[1]: 'phone' is none of phone_number, email, preferred_username, did you mean 'phone_number'?",
        ),
        (
            ("create-user-pool", "--pool-name", "x", "--email-configuration", "EmailSendingAccount=DEVELOPR"),
            "EmailConfiguration.EmailSendingAccount: 'DEVELOPR' is neither COGNITO_DEFAULT nor DEVELOPER, did you mean 'DEVELOPER'?",
        ),
    ],
)  # fmt: skip
def test_a_value_that_is_not_known_is_sent_with_a_warning(
    run: CommandLine, arguments: tuple[str, ...], warning: str
) -> None:
    result = run("call", *arguments, "--dry-run")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == f"warning: {warning}"
    assert CANARY not in result.stderr
    result = run("call", *arguments, steps=(http_response(body={}),))
    assert (result.exit_code, result.stderr) == (0, f"warning: {warning}\n")
    assert len(run.transport.sent) == 1


def test_a_single_known_value_is_named() -> None:
    members = {
        "UserPoolId": POOL,
        "ClientId": "x",
        "TermsName": "a",
        "TermsSource": "x",
        "Enforcement": "NONE",
    }
    request = types.CreateTermsRequest.from_wire(members)
    assert list(unknown_values(request)) == ["TermsSource: the value is not LINK"]


# Errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sign-up", "--user-attributes", CANARY), "UserAttributes: neither JSON nor KEY=VALUE,KEY=VALUE (expected KEY=VALUE at character 1)"),
        (("create-user-pool", "--policies", f"{CANARY}=1"), "Policies: neither JSON nor KEY=VALUE,KEY=VALUE (expected KEY=VALUE at character 1)"),
        (("create-user-pool", "--policies", "Kanarie=1"), "Policies: one of the keys is no member of UserPoolPolicyType, which has PasswordPolicy, SignInPolicy"),
        (("create-user-pool", "--policies", "PasswordPolicy={MinimumLength=x}"), "Policies.PasswordPolicy.MinimumLength: expected a number"),
        (("create-user-pool", "--policies", "PasswordPolicy=x"), "Policies.PasswordPolicy: neither JSON nor KEY=VALUE,KEY=VALUE (expected KEY=VALUE at character 1)"),
        (("admin-update-user-attributes", "--user-attributes", "address=a,b"), "UserAttributes: expected one value; quote it if it contains a comma"),
        (("sign-up", "--user-attributes", "Name=custom:x,Value=a=b,c=d"), "UserAttributes: expected Name=NAME,Value=VALUE; quote a value that contains a comma"),
        (("sign-up", "--user-attributes", "Name=x,c=d"), "UserAttributes: expected Name=NAME,Value=VALUE; quote a value that contains a comma"),
        (("sign-up", "--user-attributes", "email=x,Value=d"), "UserAttributes: expected Name=NAME,Value=VALUE; quote a value that contains a comma"),
        (("sign-up", "--user-attributes", "name=email,value=x"), "UserAttributes: expected Name=NAME,Value=VALUE; quote a value that contains a comma"),
        (("sign-up", "--user-attributes", '{"Name": "a", "Value": "b", "c": "d"}'), "UserAttributes: expected Name=NAME,Value=VALUE; quote a value that contains a comma"),
        (("admin-get-user", "--username", "a", "--username", "b"), "Username: given twice"),
        (("admin-get-user", "--username", "user-001", CANARY), "--username takes one value; quote a value that contains spaces"),
        (("create-user-pool", "--pool-name", "x", "--policies", "PasswordPolicy={}", CANARY), "--policies takes one value; quote a value that contains spaces"),
        (("sign-up", "--user-attributes", "{}", "--param", 'user_attributes={"email": "x"}'), "UserAttributes: given twice"),
        (("admin-get-user", "--username", f"file:///{CANARY}"), "Username: the file after :// cannot be read (No such file or directory)"),
        (("admin-get-user", "--username", "file://\0"), "Username: the file after :// cannot be read (its name has a null character)"),
        (("admin-get-user", "--param", "username=@\0"), "Username: the file after @ cannot be read (its name has a null character); write @@ for a leading @"),
        (("list-users", "--limit", "many"), "Limit: expected a number"),
        (("list-users", "--query", "a["), "--query: not a JMESPath expression: incomplete expression\n"),
        (("list-users", "--query", "`"), "--query: not a JMESPath expression: unclosed ` delimiter\n"),
        (("list-users", "--query", ""), "--query: not a JMESPath expression: cannot be empty\n"),
        (("list-users", "--query", "a b"), '--query: not a JMESPath expression: unexpected token: b: Parse error at column 2, token "b" (UNQUOTED_IDENTIFIER)\n'),
        (("list-users", "--query", "(" * 2000), "--query: nested too deeply"),
        (("list-users", "--query", "lenght(Users)"), "--query: there is no function lenght(), did you mean 'length'?"),
        (("list-users", "--query", "Users[?a == keys()]"), "--query: keys() takes 1 argument, not 0"),
        (("list-users", "--query", "sort_by(Users)"), "--query: sort_by() takes 2 arguments, not 1"),
        (("list-users", "--query", "merge()"), "--query: merge() takes at least 1 argument, not 0"),
        (("list-users", "--query", "length(a, b)"), "--query: length() takes 1 argument, not 2"),
        (("list-users", "--all", "--user-pool-id", POOL, "--pagination-token", "x"), "--pagination-token is for one page: with --all or --max-items, pass --starting-token"),
    ],
)  # fmt: skip
def test_an_invalid_option_is_reported_without_its_value(
    run: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    result = run("call", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")
    assert "Kanarie" not in result.output
    assert run.transport.sent == []


def test_arguments_after_two_dashes_are_unexpected(run: CommandLine) -> None:
    result = run("call", "admin-get-user", "--username", "a", "--", "--user-pool-id", CANARY)
    assert result.exit_code == 2
    assert "unexpected arguments after the operation" in result.stderr
    assert CANARY not in result.output


# Lists


def pages(*tokens: str | None) -> tuple[Any, ...]:
    bodies = []
    for number, token in enumerate(tokens):
        groups = [{"GroupName": f"u{number}a"}, {"GroupName": f"u{number}b"}]
        bodies.append({"Groups": groups} | ({"NextToken": token} if token else {}))
    return tuple(http_response(body=body) for body in bodies)


LIST = ("call", "list-groups", "--user-pool-id", POOL)


def test_all_reads_all_pages_into_one_document(run: CommandLine) -> None:
    result = run(*LIST, "--all", steps=pages("t1", "t2", None))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "Groups": [{"GroupName": f"u{n}{c}"} for n in range(3) for c in "ab"]
    }
    assert run.sent_body == {"UserPoolId": POOL, "Limit": 60, "NextToken": "t2"}


def test_all_passes_the_page_size_and_needs_none(run: CommandLine) -> None:
    assert run(*LIST, "--all", "--limit", "7", steps=pages(None)).exit_code == 0
    assert run.sent_body["Limit"] == 7
    assert (
        run("call", "list-user-pools", "--all", steps=(http_response(body={"UserPools": []}),)).exit_code == 0
    )
    assert run.sent_body == {"MaxResults": 60}
    arguments = ("--user-pool-id", POOL, "--client-id", "x", "--all")
    assert (
        run("call", "list-user-pool-client-secrets", *arguments, steps=(http_response(body={}),)).exit_code
        == 0
    )


def test_max_items_ends_early_with_a_token_that_continues(run: CommandLine) -> None:
    result = run(*LIST, "--max-items", "3", "--output", "jsonl", steps=pages("t1", "t2"))
    assert result.stdout == "".join(f'{{"GroupName": "{name}"}}\n' for name in ("u0a", "u0b", "u1a"))
    token = result.stderr.removeprefix("there are more items; continue with: --starting-token ").strip()
    result = run(*LIST, "--starting-token", token, "--output", "csv", steps=pages(None))
    assert (result.stdout, result.stderr) == ("GroupName\nu0b\n", "")


def test_json_lines_are_printed_as_they_arrive_and_an_error_says_how_to_continue(run: CommandLine) -> None:
    steps = (*pages("t1"), http_response(400, {"__type": "NotAuthorizedException", "message": "no"}))
    result = run(*LIST, "--all", "--output", "jsonl", steps=steps)
    assert (result.exit_code, result.stdout) == (1, '{"GroupName": "u0a"}\n{"GroupName": "u0b"}\n')
    assert "continue with: --starting-token " in result.stderr
    result = run(*LIST, "--all", steps=steps)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "continue with" not in result.stderr


def test_one_page_of_a_list_in_other_formats_says_that_there_are_more(run: CommandLine) -> None:
    result = run(*LIST, "--output", "table", steps=pages("t1"))
    assert [line.strip() for line in result.stdout.splitlines()] == ["GroupName", "u0a", "u0b"]
    assert result.stderr == "there are more items; --all reads all pages\n"
    assert run(*LIST, steps=pages("t1")).stderr == ""
    assert run(*LIST, "--output", "csv", steps=pages(None)).stderr == ""
    assert run(*LIST, "--output", "csv", steps=(http_response(body={}),)).stdout == ""


# Queries


@pytest.mark.parametrize(
    ("query", "form", "output"),
    [
        ("Groups[].GroupName", "json", '[\n  "u0a",\n  "u0b"\n]\n'),
        ("Groups[].GroupName", "jsonl", '"u0a"\n"u0b"\n'),
        ("Groups[].GroupName", "csv", "u0a\nu0b\n"),
        ("Groups[0]", "csv", "GroupName\nu0a\n"),
        ("Groups[0].GroupName", "table", "u0a\n"),
        ("Groups[0].GroupName", "csv", "u0a\n"),
        ("Groups[0].GroupName", "jsonl", '"u0a"\n'),
        ("Groups[].[GroupName, 'x']", "csv", "u0a,x\nu0b,x\n"),
        ("Groups[].[GroupName, 'x']", "table", "u0a  x\nu0b  x\n"),
        ("Nothing", "json", "null\n"),
        ("Nothing", "table", "\n"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--all",)])
def test_a_query_selects_a_part_of_the_response(
    run: CommandLine, query: str, form: str, output: str, options: tuple[str, ...]
) -> None:
    result = run(*LIST, "--query", query, "--output", form, *options, steps=pages(None))
    assert (result.exit_code, result.stdout) == (0, output)


def test_a_query_finds_no_secret(run: CommandLine) -> None:
    body = {"AuthenticationResult": {"AccessToken": CANARY}}
    arguments = (
        "--auth-flow",
        "USER_AUTH",
        "--client-id",
        "x",
        "--query",
        "AuthenticationResult.AccessToken",
    )
    result = run("call", "initiate-auth", *arguments, steps=(http_response(body=body),))
    assert result.stdout == '"***"\n'
    result = run(
        "call", "initiate-auth", *arguments, "--show-secrets", "-o", "csv", steps=(http_response(body=body),)
    )
    assert result.stdout == f"{CANARY}\n"


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("sort_by(Groups, &Precedence)", ": sort_by() does not accept this type of value"),
        ("contains(Groups[0].GroupName, `1`)", ""),
        ("Groups[::0]", ""),
    ],
)
@pytest.mark.parametrize("options", [(), ("--all",)])
def test_a_query_that_fails_loses_no_response(
    run: CommandLine, query: str, where: str, options: tuple[str, ...]
) -> None:
    body = {"Groups": [{"GroupName": "Kanarie"}, {"GroupName": "b", "Precedence": 1}]}
    result = run(*LIST, "--query", query, "-o", "csv", *options, steps=(http_response(body=body),))
    assert (result.exit_code, json.loads(result.stdout)) == (1, body)
    assert result.stderr == (
        f"error: --query cannot be applied to the response{where}; the whole response was printed\n"
    )


def test_a_query_with_several_functions_and_slices_is_valid(run: CommandLine) -> None:
    query = "merge(Groups[0], Groups[1], {n: length(Groups[0:1])})"
    result = run(*LIST, "--query", query, steps=pages(None))
    assert json.loads(result.stdout) == {"GroupName": "u0b", "n": 1}


def test_only_masked_values_that_are_printed_are_counted(run: CommandLine) -> None:
    body = {"AuthenticationResult": {"AccessToken": CANARY, "IdToken": CANARY, "TokenType": "***"}}
    command = ("call", "initiate-auth", "--auth-flow", "USER_AUTH", "--client-id", "x", "--query")
    for query, masked in (("AuthenticationResult.AccessToken", 1), ("*.[AccessToken, IdToken]", 2)):
        result = run(*command, query, steps=(http_response(body=body),))
        assert result.stderr == f"secret values masked: {masked}; --show-secrets shows them\n"
    result = run(*command, "AuthenticationResult.TokenType", steps=(http_response(body=body),))
    assert (result.stdout, result.stderr) == ('"***"\n', "")
    result = run(*command, "keys(keys(@))", steps=(http_response(body=body),))
    assert result.stderr.endswith("printed\nsecret values masked: 2; --show-secrets shows them\n")


# Formats


def test_one_object_is_rows_of_names_and_values_or_a_line(run: CommandLine) -> None:
    body = {"Group": {"GroupName": "a", "Precedence": 1, "RoleArn": "=x"}}
    command = ("call", "get-group", "--user-pool-id", POOL, "--group-name", "a", "--output")
    result = run(*command, "table", steps=(http_response(body=body),))
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["GroupName", "a"],
        ["RoleArn", "=x"],
        ["Precedence", "1"],
    ]
    result = run(*command, "csv", steps=(http_response(body=body),))
    assert result.stdout == "GroupName,RoleArn,Precedence\na,'=x,1\n"
    result = run(*command, "jsonl", steps=(http_response(body=body),))
    assert json.loads(result.stdout) == body
    assert result.stdout.count("\n") == 1


def test_a_list_that_is_no_page_stays_an_object(run: CommandLine) -> None:
    body = {"CSVHeader": ["a", "b"], "UserPoolId": "x"}
    result = run(
        "call", "get-csv-header", "--user-pool-id", POOL, "-o", "csv", steps=(http_response(body=body),)
    )
    assert result.stdout == 'UserPoolId,CSVHeader\nx,"[""a"", ""b""]"\n'
    result = run("call", "delete-group", "--user-pool-id", POOL, "--group-name", "a", "-o", "table")
    assert (result.exit_code, result.stdout.strip()) == (0, "")


def test_control_characters_are_escaped_in_every_format(run: CommandLine) -> None:
    body = {"Groups": [{"GroupName": "\x1b[31mána\u202e"}]}
    for form in ("table", "json", "jsonl"):
        result = run(*LIST, "--output", form, steps=(http_response(body=body),))
        assert "\x1b" not in result.output
        assert "\u202e" not in result.output
        assert "ána" in result.output


# Examples


@pytest.mark.parametrize("method", methods().values(), ids=lambda each: each.command)
def test_the_examples_of_describe_are_valid_requests(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, method: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("credential.json", "provider-details.json"):
        (tmp_path / name).write_text("{}")
    described = json.loads(run("describe", method.command, "--output", "json").stdout)
    words = shlex.split(described["shell_example"].removeprefix("python -m cognito_async "))
    result = run(*words, "--dry-run", stdin="example-example-example-example\n" * 3)
    assert result.exit_code == 0, result.output
    assert WARNING not in result.stderr
    requests: list[Any] = []

    class Client:
        def __getattr__(self, name: str) -> Any:
            shape = getattr(types, f"{described['name']}Request")
            return lambda **members: requests.append((name, encode(shape(**members))))

    code = described["python_example"].removeprefix("await ")
    eval(code, {"client": Client(), "datetime": datetime, "UTC": UTC})
    assert requests[0][0] == method.name
