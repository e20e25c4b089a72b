"""Creates the target of a copy, or adds custom attributes to it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from cognito_async import types
from cognito_async.bulk._copy_job import ANOTHER_JOURNAL, REJECTIONS, CopyJob, create_once, failed_item
from cognito_async.bulk._copy_settings import custom_attributes, described_pool, mfa_request, pool_request
from cognito_async.bulk._copy_state import Item
from cognito_async.bulk._errors import BulkError, JournalError
from cognito_async.errors import AccessDeniedException, ResourceNotFoundException
from cognito_async.updates._merge import request_of

TAG: Final = "cognito-async:copy"
"""Tag of a pool that a copy has created; its value is in the journal."""

_MOST_TAGS = 50
_ATTRIBUTES_PER_REQUEST = 25


async def prepare_target(job: CopyJob, target_pool_id: str | None, *, settings: bool) -> None:
    """Create the target, or check that it exists; add custom attributes that an existing one lacks."""
    job.pool = await described_pool(job.source, job.source_pool_id)
    if job.state.has_old_target:  # a complete copy has created it
        target_pool_id = job.target_pool_id
    if target_pool_id is None:
        await _create_pool(job)
        return
    job.compare_regions(target_pool_id)
    existing = await _described_target(job, target_pool_id)
    if settings:
        await _add_attributes(job, existing)


async def check_target(job: CopyJob) -> None:
    """Check that the target of the journal is one of this account.

    Raises:
        JournalError: It is not, or it was deleted.
    """
    await _described_target(job, job.target_pool_id)


async def _described_target(job: CopyJob, target_pool_id: str) -> Mapping[str, Any]:
    """Return the settings of the target, and record its account."""
    state = job.state
    try:
        described = await described_pool(job.target, target_pool_id)
    except ResourceNotFoundException as error:
        if not job.has_target:
            raise
        raise _of_another_target(job, "this client finds no such pool") from error
    account = _account_of(described.get("Arn"))
    if state.account not in (None, account):
        raise _of_another_target(job, f"this client is of account {account}")
    if not job.has_target or state.account is None:
        job.record(target=target_pool_id, account=account)
    return described


def _of_another_target(job: CopyJob, text: str) -> JournalError:
    account = f" in account {job.state.account}" if job.state.account else ""
    error = JournalError(
        f"{job.journal_path} is of a copy to the pool {job.target_pool_id}{account}, and {text}"
    )
    error.advice = ANOTHER_JOURNAL
    return error


def _account_of(arn: str | None) -> str:
    return (arn or ":::::").split(":")[4]


async def _create_pool(job: CopyJob) -> None:
    name = job.pool_name or job.pool["Name"]
    job.compare_regions(job.target.config.region or "")
    request, lacking = pool_request(job.pool, job.pool_name, same_region=job.same_region)
    _note_settings(job, lacking)
    if job.dry_run:
        job.record_item(Item("settings", "created", name))
        return
    if job.has_target:
        await check_target(job)
    else:
        pool = await _new_pool(job, name, request)
        job.record(target=pool.id, account=_account_of(pool.arn))
    await _set_mfa(job)
    job.record_item(Item("settings", "created", name))
    job.record(end="settings")


async def _new_pool(job: CopyJob, name: str, request: types.CreateUserPoolRequest) -> types.UserPoolType:
    """Create the pool, or return the one that an earlier run has created.

    The pool has a tag with a random value, which proves that this copy has created it: others may create
    pools of the same name at the same time.
    """
    if job.state.creating is not None:
        found = await _created_pool(job, name)
        if found is not None:
            return found
    tag = job.state.creating
    if tag is None:
        tag = secrets.token_hex(8) if len(request.user_pool_tags or {}) < _MOST_TAGS else ""
    try:
        return await _create_tagged(job, name, request, tag)
    except AccessDeniedException:
        if not tag:
            raise
    return await _create_tagged(job, name, request, "")  # maybe a policy does not allow the tag


async def _create_tagged(
    job: CopyJob, name: str, request: types.CreateUserPoolRequest, tag: str
) -> types.UserPoolType:
    wire = request.to_wire()
    tags = {key: value for key, value in wire.get("UserPoolTags", {}).items() if key != TAG}
    wire["UserPoolTags"] = tags | ({TAG: tag} if tag else {}) or None
    tagged = request_of(types.CreateUserPoolRequest, wire)
    job.record(creating=tag, existing=await _pools_named(job, name))
    await job.sync()

    async def send() -> types.UserPoolType:
        return (await job.target.send(tagged)).user_pool

    return await create_once(send, lambda: _created_pool(job, name), lambda: job.record(rejected="settings"))


async def _created_pool(job: CopyJob, name: str) -> types.UserPoolType | None:
    """Return the pool that a request of this copy has created, if its response was lost.

    Raises:
        BulkError: There are new pools of this name, and nothing proves which one it is.
    """
    tag, before = job.state.creating, job.state.existing["settings"]
    new = [pool_id for pool_id in await _pools_named(job, name) if pool_id not in before]
    if tag:
        for pool_id in new:
            pool = (await job.target.describe_user_pool(user_pool_id=pool_id)).user_pool
            if (pool.user_pool_tags or {}).get(TAG) == tag:
                return pool
        return None
    if new:
        raise BulkError(
            f"this copy may have created one of the pools named {name} that are new since it began: "
            f"{', '.join(new)}; pass the one to use as target_pool_id, with another journal"
        )
    return None


async def _pools_named(job: CopyJob, name: str) -> list[str]:
    pools = job.target.get_paginator("list_user_pools").paginate()
    return [pool.id or "" async for pool in pools.items() if pool.name == name]


async def _set_mfa(job: CopyJob) -> None:
    source = await job.source.get_user_pool_mfa_config(user_pool_id=job.source_pool_id)
    request, lacking = mfa_request(source, job.target_pool_id, same_region=job.same_region)
    _note_settings(job, lacking)
    if request is not None and "settings" not in job.state.ended:
        try:
            await job.target.send(request)
        except REJECTIONS as error:
            job.record_item(failed_item("settings", "multi-factor authentication", error))


async def _add_attributes(job: CopyJob, existing: Mapping[str, Any]) -> None:
    if "attributes" in job.state.ended:
        return
    wanted, present = custom_attributes(job.pool), custom_attributes(existing)
    before = await job.begin("attributes", list(present))
    missing = [name for name in wanted if name not in present]
    failure: Item | None = None
    if missing and not job.dry_run:
        try:
            for start in range(0, len(missing), _ATTRIBUTES_PER_REQUEST):
                names = missing[start : start + _ATTRIBUTES_PER_REQUEST]
                await job.target.add_custom_attributes(
                    user_pool_id=job.target_pool_id, custom_attributes=[wanted[name] for name in names]
                )
        except REJECTIONS as error:
            failure = failed_item("attributes", "", error)
            # A second attempt is rejected if only the response to the first was lost.
            present = custom_attributes(await described_pool(job.target, job.target_pool_id))
    for name, attribute in wanted.items():
        if failure is not None and name not in present:
            job.record_item(failure._replace(name=name))
            continue
        job.record_item(Item("attributes", "existing" if name in before else "created", name))
        kind = "AttributeDataType"
        if name in present and present[name].get(kind) != attribute.get(kind):
            job.note(f"type of the attribute {name}", "the target has it with another type")
    job.note("settings of the pool", "the target exists, and keeps its own")
    job.record(end="attributes")


def _note_settings(job: CopyJob, lacking: Mapping[str, str]) -> None:
    for name, reason in lacking.items():
        job.note(f"setting {name}", reason)
