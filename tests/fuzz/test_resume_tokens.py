"""For any starting token, a list continues after it or raises a documented error."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cognito_async.errors import CognitoError, InvalidRequestError
from cognito_async.pagination import Pages
from cognito_async.pagination._resume_token import Position
from fuzz.malformed import CANARY, bodies_of, damaged, json_texts, nested, objects
from support.transports import ScriptedTransport, always, client_with

NAME = "PaginationToken"
KEYS = st.sampled_from([f'"{NAME}"'.encode(), b'"NextToken"', b'"boto_truncate_amount"'])
POSITIONS = st.builds(Position, st.text(min_size=1) | st.just(CANARY), st.integers(0, 2**70))
VALID = POSITIONS.map(lambda position: position.encode(NAME))
# In the format of boto3 with any content; then malformed ones.
TOKENS = st.one_of(objects(KEYS, json_texts()), json_texts(), nested(), st.binary()).map(
    lambda raw: base64.b64encode(raw).decode()
)
TOKENS |= damaged(VALID.map(str.encode)).map(lambda raw: raw.decode("latin-1")) | st.text() | VALID
VALUES = TOKENS | st.binary() | st.integers() | st.floats() | st.booleans() | st.lists(st.text())
VALUES |= st.sampled_from([10**5000, "\ud800", "\0", "====", CANARY])


def paginate(client: Any, token: object, **options: Any) -> Pages[Any, Any] | InvalidRequestError:
    """Return the pages, or the error for an invalid token."""
    paginator = client.get_paginator("list_users")
    try:
        return paginator.paginate(user_pool_id="eu-west-1_AbC123", starting_token=token, **options)
    except InvalidRequestError as error:
        return error


def token_with_count(count: bytes) -> str:
    return base64.b64encode(b'{"PaginationToken": "t", "boto_truncate_amount": ' + count + b"}").decode()


@given(VALUES)
@example(token_with_count(b"9" * 5000))
@example(token_with_count(b"9" * 4299))
@example(token_with_count(b"[" * 100_000))
@example(token_with_count(b"1e999"))
def test_every_starting_token_is_accepted_or_an_invalid_request_error(token: object) -> None:
    pages = paginate(client_with(ScriptedTransport()), token)
    if isinstance(pages, InvalidRequestError):
        assert [problem.partition(": ")[0] for problem in pages.problems] == ["starting_token"]
        assert CANARY not in f"{pages} {pages!r}"
        if isinstance(token, str) and len(token) > 12:
            assert token not in str(pages)
    elif token is not None:
        assert Position.decode(pages.resume_token or token, NAME) == Position.decode(token, NAME)


@given(POSITIONS)
def test_every_position_is_decoded_from_its_token(position: Position) -> None:
    assert Position.decode(position.encode(NAME), NAME) == position


@given(VALUES, bodies_of("ListUsers"), st.integers(1, 100), st.sampled_from([0, 1]))
@example(token_with_count(b"9" * 4299), b'{"Users":[{}],"PaginationToken":"\\ud800"}', 1, 0)
async def test_every_list_ends_or_raises_an_error_with_the_token_to_continue(
    token: object, body: bytes, max_items: int, prefetch: int
) -> None:
    client = client_with(always(body))
    pages = paginate(client, token, max_items=max_items, prefetch=prefetch)
    if isinstance(pages, InvalidRequestError):
        return
    start = pages.resume_token
    before = asyncio.all_tasks()
    (result,) = await asyncio.gather(pages.collect(), return_exceptions=True)
    if isinstance(result, BaseException):
        assert isinstance(result, CognitoError)
        assert result.resume_token == pages.resume_token
    else:
        assert len(result) <= max_items
    for resume in (start, pages.resume_token):
        assert resume is None or Position.decode(resume, NAME)
    assert asyncio.all_tasks() == before
