"""Credentials: what is refused, what is never shown, and which of them are taken."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from botocore import credentials as theirs
from botocore.session import Session

from cognito_async import CognitoClient
from cognito_async._providers import credentials_from_environment, has_environment_credentials, provider_of
from cognito_async._refresh import RefreshingProvider
from cognito_async.credentials import BotocoreCredentials, Credentials
from cognito_async.errors import CredentialsError

SECRET = "wJalrXUtnFEMI/K7MDENG"
TOKEN = "FQoGZXIvYXdzEXAMPLE"
GOOD = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": SECRET, "session_token": TOKEN}
LONG_TERM = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    "value",
    [
        "hunter2\n",
        "hunter2\r\nX-Evil: 1",
        "\thunter2",
        "hunter2\x00",
        "hunter2\x7f",
        "hunter2\u00e9",
        "hunter2\u2028",
    ],
)
def test_what_would_break_out_of_a_header_is_refused_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(CredentialsError, match=f"{name}.*printable ASCII") as caught:
        Credentials(**GOOD | {name: value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    ("value", "kind"), [("", "str"), (b"hunter2", "bytes"), (5, "int"), (["hunter2"], "list")]
)
def test_what_is_empty_or_no_string_is_refused_and_not_shown(name: str, value: object, kind: str) -> None:
    with pytest.raises(CredentialsError, match=f"{name} must be a string.* got {kind}$") as caught:
        Credentials(**GOOD | {name: value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key"])
def test_a_key_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(CredentialsError, match=f"{name} .* NoneType"):
        Credentials(**GOOD | {name: None})


@pytest.mark.parametrize("moment", [datetime(2030, 1, 1), "2030-01-01T00:00:00Z", 1_900_000_000, 0])  # noqa: DTZ001
def test_an_end_without_time_zone_or_of_another_type_is_refused(moment: object) -> None:
    with pytest.raises(CredentialsError, match="expires_at must be a datetime with time zone"):
        Credentials(**GOOD, expires_at=moment)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5))])
def test_an_end_may_have_any_time_zone(zone: timezone) -> None:
    moment = datetime(2030, 1, 1, tzinfo=zone)
    assert Credentials(**GOOD, expires_at=moment).expires_at == moment


def test_a_token_and_an_end_are_optional() -> None:
    keys = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET)
    assert (keys.session_token, keys.expires_at) == (None, None)
    assert keys == Credentials(**GOOD | {"session_token": None})


def test_every_printable_ascii_character_is_accepted_and_kept() -> None:
    text = "".join(map(chr, range(0x20, 0x7F)))
    keys = Credentials(access_key_id=text, secret_access_key=text, session_token=text)
    assert (keys.access_key_id, keys.secret_access_key, keys.session_token) == (text, text, text)


def test_the_secret_and_the_token_are_masked_and_the_id_is_not() -> None:
    text = repr(Credentials(**GOOD))
    assert text == str(Credentials(**GOOD))
    assert SECRET not in text
    assert TOKEN not in text
    assert "AKIDEXAMPLE" in text


def test_the_repr_tells_whether_there_is_a_token() -> None:
    assert "session_token=None" in repr(Credentials(**GOOD | {"session_token": None}))
    assert "session_token='***'" in repr(Credentials(**GOOD))


def test_credentials_are_frozen_and_keyword_only() -> None:
    keys = Credentials(**GOOD)
    with pytest.raises(FrozenInstanceError):
        keys.secret_access_key = "another"
    with pytest.raises(TypeError):
        Credentials("AKIDEXAMPLE", SECRET)


@pytest.mark.parametrize("name", GOOD)
def test_credentials_are_equal_when_all_values_are(name: str) -> None:
    assert Credentials(**GOOD) == Credentials(**GOOD)
    assert Credentials(**GOOD) != Credentials(**GOOD | {name: "another"})


def test_credentials_pickle_and_copy() -> None:
    keys = Credentials(**GOOD, expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert pickle.loads(pickle.dumps(keys)) == keys
    assert copy.deepcopy(keys) == keys


# The environment


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ({}, None),
        ({"AWS_SESSION_TOKEN": "new"}, "new"),
        ({"AWS_SECURITY_TOKEN": "old"}, "old"),
        ({"AWS_SECURITY_TOKEN": "old", "AWS_SESSION_TOKEN": "new"}, "old"),
        ({"AWS_SECURITY_TOKEN": "", "AWS_SESSION_TOKEN": "new"}, "new"),
        ({"AWS_SECURITY_TOKEN": "", "AWS_SESSION_TOKEN": ""}, None),
    ],
)
def test_the_older_name_of_the_token_goes_first_as_in_botocore(
    tokens: dict[str, str], expected: str | None
) -> None:
    environment = LONG_TERM | tokens
    keys = credentials_from_environment(environment)
    assert keys == Credentials(**GOOD | {"session_token": expected})
    assert (theirs.EnvProvider(environment).load().token or None) == keys.session_token


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_SESSION_TOKEN": TOKEN, "AWS_PROFILE": "work"},
    ],
)
def test_no_credentials_is_an_error_that_says_how_to_give_some(environment: dict[str, str]) -> None:
    assert not has_environment_credentials(environment)
    with pytest.raises(CredentialsError, match=r"^no AWS credentials") as caught:
        credentials_from_environment(environment)
    for name in ("credentials=Credentials(", *LONG_TERM, "AWS_SESSION_TOKEN", "profile=", "AWS_PROFILE"):
        assert name in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("absent", [None, ""])
@pytest.mark.parametrize("missing", LONG_TERM)
async def test_half_of_the_credentials_is_an_error_that_names_the_other_half(
    missing: str, absent: str | None
) -> None:
    environment = {name: value for name, value in LONG_TERM.items() if name != missing}
    if absent is not None:
        environment[missing] = absent
    for take in (credentials_from_environment, lambda given: provider_of(None, None, given)):
        with pytest.raises(
            CredentialsError, match=f"half of the AWS credentials: {missing} is not set"
        ) as caught:
            take(environment)
        assert SECRET not in str(caught.value)


def test_a_line_break_in_a_variable_is_refused_and_the_secret_not_shown() -> None:
    with pytest.raises(CredentialsError, match="secret_access_key") as caught:
        credentials_from_environment(LONG_TERM | {"AWS_SECRET_ACCESS_KEY": f"{SECRET}\n"})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-01-01T00:00:00Z", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T00:00:00+05:00", datetime(2029, 12, 31, 19, tzinfo=UTC)),
        ("2030-01-01T00:00:00.123456Z", datetime(2030, 1, 1, 0, 0, 0, 123456, UTC)),
        ("2030-01-01T00:00:00", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01", datetime(2030, 1, 1, tzinfo=UTC)),
        ("", None),
    ],
)
def test_the_expiration_is_a_moment_in_utc_unless_it_says_another_zone(
    text: str, expected: datetime | None
) -> None:
    assert credentials_from_environment(LONG_TERM | {EXPIRATION: text}).expires_at == expected


@pytest.mark.parametrize("text", ["tomorrow", "1900000000x", "2030-13-01T00:00:00Z", "\n"])
def test_an_expiration_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(CredentialsError, match=r"AWS_CREDENTIAL_EXPIRATION=.* is not a time"):
        credentials_from_environment(LONG_TERM | {EXPIRATION: text})


# Which ones are taken


async def test_credentials_are_provided_as_they_are_whatever_the_environment_says() -> None:
    keys = Credentials(**GOOD)
    provide = provider_of(keys, "work", LONG_TERM)
    assert await provide() is keys
    assert await provide() is keys


async def test_keys_of_the_environment_are_taken_once() -> None:
    environment = dict(LONG_TERM)
    provide = provider_of(None, None, environment)
    environment.clear()
    assert (await provide()).access_key_id == "AKIDEXAMPLE"


async def test_keys_of_the_environment_that_expire_are_read_again_at_their_end() -> None:
    environment = LONG_TERM | {EXPIRATION: (datetime.now(UTC) + timedelta(seconds=100)).isoformat()}
    provide = provider_of(None, None, environment)
    assert (await provide()).access_key_id == "AKIDEXAMPLE"
    assert isinstance(provide, RefreshingProvider)
    provide._lifetime = 3600.0  # so that a hundred seconds are few
    provide._not_before = 0.0
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    environment |= {"AWS_ACCESS_KEY_ID": "AKIDROTATED", EXPIRATION: later}
    assert (await provide()).access_key_id == "AKIDROTATED"


async def test_keys_of_the_environment_that_have_expired_are_an_error() -> None:
    provide = provider_of(None, None, LONG_TERM | {EXPIRATION: "2020-01-01T00:00:00Z"})
    with pytest.raises(CredentialsError, match="expired already"):
        await provide()


async def test_a_coroutine_function_is_asked_once_for_keys_that_do_not_expire() -> None:
    rotating = iter([Credentials(**GOOD | {"access_key_id": name}) for name in ("first", "second")])

    async def rotate() -> Credentials:
        return next(rotating)

    provide = provider_of(rotate, None, LONG_TERM)
    assert [(await provide()).access_key_id for _ in range(2)] == ["first", "first"]


async def test_an_object_with_an_async_call_is_a_provider_too() -> None:
    class Vault:
        async def __call__(self) -> Credentials:
            return Credentials(**GOOD)

    assert await provider_of(Vault(), None, {})() == Credentials(**GOOD)


async def test_an_error_of_a_provider_is_the_cause_of_ours() -> None:
    async def fail() -> Credentials:
        raise LookupError("the vault is sealed")

    with pytest.raises(CredentialsError, match=r"fetching credentials failed \(LookupError\)") as caught:
        await provider_of(fail, None, LONG_TERM)()
    assert isinstance(caught.value.__cause__, LookupError)


async def test_our_own_error_from_a_provider_is_passed_on_as_it_is() -> None:
    mine = CredentialsError("the vault is sealed")

    async def fail() -> Credentials:
        raise mine

    with pytest.raises(CredentialsError) as caught:
        await provider_of(fail, None, {})()
    assert caught.value is mine


@pytest.mark.parametrize("value", [None, GOOD, ("AKIDEXAMPLE", SECRET)])
async def test_a_provider_that_returns_something_else_is_an_error_that_names_its_type(value: Any) -> None:
    async def provide() -> Any:
        return value

    with pytest.raises(CredentialsError, match=f"returned {type(value).__name__} instead of") as caught:
        await provider_of(provide, None, {})()
    assert SECRET not in str(caught.value)


async def test_a_function_that_is_no_coroutine_function_is_an_error() -> None:
    def provide() -> Credentials:
        return Credentials(**GOOD)

    with pytest.raises(CredentialsError, match="TypeError"):
        await provider_of(provide, None, {})()  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["AKIDEXAMPLE", ("AKIDEXAMPLE", SECRET), GOOD, 5, b"key", object()])
def test_what_is_no_credentials_is_an_error_that_names_its_type(value: Any) -> None:
    message = f"credentials= takes Credentials.*, not {type(value).__name__}"
    with pytest.raises(CredentialsError, match=message) as caught:
        provider_of(value, None, LONG_TERM)
    assert SECRET not in str(caught.value)
    with pytest.raises(CredentialsError, match=message):
        CognitoClient(credentials=value)


# botocore's objects


class Own:
    """Somebody else's object of the same kind."""

    def get_frozen_credentials(self) -> theirs.ReadOnlyCredentials:
        return theirs.ReadOnlyCredentials("AKIDEXAMPLE", SECRET, TOKEN)


def metadata() -> dict[str, str]:
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"access_key": "AKIDEXAMPLE", "secret_key": SECRET, "token": TOKEN, "expiry_time": end}


OBJECTS: dict[str, Callable[[], Any]] = {
    "static": lambda: theirs.Credentials("AKIDEXAMPLE", SECRET, TOKEN),
    "refreshable": lambda: theirs.RefreshableCredentials.create_from_metadata(
        metadata(), refresh_using=metadata, method="test"
    ),
    "deferred": lambda: theirs.DeferredRefreshableCredentials(refresh_using=metadata, method="test"),
    "session": lambda: session_with_keys().get_credentials(),
    "own": Own,
}


def session_with_keys() -> Session:
    session = Session()
    session.set_credentials("AKIDEXAMPLE", SECRET, TOKEN)
    return session


@pytest.mark.parametrize("kind", OBJECTS)
async def test_an_object_of_botocore_is_taken(kind: str) -> None:
    held = OBJECTS[kind]()
    assert isinstance(held, BotocoreCredentials)
    assert await provider_of(held, "work", {"AWS_ACCESS_KEY_ID": "other"})() == Credentials(**GOOD)


@pytest.mark.parametrize("token", [None, ""])
async def test_an_object_of_botocore_may_have_no_token(token: str | None) -> None:
    keys = await provider_of(theirs.Credentials("AKIDEXAMPLE", SECRET, token), None, {})()
    assert keys == Credentials(**GOOD | {"session_token": None})


async def test_keys_of_botocore_that_cannot_go_into_a_header_are_refused_and_not_shown() -> None:
    provide = provider_of(theirs.Credentials("AKIDEXAMPLE", "hunter2\n"), None, {})
    with pytest.raises(CredentialsError, match="secret_access_key") as caught:
        await provide()
    assert "hunter2" not in str(caught.value)


# Profiles


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three profiles with keys in the credentials file."""
    path = tmp_path / "credentials"
    path.write_text(
        "".join(
            f"[{name}]\naws_access_key_id = FROM{name}\naws_secret_access_key = {SECRET}\n"
            for name in ("default", "one", "two")
        )
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))


@pytest.mark.parametrize(
    ("named", "variables", "expected"),
    [
        (None, {}, "FROMdefault"),
        ("one", {}, "FROMone"),
        (None, {"AWS_PROFILE": "one"}, "FROMone"),
        (None, {"AWS_DEFAULT_PROFILE": "two"}, "FROMtwo"),
        (None, LONG_TERM, "AKIDEXAMPLE"),
        (None, LONG_TERM | {"AWS_PROFILE": "one"}, "AKIDEXAMPLE"),
        ("two", LONG_TERM, "FROMtwo"),
        ("two", LONG_TERM | {"AWS_PROFILE": "one"}, "FROMtwo"),
        ("two", {"AWS_ACCESS_KEY_ID": "half"}, "FROMtwo"),
    ],
)
@pytest.mark.usefixtures("profiles")
async def test_a_named_profile_goes_before_the_environment_as_in_botocore(
    monkeypatch: pytest.MonkeyPatch, named: str | None, variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Session(profile=named).get_credentials().access_key == expected
    assert (await provider_of(None, named, os.environ)()).access_key_id == expected


@pytest.mark.usefixtures("profiles")
async def test_aws_profile_goes_before_aws_default_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "one")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "two")
    assert (await provider_of(None, None, os.environ)()).access_key_id == "FROMone"
    monkeypatch.setenv("AWS_PROFILE", "")
    assert (await provider_of(None, None, os.environ)()).access_key_id == "FROMtwo"
