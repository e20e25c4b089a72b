"""Resume tokens: they follow an iteration, continue it elsewhere, and are compatible with boto3."""

from __future__ import annotations

import base64
import json
from contextlib import aclosing
from typing import Any

import pytest
from botocore.paginate import TokenDecoder
from hypothesis import given
from hypothesis import strategies as st

from cognito_async.errors import InvalidRequestError
from cognito_async.pagination._resume_token import Position
from support.paginated_lists import (
    FakeUserDirectory,
    PageTransport,
    make_resume_token,
    session_pages,
    sessions,
    user_pages,
    usernames,
    usernames_by_page,
    users,
)


async def test_the_resume_token_follows_the_pages() -> None:
    pages = user_pages(PageTransport(users("ana", token="t1"), users("bea", token="t2"), users("eva")))
    tokens = [pages.resume_token async for _ in pages]
    assert tokens == [make_resume_token(PaginationToken="t1"), make_resume_token(PaginationToken="t2"), None]
    assert pages.resume_token is None


async def test_the_resume_token_follows_the_items() -> None:
    pages = user_pages(PageTransport(users("a", "b", "c", token="t1"), users("d", "e")))
    tokens = [pages.resume_token async for _ in pages.items()]
    assert tokens == [
        make_resume_token(PaginationToken=None, boto_truncate_amount=1),
        make_resume_token(PaginationToken=None, boto_truncate_amount=2),
        make_resume_token(PaginationToken="t1"),
        make_resume_token(PaginationToken="t1", boto_truncate_amount=1),
        None,
    ]


async def test_the_resume_token_of_a_sliced_first_page_is_that_of_boto3() -> None:
    pages = session_pages(PageTransport(sessions("a", "b", token="t1")), max_items=1)
    assert len(await pages.collect()) == 1
    assert pages.resume_token is not None
    decoded = json.loads(base64.b64decode(pages.resume_token))
    assert decoded == {"NextToken": None, "boto_truncate_amount": 1}


async def test_the_resume_token_between_pages_has_no_count() -> None:
    pages = user_pages(FakeUserDirectory(10), max_items=5)
    await pages.collect()
    assert pages.resume_token == make_resume_token(PaginationToken="5")


async def test_a_stop_at_the_end_of_the_list_has_no_resume_token() -> None:
    pages = user_pages(FakeUserDirectory(5), max_items=5)
    assert len(await pages.collect()) == 5
    assert pages.resume_token is None


async def test_a_slice_of_the_last_page_has_a_resume_token() -> None:
    pages = session_pages(PageTransport(sessions("a", "b")), max_items=1)
    await pages.collect()
    assert pages.resume_token == make_resume_token(NextToken=None, boto_truncate_amount=1)


async def test_the_count_of_a_sliced_page_continues_the_previous_count() -> None:
    start = make_resume_token(NextToken="t1", boto_truncate_amount=1)
    transport = PageTransport(sessions("a", "b", "c", "d", token="t2"))
    pages = session_pages(transport, starting_token=start, max_items=1)
    assert [session.session_id for session in await pages.collect()] == ["b"]
    assert pages.resume_token == make_resume_token(NextToken="t1", boto_truncate_amount=2)


async def test_a_starting_token_skips_the_returned_items() -> None:
    transport = FakeUserDirectory(10)
    start = make_resume_token(PaginationToken="4", boto_truncate_amount=2)
    pages = user_pages(transport, starting_token=start, page_size=3)
    assert await usernames_by_page(pages) == [["6", "7", "8"], ["9"]]
    assert [request["Limit"] for request in transport.requests] == [5, 3]
    assert await usernames(pages) == list("6789")


@pytest.mark.parametrize(
    "empty", [{"PaginationToken": None}, {"PaginationToken": None, "boto_truncate_amount": 0}]
)
async def test_a_starting_token_without_a_position_starts_at_the_beginning(empty: dict[str, Any]) -> None:
    pages = user_pages(FakeUserDirectory(2), starting_token=make_resume_token(**empty))
    assert pages.resume_token is None
    assert await usernames(pages) == ["0", "1"]


async def test_skipped_items_are_requested_again_up_to_the_maximum() -> None:
    transport = FakeUserDirectory(200)
    start = make_resume_token(PaginationToken="0", boto_truncate_amount=50)
    pages = user_pages(transport, starting_token=start, max_items=25)
    assert await usernames(pages) == [str(number) for number in range(50, 75)]
    assert [request["Limit"] for request in transport.requests] == [60, 15]


async def test_a_small_page_size_neither_repeats_nor_omits_items_after_a_slice() -> None:
    start = make_resume_token(PaginationToken=None, boto_truncate_amount=7)
    pages = user_pages(FakeUserDirectory(10), starting_token=start, page_size=2)  # boto3 returns 2 to 9
    assert await usernames(pages) == ["7", "8", "9"]


async def test_a_page_with_fewer_items_than_the_token_skips_is_empty() -> None:
    start = make_resume_token(PaginationToken="t1", boto_truncate_amount=3)
    pages = user_pages(PageTransport(users("a", token="t2"), users("d", "e")), starting_token=start)
    assert await usernames_by_page(pages) == [[], ["d", "e"]]


async def test_before_the_first_page_the_resume_token_is_the_starting_token() -> None:
    start = make_resume_token(PaginationToken="4", boto_truncate_amount=2)
    pages = user_pages(FakeUserDirectory(10), starting_token=start)
    assert pages.resume_token == start
    await pages.collect()
    assert pages.resume_token is None
    iterator = aiter(pages)
    await anext(iterator)
    await iterator.aclose()
    assert pages.resume_token is None  # the page was the last one


@given(
    count=st.integers(0, 40),
    max_items=st.integers(1, 15),
    page_sizes=st.lists(st.none() | st.integers(1, 12), min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 9), max_size=5),
)
async def test_resumed_iterations_return_every_item_once(
    count: int, max_items: int, page_sizes: list[int | None], sizes: list[int]
) -> None:
    names: list[str] = []
    token = None
    for number in range(count + 2):
        pages = user_pages(
            FakeUserDirectory(count, sizes),
            max_items=max_items,
            page_size=page_sizes[number % len(page_sizes)],
            starting_token=token,
        )
        part = await usernames(pages)
        assert len(part) <= max_items
        names += part
        token = pages.resume_token
        if token is None:
            break
    assert names == [str(number) for number in range(count)]


@given(
    count=st.integers(1, 30),
    page_sizes=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    stop=st.integers(1, 30),
    prefetch=st.sampled_from([0, 1]),
)
async def test_an_iteration_that_stops_anywhere_continues_after_its_last_item(
    count: int, page_sizes: tuple[int, int], stop: int, prefetch: int
) -> None:
    names: list[str] = []
    pages = user_pages(FakeUserDirectory(count), page_size=page_sizes[0], prefetch=prefetch)
    async with aclosing(pages.items()) as items:
        async for user in items:
            names.append(user.username)
            if len(names) == stop:
                break
    if pages.resume_token:
        rest = user_pages(
            FakeUserDirectory(count), page_size=page_sizes[1], starting_token=pages.resume_token
        )
        names += await usernames(rest)
    assert names == [str(number) for number in range(count)]


@given(token=st.none() | st.text(min_size=1), done=st.integers(0, 10**6))
def test_a_position_survives_encoding(token: str | None, done: int) -> None:
    position = Position(token, done)
    text = position.encode("NextToken")
    if position == Position():
        assert text is None
    else:
        assert text is not None
        assert Position.decode(text, "NextToken") == position
        expected = {"NextToken": token} | ({"boto_truncate_amount": done} if done else {})
        assert TokenDecoder().decode(text) == expected


# Invalid tokens


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


GOOD = make_resume_token(PaginationToken="secret-token")


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
    transport = PageTransport()
    with pytest.raises(InvalidRequestError, match="ListUsersRequest: starting_token: ") as caught:
        user_pages(transport, starting_token=token)
    assert "secret" not in str(caught.value)
    assert transport.sent == []


def test_a_starting_token_of_another_list_is_rejected() -> None:
    with pytest.raises(
        InvalidRequestError, match="the resume_token of another list; this list's token is called NextToken"
    ):
        session_pages(PageTransport(), starting_token=GOOD)
