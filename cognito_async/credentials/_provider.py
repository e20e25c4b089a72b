"""The provider protocol, and the providers that never wait."""

from __future__ import annotations

from typing import Protocol

from cognito_async._errors import CredentialsError
from cognito_async.credentials._credentials import Credentials

NO_CREDENTIALS_HELP = (
    "pass credentials=Credentials(access_key_id=..., secret_access_key=...), set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones), or name a profile of ~/.aws with "
    "profile=... or AWS_PROFILE; roles of containers, Lambda and EC2 are found automatically"
)


class Provider(Protocol):
    """Provides credentials to a client before each attempt."""

    def cached(self) -> Credentials | None:
        """Return valid credentials without waiting, or None."""
        ...

    async def __call__(self) -> Credentials:
        """Return valid credentials; fetch them if necessary."""
        ...

    async def close(self) -> None:
        """Release the resources that only this client uses."""
        ...


class StaticProvider:
    """Provides the same credentials every time."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def cached(self) -> Credentials:
        """Return the credentials."""
        return self._credentials

    async def __call__(self) -> Credentials:
        """Return the credentials."""
        return self._credentials

    async def close(self) -> None:
        """Do nothing; there is nothing to release."""


class UnsignedProvider:
    """Provides no credentials."""

    def cached(self) -> None:
        """Return None."""

    async def __call__(self) -> Credentials:
        """Raise the error of a signed operation.

        Raises:
            CredentialsError: Always.
        """
        raise CredentialsError(
            "the operation is signed, and credentials=UNSIGNED means that this client signs nothing; call it "
            "with a client that has credentials"
        )

    async def close(self) -> None:
        """Do nothing; there is nothing to release."""
