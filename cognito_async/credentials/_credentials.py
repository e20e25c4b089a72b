"""``Credentials``, and the types that a client accepts in their place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from attr import Attribute

from cognito_async._errors import CredentialsError
from cognito_async._model import Record, field, frozen, mask


def _none_if_empty(value: str | None) -> str | None:
    return None if value == "" else value


def _is_header_text(_: Any, attribute: Attribute[Any], value: object) -> None:
    """Reject text that a header cannot carry, without quoting a secret."""
    if value is None and attribute.default is None:
        return
    if not isinstance(value, str) or not value:
        raise CredentialsError(f"{attribute.name} must be a non-empty string, got {type(value).__name__}")
    if not (value.isascii() and value.isprintable()):
        raise CredentialsError(
            f"{attribute.name} contains a character that is not printable ASCII, such as a line break"
        )


def _has_time_zone(_: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not (isinstance(value, datetime) and value.tzinfo is not None):
        raise CredentialsError(
            f"{attribute.name} must be a datetime with time zone, such as datetime.now(UTC), "
            f"got {type(value).__name__}{'' if not isinstance(value, datetime) else ' without one'}"
        )


@frozen(kw_only=True)
class Credentials(Record):
    """An AWS access key, which signs requests.

    Raises:
        CredentialsError: A value is empty, not a string, or not printable ASCII.
    """

    access_key_id: str = field(validator=_is_header_text)
    """Id of the key, such as ``AKIA...``, or ``ASIA...`` for temporary credentials."""

    secret_access_key: str = field(repr=mask, validator=_is_header_text)
    """Secret part of the key; masked in ``repr``."""

    session_token: str | None = field(
        default=None, repr=mask, converter=_none_if_empty, validator=_is_header_text
    )
    """Session token of temporary credentials, empty for none; masked in ``repr``."""

    expires_at: datetime | None = field(default=None, validator=_has_time_zone)
    """Expiry, with time zone; a provider is called again before it. None if they do not expire."""


@runtime_checkable
class BotocoreCredentials(Protocol):
    """A credentials object of botocore, as ``boto3.Session().get_credentials()`` returns it."""

    def get_frozen_credentials(self) -> Any:
        """Return a consistent set of access key, secret key and token; may block."""
        ...


class Unsigned(Enum):
    """Class of ``UNSIGNED``."""

    UNSIGNED = "UNSIGNED"

    def __repr__(self) -> str:
        return self.value


UNSIGNED: Final = Unsigned.UNSIGNED
"""``CognitoClient(credentials=UNSIGNED)`` never signs a request and never looks for credentials.

Unsigned operations work as with any other client; signed ones raise ``CredentialsError``.
"""


CredentialsProvider: TypeAlias = Callable[[], Awaitable[Credentials]]
"""A coroutine function that returns credentials.

It is called again before ``expires_at``; credentials without one are kept for the lifetime of the client.
"""
