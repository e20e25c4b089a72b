"""Settings: where they come from, and which ones are refused."""

from __future__ import annotations

from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError

from cognito_async.config import Config, resolve_config
from cognito_async.errors import ConfigurationError


def resolve(environment: dict[str, str] | None = None, **changes: Any) -> Config:
    settings = {"region": None, "endpoint_url": None, "max_connections": 50}
    return resolve_config(**(settings | changes), environment=environment or {})


@pytest.mark.parametrize(
    ("region", "environment", "expected"),
    [
        ("eu-west-1", {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-1"),
        (None, {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-2"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        (None, {}, None),
    ],
)
def test_an_argument_precedes_aws_region_which_precedes_aws_default_region(
    region: str | None, environment: dict[str, str], expected: str | None
) -> None:
    assert resolve(environment, region=region).region == expected


@pytest.mark.parametrize("region", [None, ""])
def test_an_empty_region_counts_as_none(region: str | None) -> None:
    environment = {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-3"}
    assert resolve(environment, region=region).region == "eu-west-3"
    assert resolve({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, region=region).region is None


@pytest.mark.parametrize("region", ["eu-west-1", "US-EAST-1", "zz-fantasy-1", "local", "a" * 63])
def test_a_region_that_is_a_host_label_is_taken_as_it_is(region: str) -> None:
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
        "user@evil",
        "eu-west-1:80",
        "eu-wést-1",
        "\u0665",
        "a" * 64,
    ],
)
@pytest.mark.parametrize("variable", [None, "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_that_cannot_be_part_of_a_host_is_refused(region: str, variable: str | None) -> None:
    with pytest.raises(ConfigurationError, match="eu-west-1") as caught:
        resolve({variable: region}) if variable else resolve(region=region)
    assert repr(region) in str(caught.value)


def test_a_missing_region_is_an_error_when_it_is_first_needed() -> None:
    config = resolve()
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        _ = config.url
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        _ = config.signing_region


def test_an_endpoint_alone_is_enough_for_the_url_but_not_for_signatures() -> None:
    config = resolve(endpoint_url="http://127.0.0.1:5000")
    assert config.url == "http://127.0.0.1:5000"
    with pytest.raises(ConfigurationError, match="region"):
        _ = config.signing_region


def test_the_url_is_that_of_the_region() -> None:
    config = resolve(region="cn-north-1")
    assert config.url == "https://cognito-idp.cn-north-1.amazonaws.com.cn"
    assert config.signing_region == "cn-north-1"


def test_an_endpoint_url_replaces_that_of_the_region_which_still_signs() -> None:
    config = resolve(region="eu-west-1", endpoint_url="http://127.0.0.1:5000")
    assert config.url == "http://127.0.0.1:5000"
    assert config.signing_region == "eu-west-1"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5000",
        "https://cognito-idp.eu-west-1.amazonaws.com/",
        "HTTPS://Example.COM:443/base/%2F?a=1&b",
        "http://[::1]:5000",
        "http://emulator_1:65535/a/../b",
    ],
)
def test_an_http_url_is_kept_as_it_was_given(url: str) -> None:
    assert resolve(endpoint_url=url).endpoint_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
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
def test_what_is_no_url_of_an_endpoint_is_refused_and_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="endpoint_url") as caught:
        resolve(endpoint_url=url)
    assert repr(url) in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://user:hunter2@localhost", "http://hunter2@localhost", "hunter2@localhost", "http://@localhost"],
)
def test_a_url_with_a_user_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no user") as caught:
        resolve(endpoint_url=url)
    assert "hunter2" not in str(caught.value)
    assert "@" not in str(caught.value)


def test_an_at_sign_in_a_path_is_no_user() -> None:
    assert resolve(endpoint_url="http://localhost/a@b").url == "http://localhost/a@b"


@pytest.mark.parametrize("number", [1, 50, 10_000])
def test_any_number_of_connections_from_one_is_accepted(number: int) -> None:
    assert resolve(max_connections=number).max_connections == number


@pytest.mark.parametrize("number", [0, -1, 1.5, "50", None])
def test_a_number_of_connections_below_one_or_no_number_is_refused(number: object) -> None:
    with pytest.raises(ConfigurationError, match="max_connections"):
        resolve(max_connections=number)


def test_a_config_has_defaults_that_work_for_every_region() -> None:
    config = Config(region="eu-west-1")
    assert (config.endpoint_url, config.max_connections) == (None, 50)
    assert config.connect_timeout > 0
    assert config.read_timeout > 0


def test_a_config_is_frozen_and_keyword_only() -> None:
    config = Config(region="eu-west-1")
    with pytest.raises(FrozenInstanceError):
        config.region = "eu-west-2"
    with pytest.raises(TypeError):
        Config("eu-west-1")


def test_equal_settings_make_equal_configs() -> None:
    assert resolve(region="eu-west-1") == resolve({"AWS_REGION": "eu-west-1"})
    assert resolve(region="eu-west-1") != resolve(region="eu-west-2")
