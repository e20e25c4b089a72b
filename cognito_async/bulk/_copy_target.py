"""Creates the target of a copy, or adds custom attributes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_async.bulk._copy_job import REJECTIONS, CopyJob, failed_item
from cognito_async.bulk._copy_report import Item
from cognito_async.bulk._copy_settings import custom_attributes, described_pool, mfa_request, pool_request
from cognito_async.bulk._errors import BulkError

_ATTRIBUTES_PER_REQUEST = 25


async def prepare_target(job: CopyJob, target_pool_id: str | None, *, settings: bool) -> None:
    """Create the target, or check that it exists; add custom attributes that an existing one lacks."""
    job.pool = await described_pool(job.source, job.source_pool_id)
    if target_pool_id is None:
        await _create_pool(job)
        return
    if not job.has_target:
        job.record(target=target_pool_id)
    job.compare_regions(target_pool_id)
    existing = await described_pool(job.target, target_pool_id)
    if settings:
        await _add_attributes(job, existing)


async def _create_pool(job: CopyJob) -> None:
    name = job.pool_name or job.pool["Name"]
    pools = job.target.get_paginator("list_user_pools").paginate()
    same_name = [pool.id or "" async for pool in pools.items() if pool.name == name]
    job.compare_regions(job.target.config.region or "")
    request, lacking = pool_request(job.pool, job.pool_name, same_region=job.same_region)
    if job.state.target_pool_id is None:
        before = await job.begin("settings", same_name)
        ours = [pool_id for pool_id in same_name if pool_id not in before]
        if len(ours) > 1:
            raise BulkError(
                f"several pools named {name} were created since this copy began: {', '.join(ours)}; "
                "pass the one to use as target_pool_id, with another journal"
            )
        if job.dry_run:
            job.record_item(Item("settings", "created", name))
        elif ours:
            job.record(target=ours[0])
        else:
            response = await job.target.send(request)
            job.record(target=response.user_pool.id)
        _note_settings(job, lacking)
    if not job.dry_run and "settings" not in job.state.ended:
        await _set_mfa(job)
        job.record_item(Item("settings", "created", name))
        job.record(end="settings")


async def _set_mfa(job: CopyJob) -> None:
    source = await job.source.get_user_pool_mfa_config(user_pool_id=job.source_pool_id)
    request, lacking = mfa_request(source, job.target_pool_id, same_region=job.same_region)
    _note_settings(job, lacking)
    if request is not None:
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
            failure = failed_item("attributes", ", ".join(missing), error)
    for name, attribute in wanted.items():
        if failure is not None and name in missing:
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
