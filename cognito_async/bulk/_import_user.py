"""The requests that import one user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cognito_async._errors import InvalidRequestError, ServiceError
from cognito_async.bulk._entries import EntryError, ImportEntry, created_sub
from cognito_async.bulk._import_file import ImportFailure, Outcome
from cognito_async.client import CognitoClient
from cognito_async.errors import (
    AccessDeniedException,
    LimitExceededException,
    NotAuthorizedException,
    ResourceNotFoundException,
    UsernameExistsException,
    UserNotFoundException,
)
from cognito_async.types import (
    AdminGetUserResponse,
    AttributeMapping,
    MessageActionType,
    UserPoolType,
    UserType,
)

_EXTERNAL = "EXTERNAL_PROVIDER"
_UNCONFIRMED = "UNCONFIRMED"
WITHOUT_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105  a status
_ROUNDING = 2.0
"""Seconds: the time of the service has no fractions in its responses."""
_AFFECTS_ALL = (
    AccessDeniedException,
    LimitExceededException,
    NotAuthorizedException,
    ResourceNotFoundException,
)


class Settings(NamedTuple):
    """How users are imported."""

    user_pool_id: str
    on_existing: str
    groups: bool
    temporary_password: Callable[[ImportEntry], str | None] | None
    password: Callable[[ImportEntry], str | None] | None
    message_action: MessageActionType | None


class Creation(NamedTuple):
    """What is known about the creation of a user, by ``sub``."""

    sub: str | None = None
    """The user that an earlier run created for this line."""

    record: Callable[[str], object] = lambda _: None
    """Called as soon as the user is created."""

    is_of_another: Callable[[str], bool] = lambda _: False
    """Returns whether a user was created for another line."""


class UserImporter:
    """Imports users into a pool.

    Args:
        client: Client that sends the requests.
        settings: How users are imported.
        pool: The pool.
        started: Start of the import by the clock of the service, in seconds since the epoch.
    """

    def __init__(self, client: CognitoClient, settings: Settings, pool: UserPoolType, started: float) -> None:
        self._client = client
        self._settings = settings
        self._pool_id = settings.user_pool_id
        self._aliases = [name for name in pool.username_attributes or () if name]
        case = pool.username_configuration and pool.username_configuration.case_sensitive
        self._ignores_case = case is False
        self._started = started
        self._groups: set[str] | None = None
        self._reading_groups = asyncio.Lock()

    async def add(
        self, entry: ImportEntry, *, may_be_ours: bool, creation: Creation | None = None
    ) -> Outcome:
        """Import a user.

        Args:
            entry: The user.
            may_be_ours: Whether an earlier run may have created the user, without a record of it.
            creation: What is known about that.
        """
        if entry.status == _EXTERNAL:
            return "skipped"
        settings = self._settings
        groups = list(entry.groups) if settings.groups else []
        if groups and (missing := set(groups) - await self._existing_groups()):
            raise EntryError(
                f"the pool has no group {', '.join(sorted(missing))}; create it, or pass groups=False"
            )
        creation = creation or Creation()
        username = self.login_name(entry)
        password = settings.temporary_password and settings.temporary_password(entry)
        outcome: Outcome = "created"
        existing: AdminGetUserResponse | None = None
        try:
            response = await self._client.admin_create_user(
                user_pool_id=self._pool_id,
                username=username,
                user_attributes=entry.attributes,
                temporary_password=password,
                message_action=settings.message_action,
            )
            username = response.user.username
            creation.record(_sub(response.user))
        except UsernameExistsException as error:
            may_be_ours = may_be_ours or error.attempts > 1  # the response to the first attempt may be lost
            known = creation.sub or created_sub(entry)
            if known is None and not may_be_ours and settings.on_existing == "skip":
                return "existing"
            existing = await self._existing(username)
            if existing is None or not await self._claim(existing, entry, creation, may_be_ours=may_be_ours):
                if settings.on_existing == "skip":
                    return "existing"
                if settings.on_existing == "error" or existing is None:
                    raise
                outcome = "updated"
                await self._update(existing, entry)
        if existing is not None:
            username = existing.username
        await self._set_state(username, entry, groups, existing)
        # Last, so that a user who is not complete has no password; one that the user has chosen stays.
        has_none = existing is None or existing.user_status == WITHOUT_PASSWORD
        if outcome == "created" and has_none and settings.password is not None:
            await self._set_password(username, settings.password(entry))
        return outcome

    async def _set_state(
        self, username: str, entry: ImportEntry, groups: Sequence[str], existing: AdminGetUserResponse | None
    ) -> None:
        await self._set_enabled(username, enabled=entry.enabled, was=existing is None or existing.enabled)
        for group in groups:
            await self._client.admin_add_user_to_group(
                user_pool_id=self._pool_id, username=username, group_name=group
            )

    def login_name(self, entry: ImportEntry) -> str:
        """Return the username to create: in a pool with email addresses as usernames, ``sub`` is none."""
        for name in self._aliases:
            value = entry.attributes.get(name)
            if isinstance(value, str) and value:
                return value
        return entry.username

    def is_new(self, user: AdminGetUserResponse) -> bool:
        """Return whether a user is no older than the import."""
        return user.user_create_date.timestamp() >= self._started - _ROUNDING

    async def _claim(
        self, user: AdminGetUserResponse, entry: ImportEntry, creation: Creation, *, may_be_ours: bool
    ) -> bool:
        """Return whether this import created the user for this line, or an earlier one whose line failed."""
        sub, corrected = _sub(user), created_sub(entry)
        known = creation.sub or corrected
        if known is None:
            ours = may_be_ours and not creation.is_of_another(sub) and self.is_ours(user, entry)
        else:
            ours = sub == known
        if ours:
            creation.record(sub)
            if sub == corrected and user.user_status == WITHOUT_PASSWORD:
                await self._update(user, entry)  # attributes may be corrected too
        return ours

    def is_ours(self, user: AdminGetUserResponse, entry: ImportEntry) -> bool:
        """Return whether this import created the user: no older than the import, with these attributes."""
        signed_up = user.user_status == _UNCONFIRMED  # not created by an administrator
        return not signed_up and self.is_new(user) and not changed_attributes(user, entry)

    async def _existing(self, username: str) -> AdminGetUserResponse | None:
        """Return the user of this name; None if it is only an alias, such as an email address, of another."""
        try:
            user = await self._client.admin_get_user(user_pool_id=self._pool_id, username=username)
        except UserNotFoundException:  # the email address or phone number of the new user is taken
            return None
        return user if self._aliases or self.is_same_name(user.username, username) else None

    def is_same_name(self, one: object, other: object) -> bool:
        """Return whether two sign-in names are the same in the pool."""
        return one == other or (self._ignores_case and as_text(one).casefold() == as_text(other).casefold())

    async def _update(self, user: AdminGetUserResponse, entry: ImportEntry) -> None:
        changed = changed_attributes(user, entry)
        if changed:
            await self._client.admin_update_user_attributes(
                user_pool_id=self._pool_id, username=user.username, user_attributes=changed
            )

    async def _set_password(self, username: str, password: str | None) -> None:
        if password is not None:
            await self._client.admin_set_user_password(
                user_pool_id=self._pool_id, username=username, password=password, permanent=True
            )

    async def _set_enabled(self, username: str, *, enabled: bool, was: bool) -> None:
        if enabled and not was:
            await self._client.admin_enable_user(user_pool_id=self._pool_id, username=username)
        elif was and not enabled:
            await self._client.admin_disable_user(user_pool_id=self._pool_id, username=username)

    async def _existing_groups(self) -> set[str]:
        """Return the groups of the pool, read once."""
        async with self._reading_groups:
            if self._groups is None:
                pages = self._client.get_paginator("list_groups").paginate(user_pool_id=self._pool_id)
                self._groups = {group.group_name async for group in pages.items()}
            return self._groups


def failure_of(
    error: Exception, line: int, entry: ImportEntry | None, *, created: bool = False
) -> ImportFailure | None:
    """Return the failure of a line; None for an error that would affect the other lines too."""
    if isinstance(error, EntryError):
        name, message = "InvalidEntry", str(error)
    elif isinstance(error, InvalidRequestError):
        name, message = "InvalidRequestError", "; ".join(error.problems)
    elif isinstance(error, ServiceError) and not _affects_all(error):
        name, message = error.code, error.message
    else:
        return None
    username = "" if entry is None else entry.username
    return ImportFailure(line=line, username=username, error=name, message=message, created=created)


def _affects_all(error: ServiceError) -> bool:
    # Codes that the API does not list come from the layer in front of it, which checks only the caller.
    return isinstance(error, _AFFECTS_ALL) or error.retryable or type(error) is ServiceError


def _sub(user: UserType | AdminGetUserResponse) -> str:
    return str(user.attribute_map.get("sub", ""))


def changed_attributes(user: AdminGetUserResponse, entry: ImportEntry) -> AttributeMapping:
    """Return the attributes of the file that the user does not have."""
    has = user.attribute_map
    return {
        name: value
        for name, value in entry.attributes.items()
        if value is not None and (name not in has or as_text(has[name]) != as_text(value))
    }


def as_text(value: object) -> str:
    return value if isinstance(value, str) else str(value).lower()
