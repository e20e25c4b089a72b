"""Copies users page by page, and continues after the last complete page."""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, TypeAlias

from cognito_async import types
from cognito_async.bulk._copy_accounts import OTHER_USER, TargetUsers, collision_item
from cognito_async.bulk._copy_job import REJECTIONS, CopyJob, failed_item
from cognito_async.bulk._copy_links import IdentityLinker, identities_of
from cognito_async.bulk._copy_state import Item
from cognito_async.bulk._entries import READ_ONLY, ImportEntry
from cognito_async.bulk._gather import gather_iter
from cognito_async.bulk._import_user import Creation, UserImporter
from cognito_async.bulk._progress import ProgressReporter
from cognito_async.errors import AliasExistsException, InvalidParameterException, UserNotFoundException
from cognito_async.pagination import Pages

Copier: TypeAlias = Callable[[types.UserType, bool], Awaitable[Sequence[Item]]]
"""Copies a user or a membership; the second argument says whether an earlier run may have done it."""
Result: TypeAlias = tuple["_Page", Sequence[Item]]

SKIPPED = ("EXTERNAL_PROVIDER", "UNCONFIRMED")
"""Status of users who are not copied."""
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
            counts = Counter(_counted(item) for item in page.items)
            self._job.record(
                list=self._key,
                done=self._position.done + page.size,
                token=page.token,
                counts=[[*names, number] for names, number in counts.items()],
                items=[item for item in page.items if item.outcome == "failed"],
            )


def _counted(item: Item) -> tuple[str, ...]:
    """Return what an item is counted by."""
    return item[:2] if item.outcome != "skipped" else (item.part, item.outcome, item.error)


class UserCopier:
    """Creates the users of a pool in another one."""

    def __init__(self, importer: UserImporter, users: TargetUsers, linker: IdentityLinker) -> None:
        self._importer = importer
        self._users = users
        self._linker = linker

    async def copy(self, user: types.UserType, may_be_ours: bool) -> Sequence[Item]:  # noqa: FBT001  a Copier
        """Create a user, and link its identities."""
        name = user.username
        if user.user_status in SKIPPED:
            return [Item("users", "skipped", name, user.user_status or "")]
        entry = entry_of(user)
        problem = self._users.problem(entry)
        subs: list[str] = []
        try:
            if not problem:
                creation = Creation(record=subs.append)
                outcome = await self._importer.add(entry, may_be_ours=may_be_ours, creation=creation)
                if outcome == "existing":
                    problem = await self._users.collision(entry)
        except (AliasExistsException, UserNotFoundException):  # it exists, and not by its username
            problem = OTHER_USER
        except REJECTIONS as error:
            return [failed_item("users", name, error)]
        if problem:
            return [collision_item("users", name, problem)]
        if not subs:
            return [Item("users", "existing", name)]
        return [Item("users", "created", name), *await self._linker.link(entry, identities_of(user), subs[0])]


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
