"""Clients for tests: whole without the environment, the shared files or credentials of whoever runs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cognito_async.client import CognitoClient
from cognito_async.credentials import Credentials


class MadeUpClient(CognitoClient):
    """A client that is made as if no variable were set, so that none can be wrong either."""

    _environment = MappingProxyType({})


def made_up_client(settings: Mapping[str, Any], **effects: Any) -> CognitoClient:
    """Make a client that has of the environment only what cannot matter.

    Args:
        settings: Arguments of ``CognitoClient`` that go before the made-up ones.
        effects: What the client does to the world, in place of what it does otherwise.
    """
    made_up: dict[str, Any] = {
        "credentials": Credentials(access_key_id="testing", secret_access_key="testing"),  # noqa: S106  none
        "proxy": "",
    }
    client = MadeUpClient(**{**made_up, **settings})
    pipeline = client._pipeline  # noqa: SLF001  it is one of us
    pipeline.effects = pipeline.effects._replace(read_profile=_no_profile, **effects)
    return client


def _no_profile(_name: str | None, _environment: Mapping[str, str]) -> dict[str, str]:
    return {}
