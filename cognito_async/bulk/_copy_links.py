"""Links identities of identity providers to users whom a copy has created."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from cognito_async import types
from cognito_async._errors import ServiceError
from cognito_async.bulk._copy_accounts import TargetUsers, collision_item
from cognito_async.bulk._copy_job import REJECTIONS, CopyJob, failed_item
from cognito_async.bulk._copy_state import Item
from cognito_async.bulk._entries import ImportEntry
from cognito_async.client import CognitoClient
from cognito_async.errors import ResourceNotFoundException
from cognito_async.types import AdminGetUserResponse, IdentityProviderType

_PART = "identities"
_SAME_ID_IN_ALL_APPS = ("Google",)
"""Providers whose ids of a person are the same for all clients; those of others may differ."""
_MISMATCH = "ProviderMismatch"
_OTHER_PROVIDER = "the identity provider of this name in the target is another one, or it does not exist"


class IdentityLinker:
    """Links identities: whoever signs in with one is the user, so it must be the same user and provider."""

    def __init__(self, job: CopyJob, users: TargetUsers) -> None:
        self._job = job
        self._users = users
        self._same: dict[str, bool] = {}
        self._reading = asyncio.Lock()

    async def link(
        self, entry: ImportEntry, identities: Sequence[tuple[str, str]], sub: str
    ) -> Sequence[Item]:
        """Link identities to the user that was created with this ``sub``."""
        items: list[Item] = []
        user: AdminGetUserResponse | None = None
        problem = ""
        for provider, user_id in identities:
            try:
                if user is None:
                    user, problem = await self._users.find_created(entry, sub)
                if user is None:
                    items.append(collision_item(_PART, entry.username, problem))
                    continue
                if (provider, user_id) not in identities_of(user):
                    if not await self._is_same_provider(provider):
                        reason = f"{provider}: {_OTHER_PROVIDER}"
                        items.append(Item(_PART, "failed", entry.username, _MISMATCH, reason))
                        continue
                    await self._link(entry, sub, user.username, (provider, user_id))
            except REJECTIONS as error:
                items.append(failed_item(_PART, entry.username, error))
            else:
                items.append(Item(_PART, "created", entry.username))
        return items

    async def _link(self, entry: ImportEntry, sub: str, username: str, identity: tuple[str, str]) -> None:
        provider, user_id = identity
        try:
            await self._job.target.admin_link_provider_for_user(
                user_pool_id=self._job.target_pool_id,
                destination_user={"ProviderName": "Cognito", "ProviderAttributeValue": username},
                source_user={
                    "ProviderName": provider,
                    "ProviderAttributeName": "Cognito_Subject",
                    "ProviderAttributeValue": user_id,
                },
            )
        except ServiceError as error:
            # A second attempt is rejected if only the response to the first was lost.
            user = None if error.attempts == 1 else (await self._users.find_created(entry, sub))[0]
            if user is None or identity not in identities_of(user):
                raise

    async def _is_same_provider(self, name: str) -> bool:
        """Return whether ids of persons are the same at both providers of this name; read once for each."""
        async with self._reading:
            if name not in self._same:
                source = await _described(self._job.source, self._job.source_pool_id, name)
                target = await _described(self._job.target, self._job.target_pool_id, name)
                self._same[name] = source is not None and source == target
            return self._same[name]


async def _described(client: CognitoClient, pool_id: str, name: str) -> tuple[object, ...] | None:
    """Return what tells a provider from others of its name."""
    try:
        response = await client.describe_identity_provider(user_pool_id=pool_id, provider_name=name)
    except ResourceNotFoundException:
        return None
    return _identification(response.identity_provider)


def _identification(provider: IdentityProviderType) -> tuple[object, ...]:
    details = provider.provider_details or {}
    kind = provider.provider_type
    client_id = None if kind in _SAME_ID_IN_ALL_APPS else details.get("client_id")
    metadata = details.get("MetadataURL") or details.get("MetadataFile")
    return kind, client_id, details.get("oidc_issuer"), metadata


def identities_of(user: types.UserType | AdminGetUserResponse) -> list[tuple[str, str]]:
    """Return provider and user id of the identities that are linked to a user."""
    try:
        found = json.loads(str(user.attribute_map.get("identities", "[]")))
        return [(each["providerName"], each["userId"]) for each in found]
    except (ValueError, TypeError, KeyError):
        return []
