"""Variables and profile keys that an organisation sets for all programs: a wrong one stops nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import product
from typing import Any

import attrs
import pytest
from botocore.loaders import create_loader
from botocore.session import Session

from cognito_async.config import Config
from cognito_async.config._resolve import environment_proxy, resolve_config
from cognito_async.errors import ConfigurationError
from support.transports import ScriptedTransport, client_with

Files = Callable[..., None]
FIELDS = {setting.name: setting for setting in attrs.fields(Config) if setting.metadata.get("variables")}
TUNING = {name for name, setting in FIELDS.items() if setting.metadata["reader"] is not None}
FLAGS = ("use_fips", "use_dualstack", "ignore_configured_endpoint_urls")

LOADER = create_loader()


def botocore_client(**arguments: Any) -> Any:
    """Return a client of botocore for the current environment; all clients share the parsed models."""
    session = Session()
    session.register_component("data_loader", LOADER)
    return session.create_client("cognito-idp", **arguments)


# Setting, text of the variable or key, value, whether there is a warning.
READ: list[tuple[str, str, Any, bool]] = [
    *((flag, text, True, False) for flag, text in product(FLAGS, ("true", " TRUE ", "tRuE\t"))),
    *((flag, text, False, False) for flag, text in product(FLAGS, ("false", " False ", "  "))),
    *((flag, text, False, True) for flag, text in product(FLAGS, ("1", "0", "yes", "on", "tru e", "\u00e9"))),
    *(("direct_http", text, False, False) for text in ("false", " FALSE ")),
    *(("direct_http", text, True, False) for text in ("true", "  ")),
    *(("direct_http", text, True, True) for text in ("0", "no")),
    *(("retry_mode", text, "adaptive", False) for text in ("adaptive", "Adaptive", " ADAPTIVE ")),
    *(("retry_mode", text, "standard", False) for text in ("legacy", " Legacy", "Standard", "  ")),
    *(("retry_mode", text, "standard", True) for text in ("none", "3", "sometimes", "adaptive,off")),
    ("retry_mode", "OFF", "off", False),
    *(("max_attempts", text, 4, False) for text in ("4", " 4 ", "+4", "04", "4\n")),
    *(("max_attempts", text, 3, True) for text in ("0", "-1", "3.0", "many", "0x4", "9" * 19, "9" * 5000)),
    ("max_attempts", "  ", 3, False),
    ("max_attempts", "9" * 18, 10**18 - 1, False),
    ("app_id", "team:billing", "team-billing", False),
    ("app_id", " shop ", "shop", False),
    ("app_id", "a/b c@d#e\u00e9\tf", "a-b-c-d-e--f", False),
    ("app_id", "x" * 60, "x" * 60, False),
    ("app_id", "  ", None, False),
    ("ca_bundle", "  ", None, False),
    ("ca_bundle", "/a b.pem", "/a b.pem", False),
]
# Values that decide where requests go, or with which identity.
REJECTED = [
    *(("region", text) for text in (" ", " eu-west-1", "eu_west_1", "eu-west-1.example", "1")),
    *(
        ("endpoint_url", text)
        for text in (" ", "localhost:5000", "ftp://a", "http://a b", " http://localhost")
    ),
]


def test_the_tables_have_every_variable_that_is_read() -> None:
    assert {row[0] for row in READ} == TUNING
    assert {name for name, _ in REJECTED} | {"profile"} == set(FIELDS) - TUNING


@pytest.mark.parametrize(("name", "text", "expected", "warns"), READ)
def test_a_variable_that_only_tunes_is_normalized_or_replaced_by_the_default(
    caplog: pytest.LogCaptureFixture, name: str, text: str, expected: Any, *, warns: bool
) -> None:
    for variable in FIELDS[name].metadata["variables"]:
        caplog.clear()
        assert getattr(resolve_config({}, {variable: text}), name) == expected
        assert [(record.name, record.levelno) for record in caplog.records] == (
            [("cognito_async", logging.WARNING)] if warns else []
        )
        if warns:
            shown = repr(text) if len(text) < 4300 else f"'{text}'"
            assert caplog.text.count(f"{variable}={shown} is not ") == 1
            assert f"the default {FIELDS[name].default!r} is used" in caplog.text


@pytest.mark.parametrize(
    ("name", "text", "expected", "warns"),
    [row for row in READ if FIELDS[row[0]].metadata["key"] and row[1].isascii() and row[1].strip(" \n\t")],
)
async def test_a_key_that_only_tunes_is_normalized_or_replaced_by_the_default(
    shared_files: Files, caplog: pytest.LogCaptureFixture, name: str, text: str, expected: Any, *, warns: bool
) -> None:
    key = FIELDS[name].metadata["key"]
    shared_files(f"[default]\nregion = eu-west-1\n{key} = {text.strip()}\n")
    client = client_with(ScriptedTransport(), region=None)
    await client._pipeline.prepare()
    assert getattr(client.config, name) == expected
    assert (f"{key} in profile default: " in caplog.text) is warns


def test_a_warning_does_not_show_what_may_be_a_password(caplog: pytest.LogCaptureFixture) -> None:
    assert resolve_config({}, {"AWS_MAX_ATTEMPTS": "https://ana:hunter2@example.com"}).max_attempts == 3
    assert "AWS_MAX_ATTEMPTS=(not shown, it may contain a password) is not a number" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(("name", "text"), REJECTED)
async def test_a_variable_or_key_that_decides_where_requests_go_stays_an_error(
    shared_files: Files, name: str, text: str
) -> None:
    for variable in FIELDS[name].metadata["variables"]:
        with pytest.raises(ConfigurationError, match=f"^{variable}="):
            resolve_config({}, {variable: text})
    if text.strip() == text:
        shared_files(f"[default]\n{name} = {text}\n")
        with pytest.raises(ConfigurationError, match=f"^{name} in profile default: "):
            await client_with(ScriptedTransport(), region=None)._pipeline.prepare()


VALUES = ["  ", " true ", "x", "a:b", "0", "-1", " 4 ", "1.5", "Adaptive", "9" * 30, "off", "é", "/x y"]


@pytest.mark.parametrize("text", VALUES)
@pytest.mark.parametrize("variable", [each for name in FIELDS for each in FIELDS[name].metadata["variables"]])
async def test_no_variable_stops_the_client_that_botocore_accepts(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    if variable not in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv(variable, text)
    try:
        botocore_client()
    except Exception:  # noqa: BLE001  botocore raises many types
        accepted = False
    else:
        accepted = variable != "AWS_REGION"  # which botocore does not read
    try:
        await client_with(ScriptedTransport(), region=None)._pipeline.prepare()
    except ConfigurationError:
        assert not accepted
        assert not any(variable in FIELDS[name].metadata["variables"] for name in TUNING)


# Flags beside an endpoint URL

ENDPOINT = "http://127.0.0.1:5000"
NAMES = [("use_fips", "AWS_USE_FIPS_ENDPOINT"), ("use_dualstack", "AWS_USE_DUALSTACK_ENDPOINT")]


@pytest.mark.parametrize(("name", "variable"), NAMES)
@pytest.mark.parametrize("endpoint_from", ["argument", "AWS_ENDPOINT_URL", "profile"])
@pytest.mark.parametrize("flag_from", ["variable", "profile"])
async def test_a_flag_from_the_environment_is_ignored_beside_an_endpoint_url_as_in_botocore(  # noqa: PLR0917
    shared_files: Files,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    variable: str,
    endpoint_from: str,
    flag_from: str,
) -> None:
    profile = "[default]\nregion = eu-west-1\n"
    if flag_from == "variable":
        monkeypatch.setenv(variable, "true")
    else:
        profile += f"{name}_endpoint = true\n"
    if endpoint_from == "AWS_ENDPOINT_URL":
        monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    elif endpoint_from == "profile":
        profile += f"endpoint_url = {ENDPOINT}\n"
    shared_files(profile)
    argument = ENDPOINT if endpoint_from == "argument" else None
    theirs = botocore_client(endpoint_url=argument).meta.endpoint_url
    client = client_with(ScriptedTransport(), region=None, endpoint_url=argument)
    if endpoint_from == "argument":
        assert client.config.url == ENDPOINT
    await client._pipeline.prepare()
    assert client.config.url == theirs == ENDPOINT
    assert getattr(client.config, name) is False
    assert name not in client.config.sources
    source = variable if flag_from == "variable" else "profile default"
    assert f"{name} from {source} is ignored, because endpoint_url is set" in caplog.text


async def test_a_flag_counts_if_the_profile_ignores_the_endpoint_url(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    shared_files("[default]\nregion = us-east-1\nignore_configured_endpoint_urls = true\n")
    client = client_with(ScriptedTransport(), region=None)
    await client._pipeline.prepare()
    assert client.config.url == "https://cognito-idp-fips.us-east-1.amazonaws.com"
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["use_fips", "use_dualstack"])
def test_a_flag_passed_as_an_argument_beside_an_endpoint_url_stays_an_error(name: str) -> None:
    for arguments, environment in (
        ({name: True, "endpoint_url": ENDPOINT}, {}),
        ({name: True}, {"AWS_ENDPOINT_URL": ENDPOINT}),
    ):
        with pytest.raises(ConfigurationError, match=f"{name} and endpoint_url exclude each other"):
            _ = resolve_config(arguments, environment).url


# Other variables


@pytest.mark.parametrize(
    ("text", "expected"), [("  ", None), (" http://a:1 ", "http://a:1"), ("a:1\n", "http://a:1")]
)
def test_spaces_around_a_proxy_are_removed_and_a_blank_one_is_none(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: str | None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", text)
    found = environment_proxy("https://example.com", {"HTTPS_PROXY": text})
    assert found == (None if expected is None else (expected, "HTTPS_PROXY"))


async def test_a_blank_requests_ca_bundle_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "  ")
    client = client_with(ScriptedTransport())
    await client._pipeline.prepare()
    assert client.config.ca_bundle is None


# Regions

REGIONS = [
    "eu-west-1",
    "fips-us-east-1",
    "us-east-1-fips",
    "fips-us-gov-west-1",
    "us-fips-east-1",
    "fips-ca-central-1",
]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("how", ["argument", "variable", "profile"])
@pytest.mark.parametrize("flag", [None, "false", "true"])
async def test_a_pseudo_region_is_its_region_with_fips_as_in_botocore(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch, region: str, how: str, flag: str | None
) -> None:
    if how == "variable":
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    elif how == "profile":
        shared_files(f"[default]\nregion = {region}\n")
    if flag:
        monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", flag)
    argument = region if how == "argument" else None
    theirs = botocore_client(region_name=argument)
    transport = ScriptedTransport()
    client = client_with(transport, region=argument)
    await client.list_user_pools(max_results=1)
    assert client.config.url == theirs.meta.endpoint_url
    assert client.config.region == client.config.signing_region == theirs.meta.region_name
    assert f"/{theirs.meta.region_name}/cognito-idp/" in transport.headers["Authorization"]
    if "fips" in region:
        assert client.config.use_fips is True
        source = "AWS_USE_FIPS_ENDPOINT" if flag == "true" else f"region {region}"
        assert client.config.sources["use_fips"] == source


@pytest.mark.parametrize("region", ["EU-West-1", "US-EAST-1", "FIPS-US-East-1"])
def test_a_region_is_in_lower_case(region: str) -> None:
    for config in (resolve_config({"region": region}, {}), resolve_config({}, {"AWS_REGION": region})):
        assert config.region == region.lower().removeprefix("fips-")
        assert config.url == config.url.lower()


@pytest.mark.parametrize("region", ["fips-", "fips-1", "1-fips", "fips-fips-", "-fips"])
def test_a_pseudo_region_without_a_region_is_an_error(region: str) -> None:
    with pytest.raises(ConfigurationError, match="is not the name of a region"):
        resolve_config({"region": region}, {})
