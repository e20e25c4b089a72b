"""Whom a client asks for credentials: what the caller gave, the environment, or botocore's chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from cognito_async._errors import CredentialsError
from cognito_async.credentials import BotocoreCredentials, Credentials, CredentialsProvider

HOW_TO_GIVE = (
    "give credentials=Credentials(access_key_id=..., secret_access_key=...), set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones), or name a profile of ~/.aws with "
    "profile=... or AWS_PROFILE; roles of containers, Lambda and EC2 are found by themselves"
)


def provider_of(
    credentials: Credentials | CredentialsProvider | BotocoreCredentials | None,
    profile: str | None,
    environment: Mapping[str, str],
) -> Provider:
    """Return what a client asks: the caller's own, the environment, or botocore's chain.

    A profile that was named as an argument goes before the environment, as in boto3.

    Raises:
        CredentialsError: ``credentials`` is none of these, or the environment has half of them.
    """
    if isinstance(credentials, Credentials):
        return StaticProvider(credentials)
    if credentials is None:
        if profile is None and has_environment_credentials(environment):
            return _from_environment(environment)
        from cognito_async._chain import shared_chain  # noqa: PLC0415  not where keys are given

        if profile is None and environment.get("AWS_DEFAULT_PROFILE"):
            # botocore would take this one first; the other AWS SDKs do not.
            profile = environment.get("AWS_PROFILE") or None
        return shared_chain(profile, environment)
    from cognito_async._refresh import CallableSource, RefreshingProvider  # noqa: PLC0415

    if isinstance(credentials, BotocoreCredentials):
        from cognito_async._chain import BotocoreSource  # noqa: PLC0415

        return RefreshingProvider(BotocoreSource(credentials))
    if callable(credentials):
        return RefreshingProvider(CallableSource(credentials))
    raise CredentialsError(
        "credentials= takes Credentials(access_key_id=..., secret_access_key=...), a coroutine function "
        f"that returns such, or boto3.Session().get_credentials(), not {type(credentials).__name__}"
    )


class Provider(Protocol):
    """What a client asks for credentials, before every attempt."""

    def ready(self) -> Credentials | None:
        """Return credentials that can be had without waiting, if there are such."""
        ...

    async def __call__(self) -> Credentials:
        """Return credentials that work now."""
        ...

    async def close(self) -> None:
        """Let go of what the client alone has."""
        ...


class StaticProvider:
    """Credentials that stay the same."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def ready(self) -> Credentials:
        """Return them."""
        return self._credentials

    async def __call__(self) -> Credentials:
        """Return them."""
        return self._credentials

    async def close(self) -> None:
        """Nothing to let go of."""


def _from_environment(environment: Mapping[str, str]) -> Provider:
    if not environment.get("AWS_CREDENTIAL_EXPIRATION"):
        return StaticProvider(credentials_from_environment(environment))

    async def provide() -> Credentials:
        return credentials_from_environment(environment)

    from cognito_async._refresh import CallableSource, RefreshingProvider  # noqa: PLC0415

    return RefreshingProvider(CallableSource(provide))


def has_environment_credentials(environment: Mapping[str, str]) -> bool:
    """Whether the environment has keys, or half of them."""
    return bool(environment.get("AWS_ACCESS_KEY_ID") or environment.get("AWS_SECRET_ACCESS_KEY"))


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
        present = "AWS_ACCESS_KEY_ID" if access_key_id else "AWS_SECRET_ACCESS_KEY"
        raise CredentialsError(
            f"half of the AWS credentials: {missing} is not set in the environment; set it, or unset "
            f"{present} so that profile and role are looked at"
        )
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        # The older name goes first, as in botocore.
        session_token=environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN") or None,
        expires_at=_moment(environment.get("AWS_CREDENTIAL_EXPIRATION")),
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CredentialsError(
            f"AWS_CREDENTIAL_EXPIRATION={text!r} is not a time such as 2030-01-01T00:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
