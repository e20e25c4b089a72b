"""``sign-in``: asks for what each step needs, and shows the user without the tokens."""

from __future__ import annotations

import builtins
import getpass
import json
import subprocess
import sys
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_async._cli import prompts
from cognito_async._cli.commands import sign_in_steps
from cognito_async._errors import ConnectError
from cognito_async._http.headers import TARGET
from cognito_async.sign_in import AppClient
from support.cli import CANARY, POOL, CommandLine
from support.transports import ScriptedTransport, client_with, error_response, http_response

CLIENT_ID, CLIENT_SECRET = "1h57kf5cpq17m0eml12EXAMPLE", "clientsecretkanarienvogel"
SESSION = "session-kanarienvogel"
CODE = "482913"
IDENTITY = ("--pool", POOL, "--client-id", CLIENT_ID, "--username", "ana")


def jwt(**claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.{'s' * 1000}"


ACCESS = jwt(username="ana", token_use="access")
ID = jwt(
    **{"cognito:groups": ["admins", "testers"], "email": "ana@example.com", "exp": 1893456000, "x": True}
)
REFRESH = "refresh-kanarienvogel"


def tokens(**changes: Any) -> Any:
    """Return the response at the end of a sign-in."""
    result = {"AccessToken": ACCESS, "IdToken": ID, "RefreshToken": REFRESH, "ExpiresIn": 3600} | changes
    return http_response(body={"AuthenticationResult": {k: v for k, v in result.items() if v is not None}})


def challenge(name: str, available: list[str] | None = None, **parameters: str) -> Any:
    """Return the response with a challenge."""
    body = {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters}
    return http_response(body=body | ({"AvailableChallenges": available} if available else {}))


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID", "COGNITO_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)


def sign_in(
    run: CommandLine,
    *steps: Any,
    options: tuple[str, ...] = (),
    answers: tuple[str, ...] = (),
    flow: str = "password",
) -> Any:
    """Run the command for ana: the responses of the service, and the lines that are typed."""
    typed = "".join(f"{line}\n" for line in answers)
    result = run("sign-in", *IDENTITY, "--flow", flow, *options, steps=steps, stdin=typed)
    for secret in (CANARY, CLIENT_SECRET, SESSION, CODE):
        assert secret not in result.output
    return result


def sent(run: CommandLine) -> list[tuple[str, Any]]:
    """Return operation and body of each request."""
    return [
        (request.headers[TARGET].rpartition(".")[2], json.loads(request.body))
        for request in run.transport.sent
    ]


def answers_sent(run: CommandLine) -> list[tuple[str, dict[str, str]]]:
    """Return challenge and answer of each response to a challenge, without the name of the user."""
    return [
        (body["ChallengeName"], {k: v for k, v in body["ChallengeResponses"].items() if k != "USERNAME"})
        for operation, body in sent(run)
        if operation == "RespondToAuthChallenge"
    ]


def test_a_password_signs_in_and_shows_the_user_without_tokens(run: CommandLine) -> None:
    result = sign_in(run, tokens(), answers=(CANARY,), options=("--output", "table"))
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert lines[0] == "user name      ana"
    assert lines[1].startswith("expires        20")
    assert lines[1].endswith(" UTC")
    assert lines[2:] == [
        "refresh token  yes",
        "groups         admins, testers",
        "",
        'cognito:groups  ["admins", "testers"]',
        "email           ana@example.com",
        "exp             1893456000 (2030-01-01 00:00:00 UTC)",
        "x               true",
    ]
    assert result.stderr == "Password: tokens hidden; --show-tokens shows them\n"
    for token in (ACCESS, ID, REFRESH):
        assert token not in result.output
    [(operation, body)] = sent(run)
    assert (operation, body["AuthFlow"], body["ClientId"]) == (
        "InitiateAuth",
        "USER_PASSWORD_AUTH",
        CLIENT_ID,
    )
    assert body["AuthParameters"] == {"USERNAME": "ana", "PASSWORD": CANARY}


def test_elsewhere_than_on_a_terminal_the_result_is_json(run: CommandLine) -> None:
    result = sign_in(run, tokens(), answers=(CANARY,))
    shown = json.loads(result.stdout)
    assert datetime.fromisoformat(shown.pop("expires_at")) > datetime.now(UTC)
    claims = {
        "cognito:groups": ["admins", "testers"],
        "email": "ana@example.com",
        "exp": 1893456000,
        "x": True,
    }
    assert shown == {"username": "ana", "groups": ["admins", "testers"], "claims": claims}


def test_the_result_as_a_line(run: CommandLine) -> None:
    result = sign_in(run, tokens(), answers=(CANARY,), options=("--output", "jsonl"))
    assert json.loads(result.stdout)["username"] == "ana"
    assert result.stdout.count("\n") == 1
    header, line = sign_in(run, tokens(), answers=(CANARY,), options=("-o", "csv")).stdout.splitlines()
    assert header == "username,expires_at,groups,claims"
    assert datetime.fromisoformat(line.split(",")[1]) > datetime.now(UTC)


@pytest.mark.parametrize("form", ["table", "json"])
def test_tokens_are_shown_whole_when_asked_for(run: CommandLine, form: str) -> None:
    options = ("--output", form, "--show-tokens")
    result = sign_in(run, tokens(), answers=(CANARY,), options=options)
    for token in (ACCESS, ID, REFRESH):
        assert token in result.stdout
    assert result.stderr == "Password: "


def test_a_session_without_id_and_refresh_token_has_no_claims(run: CommandLine) -> None:
    without = tokens(IdToken=None, RefreshToken=None)
    result = sign_in(run, without, answers=(CANARY,), options=("--output", "table", "--show-tokens"))
    shown = result.stdout
    assert "refresh token  no" in shown
    assert "groups         none" in shown
    assert "\nid_token\nnone\n\nrefresh_token\nnone\n" in shown


def test_groups_of_another_type_are_not_shown(run: CommandLine) -> None:
    result = sign_in(run, tokens(IdToken=jwt(**{"cognito:groups": "admins"})), answers=(CANARY,))
    assert json.loads(result.stdout)["groups"] == []


def test_a_new_device_is_shown(run: CommandLine) -> None:
    device = {"DeviceKey": "eu-west-1_0a1b", "DeviceGroupKey": "-group"}
    result = sign_in(run, tokens(NewDeviceMetadata=device), answers=(CANARY,), options=("--output", "table"))
    assert "new device     eu-west-1_0a1b, not confirmed" in result.stdout


def test_what_is_missing_is_asked_for(run: CommandLine) -> None:
    answers = f"{POOL}\n{CLIENT_ID}\nana\n{CANARY}\n"
    result = run("sign-in", "--flow", "password", steps=(tokens(),), stdin=answers)
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("User pool: App client: User name: Password: ")
    assert sent(run)[0][1]["ClientId"] == CLIENT_ID


def test_pool_app_client_and_secret_come_from_variables(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    monkeypatch.setenv("COGNITO_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", CLIENT_SECRET)
    result = run("sign-in", "--username", "ana", "--flow", "password", steps=(tokens(),), stdin=f"{CANARY}\n")
    assert result.exit_code == 0, result.output
    assert "SECRET_HASH" in sent(run)[0][1]["AuthParameters"]
    assert CLIENT_SECRET not in result.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "error: User pool: no input; pass --pool"),
        (IDENTITY, "error: Password: no input"),
    ],
)
def test_without_input_for_the_start_it_is_exit_code_2_and_nothing_is_sent(
    run: CommandLine, arguments: tuple[str, ...], problem: str
) -> None:
    result = run("sign-in", *arguments)
    assert (result.exit_code, result.stdout, run.transport.sent) == (2, "", [])
    assert result.stderr.endswith(f"\n{problem}\n")


def test_without_input_for_a_later_step_it_is_exit_code_1(run: CommandLine) -> None:
    result = sign_in(run, challenge("SMS_MFA"), answers=(CANARY,))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("Code sent to you: \nerror: Code sent to you: no input\n")


def test_an_invalid_pool_is_exit_code_2(run: CommandLine) -> None:
    result = run("sign-in", "--pool", "x", "--client-id", "y", "--username", "z", stdin=f"{CANARY}\n")
    assert (result.exit_code, run.transport.sent, run.transport.closed) == (2, [], 1)
    assert "user_pool_id: expected an id such as 'eu-west-1_AbC123', got 'x'" in result.stderr


@pytest.mark.parametrize(
    ("options", "operation", "flow"),
    [
        (("--flow", "srp"), "InitiateAuth", "USER_SRP_AUTH"),
        (("--flow", "custom-srp"), "InitiateAuth", "CUSTOM_AUTH"),
        (("--flow", "password", "--admin"), "AdminInitiateAuth", "ADMIN_USER_PASSWORD_AUTH"),
        (("--flow", "srp", "--admin"), "AdminInitiateAuth", "USER_SRP_AUTH"),
    ],
)
def test_each_flow_with_a_password_starts_as_its_name_says(
    run: CommandLine, options: tuple[str, ...], operation: str, flow: str
) -> None:
    result = sign_in(run, tokens(), answers=(CANARY,), options=options)
    assert result.exit_code == 0, result.output
    [(sent_operation, body)] = sent(run)
    assert (sent_operation, body["AuthFlow"]) == (operation, flow)
    assert ("SRP_A" in body["AuthParameters"]) is ("srp" in options[1])


@pytest.mark.parametrize(("flow", "auth_flow"), [("choice", "USER_AUTH"), ("custom", "CUSTOM_AUTH")])
def test_flows_without_a_password_do_not_ask_for_one(run: CommandLine, flow: str, auth_flow: str) -> None:
    result = sign_in(run, tokens(), flow=flow)
    assert result.exit_code == 0, result.output
    assert "Password" not in result.stderr
    assert sent(run)[0][1]["AuthFlow"] == auth_flow


def test_a_new_password_and_missing_attributes_are_asked_for(run: CommandLine) -> None:
    new = challenge("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.name"]')
    result = sign_in(run, new, tokens(), answers=("Temporary-1", CANARY, "Ana"))
    assert result.exit_code == 0, result.output
    assert "New password: name: " in result.stderr
    assert answers_sent(run) == [
        ("NEW_PASSWORD_REQUIRED", {"NEW_PASSWORD": CANARY, "userAttributes.name": "Ana"})
    ]


@pytest.mark.parametrize(
    ("name", "parameters", "prompt"),
    [
        ("SOFTWARE_TOKEN_MFA", {}, "Code of the authenticator app: "),
        ("SOFTWARE_TOKEN_MFA", {"FRIENDLY_DEVICE_NAME": "phone"}, "Code of the authenticator app on phone: "),
        ("SMS_MFA", {"CODE_DELIVERY_DESTINATION": "+*******34"}, "Code sent to +*******34: "),
        ("SMS_OTP", {}, "Code sent to you: "),
        ("EMAIL_OTP", {"CODE_DELIVERY_DESTINATION": "a***@e***"}, "Code sent to a***@e***: "),
    ],
)
def test_a_code_is_asked_for(run: CommandLine, name: str, parameters: dict[str, str], prompt: str) -> None:
    result = sign_in(run, challenge(name, **parameters), tokens(), answers=(CANARY, CODE))
    assert result.exit_code == 0, result.output
    assert prompt in result.stderr
    assert answers_sent(run) == [(name, {f"{name}_CODE": CODE})]


def test_a_wrong_answer_is_asked_for_again(run: CommandLine) -> None:
    steps = (challenge("SMS_MFA"), error_response("CodeMismatchException"), tokens())
    result = sign_in(run, *steps, answers=(CANARY, "48291x", "111111", CODE))
    assert result.exit_code == 0, result.output
    assert "error: code: expected digits only" in result.stderr
    assert "error: CodeMismatchException: no\n" in result.stderr
    assert [list(answer.values()) for _, answer in answers_sent(run)] == [["111111"], [CODE]]


def test_a_second_factor_is_chosen(run: CommandLine) -> None:
    choice = challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SMS_MFA", "SOFTWARE_TOKEN_MFA"]')
    steps = (choice, challenge("SOFTWARE_TOKEN_MFA"), tokens())
    result = sign_in(run, *steps, answers=(CANARY, "fax", "totp", CODE))
    assert result.exit_code == 0, result.output
    assert (
        "Second factor (sms, totp): expected one of: sms, totp\nSecond factor (sms, totp): " in result.stderr
    )
    assert answers_sent(run)[0] == ("SELECT_MFA_TYPE", {"ANSWER": "SOFTWARE_TOKEN_MFA"})


def setup_steps() -> tuple[Any, ...]:
    """Return the responses to the setup of an authenticator app whose first code is wrong."""
    return (
        http_response(body={"SecretCode": "JBSWY3DPEHPK3PXP", "Session": SESSION}),
        error_response("EnableSoftwareTokenMFAException"),
        http_response(body={"Status": "SUCCESS", "Session": SESSION}),
        tokens(),
    )


def test_an_authenticator_app_is_set_up(run: CommandLine) -> None:
    required = challenge("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA"]')
    result = sign_in(run, required, *setup_steps(), answers=(CANARY, "111111", CODE))
    assert result.exit_code == 0, result.output
    assert "Set up your authenticator app with JBSWY3DPEHPK3PXP or\notpauth://totp/" in result.stderr
    operations = [operation for operation, _ in sent(run)]
    assert operations[1:] == [
        "AssociateSoftwareToken", "VerifySoftwareToken", "VerifySoftwareToken", "RespondToAuthChallenge"
    ]  # fmt: skip


def test_the_second_factor_to_set_up_is_chosen(run: CommandLine) -> None:
    required = challenge("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]')
    result = sign_in(run, required, *setup_steps(), answers=(CANARY, "totp", "111111", CODE))
    assert result.exit_code == 0, result.output
    result = sign_in(run, required, tokens(), answers=(CANARY, "email", "ana@example.com"))
    assert result.exit_code == 0, result.output
    assert answers_sent(run) == [("MFA_SETUP", {"EMAIL": "ana@example.com"})]


def test_the_only_choice_is_taken_unasked(run: CommandLine) -> None:
    required = challenge("MFA_SETUP", MFAS_CAN_SETUP='["EMAIL_OTP"]')
    result = sign_in(run, required, tokens(), answers=(CANARY, "ana@example.com"))
    assert result.exit_code == 0, result.output
    assert answers_sent(run) == [("MFA_SETUP", {"EMAIL": "ana@example.com"})]


@pytest.mark.parametrize(
    ("method", "answer", "next_name"),
    [
        ("password", {"ANSWER": "PASSWORD", "PASSWORD": CANARY}, None),
        ("passkey", {"ANSWER": "WEB_AUTHN"}, "WEB_AUTHN"),
        ("email_otp", {"ANSWER": "EMAIL_OTP"}, "EMAIL_OTP"),
        ("sms_otp", {"ANSWER": "SMS_OTP"}, "SMS_OTP"),
    ],
)
def test_a_method_is_chosen(
    run: CommandLine, method: str, answer: dict[str, str], next_name: str | None
) -> None:
    choice = challenge("SELECT_CHALLENGE", ["PASSWORD", "WEB_AUTHN", "EMAIL_OTP", "SMS_OTP"])
    typed = {None: (CANARY,), "WEB_AUTHN": ('{"id": "x"}',)}.get(next_name, (CODE,))
    steps = (choice, *([challenge(next_name)] if next_name else []), tokens())
    result = sign_in(run, *steps, answers=(method, *typed), flow="choice")
    assert result.exit_code == 0, result.output
    assert answers_sent(run)[0] == ("SELECT_CHALLENGE", answer)


def test_the_options_of_a_passkey_are_shown_for_a_browser(run: CommandLine) -> None:
    options = challenge("WEB_AUTHN", CREDENTIAL_REQUEST_OPTIONS='{"challenge": "abc"}')
    result = sign_in(run, options, tokens(), answers=("not JSON", '{"id": "x"}'), flow="choice")
    assert result.exit_code == 0, result.output
    assert 'For navigator.credentials.get in a browser:\n{"challenge": "abc"}' in result.stderr
    assert answers_sent(run) == [("WEB_AUTHN", {"CREDENTIAL": '{"id":"x"}'})]


def test_a_password_is_asked_for_if_the_service_wants_it(run: CommandLine) -> None:
    result = sign_in(run, challenge("PASSWORD"), tokens(), answers=(CANARY,), flow="choice")
    assert result.exit_code == 0, result.output
    assert answers_sent(run) == [("PASSWORD", {"PASSWORD": CANARY})]


def test_a_custom_challenge_shows_its_parameters(run: CommandLine) -> None:
    result = sign_in(
        run, challenge("CUSTOM_CHALLENGE", question="2+2?\x1b[2J"), tokens(), answers=("4",), flow="custom"
    )
    assert result.exit_code == 0, result.output
    assert 'Challenge: {"question": "2+2?\\u001b[2J"}' in result.stderr
    assert answers_sent(run) == [("CUSTOM_CHALLENGE", {"ANSWER": "4"})]


def test_an_unknown_challenge_is_answered_with_json(run: CommandLine) -> None:
    unknown = challenge("NEXT_YEARS_CHALLENGE", HINT="x")
    result = sign_in(run, unknown, tokens(), answers=(CANARY, "x", "[]", '{"KEY": "value"}'))
    assert result.exit_code == 0, result.output
    assert 'NEXT_YEARS_CHALLENGE, unknown to this release: {"HINT": "x"}' in result.stderr
    assert result.stderr.count("expected a JSON object") == 2
    assert answers_sent(run) == [("NEXT_YEARS_CHALLENGE", {"KEY": "value"})]


async def test_a_signed_in_user_has_nothing_to_answer() -> None:
    session = AppClient(client_with(ScriptedTransport()), POOL, CLIENT_ID).session(refresh_token="x")
    assert await sign_in_steps.answer(session) is session


def test_a_wrong_password_is_one_message_and_exit_code_1(run: CommandLine) -> None:
    body = {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}
    result = sign_in(run, http_response(400, body), answers=(CANARY,))
    assert (result.exit_code, result.stdout, run.transport.closed) == (1, "", 1)
    assert "Incorrect username or password." in result.stderr


def test_a_transport_error_is_exit_code_1(run: CommandLine) -> None:
    result = sign_in(run, ConnectError("no connection"), answers=(CANARY,))
    assert (result.exit_code, result.stdout, run.transport.closed) == (1, "", 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Client 1h57kf5cpq17m0eml12EXAMPLE is configured with secret but SECRET_HASH was not received"),
        (
            ("--client-secret", CLIENT_SECRET),
            "Unable to verify secret hash for client 1h57kf5cpq17m0eml12EXAMPLE",
        ),
    ],
)
def test_a_missing_or_wrong_secret_names_the_variable(
    run: CommandLine, options: tuple[str, ...], message: str
) -> None:
    body = {"__type": "NotAuthorizedException", "message": message}
    result = sign_in(run, http_response(400, body), answers=(CANARY,), options=options)
    assert result.exit_code == 1
    assert result.stderr.endswith("\nCOGNITO_CLIENT_SECRET has the secret of the app client, if it has one\n")


@pytest.mark.parametrize("interrupted", ["ask_secret", "answer", "input"])
def test_ctrl_c_is_exit_code_130_without_a_traceback(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, interrupted: str
) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    owners = {"ask_secret": prompts, "answer": sign_in_steps, "input": builtins}
    monkeypatch.setattr(owners[interrupted], interrupted, interrupt)
    result = sign_in(run, challenge("SMS_MFA"), answers=(CANARY,))
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.endswith("interrupted\n")


def terminal(monkeypatch: pytest.MonkeyPatch, secret: Any) -> list[str]:
    """Let standard input be a terminal where ``secret`` is typed unseen; return the prompts."""
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        if isinstance(secret, Exception):
            raise secret
        return str(secret)

    monkeypatch.setattr(getpass, "getpass", typed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    return prompts


def test_on_a_terminal_secrets_are_typed_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch, CANARY)
    assert prompts.ask_secret("Code on \x1b[2J") == CANARY
    assert shown == [r"Code on \x1b[2J: "]


def test_the_end_of_input_on_a_terminal_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch, EOFError())
    with pytest.raises(EOFError, match=r"^Code: no input$"):
        prompts.ask_secret("Code")


def test_other_commands_start_without_sign_in() -> None:
    program = "import sys, cognito_async._cli.app; print([m for m in sys.modules if 'async.sign_in' in m])"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout == "[]\n"
