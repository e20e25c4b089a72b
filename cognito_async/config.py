"""Settings of a client, resolved once: argument, then environment, then default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from cognito_async._errors import ConfigurationError
from cognito_async.endpoints import resolve_endpoint

_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_REGION = re.compile(r"(?!-)(?!\d+\Z)[A-Za-z0-9-]{1,63}(?<!-)")


@frozen(kw_only=True)
class Config:
    """What a client was told, by its caller or by the environment."""

    region: str | None = None
    """Region of the endpoint and of signatures, such as ``eu-west-1``."""

    endpoint_url: str | None = None
    """Where requests go instead of the region's own endpoint."""

    max_connections: int = 50
    """Connections open at one time; further calls wait for one."""

    connect_timeout: float = 5.0
    """Seconds to connect, TLS handshake included."""

    read_timeout: float = 15.0
    """Seconds to wait for the next bytes of an answer."""

    @property
    def url(self) -> str:
        """Where requests go.

        Raises:
            ConfigurationError: Neither a region nor an endpoint is set.
        """
        return resolve_endpoint(region=self.region, endpoint_url=self.endpoint_url)

    @property
    def signing_region(self) -> str:
        """Region in the scope of signatures.

        Raises:
            ConfigurationError: No region is set; an endpoint alone says none.
        """
        return self.region or resolve_endpoint(region=None)


def resolve_config(
    *,
    region: str | None,
    endpoint_url: str | None,
    max_connections: int,
    environment: Mapping[str, str],
) -> Config:
    """Fill in from the environment what the caller left out. A missing region is found out at the first call.

    Raises:
        ConfigurationError: A value cannot be right.
    """
    variables = (environment.get(name) for name in _REGION_VARIABLES)
    region = region or next(filter(None, variables), None)
    if region is not None and not (isinstance(region, str) and _REGION.fullmatch(region)):
        raise ConfigurationError(f"region {region!r} is not the name of a region, such as eu-west-1")
    if endpoint_url is not None:
        _check_url(endpoint_url)
    if type(max_connections) is not int or max_connections < 1:
        raise ConfigurationError(f"max_connections must be a number of at least 1, got {max_connections!r}")
    return Config(region=region, endpoint_url=endpoint_url, max_connections=max_connections)


def _check_url(url: str) -> None:
    if not isinstance(url, str) or not _is_usable(url):
        shown = "given" if "@" in str(url) else repr(url)  # what stands before an @ may be a password
        raise ConfigurationError(
            f"the endpoint_url {shown} is not a URL such as http://127.0.0.1:5000 (no user, no #)"
        )


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and "#" not in url
            and "@" not in parts.netloc
            and url.isascii()
            and url.isprintable()
            and " " not in url
        )
    except ValueError:  # a port that is no number, or half an IPv6 address
        return False
