"""Paginators: requests, pages, items, resume tokens, errors and cleanup."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import pickle
import subprocess
import sys
from contextlib import aclosing
from typing import Any

import pytest
from botocore.paginate import TokenEncoder
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import CognitoClient, Pages, Paginator, types
from cognito_async.errors import (
    CognitoError,
    InvalidRequestError,
    InvalidResponseError,
    PaginationError,
    ReadTimeoutError,
    ServiceError,
    TooManyRequestsException,
)
from cognito_async.transport import HTTPRequest, HTTPResponse
from support.transports import ScriptedTransport, client_with

POOL = "eu-west-1_AbC123"


class Script(ScriptedTransport):
    """Returns pages in wire form, HTTP responses, or raises errors, one after the other."""

    def __init__(self, *pages: dict[str, Any] | HTTPResponse | Exception) -> None:
        super().__init__(*[page_response(page) if isinstance(page, dict) else page for page in pages])

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.sent]


class Service(Script):
    """Has users whose names are numbers; returns pages of the requested size, or of ``sizes``."""

    def __init__(self, count: int, sizes: list[int] | None = None) -> None:
        super().__init__()
        self.count, self.sizes = count, sizes or []

    async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
        await super().send(request, **options)
        members = json.loads(request.body)
        start, size = int(members.get("PaginationToken", 0)), members["Limit"]
        if self.sizes:
            size = min(size, self.sizes[start % len(self.sizes)])
        end = min(start + size, self.count)
        return page_response(users(*range(start, end), token=str(end) if end < self.count else None))


class Gated(Script):
    """Responds to a request when its gate is opened."""

    def __init__(self, *pages: dict[str, Any] | HTTPResponse | Exception) -> None:
        super().__init__(*pages)
        self.gates = [asyncio.Event() for _ in pages]
        self.cancelled = 0

    async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
        number = len(self.sent)
        response = super().send(request, **options)
        try:
            result = await response
            await self.gates[number].wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return result


def page_response(wire: dict[str, Any], status: int = 200) -> HTTPResponse:
    return HTTPResponse(status, {"x-amzn-requestid": "request-1"}, json.dumps(wire).encode())


def users(*names: object, token: object = None) -> dict[str, Any]:
    return {"Users": [{"Username": str(name)} for name in names], "PaginationToken": token}


def sessions(*names: object, token: object = None) -> dict[str, Any]:
    return {"Sessions": [{"SessionId": str(name)} for name in names], "NextToken": token}


THROTTLED = page_response({"__type": "TooManyRequestsException", "message": "slow down"}, 400)


def reading(transport: ScriptedTransport, **arguments: Any) -> Pages[types.ListUsersResponse, types.UserType]:
    paginator = client_with(transport, retry_mode="off").get_paginator("list_users")
    return paginator.paginate(**{"user_pool_id": POOL} | arguments)


def reading_sessions(transport: ScriptedTransport, **arguments: Any) -> Pages[Any, Any]:
    return client_with(transport).get_paginator("list_user_sessions").paginate(access_token="t", **arguments)


async def names_by_page(pages: Pages[types.ListUsersResponse, types.UserType]) -> list[list[str]]:
    return [[user.username for user in page.users] async for page in pages]


async def names_of(pages: Pages[types.ListUsersResponse, types.UserType]) -> list[str]:
    return [user.username async for user in pages.items()]


def token_of(**parts: object) -> str:
    """Return a resume token in the format of boto3."""
    token: str = TokenEncoder().encode(parts)
    return token


async def turns(count: int = 10) -> None:
    """Let other tasks run."""
    for _ in range(count):
        await asyncio.sleep(0)


def other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


# Pages and items


async def test_pages_are_responses_in_order() -> None:
    transport = Script(users("ana", "bea", token="t1"), users("eva"))
    pages = [page async for page in reading(transport)]
    assert [type(page) for page in pages] == [types.ListUsersResponse] * 2
    assert [[user.username for user in page.users] for page in pages] == [["ana", "bea"], ["eva"]]
    assert pages[0].pagination_token == "t1"
    assert pages[0].response_metadata.request_id == "request-1"


async def test_items_are_those_of_all_pages() -> None:
    items = [item async for item in reading(Script(users("ana", token="t1"), users("eva"))).items()]
    assert [type(item) for item in items] == [types.UserType] * 2
    assert [item.username for item in items] == ["ana", "eva"]


async def test_collect_returns_the_items_of_all_pages() -> None:
    items = await reading(Script(users("ana", token="t1"), users("eva"))).collect()
    assert [item.username for item in items] == ["ana", "eva"]


async def test_every_request_has_the_parameters_and_all_but_the_first_a_token() -> None:
    transport = Script(users(token="t1"), users(token="t2"), users())
    await reading(transport, filter='email ^= "a"', attributes_to_get=["sub"]).collect()
    first = {"UserPoolId": POOL, "Filter": 'email ^= "a"', "AttributesToGet": ["sub"], "Limit": 60}
    assert transport.requests == [
        first,
        first | {"PaginationToken": "t1"},
        first | {"PaginationToken": "t2"},
    ]


async def test_nothing_is_sent_before_the_first_iteration() -> None:
    transport = Script(users("ana"))
    pages = reading(transport, prefetch=1)
    iterators = [aiter(pages), aiter(pages.items()), pages.search("Users")]
    await turns()
    assert transport.sent == []
    assert pages.resume_token is None
    for iterator in iterators:
        await iterator.aclose()


async def test_iterating_again_starts_again() -> None:
    transport = Service(5)
    pages = reading(transport, page_size=2)
    assert await names_by_page(pages) == await names_by_page(pages) == [["0", "1"], ["2", "3"], ["4"]]
    assert await names_of(pages) == await names_of(pages) == list("01234")
    assert transport.requests[:3] == transport.requests[3:6]


async def test_two_concurrent_iterations_are_independent() -> None:
    pages = reading(Service(5), page_size=2)
    one, two = await asyncio.gather(pages.collect(), pages.collect())
    assert one == two
    assert len(one) == 5


async def test_a_paginator_serves_many_lists() -> None:
    paginator = client_with(Service(3)).get_paginator("list_users")
    lists = [paginator.paginate(user_pool_id=POOL, max_items=count) for count in (1, 2)]
    assert [await names_of(pages) for pages in lists] == [["0"], ["0", "1"]]


async def test_empty_pages_with_a_token_continue() -> None:
    transport = Script(
        users(token="t1"), users(token="t2"), users("ana", token="t3"), users(token="t4"), users()
    )
    pages = reading(transport)
    assert await names_by_page(pages) == [[], [], ["ana"], [], []]


@pytest.mark.parametrize("end", [{}, {"PaginationToken": None}, {"PaginationToken": ""}])
async def test_a_list_ends_without_a_token(end: dict[str, Any]) -> None:
    pages = reading(Script({"Users": [{"Username": "ana"}]} | end))
    assert await names_of(pages) == ["ana"]
    assert pages.resume_token is None


@pytest.mark.parametrize("wire", [{}, {"Users": None}, {"Users": []}])
async def test_a_page_may_have_no_list(wire: dict[str, Any]) -> None:
    pages = reading(Script(wire | {"PaginationToken": "t1"}, users("ana")))
    assert await names_by_page(pages) == [[], ["ana"]]


# Sizes


async def test_a_page_has_the_requested_size() -> None:
    transport = Service(5)
    assert await names_by_page(reading(transport, page_size=3)) == [["0", "1", "2"], ["3", "4"]]
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
    transport = Script({})
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
    transport = Service(150)
    found = await reading(transport, max_items=max_items, page_size=page_size).collect()
    assert len(found) == min(max_items, 150)
    assert [request["Limit"] for request in transport.requests] == limits


async def test_a_page_larger_than_needed_is_sliced_and_keeps_its_other_members() -> None:
    transport = Script(sessions("a", "b", token="t1"), sessions("c", "d", token="t2"))
    first, second = [page async for page in reading_sessions(transport, max_items=3)]
    assert [session.session_id for session in first.sessions] == ["a", "b"]
    assert [session.session_id for session in second.sessions] == ["c"]
    assert second.next_token == "t2"
    assert second.response_metadata.request_id == "request-1"


# Resume tokens


async def test_the_resume_token_follows_the_pages() -> None:
    pages = reading(Script(users("ana", token="t1"), users("bea", token="t2"), users("eva")))
    tokens = [pages.resume_token async for _ in pages]
    assert tokens == [token_of(PaginationToken="t1"), token_of(PaginationToken="t2"), None]
    assert pages.resume_token is None


async def test_the_resume_token_follows_the_items() -> None:
    pages = reading(Script(users("a", "b", "c", token="t1"), users("d", "e")))
    tokens = [pages.resume_token async for _ in pages.items()]
    assert tokens == [
        token_of(PaginationToken=None, boto_truncate_amount=1),
        token_of(PaginationToken=None, boto_truncate_amount=2),
        token_of(PaginationToken="t1"),
        token_of(PaginationToken="t1", boto_truncate_amount=1),
        None,
    ]


async def test_the_resume_token_of_a_sliced_first_page_is_that_of_boto3() -> None:
    pages = reading_sessions(Script(sessions("a", "b", token="t1")), max_items=1)
    assert len(await pages.collect()) == 1
    assert pages.resume_token is not None
    decoded = json.loads(base64.b64decode(pages.resume_token))
    assert decoded == {"NextToken": None, "boto_truncate_amount": 1}


async def test_a_stop_between_pages_needs_no_count() -> None:
    pages = reading(Service(10), max_items=5)
    await pages.collect()
    assert pages.resume_token == token_of(PaginationToken="5")


async def test_a_stop_at_the_end_of_the_list_has_no_resume_token() -> None:
    pages = reading(Service(5), max_items=5)
    assert len(await pages.collect()) == 5
    assert pages.resume_token is None


async def test_a_slice_of_the_last_page_has_a_resume_token() -> None:
    pages = reading_sessions(Script(sessions("a", "b")), max_items=1)
    await pages.collect()
    assert pages.resume_token == token_of(NextToken=None, boto_truncate_amount=1)


async def test_the_count_of_a_sliced_page_continues_the_previous_count() -> None:
    start = token_of(NextToken="t1", boto_truncate_amount=1)
    transport = Script(sessions("a", "b", "c", "d", token="t2"))
    pages = reading_sessions(transport, starting_token=start, max_items=1)
    assert [session.session_id for session in await pages.collect()] == ["b"]
    assert pages.resume_token == token_of(NextToken="t1", boto_truncate_amount=2)


async def test_a_starting_token_skips_the_returned_items() -> None:
    transport = Service(10)
    start = token_of(PaginationToken="4", boto_truncate_amount=2)
    pages = reading(transport, starting_token=start, page_size=3)
    assert await names_by_page(pages) == [["6", "7", "8"], ["9"]]
    assert [request["Limit"] for request in transport.requests] == [5, 3]
    assert await names_of(pages) == list("6789")


@pytest.mark.parametrize(
    "empty", [{"PaginationToken": None}, {"PaginationToken": None, "boto_truncate_amount": 0}]
)
async def test_a_starting_token_may_be_that_of_the_start(empty: dict[str, Any]) -> None:
    pages = reading(Service(2), starting_token=token_of(**empty))
    assert pages.resume_token is None
    assert await names_of(pages) == ["0", "1"]


async def test_skipped_items_are_requested_again_up_to_the_maximum() -> None:
    transport = Service(200)
    start = token_of(PaginationToken="0", boto_truncate_amount=50)
    pages = reading(transport, starting_token=start, max_items=25)
    assert await names_of(pages) == [str(number) for number in range(50, 75)]
    assert [request["Limit"] for request in transport.requests] == [60, 15]


async def test_a_small_page_size_neither_repeats_nor_omits_items_after_a_slice() -> None:
    start = token_of(PaginationToken=None, boto_truncate_amount=7)
    pages = reading(Service(10), starting_token=start, page_size=2)  # boto3 would give 2 to 9
    assert await names_of(pages) == ["7", "8", "9"]


async def test_a_page_that_has_lost_items_is_skipped() -> None:
    start = token_of(PaginationToken="t1", boto_truncate_amount=3)
    pages = reading(Script(users("a", token="t2"), users("d", "e")), starting_token=start)
    assert await names_by_page(pages) == [[], ["d", "e"]]


async def test_before_the_first_page_the_resume_token_is_the_starting_token() -> None:
    start = token_of(PaginationToken="4", boto_truncate_amount=2)
    pages = reading(Service(10), starting_token=start)
    assert pages.resume_token == start
    await pages.collect()
    assert pages.resume_token is None
    iterator = aiter(pages)
    await anext(iterator)
    await iterator.aclose()
    assert pages.resume_token is None  # one page was all of it


@given(
    count=st.integers(0, 40),
    max_items=st.integers(1, 15),
    page_sizes=st.lists(st.none() | st.integers(1, 12), min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 9), max_size=5),
)
async def test_resumed_iterations_return_every_item_once(
    count: int, max_items: int, page_sizes: list[int | None], sizes: list[int]
) -> None:
    found: list[str] = []
    token = None
    for number in range(count + 2):
        pages = reading(
            Service(count, sizes),
            max_items=max_items,
            page_size=page_sizes[number % len(page_sizes)],
            starting_token=token,
        )
        part = await names_of(pages)
        assert len(part) <= max_items
        found += part
        token = pages.resume_token
        if token is None:
            break
    assert found == [str(number) for number in range(count)]


@given(
    count=st.integers(1, 30),
    page_sizes=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    stop=st.integers(1, 30),
    prefetch=st.sampled_from([0, 1]),
)
async def test_an_iteration_that_stops_anywhere_continues_after_its_last_item(
    count: int, page_sizes: tuple[int, int], stop: int, prefetch: int
) -> None:
    found: list[str] = []
    pages = reading(Service(count), page_size=page_sizes[0], prefetch=prefetch)
    async with aclosing(pages.items()) as items:
        async for user in items:
            found.append(user.username)
            if len(found) == stop:
                break
    if pages.resume_token:
        rest = reading(Service(count), page_size=page_sizes[1], starting_token=pages.resume_token)
        found += await names_of(rest)
    assert found == [str(number) for number in range(count)]


# Repeated tokens


async def test_a_token_repeated_at_once_is_an_error_after_the_page() -> None:
    transport = Script(users("a", token="t1"), users("b", token="t1"))
    items = reading(transport).items()
    assert [(await anext(items)).username for _ in range(2)] == ["a", "b"]
    with pytest.raises(
        PaginationError, match="ListUsers: the service sent the same PaginationToken"
    ) as caught:
        await anext(items)
    assert len(transport.sent) == 2
    assert caught.value.resume_token == token_of(PaginationToken="t1")
    assert "t1" not in str(caught.value)


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_a_token_repeated_later_is_an_error(prefetch: int) -> None:
    transport = Script(users(token="t1"), users(token="t2"), users(token="t3"), users(token="t1"))
    with pytest.raises(PaginationError):
        await reading(transport, prefetch=prefetch).collect()
    assert len(transport.sent) == 4


async def test_a_repeated_starting_token_is_an_error() -> None:
    transport = Script(users(token="t2"), users(token="t1"))
    with pytest.raises(PaginationError):
        await reading(transport, starting_token=token_of(PaginationToken="t1")).collect()
    assert len(transport.sent) == 2


async def test_a_repeated_token_is_no_error_if_no_more_items_are_needed() -> None:
    pages = reading(Script(users("a", token="t1"), users("b", token="t1")), max_items=2)
    assert await names_of(pages) == ["a", "b"]


async def test_each_iteration_tracks_its_own_tokens() -> None:
    transport = Script(*[users(token="t1"), users()] * 2)
    pages = reading(transport)
    assert await pages.collect() == await pages.collect() == []


# Errors


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_the_error_of_a_page_has_the_resume_token_of_the_last_page(
    prefetch: int,
) -> None:
    transport = Script(users("a", token="t1"), users("b", token="t2"), THROTTLED)
    pages = reading(transport, prefetch=prefetch)
    items = pages.items()
    assert [(await anext(items)).username for _ in range(2)] == ["a", "b"]
    with pytest.raises(TooManyRequestsException, match="slow down") as caught:
        await anext(items)
    assert caught.value.resume_token == pages.resume_token == token_of(PaginationToken="t2")
    rest = reading(Script(users("c")), starting_token=caught.value.resume_token)
    assert await names_of(rest) == ["c"]


async def test_an_error_of_the_first_page_has_the_starting_token() -> None:
    with pytest.raises(ServiceError) as caught:
        await reading(Script(THROTTLED)).collect()
    assert caught.value.resume_token is None
    start = token_of(PaginationToken="t1", boto_truncate_amount=3)
    with pytest.raises(ServiceError) as caught:
        await reading(Script(THROTTLED), starting_token=start).collect()
    assert caught.value.resume_token == start


async def test_a_transport_error_has_the_resume_token_too() -> None:
    with pytest.raises(ReadTimeoutError) as caught:
        await reading(Script(users(token="t1"), ReadTimeoutError("no response in time"))).collect()
    assert caught.value.resume_token == token_of(PaginationToken="t1")


async def test_the_resume_token_survives_pickling() -> None:
    with pytest.raises(ServiceError) as caught:
        await reading(Script(users(token="t1"), THROTTLED)).collect()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.resume_token == caught.value.resume_token == token_of(PaginationToken="t1")


def test_errors_elsewhere_have_no_resume_token() -> None:
    assert CognitoError("x").resume_token is None
    assert ServiceError("x").resume_token is None


async def test_after_an_error_the_list_can_be_read_again() -> None:
    pages = reading(Script(users("a", token="t1"), THROTTLED, users("a", token="t1"), users("b")))
    with pytest.raises(ServiceError):
        await pages.collect()
    assert await names_of(pages) == ["a", "b"]


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
@pytest.mark.parametrize("read", [names_by_page, names_of, lambda pages: anext(pages.search("Users"))])
async def test_a_page_of_unexpected_types_is_an_invalid_response(wire: dict[str, Any], read: Any) -> None:
    pages = reading(Script(wire), starting_token=token_of(PaginationToken="t1"))
    with pytest.raises(InvalidResponseError, match="a page has users of type") as caught:
        await read(pages)
    assert caught.value.operation == "ListUsers"
    assert caught.value.request_id == "request-1"
    assert caught.value.resume_token == token_of(PaginationToken="t1")


async def test_items_of_unexpected_types_are_returned_unchanged() -> None:
    assert await reading(Script({"Users": ["ana", 5]})).collect() == ["ana", 5]


async def test_an_invalid_parameter_raises_before_anything_is_sent() -> None:
    transport = Script()
    with pytest.raises(InvalidRequestError, match="user_pool_id"):
        await reading(transport, user_pool_id=5).collect()
    assert transport.sent == []


# Search


@pytest.mark.parametrize(
    ("expression", "found"),
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
async def test_search_returns_the_matches_of_each_page_one_by_one(expression: str, found: list[Any]) -> None:
    pages = reading(Script(users("a", "b", token="t1"), users("c")))
    assert [part async for part in pages.search(expression)] == found


async def test_search_applies_to_sliced_pages() -> None:
    pages = reading(
        Service(10), starting_token=token_of(PaginationToken="1", boto_truncate_amount=1), max_items=2
    )
    assert [name async for name in pages.search("Users[].Username")] == ["2", "3"]


async def test_an_invalid_expression_raises_before_anything_is_sent() -> None:
    transport = Script()
    with pytest.raises(ValueError, match="Users"):
        reading(transport).search("Users[")
    assert transport.sent == []


# Early end


async def _break_off(pages: Pages[Any, Any]) -> None:
    async for _ in pages:
        break


async def _break_off_items(pages: Pages[Any, Any]) -> None:
    async for _ in pages.items():
        break


async def _break_off_search(pages: Pages[Any, Any]) -> None:
    async for _ in pages.search("Users"):
        break


async def _close(pages: Pages[Any, Any]) -> None:
    async with aclosing(aiter(pages)) as iterator:
        await anext(iterator)


async def _fail(pages: Pages[Any, Any]) -> None:
    async def use() -> None:
        async for _ in pages.items():
            raise LookupError

    with pytest.raises(LookupError):
        await use()


@pytest.mark.parametrize("end", [_break_off, _break_off_items, _break_off_search, _close, _fail])
@pytest.mark.parametrize("prefetch", [0, 1])
@pytest.mark.parametrize("open_gates", [1, 2], ids=["next page in flight", "next page received"])
async def test_an_iteration_that_ends_early_leaves_no_task(end: Any, prefetch: int, open_gates: int) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    transport = Gated(users("a", token="t1"), ReadTimeoutError("no response"), users())
    for gate in transport.gates[:open_gates]:
        gate.set()
    await end(reading(transport, prefetch=prefetch))
    gc.collect()
    await turns()
    assert other_tasks() == set()
    assert len(transport.sent) <= 1 + prefetch
    gc.collect()
    assert reported == []


async def test_closing_cancels_the_page_in_flight() -> None:
    transport = Gated(users("a", token="t1"), users("b"))
    transport.gates[0].set()
    iterator = aiter(reading(transport, prefetch=1))
    await anext(iterator)
    await turns()
    assert len(transport.sent) == 2
    await iterator.aclose()
    assert transport.cancelled == 1
    assert other_tasks() == set()


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_a_cancelled_reader_cancels_its_request(prefetch: int) -> None:
    transport = Gated(users("a", token="t1"), users("b"))
    transport.gates[0].set()
    reader = asyncio.create_task(reading(transport, prefetch=prefetch).collect())
    while len(transport.sent) < 2:  # the first call reads the shared files, in a thread
        await turns()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert transport.cancelled == 1
    assert other_tasks() == set()


# Prefetch


async def test_without_prefetch_a_page_is_fetched_when_it_is_needed() -> None:
    transport = Service(6)
    async for _ in reading(transport, page_size=2):
        sent = len(transport.sent)
        await turns()
        assert len(transport.sent) == sent


async def test_prefetch_fetches_exactly_one_page_ahead() -> None:
    transport = Service(8)
    sent = []
    async for _ in reading(transport, page_size=2, prefetch=1):
        await turns()
        sent.append(len(transport.sent))
    assert sent == [2, 3, 4, 4]


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_prefetch_changes_neither_order_nor_requests(prefetch: int) -> None:
    transport = Service(7)
    assert await names_of(reading(transport, page_size=3, max_items=5, prefetch=prefetch)) == list("01234")
    assert [request["Limit"] for request in transport.requests] == [3, 2]


async def test_the_resume_token_ignores_the_prefetched_page() -> None:
    pages = reading(Service(6), page_size=2, prefetch=1)
    tokens = []
    async for _ in pages:
        await turns()
        tokens.append(pages.resume_token)
    assert tokens == [token_of(PaginationToken="2"), token_of(PaginationToken="4"), None]


async def test_prefetch_does_not_fetch_a_page_again() -> None:
    transport = Script(users("a", token="t1"), users("b", token="t1"))
    iterator = aiter(reading(transport, prefetch=1))
    for _ in range(2):
        await anext(iterator)
        await turns()
    assert len(transport.sent) == 2
    with pytest.raises(PaginationError):
        await anext(iterator)


async def test_an_error_of_a_prefetched_page_is_raised_after_the_pages_before_it() -> None:
    pages = reading(Script(users("a", token="t1"), THROTTLED), prefetch=1)
    iterator = aiter(pages)
    await anext(iterator)
    await turns()
    with pytest.raises(TooManyRequestsException):
        await anext(iterator)
    with pytest.raises(StopAsyncIteration):
        await anext(iterator)


# Bad input


async def test_a_size_too_long_to_show_is_rejected_too() -> None:
    for name in ("page_size", "max_items", "prefetch"):
        with pytest.raises(InvalidRequestError, match=f"{name}: expected .*, got .too long to show."):
            reading(Script(), **{name: -(10**5000)})


@pytest.mark.parametrize("name", ["page_size", "max_items"])
@pytest.mark.parametrize("value", [0, -1, True, False, "5", 1.0, [5]])
async def test_a_size_must_be_a_positive_number(name: str, value: object) -> None:
    transport = Script()
    with pytest.raises(InvalidRequestError) as caught:
        reading(transport, **{name: value})
    assert str(caught.value) == f"ListUsersRequest: {name}: expected a number of at least 1, got {value!r}"
    assert transport.sent == []


@pytest.mark.parametrize("value", [1, 60, 0])
def test_a_page_size_is_rejected_if_the_operation_has_none(value: int) -> None:
    with pytest.raises(InvalidRequestError, match="page_size: ListUserSessions has no page size; omit it"):
        reading_sessions(Script(), page_size=value)


@pytest.mark.parametrize("value", [2, -1, True, "1", None])
def test_prefetch_must_be_0_or_1(value: object) -> None:
    with pytest.raises(InvalidRequestError, match="prefetch: expected 0 or 1, got"):
        reading(Script(), prefetch=value)


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


GOOD = token_of(PaginationToken="secret-token")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "CAIS...",
        "secret-token",
        "secret-token___5",
        GOOD[:-4],
        GOOD[1:],
        f" {GOOD}",
        GOOD.replace("e", "é"),
        GOOD.encode(),
        5,
        {"PaginationToken": "secret-token"},
        encoded("secret-token"),
        encoded(["secret-token"]),
        encoded(None),
        encoded({}),
        encoded({"boto_truncate_amount": 1}),
        encoded({"NextToken": "secret-token"}),
        encoded({"PaginationToken": "secret-token", "NextToken": "x"}),
        encoded({"PaginationToken": 5}),
        encoded({"PaginationToken": ""}),
        encoded({"PaginationToken": ["secret-token"]}),
        *(
            encoded({"PaginationToken": "secret-token", "boto_truncate_amount": amount})
            for amount in (-1, "1", 1.5, True, None)
        ),
        base64.b64encode(b"[" * 100_000).decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b'{"PaginationToken": ' + b"9" * 10_000 + b"}").decode(),
    ],
)
def test_a_foreign_or_damaged_starting_token_is_rejected(token: object) -> None:
    transport = Script()
    with pytest.raises(InvalidRequestError, match="ListUsersRequest: starting_token: ") as caught:
        reading(transport, starting_token=token)
    assert "secret" not in str(caught.value)
    assert transport.sent == []


def test_a_starting_token_of_another_list_is_rejected() -> None:
    with pytest.raises(
        InvalidRequestError, match="the resume_token of another list; this list's token is called NextToken"
    ):
        reading_sessions(Script(), starting_token=GOOD)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        reading(Script(), page_size=0, max_items=-1, starting_token="x", prefetch=2)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "page_size",
        "max_items",
        "starting_token",
        "prefetch",
    ]


# The client


@pytest.fixture
def client() -> CognitoClient:
    return client_with(Script())


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


def test_a_client_and_its_paginators_load_neither_shapes_nor_jmespath() -> None:
    script = """
import sys
from cognito_async import CognitoClient
CognitoClient(region="eu-west-1").get_paginator("list_users")
print([name for name in sys.modules if name.startswith("cognito_async.types.") or name == "jmespath"])
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
