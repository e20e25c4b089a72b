"""``list_all_users``: the users of a pool, read in parallel by prefixes of ``sub``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final, NamedTuple

from cognito_async import filters, types
from cognito_async._errors import CognitoError, InvalidResponseError
from cognito_async._single_flight import create_task
from cognito_async.bulk._gather import check_concurrency
from cognito_async.client import CognitoClient
from cognito_async.errors import InvalidParameterException
from cognito_async.pagination import Pages

PREFIXES: Final = "0123456789abcdef"
"""First characters of ``sub``, which is a UUID in lower case. Each user has exactly one of them."""

_PROBE_LENGTH = 32
"""Length of the prefix that tests the filter: shorter than a UUID, so that it is not an exact match."""


class PoolList(NamedTuple):
    """The list of the users of a pool."""

    client: CognitoClient
    user_pool_id: str
    attributes_to_get: Sequence[str] | None

    def pages(
        self, prefix: str = "", *, all_attributes: bool = False, **options: Any
    ) -> Pages[types.ListUsersResponse, types.UserType]:
        return self.client.get_paginator("list_users").paginate(
            user_pool_id=self.user_pool_id,
            attributes_to_get=None if all_attributes else self.attributes_to_get,
            filter=filters.starts_with("sub", prefix) if prefix else None,
            **options,
        )


def list_all_users(
    client: CognitoClient,
    user_pool_id: str,
    *,
    concurrency: int = 8,
    attributes_to_get: Sequence[str] | None = None,
) -> AsyncGenerator[types.UserType, None]:
    """Iterate over all users of a pool, faster than page after page.

    The paginator of ``list_users`` waits for each page before it requests the next. This function divides
    the pool into 16 parts, by the first character of ``sub``, and reads several parts at the same time. Each
    user is returned once. The order is arbitrary. Users who are created or deleted meanwhile may be returned
    or not, as with the paginator.

    It reads the first page without a filter. If there are no more pages, these are the users. Else it tests
    the filter on a user of that page. If the service, or an emulator, does not filter by a prefix of ``sub``,
    the pool is read page after page. Every user that is received must match the filter, and at the end,
    the users of the first page must have been found; so users are neither returned twice nor lost silently.

    At most ``concurrency`` pages are held in memory. If an error ends the iteration, or ``break`` does, no
    task or request is left behind; after ``break``, close the generator to be sure of the time::

        async with aclosing(list_all_users(client, pool_id)) as users:
            async for user in users:
                ...

    Args:
        client: Client that sends the requests; they are signed.
        user_pool_id: Pool with the users.
        concurrency: Maximum number of requests at the same time; more than 16 is as 16, and 1 reads page
            after page. The quota of ``ListUsers`` is 30 requests per second for the account and Region.
        attributes_to_get: Names of the attributes to return; None for all. The service rejects attributes
            that a user lacks.

    Raises:
        InvalidRequestError: ``concurrency`` is not a number of at least 1.
        InvalidResponseError: A user does not match the filter, or the filter has left out a user.
        ResourceNotFoundException: The pool does not exist.
    """
    check_concurrency(concurrency, "list_all_users")
    return _users(PoolList(client, user_pool_id, attributes_to_get), min(concurrency, len(PREFIXES)))


async def _users(pool: PoolList, concurrency: int) -> AsyncGenerator[types.UserType, None]:
    if concurrency > 1:
        sample, is_whole = await first_users(pool)
        if is_whole and pool.attributes_to_get is None:
            for user in sample:
                yield user
            return
        if not is_whole and await filter_works(pool, sample):
            async with aclosing(_parts(pool, sample, concurrency)) as users:
                async for user in users:
                    yield user
            return
    async with aclosing(pool.pages(prefetch=1).items()) as users:
        async for user in users:
            yield user


async def first_users(pool: PoolList) -> tuple[list[types.UserType], bool]:
    """Return the users of the first page that has some, and whether they are all users of the pool."""
    pages = pool.pages(all_attributes=True)
    async with aclosing(aiter(pages)) as each:
        async for page in each:
            if page.users:
                return list(page.users), pages.resume_token is None
    return [], True


async def filter_works(pool: PoolList, sample: Sequence[types.UserType]) -> bool:
    """Return whether the filter finds a user by the first characters of ``sub``, and nobody else."""
    subs = [_sub(user) for user in sample]
    if not all(sub[:1] in PREFIXES and len(sub) > _PROBE_LENGTH for sub in subs):
        return False
    found = pool.pages(subs[0][:_PROBE_LENGTH], all_attributes=True, max_items=2)
    try:
        users = await found.collect()
    except InvalidParameterException:
        return False
    return [user.username for user in users] == [sample[0].username]


async def _parts(
    pool: PoolList, sample: Sequence[types.UserType], concurrency: int
) -> AsyncGenerator[types.UserType, None]:
    """Read all parts; at the end, make sure that they contained the users of a sample."""
    missing = {user.username for user in sample}
    async with aclosing(read_parts(pool, dict.fromkeys(PREFIXES), concurrency)) as pages:
        async for _, page, _ in pages:
            for user in page.users:
                missing.discard(user.username)
                yield user
    await check_deleted(pool, missing)


class PartPage(NamedTuple):
    """A page of a part."""

    prefix: str
    page: types.ListUsersResponse
    next_token: str | None
    """None after the last page of the part."""


async def read_parts(
    pool: PoolList, tokens: Mapping[str, str | None], concurrency: int
) -> AsyncGenerator[PartPage, None]:
    """Read parts in tasks, which end with this generator.

    Args:
        pool: The list.
        tokens: By prefix, where to start: None for the beginning.
        concurrency: Maximum number of requests at the same time.
    """
    queue: asyncio.Queue[PartPage | None] = asyncio.Queue(1)
    parts = iter(list(tokens.items()))
    tasks = [create_task(_read_parts(pool, parts, queue)) for _ in range(concurrency)]
    closing = create_task(_end_after(tasks, queue))
    try:
        while (page := await queue.get()) is not None:
            yield page
        for task in filter(asyncio.Task.done, tasks):
            task.result()
    finally:
        for task in (*tasks, closing):
            task.cancel()
        # Retrieves their exceptions too; asyncio would log them otherwise.
        await asyncio.gather(*tasks, closing, return_exceptions=True)


async def _read_parts(
    pool: PoolList, parts: Iterator[tuple[str, str | None]], queue: asyncio.Queue[PartPage | None]
) -> None:
    """Read the parts that no other task reads."""
    for prefix, token in parts:
        pages = pool.pages(prefix, starting_token=token)
        try:
            async with aclosing(aiter(pages)) as each:
                async for page in each:
                    _check_page(page, prefix)
                    await queue.put(PartPage(prefix, page, pages.resume_token))
        except CognitoError as error:
            error.resume_token = None  # belongs to this part of the list
            raise


async def _end_after(tasks: Sequence[asyncio.Task[None]], queue: asyncio.Queue[PartPage | None]) -> None:
    """Put the end into the queue when all tasks have ended or one has failed."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    await queue.put(None)


def _check_page(page: types.ListUsersResponse, prefix: str) -> None:
    # Without "sub" because of attributes_to_get, the test at the start has to suffice.
    if any(not (_sub(user) or prefix).startswith(prefix) for user in page.users):
        raise InvalidResponseError.from_metadata(
            f'a user does not match the filter sub ^= "{prefix}"',
            operation="ListUsers",
            metadata=page.response_metadata,
            advice="Read the list page after page, with concurrency=1.",
        )


async def check_deleted(pool: PoolList, missing: set[str]) -> None:
    """Raise an error if users exist whom no part contained."""
    for name in missing:
        response = await pool.client.list_users(
            user_pool_id=pool.user_pool_id, filter=filters.equals("username", name)
        )
        if response.users:
            raise InvalidResponseError.from_metadata(
                "the filter by sub has left out users",
                operation="ListUsers",
                metadata=response.response_metadata,
                advice="Read the list page after page, with concurrency=1.",
            )


def _sub(user: types.UserType) -> str:
    return str(user.attribute_map.get("sub", ""))
