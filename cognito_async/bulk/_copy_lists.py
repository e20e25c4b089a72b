"""Copies users and memberships page by page, and continues after the last complete page."""

from __future__ import annotations

import json
import secrets
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, TypeAlias

from cognito_async import types
from cognito_async._errors import ServiceError
from cognito_async.bulk._copy_job import REJECTIONS, CopyJob, failed_item
from cognito_async.bulk._copy_report import Item
from cognito_async.bulk._entries import READ_ONLY, ImportEntry
from cognito_async.bulk._gather import gather_iter
from cognito_async.bulk._import_user import UserImporter
from cognito_async.bulk._progress import ProgressReporter
from cognito_async.client import CognitoClient
from cognito_async.errors import InvalidParameterException
from cognito_async.pagination import Pages

Copier: TypeAlias = Callable[[types.UserType, bool], Awaitable[Sequence[Item]]]
"""Copies a user or a membership; the second argument says whether an earlier run may have done it."""
Result: TypeAlias = tuple["_Page", Sequence[Item]]

_EXTERNAL = "EXTERNAL_PROVIDER"
_UNCONFIRMED = "UNCONFIRMED"
_WITH_PASSWORD = ("CONFIRMED", "RESET_REQUIRED")
_PASSWORD_LENGTH = 64
_OF_EACH_KIND = "aA1!"
"""Characters that any policy asks for."""


class _Page:
    """A page in work."""

    def __init__(self, size: int, token: str | None) -> None:
        self.size = self.left = size
        self.token = token
        self.items: list[Item] = []


class PageCopier:
    """Copies the users of a list. A page is recorded when it and all pages before it are done.

    Args:
        job: Copy that records the pages.
        key: Name of the list in the journal.
        list_from: Returns the list from a token on.
        copy: Copies a user; its errors end the copy.
    """

    def __init__(
        self,
        job: CopyJob,
        key: str,
        list_from: Callable[[str | None], Pages[Any, types.UserType]],
        copy: Copier,
    ) -> None:
        self._job = job
        self._key = key
        self._list_from = list_from
        self._copy = copy
        self._position = job.state.position(key)
        self._pages: deque[_Page] = deque()
        """Pages in work, in order."""

    async def run(self, *, concurrency: int, reporter: ProgressReporter) -> None:
        """Copy what is not done, several users at the same time."""
        if self._position.complete:
            return
        start = self._position.token
        try:
            await self._copy_pages(concurrency, reporter)
        except InvalidParameterException as error:
            if start is None or error.resume_token != start:
                raise
            # The service rejects the saved position. From the first page on, users who exist may be ours.
            reporter.take_back(*self._position.copied)
            self._job.record(list=self._key, restart=True)
            self._position = self._job.state.position(self._key)
            await self._copy_pages(concurrency, reporter)

    async def _copy_pages(self, concurrency: int, reporter: ProgressReporter) -> None:
        async with aclosing(gather_iter(self._calls(), concurrency=concurrency)) as results:
            async for _, result in results:
                page, items = result.unwrap()
                page.items += items
                page.left -= 1
                self._record_complete_pages()
                reporter.advance(failed=items[0].outcome == "failed")

    async def _calls(self) -> AsyncGenerator[Callable[[], Awaitable[Result]], None]:
        position = self._position
        begun_before = position.begun
        listed = self._list_from(position.token)
        number = position.done
        async with aclosing(aiter(listed)) as pages:
            async for response in pages:
                page = _Page(len(response.users), listed.resume_token)
                self._pages.append(page)
                if number + page.size > position.begun:
                    self._job.record(list=self._key, begun=number + page.size)
                    await self._job.sync()  # before anything is created
                self._record_complete_pages()
                for user in response.users:
                    may_be_ours = position.restarted or number < begun_before
                    number += 1
                    yield partial(self._run, page, user, may_be_ours)

    async def _run(
        self,
        page: _Page,
        user: types.UserType,
        may_be_ours: bool,  # noqa: FBT001  as Copier
    ) -> Result:
        return page, await self._copy(user, may_be_ours)

    def _record_complete_pages(self) -> None:
        while self._pages and not self._pages[0].left:
            page = self._pages.popleft()
            counts = Counter((item.part, item.outcome) for item in page.items)
            self._job.record(
                list=self._key,
                done=self._position.done + page.size,
                token=page.token,
                counts=[[*names, number] for names, number in counts.items()],
                items=[item for item in page.items if item.outcome == "failed"],
            )


class UserCopier:
    """Creates the users of a pool in another one."""

    def __init__(self, client: CognitoClient, user_pool_id: str, importer: UserImporter) -> None:
        self._client = client
        self._pool_id = user_pool_id
        self._importer = importer

    async def copy(self, user: types.UserType, may_be_ours: bool) -> Sequence[Item]:  # noqa: FBT001  a Copier
        """Create a user, and link its identities."""
        if user.user_status in (_EXTERNAL, _UNCONFIRMED):
            return [Item("users", "skipped", user.username)]
        entry = entry_of(user)
        try:
            outcome = await self._importer.add(entry, may_be_ours=may_be_ours)
        except REJECTIONS as error:
            return [failed_item("users", user.username, error)]
        items = [Item("users", "existing" if outcome == "existing" else "created", user.username)]
        identities = _identities(user)
        if items[0].outcome == "created" and identities:
            items += await self._link(entry, identities)
        return items

    async def _link(self, entry: ImportEntry, identities: Sequence[tuple[str, str]]) -> list[Item]:
        created = await self._client.admin_get_user(
            user_pool_id=self._pool_id, username=self._importer.login_name(entry)
        )
        linked = _identities(created)
        items: list[Item] = []
        for provider, user_id in identities:
            try:
                if (provider, user_id) not in linked:
                    await self._client.admin_link_provider_for_user(
                        user_pool_id=self._pool_id,
                        destination_user={
                            "ProviderName": "Cognito",
                            "ProviderAttributeValue": created.username,
                        },
                        source_user={
                            "ProviderName": provider,
                            "ProviderAttributeName": "Cognito_Subject",
                            "ProviderAttributeValue": user_id,
                        },
                    )
            except REJECTIONS as error:
                if not await self._is_linked(created.username, (provider, user_id), error):
                    items.append(failed_item("identities", entry.username, error))
                    continue
            items.append(Item("identities", "created", entry.username))
        return items

    async def _is_linked(self, username: str, identity: tuple[str, str], error: Exception) -> bool:
        """Return whether an identity is linked, as a rejected second attempt does not say."""
        if not isinstance(error, ServiceError) or error.attempts == 1:
            return False
        return identity in _identities(
            await self._client.admin_get_user(user_pool_id=self._pool_id, username=username)
        )


class MembershipCopier:
    """Adds users to a group."""

    def __init__(
        self, client: CognitoClient, user_pool_id: str, importer: UserImporter, group_name: str
    ) -> None:
        self._client = client
        self._pool_id = user_pool_id
        self._importer = importer
        self._group_name = group_name

    async def copy(self, user: types.UserType, _: bool) -> Sequence[Item]:  # noqa: FBT001  a Copier
        """Add a user, who may be in the group already."""
        if user.user_status in (_EXTERNAL, _UNCONFIRMED):
            return [Item("memberships", "skipped", user.username)]
        try:
            await self._client.admin_add_user_to_group(
                user_pool_id=self._pool_id,
                username=self._importer.login_name(entry_of(user)),
                group_name=self._group_name,
            )
        except REJECTIONS as error:
            return [failed_item("memberships", f"{user.username} in {self._group_name}", error)]
        return [Item("memberships", "created", user.username)]


def random_password(minimum: int, entry: ImportEntry) -> str | None:
    """Return a password that nobody knows, for users who had one: so they can ask for a new one.

    Args:
        minimum: Minimum length by the policy of the pool, 99 at most.
        entry: The user.
    """
    if entry.status not in _WITH_PASSWORD:
        return None
    length = max(minimum, _PASSWORD_LENGTH)
    return secrets.token_urlsafe(length)[: length - len(_OF_EACH_KIND)] + _OF_EACH_KIND


def entry_of(user: types.UserType) -> ImportEntry:
    """Return a user as an import has it."""
    attributes = {name: value for name, value in user.attribute_map.items() if name not in READ_ONLY}
    return ImportEntry(
        line=0,
        username=user.username,
        attributes=attributes,
        status=user.user_status,
        enabled=user.enabled,
    )


def _identities(user: types.UserType | types.AdminGetUserResponse) -> list[tuple[str, str]]:
    """Return provider and user id of the identities that are linked to a user."""
    try:
        found = json.loads(str(user.attribute_map.get("identities", "[]")))
        return [(each["providerName"], each["userId"]) for each in found]
    except (ValueError, TypeError, KeyError):
        return []
