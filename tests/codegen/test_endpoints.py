"""Endpoint rules compiled to Python, and the rows of partitions."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from codegen.endpoints import PartitionRow, body_source, parameters_source, partition_rows
from codegen.ir import ModelError
from codegen.load import load_inputs, load_sources
from cognito_async._endpoints import resolve_endpoint
from cognito_async._errors import ConfigurationError

REGION = {"ref": "Region"}
FIPS = {"ref": "UseFIPS"}
DUALSTACK = {"ref": "UseDualStack"}
ENDPOINT = {"ref": "Endpoint"}
PARTITION = {"ref": "PartitionResult"}
NONE = [{"words": ["none"], "message": "no rule matches"}]
ALL = {"Region": {}, "UseFIPS": {}, "UseDualStack": {}, "Endpoint": {}}


class InvalidSettingsError(Exception):
    """Replaces ConfigurationError."""


def _call(name, *arguments):
    return {"fn": name, "argv": list(arguments)}


def _endpoint(url, *conditions, **facts):
    return {"conditions": list(conditions), "endpoint": {"url": url, **facts}, "type": "endpoint"}


def _error(text, *conditions):
    return {"conditions": list(conditions), "error": text, "type": "error"}


def _tree(rules, *conditions):
    return {"conditions": list(conditions), "rules": rules, "type": "tree"}


ASSIGN_PARTITION = {**_call("aws.partition", REGION), "assign": "PartitionResult"}


def _partition_of(region):
    return SimpleNamespace(
        name="aws-cn" if region.startswith("cn-") else "aws",
        dns_suffix="amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com",
        dual_stack_dns_suffix="api.aws",
        supports_fips=not region.startswith("cn-"),
        supports_dual_stack=True,
    )


def _compile(rules, messages=()):
    """Return the function that the template would contain."""
    parameters = parameters_source({"parameters": ALL})
    source = f"def resolve(*, {parameters}):\n{body_source({'rules': rules}, messages)}\n"
    namespace = {"ConfigurationError": InvalidSettingsError, "partition_of": _partition_of}
    exec(source, namespace)
    return namespace["resolve"]


def _model_error(rules, messages=()):
    """Return the message of the ModelError that compiling raises."""
    with pytest.raises(ModelError) as caught:
        body_source({"rules": rules}, messages)
    return str(caught.value)


# Conditions


def test_a_rule_without_conditions_always_holds():
    assert _compile([_endpoint("https://a.example")])() == "https://a.example"


def test_is_set_distinguishes_none_from_the_empty_string():
    resolve = _compile(
        [_endpoint("https://set.example", _call("isSet", REGION)), _endpoint("https://else.example")]
    )
    assert resolve(region="r") == "https://set.example"
    assert resolve(region="") == "https://set.example"
    assert resolve() == "https://else.example"


def test_not_inverts_a_condition():
    condition = _call("not", _call("isSet", REGION))
    resolve = _compile([_endpoint("https://unset.example", condition), _endpoint("https://else.example")])
    assert resolve() == "https://unset.example"
    assert resolve(region="r") == "https://else.example"


def test_not_inverts_a_whole_comparison():
    condition = _call("not", _call("stringEquals", REGION, "r"))
    resolve = _compile([_endpoint("https://other.example", condition), _endpoint("https://r.example")])
    assert resolve(region="r") == "https://r.example"
    assert resolve(region="s") == "https://other.example"


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
@pytest.mark.parametrize("value", [True, False])
def test_boolean_equals_compares_with_a_constant_on_either_side(constant, swapped, value):
    arguments = (constant, FIPS) if swapped else (FIPS, constant)
    condition = _call("booleanEquals", *arguments)
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    expected = "https://equal.example" if value is constant else "https://else.example"
    assert resolve(use_fips=value) == expected


@pytest.mark.parametrize(("fips", "dualstack"), list(product([True, False], repeat=2)))
def test_boolean_equals_compares_two_parameters(fips, dualstack):
    condition = _call("booleanEquals", FIPS, DUALSTACK)
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    expected = "https://equal.example" if fips is dualstack else "https://else.example"
    assert resolve(use_fips=fips, use_dualstack=dualstack) == expected


@pytest.mark.parametrize(("region", "endpoint"), list(product([None, "x"], repeat=2)))
def test_boolean_equals_compares_two_conditions(region, endpoint):
    condition = _call("booleanEquals", _call("isSet", REGION), _call("isSet", ENDPOINT))
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    same = (region is None) is (endpoint is None)
    expected = "https://equal.example" if same else "https://else.example"
    assert resolve(region=region, endpoint_url=endpoint) == expected


@pytest.mark.parametrize(("region", "endpoint"), list(product(["r", "s"], repeat=2)))
@pytest.mark.parametrize("negated", [False, True], ids=["plain", "negated"])
def test_boolean_equals_compares_two_comparisons(region, endpoint, negated):
    sides = [_call("stringEquals", REGION, "r"), _call("stringEquals", ENDPOINT, "r")]
    condition = _call("booleanEquals", *([_call("not", side) for side in sides] if negated else sides))
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    expected = "https://equal.example" if region == endpoint else "https://else.example"
    assert resolve(region=region, endpoint_url=endpoint) == expected


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("region", [None, "r"])
def test_boolean_equals_compares_a_condition_with_a_constant(constant, region):
    condition = _call("booleanEquals", _call("isSet", REGION), constant)
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    expected = "https://equal.example" if (region is not None) is constant else "https://else.example"
    assert resolve(region=region) == expected


@pytest.mark.parametrize("arguments", [(REGION, "eu-west-1"), ("eu-west-1", REGION)])
def test_string_equals_compares_with_a_constant_on_either_side(arguments):
    condition = _call("stringEquals", *arguments)
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    assert resolve(region="eu-west-1") == "https://equal.example"
    assert resolve(region="eu-west-2") == "https://else.example"


def test_string_equals_compares_two_parameters():
    condition = _call("stringEquals", REGION, ENDPOINT)
    resolve = _compile([_endpoint("https://equal.example", condition), _endpoint("https://else.example")])
    assert resolve(region="a", endpoint_url="a") == "https://equal.example"
    assert resolve(region="a", endpoint_url="b") == "https://else.example"


@pytest.mark.parametrize(
    ("field", "constant", "in_aws", "in_china"),
    [("name", "aws", True, False), ("dnsSuffix", "amazonaws.com.cn", False, True)],
)
def test_a_string_of_the_partition_is_compared(field, constant, in_aws, in_china):
    condition = _call("stringEquals", constant, _call("getAttr", PARTITION, field))
    rules = [_endpoint("https://equal.example", condition), _endpoint("https://else.example")]
    resolve = _compile([_tree(rules, ASSIGN_PARTITION)])
    assert (resolve(region="eu-west-1") == "https://equal.example") is in_aws
    assert (resolve(region="cn-north-1") == "https://equal.example") is in_china


def test_a_boolean_of_the_partition_is_tested():
    condition = _call("booleanEquals", True, _call("getAttr", PARTITION, "supportsFIPS"))
    rules = [_endpoint("https://fips.example", condition), _endpoint("https://else.example")]
    resolve = _compile([_tree(rules, ASSIGN_PARTITION)])
    assert resolve(region="eu-west-1") == "https://fips.example"
    assert resolve(region="cn-north-1") == "https://else.example"


@pytest.mark.parametrize(("fips", "dualstack"), list(product([True, False], repeat=2)))
def test_all_conditions_of_a_rule_must_hold(fips, dualstack):
    conditions = (_call("booleanEquals", FIPS, True), _call("booleanEquals", DUALSTACK, False))
    resolve = _compile([_endpoint("https://both.example", *conditions), _endpoint("https://else.example")])
    expected = "https://both.example" if fips and not dualstack else "https://else.example"
    assert resolve(use_fips=fips, use_dualstack=dualstack) == expected


def test_the_first_rule_that_holds_wins():
    rules = [
        _endpoint("https://first.example", _call("isSet", REGION)),
        _endpoint("https://second.example", _call("isSet", REGION)),
        _endpoint("https://third.example"),
    ]
    assert _compile(rules)(region="r") == "https://first.example"


# URLs


def test_a_url_may_be_a_parameter():
    assert _compile([_endpoint(ENDPOINT)])(endpoint_url="http://localhost:9") == "http://localhost:9"


def test_a_url_contains_the_region_and_fields_of_the_partition():
    url = "https://x-{Region}.{PartitionResult#dnsSuffix}/{PartitionResult#dualStackDnsSuffix}"
    resolve = _compile([_tree([_endpoint(url)], ASSIGN_PARTITION)])
    assert resolve(region="cn-north-1") == "https://x-cn-north-1.amazonaws.com.cn/api.aws"


def test_any_assigned_name_can_be_used():
    assign = {**_call("aws.partition", REGION), "assign": "homeOfRegion"}
    resolve = _compile([_tree([_endpoint("https://{homeOfRegion#dnsSuffix}")], assign)])
    assert resolve(region="eu-west-1") == "https://amazonaws.com"


def test_an_assignment_may_come_before_a_test():
    condition = _call("stringEquals", _call("getAttr", PARTITION, "name"), "aws")
    rules = [_endpoint("https://aws.example", ASSIGN_PARTITION, condition), _endpoint("https://else.example")]
    resolve = _compile(rules)
    assert resolve(region="eu-west-1") == "https://aws.example"
    assert resolve(region="cn-north-1") == "https://else.example"


@pytest.mark.parametrize("url", ['https://"quoted".example', "https://back\\slash.example"])
def test_quotes_and_backslashes_in_a_constant_url_survive(url):
    assert _compile([_endpoint(url)])() == url


# Trees


def test_trees_are_nested():
    inner = _tree(
        [
            _endpoint("https://both.example", _call("booleanEquals", DUALSTACK, True)),
            _endpoint("https://fips.example"),
        ],
        _call("booleanEquals", FIPS, True),
    )
    resolve = _compile(
        [_tree([inner, _endpoint("https://{Region}.example")], _call("isSet", REGION)), _error("none")], NONE
    )
    assert resolve(region="r", use_fips=True, use_dualstack=True) == "https://both.example"
    assert resolve(region="r", use_fips=True) == "https://fips.example"
    assert resolve(region="r", use_dualstack=True) == "https://r.example"
    with pytest.raises(InvalidSettingsError):
        resolve(use_fips=True)


def test_the_next_rule_is_tried_if_no_rule_in_a_tree_holds():
    tree = _tree(
        [_endpoint("https://fips.example", _call("booleanEquals", FIPS, True))], _call("isSet", REGION)
    )
    resolve = _compile([tree, _endpoint("https://next.example")])
    assert resolve(region="r", use_fips=True) == "https://fips.example"
    assert resolve(region="r") == "https://next.example"


def test_the_next_rule_is_tried_if_no_rule_in_a_tree_without_conditions_holds():
    tree = _tree([_endpoint("https://fips.example", _call("booleanEquals", FIPS, True))])
    resolve = _compile([tree, _endpoint("https://next.example")])
    assert resolve(use_fips=True) == "https://fips.example"
    assert resolve() == "https://next.example"


# Errors


def test_an_error_is_raised_with_our_message():
    messages = [{"words": ["Missing"], "message": "give a region"}]
    with pytest.raises(InvalidSettingsError, match=r"^give a region$"):
        _compile([_error("Invalid Configuration: Missing Region")], messages)()


def test_the_first_message_whose_words_all_occur_is_used():
    messages = [
        {"words": ["FIPS", "custom"], "message": "first"},
        {"words": ["FIPS"], "message": "second"},
        {"words": ["FIPS", "enabled"], "message": "third"},
    ]
    with pytest.raises(InvalidSettingsError, match=r"^second$"):
        _compile([_error("FIPS is enabled")], messages)()


def test_quotes_and_backslashes_in_a_message_survive():
    message = """say "region=..." or 'r' \\ {x}"""
    with pytest.raises(InvalidSettingsError) as caught:
        _compile([_error("none")], [{"words": ["none"], "message": message}])()
    assert str(caught.value) == message


def test_an_error_without_our_message_fails_with_its_text():
    messages = [{"words": ["FIPS", "Region"], "message": "no"}]
    assert "'Missing Region'" in _model_error([_error("Missing Region")], messages)
    assert "endpoint_errors" in _model_error([_error("Missing Region")], messages)


# Unsupported rules


@pytest.mark.parametrize(
    ("condition", "culprit"),
    [
        (_call("parseURL", ENDPOINT), "parseURL"),
        (_call("isValidHostLabel", REGION, False), "isValidHostLabel"),
        (_call("not", _call("substring", REGION, 0, 2, False)), "substring"),
        (_call("isSet", REGION, FIPS), "isSet"),
        (_call("isSet", _call("getAttr", PARTITION, "implicitGlobalRegion")), "implicitGlobalRegion"),
        (_call("not", True), "True"),
    ],
)
def test_an_unknown_function_fails_with_its_name(condition, culprit):
    assert culprit in _model_error([_endpoint("https://a.example", condition)])


def test_an_unknown_rule_type_fails_with_its_name():
    assert "'detour'" in _model_error([{"conditions": [], "type": "detour"}])


def test_an_unknown_field_of_the_partition_in_a_url_fails_with_its_name():
    assert "implicitGlobalRegion" in _model_error(
        [_endpoint("https://{PartitionResult#implicitGlobalRegion}")]
    )


@pytest.mark.parametrize("url", ["https://{Bucket}.example", {"ref": "Bucket"}])
def test_a_name_that_is_neither_a_parameter_nor_assigned_fails(url):
    assert "Bucket" in _model_error([_endpoint(url)])


def test_an_assignment_after_a_test_fails():
    rule = _endpoint("https://a.example", _call("isSet", REGION), ASSIGN_PARTITION)
    assert "assignment after a test" in _model_error([rule])


@pytest.mark.parametrize(
    "facts", [{"properties": {"authSchemes": [{"name": "sigv4a"}]}}, {"headers": {"x-amz-sigv4a": ["on"]}}]
)
def test_properties_and_headers_of_an_endpoint_fail(facts):
    assert "sigv4a" in _model_error([_endpoint("https://a.example", **facts)])


def test_empty_properties_and_headers_are_accepted():
    assert _compile([_endpoint("https://a.example", properties={}, headers={})])() == "https://a.example"


def test_unknown_parameters_fail_with_their_names():
    with pytest.raises(ModelError, match=r"AccountId, Bucket$"):
        parameters_source({"parameters": {**ALL, "Bucket": {}, "AccountId": {}}})


@pytest.mark.parametrize("names", [[], ["Region"], list(ALL)])
def test_the_function_has_the_same_parameters_for_all_rules(names):
    expected = (
        "region: str | None = None, use_fips: bool = False, use_dualstack: bool = False, "
        "endpoint_url: str | None = None"
    )
    assert parameters_source({"parameters": {name: {} for name in names}}) == expected


# Partitions


def _partition(**facts):
    return {
        "id": "aws",
        "regionRegex": r"^(us|eu)\-\w+\-\d+$",
        "regions": {"eu-west-1": {}, "us-east-1": {}},
        "outputs": {
            "name": "aws",
            "dnsSuffix": "amazonaws.com",
            "dualStackDnsSuffix": "api.aws",
            "supportsFIPS": True,
            "supportsDualStack": False,
            "implicitGlobalRegion": "us-east-1",
        },
        **facts,
    }


def test_a_partition_becomes_a_row():
    assert partition_rows({"partitions": [_partition()]}) == [
        PartitionRow(
            name="aws",
            pattern=r"^(us|eu)-\w+-\d+$",
            regions=(),
            dns_suffix="amazonaws.com",
            dual_stack_dns_suffix="api.aws",
            supports_fips=True,
            supports_dual_stack=False,
        )
    ]


def test_only_regions_that_the_pattern_does_not_match_are_listed_sorted():
    regions = {"eu-west-1": {}, "moon-1": {}, "aws-global": {}}
    (row,) = partition_rows({"partitions": [_partition(regions=regions)]})
    assert row.regions == ("aws-global", "moon-1")


def test_partitions_keep_their_order():
    second = _partition(outputs=_partition()["outputs"] | {"name": "aws-cn"})
    rows = partition_rows({"partitions": [second, _partition()]})
    assert [row.name for row in rows] == ["aws-cn", "aws"]


# The real rules


@pytest.mark.made_from("endpoint_rules", "partitions")
def test_the_real_rules_return_the_same_urls_as_botocore():
    sources = load_sources()
    provider = EndpointProvider(sources.rules, sources.partitions)
    known = [region for partition in sources.partitions["partitions"] for region in partition["regions"]]
    urls = set()
    for region, fips, dualstack, url in product(
        [*known, "eu-new-9", "moon-base-1", None], [False, True], [False, True], [None, "http://localhost:9"]
    ):
        try:
            ours = resolve_endpoint(region=region, use_fips=fips, use_dualstack=dualstack, endpoint_url=url)
        except ConfigurationError:
            ours = None
        try:
            theirs = provider.resolve_endpoint(
                Region=region, UseFIPS=fips, UseDualStack=dualstack, Endpoint=url
            ).url
        except EndpointProviderError:
            theirs = None
        assert ours == theirs, (region, fips, dualstack, url)
        urls.add(ours)
    assert len(urls) > len(known)


def test_the_real_rules_use_all_our_messages():
    source = body_source(load_sources().rules, load_inputs().overrides["endpoint_errors"])
    unused = [
        entry["message"]
        for entry in load_inputs().overrides["endpoint_errors"]
        if repr(entry["message"]) not in source
    ]
    assert unused == []
