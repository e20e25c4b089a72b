"""AWS credentials and where they come from.

Signed operations ask a provider for credentials; any coroutine function without parameters that returns
``Credentials`` is one. Unsigned operations (sign-in, sign-up and everything that carries a user's token)
never ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from cognito_async._errors import CredentialsError
from cognito_async._model import mask

HOW_TO_GIVE = (
    "give credentials=Credentials(access_key_id=..., secret_access_key=...), "
    "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones)"
)


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
            f"{attribute.name} has a character that is not printable ASCII, a line break perhaps"
        )


@frozen(kw_only=True)
class Credentials:
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


CredentialsProvider: TypeAlias = Callable[[], Awaitable[Credentials]]
"""A coroutine function that returns the credentials to sign with now."""


def provider_of(
    credentials: Credentials | CredentialsProvider | None, environment: Mapping[str, str]
) -> CredentialsProvider:
    """Return what a client asks: the caller's credentials or provider, else the environment."""
    if callable(credentials):
        return credentials

    async def provide() -> Credentials:
        return credentials or credentials_from_environment(environment)

    return provide


def credentials_from_environment(environment: Mapping[str, str]) -> Credentials:
    """Read ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``.

    Raises:
        CredentialsError: There are none, or only half of them.
    """
    access_key_id = environment.get("AWS_ACCESS_KEY_ID")
    secret_access_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id and not secret_access_key:
        raise CredentialsError(f"no AWS credentials: {HOW_TO_GIVE}")
    if not access_key_id or not secret_access_key:
        missing = "AWS_SECRET_ACCESS_KEY" if access_key_id else "AWS_ACCESS_KEY_ID"
        raise CredentialsError(f"half of the AWS credentials: {missing} is not set in the environment")
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        # The older name goes first, as in botocore.
        session_token=environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN") or None,
    )
