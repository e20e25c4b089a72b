"""Which quota a request counts for, and the rate that binds an operation."""

from __future__ import annotations

from typing import Any

from cognito_async._endpoints.quotas import (
    CHALLENGE_CATEGORIES,
    CHALLENGE_FACTOR,
    CHALLENGE_OPERATIONS,
    QUOTAS,
)
from cognito_async._model import Operation, Request


def counted_category(operation: str, quota: str, challenge: str | None) -> tuple[str, bool]:
    """Return the category of a request, and whether it has the rate of challenge responses.

    Args:
        operation: Name in the API.
        quota: Category of the operation.
        challenge: Name of the challenge that the request responds to.
    """
    if operation not in CHALLENGE_OPERATIONS:
        return quota, False
    other = CHALLENGE_CATEGORIES.get(challenge or "")
    return (quota, True) if other is None else (other, False)


def category_of(operation: Operation, request: Request[Any] | None) -> str | None:
    """Return the category that a request counts for; None without a quota.

    Args:
        operation: Facts about the operation.
        request: The request; None if it is no operation of the API.
    """
    if operation.quota is None:
        return None
    return counted_category(operation.name, operation.quota, getattr(request, "challenge_name", None))[0]


def default_rate(operation: Operation) -> int | None:
    """Return the requests per second of an operation for one account and Region; None without a quota."""
    if operation.quota is None:
        return None
    rate = QUOTAS[operation.quota].rate
    return rate * CHALLENGE_FACTOR if operation.name in CHALLENGE_OPERATIONS else rate


def rate_per_pool(operation: Operation) -> int | None:
    """Return the requests per second of an operation for one pool; None if pools have no quota."""
    return None if operation.quota is None else QUOTAS[operation.quota].per_pool


def categories_of_challenges(operation: Operation) -> dict[str, tuple[str, int]]:
    """Return the challenges whose responses count for another category, with its name and rate."""
    if operation.name not in CHALLENGE_OPERATIONS:
        return {}
    return {
        challenge: (category, QUOTAS[category].rate) for challenge, category in CHALLENGE_CATEGORIES.items()
    }
