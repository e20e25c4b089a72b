"""Filters for ``list_users``, with correct quoting.

::

    await client.list_users(user_pool_id=pool_id, filter=filters.starts_with("email", "ana@"))

A filter compares one attribute of ``Searchable``; custom attributes are not searchable. For other conditions,
read the whole list and filter it yourself.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from cognito_async._errors import InvalidRequestError
from cognito_async._messages import safe_repr

__all__ = ["Searchable", "equals", "starts_with"]

Searchable: TypeAlias = Literal[
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
]
"""Attributes that users can be searched by.

``cognito:user_status`` is a ``types.UserStatusType`` such as ``CONFIRMED``, in any case. ``status`` is
``Enabled`` or ``Disabled``, with a capital. ``username`` is case-sensitive.
"""

_MAX_LENGTH = 256


def equals(attribute: Searchable, value: str) -> str:
    """Return a filter for users with exactly this value.

    Raises:
        InvalidRequestError: The attribute is not searchable, the value is not a string, or the filter is
            longer than 256 characters, the limit of the service.
    """
    return _filter("equals", attribute, "=", value)


def starts_with(attribute: Searchable, value: str) -> str:
    """Return a filter for users whose value starts with this text.

    Raises:
        InvalidRequestError: As for ``equals``.
    """
    return _filter("starts_with", attribute, "^=", value)


def _filter(function: str, attribute: str, operator: str, value: str) -> str:
    problems: list[str] = []
    searchable = get_args(Searchable)
    if attribute not in searchable:
        problems.append(f"attribute: {safe_repr(attribute)} is not searchable, only {', '.join(searchable)}")
    if not isinstance(value, str):
        problems.append(f"value: expected str, got {type(value).__name__}")
    if problems:
        raise InvalidRequestError(f"filters.{function}", problems)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    text = f'{attribute} {operator} "{escaped}"'
    if len(text) > _MAX_LENGTH:
        problem = f"value: the filter is {len(text)} characters long, at most {_MAX_LENGTH} are allowed"
        raise InvalidRequestError(f"filters.{function}", [problem])
    return text
