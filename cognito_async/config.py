"""Settings of a client: argument, then environment variable, then profile in the shared files, then default.

``Config`` declares every setting once, with its default and the names it has elsewhere; ``_settings`` finds
their values. Variables and keys are those of the AWS SDKs:
https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attr

from cognito_async import _checks
from cognito_async._checks import RetryMode
from cognito_async._error_base import sentence
from cognito_async._errors import ConfigurationError
from cognito_async._record import Record, field, frozen
from cognito_async.endpoints import resolve_endpoint

__all__ = ["Config"]

_NO_REGION = (
    "no region: give region=..., set AWS_REGION or AWS_DEFAULT_REGION, or name a profile that has one"
)

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1|.*\.localhost")


def _without_password(value: object) -> str:
    return repr(re.sub(r"//.*@", "//***@", value)) if isinstance(value, str) else repr(value)


def _without_query(value: object) -> str:
    return repr(re.sub(r"\?.+", "?***", value)) if isinstance(value, str) else repr(value)


def _setting(
    default: Any, *variables: str, key: str | None = None, check: Callable[[Any], Any], **options: Any
) -> Any:
    """Declare a setting: its default, its environment variables, and its key in the shared files."""
    return field(default=default, metadata={"variables": variables, "key": key, "check": check}, **options)


@frozen(kw_only=True)
class Config(Record):
    """What a client was told, and by what: ``sources`` names the origin of every value.

    ``print(client.config)`` shows all of it as a table.
    """

    region: str | None = _setting(
        None, "AWS_REGION", "AWS_DEFAULT_REGION", key="region", check=_checks.region
    )
    """Region of the endpoint and of signatures, such as ``eu-west-1``."""

    profile: str | None = _setting(None, "AWS_PROFILE", "AWS_DEFAULT_PROFILE", check=_checks.text)
    """Profile in the shared files; ``default`` is read when none is named."""

    endpoint_url: str | None = _setting(
        None,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
        "AWS_ENDPOINT_URL",
        key="endpoint_url",
        check=_checks.url,
        repr=_without_query,
    )
    """Where requests go instead of the region's own endpoint."""

    ignore_configured_endpoint_urls: bool = _setting(
        False,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        key="ignore_configured_endpoint_urls",
        check=_checks.switch,
    )
    """Whether only an ``endpoint_url`` given as an argument counts."""

    use_fips: bool = _setting(False, "AWS_USE_FIPS_ENDPOINT", key="use_fips_endpoint", check=_checks.switch)
    """Whether requests go to the FIPS 140 endpoint of the region."""

    use_dualstack: bool = _setting(
        False, "AWS_USE_DUALSTACK_ENDPOINT", key="use_dualstack_endpoint", check=_checks.switch
    )
    """Whether requests go to the endpoint that has IPv6 too."""

    retry_mode: RetryMode = _setting("standard", "AWS_RETRY_MODE", key="retry_mode", check=_checks.retry_mode)
    """``standard``, ``adaptive`` (also slows down after throttling) or ``off``."""

    max_attempts: int = _setting(3, "AWS_MAX_ATTEMPTS", key="max_attempts", check=_checks.count)
    """Requests sent for one call at the most, the first one included."""

    connect_timeout: float | None = _setting(5.0, check=_checks.seconds)
    """Seconds to connect, TLS handshake included; None for no limit."""

    read_timeout: float | None = _setting(15.0, check=_checks.seconds)
    """Seconds to wait for the next bytes of an answer; None for no limit."""

    timeout: float | None = _setting(60.0, check=_checks.seconds)
    """Seconds for a whole call with all its attempts; None for no limit."""

    max_connections: int = _setting(50, check=_checks.count)
    """Connections open at one time; further calls wait for one."""

    keepalive_timeout: float = _setting(15.0, check=_checks.seconds)
    """Seconds that an idle connection stays open."""

    max_response_size: int = _setting(16 * 1024 * 1024, check=_checks.count)
    """Bytes of an answer at the most; the service's largest are far below."""

    proxy: str | None = _setting(None, check=_checks.proxy, repr=_without_password)
    """Proxy for requests, empty for none; else ``HTTPS_PROXY`` (``HTTP_PROXY``) and ``NO_PROXY``."""

    ca_bundle: str | None = _setting(None, "AWS_CA_BUNDLE", key="ca_bundle", check=_checks.text)
    """File with the certificates to trust instead of the system's."""

    client_cert: str | tuple[str, str] | None = _setting(None, check=_checks.certificate)
    """File with a client certificate, or its file and that of its key."""

    verify: bool = _setting(True, check=_checks.switch)
    """Whether the server's certificate is checked."""

    allow_http: bool = _setting(False, check=_checks.switch)
    """Whether requests may go unencrypted to another host than this machine."""

    app_id: str | None = _setting(None, "AWS_SDK_UA_APP_ID", key="sdk_ua_app_id", check=_checks.agent_text)
    """Name of the application in the user agent."""

    user_agent_extra: str | None = _setting(None, check=_checks.agent_text)
    """Text at the end of the user agent."""

    sources: Mapping[str, str] = field(factory=dict, repr=False, eq=False)
    """Where each value comes from: ``argument``, a variable, a profile or ``default``."""

    def __str__(self) -> str:
        rows = [
            (f.name, _shown(f, getattr(self, f.name)), self.sources.get(f.name, "default"))
            for f in self._members()
            if f.name != "sources"
        ]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "\n".join(
            f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}" for name, value, source in rows
        )

    @property
    def url(self) -> str:
        """Where requests go.

        Raises:
            ConfigurationError: No region is set, or settings exclude each other.
        """
        rules = ("region", "use_fips", "use_dualstack", "endpoint_url")
        try:
            url = resolve_endpoint(**{name: getattr(self, name) for name in rules})
        except ConfigurationError as error:
            given = [
                f"{name}={_shown(getattr(attr.fields(Config), name), getattr(self, name))} "
                f"from {self.sources[name]}"
                for name in rules
                if name in self.sources
            ]
            raise ConfigurationError(sentence(str(error), given, "")) from None
        parts = urlsplit(url)
        if parts.scheme == "http" and not self.allow_http and not _LOOPBACK.fullmatch(parts.hostname or ""):
            raise ConfigurationError(
                f"endpoint_url {_without_query(url)} would send secrets in clear: "
                "use https, or allow_http=True"
            )
        return url

    @property
    def signing_region(self) -> str:
        """Region in the scope of signatures.

        Raises:
            ConfigurationError: No region is set; an endpoint alone says none.
        """
        if self.region is None:
            raise ConfigurationError(_NO_REGION)
        return self.region


def _shown(setting: attr.Attribute[Any], value: object) -> str:
    return setting.repr(value) if callable(setting.repr) else repr(value)
