"""``copy_pool``: settings, app clients, groups, users and memberships of a pool in another one."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cognito_async import types
from cognito_async._errors import InvalidRequestError
from cognito_async._messages import did_you_mean, safe_repr
from cognito_async.bulk._copy_accounts import TargetUsers
from cognito_async.bulk._copy_job import ANOTHER_JOURNAL, CopyJob
from cognito_async.bulk._copy_links import IdentityLinker
from cognito_async.bulk._copy_lists import PageCopier, UserCopier, random_password
from cognito_async.bulk._copy_memberships import copy_memberships
from cognito_async.bulk._copy_parts import copy_parts
from cognito_async.bulk._copy_report import PARTS, CopyPart, CopyReport
from cognito_async.bulk._copy_state import CopyState
from cognito_async.bulk._copy_target import check_target, prepare_target
from cognito_async.bulk._errors import JournalError, JournalLockedError
from cognito_async.bulk._gather import check_concurrency
from cognito_async.bulk._import_user import Settings, UserImporter
from cognito_async.bulk._journal import Journal
from cognito_async.bulk._progress import ProgressCallback, ProgressReporter
from cognito_async.bulk._time import time_of
from cognito_async.client import CognitoClient
from cognito_async.pagination import Pages


async def copy_pool(
    source: CognitoClient,
    source_pool_id: str,
    target: CognitoClient,
    target_pool_id: str | None,
    *,
    parts: Collection[CopyPart] = PARTS,
    pool_name: str | None = None,
    confirm_users: bool = True,
    concurrency: int = 20,
    journal: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
    dry_run: bool = False,
    resume: bool = True,
) -> CopyReport:
    """Copy a user pool: settings, app clients, groups, users and so on; in another Region or account too.

    What exists in the target is left unchanged: groups, identity providers, app clients and users of the same
    name, resource servers of the same identifier. What is missing is created. The source is only read.

    With a journal, a copy that was killed or failed continues when it is called again with the same
    arguments, and nothing is created twice. The journal stays when the copy is complete: the same call
    returns the same report then, with ``was_complete``. It has names of groups and providers, ids of app
    clients, and names and errors of what failed; no secrets. A new pool has the tag ``cognito-async:copy``,
    whose value is in the journal: it proves which copy has created the pool.

    **Passwords cannot be read.** Users who had one get a random one that nobody knows, so that they can
    choose a new one with "forgot password", which needs a verified email address or phone number. To let
    users keep their passwords, copy without ``users`` and ``memberships``, and give the target a user
    migration trigger: a Lambda function that verifies the password in the source at the first sign-in. The
    service calls it only for users whom the target does not have, so never for a copied user. The page Bulk
    work has such a function.

    - Users of identity providers are skipped: their first sign-in creates them. Users who have not confirmed
      their sign-up are skipped: they sign up again.
    - Groups are for users whom the copy has created, and for existing ones who are proven to be the same: a
      name of the source may be that of somebody else in the target. Others are failures, ``UserCollision``.
    - App clients have new ids and secrets; ``report.client_ids`` has the new id of each.
    - Settings that name resources by an ARN (Lambda triggers, SES, SNS, keys) are copied within a Region. In
      another Region they are left out, and the report names them.
    - An existing target keeps its settings; custom attributes that it lacks are added.
    - ``report.not_copied`` lists everything that the target does not have, with the reason.

    Args:
        source: Client for the source; its requests are signed.
        source_pool_id: Pool to copy.
        target: Client for the target; the same one if both are in one Region and account.
        target_pool_id: Pool to copy to; None creates one with the settings of the source.
        parts: What to copy, such as ``("settings", "groups")``; by default everything. The order is fixed:
            app clients need identity providers and resource servers, memberships need users and groups.
        pool_name: Name of the pool to create; by default that of the source.
        confirm_users: Whether users with the status ``CONFIRMED`` or ``RESET_REQUIRED`` get a random
            password, and are ``CONFIRMED``. Otherwise they are ``FORCE_CHANGE_PASSWORD`` with a temporary
            password that nobody knows.
        concurrency: Users at the same time.
        journal: File of the journal; None for none.
        progress: Called with a ``Progress`` of users and memberships, at most ten times per second.
        dry_run: True to change nothing, and report what would be created. Users are counted by the estimate
            of the service, memberships are not counted. There is no journal then.
        resume: False to go through everything again, such as for users that failed or are new; the target
            and what earlier runs have created are still those of the journal. For another new pool, pass
            another journal.

    Raises:
        BulkError: An earlier run may have created a pool or an app client, and it is unclear which one.
        JournalError: The journal belongs to another copy, such as to another Region or account.
        JournalLockedError: The same copy is running already.
        InvalidRequestError: An argument is invalid.
        InvalidResponseError: A description has settings that are unknown to this release.
        CognitoError: A request failed that would fail for the rest too, such as a trigger that the target
            may not invoke. Call again to continue.
        OSError: The journal cannot be written.
    """
    start = time.monotonic()
    _check_arguments(source_pool_id, target_pool_id, parts, pool_name)
    check_concurrency(concurrency, "copy_pool")
    await target._pipeline.prepare()  # noqa: SLF001  reads the Region from a profile
    job: dict[str, str | int | bool | None] = {
        "job": "copy_pool",
        "source_pool_id": source_pool_id,
        "target_region": target.config.region,
        "target_pool_id": target_pool_id,
        "parts": ",".join(part for part in PARTS if part in parts),
        "pool_name": pool_name,
        "confirm_users": confirm_users,
    }
    state = CopyState()
    log = None if journal is None or dry_run else await _opened(Path(journal), job, state)
    was_complete = state.complete and resume
    try:
        running = CopyJob(source, source_pool_id, target, state, log, pool_name=pool_name, dry_run=dry_run)
        if was_complete:
            await check_target(running)
        else:
            if log is not None and log.resumed and not resume:
                running.record(again=True)
            await prepare_target(running, target_pool_id, settings="settings" in parts)
            await copy_parts(running, parts)
            if dry_run:
                _estimate_users(running, parts)
            elif "users" in parts or "memberships" in parts:
                await _copy_users(running, parts, concurrency, progress, confirm_users=confirm_users)
            running.record(complete=True)
    finally:
        if log is not None:
            try:
                await log.sync()
            finally:
                log.close()
    return state.report(dry_run=dry_run, was_complete=was_complete, seconds=time.monotonic() - start)


async def _opened(path: Path, job: Mapping[str, str | int | bool | None], state: CopyState) -> Journal:
    """Open the journal. It is never deleted: only it says what the copy has created."""
    try:
        return await Journal.open(path, job, state.replay)
    except JournalLockedError:
        raise
    except JournalError as error:
        error.advice = ANOTHER_JOURNAL
        raise


def _estimate_users(job: CopyJob, parts: Collection[CopyPart]) -> None:
    if "users" in parts:
        job.state.counts["users", "created"] = job.pool.get("EstimatedNumberOfUsers", 0)


async def _copy_users(
    job: CopyJob,
    parts: Collection[CopyPart],
    concurrency: int,
    progress: ProgressCallback | None,
    *,
    confirm_users: bool,
) -> None:
    response = await job.target.describe_user_pool(user_pool_id=job.target_pool_id)
    started = job.state.started
    if started is None:
        started = time_of(response)
        job.record(started=started)
    policy = response.user_pool.policies and response.user_pool.policies.password_policy
    minimum = (policy and policy.minimum_length) or 0
    settings = Settings(
        user_pool_id=job.target_pool_id,
        on_existing="skip",
        groups=False,
        temporary_password=None,
        password=partial(random_password, minimum) if confirm_users else None,
        message_action="SUPPRESS",
    )
    importer = UserImporter(job.target, settings, response.user_pool, started)
    done, failed = job.state.copied
    reporter = ProgressReporter(
        progress, total=job.pool.get("EstimatedNumberOfUsers"), done=done, failed=failed
    )
    reporter.start()
    accounts = TargetUsers(
        job.target,
        importer,
        response.user_pool,
        job.pool,
        creates="users" in parts,
        collided=job.state.collided,
    )
    if "users" in parts:
        users = UserCopier(importer, accounts, IdentityLinker(job, accounts))
        pages = PageCopier(job, "users", partial(_users, job), users.copy)
        await pages.run(concurrency=concurrency, reporter=reporter)
    if "memberships" in parts:
        reporter.total = None  # their number is unknown
        await copy_memberships(job, accounts, concurrency=concurrency, reporter=reporter)
    reporter.finish()


def _users(job: CopyJob, token: str | None) -> Pages[Any, types.UserType]:
    return job.source.get_paginator("list_users").paginate(
        user_pool_id=job.source_pool_id, starting_token=token, prefetch=1
    )


def _check_arguments(
    source_pool_id: str, target_pool_id: str | None, parts: Collection[str], pool_name: str | None
) -> None:
    problems: list[str] = []
    if source_pool_id == target_pool_id:
        problems.append("target_pool_id: is the source; to create a pool like it, pass None")
    if pool_name is not None and target_pool_id is not None:
        problems.append("pool_name: an existing pool keeps its name; it is for target_pool_id=None")
    if isinstance(parts, str):
        problems.append(f"parts: expected a list of names, got {safe_repr(parts)}")
    else:
        problems += [
            f"parts: there is no part {safe_repr(part)}{did_you_mean(part, PARTS)}"
            for part in parts
            if part not in PARTS
        ]
        if target_pool_id is None and "settings" not in parts:
            problems.append('parts: "settings" are needed to create the target')
    if problems:
        raise InvalidRequestError("copy_pool", problems)
