"""``Config`` declares each setting once: type, default, variables, key in the shared files, and validator."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attr

from cognito_async._endpoints import resolve_endpoint
from cognito_async._errors import ConfigurationError
from cognito_async._errors.base import error_text
from cognito_async._hosts import is_loopback
from cognito_async._model.record import Record, field, frozen, members_of
from cognito_async.config import _readers, _validators
from cognito_async.config._validators import RetryMode

_NO_REGION = (
    "no region: pass region=..., set AWS_REGION or AWS_DEFAULT_REGION, or name a profile that has one"
)

ARGUMENT = "argument"
"""Origin of a value that the caller passed."""


def _without_password(value: object) -> str:
    return repr(re.sub(r"//.*@", "//***@", value)) if isinstance(value, str) else repr(value)


def _without_query(value: object) -> str:
    return repr(re.sub(r"\?.+", "?***", value)) if isinstance(value, str) else repr(value)


def _setting(
    default: Any,
    *variables: str,
    key: str | None = None,
    validator: Callable[[Any], Any],
    reader: Callable[[str], Any] | None = None,
    **options: Any,
) -> Any:
    """Declare a setting: its default, its environment variables, and its key in the shared files.

    A setting with a reader only tunes the client: a variable or key that the reader rejects stops nothing.
    """
    metadata = {"variables": variables, "key": key, "validator": validator, "reader": reader}
    return field(default=default, metadata=metadata, **options)


@frozen(kw_only=True)
class Config(Record):
    """All settings of a client; ``sources`` names the origin of each value.

    ``print(client.config)`` prints them as a table.
    """

    region: str | None = _setting(
        None, "AWS_REGION", "AWS_DEFAULT_REGION", key="region", validator=_validators.region
    )
    """Region of the endpoint and of signatures, such as ``eu-west-1``."""

    profile: str | None = _setting(
        None, "AWS_PROFILE", "AWS_DEFAULT_PROFILE", validator=_validators.non_empty
    )
    """Profile in the shared files of the AWS tools; ``default`` if none is named.

    If it is passed as an argument, its credentials take precedence over those of the environment.
    """

    endpoint_url: str | None = _setting(
        None,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
        "AWS_ENDPOINT_URL",
        key="endpoint_url",
        validator=_validators.url,
        repr=_without_query,
    )
    """URL to use instead of the region's own endpoint, such as that of an emulator."""

    ignore_configured_endpoint_urls: bool = _setting(
        False,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        key="ignore_configured_endpoint_urls",
        validator=_validators.boolean,
        reader=_readers.boolean,
    )
    """Whether to ignore endpoint URLs from variables and profiles; only an argument counts then."""

    use_fips: bool = _setting(
        False,
        "AWS_USE_FIPS_ENDPOINT",
        key="use_fips_endpoint",
        validator=_validators.boolean,
        reader=_readers.boolean,
    )
    """Whether to use the FIPS 140 endpoint of the region."""

    use_dualstack: bool = _setting(
        False,
        "AWS_USE_DUALSTACK_ENDPOINT",
        key="use_dualstack_endpoint",
        validator=_validators.boolean,
        reader=_readers.boolean,
    )
    """Whether to use the endpoint that supports IPv4 and IPv6."""

    retry_mode: RetryMode = _setting(
        "standard",
        "AWS_RETRY_MODE",
        key="retry_mode",
        validator=_validators.retry_mode,
        reader=_readers.retry_mode,
    )
    """``standard``, ``adaptive`` (also limits the rate after throttling errors) or ``off``."""

    max_attempts: int = _setting(
        3, "AWS_MAX_ATTEMPTS", key="max_attempts", validator=_validators.count, reader=_readers.count
    )
    """Maximum number of requests for one call, including the first."""

    connect_timeout: float | None = _setting(5.0, validator=_validators.seconds)
    """Seconds to connect, including the TLS handshake; None for no limit."""

    read_timeout: float | None = _setting(15.0, validator=_validators.seconds)
    """Seconds to wait for the next bytes of a response; None for no limit."""

    timeout: float | None = _setting(60.0, validator=_validators.seconds)
    """Seconds for a whole call, including all attempts; None for no limit."""

    max_connections: int = _setting(50, validator=_validators.count)
    """Maximum number of requests at the same time, each on a connection; further calls wait for a slot."""

    keepalive_timeout: float = _setting(15.0, validator=_validators.seconds)
    """Seconds that an idle connection is kept open."""

    direct_http: bool = _setting(
        True, "COGNITO_ASYNC_DIRECT_HTTP", validator=_validators.boolean, reader=_readers.boolean
    )
    """Whether to write requests straight to connections, which costs half as much CPU as aiohttp's session.

    The session is used nevertheless with a proxy, with a ``session`` of your own, and with a release of
    aiohttp whose inner parts are unknown.
    """

    max_response_size: int = _setting(16 * 1024 * 1024, validator=_validators.count)
    """Largest response in bytes; those of the service are far smaller."""

    proxy: str | None = _setting(None, validator=_validators.proxy, repr=_without_password)
    """URL of a proxy, empty for none; by default from ``HTTPS_PROXY`` (``HTTP_PROXY``) and ``NO_PROXY``."""

    ca_bundle: str | None = _setting(
        None, "AWS_CA_BUNDLE", key="ca_bundle", validator=_validators.non_empty, reader=_readers.path
    )
    """PEM file with the certificates to trust instead of the system's."""

    client_cert: str | tuple[str, str] | None = _setting(None, validator=_validators.certificate)
    """PEM file with a client certificate and its key, or a pair of such files."""

    verify: bool = _setting(True, validator=_validators.boolean)
    """Whether to verify the server's certificate."""

    allow_http: bool = _setting(False, validator=_validators.boolean)
    """Whether to allow unencrypted requests to hosts other than this machine."""

    app_id: str | None = _setting(
        None,
        "AWS_SDK_UA_APP_ID",
        key="sdk_ua_app_id",
        validator=_validators.user_agent_text,
        reader=_readers.app_id,
    )
    """Name of the application in the user agent."""

    user_agent_extra: str | None = _setting(None, validator=_validators.user_agent_text)
    """Text to append to the user agent."""

    sources: Mapping[str, str] = field(factory=dict, repr=False, eq=False)
    """Origin of each value: ``argument``, a variable or a profile; for ``use_fips`` also a pseudo-region.

    Values without an origin are defaults.
    """

    def __str__(self) -> str:
        rows = [
            (f.name, _display(f, getattr(self, f.name)), self.sources.get(f.name, "default"))
            for f in members_of(self)
            if f.name != "sources"
        ]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "\n".join(
            f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}" for name, value, source in rows
        )

    @property
    def url(self) -> str:
        """URL that requests are sent to.

        Raises:
            ConfigurationError: No region is set, or settings exclude each other.
        """
        names = ("region", "use_fips", "use_dualstack", "endpoint_url")
        settings: dict[str, Any] = {name: getattr(self, name) for name in names}
        settings |= dict.fromkeys(self.ignored_endpoint_flags, False)
        try:
            url = resolve_endpoint(**settings)
        except ConfigurationError as error:
            origins = [
                f"{name}={_display(getattr(attr.fields(Config), name), getattr(self, name))} "
                f"from {self.sources[name]}"
                for name in names
                if name in self.sources
            ]
            raise ConfigurationError(error_text(str(error), origins, "")) from None
        parts = urlsplit(url)
        if parts.scheme == "http" and not self.allow_http and not is_loopback(parts.hostname or ""):
            raise ConfigurationError(
                f"endpoint_url {_without_query(url)} would send secrets unencrypted: "
                "use https, or allow_http=True"
            )
        return url

    @property
    def ignored_endpoint_flags(self) -> tuple[str, ...]:
        """``use_fips`` and ``use_dualstack`` that are no arguments: ignored with an ``endpoint_url``."""
        if self.endpoint_url is None:
            return ()
        return tuple(
            name
            for name in ("use_fips", "use_dualstack")
            if getattr(self, name) and self.sources.get(name, ARGUMENT) != ARGUMENT
        )

    @property
    def signing_region(self) -> str:
        """Region in the credential scope of signatures.

        Raises:
            ConfigurationError: No region is set; an endpoint URL alone does not contain one.
        """
        if self.region is None:
            raise ConfigurationError(_NO_REGION)
        return self.region


def endpoint_repr(config: Config) -> str:
    """Return the text of ``config.url`` for ``repr``, without its query; None if there is none yet."""
    try:
        return _without_query(config.url)
    except ConfigurationError:
        return "None"


def _display(setting: attr.Attribute[Any], value: object) -> str:
    return setting.repr(value) if callable(setting.repr) else repr(value)
