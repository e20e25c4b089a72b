"""The command line: what all commands share, and ``call``."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from command import Run
from stub import HANG, failure, reply

from cognito_async import _cli, _cli_call
from cognito_async._cli_request import find_operation
from cognito_async._errors import ConnectError
from cognito_async._headers import TARGET
from cognito_async.operations import METHODS

CANARY = "Kanarienvogel-1!"
POOL = "eu-west-1_AbC123"
USER = ("call", "admin-get-user", "--param", f"user_pool_id={POOL}", "--param", "username=ana")
GET_USER = {
    "Username": "ana",
    "UserAttributes": [{"Name": "name", "Value": "Ánà"}],
    "UserCreateDate": 1_700_000_000,
    "Enabled": True,
}
SIGN_IN = {"AuthenticationResult": {"AccessToken": CANARY, "ExpiresIn": 3600}, "Session": CANARY}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


@pytest.fixture(autouse=True)
def _narrow_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60, **options
    )


WITHOUT = """
import runpy, sys
class Without:
    def find_spec(self, name, *_):
        if name == "{0}":
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Without())
runpy.run_module("cognito_async", run_name="__main__")
"""
"""Runs the command line where a module is not installed."""


# The program


def test_help_names_the_commands_and_fits_80_columns() -> None:
    result = python("-m", "cognito_async", "--help", env=os.environ | {"COLUMNS": "80"})
    assert result.returncode == 0
    assert "Usage: python -m cognito_async" in result.stdout
    assert all(name in result.stdout for name in ("call", "list-users", "whoami", "--version"))
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_without_arguments_it_shows_its_help(run: Run) -> None:
    assert "list-users" in run().output


def test_version_is_that_of_the_package(run: Run) -> None:
    from cognito_async import __version__

    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"cognito_async {__version__}\n")


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    result = python("-c", WITHOUT.format(missing), "whoami")
    assert result.returncode == 1
    assert result.stderr == f'The command line needs {missing}: pip install "cognito-async[cli]"\n'


def test_another_module_that_is_missing_is_not_blamed_on_the_extra() -> None:
    result = python("-c", WITHOUT.format("aiohttp"), "whoami")
    assert "ModuleNotFoundError" in result.stderr
    assert "cognito-async[cli]" not in result.stderr


def test_the_module_does_nothing_when_it_is_only_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    from cognito_async import __main__ as module

    calls: list[str] = []
    monkeypatch.setattr(_cli, "main", lambda: calls.append("main"))
    assert calls == []
    module.main()
    assert calls == ["main"]


def test_the_package_and_a_client_do_not_load_typer_or_rich() -> None:
    loaded = (
        "import sys, cognito_async",
        "cognito_async.CognitoClient(region='eu-west-1')",
        "print({'typer', 'rich', 'click'} & set(sys.modules))",
    )
    assert python("-c", "\n".join(loaded)).stdout == "set()\n"


def test_the_process_writes_utf_8_whatever_the_terminal_says(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "output").open("w", encoding="ascii") as output:
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
        monkeypatch.setattr(_cli, "app", lambda prog_name: print(f"{prog_name}: Ánà \ud800"))
        _cli.main()
    written = (tmp_path / "output").read_text(encoding="utf-8")
    assert written == "python -m cognito_async: Ánà \\ud800\n"


# call: the operation


@pytest.mark.parametrize("name", ["AdminGetUser", "admin_get_user", "admin-get-user", "ADMIN_GET_USER"])
def test_an_operation_goes_by_all_its_spellings(run: Run, name: str) -> None:
    result = run("call", name, *USER[2:], steps=(reply(body=GET_USER),))
    assert result.exit_code == 0, result.output
    assert run.sent == {"UserPoolId": POOL, "Username": "ana"}
    assert run.transport.headers[TARGET].endswith(".AdminGetUser")


def test_every_operation_is_found() -> None:
    methods = [name for names in METHODS.values() for name in names]
    assert [find_operation(name).operation.name.lower() for name in methods] == [
        name.replace("_", "") for name in methods
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("admin-get-usr", "there is no operation 'admin-get-usr', did you mean 'AdminGetUser'?"),
        ("zzz", "there is no operation 'zzz'"),
        ("zzz!", "there is no operation of the name that was given"),
    ],
)
def test_an_operation_that_is_none_is_a_mistake_with_a_hint(run: Run, name: str, message: str) -> None:
    result = run("call", name)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {message}\n")
    assert run.clients == []


# call: the members


@pytest.mark.parametrize(
    "spelling", ["UserPoolId", "user_pool_id", "user-pool-id", "userpoolid", "USER_POOL_ID"]
)
def test_a_member_goes_by_all_its_spellings(run: Run, spelling: str) -> None:
    assert run("call", "describe-user-pool", "--param", f"{spelling}={POOL}").exit_code == 0
    assert run.sent == {"UserPoolId": POOL}


def call(run: Run, operation: str, *params: str, **more: Any) -> Any:
    options = [part for param in params for part in ("--param", param)]
    return run("call", operation, *options, **more)


def test_values_become_what_their_members_take(run: Run, tmp_path: Path) -> None:
    result = call(
        run,
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
        steps=(reply(body={"UserPoolClient": {}}),),
    )
    assert result.exit_code == 0, result.output
    assert run.sent == {
        "UserPoolId": POOL,
        "ClientName": "a=b, c",
        "GenerateSecret": True,
        "EnableTokenRevocation": False,
        "AccessTokenValidity": 5,
        "TokenValidityUnits": {"AccessToken": "minutes"},
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["https://a.example", "https://b.example"],
    }


def test_lists_of_structures_maps_and_documents_are_json(run: Run) -> None:
    attributes = [{"Name": "email", "Value": "ana@example.com"}]
    name = f"user_attributes={json.dumps(attributes)}"
    assert (
        call(run, "admin-update-user-attributes", f"user_pool_id={POOL}", "username=ana", name).exit_code == 0
    )
    assert run.sent["UserAttributes"] == attributes
    settings = 'settings={"categories": {"form": [1, null]}}'
    assert call(run, "update-managed-login-branding", settings).exit_code == 0
    assert run.sent == {"Settings": {"categories": {"form": [1, None]}}}


def test_json_is_the_request_and_params_go_before_its_members(run: Run) -> None:
    document = json.dumps({"UserPoolId": POOL, "Username": "ben"})
    assert run("call", "admin-get-user", "--json", document, "--param", "username=ana").exit_code == 0
    assert run.sent == {"UserPoolId": POOL, "Username": "ana"}


@pytest.mark.parametrize("source", ["-", "@-", "@file"])
def test_json_comes_from_standard_input_or_a_file(run: Run, source: str, tmp_path: Path) -> None:
    document = json.dumps({"UserPoolId": POOL, "Username": "Ánà"})
    (tmp_path / "request.json").write_text(f"\ufeff{document}", encoding="utf-8")
    text = f"@{tmp_path / 'request.json'}" if source == "@file" else source
    assert run("call", "AdminGetUser", "--json", text, stdin=document).exit_code == 0
    assert run.sent["Username"] == "Ánà"


def test_a_member_comes_from_a_file_without_its_last_line_break(run: Run, tmp_path: Path) -> None:
    (tmp_path / "name").write_bytes(b"two\nlines\r\n")
    assert (
        call(run, "admin-get-user", f"user_pool_id={POOL}", f"username=@{tmp_path / 'name'}").exit_code == 0
    )
    assert run.sent["Username"] == "two\nlines"


def test_a_member_comes_from_standard_input(run: Run) -> None:
    assert call(run, "admin-get-user", f"user_pool_id={POOL}", "username=@-", stdin="ana\n").exit_code == 0
    assert run.sent["Username"] == "ana"


def test_two_at_signs_are_one(run: Run) -> None:
    assert call(run, "admin-get-user", f"user_pool_id={POOL}", "username=@@ana").exit_code == 0
    assert run.sent["Username"] == "@ana"


def test_bytes_come_from_a_file_or_as_base64(run: Run, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\n")
    for text in (f"@{tmp_path / 'logo.png'}", "iVBORwo="):
        assert call(run, "set-ui-customization", f"user_pool_id={POOL}", f"image_file={text}").exit_code == 0
        assert run.sent["ImageFile"] == "iVBORwo="


def test_bytes_in_json_are_base64_wherever_they_are(run: Run) -> None:
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "iVBORwo="}
    assert (
        run("call", "update-managed-login-branding", "--json", json.dumps({"Assets": [asset]})).exit_code == 0
    )
    assert run.sent == {"Assets": [asset]}
    result = run(
        "call", "update-managed-login-branding", "--json", json.dumps({"Assets": [asset | {"Bytes": "?"}]})
    )
    assert result.stderr == "error: Assets[0].Bytes: expected base64\n"


def test_a_secret_is_asked_for_without_echo(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []
    monkeypatch.setattr(_cli_call.getpass, "getpass", lambda question: questions.append(question) or CANARY)
    result = run("call", "admin-set-user-password", *USER[2:], "--ask", "password")
    assert (result.exit_code, questions) == (0, ["Password: "])
    assert run.sent["Password"] == CANARY
    assert CANARY not in result.output


def test_nothing_typed_is_a_mistake(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(question: str) -> str:
        raise EOFError

    monkeypatch.setattr(_cli_call.getpass, "getpass", ended)
    result = run("call", "admin-set-user-password", *USER[2:], "--ask", "password")
    assert (result.exit_code, result.stderr) == (2, "error: Password: nothing was typed\n")


HAS = "AdminGetUser has no member"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("AdminGetUser", "--param", "userpool=x"), f"{HAS} 'userpool', did you mean 'UserPoolId'? It has UserPoolId, Username."),
        (("AdminGetUser", "--param", "zzz=x"), f"{HAS} 'zzz'. It has UserPoolId, Username."),
        (("AdminGetUser", "--ask", "zzz"), f"{HAS} 'zzz'. It has UserPoolId, Username."),
        (("AdminGetUser", "--param", f"{CANARY}=x"), f"{HAS} of the name that was given. It has UserPoolId, Username."),
        (("AdminGetUser", "--json", '{"Usernme": "x"}'), f"--json: {HAS} 'Usernme', did you mean 'Username'? It has UserPoolId, Username."),
        (("AdminGetUser", "--json", '{"username": "x"}'), f"--json: {HAS} 'username', did you mean 'Username'? It has UserPoolId, Username."),
        (("AdminGetUser", "--json", f'"{CANARY}"'), '--json: expected an object such as {"UserPoolId": "eu-west-1_AbC123"}'),
        (("AdminGetUser", "--json", f'{{"Username": {CANARY}'), "--json: not JSON (Expecting value at line 1 column 14)"),
        (("AdminGetUser", "--json", "[" * 100_000), "--json: JSON with a number too long, or nested too deeply"),
        (("AdminGetUser", "--param", CANARY), "--param: expected NAME=VALUE, and one has no ="),
        (("AdminGetUser", CANARY), "there are more arguments than the operation; members are --param NAME=VALUE"),
        (("AdminGetUser", "--param", "username=a", "--param", "Username=b"), "Username: given twice"),
        (("AdminGetUser", "--param", "username=a"), "AdminGetUserRequest: UserPoolId: required, but missing or None"),
        (("AdminSetUserPassword", "--param", "permanent=yes"), "Permanent: expected true or false"),
        (("ListUsers", "--param", "limit=many"), "Limit: expected a number"),
        (("SetUICustomization", "--param", "image_file=?"), "ImageFile: expected base64"),
        (("SignUp", "--param", "user_attributes=email"), "UserAttributes: not JSON (Expecting value at line 1 column 1)"),
        (("SignUp", "--param", f"password=@/{CANARY}"), "Password: the file after @ cannot be read (No such file or directory); a value begins with @@ for an @"),
        (("SignUp", "--json", "-", "--param", "password=@-"), "Password: standard input is read already, by another option"),
        (("ListUsers", "--param", f"user_pool_id={POOL}", "--param", "limit=-1"), "ListUsersRequest: limit: expected at least 0, got int -1"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_a_line_and_nothing_is_sent(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    result = run("call", *arguments, stdin="{}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {message}\n"
    assert run.transport.sent == []


def test_what_is_no_text_is_refused_where_text_is_due(run: Run, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for option in ("--json", "--param"):
        value = f"@{tmp_path / 'binary'}"
        result = run("call", "GetUser", option, value if option == "--json" else f"access_token={value}")
        path = "--json" if option == "--json" else "AccessToken"
        assert (result.exit_code, result.stderr) == (2, f"error: {path}: what was read is not UTF-8 text\n")


# call: the answer


def test_the_answer_is_json_in_wire_form_with_iso_times(run: Run) -> None:
    result = run(*USER, steps=(reply(body=GET_USER),))
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == GET_USER | {"UserCreateDate": "2023-11-14T22:13:20+00:00"}
    assert "Ánà" in result.stdout
    assert "\x1b" not in result.stdout


def test_an_answer_without_members_is_an_empty_object(run: Run) -> None:
    result = call(run, "admin-delete-user", f"user_pool_id={POOL}", "username=ana")
    assert (result.exit_code, result.stdout) == (0, "{}\n")


def test_bytes_of_an_answer_are_base64(run: Run) -> None:
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "iVBORwo="}
    answer = {"ManagedLoginBranding": {"Assets": [asset]}}
    result = call(run, "describe-managed-login-branding", f"user_pool_id={POOL}", "managed_login_branding_id=x", steps=(reply(body=answer),))  # fmt: skip
    assert json.loads(result.stdout) == answer


def sign_in(run: Run, *options: str, body: Any) -> Any:
    document = {
        "UserPoolId": POOL,
        "ClientId": "abc",
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": CANARY},
    }
    steps = (reply(body=body),)
    return run("call", "AdminInitiateAuth", "--json", "-", *options, stdin=json.dumps(document), steps=steps)


def test_secrets_of_an_answer_are_masked(run: Run) -> None:
    result = sign_in(run, body=SIGN_IN)
    assert json.loads(result.stdout) == {
        "AuthenticationResult": {"AccessToken": "***", "ExpiresIn": 3600},
        "Session": "***",
    }
    assert result.stderr == "secret values masked: 2; --show-secrets shows them\n"
    assert run.sent["AuthParameters"]["PASSWORD"] == CANARY


def test_secrets_of_an_answer_are_shown_when_asked_for(run: Run) -> None:
    result = sign_in(run, "--show-secrets", body=SIGN_IN)
    assert json.loads(result.stdout) == SIGN_IN
    assert result.stderr == ""


@pytest.mark.parametrize("odd", [CANARY, [CANARY], {"Token": CANARY}])
def test_an_answer_that_is_not_what_the_model_says_is_masked_too(run: Run, odd: Any) -> None:
    result = sign_in(
        run, body={"AuthenticationResult": [odd] if isinstance(odd, dict) else odd, "Session": [odd]}
    )
    assert result.exit_code == 0
    assert CANARY not in result.output


def test_a_dry_run_checks_and_shows_the_request_without_secrets(run: Run) -> None:
    result = sign_in(run, "--dry-run", body={})
    assert (result.exit_code, run.clients) == (0, [])
    assert json.loads(result.stdout)["AuthParameters"] == "***"
    assert result.stderr.startswith("AdminInitiateAuth fits, and nothing was sent\n")
    assert CANARY not in result.output
    result = run("call", "AdminGetUser", "--dry-run", "--param", "user_pool_id=", "--param", "username=x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "user_pool_id: expected at least 1 character" in result.stderr


def on_a_terminal(*arguments: str) -> bytes:
    import pty

    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {
        "TERM": "xterm"
    }
    with subprocess.Popen(
        [sys.executable, "-m", "cognito_async", *arguments],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        os.close(theirs)
        output = b""
        with suppress(OSError):  # as Linux tells that the other side is closed
            while part := os.read(ours, 1000):
                output += part
        process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    return output


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_on_a_terminal_the_answer_has_colours() -> None:
    output = on_a_terminal(*USER, "--dry-run")
    assert b"\x1b[" in output
    assert b'"ana"' in output


CONTROLS = "\x1b\x7f\x9b2J\u202e\u2066Ánà"
"""What a user may be called, and a terminal would obey; and letters that stay."""

ESCAPED = r"\u001b\u007f\u009b2J\u202e\u2066Ánà"


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_no_control_character_of_an_answer_reaches_a_terminal() -> None:
    output = on_a_terminal(*USER[:-1], f"username={CONTROLS}", "--dry-run")
    assert f'"{ESCAPED}"' in output.decode()


def test_json_holds_no_control_character_and_reads_back_the_same(run: Run) -> None:
    result = run(*USER, steps=(reply(body={"Username": CONTROLS}),))
    assert f'"{ESCAPED}"' in result.stdout
    assert json.loads(result.stdout)["Username"] == CONTROLS


# What goes wrong


def test_an_error_of_the_service_is_one_block_and_exit_code_1(run: Run) -> None:
    result = run(*USER, steps=(failure("UserNotFoundException"),))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    told = "AdminGetUser failed with UserNotFoundException: no (HTTP 400, request id request-1)"
    assert result.stderr.startswith(f"error: {told}")


def test_an_error_of_the_way_is_one_block_and_exit_code_1(run: Run) -> None:
    result = run(*USER, steps=(ConnectError("no connection"),))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith("error: AdminGetUser")
    assert "no connection" in result.stderr


def test_credentials_that_cannot_be_fetched_are_told_with_what_to_do_in_a_shell(run: Run) -> None:
    async def failing() -> Any:
        raise LookupError(CANARY)

    run.settings = {"credentials": failing}
    result = run(*USER)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "(LookupError): `aws sts get-caller-identity` with the same profile says why" in result.stderr
    assert "__cause__" not in result.stderr
    assert CANARY not in result.stderr


def test_a_setting_that_is_wrong_ends_with_2(run: Run) -> None:
    result = run(*USER, "--region", "eu west")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'eu west' is not the name of a region" in result.stderr


def test_what_the_service_writes_does_not_reach_the_terminal_as_it_is(run: Run) -> None:
    step = reply(400, {"__type": "NotAuthorizedException", "message": "\x1b[2J\u202eevil\nline"})
    result = run(*USER, steps=(step,))
    assert r"\x1b[2J\u202eevil" + "\nline" in result.stderr


def test_ctrl_c_ends_with_130_and_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_cli_call, "_send", interrupted)
    result = run(*USER)
    assert (result.exit_code, result.output) == (130, "interrupted\n")


def test_options_and_environment_reach_the_client(run: Run) -> None:
    options = ("--region", "us-west-2", "--profile", "x", "--endpoint-url", "http://127.0.0.1:1")
    run(*USER, *options, "--timeout", "2.5", "--max-attempts", "7")
    assert run.clients[-1] == {
        "region": "us-west-2",
        "profile": "x",
        "endpoint_url": "http://127.0.0.1:1",
        "timeout": 2.5,
        "max_attempts": 7,
    }
    run(*USER)
    assert set(run.clients[-1].items()) == {
        (name, None) for name in ("region", "profile", "endpoint_url", "max_attempts")
    }


def test_a_timeout_ends_a_call(run: Run) -> None:
    result = run(*USER, "--timeout", "0.01", steps=(HANG,))
    assert result.exit_code == 1
    assert "no answer within 0.01 seconds" in result.stderr


def test_debug_tells_of_every_attempt_and_of_no_secret(run: Run) -> None:
    log = logging.getLogger("cognito_async")
    before = (log.level, list(log.handlers))
    steps = (failure("TooManyRequestsException"), reply(body=GET_USER))
    result = run("call", "ChangePassword", "--param", f"access_token={CANARY}", "--param", f"proposed_password={CANARY}", "--debug", steps=steps)  # fmt: skip
    assert result.stderr.startswith("debug: ChangePassword attempt 1: 400 TooManyRequestsException in ")
    assert "(request id request-1)\n" in result.stderr
    assert CANARY not in result.output
    assert (log.level, log.handlers) == before


CANARIES: list[Callable[[Run], Any]] = [
    lambda run: call(run, "SignUp", f"password={CANARY}", f"secret_hash={CANARY}"),
    lambda run: call(run, "SignUp", f"password={CANARY}", "username=a", "username=b"),
    lambda run: call(run, "GetUser", f"access_token={CANARY}", steps=(failure("NotAuthorizedException"),)),
    lambda run: call(run, "GetUser", f"access_token={CANARY}", steps=(ConnectError("no"),)),
    lambda run: call(run, "RevokeToken", f"token={CANARY}", "client_id=x"),
    lambda run: run("call", "SignUp", "--json", json.dumps({"Password": [CANARY]})),
    lambda run: run("call", "SignUp", "--json", json.dumps({"Password": {CANARY: CANARY}})),
    lambda run: run("call", "SignUp", "--json", json.dumps({CANARY: 1})),
    lambda run: run("call", "SignUp", f"--password={CANARY}"),
    lambda run: run("call", "SignUp", f"-p{CANARY}"),
    lambda run: run("call", "SignUp", f"Password={CANARY}"),
    lambda run: call(run, "AdminInitiateAuth", f"auth_parameters={CANARY}"),
    lambda run: call(run, "AdminInitiateAuth", f'auth_parameters={{"PASSWORD": ["{CANARY}"]}}'),
    lambda run: call(run, "AssociateSoftwareToken", f"session={CANARY}{CANARY}", steps=(reply(body={"SecretCode": CANARY, "Session": CANARY}),)),
    lambda run: call(run, "DescribeUserPoolClient", f"user_pool_id={POOL}", "client_id=x", steps=(reply(body={"UserPoolClient": {"ClientSecret": CANARY}}),)),
]  # fmt: skip


@pytest.mark.parametrize("command", CANARIES)
@pytest.mark.parametrize("options", [(), ("--debug",), ("--dry-run",)])
def test_no_secret_is_printed(run: Run, command: Callable[[Run], Any], options: tuple[str, ...]) -> None:
    class Optioned(Run):
        def __call__(self, *arguments: str, **more: Any) -> Any:
            return super().__call__(*arguments, *options, **more)

    result = command(Optioned(run.monkeypatch))
    assert CANARY not in result.output
    assert "Kanarienvogel" not in result.output
    assert result.output
