"""``Config``: its URL, its text without passwords, and equality."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from cognito_async.config import Config
from cognito_async.config._resolve import complete_config, resolve_config
from cognito_async.errors import ConfigurationError


def resolve(environment: dict[str, str] | None = None, **arguments: Any) -> Config:
    return resolve_config(arguments, environment or {})


# The URL


def test_a_missing_region_is_an_error_when_url_or_signing_region_is_read() -> None:
    config = resolve()
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        _ = config.url
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        _ = config.signing_region


def test_an_endpoint_url_without_a_region_is_enough_for_the_url_but_not_for_signatures() -> None:
    config = resolve(endpoint_url="http://127.0.0.1:5000")
    assert config.url == "http://127.0.0.1:5000"
    with pytest.raises(ConfigurationError, match="region"):
        _ = config.signing_region


def test_an_endpoint_url_replaces_the_endpoint_of_the_region_but_not_the_signing_region() -> None:
    config = resolve(region="eu-west-1", endpoint_url="http://127.0.0.1:5000")
    assert config.url == "http://127.0.0.1:5000"
    assert config.signing_region == "eu-west-1"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:80", "app.localhost"],
)
def test_http_to_this_machine_is_allowed(host: str) -> None:
    assert resolve(endpoint_url=f"http://{host}").url == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "cognito-idp.eu-west-1.amazonaws.com",
        "10.0.0.1",
        "192.168.1.1:5000",
        "128.0.0.1",
        "127.0.0.1.example.com",
        "127.999.999.999",
        "127.1",
        "localhost.example.com",
        "notlocalhost",
        "example.com:80/localhost",
        "example.com/?a=localhost",
        "[::2]",
        "moto",
    ],
)
def test_http_to_another_machine_requires_allow_http(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"unencrypted.*allow_http=True"):
        _ = resolve(endpoint_url=f"http://{host}").url
    assert resolve(endpoint_url=f"http://{host}", allow_http=True).url == f"http://{host}"
    assert resolve(endpoint_url=f"https://{host}").url == f"https://{host}"


def test_a_region_is_the_only_required_setting() -> None:
    config = Config(region="eu-west-1")
    assert config.url == "https://cognito-idp.eu-west-1.amazonaws.com"
    assert str(config)


# Text, without passwords and queries


def test_str_is_a_table_with_a_row_for_each_setting() -> None:
    environment = {"AWS_REGION": "eu-west-1", "AWS_PROFILE": "work"}
    config = resolve(environment, proxy="http://user:hunter2@proxy:1", timeout=7)
    config = complete_config(config, {"max_attempts": "9"}, environment)
    lines = str(config).splitlines()
    names = [field.name for field in attrs.fields(Config) if field.name != "sources"]
    assert [line.split()[0] for line in lines] == names
    starts = {re.match(r"\S+ +(\S+|\(.*?\)) +(?=\S)", line).end() for line in lines}  # type: ignore[union-attr]
    assert len(starts) == 1, "the third column is not aligned"
    rows = {line.split()[0]: re.split(r"  +", line)[1:] for line in lines}
    assert rows["region"] == ["'eu-west-1'", "AWS_REGION"]
    assert rows["profile"] == ["'work'", "AWS_PROFILE"]
    assert rows["max_attempts"] == ["9", "profile work"]
    assert rows["timeout"] == ["7.0", "argument"]
    assert rows["proxy"] == ["'http://***@proxy:1'", "argument"]
    assert rows["verify"] == ["True", "default"]
    assert "hunter2" not in str(config) + repr(config)


@pytest.mark.parametrize(
    "password", ["hunter2", "hunter%402", "hunter@2", "hunter/2", "hunter2@@", "h:unter2"]
)
def test_the_password_of_a_proxy_is_masked_in_any_spelling(password: str) -> None:
    try:
        config = resolve(proxy=f"http://user:{password}@proxy.example:3128", region="eu-west-1")
    except ConfigurationError as error:
        text = str(error)
    else:
        text = str(config) + repr(config)
        assert "//***@proxy.example:3128" in text
        assert config.proxy == f"http://user:{password}@proxy.example:3128"
    assert "unter" not in text
    assert "2@" not in text


QUERY = "?token=hunter2&user=a?b"


def test_the_query_of_an_endpoint_url_is_sent_but_not_shown() -> None:
    config = resolve(endpoint_url=f"https://idp.example/pools{QUERY}")
    assert config.url == f"https://idp.example/pools{QUERY}"
    assert "endpoint_url='https://idp.example/pools?***'" in repr(config)
    assert "hunter2" not in f"{config} {config!r}"


@pytest.mark.parametrize(
    ("scheme", "switches"), [("http", {}), ("https", {"use_fips": True}), ("https", {"use_dualstack": True})]
)
def test_errors_show_an_endpoint_url_without_its_query(scheme: str, switches: dict[str, Any]) -> None:
    config = resolve(endpoint_url=f"{scheme}://idp.example{QUERY}", **switches)
    with pytest.raises(ConfigurationError, match=rf"'{scheme}://idp\.example\?\*\*\*'") as caught:
        _ = config.url
    assert "hunter2" not in str(caught.value)


# The class


def test_a_config_is_frozen_and_keyword_only() -> None:
    config = Config(region="eu-west-1")
    with pytest.raises(FrozenInstanceError):
        config.region = "eu-west-2"
    with pytest.raises(TypeError):
        Config("eu-west-1")


def test_configs_with_equal_settings_are_equal_whatever_their_origins() -> None:
    assert resolve(region="eu-west-1") == resolve({"AWS_REGION": "eu-west-1"})
    assert resolve(region="eu-west-1") != resolve(region="eu-west-2")
    assert hash(resolve(region="eu-west-1")) == hash(resolve({"AWS_REGION": "eu-west-1"}))
