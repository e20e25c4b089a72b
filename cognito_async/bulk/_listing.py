"""``list_all_users``: the users of a pool, read in parallel by prefixes of ``sub``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from cognito_async import types
from cognito_async.bulk._gather import check_concurrency
from cognito_async.bulk._parts import (
    PREFIXES,
    PoolList,
    UnreliableFilterError,
    filter_works,
    find_missing,
    read_parts,
    read_sample,
)
from cognito_async.client import CognitoClient


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
    A filter may find new users late: those of the last five minutes are asked for by name.

    At most ``concurrency`` pages are held in memory, two if they are read one after another. If an error ends
    the iteration, or ``break`` does, no task or request is left behind; after ``break``, close the generator
    to be sure of the time::

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
        sample = await read_sample(pool)
        if sample.is_whole:
            for user in pool.as_asked(sample.users):
                yield user
            return
        works, missing = await filter_works(pool, sample), sample.names()
        del sample  # not held while the list is read
        if works:
            async with aclosing(_in_parts(pool, missing, concurrency)) as users:
                async for user in users:
                    yield user
            return
    async with aclosing(pool.pages(prefetch=1).items()) as users:
        async for user in users:
            yield user


async def _in_parts(
    pool: PoolList, missing: dict[str, bool], concurrency: int
) -> AsyncGenerator[types.UserType, None]:
    """Read all parts; at the end, make sure that they contained the users of the sample."""
    try:
        async with aclosing(read_parts(pool, dict.fromkeys(PREFIXES), concurrency)) as pages:
            async for page in pages:
                for user in page.users:
                    missing.pop(user.username, None)
                    yield user
                del page  # not held while the next one is awaited
        async with aclosing(find_missing(pool, missing)) as found:
            async for users in found:
                for user in users:
                    yield user
    except UnreliableFilterError as fault:
        raise fault.with_advice("Read the list page after page, with concurrency=1.") from None
