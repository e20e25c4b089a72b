"""Validation of settings: the accepted values, and errors that name the origin of an invalid one."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from cognito_async import CognitoClient
from cognito_async.config import Config
from cognito_async.config._resolve import resolve_config
from cognito_async.errors import ConfigurationError


def resolve(environment: dict[str, str] | None = None, **arguments: Any) -> Config:
    return resolve_config(arguments, environment or {})


@pytest.mark.parametrize("region", ["eu-west-1", "zz-fantasy-1", "local", "a" * 63])
def test_a_region_may_be_any_host_label(region: str) -> None:
    assert resolve(region=region).region == region


@pytest.mark.parametrize(
    "region",
    [
        "eu_west_1",
        "eu west 1",
        " eu-west-1",
        "eu-west-1\n",
        "-eu-west-1",
        "eu-west-1-",
        "eu-west-1.evil.example",
        "evil.example/",
        "evil.example#",
        "eu-west-1:80",
        "eu-wést-1",
        "12345",
        "\u0665",
        "a" * 64,
    ],
)
@pytest.mark.parametrize("variable", [None, "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_that_is_not_a_host_label_is_an_error(region: str, variable: str | None) -> None:
    with pytest.raises(ConfigurationError, match="eu-west-1") as caught:
        resolve({variable: region}) if variable else resolve(region=region)
    assert str(caught.value).startswith(f"{variable or 'region'}={region!r} is not")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5000",
        "https://cognito-idp.eu-west-1.amazonaws.com/",
        "HTTPS://Example.COM:443/base/%2F?a=1&b",
        "http://[::1]:5000",
        "http://emulator_1:65535/a/../b",
        "http://localhost/a@b",
    ],
)
def test_an_http_url_is_kept_unchanged(url: str) -> None:
    assert resolve(endpoint_url=url).endpoint_url == url


@pytest.mark.parametrize(
    "url",
    [
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "//localhost",
        "http:localhost",
        "http://",
        "http://:5000",
        "http:///path",
        "ftp://localhost",
        "file:///etc/passwd",
        "http://localhost:0",
        "http://localhost:65536",
        "http://localhost:port",
        "http://localhost:-1",
        "http://[::1",
        "http://::1]",
        "http://[localhost]",
        "http://[::1]http://localhost",
        "http://localhost[::1]",
        "http://[::1]]",
        "http://[::1]localhost:80",
        "http://localhost/#fragment",
        "http://local host",
        "http://localhost/a b",
        " http://localhost",
        "http://localhost\n",
        "http://localhost/\r\nHost: evil",
        "http://local\thost",
        "http://localhost/\x00",
        "http://münchen.example",
        "http://localhost/\u00e9",
        "http://localhost:\u0665",
    ],
)
@pytest.mark.parametrize("origin", ["endpoint_url=", "AWS_ENDPOINT_URL"])
def test_an_invalid_endpoint_url_is_an_error_that_quotes_it(url: str, origin: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(endpoint_url=url) if origin == "endpoint_url=" else resolve({origin: url})
    assert str(caught.value).startswith(f"{origin.rstrip('=')}={url!r} is not a URL")


@pytest.mark.parametrize(
    "url",
    ["http://user:hunter2@localhost", "http://hunter2@localhost", "hunter2@localhost", "http://@localhost"],
)
def test_an_endpoint_url_with_a_user_is_an_error_that_does_not_quote_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no user") as caught:
        resolve(endpoint_url=url)
    assert "hunter2" not in str(caught.value)
    assert "@" not in str(caught.value)


@pytest.mark.parametrize(
    "proxy", ["ftp://user:hunter2@proxy", "user:hunter2@proxy:3128", "http://u:hunter2@ö"]
)
def test_the_error_of_an_invalid_proxy_does_not_show_its_password(proxy: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^proxy=.not shown, it may contain a password. is not a URL"
    ) as caught:
        resolve(proxy=proxy)
    assert "hunter2" not in str(caught.value)


INVALID: list[tuple[str, Any]] = [
    *(("endpoint_url", value) for value in ("", b"http://localhost", 5)),
    *(("region", value) for value in ("", 5, b"eu-west-1")),
    *(("profile", value) for value in ("", 5)),
    *((name, value) for name in ("use_fips", "verify", "allow_http") for value in (1, 0, [])),
    *(("retry_mode", value) for value in ("", "Standard", "none", False, 3)),
    *(("max_attempts", value) for value in (0, -1, 1.5, True, "0", "three", " 3", "3.0", "\u0663")),
    *(("max_connections", value) for value in (0, -1, 1.5, True, [])),
    *(
        (name, value)
        for name in ("timeout", "connect_timeout", "read_timeout", "keepalive_timeout")
        for value in (0, -1, "5", True, float("nan"), [5], 10**400)
    ),
    *(
        ("proxy", value)
        for value in ("proxy:3128", "socks5://proxy", "http://", 5, "http://a\nb", "http://é")
    ),
    *(("ca_bundle", value) for value in ("", True, 5)),
    *(("client_cert", value) for value in ("", 5, ("a",), ("a", ""), ("a", "b", "c"), ["a", "b"])),
    *(("app_id", value) for value in ("a\r\nb", "é", "a@b", 5)),
    *(("user_agent_extra", value) for value in ("a\nX-Evil: 1", "\x00", "ü", 5)),
]


@pytest.mark.parametrize(
    ("name", "value"), INVALID, ids=[f"{name}={str(value)[:20]!r}" for name, value in INVALID]
)
def test_the_error_of_an_invalid_value_names_its_argument(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}=.* is not ") as caught:
        CognitoClient(**{name: value})
    assert caught.value.__cause__ is None


# Numbers with too many digits for Python to print, and a list nested too deeply for it.
TOO_LONG = 10**5000
TOO_DEEP: list[Any] = []
for _ in range(100_000):
    TOO_DEEP = [TOO_DEEP]


@pytest.mark.parametrize(
    "name", ["timeout", "max_attempts", "max_connections", "region", "proxy", "use_fips"]
)
@pytest.mark.parametrize("value", [TOO_LONG, -TOO_LONG, TOO_DEEP], ids=["long", "long negative", "deep"])
def test_a_value_that_cannot_be_printed_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}=.too long to show. is not "):
        CognitoClient(**{name: value})


@pytest.mark.parametrize("options", [{"timeout": TOO_LONG}, {"retries": TOO_LONG}, {"retries": -TOO_LONG}])
def test_an_option_that_cannot_be_printed_is_an_error(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="too long to show"):
        CognitoClient().with_options(**options)


def test_a_count_has_at_most_18_digits() -> None:
    assert resolve(max_attempts=10**18 - 1).max_attempts == 10**18 - 1
    with pytest.raises(ConfigurationError, match="is not a number of at least 1, with at most 18 digits"):
        resolve(max_attempts=10**18)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("standard", "standard"), ("adaptive", "adaptive"), ("off", "off"), ("legacy", "standard")],
)
def test_retry_modes(value: str, expected: str) -> None:
    assert resolve(retry_mode=value).retry_mode == expected
    assert resolve({"AWS_RETRY_MODE": value}).retry_mode == expected


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "tRuE"])
def test_the_text_true_in_any_case_is_true(text: str) -> None:
    assert resolve({"AWS_USE_FIPS_ENDPOINT": text}).use_fips is True


@pytest.mark.parametrize("text", ["false", "1", "yes", "on", "0"])
def test_all_other_text_is_false_as_in_botocore(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", text)
    client = Session().create_client("cognito-idp", region_name="eu-west-1")
    assert "fips" not in client.meta.endpoint_url
    assert resolve({"AWS_USE_FIPS_ENDPOINT": text}).use_fips is False
