"""``whoami`` of the command line."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command import Run
from stub import ScriptedTransport, failure, reply

from cognito_async import __version__, _chain
from cognito_async._errors import ConnectError, CredentialsError
from cognito_async._headers import TARGET
from cognito_async._protocol import Reply

KEY, SECRET, TOKEN = "AKIDKANARIENVOGEL0001", "secret/kanarienvogel", "token/kanarienvogel"
REFUSED = failure("NotAuthorizedException")
"""What a made-up token gets."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Run(monkeypatch)


@pytest.fixture
def no_keys(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    return run


def rows(result: Any) -> dict[str, str]:
    """Lines of the report by their first word, without the blanks that align them."""
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    return {line.split(" ")[0]: line.partition(" ")[2] for line in lines}


def whoami(
    run: Run,
    *options: str,
    unsigned: Any = REFUSED,
    signed: Any = None,
    settings: dict[str, Any] | None = None,
) -> Any:
    """Run it against a service that answers the two calls so."""

    class Service(ScriptedTransport):
        async def post(self, url: str, headers: Any, body: bytes, **more: Any) -> Reply:
            is_signed = headers[TARGET].endswith(".ListUserPools")
            assert is_signed == ("authorization" in {name.lower() for name in headers})
            self.steps = [(signed or reply()) if is_signed else unsigned]
            return await super().post(url, headers, body, **more)

    run.transport_class = Service
    run.settings = settings or {}
    result = run("whoami", *options)
    for secret in (SECRET, TOKEN, KEY):
        assert secret not in result.output
    return result


def test_it_says_what_a_client_would_use_and_that_calls_work(run: Run) -> None:
    result = whoami(run)
    assert (result.exit_code, result.stderr) == (0, "")
    calls = {"unsigned": "call works the service answers (N ms)", "signed": "call works answered (N ms)"}
    assert {name: re.sub(r"\d+ ms", "N ms", text) for name, text in rows(result).items()} == {
        "cognito_async": f"{__version__} Python {platform.python_version()}, {platform.system()}",
        "region": "eu-west-1 command line",
        "profile": "none default",
        "endpoint_url": "https://cognito-idp.eu-west-1.amazonaws.com that of the region",
        "proxy": "none default",
        "retry_mode": "off command line",  # of the stub
        "credentials": "AKID...0001 environment variables",
    } | calls


def test_its_calls_change_nothing_and_cost_one_request_each(run: Run) -> None:
    whoami(run)
    bodies = sorted((headers[TARGET].rpartition(".")[2], body) for _, headers, body in run.transport.sent)
    assert bodies == [("GetUser", b'{"AccessToken":"whoami"}'), ("ListUserPools", b'{"MaxResults":1}')]


def test_without_calls_it_only_says_what_is_set(run: Run) -> None:
    result = whoami(run, "--no-call")
    assert (result.exit_code, run.transport.sent) == (0, [])
    assert "call" not in rows(result)
    assert rows(result)["region"] == "eu-west-1 command line"


def test_settings_that_are_not_default_are_shown_with_their_origin(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(
        "[profile work]\nregion = us-west-2\nretry_mode = adaptive\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("HTTPS_PROXY", f"http://ana:{SECRET.replace('/', '')}@proxy.example:3128")
    result = whoami(
        run, "--timeout", "5", "--max-attempts", "7", settings={"region": None, "retry_mode": None}
    )
    assert result.exit_code == 0, result.output
    shown = rows(result)
    assert SECRET.replace("/", "") not in result.output
    assert shown["region"] == "us-west-2 profile work"
    assert shown["retry_mode"] == "adaptive profile work"
    assert shown["profile"] == "work AWS_PROFILE"
    assert shown["endpoint_url"] == "https://cognito-idp-fips.us-west-2.amazonaws.com that of the region"
    assert shown["use_fips"] == "True AWS_USE_FIPS_ENDPOINT"
    assert shown["timeout"] == "5.0 command line"
    assert shown["max_attempts"] == "7 command line"
    assert shown["proxy"] == "http://***@proxy.example:3128 HTTPS_PROXY"
    assert "read_timeout" not in shown


def test_an_endpoint_of_the_callers_own_is_shown_as_it_was_given(run: Run) -> None:
    result = whoami(run, "--endpoint-url", "http://127.0.0.1:5000")
    assert rows(result)["endpoint_url"] == "http://127.0.0.1:5000 command line"


def test_keys_of_a_profile_are_said_to_be_from_the_file(
    no_keys: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = f"[work]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    (tmp_path / "credentials").write_text(text, encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    result = whoami(no_keys, "--profile", "work")
    assert result.exit_code == 0, result.output
    assert rows(result)["credentials"] == "AKID...0001 the shared credentials file"
    assert rows(result)["profile"] == "work command line"


@pytest.mark.parametrize(
    ("method", "origin"),
    [("sso", "SSO"), ("assume-role", "an assumed role"), ("new-way", "new-way"), (None, "unknown")],
)
def test_the_way_of_the_chain_that_gave_credentials_is_named(
    no_keys: Run, monkeypatch: pytest.MonkeyPatch, method: str | None, origin: str
) -> None:
    frozen = SimpleNamespace(access_key="short", secret_key=SECRET, token=TOKEN)
    held = SimpleNamespace(get_frozen_credentials=lambda: frozen)
    if method is not None:
        held.method = method
    monkeypatch.setattr(_chain, "_from_chain", lambda profile: held)
    assert rows(whoami(no_keys))["credentials"] == f"sh... {origin}"


def test_without_credentials_it_tries_the_call_that_needs_none(
    no_keys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(profile: str | None) -> Any:
        raise CredentialsError("no AWS credentials: give some")

    monkeypatch.setattr(_chain, "_from_chain", none)
    result = whoami(no_keys)
    assert (result.exit_code, result.stderr, len(no_keys.transport.sent)) == (1, "", 1)
    assert "credentials fails no AWS credentials: give some" in " ".join(result.stdout.split())
    assert "unsigned call works" in " ".join(result.stdout.split())


def test_a_way_that_fails_is_told_with_what_to_do_in_a_shell(
    no_keys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> Any:
        raise LookupError(SECRET)

    held = SimpleNamespace(get_frozen_credentials=failing, method="sso")
    monkeypatch.setattr(_chain, "_from_chain", lambda profile: held)
    result = whoami(no_keys)
    told = "credentials fails fetching credentials failed (LookupError): `aws sts get-caller-identity` with"
    assert (result.exit_code, told in " ".join(result.stdout.split())) == (1, True)
    assert "__cause__" not in result.output


def test_credentials_that_do_not_come_in_time_are_told_and_not_waited_for(
    no_keys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, waiting = threading.Event(), list[threading.Thread]()

    def slow(profile: str | None) -> Any:
        waiting.append(threading.current_thread())
        release.wait(10)
        raise CredentialsError("too late")

    monkeypatch.setattr(_chain, "_from_chain", slow)
    result = whoami(no_keys, "--timeout", "0.05")
    assert waiting[0].is_alive()
    assert (result.exit_code, len(no_keys.transport.sent)) == (1, 1)
    told = "credentials fails none within 0.05 seconds: see whether what gives them waits for something"
    assert told in " ".join(result.stdout.split())
    release.set()
    waiting[0].join()


def test_a_timeout_that_cannot_be_right_ends_before_credentials_are_fetched(
    no_keys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    monkeypatch.setattr(_chain, "_from_chain", asked.append)
    result = whoami(no_keys, "--timeout", "0")
    assert (result.exit_code, result.stdout, asked) == (2, "", [])
    assert result.stderr.startswith("error: timeout=0.0 is not a number of seconds")


def test_the_process_ends_although_a_program_that_gives_credentials_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = f'"{sys.executable}" -c "import sys; sys.stdin.read()"'
    (tmp_path / "config").write_text(f"[profile work]\ncredential_process = {program}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "cognito_async", "whoami", "--no-call", "--profile", "work"]
    with open(reader), open(writer, "w"):  # noqa: PTH123  the program reads until this is closed
        result = subprocess.run(
            [*command, "--region", "eu-west-1", "--timeout", "0.05"],
            stdin=reader,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (result.returncode, result.stderr) == (1, "")
    assert "none within 0.05 seconds" in result.stdout


def test_without_a_region_it_says_so_and_calls_nothing(run: Run) -> None:
    result = whoami(run, settings={"region": None})
    assert (result.exit_code, run.transport.sent) == (1, [])
    words = " ".join(result.stdout.split())
    assert "region none default" in words
    assert "endpoint_url none that of the region" in words
    assert "settings fails no region: give region=..., set AWS_REGION" in words


def test_a_setting_that_cannot_be_right_ends_with_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    result = whoami(run)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: AWS_MAX_ATTEMPTS='many' is not a number")


def test_a_right_that_is_missing_shows_that_the_credentials_work(run: Run) -> None:
    result = whoami(run, signed=failure("AccessDeniedException"))
    assert result.exit_code == 0
    assert "works the credentials work, but may not do cognito-idp:ListUserPools (" in " ".join(
        result.stdout.split()
    )


def test_credentials_that_are_refused_are_told_with_the_text_of_the_error(run: Run) -> None:
    result = whoami(run, signed=failure("ExpiredTokenException"))
    assert result.exit_code == 1
    words = " ".join(result.stdout.split())
    told = "ListUserPools failed with ExpiredTokenException: no (HTTP 400, request id request-1)"
    assert "unsigned call works the service answers (" in words
    assert f"signed call fails {told}" in words


def test_an_answer_that_says_nothing_of_the_service_and_none_at_all_are_failures(run: Run) -> None:
    result = whoami(
        run, unsigned=failure("InternalErrorException", 500), signed=ConnectError("no connection")
    )
    assert (result.exit_code, "works" in result.stdout) == (1, False)
    unsigned, signed = result.stdout.splitlines()[-2:]
    assert unsigned.startswith(
        "unsigned call  fails  GetUser failed with InternalErrorException: no (HTTP 500"
    )
    assert signed.startswith("signed call    fails  ListUserPools")
    assert "no connection" in signed


def test_on_a_terminal_the_outcome_is_coloured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    result = whoami(run)
    assert "\x1b[32mworks\x1b[0m" in result.stdout
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in result.stdout.splitlines()) <= 80
