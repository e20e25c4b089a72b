"""Settings of the environment that a client does not need stop nothing; where botocore decides, as it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from cognito_async._http.tls import tls_context
from cognito_async.config._resolve import resolve_config
from cognito_async.errors import ConfigurationError
from support.transports import ScriptedTransport, client_with

Files = Callable[..., None]
ENDPOINT = "http://127.0.0.1:5000"
IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


async def url_of(**arguments: Any) -> str:
    """Return the endpoint of a new client after its preparation."""
    client = client_with(ScriptedTransport(), region=None, **arguments)
    await client._pipeline.prepare()
    return client.config.url


# Service sections

MISSING = "services = missing\n"
NESTED = "services =\n  endpoint_url = http://127.0.0.1:1\n"
PROFILE_IGNORES = "ignore_configured_endpoint_urls = true\n"


@pytest.mark.parametrize("section", [MISSING, NESTED])
@pytest.mark.parametrize("endpoint_url", [None, ENDPOINT])
@pytest.mark.parametrize("variables", [{}, {"AWS_ENDPOINT_URL": ENDPOINT}])
@pytest.mark.parametrize("ignored", [None, "true", "TRUE", "false"])
@pytest.mark.parametrize(
    "profile_ignores", ["", PROFILE_IGNORES, "ignore_configured_endpoint_urls = false\n"]
)
async def test_a_wrong_service_section_is_an_error_only_if_it_is_read_as_in_botocore(  # noqa: PLR0917
    shared_files: Files,
    monkeypatch: pytest.MonkeyPatch,
    section: str,
    endpoint_url: str | None,
    variables: dict[str, str],
    ignored: str | None,
    profile_ignores: str,
) -> None:
    shared_files(f"[default]\nregion = eu-west-1\n{profile_ignores}{section}")
    for name, value in (variables | ({} if ignored is None else {IGNORE: ignored})).items():
        monkeypatch.setenv(name, value)
    try:
        expected = Session().create_client("cognito-idp", endpoint_url=endpoint_url).meta.endpoint_url
    except Exception:  # noqa: BLE001  a TypeError for an indented section
        with pytest.raises(ConfigurationError, match="services"):
            await url_of(endpoint_url=endpoint_url)
    else:
        assert await url_of(endpoint_url=endpoint_url) == expected


@pytest.mark.parametrize(("ignored", "stopped"), [("false", True), ("  ", False), ("true", False)])
async def test_the_variable_takes_precedence_over_the_profile_also_for_a_wrong_section(
    shared_files: Files, monkeypatch: pytest.MonkeyPatch, ignored: str, *, stopped: bool
) -> None:
    shared_files(f"[default]\nregion = eu-west-1\n{PROFILE_IGNORES}{MISSING}")
    monkeypatch.setenv(IGNORE, ignored)
    if stopped:
        with pytest.raises(ConfigurationError, match="missing"):
            await url_of()
    else:
        assert await url_of() == "https://cognito-idp.eu-west-1.amazonaws.com"


# Pseudo-regions


@pytest.mark.parametrize(
    "region", ["fips-us-east-1", "us-east-1-fips", "us-fips-east-1", "us-gov-west-1-fips", "FIPS-US-East-1"]
)
@pytest.mark.parametrize("region_from", ["argument", "AWS_DEFAULT_REGION", "profile"])
@pytest.mark.parametrize("url_from", ["argument", "AWS_ENDPOINT_URL", "profile"])
async def test_a_pseudo_region_beside_an_endpoint_url_is_only_the_region_as_in_botocore(  # noqa: PLR0917
    shared_files: Files,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    region: str,
    region_from: str,
    url_from: str,
) -> None:
    profile = "[default]\n"
    profile += f"region = {region}\n" if region_from == "profile" else ""
    profile += f"endpoint_url = {ENDPOINT}\n" if url_from == "profile" else ""
    shared_files(profile)
    if region_from == "AWS_DEFAULT_REGION":
        monkeypatch.setenv(region_from, region)
    if url_from == "AWS_ENDPOINT_URL":
        monkeypatch.setenv(url_from, ENDPOINT)
    arguments = {
        "region": region if region_from == "argument" else None,
        "endpoint_url": ENDPOINT if url_from == "argument" else None,
    }
    transport = ScriptedTransport()
    client = client_with(transport, **arguments)
    await client.list_user_pools(max_results=1)
    plain = region.lower().replace("fips-", "").replace("-fips", "")
    assert (client.config.url, client.config.region, client.config.use_fips) == (ENDPOINT, plain, False)
    assert f"/{plain}/cognito-idp/" in transport.headers["Authorization"]
    assert f"use_fips from region {region.lower()} is ignored, because endpoint_url is set" in caplog.text
    if region.islower():
        theirs = Session().create_client(
            "cognito-idp", region_name=arguments["region"], endpoint_url=arguments["endpoint_url"]
        )
        assert (theirs.meta.endpoint_url, theirs.meta.region_name) == (ENDPOINT, plain)


async def test_the_argument_use_fips_stays_an_error_with_a_pseudo_region_and_an_endpoint_url(
    shared_files: Files,
) -> None:
    for region in ("us-east-1", "fips-us-east-1"):
        with pytest.raises(ConfigurationError, match="use_fips and endpoint_url exclude each other"):
            _ = resolve_config({"region": region, "use_fips": True, "endpoint_url": ENDPOINT}, {}).url
    shared_files("[default]\nregion = fips-us-east-1\n")
    with pytest.raises(ConfigurationError, match="use_fips and endpoint_url exclude each other"):
        await url_of(use_fips=True, endpoint_url=ENDPOINT)


# Proxies and certificates


async def test_a_proxy_that_is_not_used_by_the_transport_of_the_caller_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    client = client_with(ScriptedTransport())
    await client._pipeline.prepare()
    assert client.config.proxy is None


@pytest.mark.parametrize("name", ["missing.pem", "."])
@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", None])
def test_a_certificate_bundle_of_the_environment_is_not_read_if_nothing_is_verified(
    tmp_path: Path, name: str, variable: str | None
) -> None:
    path = str(tmp_path / name)
    arguments: dict[str, Any] = {} if variable else {"ca_bundle": path}
    environment = {variable: path} if variable else {}
    with pytest.raises(ConfigurationError, match="cannot be read"):
        tls_context(resolve_config(arguments, environment))
    config = resolve_config(arguments | {"verify": False}, environment)
    if variable:
        assert not tls_context(config).check_hostname
    else:
        with pytest.raises(ConfigurationError, match="it comes from argument"):
            tls_context(config)
