"""AWS credentials and where they come from.

Signed operations ask a provider for credentials; any coroutine function without parameters that returns
``Credentials`` is one. Unsigned operations (sign-in, sign-up and everything that carries a user's token)
never ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeAlias, runtime_checkable

from attr import Attribute

from cognito_async._errors import CredentialsError
from cognito_async._model import mask
from cognito_async._record import Record, field, frozen

__all__ = ["BotocoreCredentials", "Credentials", "CredentialsProvider"]


def _is_header_text(_: Any, attribute: Attribute[Any], value: object) -> None:
    """Refuse what would break out of a header; says what is wrong without quoting a secret."""
    if value is None and attribute.default is None:
        return
    if not isinstance(value, str) or not value:
        raise CredentialsError(
            f"{attribute.name} must be a string that is not empty, got {type(value).__name__}"
        )
    if not (value.isascii() and value.isprintable()):
        raise CredentialsError(
            f"{attribute.name} has a character that is not printable ASCII, a line break perhaps: strip it"
        )


def _has_time_zone(_: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not (isinstance(value, datetime) and value.tzinfo is not None):
        raise CredentialsError(
            f"{attribute.name} must be a datetime with time zone, such as datetime.now(UTC), "
            f"got {type(value).__name__}{'' if not isinstance(value, datetime) else ' without one'}"
        )


@frozen(kw_only=True)
class Credentials(Record):
    """Keys that sign requests.

    Raises:
        CredentialsError: A value is empty, no string, or not printable ASCII.
    """

    access_key_id: str = field(validator=_is_header_text)
    """Id of the key, such as ``AKIA...`` or, for temporary ones, ``ASIA...``."""

    secret_access_key: str = field(repr=mask, validator=_is_header_text)
    """The secret itself; masked in ``repr``."""

    session_token: str | None = field(default=None, repr=mask, validator=_is_header_text)
    """Goes with temporary keys; masked in ``repr``."""

    expires_at: datetime | None = field(default=None, validator=_has_time_zone)
    """When they stop working, with time zone; a provider is asked for new ones before. None for never."""


@runtime_checkable
class BotocoreCredentials(Protocol):
    """A credentials object of botocore, such as ``boto3.Session().get_credentials()`` returns."""

    def get_frozen_credentials(self) -> Any:
        """Return access key, secret key and token that belong together; may block."""
        ...


CredentialsProvider: TypeAlias = Callable[[], Awaitable[Credentials]]
"""A coroutine function that returns credentials.

It is called again before their ``expires_at``; credentials without one are kept as long as the client.
"""
