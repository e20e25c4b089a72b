"""Clients for tests, isolated from the environment, the shared files and the credentials of the user."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cognito_async.client import CognitoClient
from cognito_async.credentials import Credentials


class IsolatedClient(CognitoClient):
    """A client that ignores all environment variables, so that an invalid one is ignored too."""

    _environment = MappingProxyType({})


# Errors and ``repr`` name the class that users know.
IsolatedClient.__name__ = IsolatedClient.__qualname__ = CognitoClient.__name__
IsolatedClient.__module__ = CognitoClient.__module__


def isolated_client(settings: Mapping[str, Any], **effects: Any) -> CognitoClient:
    """Return a client that needs neither environment nor shared files.

    Args:
        settings: Arguments of ``CognitoClient``; they take precedence over the dummy values.
        effects: Side effects to replace, such as ``sleep``.
    """
    defaults: dict[str, Any] = {
        "credentials": Credentials(access_key_id="testing", secret_access_key="testing"),  # noqa: S106  dummies
        "proxy": "",
    }
    client = IsolatedClient(**{**defaults, **settings})
    pipeline = client._pipeline  # noqa: SLF001  private access within the package
    pipeline.effects = pipeline.effects._replace(read_profile=_no_profile, **effects)
    return client


def _no_profile(_name: str | None, _environment: Mapping[str, str], **_options: object) -> dict[str, str]:
    return {}
