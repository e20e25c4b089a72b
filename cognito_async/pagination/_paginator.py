"""Paginators, and the client's methods that find them; ``operations.pagination`` has one for each list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar

from cognito_async._errors import InvalidRequestError
from cognito_async._hints import with_hints
from cognito_async._messages import did_you_mean, safe_repr
from cognito_async._model import Operations, Request, Response
from cognito_async._uncopyable import Uncopyable
from cognito_async.pagination._pages import Pages, Pagination
from cognito_async.pagination._resume_token import Position

_PageT_co = TypeVar("_PageT_co", bound=Response, covariant=True)
_ItemT_co = TypeVar("_ItemT_co", covariant=True)

_BOTO3_ARGUMENTS = {
    "PaginationConfig": "page_size, max_items and starting_token",
    **dict.fromkeys(("Limit", "MaxResults", "QueryLimit"), "page_size"),
    **dict.fromkeys(("NextToken", "PaginationToken"), "starting_token"),
}


class Paginator(Uncopyable, Generic[_PageT_co, _ItemT_co]):
    """Paginator of one operation; ``paginate`` of the generated subclasses has the operation's parameters."""

    __slots__ = ("_client",)

    pagination: ClassVar[Pagination]

    _instead = (
        "it sends with its client, and each process needs a client of its own. Call get_paginator() there"
    )

    def __init__(self, client: Operations) -> None:
        self._client = client

    if not TYPE_CHECKING:

        def __init_subclass__(cls) -> None:
            cls.paginate = with_hints(cls.paginate, _BOTO3_ARGUMENTS)

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
            problems = [f"page_size: {pagination.operation} has no page size; omit it"]
        problems += _size_problems("max_items", max_items)
        start = Position()
        if starting_token is not None:
            try:
                start = Position.decode(starting_token, pagination.wire_token)
            except ValueError as error:
                problems.append(f"starting_token: {error}")
        if type(prefetch) is not int or prefetch not in (0, 1):
            problems.append(f"prefetch: expected 0 or 1, got {safe_repr(prefetch)}")
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
    return [f"{name}: expected a number of at least 1, got {safe_repr(value)}"]


class PaginatorMethods(Operations):
    """The client's methods for lists; the generated subclass adds the paginators and their types."""

    __slots__ = ()

    _paginators: ClassVar[Mapping[str, type[Paginator[Any, Any]]]]
    """Every paginator, by the name of the operation's method."""

    _methods: ClassVar[Mapping[tuple[str, str], Sequence[str]]]
    """Names of all operations' methods, by module and mixin."""

    def can_paginate(self, operation_name: str) -> bool:
        """Return whether an operation, such as ``list_users``, has a paginator.

        Raises:
            KeyError: There is no operation of this name.
        """
        names = self._operation_names()
        if operation_name not in names:
            raise KeyError(f"no operation {operation_name!r}{did_you_mean(operation_name, names)}")
        return operation_name in self._paginators

    def get_waiter(self, waiter_name: str) -> NoReturn:
        """Raise ValueError, as boto3 does: the API has no waiters.

        ``cognito_async.waiters`` has functions that wait.
        """
        raise ValueError(f"Waiter does not exist: {waiter_name}")

    def _paginator(self, operation_name: str) -> Paginator[Any, Any]:
        paginator = self._paginators.get(operation_name)
        if paginator is not None:
            return paginator(self)
        problem = f"{operation_name!r} does not return a list in pages."
        if operation_name not in self._operation_names():
            problem = (
                f"no operation {operation_name!r}{did_you_mean(operation_name, self._paginators) or '.'}"
            )
        raise InvalidRequestError(
            "get_paginator", [f"{problem} Operations with a paginator: {', '.join(self._paginators)}"]
        )

    def _operation_names(self) -> set[str]:
        return {name for names in self._methods.values() for name in names}
