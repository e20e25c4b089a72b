"""``whoami``: the settings, the credentials and their origin, and the outcome of two calls."""

from __future__ import annotations

import json
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
from botocore.session import Session

from cognito_async import __version__
from cognito_async._cli.commands import whoami as whoami_command
from cognito_async._errors import ConfigurationError, ConnectError, CredentialsError
from cognito_async._http.headers import TARGET
from cognito_async.config import Config
from cognito_async.credentials import UNSIGNED, _botocore
from cognito_async.transport import HTTPRequest, HTTPResponse
from support.cli import CommandLine
from support.transports import ScriptedTransport, error_response, http_response

KEY, SECRET, TOKEN = "AKIDKANARIENVOGEL0001", "secret/kanarienvogel", "token/kanarienvogel"
REJECTED = error_response("NotAuthorizedException")
"""Response of the service to the dummy token."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    return CommandLine(monkeypatch)


@pytest.fixture
def run_without_keys(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    return run


def rows(result: Any) -> dict[str, str]:
    """Return the lines of the report by their first word, without the spaces that align them."""
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    return {line.split(" ")[0]: line.partition(" ")[2] for line in lines}


def whoami(
    run: CommandLine,
    *options: str,
    unsigned: Any = REJECTED,
    signed: Any = None,
    settings: dict[str, Any] | None = None,
) -> Any:
    """Run the command with these responses to its two calls."""

    class FakeService(ScriptedTransport):
        async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
            is_signed = request.headers[TARGET].endswith(".ListUserPools")
            assert is_signed == ("authorization" in {name.lower() for name in request.headers})
            self.steps = [(signed or http_response()) if is_signed else unsigned]
            return await super().send(request, **options)

    run.transport_class = FakeService
    run.settings = settings or {}
    result = run("whoami", *options)
    for secret in (SECRET, TOKEN, KEY):
        assert secret not in result.output
    return result


@pytest.mark.usefixtures("default_http_path")
def test_the_report_shows_settings_credentials_and_that_calls_work(run: CommandLine) -> None:
    result = whoami(run)
    assert (result.exit_code, result.stderr) == (0, "")
    calls = {"unsigned": "call works the service responds (N ms)", "signed": "call works success (N ms)"}
    assert {name: re.sub(r"\d+ ms", "N ms", text) for name, text in rows(result).items()} == {
        "cognito_async": f"{__version__} Python {platform.python_version()}, {platform.system()}",
        "region": "eu-west-1 command line",
        "profile": "none default",
        "endpoint_url": "https://cognito-idp.eu-west-1.amazonaws.com derived from the region",
        "proxy": "none default",
        "retry_mode": "off command line",  # set by CommandLine
        "credentials": "AKID...0001 environment variables",
    } | calls


def test_the_calls_only_read_and_send_one_request_each(run: CommandLine) -> None:
    whoami(run)
    bodies = sorted(
        (request.headers[TARGET].rpartition(".")[2], request.body) for request in run.transport.sent
    )
    assert bodies == [("GetUser", b'{"AccessToken":"whoami"}'), ("ListUserPools", b'{"MaxResults":1}')]


def test_no_call_shows_the_settings_and_sends_nothing(run: CommandLine) -> None:
    result = whoami(run, "--no-call")
    assert (result.exit_code, run.transport.sent) == (0, [])
    assert "call" not in rows(result)
    assert rows(result)["region"] == "eu-west-1 command line"


def test_settings_that_are_not_at_their_default_are_shown_with_their_origin(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
    report = rows(result)
    assert SECRET.replace("/", "") not in result.output
    assert report["region"] == "us-west-2 profile work"
    assert report["retry_mode"] == "adaptive profile work"
    assert report["profile"] == "work AWS_PROFILE"
    assert (
        report["endpoint_url"] == "https://cognito-idp-fips.us-west-2.amazonaws.com derived from the region"
    )
    assert report["use_fips"] == "True AWS_USE_FIPS_ENDPOINT"
    assert report["timeout"] == "5.0 command line"
    assert report["max_attempts"] == "7 command line"
    assert report["proxy"] == "http://***@proxy.example:3128 HTTPS_PROXY"
    assert "read_timeout" not in report


@pytest.mark.parametrize(
    ("default_profile", "origin"),
    [
        (None, "AWS_PROFILE"),
        ("", "AWS_PROFILE"),
        ("work", "AWS_PROFILE"),
        ("other", "AWS_PROFILE; boto3 uses other of AWS_DEFAULT_PROFILE"),
    ],
)
def test_a_profile_that_boto3_would_not_use_is_shown_with_that_of_boto3(
    run: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    default_profile: str | None,
    origin: str,
) -> None:
    (tmp_path / "config").write_text("[profile work]\n[profile other]\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    if default_profile is not None:
        monkeypatch.setenv("AWS_DEFAULT_PROFILE", default_profile)
    assert rows(whoami(run))["profile"] == f"work {origin}"
    assert (Session().profile == "other") is (default_profile == "other")


def test_an_endpoint_url_from_the_command_line_is_shown_unchanged(run: CommandLine) -> None:
    result = whoami(run, "--endpoint-url", "http://127.0.0.1:5000")
    assert rows(result)["endpoint_url"] == "http://127.0.0.1:5000 command line"


def test_the_origin_of_keys_of_a_profile_is_the_shared_credentials_file(
    run_without_keys: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = f"[work]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    (tmp_path / "credentials").write_text(text, encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    result = whoami(run_without_keys, "--profile", "work")
    assert result.exit_code == 0, result.output
    assert rows(result)["credentials"] == "AKID...0001 the shared credentials file"
    assert rows(result)["profile"] == "work command line"


@pytest.mark.parametrize(
    ("method", "origin"),
    [("sso", "SSO"), ("assume-role", "an assumed role"), ("new-method", "new-method"), (None, "unknown")],
)
def test_the_origin_is_the_method_of_the_credential_chain(
    run_without_keys: CommandLine, monkeypatch: pytest.MonkeyPatch, method: str | None, origin: str
) -> None:
    frozen = SimpleNamespace(access_key="short", secret_key=SECRET, token=TOKEN)
    credentials = SimpleNamespace(get_frozen_credentials=lambda: frozen)
    if method is not None:
        credentials.method = method
    monkeypatch.setattr(_botocore, "_from_chain", lambda profile: credentials)
    assert rows(whoami(run_without_keys))["credentials"] == f"sh... {origin}"


def test_without_credentials_only_the_unsigned_call_is_sent(
    run_without_keys: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_credentials(profile: str | None) -> Any:
        raise CredentialsError("no AWS credentials: pass some")

    monkeypatch.setattr(_botocore, "_from_chain", no_credentials)
    result = whoami(run_without_keys)
    assert (result.exit_code, result.stderr, len(run_without_keys.transport.sent)) == (1, "", 1)
    assert "credentials fails no AWS credentials: pass some" in " ".join(result.stdout.split())
    assert "unsigned call works" in " ".join(result.stdout.split())


def test_a_failed_fetch_of_credentials_is_reported_with_advice_for_the_shell(
    run_without_keys: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise LookupError(SECRET)

    credentials = SimpleNamespace(get_frozen_credentials=fail, method="sso")
    monkeypatch.setattr(_botocore, "_from_chain", lambda profile: credentials)
    result = whoami(run_without_keys)
    expected = (
        "credentials fails fetching credentials failed (LookupError): `aws sts get-caller-identity` with"
    )
    assert (result.exit_code, expected in " ".join(result.stdout.split())) == (1, True)
    assert "__cause__" not in result.output


def test_a_slow_fetch_of_credentials_ends_at_the_timeout(
    run_without_keys: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, fetching = threading.Event(), list[threading.Thread]()

    def slow(profile: str | None) -> Any:
        fetching.append(threading.current_thread())
        release.wait(120)
        raise CredentialsError("too late")

    monkeypatch.setattr(_botocore, "_from_chain", slow)
    result = whoami(run_without_keys, "--timeout", "1")  # long enough for the call, which comes after
    assert fetching[0].is_alive()
    assert (result.exit_code, len(run_without_keys.transport.sent)) == (1, 1)
    expected = "credentials fails none within 1 seconds: check whether their source waits for something"
    assert expected in " ".join(result.stdout.split())
    release.set()
    fetching[0].join()


def test_an_invalid_timeout_is_reported_before_credentials_are_fetched(
    run_without_keys: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles: list[str | None] = []
    monkeypatch.setattr(_botocore, "_from_chain", profiles.append)
    result = whoami(run_without_keys, "--timeout", "0")
    assert (result.exit_code, result.stdout, profiles) == (2, "", [])
    assert result.stderr.startswith("error: --timeout 0.0 is not a number of seconds")


def test_the_process_ends_while_a_credential_process_still_runs(
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


def test_a_missing_region_is_reported_and_nothing_is_sent(run: CommandLine) -> None:
    result = whoami(run, settings={"region": None})
    assert (result.exit_code, run.transport.sent) == (1, [])
    text = " ".join(result.stdout.split())
    assert "region none default" in text
    assert "endpoint_url none derived from the region" in text
    with pytest.raises(ConfigurationError, match="no region") as caught:
        _ = Config().url
    assert f"settings fails {caught.value}" in text


def test_an_invalid_setting_is_exit_code_2(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost")
    result = whoami(run)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: AWS_ENDPOINT_URL='localhost' is not a URL")


def test_a_missing_permission_shows_that_the_credentials_work(run: CommandLine) -> None:
    result = whoami(run, signed=error_response("AccessDeniedException"))
    assert result.exit_code == 0
    assert "works the credentials work, but lack cognito-idp:ListUserPools (" in " ".join(
        result.stdout.split()
    )


def test_rejected_credentials_are_reported_with_the_message_of_the_error(run: CommandLine) -> None:
    result = whoami(run, signed=error_response("ExpiredTokenException"))
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    expected = "ListUserPools failed with ExpiredTokenException: no (HTTP 400, request id request-1)"
    assert "unsigned call works the service responds (" in text
    assert f"signed call fails {expected}" in text


def test_a_server_error_and_a_missing_response_are_failures(run: CommandLine) -> None:
    result = whoami(
        run, unsigned=error_response("InternalErrorException", 500), signed=ConnectError("no connection")
    )
    assert (result.exit_code, "works" in result.stdout) == (1, False)
    unsigned, signed = result.stdout.splitlines()[-2:]
    assert unsigned.startswith(
        "unsigned call  fails  GetUser failed with InternalErrorException: no (HTTP 500"
    )
    assert signed.startswith("signed call    fails  ListUserPools")
    assert "no connection" in signed


def test_the_outcome_is_colored_on_a_terminal(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    result = whoami(run)
    assert "\x1b[32mworks\x1b[0m" in result.stdout
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in result.stdout.splitlines()) <= 80


def test_without_signing_no_credentials_are_looked_for(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object) -> Any:
        raise LookupError("credentials were looked for")

    monkeypatch.setattr(whoami_command, "resolve_provider", resolve)
    result = whoami(run, "--no-sign-request")
    assert result.exit_code == 0, result.output
    assert rows(result)["credentials"] == "none --no-sign-request"
    assert [request.headers[TARGET].rpartition(".")[2] for request in run.transport.sent] == ["GetUser"]
    assert run.clients[0]["credentials"] is UNSIGNED


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_report_as_json(run: CommandLine, form: str) -> None:
    result = whoami(run, "--output", form, "--region", "eu-west-1")
    report = json.loads(result.stdout)
    assert (report["works"], result.exit_code) == (True, 0)
    assert {"name": "region", "value": "eu-west-1", "origin": "command line"} in report["settings"]
    assert [(each["name"], each["result"]) for each in report["calls"]] == [
        ("unsigned call", "works"),
        ("signed call", "works"),
    ]
    assert SECRET not in result.output
    assert TOKEN not in result.output
    assert (form == "jsonl") is (result.stdout.count("\n") == 1)


def test_the_report_as_csv_has_a_line_for_each_setting_and_call(run: CommandLine) -> None:
    header, *lines = whoami(run, "--output", "csv", "--region", "eu-west-1").stdout.splitlines()
    assert header == "name,value,origin"
    assert "region,eu-west-1,command line" in lines
    assert lines[-1].startswith("signed call,works,")
    assert SECRET not in "".join(lines)
