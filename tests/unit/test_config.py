"""Settings: where they come from, which goes first, and which ones are refused."""

from __future__ import annotations

import copy
import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from botocore.exceptions import ProfileNotFound
from botocore.httpsession import ProxyConfiguration
from botocore.session import Session
from botocore.utils import get_environ_proxies
from stub import ScriptedTransport, client_with

from cognito_async import CognitoClient
from cognito_async._settings import complete_config, resolve_config, with_proxy
from cognito_async.config import Config
from cognito_async.errors import ConfigurationError

Files = Callable[..., None]

# Name, argument and what becomes of it, variables, key in the files, text there and what becomes of it,
# default.
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


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write the shared files."""

    def write(config: str = "", credentials: str = "") -> None:
        for variable, text in (("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)):
            path = tmp_path / variable
            path.write_text(text)
            monkeypatch.setenv(variable, str(path))

    return write


async def settled(**arguments: Any) -> Config:
    """What a client's settings are once the files were read."""
    client = client_with(ScriptedTransport(), **{"region": None} | arguments)
    await client._pipeline.prepare()
    return client.config


async def settled_somewhere(name: str, **arguments: Any) -> Config:
    """The same with a region, which every client needs that has no endpoint."""
    return await settled(**({} if name == "region" else {"region": "eu-west-3"}) | arguments)


def resolve(environment: dict[str, str] | None = None, **arguments: Any) -> Config:
    return resolve_config(arguments, environment or {})


# Where values come from


def test_the_table_has_every_argument_of_the_client() -> None:
    arguments = set(inspect.signature(CognitoClient).parameters) - {"credentials", "session", "transport"}
    assert set(NAMES) == arguments - {"profile"}


def test_every_setting_is_an_argument_but_for_those_that_are_not_worth_one() -> None:
    names = {field.name for field in attrs.fields(Config)} - {"sources"}
    assert names - set(NAMES) == {"profile", "ignore_configured_endpoint_urls", "max_response_size"}


@pytest.mark.parametrize(("name", "given", "kept"), [row[:3] for row in SETTINGS], ids=NAMES)
async def test_an_argument_is_a_setting(name: str, given: Any, kept: Any) -> None:
    config = await settled_somewhere(name, **{name: given})
    assert getattr(config, name) == kept
    assert type(getattr(config, name)) is type(kept)
    assert config.sources[name] == "argument"


@pytest.mark.parametrize(("name", "variable", "text", "kept"), VARIABLES, ids=[row[1] for row in VARIABLES])
async def test_a_variable_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str, text: str, kept: Any
) -> None:
    monkeypatch.setenv(variable, text)
    config = await settled_somewhere(name)
    assert getattr(config, name) == kept
    assert config.sources[name] == variable


@pytest.mark.parametrize(("name", "key", "text", "kept"), IN_FILES, ids=[row[1] for row in IN_FILES])
async def test_a_key_of_the_profile_is_a_setting(
    files: Files, name: str, key: str, text: str, kept: Any
) -> None:
    for place, title, profile in [
        ("config", "default", None),
        ("config", "profile work", "work"),
        ("credentials", "default", None),
        ("credentials", "work", "work"),
    ]:
        content = f"[{title}]\n{key} = {text}\n"
        files(**{place: content + ("" if name == "region" else "region = eu-west-3\n")})
        config = await settled(profile=profile)
        assert getattr(config, name) == kept
        assert config.sources[name] == f"profile {profile or 'default'}"


@pytest.mark.parametrize(("name", "default"), [(row[0], row[7]) for row in SETTINGS], ids=NAMES)
async def test_what_nobody_set_has_its_default(name: str, default: Any) -> None:
    config = await settled(
        **({"endpoint_url": "http://127.0.0.1:1"} if name == "region" else {}), **REGION[name]
    )
    assert getattr(config, name) == default
    assert name not in config.sources
    assert re.search(rf"^{name} .* default$", str(config), re.MULTILINE)


REGION = {name: {} if name == "region" else {"region": "eu-west-3"} for name in NAMES}


@pytest.mark.parametrize("name", [row[0] for row in SETTINGS if row[4]])
async def test_argument_then_variables_in_order_then_profile(
    files: Files, monkeypatch: pytest.MonkeyPatch, name: str
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
    files(f"[default]\n{key} = {texts[-1]}\n" + ("" if name == "region" else "region = eu-west-3\n"))
    assert (await settled()).sources[name] == "profile default"
    for index, variable in reversed(list(enumerate(variables))):
        monkeypatch.setenv(variable, texts[index + 1])
        config = await settled()
        assert config.sources[name] == variable
        assert str(getattr(config, name)).lower() == texts[index + 1]
    config = await settled(**{name: texts[0]})
    assert (getattr(config, name), config.sources[name]) == (texts[0], "argument")


@pytest.mark.parametrize("name", ["use_fips", "use_dualstack"])
async def test_an_argument_of_false_goes_before_a_variable(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"AWS_{name.upper()}_ENDPOINT", "true")
    config = await settled(region="eu-west-1", **{name: False})
    assert getattr(config, name) is False
    assert config.sources[name] == "argument"


@pytest.mark.parametrize(
    "variable", sorted({row[1] for row in VARIABLES} | {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
)
def test_an_empty_variable_counts_as_none(variable: str) -> None:
    assert resolve({variable: ""}) == Config()
    assert resolve({variable: ""}).sources == {}


@pytest.mark.parametrize(("name", "key"), [row[:2] for row in IN_FILES])
async def test_an_empty_key_counts_as_none(files: Files, name: str, key: str) -> None:
    files(f"[default]\n{key} =\n", "[default]\n" + ("region = eu-west-3\n" if name != "region" else ""))
    config = await settled(
        **REGION[name] | ({"endpoint_url": "http://127.0.0.1:1"} if name == "region" else {})
    )
    assert getattr(config, name) == SETTINGS[NAMES.index(name)][7]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("timeout")])
def test_an_argument_of_none_counts_as_not_given(name: str) -> None:
    assert resolve(**{name: None}) == Config()
    assert resolve(**{name: None}).sources == {}


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout", "timeout"])
def test_a_timeout_of_none_is_no_limit(name: str) -> None:
    config = resolve(**{name: None})
    assert getattr(config, name) is None
    assert config.sources[name] == "argument"


def test_the_service_s_own_variable_goes_before_the_one_for_all() -> None:
    environment = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_COGNITO_IDP": "http://127.0.0.1:3",
    }
    assert resolve(environment).endpoint_url == "http://127.0.0.1:1"
    del environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"]
    assert resolve(environment).endpoint_url == "http://127.0.0.1:2"


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
async def test_a_profile_comes_from_argument_then_aws_profile_then_aws_default_profile(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    argument: str | None,
    variables: dict[str, str],
    expected: str,
) -> None:
    files("".join(f"[profile {name}]\nregion = {name}\n" for name in "abc") + "[default]\nregion = d\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (await settled(profile=argument)).region == expected


@pytest.mark.parametrize("how", ["argument", "AWS_PROFILE"])
async def test_a_profile_that_is_not_there_is_an_error_as_in_botocore(
    files: Files, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    files("[default]\nregion = eu-west-1\n")
    if how == "AWS_PROFILE":
        monkeypatch.setenv("AWS_PROFILE", "missing")
    named = "missing" if how == "argument" else None
    with pytest.raises(ProfileNotFound):
        Session(profile=named).get_scoped_config()
    with pytest.raises(ConfigurationError, match="profile 'missing' is neither in"):
        await settled(profile=named)


async def test_a_profile_without_any_file_is_an_error_and_none_is_fine_without_one() -> None:
    assert (await settled(region="eu-west-1")).profile is None
    with pytest.raises(ConfigurationError, match="profile 'work' is neither in"):
        await settled(region="eu-west-1", profile="work")


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
async def test_the_region_of_a_profile_is_the_one_that_botocore_finds(
    files: Files, config: str, credentials: str
) -> None:
    files(config, credentials)
    expected = Session().get_config_variable("region")
    assert (await settled(endpoint_url="http://127.0.0.1:1")).region == expected


async def test_where_several_say_the_region_botocore_finds_the_same(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files("[profile work]\nregion = eu-west-1\n[default]\nregion = eu-west-2\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert Session().get_config_variable("region") == (await settled()).region == "eu-west-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert Session().get_config_variable("region") == (await settled()).region == "eu-west-3"


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
async def test_the_endpoint_is_the_one_that_botocore_takes(  # noqa: PLR0917  a column each
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    config: str,
    variables: dict[str, str],
    argument: str | None,
    expected: str | None,
) -> None:
    files(config)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    theirs = Session().create_client("cognito-idp", endpoint_url=argument).meta.endpoint_url
    regional = "https://cognito-idp.eu-west-1.amazonaws.com"
    assert theirs == (expected or regional)
    found = await settled(endpoint_url=argument)
    assert (found.endpoint_url, found.url) == (expected, expected or regional)
    assert ("endpoint_url" in found.sources) is (expected is not None)


@pytest.mark.parametrize("title", ["services mine", 'services "mine"'])
async def test_the_service_s_own_endpoint_is_in_a_services_section(files: Files, title: str) -> None:
    files(SERVICE_SECTION.replace("[services mine]", f"[{title}]"))
    found = await settled()
    assert found.endpoint_url == "http://127.0.0.1:3"
    assert found.sources["endpoint_url"] == "profile default"


async def test_a_services_section_that_is_not_there_is_an_error(files: Files) -> None:
    files("[default]\nregion = eu-west-1\nservices = other\n[services mine]\n")
    with pytest.raises(ConfigurationError, match=r"no section \[services other\]"):
        await settled()


@pytest.mark.parametrize("switch", ["use_fips", "use_dualstack"])
@pytest.mark.parametrize("how", ["argument", "variable", "file"])
async def test_fips_or_dual_stack_with_an_endpoint_is_an_error(
    files: Files, monkeypatch: pytest.MonkeyPatch, switch: str, how: str
) -> None:
    arguments: dict[str, Any] = {}
    if how == "argument":
        arguments = {switch: True, "endpoint_url": "http://127.0.0.1:1"}
    elif how == "variable":
        monkeypatch.setenv(f"AWS_{switch.upper()}_ENDPOINT", "true")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    else:
        files(f"[default]\n{switch}_endpoint = true\nendpoint_url = http://127.0.0.1:1\n")
    with pytest.raises(ConfigurationError, match=f"{switch} and endpoint_url exclude each other"):
        await settled(region="eu-west-1", **arguments)


@pytest.mark.parametrize(
    ("switches", "host"),
    [
        ({}, "cognito-idp.eu-west-1.amazonaws.com"),
        ({"use_fips": True}, "cognito-idp-fips.eu-west-1.amazonaws.com"),
        ({"use_dualstack": True}, "cognito-idp.eu-west-1.amazonaws.com"),
        ({"use_fips": True, "use_dualstack": True}, "cognito-idp-fips.eu-west-1.api.aws"),
    ],
)
async def test_the_url_is_that_of_the_rules(switches: dict[str, bool], host: str) -> None:
    config = await settled(region="eu-west-1", **switches)
    assert config.url == f"https://{host}"
    assert config.signing_region == "eu-west-1"


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


def test_an_endpoint_url_replaces_that_of_the_region_which_still_signs() -> None:
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
        "localhost.example.com",
        "notlocalhost",
        "example.com:80/localhost",
        "example.com/?a=localhost",
        "[::2]",
        "moto",
    ],
)
def test_http_to_another_machine_needs_to_be_allowed(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"in clear.*allow_http=True"):
        _ = resolve(endpoint_url=f"http://{host}").url
    assert resolve(endpoint_url=f"http://{host}", allow_http=True).url == f"http://{host}"
    assert resolve(endpoint_url=f"https://{host}").url == f"https://{host}"


# Values that cannot be right


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
        "eu-west-1:80",
        "eu-wést-1",
        "12345",
        "\u0665",
        "a" * 64,
    ],
)
@pytest.mark.parametrize("variable", [None, "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_that_cannot_be_part_of_a_host_is_refused(region: str, variable: str | None) -> None:
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
def test_an_http_url_is_kept_as_it_was_given(url: str) -> None:
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
def test_what_is_no_url_of_an_endpoint_is_refused_and_shown(url: str, origin: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(endpoint_url=url) if origin == "endpoint_url=" else resolve({origin: url})
    assert str(caught.value).startswith(f"{origin.rstrip('=')}={url!r} is not a URL")


@pytest.mark.parametrize(
    "url",
    ["http://user:hunter2@localhost", "http://hunter2@localhost", "hunter2@localhost", "http://@localhost"],
)
def test_a_url_with_a_user_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no user") as caught:
        resolve(endpoint_url=url)
    assert "hunter2" not in str(caught.value)
    assert "@" not in str(caught.value)


BAD: list[tuple[str, Any]] = [
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


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{name}={str(value)[:20]!r}" for name, value in BAD])
def test_a_value_that_cannot_be_right_names_its_argument(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}=.* is not ") as caught:
        CognitoClient(**{name: value})
    assert caught.value.__cause__ is None


# Python itself writes no number of so many digits, and no list so deep.
HUGE = 10**5000
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "name", ["timeout", "max_attempts", "max_connections", "region", "proxy", "use_fips"]
)
@pytest.mark.parametrize("value", [HUGE, -HUGE, DEEP], ids=["huge", "-huge", "deep"])
def test_a_value_that_cannot_be_shown_is_refused_all_the_same(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}=.too long to be shown. is not "):
        CognitoClient(**{name: value})


@pytest.mark.parametrize("options", [{"timeout": HUGE}, {"retries": HUGE}, {"retries": -HUGE}])
def test_an_option_that_cannot_be_shown_is_refused_all_the_same(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="too long to be shown"):
        CognitoClient().with_options(**options)


def test_a_number_has_as_many_digits_as_any_that_is_meant() -> None:
    assert resolve({"AWS_MAX_ATTEMPTS": "9" * 18}).max_attempts == 10**18 - 1
    for digits in (19, 5000):
        with pytest.raises(ConfigurationError, match="is not a number of at least 1, with at most 18 digits"):
            resolve({"AWS_MAX_ATTEMPTS": "9" * digits})


@pytest.mark.parametrize(
    ("variable", "key", "text"),
    [
        ("AWS_REGION", "region", "eu_west_1"),
        ("AWS_ENDPOINT_URL", "endpoint_url", "localhost:5000"),
        ("AWS_RETRY_MODE", "retry_mode", "sometimes"),
        ("AWS_MAX_ATTEMPTS", "max_attempts", "x"),
        ("AWS_SDK_UA_APP_ID", "sdk_ua_app_id", "a\tb"),
    ],
)
async def test_a_value_that_cannot_be_right_names_its_variable_or_its_key_and_profile(
    files: Files, variable: str, key: str, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{variable}={re.escape(repr(text))} is not "):
        resolve({variable: text})
    files(f"[profile work]\n{key} = {text}\n")
    with pytest.raises(ConfigurationError, match=f"^{key} in profile work: {re.escape(repr(text))} is not "):
        await settled(profile="work")


async def test_what_is_overruled_is_not_checked(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files("[default]\nmax_attempts = x\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "y")
    assert (await settled(max_attempts=2)).max_attempts == 2


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "tRuE"])
def test_the_word_true_is_true(text: str) -> None:
    assert resolve({"AWS_USE_FIPS_ENDPOINT": text}).use_fips is True


@pytest.mark.parametrize("text", ["false", "1", "yes", "on", "0", " true"])
def test_everything_else_is_false_as_in_botocore(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", text)
    client = Session().create_client("cognito-idp", region_name="eu-west-1")
    assert "fips" not in client.meta.endpoint_url
    assert resolve({"AWS_USE_FIPS_ENDPOINT": text}).use_fips is False


@pytest.mark.parametrize("how", ["argument", "AWS_RETRY_MODE", "file"])
async def test_the_legacy_retry_mode_is_standard(
    files: Files, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    arguments = {}
    if how == "argument":
        arguments = {"retry_mode": "legacy"}
    elif how == "file":
        files("[default]\nretry_mode = legacy\n")
    else:
        monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    assert (await settled(region="eu-west-1", **arguments)).retry_mode == "standard"


# Certificates


async def test_requests_ca_bundle_comes_last(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests.pem")
    config = await settled(region="eu-west-1")
    assert (config.ca_bundle, config.sources["ca_bundle"]) == ("/requests.pem", "REQUESTS_CA_BUNDLE")
    files("[default]\nca_bundle = /file.pem\n")
    config = await settled(region="eu-west-1")
    assert (config.ca_bundle, config.sources["ca_bundle"]) == ("/file.pem", "profile default")
    assert (await settled(region="eu-west-1", ca_bundle="/argument.pem")).ca_bundle == "/argument.pem"


async def test_the_client_certificate_is_one_file_or_two() -> None:
    assert (await settled(region="eu-west-1", client_cert="/both.pem")).client_cert == "/both.pem"
    assert (await settled(region="eu-west-1", client_cert=("/c", "/k"))).client_cert == ("/c", "/k")


# Proxies

HTTPS = "https://cognito-idp.eu-west-1.amazonaws.com"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "REQUEST_METHOD"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, HTTPS, None),
        ({"HTTPS_PROXY": "http://a:1"}, HTTPS, "http://a:1"),
        ({"https_proxy": "http://b:1"}, HTTPS, "http://b:1"),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"}, HTTPS, "http://b:1"),
        ({"HTTPS_PROXY": "http://a:1"}, "http://127.0.0.1:5000", None),
        ({"HTTP_PROXY": "http://a:1"}, "http://127.0.0.1:5000", "http://a:1"),
        ({"HTTP_PROXY": "http://a:1"}, HTTPS, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, HTTPS, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "amazonaws.com"}, HTTPS, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": ".amazonaws.com"}, HTTPS, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "example.com, amazonaws.com"}, HTTPS, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "example.com"}, HTTPS, "http://a:1"),
        ({"HTTP_PROXY": "http://a:1", "NO_PROXY": "127.0.0.1"}, "http://127.0.0.1:5000", None),
        ({"HTTP_PROXY": "http://a:1", "NO_PROXY": "127.0.0.1:80"}, "http://127.0.0.1:5000", "http://a:1"),
        ({"ALL_PROXY": "http://a:1"}, HTTPS, None),
        ({"HTTPS_PROXY": "http://user:pw@a:1"}, HTTPS, "http://user:pw@a:1"),
        ({"HTTPS_PROXY": "a.example:3128"}, HTTPS, "http://a.example:3128"),
        ({"HTTPS_PROXY": "//a.example:3128"}, HTTPS, "http://a.example:3128"),
    ],
)
def test_the_environment_s_proxy_is_the_one_that_botocore_takes(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, expected: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url) == expected
    assert with_proxy(Config(endpoint_url=url, allow_http=True), os.environ).proxy == expected


def test_an_argument_goes_before_the_environment_s_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://a:1")
    monkeypatch.setenv("NO_PROXY", "*")
    assert with_proxy(resolve(proxy="http://mine:1", endpoint_url=HTTPS), os.environ).proxy == "http://mine:1"
    monkeypatch.delenv("NO_PROXY")
    assert with_proxy(resolve(proxy="", endpoint_url=HTTPS), os.environ).proxy == ""


async def test_the_environment_s_proxy_is_shown_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@proxy.example:3128")
    config = await settled(region="eu-west-1")
    assert config.sources.get("proxy", "default").upper() == "HTTPS_PROXY"
    assert "proxy.example" in str(config)
    assert "hunter2" not in str(config) + repr(config)


@pytest.mark.parametrize(
    "password", ["hunter2", "hunter%402", "hunter@2", "hunter/2", "hunter2@@", "h:unter2"]
)
def test_a_proxy_s_password_is_masked_however_it_is_written(password: str) -> None:
    try:
        config = resolve(proxy=f"http://user:{password}@proxy.example:3128", region="eu-west-1")
    except ConfigurationError as error:
        shown = str(error)
    else:
        shown = str(config) + repr(config)
        assert "//***@proxy.example:3128" in shown
        assert config.proxy == f"http://user:{password}@proxy.example:3128"
    assert "unter" not in shown
    assert "2@" not in shown


@pytest.mark.parametrize(
    "proxy", ["ftp://user:hunter2@proxy", "user:hunter2@proxy:3128", "http://u:hunter2@ö"]
)
def test_a_proxy_that_is_refused_does_not_show_its_password(proxy: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^proxy=.not shown, it may hold a password. is not a URL"
    ) as caught:
        resolve(proxy=proxy)
    assert "hunter2" not in str(caught.value)


QUERY = "?token=hunter2&user=a?b"


def test_the_query_of_an_endpoint_url_is_used_and_not_shown() -> None:
    config = resolve(endpoint_url=f"https://idp.example/pools{QUERY}")
    assert config.url == f"https://idp.example/pools{QUERY}"
    assert "endpoint_url='https://idp.example/pools?***'" in repr(config)
    assert "hunter2" not in f"{config} {config!r}"


@pytest.mark.parametrize(
    ("scheme", "switches"), [("http", {}), ("https", {"use_fips": True}), ("https", {"use_dualstack": True})]
)
def test_an_endpoint_url_that_is_refused_is_shown_without_its_query(
    scheme: str, switches: dict[str, Any]
) -> None:
    config = resolve(endpoint_url=f"{scheme}://idp.example{QUERY}", **switches)
    with pytest.raises(ConfigurationError, match=rf"'{scheme}://idp\.example\?\*\*\*'") as caught:
        _ = config.url
    assert "hunter2" not in str(caught.value)


# What a config is


async def test_a_config_is_shown_as_a_table_with_a_row_for_every_setting(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files("[profile work]\nmax_attempts = 9\n")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_PROFILE", "work")
    config = await settled(region=None, proxy="http://user:hunter2@proxy:1", timeout=7)
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


def test_a_config_has_defaults_that_work_for_every_region() -> None:
    config = Config(region="eu-west-1")
    assert config.url == "https://cognito-idp.eu-west-1.amazonaws.com"
    assert str(config)


def test_a_config_is_frozen_and_keyword_only() -> None:
    config = Config(region="eu-west-1")
    with pytest.raises(FrozenInstanceError):
        config.region = "eu-west-2"
    with pytest.raises(TypeError):
        Config("eu-west-1")


def test_equal_settings_make_equal_configs_wherever_they_come_from() -> None:
    assert resolve(region="eu-west-1") == resolve({"AWS_REGION": "eu-west-1"})
    assert resolve(region="eu-west-1") != resolve(region="eu-west-2")
    assert hash(resolve(region="eu-west-1")) == hash(resolve({"AWS_REGION": "eu-west-1"}))


def test_nothing_that_the_caller_gave_is_changed() -> None:
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


async def test_before_the_first_call_a_client_shows_what_arguments_and_environment_say(files: Files) -> None:
    files("[default]\nregion = eu-west-1\n")
    client = client_with(ScriptedTransport(), region=None, timeout=3)
    assert (client.config.region, client.config.timeout) == (None, 3.0)
    await client.get_user(access_token="t")
    assert (client.config.region, client.config.sources["region"]) == ("eu-west-1", "profile default")


# Views


def test_a_view_takes_a_timeout_and_a_number_of_retries() -> None:
    client = CognitoClient(region="eu-west-1")
    view = client.with_options(timeout=5, retries=0)
    assert view is not client
    assert type(view) is CognitoClient
    assert (view._options.timeout, view._options.max_attempts) == (5.0, 1)
    assert (client._options.timeout, client._options.max_attempts) == (None, None)
    assert view.config is client.config


def test_a_view_of_a_view_keeps_what_it_does_not_change() -> None:
    client = CognitoClient(region="eu-west-1").with_options(timeout=5).with_options(retries=4)
    assert (client._options.timeout, client._options.max_attempts) == (5.0, 5)
    assert client.with_options()._options == client._options


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": "5"},
        {"timeout": True},
        {"timeout": float("nan")},
        {"retries": -1},
        {"retries": 1.5},
        {"retries": True},
        {"retries": "1"},
        {"timeout": 5, "retries": -1},
    ],
)
def test_an_option_that_cannot_be_right_is_refused_and_named(options: dict[str, Any]) -> None:
    client = CognitoClient(region="eu-west-1")
    with pytest.raises(ConfigurationError) as caught:
        client.with_options(**options)
    for name, value in options.items():
        assert f"{name}={value!r}" in str(caught.value)


def test_the_options_of_a_view_are_keyword_only_and_no_others() -> None:
    with pytest.raises(TypeError):
        CognitoClient().with_options(5)  # type: ignore[misc]
    with pytest.raises(TypeError):
        CognitoClient().with_options(region="eu-west-1")  # type: ignore[call-arg]
