"""Finds the users of the source in the target: a name that finds a user does not prove who it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cognito_async.bulk._copy_state import COLLISION, Item
from cognito_async.bulk._entries import ImportEntry
from cognito_async.bulk._import_user import WITHOUT_PASSWORD, UserImporter, as_text, changed_attributes
from cognito_async.client import CognitoClient
from cognito_async.types import AdminGetUserResponse, UserPoolType

_CONTACTS = ("email", "phone_number")
OTHER_USER = (
    "the target has another user with this name, email address or phone number, or one that is not proven "
    "to be the same: neither created by this copy, nor with the same verified email address or phone number"
)


class TargetUsers:
    """Users of the target, found by users of the source.

    A request accepts any sign-in name: username, ``sub``, email address, phone number, preferred username.
    So a name of the source may be that of somebody else in the target, who may have chosen it for that
    purpose. Groups and linked identities are only for users who are proven to be the same.

    Args:
        client: Client for the target.
        importer: Creates the users.
        target: Settings of the target.
        source: Settings of the source, in wire form.
        creates: Whether this copy creates users.
        collided: Usernames of the source that belonged to somebody else when they were to be created.
    """

    def __init__(
        self,
        client: CognitoClient,
        importer: UserImporter,
        target: UserPoolType,
        source: Mapping[str, Any],
        *,
        creates: bool,
        collided: Collection[str],
    ) -> None:
        self._client = client
        self._importer = importer
        self._pool_id = target.id or ""
        self._creates = creates
        self._collided = collided
        self._aliases = [name for name in target.username_attributes or () if name]
        self._source_usernames = source.get("UsernameAttributes", ())
        self._source_aliases = {*self._source_usernames, *source.get("AliasAttributes", ())}
        keeps_case = source.get("UsernameConfiguration", {}).get("CaseSensitive", True)
        self._merges_case = keeps_case and importer.is_same_name("A", "a")
        create = target.admin_create_user_config
        self._admins_only = bool(create and create.allow_admin_create_user_only)

    def problem(self, entry: ImportEntry) -> str:
        """Return why a user cannot have a sign-in name in the target; empty if it can.

        An address that is not verified may be somebody else's, unless it is the username in the source: there
        it is unique.
        """
        names = [name for name in self._aliases if entry.attributes.get(name)]
        if self._aliases and not names:
            return f"users of the target sign in with {' or '.join(self._aliases)}, and this one has none"
        for name in names:
            if name not in self._source_usernames and not _is_verified(entry.attributes, name):
                return f"users of the target sign in with {name}, and that of this one is not verified"
        return ""

    async def find(self, entry: ImportEntry) -> tuple[AdminGetUserResponse | None, str]:
        """Return the user who is proven to be the same, or why there is none."""
        problem = self.problem(entry)
        if not problem and entry.username in self._collided:
            problem = OTHER_USER
        if problem:
            return None, problem
        user = await self._get(entry)
        return (user, "") if self._is_same(user, entry) else (None, OTHER_USER)

    async def find_created(self, entry: ImportEntry, sub: str) -> tuple[AdminGetUserResponse | None, str]:
        """Return a user whom this copy has created, by ``sub``."""
        user = await self._get(entry)
        return (user, "") if user.attribute_map.get("sub") == sub else (None, OTHER_USER)

    async def collision(self, entry: ImportEntry) -> str:
        """Return why the existing user of this name is somebody else; empty if it need not be."""
        user = await self._get(entry)
        if self._importer.is_new(user):  # created while the copy runs, and not for this user
            proven = self._has_contact(user, entry) or self._is_by_admin(user, entry)
            same = proven and self._has_name(user, entry) and self._is_unique(entry)
        elif self._aliases:
            same = self._is_same(user, entry)
        else:  # users of the same name are left unchanged
            same = self._has_name(user, entry)
        return "" if same else OTHER_USER

    async def _get(self, entry: ImportEntry) -> AdminGetUserResponse:
        return await self._client.admin_get_user(
            user_pool_id=self._pool_id, username=self._importer.login_name(entry)
        )

    def _is_same(self, user: AdminGetUserResponse, entry: ImportEntry) -> bool:
        if not self._has_name(user, entry):
            return False
        if self._has_contact(user, entry):
            return self._is_unique(entry) or not changed_attributes(user, entry)
        created = self._creates and self._importer.is_ours(user, entry)
        return created or self._is_by_admin(user, entry)

    def _is_by_admin(self, user: AdminGetUserResponse, entry: ImportEntry) -> bool:
        """Return whether an administrator has created the user with these attributes, verified or not.

        Nobody else can take the name then. A username never changes, but an email address may as soon as its
        owner has signed in.
        """
        by_admin = user.user_status == WITHOUT_PASSWORD or (self._admins_only and not self._aliases)
        same = all(name.endswith("_verified") for name in changed_attributes(user, entry))
        return by_admin and same and bool(entry.attributes)

    def _has_name(self, user: AdminGetUserResponse, entry: ImportEntry) -> bool:
        """Return whether the name is the username, and not another sign-in name of the user."""
        name = self._importer.login_name(entry)
        if not self._aliases:
            return self._importer.is_same_name(user.username, name)
        return any(
            self._importer.is_same_name(user.attribute_map.get(alias), name) for alias in self._aliases
        )

    def _has_contact(self, user: AdminGetUserResponse, entry: ImportEntry) -> bool:
        """Return whether both have the same verified email address or phone number."""
        found = user.attribute_map
        return any(
            _is_verified(found, name)
            and _is_verified(entry.attributes, name)
            and self._importer.is_same_name(found.get(name), entry.attributes.get(name))
            for name in _CONTACTS
        )

    def _is_unique(self, entry: ImportEntry) -> bool:
        """Return whether the source ensures that no two of its users have one name in the target."""
        if self._merges_case:
            return False
        return not self._aliases or any(
            name in self._source_aliases for name in self._aliases if entry.attributes.get(name)
        )


def collision_item(part: str, name: str, reason: str) -> Item:
    """Return the failure of something that may belong to somebody else."""
    return Item(part, "failed", name, COLLISION, reason)


def _is_verified(attributes: Mapping[str, object], name: str) -> bool:
    return bool(attributes.get(name)) and as_text(attributes.get(f"{name}_verified", "")) == "true"
