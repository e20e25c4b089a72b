"""Credentials from the ``AWS_*`` environment variables."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from cognito_async._errors import CredentialsError
from cognito_async.credentials._credentials import Credentials
from cognito_async.credentials._provider import NO_CREDENTIALS_HELP

_log = logging.getLogger("cognito_async")


def has_environment_credentials(environment: Mapping[str, str]) -> bool:
    """Return whether the environment has at least one of the two keys."""
    return bool(environment.get("AWS_ACCESS_KEY_ID") or environment.get("AWS_SECRET_ACCESS_KEY"))


def credentials_from_environment(environment: Mapping[str, str]) -> Credentials:
    """Return the credentials from ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``.

    Raises:
        CredentialsError: One key or both are missing.
    """
    access_key_id = environment.get("AWS_ACCESS_KEY_ID")
    secret_access_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id and not secret_access_key:
        raise CredentialsError(f"no AWS credentials: {NO_CREDENTIALS_HELP}")
    if not access_key_id or not secret_access_key:
        missing = "AWS_SECRET_ACCESS_KEY" if access_key_id else "AWS_ACCESS_KEY_ID"
        present = "AWS_ACCESS_KEY_ID" if access_key_id else "AWS_SECRET_ACCESS_KEY"
        raise CredentialsError(
            f"incomplete AWS credentials: {missing} is not set in the environment; set it, or unset "
            f"{present} to use a profile or role"
        )
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        # As in botocore, the older name takes precedence.
        session_token=environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN") or None,
        expires_at=_moment(environment.get("AWS_CREDENTIAL_EXPIRATION")),
    )


def _moment(text: str | None) -> datetime | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        moment = _parse_time(text)
    except (ValueError, OverflowError, OSError, RuntimeError, Warning):  # -W error: an unknown time zone
        _log.warning(
            "AWS_CREDENTIAL_EXPIRATION=%r is not a time such as 2030-01-01T00:00:00Z: the credentials of the "
            "environment are used without expiry",
            text,
        )
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse_time(text: str) -> datetime:
    """Parse ISO 8601, seconds since 1970, RFC 1123, or any other form that botocore accepts."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:  # not a number
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        from cognito_async.credentials._botocore import parse_time  # noqa: PLC0415  rarely needed

        return parse_time(text)
