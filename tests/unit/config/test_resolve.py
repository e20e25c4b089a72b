"""Where the settings of a client come from: arguments, variables, profiles, defaults, and their precedence."""

from __future__ import annotations

import copy
import inspect
import os
import re
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from botocore.exceptions import ProfileNotFound
from botocore.httpsession import ProxyConfiguration
from botocore.session import Session
from botocore.utils import get_environ_proxies

from cognito_async import CognitoClient
from cognito_async.config import Config
from cognito_async.config._resolve import complete_config, environment_proxy, resolve_config, with_proxy
from cognito_async.errors import ConfigurationError
from support.transports import ScriptedTransport, client_with

Files = Callable[..., None]

# Name, argument and its result, variables, key in the files, text there and its result, default.
SETTINGS: list[tuple[str, Any, Any, list[str], str | None, str, Any, Any]] = [
    (
        "region",
        "eu-west-1",
        "eu-west-1",
        ["AWS_REGION", "AWS_DEFAULT_REGION"],
        "region",
        "sa-east-1",
        "sa-east-1",
        None,
    ),
    (
        "endpoint_url",
        "http://127.0.0.1:1",
        "http://127.0.0.1:1",
        ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"],
        "endpoint_url",
        "http://127.0.0.1:2",
        "http://127.0.0.1:2",
        None,
    ),
    ("use_fips", True, True, ["AWS_USE_FIPS_ENDPOINT"], "use_fips_endpoint", "true", True, False),
    (
        "use_dualstack",
        True,
        True,
        ["AWS_USE_DUALSTACK_ENDPOINT"],
        "use_dualstack_endpoint",
        "TRUE",
        True,
        False,
    ),
    ("retry_mode", "off", "off", ["AWS_RETRY_MODE"], "retry_mode", "adaptive", "adaptive", "standard"),
    ("max_attempts", 7, 7, ["AWS_MAX_ATTEMPTS"], "max_attempts", "5", 5, 3),
    ("direct_http", False, False, ["COGNITO_ASYNC_DIRECT_HTTP"], None, "FALSE", False, True),
    ("ca_bundle", "/a.pem", "/a.pem", ["AWS_CA_BUNDLE"], "ca_bundle", "/b.pem", "/b.pem", None),
    ("app_id", "shop", "shop", ["AWS_SDK_UA_APP_ID"], "sdk_ua_app_id", "blog", "blog", None),
    ("connect_timeout", 2, 2.0, [], None, "", None, 5.0),
    ("read_timeout", 3, 3.0, [], None, "", None, 15.0),
    ("timeout", 4.5, 4.5, [], None, "", None, 60.0),
    ("max_connections", 10, 10, [], None, "", None, 50),
    ("keepalive_timeout", 7, 7.0, [], None, "", None, 15.0),
    ("proxy", "http://proxy:3128", "http://proxy:3128", [], None, "", None, None),
    ("client_cert", ("/c.pem", "/k.pem"), ("/c.pem", "/k.pem"), [], None, "", None, None),
    ("verify", False, False, [], None, "", None, True),
    ("allow_http", True, True, [], None, "", None, False),
    ("user_agent_extra", "lib/1", "lib/1", [], None, "", None, None),
]
NAMES = [row[0] for row in SETTINGS]
VARIABLES = [(row[0], variable, row[5], row[6]) for row in SETTINGS for variable in row[3]]
IN_FILES = [(row[0], row[4], row[5], row[6]) for row in SETTINGS if row[4]]


async def settings_of_client(**arguments: Any) -> Config:
    """Return the settings of a client after it has read the shared files."""
    client = client_with(ScriptedTransport(), **{"region": None} | arguments)
    await client._pipeline.prepare()
    return client.config


async def settings_with_region(name: str, **arguments: Any) -> Config:
    """Return the settings of a client with a region, which it needs unless it has an endpoint URL."""
    return await settings_of_client(**({} if name == "region" else {"region": "eu-west-3"}) | arguments)


WITH_REGION = {name: {} if name == "region" else {"region": "eu-west-3"} for name in NAMES}


def resolve(environment: dict[str, str] | None = None, **arguments: Any) -> Config:
    return resolve_config(arguments, environment or {})


# The order of the origins


def test_the_table_has_every_argument_of_the_client() -> None:
    objects = {"credentials", "hooks", "limiter", "session", "transport"}
    arguments = set(inspect.signature(CognitoClient).parameters) - objects
    assert set(NAMES) == arguments - {"profile"}


def test_all_other_settings_are_rarely_needed() -> None:
    names = {field.name for field in attrs.fields(Config)} - {"sources"}
    assert names - set(NAMES) == {"profile", "ignore_configured_endpoint_urls", "max_response_size"}


@pytest.mark.parametrize(("name", "argument", "expected"), [row[:3] for row in SETTINGS], ids=NAMES)
async def test_a_setting_from_an_argument(name: str, argument: Any, expected: Any) -> None:
    config = await settings_with_region(name, **{name: argument})
    assert getattr(config, name) == expected
    assert type(getattr(config, name)) is type(expected)
    assert config.sources[name] == "argument"


@pytest.mark.parametrize(
    ("name", "variable", "text", "expected"), VARIABLES, ids=[row[1] for row in VARIABLES]
)
async def test_a_setting_from_a_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str, text: str, expected: Any
) -> None:
    monkeypatch.setenv(variable, text)
    config = await settings_with_region(name)
    assert getattr(config, name) == expected
    assert config.sources[name] == variable


@pytest.mark.parametrize(("name", "key", "text", "expected"), IN_FILES, ids=[row[1] for row in IN_FILES])
async def test_a_setting_from_a_profile(
    shared_files: Files, name: str, key: str, text: str, expected: Any
) -> None:
    for file, title, profile in [
        ("config", "default", None),
        ("config", "profile work", "work"),
        ("credentials", "default", None),
        ("credentials", "work", "work"),
    ]:
        content = f"[{title}]\n{key} = {text}\n"
        shared_files(**{file: content + ("" if name == "region" else "region = eu-west-3\n")})
        config = await settings_of_client(profile=profile)
        assert getattr(config, name) == expected
        assert config.sources[name] == f"profile {profile or 'default'}"


@pytest.mark.usefixtures("default_http_path")
@pytest.mark.parametrize(("name", "default"), [(row[0], row[7]) for row in SETTINGS], ids=NAMES)
async def test_a_setting_without_an_origin_has_its_default(name: str, default: Any) -> None:
    config = await settings_of_client(
        **({"endpoint_url": "http://127.0.0.1:1"} if name == "region" else {}), **WITH_REGION[name]
    )
    assert getattr(config, name) == default
    assert name not in config.sources
    assert re.search(rf"^{name} .* default$", str(config), re.MULTILINE)


@pytest.mark.parametrize("name", [row[0] for row in SETTINGS if row[4]])
async def test_arguments_take_precedence_over_variables_and_variables_over_profiles(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    texts = {
        "region": ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"],
        "endpoint_url": [f"http://127.0.0.1:{port}" for port in range(1, 5)],
        "use_fips": [True, "true", "false", "true"],
        "use_dualstack": [True, "true", "false", "true"],
        "retry_mode": ["off", "adaptive", "standard", "adaptive"],
        "max_attempts": [4, "5", "6", "7"],
        "ca_bundle": ["/a", "/b", "/c", "/d"],
        "app_id": ["a", "b", "c", "d"],
    }[name]
    _, _, _, variables, key, _, _, _ = SETTINGS[NAMES.index(name)]
    shared_files(f"[default]\n{key} = {texts[-1]}\n" + ("" if name == "region" else "region = eu-west-3\n"))
    assert (await settings_of_client()).sources[name] == "profile default"
    for index, variable in reversed(list(enumerate(variables))):
        monkeypatch.setenv(variable, texts[index + 1])
        config = await settings_of_client()
        assert config.sources[name] == variable
        assert str(getattr(config, name)).lower() == texts[index + 1]
    config = await settings_of_client(**{name: texts[0]})
    assert (getattr(config, name), config.sources[name]) == (texts[0], "argument")


@pytest.mark.parametrize("name", ["use_fips", "use_dualstack"])
async def test_false_as_an_argument_takes_precedence_over_a_variable(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"AWS_{name.upper()}_ENDPOINT", "true")
    config = await settings_of_client(region="eu-west-1", **{name: False})
    assert getattr(config, name) is False
    assert config.sources[name] == "argument"


@pytest.mark.parametrize(
    "variable", sorted({row[1] for row in VARIABLES} | {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
)
def test_an_empty_variable_counts_as_missing(variable: str) -> None:
    assert resolve({variable: ""}) == Config()
    assert resolve({variable: ""}).sources == {}


@pytest.mark.parametrize(("name", "key"), [row[:2] for row in IN_FILES])
async def test_an_empty_key_counts_as_missing(shared_files: Files, name: str, key: str) -> None:
    shared_files(
        f"[default]\n{key} =\n", "[default]\n" + ("region = eu-west-3\n" if name != "region" else "")
    )
    config = await settings_of_client(
        **WITH_REGION[name] | ({"endpoint_url": "http://127.0.0.1:1"} if name == "region" else {})
    )
    assert getattr(config, name) == SETTINGS[NAMES.index(name)][7]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("timeout")])
def test_none_as_an_argument_counts_as_not_passed(name: str) -> None:
    assert resolve(**{name: None}) == Config()
    assert resolve(**{name: None}).sources == {}


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout", "timeout"])
def test_a_timeout_of_none_is_no_limit(name: str) -> None:
    config = resolve(**{name: None})
    assert getattr(config, name) is None
    assert config.sources[name] == "argument"


def test_the_variable_of_the_service_takes_precedence_over_the_one_of_all_services() -> None:
    environment = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_COGNITO_IDP": "http://127.0.0.1:3",
    }
    assert resolve(environment).endpoint_url == "http://127.0.0.1:1"
    del environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"]
    assert resolve(environment).endpoint_url == "http://127.0.0.1:2"


async def test_a_value_that_is_not_used_is_not_validated(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_files("[default]\nmax_attempts = x\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "y")
    assert (await settings_of_client(max_attempts=2)).max_attempts == 2


@pytest.mark.parametrize(
    ("variable", "key", "text"),
    [
        ("AWS_REGION", "region", "eu_west_1"),
        ("AWS_ENDPOINT_URL", "endpoint_url", "localhost:5000"),
    ],
)
async def test_the_error_of_an_invalid_value_names_its_variable_or_its_key_and_profile(
    shared_files: Files, variable: str, key: str, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{variable}={re.escape(repr(text))} is not "):
        resolve({variable: text})
    shared_files(f"[profile work]\n{key} = {text}\n")
    with pytest.raises(ConfigurationError, match=f"^{key} in profile work: {re.escape(repr(text))} is not "):
        await settings_of_client(profile="work")


@pytest.mark.parametrize("how", ["argument", "AWS_RETRY_MODE", "file"])
async def test_the_legacy_retry_mode_is_standard(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    arguments = {}
    if how == "argument":
        arguments = {"retry_mode": "legacy"}
    elif how == "file":
        shared_files("[default]\nretry_mode = legacy\n")
    else:
        monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    assert (await settings_of_client(region="eu-west-1", **arguments)).retry_mode == "standard"


def test_resolving_changes_none_of_its_arguments() -> None:
    arguments = {"region": "eu-west-1", "retry_mode": "legacy", "client_cert": ("a", "b")}
    environment = {"AWS_MAX_ATTEMPTS": "5", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    profile = {"retry_mode": "off", "ignore_configured_endpoint_urls": "true", "ca_bundle": "/x"}
    before = copy.deepcopy((arguments, environment, profile))
    config = resolve_config(arguments, environment)
    values, sources = attrs.asdict(config), dict(config.sources)
    completed = complete_config(config, profile, environment)
    assert (arguments, environment, profile) == before
    assert (attrs.asdict(config), dict(config.sources)) == (values, sources)
    assert completed.sources is not config.sources
    assert (completed.endpoint_url, config.endpoint_url) == (None, "http://127.0.0.1:1")


async def test_the_shared_files_are_read_at_the_first_call(shared_files: Files) -> None:
    shared_files("[default]\nregion = eu-west-1\n")
    client = client_with(ScriptedTransport(), region=None, timeout=3)
    assert (client.config.region, client.config.timeout) == (None, 3.0)
    await client.get_user(access_token="t")
    assert (client.config.region, client.config.sources["region"]) == ("eu-west-1", "profile default")


# Profiles


@pytest.mark.parametrize(
    ("argument", "variables", "expected"),
    [
        ("a", {"AWS_PROFILE": "b", "AWS_DEFAULT_PROFILE": "c"}, "a"),
        (None, {"AWS_PROFILE": "b", "AWS_DEFAULT_PROFILE": "c"}, "b"),
        (None, {"AWS_DEFAULT_PROFILE": "c"}, "c"),
        (None, {"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "c"}, "c"),
        (None, {}, "d"),
    ],
)
async def test_the_profile_is_named_by_argument_then_aws_profile_then_aws_default_profile(
    shared_files: Files,
    monkeypatch: pytest.MonkeyPatch,
    argument: str | None,
    variables: dict[str, str],
    expected: str,
) -> None:
    shared_files(
        "".join(f"[profile {name}]\nregion = {name}\n" for name in "abc") + "[default]\nregion = d\n"
    )
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (await settings_of_client(profile=argument)).region == expected


@pytest.mark.parametrize("how", ["argument", "AWS_PROFILE"])
async def test_a_missing_profile_is_an_error_as_in_botocore(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    shared_files("[default]\nregion = eu-west-1\n")
    if how == "AWS_PROFILE":
        monkeypatch.setenv("AWS_PROFILE", "missing")
    name = "missing" if how == "argument" else None
    with pytest.raises(ProfileNotFound):
        Session(profile=name).get_scoped_config()
    with pytest.raises(ConfigurationError, match="profile 'missing' is neither in"):
        await settings_of_client(profile=name)


async def test_without_files_only_a_named_profile_is_an_error() -> None:
    assert (await settings_of_client(region="eu-west-1")).profile is None
    with pytest.raises(ConfigurationError, match="profile 'work' is neither in"):
        await settings_of_client(region="eu-west-1", profile="work")


@pytest.mark.parametrize(
    ("config", "credentials"),
    [
        ("[default]\nregion = eu-west-1\n", ""),
        ("[profile default]\nregion = eu-west-1\n", ""),
        ("", "[default]\nregion = eu-west-1\n"),
        ("[default]\nregion = eu-west-1\n", "[default]\nregion = eu-west-2\n"),
        ("[profile work]\nregion = eu-west-1\n[default]\nregion = eu-west-2\n", ""),
        ("[work]\nregion = eu-west-1\n[default]\n", ""),
        ("[default]\noutput = json\n", ""),
    ],
)
async def test_the_region_of_a_profile_is_that_of_botocore(
    shared_files: Files, config: str, credentials: str
) -> None:
    shared_files(config, credentials)
    expected = Session().get_config_variable("region")
    assert (await settings_of_client(endpoint_url="http://127.0.0.1:1")).region == expected


async def test_the_precedence_of_regions_is_that_of_botocore(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_files("[profile work]\nregion = eu-west-1\n[default]\nregion = eu-west-2\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert Session().get_config_variable("region") == (await settings_of_client()).region == "eu-west-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert Session().get_config_variable("region") == (await settings_of_client()).region == "eu-west-3"


# Endpoints


SERVICE_SECTION = """\
[default]
region = eu-west-1
endpoint_url = http://127.0.0.1:4
services = mine
[services mine]
cognito_idp =
    endpoint_url = http://127.0.0.1:9
cognito_identity_provider =
    endpoint_url = http://127.0.0.1:3
"""
GENERAL_KEY = "[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:4\n"
ENDPOINT = "AWS_ENDPOINT_URL"
OWN_ENDPOINT = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


@pytest.mark.parametrize(
    ("config", "variables", "argument", "expected"),
    [
        (SERVICE_SECTION, {}, None, "http://127.0.0.1:3"),
        (SERVICE_SECTION, {ENDPOINT: "http://127.0.0.1:2"}, None, "http://127.0.0.1:2"),
        (SERVICE_SECTION, {OWN_ENDPOINT: "http://127.0.0.1:1"}, None, "http://127.0.0.1:1"),
        (
            SERVICE_SECTION,
            {ENDPOINT: "http://127.0.0.1:2", OWN_ENDPOINT: "http://127.0.0.1:1"},
            None,
            "http://127.0.0.1:1",
        ),
        (SERVICE_SECTION, {ENDPOINT: "http://127.0.0.1:2"}, "http://127.0.0.1:5", "http://127.0.0.1:5"),
        (GENERAL_KEY, {}, None, "http://127.0.0.1:4"),
        (GENERAL_KEY, {ENDPOINT: ""}, None, "http://127.0.0.1:4"),
        # Switched off
        (SERVICE_SECTION, {IGNORE: "true"}, None, None),
        (SERVICE_SECTION, {IGNORE: "True", ENDPOINT: "http://127.0.0.1:2"}, None, None),
        (SERVICE_SECTION, {IGNORE: "1"}, None, "http://127.0.0.1:3"),
        (SERVICE_SECTION, {IGNORE: "true"}, "http://127.0.0.1:5", "http://127.0.0.1:5"),
        (GENERAL_KEY, {IGNORE: "true"}, None, None),
        (GENERAL_KEY + "ignore_configured_endpoint_urls = true\n", {}, None, None),
        (
            GENERAL_KEY + "ignore_configured_endpoint_urls = TRUE\n",
            {OWN_ENDPOINT: "http://127.0.0.1:1"},
            None,
            None,
        ),
        (
            GENERAL_KEY + "ignore_configured_endpoint_urls = true\n",
            {IGNORE: "false"},
            None,
            "http://127.0.0.1:4",
        ),
        (GENERAL_KEY + "ignore_configured_endpoint_urls = false\n", {}, None, "http://127.0.0.1:4"),
        (
            GENERAL_KEY + "ignore_configured_endpoint_urls = true\n",
            {},
            "http://127.0.0.1:5",
            "http://127.0.0.1:5",
        ),
    ],
)
async def test_the_endpoint_is_that_of_botocore(  # noqa: PLR0917  one for each column
    shared_files: Files,
    monkeypatch: pytest.MonkeyPatch,
    config: str,
    variables: dict[str, str],
    argument: str | None,
    expected: str | None,
) -> None:
    shared_files(config)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    url_of_botocore = Session().create_client("cognito-idp", endpoint_url=argument).meta.endpoint_url
    regional = "https://cognito-idp.eu-west-1.amazonaws.com"
    assert url_of_botocore == (expected or regional)
    resolved = await settings_of_client(endpoint_url=argument)
    assert (resolved.endpoint_url, resolved.url) == (expected, expected or regional)
    assert ("endpoint_url" in resolved.sources) is (expected is not None)


@pytest.mark.parametrize("title", ["services mine", 'services "mine"'])
async def test_the_endpoint_of_the_service_is_read_from_a_services_section(
    shared_files: Files, title: str
) -> None:
    shared_files(SERVICE_SECTION.replace("[services mine]", f"[{title}]"))
    config = await settings_of_client()
    assert config.endpoint_url == "http://127.0.0.1:3"
    assert config.sources["endpoint_url"] == "profile default"


async def test_a_missing_services_section_is_an_error(shared_files: Files) -> None:
    shared_files("[default]\nregion = eu-west-1\nservices = other\n[services mine]\n")
    with pytest.raises(ConfigurationError, match=r"no section \[services other\]"):
        await settings_of_client()


@pytest.mark.parametrize(
    ("switches", "host"),
    [
        ({}, "cognito-idp.eu-west-1.amazonaws.com"),
        ({"use_fips": True}, "cognito-idp-fips.eu-west-1.amazonaws.com"),
        ({"use_dualstack": True}, "cognito-idp.eu-west-1.amazonaws.com"),
        ({"use_fips": True, "use_dualstack": True}, "cognito-idp-fips.eu-west-1.api.aws"),
    ],
)
async def test_the_url_follows_the_endpoint_rules(switches: dict[str, bool], host: str) -> None:
    config = await settings_of_client(region="eu-west-1", **switches)
    assert config.url == f"https://{host}"
    assert config.signing_region == "eu-west-1"


# Certificates


async def test_requests_ca_bundle_has_the_lowest_precedence(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests.pem")
    config = await settings_of_client(region="eu-west-1")
    assert (config.ca_bundle, config.sources["ca_bundle"]) == ("/requests.pem", "REQUESTS_CA_BUNDLE")
    shared_files("[default]\nca_bundle = /file.pem\n")
    config = await settings_of_client(region="eu-west-1")
    assert (config.ca_bundle, config.sources["ca_bundle"]) == ("/file.pem", "profile default")
    assert (
        await settings_of_client(region="eu-west-1", ca_bundle="/argument.pem")
    ).ca_bundle == "/argument.pem"


async def test_the_client_certificate_is_one_file_or_two() -> None:
    assert (await settings_of_client(region="eu-west-1", client_cert="/both.pem")).client_cert == "/both.pem"
    assert (await settings_of_client(region="eu-west-1", client_cert=("/c", "/k"))).client_cert == (
        "/c",
        "/k",
    )


# Proxies


HTTPS_ENDPOINT = "https://cognito-idp.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1"}, HTTPS_ENDPOINT, "http://a:1"),
        ({"https_proxy": "http://b:1"}, HTTPS_ENDPOINT, "http://b:1"),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"}, HTTPS_ENDPOINT, "http://b:1"),
        ({"HTTPS_PROXY": "http://a:1"}, "http://127.0.0.1:5000", None),
        ({"HTTP_PROXY": "http://a:1"}, "http://127.0.0.1:5000", "http://a:1"),
        ({"HTTP_PROXY": "http://a:1"}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "amazonaws.com"}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": ".amazonaws.com"}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "example.com, amazonaws.com"}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "example.com"}, HTTPS_ENDPOINT, "http://a:1"),
        ({"HTTP_PROXY": "http://a:1", "NO_PROXY": "127.0.0.1"}, "http://127.0.0.1:5000", None),
        ({"HTTP_PROXY": "http://a:1", "NO_PROXY": "127.0.0.1:80"}, "http://127.0.0.1:5000", "http://a:1"),
        ({"ALL_PROXY": "http://a:1"}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://user:pw@a:1"}, HTTPS_ENDPOINT, "http://user:pw@a:1"),
        ({"HTTPS_PROXY": "a.example:3128"}, HTTPS_ENDPOINT, "http://a.example:3128"),
        ({"HTTPS_PROXY": "//a.example:3128"}, HTTPS_ENDPOINT, "http://a.example:3128"),
    ],
)
def test_the_proxy_of_the_environment_is_that_of_botocore(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, expected: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url) == expected
    assert with_proxy(Config(endpoint_url=url, allow_http=True), os.environ).proxy == expected


def test_a_proxy_argument_takes_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://a:1")
    monkeypatch.setenv("NO_PROXY", "*")
    assert (
        with_proxy(resolve(proxy="http://mine:1", endpoint_url=HTTPS_ENDPOINT), os.environ).proxy
        == "http://mine:1"
    )
    monkeypatch.delenv("NO_PROXY")
    assert with_proxy(resolve(proxy="", endpoint_url=HTTPS_ENDPOINT), os.environ).proxy == ""


async def test_the_proxy_of_the_environment_is_shown_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@proxy.example:3128")
    config = await settings_of_client(region="eu-west-1")
    assert config.sources.get("proxy", "default").upper() == "HTTPS_PROXY"
    assert "proxy.example" in str(config)
    assert "hunter2" not in str(config) + repr(config)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({"HTTPS_PROXY": "http://a:1"}, HTTPS_ENDPOINT, ("http://a:1", "HTTPS_PROXY")),
        ({"https_proxy": "http://b:1"}, HTTPS_ENDPOINT, ("http://b:1", "https_proxy")),
        ({"http_proxy": "a:1"}, "http://keys.example/jwks.json", ("http://a:1", "http_proxy")),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": ""}, HTTPS_ENDPOINT, None),
        ({"HTTPS_PROXY": "http://a:1"}, "http://keys.example", None),
        ({"HTTP_PROXY": "http://a:1", "NO_PROXY": "keys.example"}, "http://keys.example:8080/x", None),
        ({}, HTTPS_ENDPOINT, None),
    ],
)
def test_environment_proxy_returns_the_proxy_of_a_url_and_its_variable(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    url: str,
    expected: tuple[str, str] | None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(url, os.environ) == expected


def test_environment_proxy_without_a_known_variable_names_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://a:1")
    assert environment_proxy(HTTPS_ENDPOINT, {}) == ("http://a:1", "environment")


def test_an_invalid_proxy_variable_is_an_error_that_names_it_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://user:hunter2@proxy")
    with pytest.raises(ConfigurationError, match=r"^HTTPS_PROXY=.* is not a URL such as") as caught:
        environment_proxy(HTTPS_ENDPOINT, os.environ)
    assert "hunter2" not in str(caught.value)
