"""The users of a pool in parts, by prefixes of ``sub``, and the checks that the parts have all users."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final, NamedTuple

from attrs import evolve

from cognito_async import filters, types
from cognito_async._errors import CognitoError, InvalidResponseError
from cognito_async._model.shapes import ResponseMetadata
from cognito_async._single_flight import create_task
from cognito_async.bulk._time import time_of
from cognito_async.client import CognitoClient
from cognito_async.errors import InvalidParameterException
from cognito_async.pagination import Pages

PREFIXES: Final = "0123456789abcdef"
"""First characters of ``sub``, which is a UUID in lower case. Each user has exactly one of them."""

_PROBE_LENGTH = 32
"""Length of the prefix that tests the filter: shorter than a UUID, so that it is not an exact match."""

_SEARCH_DELAY = 300.0
"""Seconds after which a filter must find a new user: AWS does not say how long that may take."""


class PoolList(NamedTuple):
    """The list of the users of a pool."""

    client: CognitoClient
    user_pool_id: str
    attributes_to_get: Sequence[str] | None

    def pages(self, **options: Any) -> Pages[types.ListUsersResponse, types.UserType]:
        """Return the whole list."""
        return self._pages(attributes_to_get=self.attributes_to_get, **options)

    def pages_with_sub(
        self, filter_: str | None = None, **options: Any
    ) -> Pages[types.ListUsersResponse, types.UserType]:
        """Return the list, or a part of it, with ``sub`` even if it was not asked for."""
        names = self.attributes_to_get
        # The client rejects a string; as a list, it would be one of letters.
        if not (names is None or isinstance(names, str) or "sub" in names):
            names = [*names, "sub"]
        return self._pages(attributes_to_get=names, filter=filter_, **options)

    def as_asked(self, users: Sequence[types.UserType]) -> Sequence[types.UserType]:
        """Return users of ``pages_with_sub`` without ``sub`` if it was not asked for."""
        names = self.attributes_to_get
        if names is None or "sub" in names:
            return users
        return [
            evolve(user, attributes=[each for each in user.attributes if each.name != "sub"])
            for user in users
        ]

    def _pages(self, **options: Any) -> Pages[types.ListUsersResponse, types.UserType]:
        return self.client.get_paginator("list_users").paginate(user_pool_id=self.user_pool_id, **options)


class UnreliableFilterError(Exception):
    """The filter by ``sub`` has returned wrong users, or too few."""

    def __init__(self, reason: str, metadata: ResponseMetadata) -> None:
        super().__init__(reason)
        self.reason, self.metadata = reason, metadata

    def with_advice(self, advice: str) -> InvalidResponseError:
        """Return the error for the caller of the library."""
        return InvalidResponseError.from_metadata(
            self.reason, operation="ListUsers", metadata=self.metadata, advice=advice
        )


class Sample(NamedTuple):
    """The first page of the list that has users."""

    users: Sequence[types.UserType]
    is_whole: bool
    """Whether these are all users of the pool."""

    time: float
    """When the page was read, by the clock of the service."""

    def names(self) -> dict[str, bool]:
        """Return the usernames, and whether a filter must find them: it may find new users late."""
        newest = self.time - _SEARCH_DELAY
        return {user.username: user.user_create_date.timestamp() <= newest for user in self.users}


async def read_sample(pool: PoolList) -> Sample:
    """Return the users of the first page that has some."""
    pages = pool.pages_with_sub()
    async with aclosing(aiter(pages)) as each:
        async for page in each:
            if page.users:
                return Sample(page.users, pages.resume_token is None, time_of(page))
    return Sample((), is_whole=True, time=0.0)


async def filter_works(pool: PoolList, sample: Sample) -> bool:
    """Return whether the filter finds a user by the first characters of ``sub``, and nobody else."""
    if not all(_sub(user)[:1] in PREFIXES and len(_sub(user)) > _PROBE_LENGTH for user in sample.users):
        return False
    oldest = min(sample.users, key=lambda user: user.user_create_date)
    found = pool.pages_with_sub(_starts_with(_sub(oldest)[:_PROBE_LENGTH]), max_items=2)
    try:
        users = await found.collect()
    except InvalidParameterException:
        return False
    return [user.username for user in users] == [oldest.username]


class PartPage(NamedTuple):
    """A page of a part."""

    prefix: str
    users: Sequence[types.UserType]
    next_token: str | None
    """None after the last page of the part."""


async def read_parts(
    pool: PoolList, tokens: Mapping[str, str | None], concurrency: int
) -> AsyncGenerator[PartPage, None]:
    """Read parts in tasks, which end with this generator.

    Args:
        pool: The list.
        tokens: By prefix, where to start: None for the beginning.
        concurrency: Maximum number of pages that are requested, wait, or are in use, all together.

    Raises:
        UnreliableFilterError: A user is not in the part that was asked for.
    """
    queue: asyncio.Queue[PartPage | None] = asyncio.Queue()
    used = asyncio.Semaphore(0)  # a task requests its next page when one has been used
    parts = iter(list(tokens.items()))
    tasks = [create_task(_read_parts(pool, parts, queue, used)) for _ in range(concurrency)]
    closing = create_task(_end_after(tasks, queue))
    try:
        while (page := await queue.get()) is not None:
            yield page
            del page  # not held while the next one is awaited
            used.release()
        for task in filter(asyncio.Task.done, tasks):
            task.result()
    finally:
        for task in (*tasks, closing):
            task.cancel()
        # Retrieves their exceptions too; asyncio would log them otherwise.
        await asyncio.gather(*tasks, closing, return_exceptions=True)


async def _read_parts(
    pool: PoolList,
    parts: Iterator[tuple[str, str | None]],
    queue: asyncio.Queue[PartPage | None],
    used: asyncio.Semaphore,
) -> None:
    """Read the parts that no other task reads."""
    for prefix, token in parts:
        pages = pool.pages_with_sub(_starts_with(prefix), starting_token=token)
        try:
            async with aclosing(aiter(pages)) as each:
                async for page in each:
                    _check_page(page, prefix)
                    queue.put_nowait(PartPage(prefix, pool.as_asked(page.users), pages.resume_token))
                    del page
                    await used.acquire()
        except CognitoError as error:
            error.resume_token = None  # belongs to this part of the list
            raise


async def _end_after(tasks: Sequence[asyncio.Task[None]], queue: asyncio.Queue[PartPage | None]) -> None:
    """Put the end into the queue when all tasks have ended or one has failed."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    queue.put_nowait(None)


def _check_page(page: types.ListUsersResponse, prefix: str) -> None:
    if not all(_sub(user).startswith(prefix) for user in page.users):
        raise UnreliableFilterError(
            f'a user does not match the filter sub ^= "{prefix}"', page.response_metadata
        )


async def find_missing(
    pool: PoolList, missing: Mapping[str, bool]
) -> AsyncGenerator[Sequence[types.UserType], None]:
    """Ask for users whom no part contained; those that are not found were deleted.

    Args:
        pool: The list.
        missing: Their usernames, and whether the filter had to find them.

    Raises:
        UnreliableFilterError: One of these exists.
    """
    for name, is_due in list(missing.items()):
        async with aclosing(aiter(pool.pages_with_sub(filters.equals("username", name)))) as pages:
            async for page in pages:
                users = [user for user in page.users if user.username == name]
                if users and is_due:
                    raise UnreliableFilterError(
                        "the filter by sub has left out users", page.response_metadata
                    )
                if users:
                    yield pool.as_asked(users)


def _starts_with(prefix: str) -> str:
    return filters.starts_with("sub", prefix)


def _sub(user: types.UserType) -> str:
    return next((each.value or "" for each in user.attributes if each.name == "sub"), "")
