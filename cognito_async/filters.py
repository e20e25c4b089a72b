"""Filters for ``list_users``, quoted as the service reads them.

::

    await client.list_users(user_pool_id=pool_id, filter=filters.starts_with("email", "ana@"))

A filter is about one attribute, and only about one of ``Searchable``; custom attributes are not among them.
For all else read the whole list and choose from it.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from cognito_async._errors import InvalidRequestError
from cognito_async._problems import shown

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
"""What users can be searched by.

``cognito:user_status`` is a ``types.UserStatusType`` such as ``CONFIRMED``, in any case. ``status`` is
``Enabled`` or ``Disabled``, with the capital. In ``username`` capitals count too.
"""

_LONGEST = 256


def equals(attribute: Searchable, value: str) -> str:
    """Return the filter for users with exactly this value.

    Raises:
        InvalidRequestError: There is no search by this attribute, the value is no text, or the filter is
            longer than the 256 characters that the service takes.
    """
    return _filter("equals", attribute, "=", value)


def starts_with(attribute: Searchable, value: str) -> str:
    """Return the filter for users whose value starts like this.

    Raises:
        InvalidRequestError: As with ``equals``.
    """
    return _filter("starts_with", attribute, "^=", value)


def _filter(function: str, attribute: str, operator: str, value: str) -> str:
    problems: list[str] = []
    searchable = get_args(Searchable)
    if attribute not in searchable:
        problems.append(f"attribute: no search by {shown(attribute)}, only by {', '.join(searchable)}")
    if not isinstance(value, str):
        problems.append(f"value: expected str, got {type(value).__name__}")
    if problems:
        raise InvalidRequestError(f"filters.{function}", problems)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    text = f'{attribute} {operator} "{escaped}"'
    if len(text) > _LONGEST:
        problem = f"value: the filter is {len(text)} characters long, at most {_LONGEST} are taken"
        raise InvalidRequestError(f"filters.{function}", [problem])
    return text
