"""What a client offers for lists; ``operations.pagination`` adds the paginators and their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from cognito_async._errors import InvalidRequestError
from cognito_async._model import Operations
from cognito_async._problems import did_you_mean
from cognito_async.pagination import Paginator


class Paginating(Operations):
    """What a client offers for lists; the generated part adds the paginators and their types."""

    __slots__ = ()

    _paginators: ClassVar[Mapping[str, type[Paginator[Any, Any]]]]
    """Every paginator by the name of its operation's method."""

    def can_paginate(self, operation_name: str) -> bool:
        """Tell whether there is a paginator for an operation, such as ``list_users``.

        Raises:
            KeyError: There is no operation of this name.
        """
        operations = self._operations()
        if operation_name not in operations:
            raise KeyError(f"no operation {operation_name!r}{did_you_mean(operation_name, operations)}")
        return operation_name in self._paginators

    def get_waiter(self, waiter_name: str) -> NoReturn:
        """Raise ValueError, as boto3 does: the API has no waiters.

        ``cognito_async.waiters`` has functions that wait.
        """
        raise ValueError(f"Waiter does not exist: {waiter_name}")

    def _paginator(self, operation_name: str) -> Paginator[Any, Any]:
        found = self._paginators.get(operation_name)
        if found is not None:
            return found(self)
        problem = f"{operation_name!r} is no list that comes in pages."
        if operation_name not in self._operations():
            problem = (
                f"no operation {operation_name!r}{did_you_mean(operation_name, self._paginators) or '.'}"
            )
        raise InvalidRequestError("get_paginator", [f"{problem} There are {', '.join(self._paginators)}"])

    def _operations(self) -> set[str]:
        """Names of all operations."""
        from cognito_async.operations import METHODS  # noqa: PLC0415  which imports this module

        return {name for names in METHODS.values() for name in names}
