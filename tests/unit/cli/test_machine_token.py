"""``token``: prints the access token of a service, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_async._cli.commands import machine_token as command
from cognito_async._errors import ConnectError
from cognito_async.sign_in._tokens import unverified_claims
from cognito_async.testing import FakeUserPool
from cognito_async.testing._fake_pool.transport import PoolTransport
from support.cli import POOL, CommandLine
from support.tokens import token as signed_token
from support.transports import http_response

SECRET = "clientsecretkanarienvogel"
SCOPES = ("orders/read", "orders/write")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (
        "COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID", "COGNITO_CLIENT_SECRET", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    )  # fmt: skip
    for name in names:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def pool() -> FakeUserPool:
    pool = FakeUserPool(pool_id=POOL, client_secret=SECRET)
    pool.app_client.oauth_flows = ["client_credentials"]
    pool.app_client.scopes = SCOPES
    return pool


@pytest.fixture
def get(run: CommandLine, pool: FakeUserPool) -> Any:
    """Return a function that gets a token of the fake pool, and checks that no output shows the secret."""

    def get(*options: str, stdin: str = f"{SECRET}\n") -> Any:
        run.transport_class = lambda *_: PoolTransport(pool._service)  # type: ignore[assignment]
        arguments = ("--pool", POOL, "--client-id", pool.client_id, *options)
        result = run("token", *arguments, stdin=stdin)
        assert SECRET not in result.output
        return result

    return get


def names(pool: FakeUserPool) -> list[str]:
    return [request.operation for request in pool.requests]


def test_the_token_is_all_that_is_printed(get: Any, pool: FakeUserPool) -> None:
    result = get()
    assert (result.exit_code, result.stderr) == (0, "Client secret: ")
    assert result.stdout.count("\n") == 1
    claims = unverified_claims(result.stdout.strip())
    assert (claims["client_id"], claims["scope"]) == (pool.client_id, " ".join(SCOPES))
    assert names(pool) == ["OpenIDConfiguration", "OAuthToken"]


def test_scopes_and_domain_are_passed(get: Any, pool: FakeUserPool) -> None:
    result = get("--scope", "orders/read", "--domain", pool.domain, "--scope", "orders/write")
    assert unverified_claims(result.stdout.strip())["scope"] == "orders/read orders/write"
    assert names(pool) == ["OAuthToken"]
    assert pool.requests[0].members["scope"] == "orders/read orders/write"


def test_a_token_that_is_not_bound_to_the_resource_is_not_printed(get: Any, pool: FakeUserPool) -> None:
    result = get("--resource", "https://api.example.com")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not bound to" in result.stderr
    assert pool.requests[-1].members["resource"] == "https://api.example.com"


def test_json_has_scope_and_expiry(get: Any) -> None:
    result = get("--output", "json", "--scope", "orders/read")
    shown = json.loads(result.stdout)
    assert list(shown) == ["access_token", "scope", "expires_at"]
    assert shown["scope"] == "orders/read"
    assert datetime.fromisoformat(shown["expires_at"]) > datetime.now(UTC)


@pytest.mark.parametrize("text", ["opaque", signed_token(exp="never"), signed_token(exp=10**30)])
def test_json_of_a_token_that_does_not_say_its_expiry(run: CommandLine, text: str) -> None:
    body = {"access_token": text, "expires_in": 3600, "token_type": "Bearer"}
    identity = ("--pool", POOL, "--client-id", "x", "--domain", "my-app", "--output", "json")
    result = run("token", *identity, steps=(http_response(body=body),), stdin=f"{SECRET}\n")
    assert json.loads(result.stdout)["expires_at"] is None


def test_pool_app_client_and_secret_come_from_variables(
    run: CommandLine, get: Any, pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    monkeypatch.setenv("COGNITO_CLIENT_ID", pool.client_id)
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", SECRET)
    get()
    result = run("token")
    assert (result.exit_code, result.stderr) == (0, "")


def test_what_is_missing_is_asked_for(run: CommandLine, get: Any, pool: FakeUserPool) -> None:
    get()
    result = run("token", stdin=f"{POOL}\n{pool.client_id}\n{SECRET}\n")
    assert (result.exit_code, result.stderr) == (0, "User pool: App client: Client secret: ")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [((), "User pool: no input; pass --pool"), (("--pool", POOL), "App client: no input; pass --client-id")],
)
def test_without_input_it_is_exit_code_2(run: CommandLine, arguments: tuple[str, ...], problem: str) -> None:
    result = run("token", *arguments)
    assert (result.exit_code, result.stdout, run.transport.sent) == (2, "", [])
    assert result.stderr.endswith(f"error: {problem}\n")


def test_there_is_no_option_for_the_secret(get: Any) -> None:
    result = get("--client-secret", "x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no such option" in result.stderr


def test_the_region_is_that_of_the_pool(run: CommandLine, get: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    get()
    get("--region", "eu-central-1", "--timeout", "5")
    assert [client["region"] for client in run.clients] == ["eu-west-1", "eu-central-1"]
    assert run.clients[1]["timeout"] == 5


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--pool", "x"), "user_pool_id: expected an id such as"),
        (("--domain", "http://example.com"), "domain: http would send secrets unencrypted"),
        (("--scope", "a b"), "scopes: expected text without blanks"),
        (("--resource", "api"), "resource: expected an absolute URI"),
    ],
)
def test_an_invalid_value_is_exit_code_2(
    get: Any, pool: FakeUserPool, options: tuple[str, ...], problem: str
) -> None:
    result = get("--domain", pool.domain, *options)
    assert (result.exit_code, result.stdout, pool.requests) == (2, "", [])
    assert problem in result.stderr


def test_a_refusal_is_exit_code_1(get: Any, pool: FakeUserPool) -> None:
    result = get(stdin="another-secret-of-24-characters\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "OAuthToken failed with invalid_client" in result.stderr
    assert "another-secret" not in result.output
    pool.app_client.oauth_flows = ["code"]
    assert "unauthorized_client" in get().stderr


def test_a_transport_error_is_exit_code_1(run: CommandLine) -> None:
    identity = ("--pool", POOL, "--client-id", "x")
    result = run("token", *identity, steps=(ConnectError("no connection"),), stdin=f"{SECRET}\n")
    assert (result.exit_code, result.stdout, run.transport.closed) == (1, "", 1)
    assert "OpenIDConfiguration failed: no connection" in result.stderr


def test_ctrl_c_is_exit_code_130(get: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "ask_missing", interrupt)
    result = get()
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "interrupted\n")


def test_a_process_needs_no_credentials_and_passes_its_token_on(pool: FakeUserPool) -> None:
    with pool.serve() as url:
        variables = {
            "AWS_ENDPOINT_URL": url,
            "COGNITO_USER_POOL_ID": POOL,
            "COGNITO_CLIENT_ID": pool.client_id,
            "COGNITO_CLIENT_SECRET": SECRET,
        }

        def python(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "cognito_async", *arguments],
                input=stdin, capture_output=True, text=True, check=False, timeout=60, env=os.environ | variables,
            )  # fmt: skip

        text = python("token")
        assert (text.returncode, text.stderr) == (0, "")
        options = ("--issuer", pool.issuer, "--use", "access", "--scope", "orders/read")
        verified = python("verify-token", *options, stdin=text.stdout)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert json.loads(verified.stdout)["claims"]["sub"] == pool.client_id
