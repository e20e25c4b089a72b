"""Pages of a list: requests, pages, items, errors, search, prefetch and cleanup."""

from __future__ import annotations

import asyncio
import gc
import pickle
from contextlib import aclosing
from typing import Any

import pytest

from cognito_async import Pages, types
from cognito_async.errors import (
    CognitoError,
    InvalidRequestError,
    InvalidResponseError,
    PaginationError,
    ReadTimeoutError,
    ServiceError,
    TooManyRequestsException,
)
from support.calls import POOL, THROTTLED
from support.paginated_lists import (
    FakeUserDirectory,
    GatedTransport,
    PageTransport,
    make_resume_token,
    other_tasks,
    run_other_tasks,
    session_pages,
    sessions,
    user_pages,
    usernames,
    usernames_by_page,
    users,
)
from support.transports import client_with

# Pages and items


async def test_pages_are_responses_in_order() -> None:
    transport = PageTransport(users("ana", "bea", token="t1"), users("eva"))
    pages = [page async for page in user_pages(transport)]
    assert [type(page) for page in pages] == [types.ListUsersResponse] * 2
    assert [[user.username for user in page.users] for page in pages] == [["ana", "bea"], ["eva"]]
    assert pages[0].pagination_token == "t1"
    assert pages[0].response_metadata.request_id == "request-1"


async def test_items_are_those_of_all_pages() -> None:
    items = [item async for item in user_pages(PageTransport(users("ana", token="t1"), users("eva"))).items()]
    assert [type(item) for item in items] == [types.UserType] * 2
    assert [item.username for item in items] == ["ana", "eva"]


async def test_collect_returns_the_items_of_all_pages() -> None:
    items = await user_pages(PageTransport(users("ana", token="t1"), users("eva"))).collect()
    assert [item.username for item in items] == ["ana", "eva"]


async def test_every_request_has_the_parameters_and_all_but_the_first_a_token() -> None:
    transport = PageTransport(users(token="t1"), users(token="t2"), users())
    await user_pages(transport, filter='email ^= "a"', attributes_to_get=["sub"]).collect()
    first = {"UserPoolId": POOL, "Filter": 'email ^= "a"', "AttributesToGet": ["sub"], "Limit": 60}
    assert transport.requests == [
        first,
        first | {"PaginationToken": "t1"},
        first | {"PaginationToken": "t2"},
    ]


async def test_nothing_is_sent_before_the_first_iteration() -> None:
    transport = PageTransport(users("ana"))
    pages = user_pages(transport, prefetch=1)
    iterators = [aiter(pages), aiter(pages.items()), pages.search("Users")]
    await run_other_tasks()
    assert transport.sent == []
    assert pages.resume_token is None
    for iterator in iterators:
        await iterator.aclose()


async def test_iterating_again_starts_again() -> None:
    transport = FakeUserDirectory(5)
    pages = user_pages(transport, page_size=2)
    assert await usernames_by_page(pages) == await usernames_by_page(pages) == [["0", "1"], ["2", "3"], ["4"]]
    assert await usernames(pages) == await usernames(pages) == list("01234")
    assert transport.requests[:3] == transport.requests[3:6]


async def test_two_concurrent_iterations_are_independent() -> None:
    pages = user_pages(FakeUserDirectory(5), page_size=2)
    one, two = await asyncio.gather(pages.collect(), pages.collect())
    assert one == two
    assert len(one) == 5


async def test_a_paginator_can_be_used_more_than_once() -> None:
    paginator = client_with(FakeUserDirectory(3)).get_paginator("list_users")
    lists = [paginator.paginate(user_pool_id=POOL, max_items=count) for count in (1, 2)]
    assert [await usernames(pages) for pages in lists] == [["0"], ["0", "1"]]


async def test_empty_pages_with_a_token_continue() -> None:
    transport = PageTransport(
        users(token="t1"), users(token="t2"), users("ana", token="t3"), users(token="t4"), users()
    )
    pages = user_pages(transport)
    assert await usernames_by_page(pages) == [[], [], ["ana"], [], []]


@pytest.mark.parametrize("end", [{}, {"PaginationToken": None}, {"PaginationToken": ""}])
async def test_a_list_ends_without_a_token(end: dict[str, Any]) -> None:
    pages = user_pages(PageTransport({"Users": [{"Username": "ana"}]} | end))
    assert await usernames(pages) == ["ana"]
    assert pages.resume_token is None


@pytest.mark.parametrize("wire", [{}, {"Users": None}, {"Users": []}])
async def test_a_page_may_have_no_list(wire: dict[str, Any]) -> None:
    pages = user_pages(PageTransport(wire | {"PaginationToken": "t1"}, users("ana")))
    assert await usernames_by_page(pages) == [[], ["ana"]]


# Sizes


async def test_a_page_has_the_requested_size() -> None:
    transport = FakeUserDirectory(5)
    assert await usernames_by_page(user_pages(transport, page_size=3)) == [["0", "1", "2"], ["3", "4"]]
    assert [request["Limit"] for request in transport.requests] == [3, 3]


@pytest.mark.parametrize(
    ("name", "arguments", "sent"),
    [
        ("list_user_pools", {}, {"MaxResults": 60}),
        ("list_user_import_jobs", {"user_pool_id": POOL}, {"UserPoolId": POOL, "MaxResults": 60}),
        ("list_resource_servers", {"user_pool_id": POOL}, {"UserPoolId": POOL, "MaxResults": 50}),
        ("list_web_authn_credentials", {"access_token": "t"}, {"AccessToken": "t", "MaxResults": 20}),
        ("list_user_sessions", {"access_token": "t"}, {"AccessToken": "t"}),
    ],
)
async def test_a_page_is_as_large_as_the_service_allows(
    name: Any, arguments: dict[str, Any], sent: dict[str, Any]
) -> None:
    transport = PageTransport({})
    assert await client_with(transport).get_paginator(name).paginate(**arguments).collect() == []
    assert transport.requests == [sent]


@pytest.mark.parametrize(
    ("max_items", "page_size", "limits"),
    [
        (1, None, [1]),
        (59, None, [59]),
        (60, None, [60]),
        (61, None, [60, 1]),
        (130, None, [60, 60, 10]),
        (1000, None, [60, 60, 60]),
        (5, 2, [2, 2, 1]),
        (4, 2, [2, 2]),
        (1, 2, [1]),
    ],
)
async def test_no_more_items_are_requested_than_needed(
    max_items: int, page_size: int | None, limits: list[int]
) -> None:
    transport = FakeUserDirectory(150)
    items = await user_pages(transport, max_items=max_items, page_size=page_size).collect()
    assert len(items) == min(max_items, 150)
    assert [request["Limit"] for request in transport.requests] == limits


async def test_a_page_larger_than_needed_is_sliced_and_keeps_its_other_members() -> None:
    transport = PageTransport(sessions("a", "b", token="t1"), sessions("c", "d", token="t2"))
    first, second = [page async for page in session_pages(transport, max_items=3)]
    assert [session.session_id for session in first.sessions] == ["a", "b"]
    assert [session.session_id for session in second.sessions] == ["c"]
    assert second.next_token == "t2"
    assert second.response_metadata.request_id == "request-1"


# Repeated tokens


async def test_a_token_of_two_consecutive_pages_is_an_error_after_the_second() -> None:
    transport = PageTransport(users("a", token="t1"), users("b", token="t1"))
    items = user_pages(transport).items()
    assert [(await anext(items)).username for _ in range(2)] == ["a", "b"]
    with pytest.raises(
        PaginationError, match="ListUsers: the service sent the same PaginationToken"
    ) as caught:
        await anext(items)
    assert len(transport.sent) == 2
    assert caught.value.resume_token == make_resume_token(PaginationToken="t1")
    assert "t1" not in str(caught.value)


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_a_token_of_an_earlier_page_is_an_error(prefetch: int) -> None:
    transport = PageTransport(users(token="t1"), users(token="t2"), users(token="t3"), users(token="t1"))
    with pytest.raises(PaginationError):
        await user_pages(transport, prefetch=prefetch).collect()
    assert len(transport.sent) == 4


async def test_a_repeated_starting_token_is_an_error() -> None:
    transport = PageTransport(users(token="t2"), users(token="t1"))
    with pytest.raises(PaginationError):
        await user_pages(transport, starting_token=make_resume_token(PaginationToken="t1")).collect()
    assert len(transport.sent) == 2


async def test_a_repeated_token_is_not_an_error_if_no_more_items_are_needed() -> None:
    pages = user_pages(PageTransport(users("a", token="t1"), users("b", token="t1")), max_items=2)
    assert await usernames(pages) == ["a", "b"]


async def test_another_iteration_may_receive_the_same_tokens() -> None:
    transport = PageTransport(*[users(token="t1"), users()] * 2)
    pages = user_pages(transport)
    assert await pages.collect() == await pages.collect() == []


# Errors


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_the_error_of_a_page_has_the_resume_token_of_the_last_page(
    prefetch: int,
) -> None:
    transport = PageTransport(users("a", token="t1"), users("b", token="t2"), THROTTLED)
    pages = user_pages(transport, prefetch=prefetch)
    items = pages.items()
    assert [(await anext(items)).username for _ in range(2)] == ["a", "b"]
    with pytest.raises(
        TooManyRequestsException, match="ListUsers failed with TooManyRequestsException: no "
    ) as caught:
        await anext(items)
    assert caught.value.resume_token == pages.resume_token == make_resume_token(PaginationToken="t2")
    rest = user_pages(PageTransport(users("c")), starting_token=caught.value.resume_token)
    assert await usernames(rest) == ["c"]


async def test_an_error_of_the_first_page_has_the_starting_token() -> None:
    with pytest.raises(ServiceError) as caught:
        await user_pages(PageTransport(THROTTLED)).collect()
    assert caught.value.resume_token is None
    start = make_resume_token(PaginationToken="t1", boto_truncate_amount=3)
    with pytest.raises(ServiceError) as caught:
        await user_pages(PageTransport(THROTTLED), starting_token=start).collect()
    assert caught.value.resume_token == start


async def test_a_transport_error_has_the_resume_token_too() -> None:
    with pytest.raises(ReadTimeoutError) as caught:
        await user_pages(
            PageTransport(users(token="t1"), ReadTimeoutError("no response within the timeout"))
        ).collect()
    assert caught.value.resume_token == make_resume_token(PaginationToken="t1")


async def test_the_resume_token_survives_pickling() -> None:
    with pytest.raises(ServiceError) as caught:
        await user_pages(PageTransport(users(token="t1"), THROTTLED)).collect()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.resume_token == caught.value.resume_token == make_resume_token(PaginationToken="t1")


def test_an_error_outside_of_pagination_has_no_resume_token() -> None:
    assert CognitoError("x").resume_token is None
    assert ServiceError("x").resume_token is None


async def test_after_an_error_the_list_can_be_read_again() -> None:
    pages = user_pages(PageTransport(users("a", token="t1"), THROTTLED, users("a", token="t1"), users("b")))
    with pytest.raises(ServiceError):
        await pages.collect()
    assert await usernames(pages) == ["a", "b"]


@pytest.mark.parametrize(
    "wire",
    [
        {"Users": "ana"},
        {"Users": {"Username": "ana"}},
        {"Users": 5},
        {"Users": True},
        {"Users": [], "PaginationToken": 5},
        {"Users": [], "PaginationToken": {"a": "b"}},
        {"Users": [], "PaginationToken": False},
    ],
)
@pytest.mark.parametrize("read", [usernames_by_page, usernames, lambda pages: anext(pages.search("Users"))])
async def test_a_page_of_unexpected_types_is_an_invalid_response(wire: dict[str, Any], read: Any) -> None:
    pages = user_pages(PageTransport(wire), starting_token=make_resume_token(PaginationToken="t1"))
    with pytest.raises(InvalidResponseError, match="a page has users of type") as caught:
        await read(pages)
    assert caught.value.operation == "ListUsers"
    assert caught.value.request_id == "request-1"
    assert caught.value.resume_token == make_resume_token(PaginationToken="t1")


async def test_items_of_unexpected_types_are_returned_unchanged() -> None:
    assert await user_pages(PageTransport({"Users": ["ana", 5]})).collect() == ["ana", 5]


async def test_an_invalid_parameter_raises_and_nothing_is_sent() -> None:
    transport = PageTransport()
    with pytest.raises(InvalidRequestError, match="user_pool_id"):
        await user_pages(transport, user_pool_id=5).collect()
    assert transport.sent == []


# Search


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ("Users[].Username", ["a", "b", "c"]),
        ("Users[].{name: Username}", [{"name": "a"}, {"name": "b"}, {"name": "c"}]),
        ("Users[?Username=='b'] | [0].Username", ["b", None]),
        ("length(Users)", [2, 1]),
        ("PaginationToken", ["t1", None]),
        ("Users[].[Username]", [["a"], ["b"], ["c"]]),
        ("NoSuchMember", [None, None]),
    ],
)
async def test_search_returns_the_matches_of_each_page_one_by_one(
    expression: str, matches: list[Any]
) -> None:
    pages = user_pages(PageTransport(users("a", "b", token="t1"), users("c")))
    assert [match async for match in pages.search(expression)] == matches


async def test_search_applies_to_sliced_pages() -> None:
    pages = user_pages(
        FakeUserDirectory(10),
        starting_token=make_resume_token(PaginationToken="1", boto_truncate_amount=1),
        max_items=2,
    )
    assert [name async for name in pages.search("Users[].Username")] == ["2", "3"]


async def test_an_invalid_expression_raises_and_nothing_is_sent() -> None:
    transport = PageTransport()
    with pytest.raises(ValueError, match="Users"):
        user_pages(transport).search("Users[")
    assert transport.sent == []


# Prefetch


async def test_without_prefetch_a_page_is_fetched_when_it_is_needed() -> None:
    transport = FakeUserDirectory(6)
    async for _ in user_pages(transport, page_size=2):
        sent = len(transport.sent)
        await run_other_tasks()
        assert len(transport.sent) == sent


async def test_prefetch_fetches_exactly_one_page_ahead() -> None:
    transport = FakeUserDirectory(8)
    sent = []
    async for _ in user_pages(transport, page_size=2, prefetch=1):
        await run_other_tasks()
        sent.append(len(transport.sent))
    assert sent == [2, 3, 4, 4]


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_prefetch_changes_neither_order_nor_requests(prefetch: int) -> None:
    transport = FakeUserDirectory(7)
    assert await usernames(user_pages(transport, page_size=3, max_items=5, prefetch=prefetch)) == list(
        "01234"
    )
    assert [request["Limit"] for request in transport.requests] == [3, 2]


async def test_the_resume_token_ignores_the_prefetched_page() -> None:
    pages = user_pages(FakeUserDirectory(6), page_size=2, prefetch=1)
    tokens = []
    async for _ in pages:
        await run_other_tasks()
        tokens.append(pages.resume_token)
    assert tokens == [make_resume_token(PaginationToken="2"), make_resume_token(PaginationToken="4"), None]


async def test_prefetch_does_not_fetch_the_page_of_a_repeated_token() -> None:
    transport = PageTransport(users("a", token="t1"), users("b", token="t1"))
    iterator = aiter(user_pages(transport, prefetch=1))
    for _ in range(2):
        await anext(iterator)
        await run_other_tasks()
    assert len(transport.sent) == 2
    with pytest.raises(PaginationError):
        await anext(iterator)


async def test_an_error_of_a_prefetched_page_is_raised_after_the_pages_before_it() -> None:
    pages = user_pages(PageTransport(users("a", token="t1"), THROTTLED), prefetch=1)
    iterator = aiter(pages)
    await anext(iterator)
    await run_other_tasks()
    with pytest.raises(TooManyRequestsException):
        await anext(iterator)
    with pytest.raises(StopAsyncIteration):
        await anext(iterator)


# Early end


async def break_out_of_pages(pages: Pages[Any, Any]) -> None:
    async for _ in pages:
        break


async def break_out_of_items(pages: Pages[Any, Any]) -> None:
    async for _ in pages.items():
        break


async def break_out_of_search(pages: Pages[Any, Any]) -> None:
    async for _ in pages.search("Users"):
        break


async def close_iterator(pages: Pages[Any, Any]) -> None:
    async with aclosing(aiter(pages)) as iterator:
        await anext(iterator)


async def raise_in_loop(pages: Pages[Any, Any]) -> None:
    async def process_items() -> None:
        async for _ in pages.items():
            raise LookupError

    with pytest.raises(LookupError):
        await process_items()


@pytest.mark.parametrize(
    "end", [break_out_of_pages, break_out_of_items, break_out_of_search, close_iterator, raise_in_loop]
)
@pytest.mark.parametrize("prefetch", [0, 1])
@pytest.mark.parametrize("open_gates", [1, 2], ids=["next page in flight", "next page received"])
async def test_an_iteration_that_ends_early_leaves_no_task(end: Any, prefetch: int, open_gates: int) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    transport = GatedTransport(users("a", token="t1"), ReadTimeoutError("no response"), users())
    for gate in transport.gates[:open_gates]:
        gate.set()
    await end(user_pages(transport, prefetch=prefetch))
    gc.collect()
    await run_other_tasks()
    assert other_tasks() == set()
    assert len(transport.sent) <= 1 + prefetch
    gc.collect()
    assert reported == []


async def test_closing_cancels_the_page_in_flight() -> None:
    transport = GatedTransport(users("a", token="t1"), users("b"))
    transport.gates[0].set()
    iterator = aiter(user_pages(transport, prefetch=1))
    await anext(iterator)
    await run_other_tasks()
    assert len(transport.sent) == 2
    await iterator.aclose()
    assert transport.cancelled == 1
    assert other_tasks() == set()


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_a_cancelled_reader_cancels_its_request(prefetch: int) -> None:
    transport = GatedTransport(users("a", token="t1"), users("b"))
    transport.gates[0].set()
    reader = asyncio.create_task(user_pages(transport, prefetch=prefetch).collect())
    while len(transport.sent) < 2:  # the first call reads the shared files, in a thread
        await run_other_tasks()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert transport.cancelled == 1
    assert other_tasks() == set()
