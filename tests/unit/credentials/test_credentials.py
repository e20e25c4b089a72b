"""``Credentials``: validation without quoting secrets, masking, equality."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from attrs.exceptions import FrozenInstanceError

from cognito_async.credentials import Credentials
from cognito_async.errors import CredentialsError

SECRET = "wJalrXUtnFEMI/K7MDENG"
TOKEN = "FQoGZXIvYXdzEXAMPLE"
VALID = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": SECRET, "session_token": TOKEN}


@pytest.mark.parametrize("name", VALID)
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
def test_a_value_that_a_header_cannot_carry_is_an_error_that_does_not_quote_it(name: str, value: str) -> None:
    with pytest.raises(CredentialsError, match=f"{name}.*printable ASCII") as caught:
        Credentials(**VALID | {name: value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize(
    ("value", "kind"), [(b"", "bytes"), (b"hunter2", "bytes"), (5, "int"), (["hunter2"], "list")]
)
def test_a_value_that_is_not_a_string_is_an_error_that_does_not_quote_it(
    name: str, value: object, kind: str
) -> None:
    with pytest.raises(CredentialsError, match=f"{name} must be a non-empty string.* got {kind}$") as caught:
        Credentials(**VALID | {name: value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key"])
def test_an_empty_key_is_an_error(name: str) -> None:
    with pytest.raises(CredentialsError, match=f"{name} must be a non-empty string, got str"):
        Credentials(**VALID | {name: ""})


def test_an_empty_session_token_is_none() -> None:
    assert Credentials(**VALID | {"session_token": ""}) == Credentials(**VALID | {"session_token": None})


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key"])
def test_the_keys_are_required(name: str) -> None:
    with pytest.raises(CredentialsError, match=f"{name} .* NoneType"):
        Credentials(**VALID | {name: None})


@pytest.mark.parametrize("expiry", [datetime(2030, 1, 1), "2030-01-01T00:00:00Z", 1_900_000_000, 0])  # noqa: DTZ001
def test_the_expiry_must_be_a_datetime_with_time_zone(expiry: object) -> None:
    with pytest.raises(CredentialsError, match="expires_at must be a datetime with time zone"):
        Credentials(**VALID, expires_at=expiry)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5))])
def test_the_expiry_may_have_any_time_zone(zone: timezone) -> None:
    expiry = datetime(2030, 1, 1, tzinfo=zone)
    assert Credentials(**VALID, expires_at=expiry).expires_at == expiry


def test_session_token_and_expiry_are_optional() -> None:
    keys = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET)
    assert (keys.session_token, keys.expires_at) == (None, None)
    assert keys == Credentials(**VALID | {"session_token": None})


def test_every_printable_ascii_character_is_accepted_and_kept() -> None:
    text = "".join(map(chr, range(0x20, 0x7F)))
    keys = Credentials(access_key_id=text, secret_access_key=text, session_token=text)
    assert (keys.access_key_id, keys.secret_access_key, keys.session_token) == (text, text, text)


def test_repr_masks_the_secret_and_the_token_but_not_the_id() -> None:
    text = repr(Credentials(**VALID))
    assert text == str(Credentials(**VALID))
    assert SECRET not in text
    assert TOKEN not in text
    assert "AKIDEXAMPLE" in text


def test_repr_shows_whether_a_token_is_set() -> None:
    assert "session_token=None" in repr(Credentials(**VALID | {"session_token": None}))
    assert "session_token='***'" in repr(Credentials(**VALID))


def test_credentials_are_frozen_and_keyword_only() -> None:
    keys = Credentials(**VALID)
    with pytest.raises(FrozenInstanceError):
        keys.secret_access_key = "another"
    with pytest.raises(TypeError):
        Credentials("AKIDEXAMPLE", SECRET)


@pytest.mark.parametrize("name", VALID)
def test_credentials_are_equal_if_all_values_are(name: str) -> None:
    assert Credentials(**VALID) == Credentials(**VALID)
    assert Credentials(**VALID) != Credentials(**VALID | {name: "another"})


def test_credentials_pickle_and_copy() -> None:
    keys = Credentials(**VALID, expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert pickle.loads(pickle.dumps(keys)) == keys
    assert copy.deepcopy(keys) == keys
