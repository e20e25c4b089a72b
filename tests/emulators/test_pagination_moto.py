"""Lists of moto, page by page, compared with the paginators of boto3."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import attrs
import boto3
import pytest
from botocore import xform_name
from botocore.paginate import TokenDecoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_async import CognitoClient, Credentials, types
from cognito_async.testing import MotoServer
from support.strategies import operation_names

KEYS = {"aws_access_key_id": "emulator", "aws_secret_access_key": "emulator"}
# moto paginates these as the service does. It returns other lists as one page, or does not support them.
PAGED = (
    "admin_list_groups_for_user",
    "list_groups",
    "list_identity_providers",
    "list_resource_servers",
    "list_user_pool_clients",
    "list_user_pools",
    "list_users",
    "list_users_in_group",
)
COUNT = 13
# A request takes some milliseconds; a few examples are enough to find off-by-one errors.
EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with MotoServer() as emulator:
        yield emulator.url


@pytest.fixture(scope="module")
def theirs(url: str) -> Iterator[Any]:
    """A boto3 client, which also fills the emulator."""
    client = boto3.client("cognito-idp", endpoint_url=url, region_name="eu-west-1", **KEYS)
    yield client
    client.close()


@pytest.fixture(scope="module")
def pool(theirs: Any) -> str:
    """Return the id of a pool with some resources of every kind."""
    pools = [theirs.create_user_pool(PoolName=f"pool-{number}") for number in range(COUNT)]
    pool_id: str = pools[0]["UserPool"]["Id"]
    for number in range(COUNT):
        name = f"name-{number:02}"
        theirs.create_group(UserPoolId=pool_id, GroupName=name)
        theirs.admin_create_user(UserPoolId=pool_id, Username=name)
        theirs.create_user_pool_client(UserPoolId=pool_id, ClientName=name)
        theirs.create_resource_server(UserPoolId=pool_id, Identifier=name, Name=name)
        theirs.create_identity_provider(
            UserPoolId=pool_id, ProviderName=name, ProviderType="SAML", ProviderDetails={"MetadataURL": "x"}
        )
    for number in range(COUNT):
        name = f"name-{number:02}"
        theirs.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName="name-00")
        if number:
            theirs.admin_add_user_to_group(UserPoolId=pool_id, Username="name-00", GroupName=name)
    return pool_id


class Lists:
    """The lists of the emulator, through both clients."""

    def __init__(self, ours: CognitoClient, theirs: Any, pool: str) -> None:
        self.ours, self.theirs, self.pool = ours, theirs, pool

    def parameters(self, name: str) -> dict[str, str]:
        """Return the parameters of an operation, in wire form."""
        parameters: dict[str, str] = {} if name == "list_user_pools" else {"UserPoolId": self.pool}
        if name == "admin_list_groups_for_user":
            parameters["Username"] = "name-00"
        if name == "list_users_in_group":
            parameters["GroupName"] = "name-00"
        return parameters

    def our(self, name: Any, **controls: Any) -> Any:
        paginator: Any = self.ours.get_paginator(name)
        wire = {xform_name(member): value for member, value in self.parameters(name).items()}
        return paginator.paginate(**wire, **controls)

    def their(self, name: str, **controls: Any) -> Any:
        boto3_names = {"max_items": "MaxItems", "page_size": "PageSize", "starting_token": "StartingToken"}
        config = {boto3_names[control]: value for control, value in controls.items()}
        return self.theirs.get_paginator(name).paginate(**self.parameters(name), PaginationConfig=config)


@pytest.fixture
async def lists(url: str, theirs: Any, pool: str) -> AsyncIterator[Lists]:
    credentials = Credentials(access_key_id="emulator", secret_access_key="emulator")
    async with CognitoClient(region="eu-west-1", endpoint_url=url, credentials=credentials) as client:
        yield Lists(client, theirs, pool)


async def our_lists(pages: Any) -> list[list[Any]]:
    return [items_of(page) async for page in pages]


def their_lists(name: str, pages: Any) -> list[list[Any]]:
    return [items_of(as_response(name, page)) for page in pages]


def as_response(name: str, page: dict[str, Any]) -> Any:
    request = {xform_name(operation): operation for operation in operation_names()}[name]
    return getattr(types, f"{request}Response").from_wire(page)


def items_of(page: Any) -> list[Any]:
    """Return the only list of a page."""
    return next(value for value in attrs.asdict(page, recurse=False).values() if isinstance(value, list))


def flat(lists: list[list[Any]]) -> list[Any]:
    return [item for items in lists for item in items]


def count_in(token: str) -> int:
    """Return how many items of its page a resume token skips."""
    count: int = TokenDecoder().decode(token).get("boto_truncate_amount", 0)
    return count


names = st.sampled_from(PAGED)
sizes = st.integers(1, COUNT + 2)
controls = st.fixed_dictionaries({"page_size": sizes}, optional={"max_items": sizes})


@pytest.mark.parametrize("name", PAGED)
@pytest.mark.parametrize("page_size", [1, 5, COUNT, 60])
async def test_pages_equal_those_of_boto3(lists: Lists, name: str, page_size: int) -> None:
    expected = [as_response(name, page) for page in lists.their(name, page_size=page_size)]
    assert sum(len(items_of(page)) for page in expected) == COUNT
    assert [page async for page in lists.our(name, page_size=page_size)] == expected


@EXAMPLES
@given(name=names, controls=controls)
async def test_pages_are_equal_for_every_combination_of_sizes(
    lists: Lists, name: str, controls: dict[str, int]
) -> None:
    our, their = lists.our(name, **controls), lists.their(name, **controls)
    assert await our_lists(our) == their_lists(name, their)
    assert (our.resume_token is None) == (their.resume_token is None)


@EXAMPLES
@given(name=names, page_size=sizes, first=sizes, then=st.none() | sizes)
async def test_items_are_equal_for_the_same_starting_token(
    lists: Lists, name: str, page_size: int, first: int, then: int | None
) -> None:
    before = lists.their(name, page_size=page_size, max_items=first)
    their_lists(name, before)
    if before.resume_token is None:
        return
    controls: dict[str, Any] = {"page_size": page_size, "starting_token": before.resume_token}
    controls |= {"max_items": then} if then else {}
    our = await our_lists(lists.our(name, **controls))
    their = their_lists(name, lists.their(name, **controls))
    assert flat(our) == flat(their)
    if count_in(before.resume_token) == 0:
        assert our == their


@EXAMPLES
@given(name=names, first=controls, then=controls)
async def test_boto3_continues_from_our_token(
    lists: Lists, name: str, first: dict[str, int], then: dict[str, int]
) -> None:
    all_items = flat(await our_lists(lists.our(name)))
    before = lists.our(name, **first)
    items_read = flat(await our_lists(before))
    if before.resume_token is not None:
        items_read += flat(their_lists(name, lists.their(name, starting_token=before.resume_token, **then)))
    expected_count = first.get("max_items", COUNT)
    expected_count += then.get("max_items", COUNT) if before.resume_token else 0
    assert items_read == all_items[:expected_count]


@EXAMPLES
@given(name=names, first=controls, then=controls)
async def test_we_continue_from_a_token_of_boto3(
    lists: Lists, name: str, first: dict[str, int], then: dict[str, int]
) -> None:
    all_items = flat(await our_lists(lists.our(name)))
    before = lists.their(name, **first)
    items_read = flat(their_lists(name, before))
    if before.resume_token is not None:
        items_read += flat(await our_lists(lists.our(name, starting_token=before.resume_token, **then)))
    expected_count = first.get("max_items", COUNT)
    expected_count += then.get("max_items", COUNT) if before.resume_token else 0
    assert items_read == all_items[:expected_count]


@EXAMPLES
@given(name=names, page_size=sizes, stop=st.integers(1, COUNT))
async def test_boto3_continues_after_any_item(lists: Lists, name: str, page_size: int, stop: int) -> None:
    pages = lists.our(name, page_size=page_size)
    async with aclosing(pages.items()) as items:
        items_read = [await anext(items) for _ in range(stop)]
        token = pages.resume_token
    if token is not None:
        rest = lists.their(name, page_size=page_size, starting_token=token)
        items_read += flat(their_lists(name, rest))
    assert items_read == flat(await our_lists(pages))


@pytest.mark.parametrize("page_size", [4, 60])
async def test_search_and_collect_equal_boto3(lists: Lists, page_size: int) -> None:
    our = lists.our("list_users", page_size=page_size)
    for expression in (
        "Users[].Username",
        "length(Users)",
        "Users[?Username=='name-03'].Attributes[]",
        "Gone",
    ):
        # A new one for each expression: boto3's page iterator starts at the first page only once.
        their = lists.their("list_users", page_size=page_size)
        assert [part async for part in our.search(expression)] == list(their.search(expression))
    full = as_response("list_users", lists.their("list_users").build_full_result())
    assert await our.collect() == full.users


async def test_prefetch_returns_the_same_pages(lists: Lists) -> None:
    ahead, plain = (lists.our("list_users", page_size=3, prefetch=prefetch) for prefetch in (1, 0))
    assert [page async for page in ahead] == [page async for page in plain]
