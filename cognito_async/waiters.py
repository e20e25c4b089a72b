"""Waiting for what the service does in the background: import jobs and domains.

The API itself has no waiters (``client.get_waiter`` raises as boto3's does), so these ask again and again:
first after ``delay`` seconds, then after pauses that grow by half up to 30 seconds. Errors of the calls come
as they are, after the client's own retries. Waiting can be cancelled, and begun anew at any time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cognito_async import _checks, types
from cognito_async._answers import unfit
from cognito_async._errors import InvalidRequestError, RequestTimeoutError, WaiterError, WaiterTimeoutError
from cognito_async._model import Response
from cognito_async._problems import shown
from cognito_async.client import CognitoClient

__all__ = ["wait_for_domain", "wait_for_import_job"]

_ShapeT = TypeVar("_ShapeT", types.UserImportJobType, types.DomainDescriptionType)

_GROWTH = 1.5
_LONGEST_DELAY = 30.0
_LAST_LOOK = 1.0
"""Seconds kept for the last call, so that it ends in time too; a tenth of shorter times."""

_ENDED_BADLY = frozenset({"Failed", "Expired", "Stopped"})
_NEVER_ACTIVE = frozenset({"FAILED", "DELETING"})


async def wait_for_import_job(
    client: CognitoClient,
    *,
    user_pool_id: str,
    job_id: str,
    timeout: float = 3600.0,  # noqa: ASYNC109  measured by the client's clock, and told in the error
    delay: float = 2.0,
) -> types.UserImportJobType:
    """Wait until an import job has succeeded, and return it with its numbers of users.

    Success is the job's: look at ``failed_users`` and ``skipped_users`` too. A job that was never started is
    waited for until it expires, a day or two after it was created.

    Args:
        client: Signs the requests.
        user_pool_id: Pool of the job.
        job_id: Id that ``create_user_import_job`` returned.
        timeout: Seconds in all, the calls included.
        delay: Seconds before the second look; later pauses grow up to 30 seconds.

    Raises:
        WaiterError: The job failed, expired or was stopped; the message has the job's own.
        WaiterTimeoutError: It is not over in time.
        InvalidResponseError: An answer is not about a job.
        ResourceNotFoundException: There is no such pool or job.
    """

    async def look(view: CognitoClient) -> types.UserImportJobType:
        answer = await view.describe_user_import_job(user_pool_id=user_pool_id, job_id=job_id)
        return _with_status("DescribeUserImportJob", answer, answer.user_import_job)

    def is_done(job: types.UserImportJobType) -> bool:
        if job.status in _ENDED_BADLY:
            message = f": {job.completion_message}" if job.completion_message else ""
            raise WaiterError(f"import job {job_id} ended as {job.status}{message}", job)
        return job.status == "Succeeded"

    return await _wait(client, f"import job {job_id}", look, is_done, timeout=timeout, delay=delay)


async def wait_for_domain(
    client: CognitoClient,
    *,
    domain: str,
    timeout: float = 4500.0,  # noqa: ASYNC109  as above
    delay: float = 2.0,
) -> types.DomainDescriptionType:
    """Wait until a domain is active, and return its description.

    A prefix domain takes seconds, a custom one up to an hour.

    Args:
        client: Signs the requests.
        domain: Full name of a custom domain, or the prefix.
        timeout: Seconds in all, the calls included.
        delay: Seconds before the second look; later pauses grow up to 30 seconds.

    Raises:
        WaiterError: The domain failed, is being deleted, or there is none of this name.
        WaiterTimeoutError: It is not active in time.
        InvalidResponseError: An answer is not about a domain.
    """

    async def look(view: CognitoClient) -> types.DomainDescriptionType:
        answer = await view.describe_user_pool_domain(domain=domain)
        return _with_status("DescribeUserPoolDomain", answer, answer.domain_description)

    def is_done(description: types.DomainDescriptionType) -> bool:
        if description == types.DomainDescriptionType():  # how the service says that it knows of none
            raise WaiterError(f"there is no domain {domain}", description)
        if description.status in _NEVER_ACTIVE:
            raise WaiterError(f"domain {domain} is {description.status}", description)
        return description.status == "ACTIVE"

    return await _wait(client, f"domain {domain}", look, is_done, timeout=timeout, delay=delay)


async def _wait(
    client: CognitoClient,
    what: str,
    look: Callable[[CognitoClient], Awaitable[_ShapeT]],
    is_done: Callable[[_ShapeT], bool],
    *,
    timeout: float,  # noqa: ASYNC109  as above
    delay: float,
) -> _ShapeT:
    timeout, delay = _seconds("timeout", timeout), _seconds("delay", delay)
    effects, own = client._pipeline.effects, client._options.timeout or client.config.timeout  # noqa: SLF001  one of us
    end = effects.monotonic() + timeout
    found, left = None, timeout
    while True:
        try:
            found = await look(client.with_options(timeout=left if own is None else min(left, own)))
        except RequestTimeoutError as error:
            was_the_last = type(error) is RequestTimeoutError and (own is None or left < own)
            if not was_the_last:
                raise
            raise WaiterTimeoutError(f"{what}: no answer within {timeout:g} seconds", found) from error
        if is_done(found):
            return found
        room = end - effects.monotonic() - min(_LAST_LOOK, timeout / 10)
        if room > 0:
            await effects.sleep(min(delay, room))
        left = end - effects.monotonic()
        if room <= 0 or left <= 0:  # a busy loop ends a pause late
            raise WaiterTimeoutError(f"{what} is still {found.status} after {timeout:g} seconds", found)
        delay = min(delay * _GROWTH, max(delay, _LONGEST_DELAY))


def _with_status(operation: str, answer: Response, found: _ShapeT) -> _ShapeT:
    """Return what is described; an answer may lack it, or have something else there."""
    if not isinstance(getattr(found, "status", ()), str | None):
        advice = "Look at what endpoint_url of client.config leads to."
        raise unfit(operation, answer, "the description has no status", advice)
    return found


def _seconds(name: str, value: float) -> float:
    try:
        return _checks.seconds(value)
    except ValueError:
        problem = f"{name}: expected a number of seconds from above 0 to a year, got {shown(value)}"
        raise InvalidRequestError("waiters", [problem]) from None
