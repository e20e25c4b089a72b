"""Domains: prefix and custom ones of all partitions, URLs, and discovery."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cognito_async._endpoints import PARTITIONS
from cognito_async.errors import (
    ClientClosedError,
    ConfigurationError,
    InvalidRequestError,
    InvalidResponseError,
    RequestTimeoutError,
)
from cognito_async.oauth import ClientCredentials, discover
from cognito_async.oauth._domains import base_url
from cognito_async.sign_in import AppClient
from cognito_async.testing import FakeUserPool
from support.transports import ScriptedTransport, client_with, http_response

from .conftest import SECRET

POOL = "eu-west-1_AbC123"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"


@pytest.mark.parametrize(
    ("domain", "pool_id", "url"),
    [
        ("my-app", POOL, "https://my-app.auth.eu-west-1.amazoncognito.com"),
        ("a", POOL, "https://a.auth.eu-west-1.amazoncognito.com"),
        ("my-app", "cn-north-1_A", "https://my-app.auth.cn-north-1.amazoncognito.com.cn"),
        ("my-app", "us-gov-west-1_A", "https://my-app.auth-fips.us-gov-west-1.amazoncognito.com"),
        ("auth.example.com", POOL, "https://auth.example.com"),
        ("auth.example.com", "us-iso-east-1_A", "https://auth.example.com"),
        ("https://Auth.Example.com/", POOL, "https://auth.example.com"),
        ("https://auth.example.com:8443", POOL, "https://auth.example.com:8443"),
        ("AUTH.example.com", POOL, "https://auth.example.com"),
        ("https://localhost:5000", POOL, "https://localhost:5000"),
        ("http://LOCALHOST:5000", POOL, "http://localhost:5000"),
        ("http://app.localhost:5000", POOL, "http://app.localhost:5000"),
        ("http://localhost:5000", POOL, "http://localhost:5000"),
        ("http://127.0.0.1", POOL, "http://127.0.0.1"),
        ("http://[::1]:5000/", POOL, "http://[::1]:5000"),
    ],
)
def test_a_domain_has_a_url(domain: str, pool_id: str, url: str) -> None:
    assert base_url(domain, pool_id) == url


def test_prefix_domains_of_every_partition_are_known_or_refused() -> None:
    regions = {
        "aws": "eu-west-1",
        "aws-cn": "cn-north-1",
        "aws-eusc": "eusc-de-east-1",
        "aws-iso": "us-iso-east-1",
        "aws-iso-b": "us-isob-east-1",
        "aws-iso-e": "eu-isoe-west-1",
        "aws-iso-f": "us-isof-south-1",
        "aws-us-gov": "us-gov-east-1",
    }
    assert {partition.name for partition in PARTITIONS} == regions.keys()
    for name, region in regions.items():
        if name in ("aws", "aws-cn", "aws-us-gov"):
            assert region in base_url("my-app", f"{region}_A")
        else:
            with pytest.raises(ConfigurationError, match=r"pass the whole host name, or .* discover"):
                base_url("my-app", f"{region}_A")


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "My App",
        "-app",
        "auth.example.com/path",
        "https://auth.example.com/login",
        "https://user@auth.example.com",
        "https://auth.example.com?x",
        "https://auth.example.com#x",
        "ftp://auth.example.com",
        "https://",
        "https://auth.example.com:123456",
        "auth.example.com\n",
        "auth..example.com",
        "My-App",
        "my-app:443",
        "https://my-app",
        "https://auth.example.com:99999",
        "https://auth.example.com:65536",
        "https://auth.example.com:0",
        "https://auth.example.com:",
        "http://[::ffff:127.0.0.1]",
        "http://2130706433",
    ],
)
def test_what_is_no_domain_is_rejected(domain: str) -> None:
    with pytest.raises(ConfigurationError, match="domain: expected a prefix"):
        base_url(domain, POOL)


@pytest.mark.parametrize("domain", ["localhost", "localhost:5000", "LOCALHOST", "http://localhost"])
def test_this_machine_has_a_scheme_and_a_port(domain: str) -> None:
    with pytest.raises(ConfigurationError, match="for this machine, pass a URL with scheme and port"):
        base_url(domain, POOL)


@pytest.mark.parametrize(
    ("region", "parent"),
    [
        ("eu-west-1", "auth-fips.eu-west-1.amazoncognito.com"),
        ("us-gov-west-1", "auth-fips.us-gov-west-1.amazoncognito.com"),
    ],
)
def test_a_client_with_fips_uses_the_prefix_domain_with_fips(region: str, parent: str) -> None:
    client = client_with(ScriptedTransport(), region=region, use_fips=True)
    app = AppClient(client, f"{region}_A", "client1", SECRET)
    assert repr(ClientCredentials(app, domain="my-app")).startswith(
        f"ClientCredentials(domain='https://my-app.{parent}'"
    )
    assert "https://auth.example.com" in repr(ClientCredentials(app, domain="auth.example.com"))


def test_there_are_no_prefix_domains_with_fips_in_china() -> None:
    with pytest.raises(ConfigurationError, match="prefix domains with use_fips in cn-north-1 is not known"):
        base_url("my-app", "cn-north-1_A", use_fips=True)


@pytest.mark.parametrize(
    ("client_id", "secret"), [("a:b", SECRET), ("a\r\nb", SECRET), ("a", f"{SECRET}\n"), ("a\x7f", SECRET)]
)
def test_an_app_client_that_basic_authentication_cannot_name_is_refused(client_id: str, secret: str) -> None:
    app = AppClient(client_with(ScriptedTransport()), POOL, client_id, secret)
    with pytest.raises(ConfigurationError, match="id and secret of the app client cannot be sent") as caught:
        ClientCredentials(app, domain="my-app")
    assert SECRET not in str(caught.value)


def test_a_domain_is_text() -> None:
    with pytest.raises(ConfigurationError, match="expected text, got NoneType"):
        base_url(None, POOL)


@pytest.mark.parametrize(
    "domain",
    [
        "http://auth.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.999.999.999:1",
        "http://127.1",
        "http://0.0.0.0",
        "http://10.0.0.1",
    ],
)
def test_no_secret_is_sent_over_http_to_another_machine(domain: str) -> None:
    with pytest.raises(ConfigurationError, match="http would send secrets unencrypted"):
        base_url(domain, POOL)


# Discovery


async def test_the_domain_is_discovered() -> None:
    pool = FakeUserPool(region="us-west-2")
    assert await discover(pool.app()) == pool.domain
    assert [request.operation for request in pool.requests] == ["OpenIDConfiguration"]


def app_with(body: Any, status: int = 200) -> AppClient:
    client = client_with(ScriptedTransport(http_response(status, body)), retry_mode="off")
    return AppClient(client, POOL, "client1")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"issuer": "https://evil.example/eu-west-1_Other", "token_endpoint": "https://a/oauth2/token"},
            "issuer",
        ),
        (
            {"issuer": f"https://evil.example/x{POOL}", "token_endpoint": "https://a.example/oauth2/token"},
            "issuer",
        ),
        ({"token_endpoint": "https://a/oauth2/token"}, "issuer"),
        ({"issuer": ISSUER, "token_endpoint": "https:///oauth2/token"}, "token_endpoint"),
        ({"issuer": ISSUER, "token_endpoint": 3}, "token_endpoint"),
        ({"issuer": ISSUER, "token_endpoint": "https://a/other"}, "token_endpoint"),
        ({"issuer": ISSUER, "token_endpoint": "my-app/oauth2/token"}, "token_endpoint"),
        ([1], "not a JSON object"),
    ],
)
async def test_the_document_of_something_else_is_rejected(body: Any, reason: str) -> None:
    with pytest.raises(InvalidResponseError, match=reason):
        await discover(app_with(body))


async def test_a_pool_without_a_domain_has_none() -> None:
    with pytest.raises(InvalidRequestError, match="the user pool has no domain"):
        await discover(app_with({"issuer": ISSUER}))


async def test_a_discovered_http_domain_is_refused() -> None:
    body = {"issuer": ISSUER, "token_endpoint": "http://auth.example.com/oauth2/token"}
    with pytest.raises(ConfigurationError, match="unencrypted"):
        await discover(app_with(body))


@pytest.mark.parametrize("host", ["[x", "u@a.example", "a.example:99999", "[::1", "a"])
async def test_a_discovered_domain_of_another_form_is_refused(host: str) -> None:
    body = {"issuer": ISSUER, "token_endpoint": f"https://{host}/oauth2/token"}
    with pytest.raises(ConfigurationError, match="domain: expected a prefix"):
        await discover(app_with(body))


class SlowPreparation(ScriptedTransport):
    """A transport that is never ready."""

    async def prepare(self, url: str) -> None:
        await super().prepare(url)
        await asyncio.Event().wait()


async def test_discovery_ends_at_the_timeout_of_the_client() -> None:
    client = client_with(SlowPreparation(), timeout=0.01)
    with pytest.raises(RequestTimeoutError, match=r"OpenIDConfiguration failed: .* within 0\.01 seconds"):
        await discover(AppClient(client, POOL, "client1"))


async def test_discovery_prepares_nothing_for_a_closed_client() -> None:
    transport = ScriptedTransport()
    client = client_with(transport)
    await client.close()
    with pytest.raises(ClientClosedError, match="OpenIDConfiguration failed"):
        await discover(AppClient(client, POOL, "client1"))
    assert transport.prepared == []


async def test_discovery_asks_the_endpoint_of_the_client() -> None:
    body = {"issuer": ISSUER, "token_endpoint": "https://auth.example.com/oauth2/token"}
    transport = ScriptedTransport(http_response(body=body))
    client = client_with(transport, endpoint_url="https://proxy.example.com/cognito/")
    assert await discover(AppClient(client, POOL, "client1")) == "https://auth.example.com"
    path = f"{POOL}/.well-known/openid-configuration"
    assert transport.sent[0].url == f"https://proxy.example.com/cognito/{path}"


async def test_discovery_is_for_app_clients() -> None:
    with pytest.raises(ConfigurationError, match="expected an AppClient, got NoneType"):
        await discover(None)  # type: ignore[arg-type]
