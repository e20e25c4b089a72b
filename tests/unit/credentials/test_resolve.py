"""Which credentials a client uses: its argument, the environment, or botocore's chain."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore import credentials as botocore_credentials
from botocore.session import Session

from cognito_async import CognitoClient
from cognito_async.credentials import UNSIGNED, BotocoreCredentials, Credentials, _botocore, _resolve
from cognito_async.credentials._refreshing import RefreshingProvider
from cognito_async.credentials._resolve import resolve_provider
from cognito_async.errors import CredentialsError
from support.transports import ScriptedTransport, client_with

SECRET = "wJalrXUtnFEMI/K7MDENG"
TOKEN = "FQoGZXIvYXdzEXAMPLE"
VALID = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": SECRET, "session_token": TOKEN}
LONG_TERM = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


# Credentials and the environment


async def test_a_credentials_argument_takes_precedence_over_profile_and_environment() -> None:
    keys = Credentials(**VALID)
    provider = resolve_provider(keys, "work", LONG_TERM)
    assert await provider() is keys
    assert await provider() is keys


async def test_keys_of_the_environment_are_read_once() -> None:
    environment = dict(LONG_TERM)
    provider = resolve_provider(None, None, environment)
    environment.clear()
    assert (await provider()).access_key_id == "AKIDEXAMPLE"


async def test_keys_of_the_environment_with_an_expiry_are_read_again_before_it() -> None:
    environment = LONG_TERM | {EXPIRATION: (datetime.now(UTC) + timedelta(seconds=100)).isoformat()}
    provider = resolve_provider(None, None, environment)
    assert (await provider()).access_key_id == "AKIDEXAMPLE"
    assert isinstance(provider, RefreshingProvider)
    provider._lifetime = 3600.0  # so that 100 seconds are below the threshold
    provider._not_before = 0.0
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    environment |= {"AWS_ACCESS_KEY_ID": "AKIDROTATED", EXPIRATION: later}
    assert (await provider()).access_key_id == "AKIDROTATED"


async def test_expired_keys_of_the_environment_are_an_error() -> None:
    provider = resolve_provider(None, None, LONG_TERM | {EXPIRATION: "2020-01-01T00:00:00Z"})
    with pytest.raises(CredentialsError, match="have already expired"):
        await provider()


# Coroutine functions


async def test_a_coroutine_function_is_called_once_for_keys_that_do_not_expire() -> None:
    keys = iter([Credentials(**VALID | {"access_key_id": name}) for name in ("first", "second")])

    async def fetch() -> Credentials:
        return next(keys)

    provider = resolve_provider(fetch, None, LONG_TERM)
    assert [(await provider()).access_key_id for _ in range(2)] == ["first", "first"]


async def test_an_object_with_an_async_call_method_is_a_provider() -> None:
    class Vault:
        async def __call__(self) -> Credentials:
            return Credentials(**VALID)

    assert await resolve_provider(Vault(), None, {})() == Credentials(**VALID)


async def test_an_exception_of_a_provider_is_the_cause_of_the_credentials_error() -> None:
    async def fail() -> Credentials:
        raise LookupError("the vault is sealed")

    with pytest.raises(CredentialsError, match=r"fetching credentials failed \(LookupError\)") as caught:
        await resolve_provider(fail, None, LONG_TERM)()
    assert isinstance(caught.value.__cause__, LookupError)


async def test_a_credentials_error_of_a_provider_is_raised_unchanged() -> None:
    error = CredentialsError("the vault is sealed")

    async def fail() -> Credentials:
        raise error

    with pytest.raises(CredentialsError) as caught:
        await resolve_provider(fail, None, {})()
    assert caught.value is error


@pytest.mark.parametrize("value", [None, VALID, ("AKIDEXAMPLE", SECRET)])
async def test_a_provider_that_returns_another_type_is_an_error_that_names_it(value: Any) -> None:
    async def provide() -> Any:
        return value

    with pytest.raises(CredentialsError, match=f"returned {type(value).__name__} instead of") as caught:
        await resolve_provider(provide, None, {})()
    assert SECRET not in str(caught.value)


async def test_a_function_that_is_not_a_coroutine_function_is_an_error() -> None:
    def provide() -> Credentials:
        return Credentials(**VALID)

    with pytest.raises(CredentialsError, match="TypeError"):
        await resolve_provider(provide, None, {})()  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["AKIDEXAMPLE", ("AKIDEXAMPLE", SECRET), VALID, 5, b"key", object()])
def test_an_argument_of_another_type_is_an_error_that_names_it(value: Any) -> None:
    message = f"credentials= takes Credentials.*, not {type(value).__name__}"
    with pytest.raises(CredentialsError, match=message) as caught:
        resolve_provider(value, None, LONG_TERM)
    assert SECRET not in str(caught.value)
    with pytest.raises(CredentialsError, match=message):
        CognitoClient(credentials=value)


# Credentials objects of botocore


class CustomCredentials:
    """An object of other code with the same method."""

    def get_frozen_credentials(self) -> botocore_credentials.ReadOnlyCredentials:
        return botocore_credentials.ReadOnlyCredentials("AKIDEXAMPLE", SECRET, TOKEN)


def refresh() -> dict[str, str]:
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"access_key": "AKIDEXAMPLE", "secret_key": SECRET, "token": TOKEN, "expiry_time": end}


OBJECTS: dict[str, Callable[[], Any]] = {
    "static": lambda: botocore_credentials.Credentials("AKIDEXAMPLE", SECRET, TOKEN),
    "refreshable": lambda: botocore_credentials.RefreshableCredentials.create_from_metadata(
        refresh(), refresh_using=refresh, method="test"
    ),
    "deferred": lambda: botocore_credentials.DeferredRefreshableCredentials(
        refresh_using=refresh, method="test"
    ),
    "session": lambda: session_with_keys().get_credentials(),
    "custom": CustomCredentials,
}


def session_with_keys() -> Session:
    session = Session()
    session.set_credentials("AKIDEXAMPLE", SECRET, TOKEN)
    return session


@pytest.mark.parametrize("kind", OBJECTS)
async def test_a_credentials_object_of_botocore_is_accepted(kind: str) -> None:
    credentials = OBJECTS[kind]()
    assert isinstance(credentials, BotocoreCredentials)
    assert await resolve_provider(credentials, "work", {"AWS_ACCESS_KEY_ID": "other"})() == Credentials(
        **VALID
    )


@pytest.mark.parametrize("token", [None, ""])
async def test_a_credentials_object_of_botocore_may_have_no_token(token: str | None) -> None:
    keys = await resolve_provider(botocore_credentials.Credentials("AKIDEXAMPLE", SECRET, token), None, {})()
    assert keys == Credentials(**VALID | {"session_token": None})


async def test_keys_of_botocore_that_a_header_cannot_carry_are_an_error_that_does_not_quote_them() -> None:
    provider = resolve_provider(botocore_credentials.Credentials("AKIDEXAMPLE", "hunter2\n"), None, {})
    with pytest.raises(CredentialsError, match="secret_access_key") as caught:
        await provider()
    assert "hunter2" not in str(caught.value)


# Profiles


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write three profiles with keys into the credentials file."""
    path = tmp_path / "credentials"
    path.write_text(
        "".join(
            f"[{name}]\naws_access_key_id = FROM{name}\naws_secret_access_key = {SECRET}\n"
            for name in ("default", "one", "two")
        )
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))


@pytest.mark.parametrize(
    ("profile", "variables", "expected"),
    [
        (None, {}, "FROMdefault"),
        ("one", {}, "FROMone"),
        (None, {"AWS_PROFILE": "one"}, "FROMone"),
        (None, {"AWS_DEFAULT_PROFILE": "two"}, "FROMtwo"),
        (None, LONG_TERM, "AKIDEXAMPLE"),
        (None, LONG_TERM | {"AWS_PROFILE": "one"}, "AKIDEXAMPLE"),
        ("two", LONG_TERM, "FROMtwo"),
        ("two", LONG_TERM | {"AWS_PROFILE": "one"}, "FROMtwo"),
        ("two", {"AWS_ACCESS_KEY_ID": "incomplete"}, "FROMtwo"),
    ],
)
@pytest.mark.usefixtures("profiles")
async def test_a_profile_argument_takes_precedence_over_the_environment_as_in_botocore(
    monkeypatch: pytest.MonkeyPatch, profile: str | None, variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Session(profile=profile).get_credentials().access_key == expected
    assert (await resolve_provider(None, profile, os.environ)()).access_key_id == expected


@pytest.mark.usefixtures("profiles")
async def test_aws_profile_takes_precedence_over_aws_default_profile_unlike_in_botocore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "one")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "two")
    assert (await resolve_provider(None, None, os.environ)()).access_key_id == "FROMone"
    assert Session().get_credentials().access_key == "FROMtwo"
    monkeypatch.setenv("AWS_PROFILE", "")
    assert (await resolve_provider(None, None, os.environ)()).access_key_id == "FROMtwo"


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_PROFILE": "one"},
        {"AWS_DEFAULT_PROFILE": "one"},
        {"AWS_PROFILE": "one", "AWS_DEFAULT_PROFILE": "two"},
    ],
)
async def test_a_profile_variable_does_not_disable_a_web_identity_of_the_environment_as_in_botocore(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in (variables | {"AWS_WEB_IDENTITY_TOKEN_FILE": "token", "AWS_ROLE_ARN": "role"}).items():
        monkeypatch.setenv(name, value)
    assert Session().get_credentials().method == "assume-role-with-web-identity"
    provider = _botocore._from_chain(None)
    assert getattr(provider, "method", None) == "assume-role-with-web-identity"
    assert (await resolve_provider(None, "one", os.environ)()).access_key_id == "FROMone"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"AWS_PROFILE": ""}, "FROMdefault"),
        ({"AWS_DEFAULT_PROFILE": ""}, "FROMdefault"),
        ({"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": ""}, "FROMdefault"),
        ({"AWS_PROFILE": "one", "AWS_DEFAULT_PROFILE": ""}, "FROMone"),
    ],
)
@pytest.mark.usefixtures("profiles")
async def test_an_empty_profile_variable_counts_as_not_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (await resolve_provider(None, None, os.environ)()).access_key_id == expected


# Sharing


def test_clients_with_the_same_profile_and_aws_variables_share_a_provider() -> None:
    first = resolve_provider(None, "work", {"AWS_CONFIG_FILE": "a", "PATH": "1"})
    assert resolve_provider(None, "work", {"AWS_CONFIG_FILE": "a", "PATH": "2"}) is first
    assert resolve_provider(None, "other", {"AWS_CONFIG_FILE": "a"}) is not first
    assert resolve_provider(None, None, {"AWS_CONFIG_FILE": "a"}) is not first
    assert resolve_provider(None, "work", {"AWS_CONFIG_FILE": "b"}) is not first


# Never sign


@pytest.fixture
def _no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every source of credentials fail, the environment and botocore's chain."""
    for name in ("has_environment_credentials", "credentials_from_environment"):
        monkeypatch.setattr(_resolve, name, raise_lookup_error)
    monkeypatch.setattr(_botocore, "shared_botocore_provider", raise_lookup_error)
    monkeypatch.setattr(_botocore, "_from_chain", raise_lookup_error)
    for name, value in LONG_TERM.items():
        monkeypatch.setenv(name, value)


def raise_lookup_error(*_: object) -> Any:
    raise LookupError("a source of credentials was used")


@pytest.mark.usefixtures("_no_source")
async def test_a_client_that_never_signs_calls_unsigned_operations() -> None:
    transport = ScriptedTransport()
    async with client_with(transport, credentials=UNSIGNED) as client:
        await client.initiate_auth(client_id="c", auth_flow="USER_AUTH")
    assert "authorization" not in {name.lower() for name in transport.headers}


@pytest.mark.usefixtures("_no_source")
async def test_a_client_that_never_signs_rejects_signed_operations_before_sending() -> None:
    transport = ScriptedTransport()
    async with client_with(transport, credentials=UNSIGNED) as client:
        with pytest.raises(
            CredentialsError, match=r"^ListUserPools failed: .*credentials=UNSIGNED"
        ) as caught:
            await client.list_user_pools(max_results=1)
        assert caught.value.operation == "ListUserPools"
    assert transport.sent == []


def test_unsigned_survives_copying_and_pickling() -> None:
    assert copy.deepcopy(UNSIGNED) is pickle.loads(pickle.dumps(UNSIGNED)) is UNSIGNED
    assert repr(UNSIGNED) == "UNSIGNED"
