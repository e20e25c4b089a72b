"""Answers that say success and lack what they are asked for."""

from __future__ import annotations

from cognito_async._errors import InvalidResponseError
from cognito_async._model import Response


def unfit(operation: str, answer: Response, reason: str, advice: str) -> InvalidResponseError:
    """Return what to raise for an answer that was read and cannot be used."""
    metadata = answer.response_metadata
    failure = InvalidResponseError(
        reason,
        operation=operation,
        status=metadata.http_status,
        request_id=metadata.request_id,
        attempts=metadata.attempts,
    )
    failure.retry_reasons = metadata.retry_reasons
    failure.advice = advice
    return failure
