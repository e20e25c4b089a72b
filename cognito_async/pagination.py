"""Lists that the service gives page by page, as async iterables.

::

    pages = client.get_paginator("list_users").paginate(user_pool_id=pool_id)
    async for page in pages: ...                # types.ListUsersResponse
    async for user in pages.items(): ...        # types.UserType
    users = await pages.collect()

``paginate`` sends nothing; every iteration starts at the beginning. A page that fails raises its error with
``resume_token``, from which another ``paginate(starting_token=...)`` goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, ClassVar, Generic, TypeVar

import attrs

from cognito_async._errors import CognitoError, InvalidRequestError, InvalidResponseError, PaginationError
from cognito_async._model import Operations, Request, Response
from cognito_async._problems import shown
from cognito_async._resume import Position

__all__ = ["Pages", "Pagination", "Paginator"]

_PageT_co = TypeVar("_PageT_co", bound=Response, covariant=True)
_ItemT_co = TypeVar("_ItemT_co", covariant=True)


@attrs.frozen(kw_only=True)
class Pagination:
    """How an operation gives its list page by page."""

    operation: str
    """Name in the API, such as ``ListUsers``."""

    items: str
    """Member of the response that is the list."""

    token: str
    """Member of request and response that says where the next page starts."""

    wire_token: str
    """Name of the token on the wire, and in resume tokens."""

    limit: str | None = None
    """Member of the request that limits the items on a page; None where there is none."""

    maximum: int = 0
    """Most items on a page that the service allows, where there is a limit member."""


@attrs.frozen
class _Cut(Generic[_PageT_co, _ItemT_co]):
    """A page without the items that were done before or are too many."""

    page: _PageT_co
    items: list[_ItemT_co]
    start: Position
    """Position of the first of the items."""

    after: Position
    """Position after the last of the items; at the end of the list the default."""


class Pages(Generic[_PageT_co, _ItemT_co]):
    """The pages of a list; ``async for`` gives them one by one.

    Each iteration reads the list anew from where ``paginate`` was told to start. A page may be empty
    although more follow. Iterations that end early leave nothing behind.
    """

    def __init__(
        self,
        send: Callable[[Request[_PageT_co]], Coroutine[Any, Any, _PageT_co]],
        make_request: Callable[..., Request[_PageT_co]],
        pagination: Pagination,
        *,
        page_size: int,
        max_items: int | None,
        start: Position,
        prefetch: int,
    ) -> None:
        self._send = send
        self._make_request = make_request
        self._pagination = pagination
        self._page_size = page_size
        self._max_items = max_items
        self._start = self._position = start
        self._prefetch = prefetch

    def __aiter__(self) -> AsyncGenerator[_PageT_co, None]:  # noqa: PYI058  for contextlib.aclosing
        return self._pages()

    async def items(self) -> AsyncGenerator[_ItemT_co, None]:
        """Give the items of all pages, one by one."""
        async with aclosing(self._cuts()) as cuts:
            async for cut in cuts:
                end = cut.start.done + len(cut.items)
                for done, item in enumerate(cut.items, cut.start.done + 1):
                    self._position = cut.after if done == end else Position(cut.start.token, done)
                    yield item

    def search(self, expression: str) -> AsyncGenerator[Any, None]:
        """Give what a JMESPath expression finds on each page, in wire form (``page.to_wire()``).

        The elements of a list come one by one, anything else as it is, also None where nothing is found.
        A mistake in the expression is an error of ``jmespath``, which is a ``ValueError``.
        """
        import jmespath  # noqa: PLC0415  few programs search

        return self._found(jmespath.compile(expression))

    async def collect(self) -> list[_ItemT_co]:
        """Read everything and return the items of all pages.

        A page that fails loses the items before it; ``items`` gives them as they come.
        """
        return [item async for item in self.items()]

    @property
    def resume_token(self) -> str | None:
        """Where to go on after what the latest iteration gave last, as a ``starting_token``.

        None when that was the end of the list. boto3's paginators take it, and ``paginate`` takes theirs.
        """
        return self._position.encode(self._pagination.wire_token)

    async def _pages(self) -> AsyncGenerator[_PageT_co, None]:
        async with aclosing(self._cuts()) as cuts:
            async for cut in cuts:
                yield cut.page

    async def _found(self, compiled: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(self._cuts()) as cuts:
            async for cut in cuts:
                found = compiled.search(cut.page.to_wire())
                for part in found if isinstance(found, list) else [found]:
                    yield part

    async def _cuts(self) -> AsyncGenerator[_Cut[_PageT_co, _ItemT_co], None]:
        """Fetch page after page, and keep account of where that got to."""
        operation, name = self._pagination.operation, self._pagination.wire_token
        position, left = self._start, self._max_items
        seen: set[str | None] = set()
        ahead: asyncio.Task[_PageT_co] | None = None
        self._position = position
        try:
            while True:
                try:
                    if position.token in seen:
                        raise PaginationError(f"{operation}: the service sent the same {name} twice")
                    seen.add(position.token)
                    cut = self._cut(await (ahead or self._fetch(position, left)), position, left)
                except CognitoError as error:
                    error.resume_token = position.encode(name)
                    raise
                ahead = None
                left = None if left is None else left - len(cut.items)
                position = self._position = cut.after
                more = position.token is not None and left != 0
                if more and self._prefetch and position.token not in seen:
                    ahead = asyncio.create_task(self._fetch(position, left))
                yield cut
                if not more:
                    return
        finally:
            if ahead is not None:
                ahead.cancel()
                # Also takes note of an error that nobody is going to ask for.
                await asyncio.gather(ahead, return_exceptions=True)

    def _fetch(self, position: Position, left: int | None) -> Coroutine[Any, Any, _PageT_co]:
        pagination, size = self._pagination, self._page_size
        members: dict[str, Any] = {pagination.token: position.token}
        if pagination.limit is not None:
            wanted = size if left is None else min(size, left)
            # Items that are done come again, and have to fit beside those that are wanted.
            members[pagination.limit] = min(position.done + wanted, max(size, pagination.maximum))
        return self._send(self._make_request(**members))

    def _cut(self, page: Any, position: Position, left: int | None) -> _Cut[_PageT_co, _ItemT_co]:
        pagination = self._pagination
        items, token = getattr(page, pagination.items), getattr(page, pagination.token)
        if not isinstance(items, list | tuple) or not isinstance(token, str | None):
            metadata = page.response_metadata
            raise InvalidResponseError(
                f"a page has {pagination.items} of type {type(items).__name__} and "
                f"{pagination.token} of type {type(token).__name__}",
                operation=pagination.operation,
                status=metadata.http_status,
                request_id=metadata.request_id,
                attempts=metadata.attempts,
            )
        done = min(position.done, len(items))
        kept = list(items[done:] if left is None else items[done : done + left])
        after = Position(token or None)
        if done + len(kept) < len(items):
            after = Position(position.token, done + len(kept))
        if len(kept) < len(items):
            page = attrs.evolve(page, **{pagination.items: kept})
        return _Cut(page, kept, Position(position.token, done), after)


class Paginator(Generic[_PageT_co, _ItemT_co]):
    """Reads the list of one operation; ``paginate`` of its subclasses has the operation's parameters."""

    __slots__ = ("_client",)

    pagination: ClassVar[Pagination]

    def __init__(self, client: Operations) -> None:
        self._client = client

    def _pages(
        self,
        make_request: Callable[..., Request[_PageT_co]],
        *,
        page_size: int | None,
        max_items: int | None,
        starting_token: str | None,
        prefetch: int,
    ) -> Pages[_PageT_co, _ItemT_co]:
        pagination = self.pagination
        problems = _size_problems("page_size", page_size)
        if page_size is not None and pagination.limit is None:
            problems = [f"page_size: {pagination.operation} has no page size, leave it out"]
        problems += _size_problems("max_items", max_items)
        start = Position()
        if starting_token is not None:
            try:
                start = Position.decode(starting_token, pagination.wire_token)
            except ValueError as error:
                problems.append(f"starting_token: {error}")
        if type(prefetch) is not int or prefetch not in (0, 1):
            problems.append(f"prefetch: expected 0 or 1, got {shown(prefetch)}")
        if problems:
            raise InvalidRequestError(f"{pagination.operation}Request", problems)
        return Pages(
            self._client.send,
            make_request,
            pagination,
            page_size=page_size or pagination.maximum,
            max_items=max_items,
            start=start,
            prefetch=prefetch,
        )


def _size_problems(name: str, value: object) -> list[str]:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return []
    return [f"{name}: expected a number of at least 1, got {shown(value)}"]
