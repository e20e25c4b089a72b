"""The pages of a list, and the slices of them that an iteration returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, TypeVar

import attr  # the same as attrs, under the name that aiohttp has already imported

from cognito_async._errors import CognitoError, InvalidResponseError, PaginationError
from cognito_async._hints import missing_attribute
from cognito_async._model import Request, Response
from cognito_async._single_flight import create_task
from cognito_async._uncopyable import Uncopyable
from cognito_async.pagination._resume_token import Position

_PageT_co = TypeVar("_PageT_co", bound=Response, covariant=True)
_ItemT_co = TypeVar("_ItemT_co", covariant=True)


_BOTO3_METHODS = {"build_full_result": "await pages.collect()", "result_key_iters": "pages.items()"}


class Pagination(NamedTuple):
    """The members of an operation that paginate its list."""

    operation: str
    """Name in the API, such as ``ListUsers``."""

    items: str
    """Member of the response with the items."""

    token: str
    """Member of request and response with the token of the next page."""

    wire_token: str
    """Name of the token on the wire, and in resume tokens."""

    limit: str | None = None
    """Member of the request with the page size; None if the operation has none."""

    maximum: int = 0
    """Largest page size that the service allows; 0 if the operation has no page size."""


class _PageSlice(NamedTuple, Generic[_PageT_co, _ItemT_co]):
    """The requested items of a page: without those before the starting position and beyond ``max_items``."""

    page: _PageT_co
    items: list[_ItemT_co]
    start: Position
    """Position of the first item."""

    after: Position
    """Position after the last item; the default position at the end of the list."""


class Pages(Uncopyable, Generic[_PageT_co, _ItemT_co]):
    """The pages of a list; iterate over them with ``async for``.

    Each iteration reads the list again, from the ``starting_token`` of ``paginate`` if there is one. A page
    may be empty although more follow. An iteration that ends early leaves no task or connection behind.
    """

    _instead = (
        "it sends with its client, and each process needs a client of its own. Call paginate() there, with "
        "starting_token=pages.resume_token to continue"
    )

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
        """Iterate over the items of all pages."""
        async with aclosing(self._slices()) as slices:
            async for page_slice in slices:
                end = page_slice.start.skip + len(page_slice.items)
                for done, item in enumerate(page_slice.items, page_slice.start.skip + 1):
                    self._position = (
                        page_slice.after if done == end else Position(page_slice.start.token, done)
                    )
                    yield item

    def search(self, expression: str) -> AsyncGenerator[Any, None]:
        """Iterate over the results of a JMESPath expression on each page, in wire form (``page.to_wire()``).

        If the result for a page is a list, its elements are returned one by one; any other result is returned
        as it is, also None for no match. An invalid expression raises an error of ``jmespath``, which is a
        ``ValueError``.
        """
        import jmespath  # noqa: PLC0415  rarely needed

        return self._search(jmespath.compile(expression))

    async def collect(self) -> list[_ItemT_co]:
        """Return the items of all pages as a list.

        If a page fails, the items before it are lost; use ``items`` to keep them.
        """
        return [item async for item in self.items()]

    @property
    def resume_token(self) -> str | None:
        """A ``starting_token`` that continues after the last item or page of the latest iteration.

        None at the end of the list. It is compatible with boto3's paginators, in both directions.
        """
        return self._position.encode(self._pagination.wire_token)

    if not TYPE_CHECKING:

        def __iter__(self) -> NoReturn:
            raise TypeError("'Pages' object is not iterable: use async for, or await pages.collect()")

        def __await__(self) -> NoReturn:
            raise TypeError("'Pages' object cannot be awaited: use async for, or await pages.collect()")

        def __getattr__(self, name: str) -> Any:
            return missing_attribute(self, name, _BOTO3_METHODS.get(name, ""))

    async def _pages(self) -> AsyncGenerator[_PageT_co, None]:
        async with aclosing(self._slices()) as slices:
            async for page_slice in slices:
                yield page_slice.page
                del page_slice  # not held while the next one is awaited

    async def _search(self, compiled: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(self._slices()) as slices:
            async for page_slice in slices:
                result = compiled.search(page_slice.page.to_wire())
                for element in result if isinstance(result, list) else [result]:
                    yield element

    async def _slices(self) -> AsyncGenerator[_PageSlice[_PageT_co, _ItemT_co], None]:
        """Fetch page after page and keep track of the position."""
        operation, name = self._pagination.operation, self._pagination.wire_token
        position, left = self._start, self._max_items
        seen: set[str | None] = set()
        prefetched: asyncio.Task[_PageT_co] | None = None
        self._position = position
        try:
            while True:
                try:
                    if position.token in seen:
                        raise PaginationError(f"{operation}: the service sent the same {name} twice")
                    seen.add(position.token)
                    page_slice = self._slice(
                        await (prefetched or self._fetch(position, left)), position, left
                    )
                except CognitoError as error:
                    error.resume_token = position.encode(name)
                    raise
                prefetched = None
                left = None if left is None else left - len(page_slice.items)
                position = self._position = page_slice.after
                more = position.token is not None and left != 0
                if more and self._prefetch and position.token not in seen:
                    prefetched = create_task(self._fetch(position, left))
                yield page_slice
                del page_slice  # not held while the next one is awaited
                if not more:
                    return
        finally:
            if prefetched is not None:
                prefetched.cancel()
                # Retrieves its exception too; asyncio would log it otherwise.
                await asyncio.gather(prefetched, return_exceptions=True)

    def _fetch(self, position: Position, left: int | None) -> Coroutine[Any, Any, _PageT_co]:
        pagination, size = self._pagination, self._page_size
        members: dict[str, Any] = {pagination.token: position.token}
        if pagination.limit is not None:
            missing = size if left is None else min(size, left)
            # The page starts with items that were returned before; it must be large enough for both.
            members[pagination.limit] = min(position.skip + missing, max(size, pagination.maximum))
        return self._send(self._make_request(**members))

    def _slice(self, page: Any, position: Position, left: int | None) -> _PageSlice[_PageT_co, _ItemT_co]:
        pagination = self._pagination
        items, token = getattr(page, pagination.items), getattr(page, pagination.token)
        if not isinstance(items, list | tuple) or not isinstance(token, str | None):
            raise InvalidResponseError.from_metadata(
                f"a page has {pagination.items} of type {type(items).__name__} and "
                f"{pagination.token} of type {type(token).__name__}",
                operation=pagination.operation,
                metadata=page.response_metadata,
            )
        done = min(position.skip, len(items))
        kept = list(items[done:] if left is None else items[done : done + left])
        after = Position(token or None)
        if done + len(kept) < len(items):
            after = Position(position.token, done + len(kept))
        if len(kept) < len(items):
            page = attr.evolve(page, **{pagination.items: kept})
        return _PageSlice(page, kept, Position(position.token, done), after)
