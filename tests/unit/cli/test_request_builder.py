"""From arguments of the command line to a request: names, values, files and standard input."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path

import pytest

from cognito_async._cli.prompts import ask_missing
from cognito_async._cli.request_builder import Arguments, Inputs, find_operation, make_request
from cognito_async._http.headers import TARGET
from cognito_async.operations import METHODS
from support.cli import ADMIN_GET_USER, CANARY, POOL, CommandLine
from support.transports import http_response

# The operation


@pytest.mark.parametrize("name", ["AdminGetUser", "admin_get_user", "admin-get-user", "ADMIN_GET_USER"])
def test_an_operation_may_be_spelled_in_any_way(run: CommandLine, name: str) -> None:
    result = run("call", name, *ADMIN_GET_USER[2:])
    assert result.exit_code == 0, result.output
    assert run.sent_body == {"UserPoolId": POOL, "Username": "ana"}
    assert run.transport.headers[TARGET].endswith(".AdminGetUser")


def test_every_operation_is_found_by_the_name_of_its_method() -> None:
    methods = [name for names in METHODS.values() for name in names]
    assert [find_operation(name).operation.name.lower() for name in methods] == [
        name.replace("_", "") for name in methods
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("admin-get-usr", "there is no operation 'admin-get-usr', did you mean 'admin-get-user'?"),
        ("admin_get_usr", "there is no operation 'admin_get_usr', did you mean 'admin_get_user'?"),
        ("AdminGetUsr", "there is no operation 'AdminGetUsr', did you mean 'AdminGetUser'?"),
        ("zzz", "there is no operation 'zzz'"),
        ("zzz!", "there is no operation of this name"),
    ],
)
def test_an_unknown_operation_is_an_error_with_a_hint(run: CommandLine, name: str, message: str) -> None:
    result = run("call", name)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {message}\n")
    assert run.clients == []


# The members


@pytest.mark.parametrize(
    "spelling", ["UserPoolId", "user_pool_id", "user-pool-id", "userpoolid", "USER_POOL_ID"]
)
def test_a_member_may_be_spelled_in_any_way(run: CommandLine, spelling: str) -> None:
    assert run.call("describe-user-pool", f"{spelling}={POOL}").exit_code == 0
    assert run.sent_body == {"UserPoolId": POOL}


def test_values_are_converted_to_the_types_of_their_members(run: CommandLine) -> None:
    result = run.call(
        "create-user-pool-client",
        f"user_pool_id={POOL}",
        "client_name=a=b, c",
        "generate_secret=TRUE",
        "enable_token_revocation=false",
        "access_token_validity=5",
        'token_validity_units={"AccessToken": "minutes"}',
        "allowed_o_auth_scopes=openid",
        "allowed_o_auth_scopes=email",
        'callback_urls=["https://a.example", "https://b.example"]',
        steps=(http_response(body={"UserPoolClient": {}}),),
    )
    assert result.exit_code == 0, result.output
    assert run.sent_body == {
        "UserPoolId": POOL,
        "ClientName": "a=b, c",
        "GenerateSecret": True,
        "EnableTokenRevocation": False,
        "AccessTokenValidity": 5,
        "TokenValidityUnits": {"AccessToken": "minutes"},
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["https://a.example", "https://b.example"],
    }


def test_lists_of_structures_and_documents_are_json(run: CommandLine) -> None:
    attributes = [{"Name": "email", "Value": "ana@example.com"}]
    params = (f"user_pool_id={POOL}", "username=ana", f"user_attributes={json.dumps(attributes)}")
    assert run.call("admin-update-user-attributes", *params).exit_code == 0
    assert run.sent_body["UserAttributes"] == attributes
    settings = 'settings={"categories": {"form": [1, null]}}'
    assert run.call("update-managed-login-branding", settings).exit_code == 0
    assert run.sent_body == {"Settings": {"categories": {"form": [1, None]}}}


def test_params_take_precedence_over_members_of_the_json_document(run: CommandLine) -> None:
    document = json.dumps({"UserPoolId": POOL, "Username": "ben"})
    assert run("call", "admin-get-user", "--json", document, "--param", "username=ana").exit_code == 0
    assert run.sent_body == {"UserPoolId": POOL, "Username": "ana"}


@pytest.mark.parametrize("source", ["-", "@-", "@file"])
def test_the_json_document_is_read_from_standard_input_or_a_file(
    run: CommandLine, source: str, tmp_path: Path
) -> None:
    document = json.dumps({"UserPoolId": POOL, "Username": "Ánà"})
    (tmp_path / "request.json").write_text(f"\ufeff{document}", encoding="utf-8")
    text = f"@{tmp_path / 'request.json'}" if source == "@file" else source
    assert run("call", "AdminGetUser", "--json", text, stdin=document).exit_code == 0
    assert run.sent_body["Username"] == "Ánà"


def test_a_member_is_read_from_a_file_without_the_line_break_at_its_end(
    run: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "name").write_bytes(b"two\nlines\r\n")
    params = (f"user_pool_id={POOL}", f"username=@{tmp_path / 'name'}")
    assert run.call("admin-get-user", *params).exit_code == 0
    assert run.sent_body["Username"] == "two\nlines"


def test_a_member_is_read_from_standard_input(run: CommandLine) -> None:
    params = (f"user_pool_id={POOL}", "username=@-")
    assert run.call("admin-get-user", *params, stdin="ana\n").exit_code == 0
    assert run.sent_body["Username"] == "ana"


def test_two_at_signs_stand_for_one(run: CommandLine) -> None:
    assert run.call("admin-get-user", f"user_pool_id={POOL}", "username=@@ana").exit_code == 0
    assert run.sent_body["Username"] == "@ana"


def test_bytes_are_read_from_a_file_or_from_base64(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\n")
    for text in (f"@{tmp_path / 'logo.png'}", "iVBORwo="):
        params = (f"user_pool_id={POOL}", f"image_file={text}")
        assert run.call("set-ui-customization", *params).exit_code == 0
        assert run.sent_body["ImageFile"] == "iVBORwo="


def test_nested_bytes_in_json_are_base64(run: CommandLine) -> None:
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "iVBORwo="}
    command = ("call", "update-managed-login-branding", "--json")
    assert run(*command, json.dumps({"Assets": [asset]})).exit_code == 0
    assert run.sent_body == {"Assets": [asset]}
    result = run(*command, json.dumps({"Assets": [asset | {"Bytes": "?"}]}))
    assert result.stderr == "error: Assets[0].Bytes: expected base64\n"


def test_ask_prompts_for_a_secret_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        return CANARY

    monkeypatch.setattr(getpass, "getpass", typed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    shape = find_operation("admin-set-user-password")
    arguments = Arguments(options={"user_pool_id": [POOL], "username": ["ana"]}, asked=["password"])
    request = make_request(shape, arguments, Inputs(ask=lambda name: ask_missing("", name)))
    assert (request.to_wire()["Password"], prompts) == (CANARY, ["Password: "])


def test_ask_reads_a_line_that_is_piped_without_a_warning(run: CommandLine) -> None:
    command = ("call", "admin-set-user-password", *ADMIN_GET_USER[2:], "--ask", "password")
    result = run(*command, stdin=f"{CANARY}\n")
    assert (result.exit_code, result.stderr) == (0, "Password: ")
    assert run.sent_body["Password"] == CANARY
    assert CANARY not in result.output


def test_ask_without_input_is_an_error(run: CommandLine) -> None:
    result = run("call", "admin-set-user-password", *ADMIN_GET_USER[2:], "--ask", "password")
    assert (result.exit_code, result.stderr) == (2, "Password: \nerror: Password: no input\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("SignUp", "--ask", "password"), "sign-up needs --client-id, --username"),
        (("SignUp", "--ask", "password", "--ask", "Password"), "Password: given twice"),
        (("SignUp", "--ask", "password", "--password", "x"), "Password: given twice"),
        (("SignUp", "--ask", "password", "--client-id", "", "--username", "ana"), "SignUpRequest: client_id: expected at least 1 character"),
    ],
)  # fmt: skip
def test_nothing_is_asked_for_a_request_that_is_invalid_anyway(
    run: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    result = run("call", *arguments, stdin="")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}")


def test_items_of_a_list_are_asked_for_one_by_one(run: CommandLine) -> None:
    command = ("call", "create-user-pool-client", "--user-pool-id", POOL, "--client-name", "x")
    asked = ("--ask", "callback-urls", "--ask", "callback-urls")
    assert run(*command, "--callback-urls", "a", *asked, stdin="b\nc\n").exit_code == 0
    assert run.sent_body["CallbackURLs"] == ["a", "b", "c"]


NO_MEMBER = "AdminGetUser has no member"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("AdminGetUser", "--param", "userpool=x"), f"{NO_MEMBER} 'userpool', did you mean 'UserPoolId'? It has UserPoolId, Username."),
        (("AdminGetUser", "--param", "zzz=x"), f"{NO_MEMBER} 'zzz'. It has UserPoolId, Username."),
        (("AdminGetUser", "--ask", "zzz"), f"{NO_MEMBER} 'zzz'. It has UserPoolId, Username."),
        (("AdminGetUser", "--param", f"{CANARY}=x"), f"{NO_MEMBER} of this name. It has UserPoolId, Username."),
        (("AdminGetUser", "--json", '{"Usernme": "x"}'), f"--json: {NO_MEMBER} 'Usernme', did you mean 'Username'? It has UserPoolId, Username."),
        (("AdminGetUser", "--json", '{"username": "x"}'), f"--json: {NO_MEMBER} 'username', did you mean 'Username'? It has UserPoolId, Username."),
        (("AdminGetUser", "--json", f'"{CANARY}"'), '--json: expected an object such as {"UserPoolId": "eu-west-1_AbC123"}'),
        (("AdminGetUser", "--json", f'{{"Username": {CANARY}'), "--json: not JSON (Expecting value at line 1 column 14)"),
        (("AdminGetUser", "--json", "[" * 100_000), "--json: JSON with too long a number, or nested too deeply"),
        (("AdminGetUser", "--param", CANARY), "--param: expected NAME=VALUE, but one has no ="),
        (("AdminGetUser", CANARY), "unexpected arguments after the operation; pass members as --NAME VALUE or --param NAME=VALUE"),
        (("AdminGetUser", "--param", "username=a", "--param", "Username=b"), "Username: given twice"),
        (("AdminGetUser", "--param", "username=a"), "admin-get-user needs --user-pool-id (or COGNITO_USER_POOL_ID)"),
        (("AdminGetUser",), "admin-get-user needs --user-pool-id (or COGNITO_USER_POOL_ID), --username"),
        (("AdminSetUserPassword", "--param", "permanent=yes"), "Permanent: expected true or false"),
        (("ListUsers", "--param", "limit=many"), "Limit: expected a number"),
        (("SetUICustomization", "--param", "image_file=?"), "ImageFile: expected base64"),
        (("SignUp", "--param", "user_attributes=email"), "UserAttributes: neither JSON nor KEY=VALUE,KEY=VALUE (expected KEY=VALUE at character 1)"),
        (("SignUp", "--param", f"password=@/{CANARY}"), "Password: the file after @ cannot be read (No such file or directory); write @@ for a leading @"),
        (("SignUp", "--json", "-", "--param", "password=@-"), "Password: another option has already read standard input"),
        (("ListUsers", "--param", f"user_pool_id={POOL}", "--param", "limit=-1"), "ListUsersRequest: limit: expected at least 0, got int -1"),
    ],
)  # fmt: skip
def test_an_invalid_argument_is_reported_in_one_line_and_nothing_is_sent(
    run: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    result = run("call", *arguments, stdin="{}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {message}\n"
    assert run.transport.sent == []


def test_a_file_that_is_not_utf_8_is_an_error_for_text(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    value = f"@{tmp_path / 'binary'}"
    for arguments, path in (
        (("--json", value), "--json"),
        (("--param", f"access_token={value}"), "AccessToken"),
    ):
        result = run("call", "GetUser", *arguments)
        assert (result.exit_code, result.stderr) == (2, f"error: {path}: the content is not UTF-8 text\n")
