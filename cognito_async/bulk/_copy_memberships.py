"""Adds the users of groups to the groups of the target, several groups at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from cognito_async import types
from cognito_async.bulk._copy_accounts import TargetUsers, collision_item
from cognito_async.bulk._copy_job import REJECTIONS, CopyJob, failed_item
from cognito_async.bulk._copy_lists import SKIPPED, PageCopier, entry_of
from cognito_async.bulk._copy_parts import group_names
from cognito_async.bulk._copy_state import Item
from cognito_async.bulk._gather import gather_iter
from cognito_async.bulk._progress import ProgressReporter
from cognito_async.pagination import Pages

_PART = "memberships"
_GROUPS_AT_ONCE = 20


async def copy_memberships(
    job: CopyJob, users: TargetUsers, *, concurrency: int, reporter: ProgressReporter
) -> None:
    """Add the users of all groups that the target has."""
    present = set(await group_names(job.target, job.target_pool_id))
    names: list[str] = []
    for name in await group_names(job.source, job.source_pool_id):
        if name in present:
            names.append(name)
        else:
            job.note(f"members of the group {name}", "the target does not have the group")
    slots = asyncio.Semaphore(concurrency)  # for all groups together

    def calls() -> Iterator[Callable[[], Awaitable[None]]]:
        for name in names:
            members = MembershipCopier(job, users, name, slots)
            pages = PageCopier(job, f"members of {name}", partial(_members, job, name), members.copy)
            yield partial(pages.run, concurrency=concurrency, reporter=reporter)

    at_once = min(concurrency, _GROUPS_AT_ONCE)
    async with aclosing(gather_iter(calls(), concurrency=at_once)) as results:
        async for _, result in results:
            result.unwrap()


def _members(job: CopyJob, group: str, token: str | None) -> Pages[Any, types.UserType]:
    return job.source.get_paginator("list_users_in_group").paginate(
        user_pool_id=job.source_pool_id, group_name=group, starting_token=token, prefetch=1
    )


class MembershipCopier:
    """Adds users to a group.

    Args:
        job: The copy.
        users: Users of the target.
        group_name: Name of the group.
        slots: Limits the users at the same time.
    """

    def __init__(self, job: CopyJob, users: TargetUsers, group_name: str, slots: asyncio.Semaphore) -> None:
        self._job = job
        self._users = users
        self._group_name = group_name
        self._slots = slots

    async def copy(self, user: types.UserType, _: bool) -> Sequence[Item]:  # noqa: FBT001  a Copier
        """Add a user, who may be in the group already."""
        if user.user_status in SKIPPED:
            return [Item(_PART, "skipped", user.username, user.user_status or "")]
        name = f"{user.username} in {self._group_name}"
        try:
            async with self._slots:
                found, problem = await self._users.find(entry_of(user))
                if found is None:
                    return [collision_item(_PART, name, problem)]
                await self._job.target.admin_add_user_to_group(
                    user_pool_id=self._job.target_pool_id,
                    username=found.username,
                    group_name=self._group_name,
                )
        except REJECTIONS as error:
            return [failed_item(_PART, name, error)]
        return [Item(_PART, "created", user.username)]
