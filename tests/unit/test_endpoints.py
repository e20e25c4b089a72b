"""Endpoints, compared with those that botocore resolves by the same rules."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider, RuleSetStandardLibrary
from botocore.exceptions import EndpointProviderError
from botocore.loaders import create_loader

from cognito_async import _endpoints as endpoints
from cognito_async._endpoints import PARTITIONS, Partition, partition_of, resolve_endpoint
from cognito_async.errors import ConfigurationError

LOADER = create_loader()
PARTITION_DATA = LOADER.load_data("partitions")
RULES = LOADER.load_service_model("cognito-idp", "endpoint-rule-set-1")
LISTED = sorted(region for partition in PARTITION_DATA["partitions"] for region in partition["regions"])
INVENTED = [
    "",
    "us-new-9",
    "mx-new-10",
    "cn-new-3",
    "eusc-de-new-1",
    "eusc-fr-new-1",  # in no partition
    "us-gov-new-1",
    "us-iso-new-1",
    "us-isob-new-1",
    "eu-isoe-new-1",
    "us-isof-new-1",
    "us-isox-new-1",
    "zz-fantasy-1",
    "US-EAST-1",
    "us-east-1-extra",
    "xus-east-1",
    "us-east",
    "localhost",
]
SWITCHES = [(False, False), (True, False), (False, True), (True, True)]


@cache
def botocore_provider() -> EndpointProvider:
    return EndpointProvider(RULES, PARTITION_DATA)


def botocore_url(provider: EndpointProvider, **parameters: Any) -> str | None:
    """Return the URL that botocore resolves; None if it raises an error."""
    try:
        return provider.resolve_endpoint(**parameters).url
    except EndpointProviderError:
        return None


def our_url(**settings: Any) -> str | None:
    """Return the URL that this package resolves; None if it raises an error."""
    try:
        return resolve_endpoint(**settings)
    except ConfigurationError:
        return None


@pytest.mark.made_from("endpoint_rules", "partitions")
@pytest.mark.parametrize(("use_fips", "use_dualstack"), SWITCHES)
@pytest.mark.parametrize("region", LISTED + INVENTED)
def test_the_endpoint_of_a_region_is_that_of_botocore(region: str, use_fips, use_dualstack) -> None:
    expected = botocore_url(botocore_provider(), Region=region, UseFIPS=use_fips, UseDualStack=use_dualstack)
    assert expected is not None
    assert resolve_endpoint(region=region, use_fips=use_fips, use_dualstack=use_dualstack) == expected


@pytest.mark.made_from("endpoint_rules", "partitions")
@pytest.mark.parametrize("endpoint_url", [None, "http://127.0.0.1:5000"])
@pytest.mark.parametrize(("use_fips", "use_dualstack"), SWITCHES)
@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_invalid_combinations_of_settings_are_those_of_botocore(
    region, use_fips, use_dualstack, endpoint_url
) -> None:
    expected = botocore_url(
        botocore_provider(),
        Region=region,
        UseFIPS=use_fips,
        UseDualStack=use_dualstack,
        Endpoint=endpoint_url,
    )
    settings = {"use_fips": use_fips, "use_dualstack": use_dualstack, "endpoint_url": endpoint_url}
    assert our_url(region=region, **settings) == expected


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["region", "AWS_REGION", "AWS_DEFAULT_REGION"]),
        ({"use_fips": True}, ["region"]),
        ({"endpoint_url": "http://h", "use_fips": True}, ["use_fips", "endpoint_url"]),
        ({"endpoint_url": "http://h", "use_dualstack": True}, ["use_dualstack", "endpoint_url"]),
    ],
)
def test_the_error_names_the_settings(settings: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_endpoint(**settings)
    assert [word for word in words if word not in str(caught.value)] == []


def test_an_endpoint_url_is_used_unchanged() -> None:
    url = "HTTP://Localhost:5000/base/../?q=1"
    assert resolve_endpoint(region="eu-west-1", endpoint_url=url) == url
    assert resolve_endpoint(endpoint_url=url) == url


@pytest.mark.parametrize("supports_fips", [True, False])
@pytest.mark.parametrize("supports_dual_stack", [True, False])
@pytest.mark.parametrize(("use_fips", "use_dualstack"), SWITCHES)
def test_an_endpoint_that_the_partition_does_not_support_is_an_error(
    monkeypatch: pytest.MonkeyPatch, *, supports_fips, supports_dual_stack, use_fips, use_dualstack
) -> None:
    # All real partitions support both, so this one is invented.
    partition = Partition(
        name="aws-moon",
        pattern=r"^moon-\w+-\d+$",
        regions=frozenset(),
        dns_suffix="amazonaws.moon",
        dual_stack_dns_suffix="api.aws.moon",
        supports_fips=supports_fips,
        supports_dual_stack=supports_dual_stack,
    )
    outputs = {
        "name": partition.name,
        "dnsSuffix": partition.dns_suffix,
        "dualStackDnsSuffix": partition.dual_stack_dns_suffix,
        "supportsFIPS": supports_fips,
        "supportsDualStack": supports_dual_stack,
    }
    data = {"id": partition.name, "regionRegex": partition.pattern, "regions": {}, "outputs": outputs}
    provider = EndpointProvider(RULES, {"version": "1.1", "partitions": [data]})
    monkeypatch.setattr(endpoints, "partition_of", {"moon-east-1": partition}.__getitem__)

    expected = botocore_url(provider, Region="moon-east-1", UseFIPS=use_fips, UseDualStack=use_dualstack)
    unsupported = (use_fips and not supports_fips) or (use_dualstack and not supports_dual_stack)
    assert (expected is None) == unsupported
    assert our_url(region="moon-east-1", use_fips=use_fips, use_dualstack=use_dualstack) == expected


@pytest.mark.made_from("partitions")
@pytest.mark.parametrize("region", LISTED + INVENTED)
def test_the_partition_of_a_region_is_that_of_botocore(region: str) -> None:
    expected = RuleSetStandardLibrary(PARTITION_DATA).aws_partition(region)
    partition = partition_of(region)
    assert {
        "name": partition.name,
        "dnsSuffix": partition.dns_suffix,
        "dualStackDnsSuffix": partition.dual_stack_dns_suffix,
        "supportsFIPS": partition.supports_fips,
        "supportsDualStack": partition.supports_dual_stack,
    } == {name: value for name, value in expected.items() if name != "implicitGlobalRegion"}


@pytest.mark.made_from("partitions")
def test_the_partitions_are_those_of_botocore_in_the_same_order() -> None:
    assert [partition.name for partition in PARTITIONS] == [
        partition["id"] for partition in PARTITION_DATA["partitions"]
    ]


def test_a_region_in_no_partition_belongs_to_the_first() -> None:
    assert partition_of("zz-fantasy-1") is PARTITIONS[0]
    assert PARTITIONS[0].name == "aws"


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("eu-west-1", "aws"),
        ("aws-global", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
    ],
)
def test_a_region_belongs_to_the_partition_that_lists_or_matches_it(region: str, name: str) -> None:
    assert partition_of(region).name == name
