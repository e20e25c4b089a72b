"""Chooses the credential provider: the caller's own, the environment, or botocore's chain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cognito_async._errors import CredentialsError
from cognito_async.credentials._credentials import (
    UNSIGNED,
    BotocoreCredentials,
    Credentials,
    CredentialsProvider,
    Unsigned,
)
from cognito_async.credentials._environment import credentials_from_environment, has_environment_credentials
from cognito_async.credentials._provider import Provider, StaticProvider, UnsignedProvider


def resolve_provider(
    credentials: Credentials | CredentialsProvider | BotocoreCredentials | Unsigned | None,
    profile: str | None,
    environment: Mapping[str, str],
) -> Provider:
    """Return the provider of a client: the caller's own, none, the environment, or botocore's chain.

    As in boto3, a profile that was passed as an argument takes precedence over the environment.

    Raises:
        CredentialsError: ``credentials`` is none of these, or the environment has only one of the two keys.
    """
    if isinstance(credentials, Credentials):
        return StaticProvider(credentials)
    if credentials is UNSIGNED:
        return UnsignedProvider()
    if credentials is None:
        if profile is None and has_environment_credentials(environment):
            return _from_environment(environment)
        from cognito_async.credentials._botocore import shared_botocore_provider  # noqa: PLC0415  rarely needed

        return shared_botocore_provider(profile, environment)
    from cognito_async.credentials._refreshing import CallableSource, RefreshingProvider  # noqa: PLC0415  as above

    if isinstance(credentials, BotocoreCredentials):
        from cognito_async.credentials._botocore import BotocoreSource  # noqa: PLC0415  as above

        return RefreshingProvider(BotocoreSource(credentials))
    if callable(credentials):
        return RefreshingProvider(CallableSource(credentials))
    raise CredentialsError(
        "credentials= takes Credentials(access_key_id=..., secret_access_key=...), a coroutine function "
        f"that returns them, boto3.Session().get_credentials(), or UNSIGNED, not {type(credentials).__name__}"
    )


def _from_environment(environment: Mapping[str, str]) -> Provider:
    if not environment.get("AWS_CREDENTIAL_EXPIRATION"):
        return StaticProvider(credentials_from_environment(environment))

    async def provide() -> Credentials:
        # In a thread, because some forms of the expiry need botocore's parser.
        return await asyncio.to_thread(credentials_from_environment, environment)

    from cognito_async.credentials._refreshing import CallableSource, RefreshingProvider  # noqa: PLC0415  rarely needed

    return RefreshingProvider(CallableSource(provide))
