"""Copies what the users of a pool need; what the target has is left unchanged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

from cognito_async import types
from cognito_async._errors import InvalidResponseError, ServiceError
from cognito_async.bulk._copy_job import REJECTIONS, CopyJob, create_once, failed_item
from cognito_async.bulk._copy_report import CopyOutcome, CopyPart
from cognito_async.bulk._copy_settings import (
    app_client_request,
    has_settings,
    known_providers,
    provider_request,
)
from cognito_async.bulk._copy_state import Item
from cognito_async.bulk._errors import BulkError
from cognito_async.client import CognitoClient
from cognito_async.errors import (
    AccessDeniedException,
    DuplicateProviderException,
    GroupExistsException,
    InvalidParameterException,
    NotAuthorizedException,
)

_ROLE_REJECTIONS = (AccessDeniedException, InvalidParameterException, NotAuthorizedException)
"""Errors of a group whose role may not be passed, or does not exist."""


async def copy_parts(job: CopyJob, parts: Collection[CopyPart]) -> None:
    """Copy these parts, in the order in which they need each other."""
    if "resource_servers" in parts:
        await _copy_resource_servers(job)
    if "identity_providers" in parts:
        await _copy_identity_providers(job)
    if "app_clients" in parts:
        await _copy_app_clients(job)
    if "groups" in parts:
        await _copy_groups(job)


async def group_names(client: CognitoClient, pool_id: str) -> list[str]:
    """Return the names of the groups of a pool, in a fixed order."""
    return sorted([group.group_name for group in await _groups(client, pool_id)])


async def _groups(client: CognitoClient, pool_id: str) -> Sequence[types.GroupType]:
    return await client.get_paginator("list_groups").paginate(user_pool_id=pool_id).collect()


async def _copy_resource_servers(job: CopyJob) -> None:
    servers = {each.identifier: each for each in await _resource_servers(job.source, job.source_pool_id)}

    async def create(identifier: str) -> bool:
        server = servers[identifier]
        if server.managed_by:
            job.note(f"resource server {identifier}", "the service manages it")
            return False
        await job.target.create_resource_server(
            user_pool_id=job.target_pool_id,
            identifier=identifier,
            name=server.name,
            scopes=server.scopes,
        )
        return True

    async def present() -> list[str]:
        return [each.identifier for each in await _resource_servers(job.target, job.target_pool_id)]

    await _copy_missing(job, "resource_servers", list(servers), present, create)


async def _resource_servers(client: CognitoClient, pool_id: str) -> Sequence[types.ResourceServerType]:
    pages = client.get_paginator("list_resource_servers").paginate(user_pool_id=pool_id)
    return await pages.collect()


async def _copy_identity_providers(job: CopyJob) -> None:
    names = await _provider_names(job.source, job.source_pool_id)

    async def create(name: str) -> bool:
        response = await job.source.describe_identity_provider(
            user_pool_id=job.source_pool_id, provider_name=name
        )
        request = provider_request(response.identity_provider, job.target_pool_id)
        if request is None:
            job.note(f"identity provider {name}", "the service does not return its private key")
            return False
        await job.target.send(request)
        return True

    await _copy_missing(
        job, "identity_providers", names, lambda: _provider_names(job.target, job.target_pool_id), create
    )


async def _provider_names(client: CognitoClient, pool_id: str) -> list[str]:
    pages = client.get_paginator("list_identity_providers").paginate(user_pool_id=pool_id)
    return [each.provider_name or "" async for each in pages.items()]


async def _copy_app_clients(job: CopyJob) -> None:
    listed = await _app_clients(job.source, job.source_pool_id)
    present, providers = [], []
    if job.has_target:
        present = await _app_clients(job.target, job.target_pool_id)
        providers = await _provider_names(job.target, job.target_pool_id)
    names = {client_id: name for name, client_id in present}
    before = await job.begin("app_clients", list(names))
    copied = job.state.client_ids
    for name, client_id in listed:
        if job.is_done("app_clients", client_id):
            continue
        found = copied.get(client_id)
        if found not in names:
            taken = set(copied.values())
            same_name = [other for other in before if names.get(other) == name and other not in taken]
            found = same_name[0] if same_name else None
        if found is not None:
            outcome: CopyOutcome = "existing" if found in before else "created"
            job.record_item(Item("app_clients", outcome, client_id), client=found)
        elif job.dry_run:
            job.record_item(Item("app_clients", "created", client_id))
        else:
            await _create_app_client(job, name, client_id, providers)


async def _create_app_client(job: CopyJob, name: str, client_id: str, providers: Collection[str]) -> None:
    try:
        request = await app_client_request(
            job.source, job.source_pool_id, client_id, job.target_pool_id, same_region=job.same_region
        )
    except InvalidResponseError as error:  # a setting that is unknown to this release
        job.record_item(Item("app_clients", "failed", client_id, type(error).__name__, str(error)))
        return
    except REJECTIONS as error:
        job.record_item(failed_item("app_clients", client_id, error))
        return
    request, lacking = known_providers(request, providers)
    for provider in lacking:
        job.note(f"identity provider {provider} of app client {name}", "the target does not have it")

    async def send() -> str:
        response = await job.target.send(request)
        return response.user_pool_client.client_id or ""

    async def find() -> str | None:
        return await _created_app_client(job, name, request)

    try:
        created = await find() if client_id in job.state.creating_clients else None
        if created is None:
            job.record(creating_client=client_id)
            await job.sync()
            created = await create_once(send, find, lambda: job.record(rejected_client=client_id))
    except REJECTIONS as error:
        job.record_item(failed_item("app_clients", client_id, error))
    else:
        job.record_item(Item("app_clients", "created", client_id), client=created)


async def _created_app_client(
    job: CopyJob, name: str, request: types.CreateUserPoolClientRequest
) -> str | None:
    """Return the app client that this request has created, if its response was lost.

    Raises:
        BulkError: There is a new app client of this name, with other settings.
    """
    known = {*job.state.existing["app_clients"], *job.state.client_ids.values()}
    present = await _app_clients(job.target, job.target_pool_id)
    new = [client_id for its_name, client_id in present if its_name == name and client_id not in known]
    for client_id in new:
        found = await app_client_request(
            job.target, job.target_pool_id, client_id, job.target_pool_id, same_region=True
        )
        if has_settings(found.to_wire(), request.to_wire()):
            return client_id
    if new:
        raise BulkError(
            f"this copy may have created one of the app clients named {name} that are new since it began, "
            f"and their settings are not those of the source: {', '.join(new)}; delete or rename them, "
            "then call again"
        )
    return None


async def _app_clients(client: CognitoClient, pool_id: str) -> list[tuple[str, str]]:
    """Return names and ids, in a fixed order: names may occur twice."""
    pages = client.get_paginator("list_user_pool_clients").paginate(user_pool_id=pool_id)
    return sorted([(each.client_name or "", each.client_id or "") async for each in pages.items()])


async def _copy_groups(job: CopyJob) -> None:
    groups = {group.group_name: group for group in await _groups(job.source, job.source_pool_id)}

    async def create(name: str) -> bool:
        group = groups[name]
        create_group = partial(
            job.target.create_group,
            user_pool_id=job.target_pool_id,
            group_name=name,
            description=group.description,
            precedence=group.precedence,
        )
        try:
            await create_group(role_arn=group.role_arn)
        except _ROLE_REJECTIONS:
            if group.role_arn is None:
                raise
            await create_group()
            _note_role(job, name)
        return True

    await _copy_missing(
        job, "groups", list(groups), lambda: group_names(job.target, job.target_pool_id), create
    )
    if not job.dry_run and any(group.role_arn for group in groups.values()):
        # Also after a run that ended between the creation and the note.
        for group in await _groups(job.target, job.target_pool_id):
            created = group.group_name in groups and group.group_name not in job.state.existing["groups"]
            if created and not group.role_arn and groups[group.group_name].role_arn:
                _note_role(job, group.group_name)


def _note_role(job: CopyJob, group: str) -> None:
    job.note(
        f"role of the group {group}",
        "the service rejected it: allow iam:PassRole for a role of the target's account, and set it with "
        "update_group",
    )


async def _copy_missing(
    job: CopyJob,
    part: CopyPart,
    names: Sequence[str],
    list_present: Callable[[], Awaitable[list[str]]],
    create: Callable[[str], Awaitable[bool]],
) -> None:
    """Create what the target lacks; ``create`` returns False for what cannot be copied."""
    if part in job.state.ended:
        return
    present = await list_present() if job.has_target else []
    before = await job.begin(part, present)
    for name in names:
        if job.is_done(part, name):
            continue
        item = Item(part, "existing" if name in before else "created", name)
        if name not in present and not job.dry_run:
            try:
                if not await create(name):
                    item = item._replace(outcome="skipped")
            except REJECTIONS as error:
                exists = isinstance(error, (DuplicateProviderException, GroupExistsException))
                # After several attempts, the response to the first one may have been lost.
                again = isinstance(error, ServiceError) and error.attempts > 1
                if not (again and (exists or name in await list_present())):
                    item = item._replace(outcome="existing") if exists else failed_item(part, name, error)
        job.record_item(item)
    job.record(end=part)
