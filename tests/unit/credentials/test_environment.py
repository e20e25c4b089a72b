"""Credentials from the ``AWS_*`` environment variables."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from botocore.credentials import EnvProvider
from botocore.utils import parse_timestamp

from cognito_async.credentials import Credentials
from cognito_async.credentials._environment import credentials_from_environment, has_environment_credentials
from cognito_async.credentials._resolve import resolve_provider
from cognito_async.errors import CredentialsError

SECRET = "wJalrXUtnFEMI/K7MDENG"
TOKEN = "FQoGZXIvYXdzEXAMPLE"
LONG_TERM = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


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
def test_the_older_name_of_the_token_takes_precedence_as_in_botocore(
    tokens: dict[str, str], expected: str | None
) -> None:
    environment = LONG_TERM | tokens
    keys = credentials_from_environment(environment)
    assert keys == Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET, session_token=expected)
    assert (EnvProvider(environment).load().token or None) == keys.session_token


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_SESSION_TOKEN": TOKEN, "AWS_PROFILE": "work"},
    ],
)
def test_missing_credentials_are_an_error_that_lists_how_to_pass_them(environment: dict[str, str]) -> None:
    assert not has_environment_credentials(environment)
    with pytest.raises(CredentialsError, match=r"^no AWS credentials") as caught:
        credentials_from_environment(environment)
    for name in ("credentials=Credentials(", *LONG_TERM, "AWS_SESSION_TOKEN", "profile=", "AWS_PROFILE"):
        assert name in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("absent", [None, ""])
@pytest.mark.parametrize("missing", LONG_TERM)
async def test_a_missing_key_is_an_error_that_names_its_variable(missing: str, absent: str | None) -> None:
    environment = {name: value for name, value in LONG_TERM.items() if name != missing}
    if absent is not None:
        environment[missing] = absent
    for read in (credentials_from_environment, partial(resolve_provider, None, None)):
        with pytest.raises(
            CredentialsError, match=f"incomplete AWS credentials: {missing} is not set"
        ) as caught:
            read(environment)
        assert SECRET not in str(caught.value)


def test_a_line_break_in_a_variable_is_an_error_that_does_not_quote_the_secret() -> None:
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
def test_the_expiry_is_in_utc_unless_it_names_another_time_zone(text: str, expected: datetime | None) -> None:
    assert credentials_from_environment(LONG_TERM | {EXPIRATION: text}).expires_at == expected


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-01T00:00:00Z",
        " 2030-01-01T00:00:00+05:00\n",
        "Tue, 01 Jan 2030 00:00:00 GMT",
        "Tue, 1 Jan 2030 02:00:00 +0200",
        "Tue Jan  1 00:00:00 2030 UTC",
        "2030/01/01 00:00 UTC",
        "20300101T000000Z",
        "1893456000",
        "1893456000.5",
        " 1.893456e9 ",
        "20300101",  # a number: seconds since 1970
    ],
)
def test_the_expiry_is_read_in_all_forms_of_botocore(text: str) -> None:
    expires_at = credentials_from_environment(LONG_TERM | {EXPIRATION: text}).expires_at
    assert expires_at == parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "1900000000x",
        "2030-13-01T00:00:00Z",
        "nan",
        "inf",
        "1e300",
        "9" * 400,
        "never",
        "\udcff",
        "Jan 1 2030 00:00 QQT",
    ],
)
def test_a_malformed_expiry_is_ignored_with_a_warning(caplog: pytest.LogCaptureFixture, text: str) -> None:
    credentials = credentials_from_environment(LONG_TERM | {EXPIRATION: text})
    assert (credentials.access_key_id, credentials.expires_at) == ("AKIDEXAMPLE", None)
    assert [(record.name, record.levelname) for record in caplog.records] == [("cognito_async", "WARNING")]
    assert f"AWS_CREDENTIAL_EXPIRATION={text!r} is not a time" in caplog.text


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_blank_expiry_is_none(caplog: pytest.LogCaptureFixture, text: str) -> None:
    assert credentials_from_environment(LONG_TERM | {EXPIRATION: text}).expires_at is None
    assert caplog.text == ""
