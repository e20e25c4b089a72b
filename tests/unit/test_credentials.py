"""Credentials: what is refused, what is never shown, and the providers."""

from __future__ import annotations

import copy
import pickle

import pytest
from attrs.exceptions import FrozenInstanceError

from cognito_async.credentials import Credentials, credentials_from_environment, provider_of
from cognito_async.errors import CredentialsError

SECRET = "wJalrXUtnFEMI/K7MDENG"
TOKEN = "FQoGZXIvYXdzEXAMPLE"
GOOD = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": SECRET, "session_token": TOKEN}
LONG_TERM = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}


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


def test_a_token_is_optional() -> None:
    keys = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET)
    assert keys.session_token is None
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
    keys = Credentials(**GOOD)
    assert pickle.loads(pickle.dumps(keys)) == keys
    assert copy.deepcopy(keys) == keys


async def test_credentials_are_provided_as_they_are_whatever_the_environment_says() -> None:
    keys = Credentials(**GOOD)
    provide = provider_of(keys, LONG_TERM)
    assert await provide() is keys
    assert await provide() is keys


async def test_a_provider_is_asked_at_every_call() -> None:
    rotating = iter([Credentials(**GOOD | {"access_key_id": name}) for name in ("first", "second")])

    async def rotate() -> Credentials:
        return next(rotating)

    provide = provider_of(rotate, LONG_TERM)
    assert [(await provide()).access_key_id for _ in range(2)] == ["first", "second"]


async def test_an_error_of_a_provider_is_passed_on() -> None:
    async def fail() -> Credentials:
        raise LookupError("the vault is sealed")

    with pytest.raises(LookupError, match="the vault is sealed"):
        await provider_of(fail, LONG_TERM)()


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
def test_the_older_name_of_the_token_goes_first(tokens: dict[str, str], expected: str | None) -> None:
    assert credentials_from_environment(LONG_TERM | tokens) == Credentials(
        **GOOD | {"session_token": expected}
    )


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_SESSION_TOKEN": TOKEN, "AWS_PROFILE": "work"},
    ],
)
def test_no_credentials_is_an_error_that_says_how_to_give_some(environment: dict[str, str]) -> None:
    with pytest.raises(CredentialsError, match=r"^no AWS credentials") as caught:
        credentials_from_environment(environment)
    for name in ("credentials=Credentials(", *LONG_TERM, "AWS_SESSION_TOKEN"):
        assert name in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("absent", [None, ""])
@pytest.mark.parametrize("missing", LONG_TERM)
def test_half_of_the_credentials_is_an_error_that_names_the_other_half(
    missing: str, absent: str | None
) -> None:
    environment = {name: value for name, value in LONG_TERM.items() if name != missing}
    if absent is not None:
        environment[missing] = absent
    with pytest.raises(
        CredentialsError, match=f"half of the AWS credentials: {missing} is not set"
    ) as caught:
        credentials_from_environment(environment)
    assert SECRET not in str(caught.value)


def test_a_line_break_in_a_variable_is_refused_and_the_secret_not_shown() -> None:
    with pytest.raises(CredentialsError, match="secret_access_key") as caught:
        credentials_from_environment(LONG_TERM | {"AWS_SECRET_ACCESS_KEY": f"{SECRET}\n"})
    assert SECRET not in str(caught.value)


async def test_without_credentials_the_environment_is_read_at_every_call() -> None:
    environment: dict[str, str] = {}
    provide = provider_of(None, environment)
    with pytest.raises(CredentialsError, match="no AWS credentials"):
        await provide()
    environment |= LONG_TERM
    assert (await provide()).access_key_id == "AKIDEXAMPLE"
    environment["AWS_ACCESS_KEY_ID"] = "AKIDROTATED"
    assert (await provide()).access_key_id == "AKIDROTATED"
