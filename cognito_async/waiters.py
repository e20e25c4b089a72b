"""Wait for work that the service does in the background: import jobs and domains.

The API itself has no waiters (``client.get_waiter`` raises, as boto3's does), so these functions poll: first
after ``delay`` seconds, then after delays that grow by half, up to 30 seconds. Errors of the calls are raised
after the client's own retries. Waiting can be cancelled and started again at any time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cognito_async import types
from cognito_async._errors import (
    InvalidRequestError,
    InvalidResponseError,
    RequestTimeoutError,
    WaiterError,
    WaiterTimeoutError,
)
from cognito_async._messages import safe_repr
from cognito_async._model import Response
from cognito_async.client import CognitoClient
from cognito_async.config import _validators

__all__ = ["wait_for_domain", "wait_for_import_job"]

_ShapeT = TypeVar("_ShapeT", types.UserImportJobType, types.DomainDescriptionType)

_GROWTH = 1.5
_MAX_DELAY = 30.0
_LAST_CALL = 1.0
"""Seconds reserved for the last call before the deadline; a tenth of shorter timeouts."""

_JOB_FAILED = frozenset({"Failed", "Expired", "Stopped"})
_DOMAIN_FAILED = frozenset({"FAILED", "DELETING"})


async def wait_for_import_job(
    client: CognitoClient,
    *,
    user_pool_id: str,
    job_id: str,
    timeout: float = 3600.0,  # noqa: ASYNC109  measured by the client's clock, and named in the error
    delay: float = 2.0,
) -> types.UserImportJobType:
    """Wait until an import job has succeeded; return it, with its numbers of users.

    A successful job may have failed for single users: check ``failed_users`` and ``skipped_users``. A job
    that is never started expires a day or two after its creation, and the wait ends then.

    Args:
        client: Client that sends the requests; they are signed.
        user_pool_id: Pool of the job.
        job_id: Id that ``create_user_import_job`` returned.
        timeout: Seconds in total, including the calls.
        delay: Seconds before the second call; later delays grow up to 30 seconds.

    Raises:
        WaiterError: The job failed, expired or was stopped; the message contains that of the job.
        WaiterTimeoutError: The job has not ended within the timeout.
        InvalidResponseError: A response does not describe a job.
        ResourceNotFoundException: The pool or the job does not exist.
    """

    async def describe(view: CognitoClient) -> types.UserImportJobType:
        response = await view.describe_user_import_job(user_pool_id=user_pool_id, job_id=job_id)
        return _with_status("DescribeUserImportJob", response, response.user_import_job)

    def is_done(job: types.UserImportJobType) -> bool:
        if job.status in _JOB_FAILED:
            message = f": {job.completion_message}" if job.completion_message else ""
            raise WaiterError(f"import job {job_id} ended as {job.status}{message}", job)
        return job.status == "Succeeded"

    return await _wait(client, f"import job {job_id}", describe, is_done, timeout=timeout, delay=delay)


async def wait_for_domain(
    client: CognitoClient,
    *,
    domain: str,
    timeout: float = 4500.0,  # noqa: ASYNC109  as above
    delay: float = 2.0,
) -> types.DomainDescriptionType:
    """Wait until a domain is active; return its description.

    A prefix domain takes seconds, a custom one up to an hour.

    Args:
        client: Client that sends the requests; they are signed.
        domain: Full name of a custom domain, or the prefix.
        timeout: Seconds in total, including the calls.
        delay: Seconds before the second call; later delays grow up to 30 seconds.

    Raises:
        WaiterError: The domain failed, is being deleted, or does not exist.
        WaiterTimeoutError: The domain is not active within the timeout.
        InvalidResponseError: A response does not describe a domain.
    """

    async def describe(view: CognitoClient) -> types.DomainDescriptionType:
        response = await view.describe_user_pool_domain(domain=domain)
        return _with_status("DescribeUserPoolDomain", response, response.domain_description)

    def is_done(description: types.DomainDescriptionType) -> bool:
        if description == types.DomainDescriptionType():  # the service describes an unknown domain like this
            raise WaiterError(f"there is no domain {domain}", description)
        if description.status in _DOMAIN_FAILED:
            raise WaiterError(f"domain {domain} is {description.status}", description)
        return description.status == "ACTIVE"

    return await _wait(client, f"domain {domain}", describe, is_done, timeout=timeout, delay=delay)


async def _wait(
    client: CognitoClient,
    what: str,
    describe: Callable[[CognitoClient], Awaitable[_ShapeT]],
    is_done: Callable[[_ShapeT], bool],
    *,
    timeout: float,  # noqa: ASYNC109  as above
    delay: float,
) -> _ShapeT:
    timeout, delay = _seconds("timeout", timeout), _seconds("delay", delay)
    effects = client._pipeline.effects  # noqa: SLF001  private access within the package
    call_timeout = client._options.timeout or client.config.timeout  # noqa: SLF001  as above
    deadline = effects.monotonic() + timeout
    last, left = None, timeout
    while True:
        try:
            view = client.with_options(timeout=left if call_timeout is None else min(left, call_timeout))
            last = await describe(view)
        except RequestTimeoutError as error:
            wait_timed_out = type(error) is RequestTimeoutError and (
                call_timeout is None or left < call_timeout
            )
            if not wait_timed_out:
                raise
            raise WaiterTimeoutError(f"{what}: no response within {timeout:g} seconds", last) from error
        if is_done(last):
            return last
        pause = deadline - effects.monotonic() - min(_LAST_CALL, timeout / 10)
        if pause > 0:
            await effects.sleep(min(delay, pause))
        left = deadline - effects.monotonic()
        if pause <= 0 or left <= 0:  # on a busy loop, a sleep may end late
            raise WaiterTimeoutError(f"{what} is still {last.status} after {timeout:g} seconds", last)
        delay = min(delay * _GROWTH, max(delay, _MAX_DELAY))


def _with_status(operation: str, response: Response, description: _ShapeT) -> _ShapeT:
    """Return the description; raise if it is missing or of an unexpected type."""
    if not isinstance(getattr(description, "status", ()), str | None):
        raise InvalidResponseError.from_metadata(
            "the description has no status",
            operation=operation,
            metadata=response.response_metadata,
            advice="Check where endpoint_url of client.config points to.",
        )
    return description


def _seconds(name: str, value: float) -> float:
    try:
        return _validators.seconds(value)
    except ValueError:
        problem = f"{name}: expected a number of seconds from above 0 to a year, got {safe_repr(value)}"
        raise InvalidRequestError("waiters", [problem]) from None
