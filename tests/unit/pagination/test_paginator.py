"""Paginators: arguments of ``paginate``, and the client's methods that find paginators."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, ClassVar

import pytest

from cognito_async import CognitoClient, Paginator
from cognito_async.errors import InvalidRequestError
from cognito_async.operations.pagination import ListUsersPaginator
from cognito_async.pagination._paginator import PaginatorMethods
from support.paginated_lists import PageTransport, session_pages, user_pages
from support.transports import client_with

# Arguments


async def test_a_size_too_long_to_show_is_rejected_too() -> None:
    for name in ("page_size", "max_items", "prefetch"):
        with pytest.raises(InvalidRequestError, match=f"{name}: expected .*, got .too long to show."):
            user_pages(PageTransport(), **{name: -(10**5000)})


@pytest.mark.parametrize("name", ["page_size", "max_items"])
@pytest.mark.parametrize("value", [0, -1, True, False, "5", 1.0, [5]])
async def test_a_size_must_be_a_positive_number(name: str, value: object) -> None:
    transport = PageTransport()
    with pytest.raises(InvalidRequestError) as caught:
        user_pages(transport, **{name: value})
    assert str(caught.value) == f"ListUsersRequest: {name}: expected a number of at least 1, got {value!r}"
    assert transport.sent == []


@pytest.mark.parametrize("value", [1, 60, 0])
def test_a_page_size_is_rejected_if_the_operation_has_none(value: int) -> None:
    with pytest.raises(InvalidRequestError, match="page_size: ListUserSessions has no page size; omit it"):
        session_pages(PageTransport(), page_size=value)


@pytest.mark.parametrize("value", [2, -1, True, "1", None])
def test_prefetch_must_be_0_or_1(value: object) -> None:
    with pytest.raises(InvalidRequestError, match="prefetch: expected 0 or 1, got"):
        user_pages(PageTransport(), prefetch=value)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        user_pages(PageTransport(), page_size=0, max_items=-1, starting_token="x", prefetch=2)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "page_size",
        "max_items",
        "starting_token",
        "prefetch",
    ]


# Methods of the client


@pytest.fixture
def client() -> CognitoClient:
    return client_with(PageTransport())


def test_get_paginator_returns_the_paginator_of_an_operation(client: CognitoClient) -> None:
    paginator = client.get_paginator("list_users")
    assert isinstance(paginator, Paginator)
    assert type(paginator).__name__ == "ListUsersPaginator"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("list_user", "no operation 'list_user', did you mean 'list_users'?"),
        ("ListUsers", "no operation 'ListUsers', did you mean 'list_users'?"),
        ("xyz", "no operation 'xyz'."),
        ("send", "no operation 'send'."),
        (None, "no operation None."),
        ("get_user", "'get_user' does not return a list in pages."),
        ("list_tags_for_resource", "'list_tags_for_resource' does not return a list in pages."),
    ],
)
def test_a_name_without_paginator_is_an_error_that_lists_the_valid_ones(
    client: CognitoClient, name: Any, hint: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.get_paginator(name)
    assert hint in str(caught.value)
    assert "Operations with a paginator: admin_list_devices, " in str(caught.value)


def test_can_paginate_is_true_for_paginated_lists_only(client: CognitoClient) -> None:
    assert client.can_paginate("list_users") is True
    assert client.can_paginate("get_user") is False
    assert client.can_paginate("list_tags_for_resource") is False


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("list_user", "no operation 'list_user', did you mean 'list_users'?"),
        ("admin_get_usr", "no operation 'admin_get_usr', did you mean 'admin_get_user'?"),
        ("close", "no operation 'close'"),
        ("send", "no operation 'send'"),
        ("get_paginator", "no operation 'get_paginator'"),
    ],
)
def test_can_paginate_raises_for_an_unknown_operation(client: CognitoClient, name: str, message: str) -> None:
    with pytest.raises(KeyError) as caught:
        client.can_paginate(name)
    assert caught.value.args == (message,)


@pytest.mark.parametrize("name", ["user_exists", "list_users", ""])
def test_there_are_no_waiters(client: CognitoClient, name: str) -> None:
    with pytest.raises(ValueError, match=f"^Waiter does not exist: {name}$"):
        client.get_waiter(name)


class TwoOperations(PaginatorMethods):
    """The methods of a client with two operations."""

    __slots__ = ()
    _paginators: ClassVar = {"list_users": ListUsersPaginator}
    _methods: ClassVar = {
        ("users", "UsersOperations"): ["list_users"],
        ("groups", "GroupsOperations"): ["get_group"],
    }


def test_the_methods_know_the_operations_and_paginators_of_their_class() -> None:
    operations = TwoOperations()
    assert type(operations._paginator("list_users")) is ListUsersPaginator
    assert [operations.can_paginate(name) for name in ("list_users", "get_group")] == [True, False]
    with pytest.raises(KeyError, match="no operation 'list_groups'"):
        operations.can_paginate("list_groups")
    with pytest.raises(InvalidRequestError, match=r"'get_group' does not .* with a paginator: list_users$"):
        operations._paginator("get_group")
    with pytest.raises(
        InvalidRequestError, match=r"no operation 'list_groups'.* with a paginator: list_users$"
    ):
        operations._paginator("list_groups")


def test_a_client_and_its_paginators_load_neither_shapes_nor_jmespath() -> None:
    script = """
import sys
from cognito_async import CognitoClient
CognitoClient(region="eu-west-1").get_paginator("list_users")
print([name for name in sys.modules if name.startswith("cognito_async.types.") or name == "jmespath"])
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
