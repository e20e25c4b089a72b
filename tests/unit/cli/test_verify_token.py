"""``verify-token``: every check of a token, its claims and the verdict; never the token itself."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cognito_async._cli.commands import verify_token as command
from cognito_async.sign_in import SignedIn, Tokens
from cognito_async.testing import FakeUserPool
from support import tokens
from support.cli import CommandLine
from support.tokens import ACCESS, CLIENT, ID, ISSUER, POOL, jwks, jwks_body, signed

HEADER = {"kid": "kid-0", "alg": "RS256"}
FAR = 4_000_000_000
PASSWORD = "Correct-Horse-7"


def token(base: Any = ACCESS, /, **changes: Any) -> str:
    """Return a token that is valid for decades."""
    return tokens.token(base, **{"exp": FAR, **changes})


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks_body())
    return path


@pytest.fixture
def verify(run: CommandLine, keys: Path) -> Any:
    """Return a function that verifies a token with the keys, and checks that no output shows it."""

    def verify(text: str | bytes, *options: str, form: str = "table", pool: str = POOL) -> Any:
        arguments = ("--pool", pool, "--jwks", str(keys), "--output", form, *options)
        result = run("verify-token", *arguments, stdin=text)
        for segment in re.findall(r"[\w-]{24,}", text if isinstance(text, str) else text.decode("latin-1")):
            assert segment not in result.output
        return result

    return verify


def lines(result: Any) -> list[str]:
    return [line.rstrip() for line in result.stdout.splitlines()]


def checks(result: Any) -> dict[str, str]:
    """Return the result of each check from the table."""
    found = (re.match(r"(\w+(?: \w+)?)  +(ok|failed|not checked)(?:  |$)", line) for line in lines(result))
    return {match[1]: match[2] for match in found if match}


def failed(result: Any) -> set[str]:
    return {name for name, value in checks(result).items() if value == "failed"}


# Output


def test_a_valid_token_shows_verdict_checks_and_claims(verify: Any) -> None:
    text = token(auth_time=1_000_000_000, iat=1_000_000_000)
    result = verify(text, "--client-id", CLIENT, "--use", "access", "--scope", "openid", "--group", "staff")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = [re.sub(r"\d+ days", "N days", line) for line in lines(result)]
    assert shown == [
        "VALID access token",
        "",
        f"form        ok           three parts, {len(text)} characters",
        "algorithm   ok           RS256",
        f"issuer      ok           {ISSUER}",
        "key         ok           kid-0",
        "signature   ok           made with this key",
        "expiry      ok           in N days",
        "not before  ok           the token names no such time",
        "use         ok           access token",
        "claims      ok           complete, and of the right types",
        f"app client  ok           {CLIENT}",
        "audience    not checked  --audience was not passed",
        "groups      ok           staff",
        "scopes      ok           openid",
        "nonce       not checked  only ID tokens have a nonce",
        "",
        "auth_time       1000000000 (2001-09-09 01:46:40 UTC, N days ago)",
        f"client_id       {CLIENT}",
        'cognito:groups  ["admins", "staff"]',
        "event_id        event-1",
        "exp             4000000000 (2096-10-02 07:06:40 UTC, in N days)",
        "iat             1000000000 (2001-09-09 01:46:40 UTC, N days ago)",
        f"iss             {ISSUER}",
        "jti             jti-1",
        "origin_jti      origin-1",
        "scope           openid orders/read",
        "sub             sub-of-ana",
        "token_use       access",
        "username        ana",
        "version         2",
    ]


def test_elsewhere_than_on_a_terminal_the_result_is_json(run: CommandLine, keys: Path) -> None:
    result = run("verify-token", "--pool", POOL, "--jwks", str(keys), stdin=token())
    shown = json.loads(result.stdout)
    assert list(shown) == ["valid", "verified", "checks", "claims"]
    assert (shown["valid"], shown["verified"], shown["claims"]) == (True, True, {**ACCESS, "exp": FAR})
    assert shown["checks"][1] == {"name": "algorithm", "result": "ok", "detail": "RS256"}
    assert shown["checks"][7] == {
        "name": "use",
        "result": "not checked",
        "detail": "--use was not passed; the token says that it is an access token",
    }


def test_the_verdict_says_if_tokens_of_any_app_client_are_accepted(verify: Any) -> None:
    result = verify(token(ID))
    assert lines(result)[0] == "VALID ID token, of any app client: --client-id was not passed"
    assert {name for name, value in checks(result).items() if value == "not checked"} == {
        "use", "app client", "audience", "groups", "scopes", "nonce",
    }  # fmt: skip


def test_all_that_is_wrong_is_shown(verify: Any) -> None:
    result = verify(
        token(exp=1_000_000_000), "--client-id", "other", "--scope", "orders/write", "--group", "x"
    )
    assert (result.exit_code, result.stderr) == (1, "")
    assert re.fullmatch(r"INVALID: the token expired \d+ days ago", lines(result)[0])
    assert failed(result) == {"expiry", "app client", "scopes", "groups"}
    assert "UNVERIFIED" not in result.output


@pytest.mark.parametrize(
    "text",
    [
        signed(HEADER, {**ACCESS, "exp": FAR}, number=1),
        signed({**HEADER, "alg": "none"}, ACCESS),
        tokens.token(number=1),
        token(iss="https://example.com"),
        f"{token()}~",
    ],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_claims_of_a_token_without_a_valid_signature_are_marked(verify: Any, text: str, form: str) -> None:
    result = verify(text, form=form)
    assert result.exit_code == 1
    assert "sub-of-ana" in result.stdout
    if form == "json":
        assert [json.loads(result.stdout)[name] for name in ("valid", "verified")] == [False, False]
        return
    before, warning, _ = result.stdout.partition(
        "\nUNVERIFIED CLAIMS: the signature was not verified, anybody may have written them\n"
    )
    assert warning
    assert "sub-of-ana" not in before


def test_the_checks_as_csv(verify: Any) -> None:
    header, *rows = verify(token(exp=1_000_000_000), form="csv").stdout.splitlines()
    assert header == "name,result,detail"
    assert next(row for row in rows if row.startswith("expiry")).startswith("expiry,failed,the token expired")
    assert json.loads(verify(token(), form="jsonl").stdout)["valid"] is True


@pytest.mark.parametrize("form", ["table", "json"])
def test_without_claims_only_the_checks_are_shown(verify: Any, form: str) -> None:
    result = verify("abc", form=form)
    assert result.exit_code == 1
    if form == "json":
        assert json.loads(result.stdout)["claims"] is None
    else:
        assert lines(result)[0] == "INVALID: the token does not have three parts"
        assert len(lines(result)) == 16


@pytest.mark.parametrize("form", ["table", "json"])
def test_claims_may_contain_anything(verify: Any, form: str) -> None:
    hostile = {"email": "\x1b[2J\u202e\ud800", "x": {"y": 1}, "auth_time": "never", "nbf": None}
    text = json.dumps({**ID, "exp": FAR, **hostile})[:-1] + f', "deep": {"[" * 500}{"]" * 500}}}'
    result = verify(signed(HEADER, text.encode()), form=form)
    assert (result.exit_code, result.exception.code) == (1, 1)
    assert not {"\x1b", "\u202e", "\ud800"} & set(result.stdout)
    assert "(nested too deep to show)" in result.stdout
    if form == "json":
        assert json.loads(result.stdout)["claims"]["x"] == {"y": 1}
    else:
        shown = [line for line in lines(result) if line.startswith(("auth_time", "email ", "nbf", "x "))]
        assert [line.split(None, 1)[1] for line in shown] == [
            "never", r"\x1b[2J\u202e\ud800", "null", '{"y": 1}',
        ]  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_fit_the_terminal(verify: Any, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for text in (token(custom="x" * 200), tokens.token(number=1), token(exp=1)):
        result = verify(text)
        assert "\x1b[1;3" in result.stdout
        assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in result.stdout.splitlines()) <= width


# The token


@pytest.mark.parametrize(
    ("form", "note"),
    [
        ("{}", ""),
        (" \n{}\r\n", ""),
        ("\ufeff{}\n", ""),
        ("Bearer {}", "the word Bearer before it"),
        ("authorization: bearer  {}", "the word Bearer before it"),
        ('"{}"', "the quotes around it"),
        ("' Bearer {} '\n", "the quotes around it and the word Bearer before it"),
    ],
)
def test_what_is_copied_with_a_token_is_ignored(verify: Any, form: str, note: str) -> None:
    result = verify(form.format(token()))
    assert result.exit_code == 0, result.output
    assert result.stderr == (f"not part of the token, ignored: {note}\n" if note else "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no token on standard input"),
        (" \n", "there is no token on standard input"),
        ("''", "there is no token on standard input"),
        (
            f"{token()}\n{token()}",
            "expected one token on standard input, got text with blanks or several lines",
        ),
    ],
)
def test_other_text_is_exit_code_2(verify: Any, text: str, problem: str) -> None:
    result = verify(text)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {problem}\n")


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", "hünter".encode(), b"x" * 2_000_000])
def test_bytes_that_are_no_token_are_rejected(verify: Any, text: bytes) -> None:
    result = verify(text)
    assert result.exit_code == 1
    assert failed(result) == {"form"}


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    standard = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True), stdout=sys.stdout)
    monkeypatch.setattr(command, "sys", standard)


def test_on_a_terminal_the_token_is_asked_for(verify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    result = verify(f"{token()}\n")
    assert (result.exit_code, result.stderr) == (0, "Token: ")


def test_a_token_that_a_terminal_may_have_cut_gets_a_note(
    verify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    result = verify(f"{token()[:-1]}\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("Token: terminals cut long lines, on macOS after 1,024 characters")
    assert result.stderr.endswith(
        "pipe a longer token, as in: pbpaste | python -m cognito_async verify-token\n"
    )
    assert "terminals" not in verify(f"{token(exp=1)}\n").stderr


def test_no_token_on_a_terminal_is_exit_code_2(verify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    result = verify("")
    assert (result.exit_code, result.stderr) == (2, "Token: \nerror: Token: no input\n")


# Options


def test_pool_and_app_clients_come_from_variables(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, keys: Path
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    for clients, code in ((f"other {CLIENT}", 0), (CLIENT, 0), ("", 0), ("other", 1)):
        monkeypatch.setenv("COGNITO_CLIENT_ID", clients)
        result = run("verify-token", "--jwks", str(keys), "--output", "table", stdin=token())
        assert result.exit_code == code, result.output
        assert (checks(result)["app client"] == "not checked") is (clients == "")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            token(),
            f". The token claims to be from {POOL}, which is unverified: anybody can write that into a token",
        ),
        (token(iss="https://example.com/\x1b[2J"), ""),
        (token(iss=None), ""),
        (token(iss=["x"]), ""),
        ("x.y", ""),
        (signed(HEADER, b"[]"), ""),
        ("é.é.é", ""),
    ],
)
def test_without_a_pool_it_is_exit_code_2(run: CommandLine, text: str, hint: str) -> None:
    result = run("verify-token", stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: pass --pool, or set COGNITO_USER_POOL_ID{hint}\n"


def test_both_names_of_the_pool_are_accepted(run: CommandLine, keys: Path) -> None:
    assert run("verify-token", "--user-pool-id", POOL, "--jwks", str(keys), stdin=token()).exit_code == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--nonce", ""), "error: --nonce: expected text of at least one character"),
        (("--nonce", "a", "--scope", "b"), "error: --scope is for access tokens, --nonce for ID tokens"),
        (("--use", "id", "--scope", "b"), "error: --scope is for access tokens, --nonce for ID tokens"),
        (("--use", "access", "--nonce", "b"), "error: --scope is for access tokens, --nonce for ID tokens"),
        (("--use", "refresh"), "invalid value for '--use'"),
        (("--client-id", ""), "error: client_id: expected text or a list of text"),
        (("--group", ""), "error: TokenVerifier"),
        (("--scope", ""), "error: TokenVerifier"),
        (("--leeway", "-1"), "error: leeway: expected seconds from 0 to 3600"),
        (("--issuer", ""), "error: issuer: expected a URL"),
        (("--jwks-url", "https://example.com"), "error: jwks= and jwks_url= exclude each other"),
        (("--pool", "x"), "error: user_pool_id: expected an id such as"),
        (("--jwks", "missing.json"), "error: --jwks: cannot read missing.json: No such file or directory"),
    ],
)
def test_an_invalid_option_is_exit_code_2(verify: Any, options: tuple[str, ...], problem: str) -> None:
    result = verify(token(), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_keys_of_another_machine_need_https(run: CommandLine) -> None:
    result = run("verify-token", "--pool", POOL, "--jwks-url", "http://example.com", stdin=token())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error: jwks_url: keys that come over http" in result.stderr


def test_required_scopes_and_nonces_require_the_kind_of_token(verify: Any) -> None:
    assert failed(verify(token(ID), "--scope", "openid")) == {"use"}
    assert failed(verify(token(ID), "--audience", "https://api.example.com")) == {"use"}
    assert failed(verify(token(), "--audience", "https://api.example.com")) == {"audience"}
    assert failed(verify(token(), "--nonce", "n-1")) == {"use"}
    assert failed(verify(token(ID), "--nonce", "n-2")) == {"nonce"}
    assert verify(token(ID), "--nonce", "n-1", "--use", "id").exit_code == 0
    assert verify(token(), "--scope", "openid", "--scope", "orders/read", "--use", "access").exit_code == 0


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<html>", "is not usable: it is not JSON"),
        ("[]", "is not usable: it is not a JSON object"),
        ("{}", "jwks: expected a key set"),
    ],
)
def test_a_file_without_keys_is_exit_code_2(verify: Any, keys: Path, body: str, problem: str) -> None:
    keys.write_text(body, encoding="utf-8")
    result = verify(token())
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_keys_that_cannot_be_used_leave_the_token_unverified(verify: Any, keys: Path) -> None:
    keys.write_text(json.dumps(jwks({"kid": "x"})), encoding="utf-8")
    result = verify(token())
    assert result.exit_code == 1
    assert lines(result)[0] == "NOT VERIFIED: jwks= is not usable: it has no RSA key for signatures"
    assert failed(result) == {"key"}


# Keys of a server, and separate processes


async def tokens_of(pool: FakeUserPool) -> Tokens:
    step = await pool.app().sign_in("ana", PASSWORD, flow="password")
    assert isinstance(step, SignedIn)
    return step.tokens


def test_keys_are_fetched_from_the_issuer(run: CommandLine) -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    with pool.serve():
        text = asyncio.run(tokens_of(pool)).access_token
        options = ("--pool", pool.pool_id, "--issuer", pool.issuer, "--client-id", pool.client_id)
        result = run("verify-token", *options, stdin=text)
        assert result.exit_code == 0, result.output
        elsewhere = f"{pool.issuer}/.well-known/jwks.json"
        assert run("verify-token", *options, "--jwks-url", elsewhere, stdin=text).exit_code == 0
    result = run("verify-token", *options, "--output", "table", stdin=text)
    assert result.exit_code == 1
    assert lines(result)[0].startswith(f"NOT VERIFIED: cannot fetch the keys from {elsewhere}: ")


def python(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"COLUMNS": "80"},
    )


def test_a_process_reads_a_pipe(keys: Path) -> None:
    arguments = ("-m", "cognito_async", "verify-token", "--pool", POOL, "--jwks", str(keys))
    valid, invalid = (python(*arguments, stdin=f"{text}\n") for text in (token(), token(exp=1)))
    assert (valid.returncode, valid.stderr, invalid.returncode, invalid.stderr) == (0, "", 1, "")
    assert json.loads(valid.stdout)["valid"] is True
    assert json.loads(invalid.stdout)["valid"] is False


def test_the_help_and_other_commands_start_without_the_library() -> None:
    program = (
        "import sys\nfrom cognito_async._cli.app import app\n"
        "try:\n    app(['verify-token', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith(('joserfc', 'cryptography', 'cognito_async.tokens',"
        " 'cognito_async.oauth'))])"
    )
    result = python("-c", program)
    assert "Check a token, and show its claims." in result.stdout
    assert result.stdout.endswith("\n[]\n")


def test_without_the_extra_the_message_names_what_to_install(
    verify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "cognito_async.tokens._jose", raising=False)
    monkeypatch.setitem(sys.modules, "joserfc", None)
    result = verify(token())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'error: verify-token needs joserfc: pip install "cognito-async[cli,tokens]"\n'
