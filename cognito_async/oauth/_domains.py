"""User pool domains: prefix domains, custom domains, and their discovery."""

from __future__ import annotations

import re

from cognito_async._endpoints import partition_of
from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._hosts import is_loopback
from cognito_async.oauth._http import Endpoints
from cognito_async.sign_in import AppClient
from cognito_async.sign_in._flow import App

_SUFFIXES = {
    "aws": "auth.{region}.amazoncognito.com",
    "aws-cn": "auth.{region}.amazoncognito.com.cn",
    "aws-us-gov": "auth-fips.{region}.amazoncognito.com",  # has FIPS endpoints only
}
"""Parents of prefix domains, by partition; those of the others are not public."""
_FIPS_SUFFIXES: dict[str, str] = dict.fromkeys(("aws", "aws-us-gov"), "auth-fips.{region}.amazoncognito.com")
"""The same with ``use_fips``."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_URL = re.compile(rf"(?:(https?)://)?((?:{_LABEL}\.)*{_LABEL}|\[::1\])(?::([0-9]{{1,5}}))?/?")
_LOCALHOST = "localhost"
_LARGEST_PORT = 65535


def base_url(domain: object, user_pool_id: str, *, use_fips: bool = False) -> str:
    """Return the URL of a domain, without a slash at its end.

    Args:
        domain: Prefix such as ``my-app``, host name such as ``auth.example.com``, or URL.
        user_pool_id: Id of the pool; a prefix domain is in its region.
        use_fips: Whether a prefix domain is that of the FIPS endpoints.

    Raises:
        ConfigurationError: The domain is of another form, or would get secrets unencrypted.
    """
    if not isinstance(domain, str):
        raise ConfigurationError(f"domain: expected text, got {type(domain).__name__}")
    if re.fullmatch(_PREFIX, domain) and domain != _LOCALHOST:
        return _prefix_url(domain, user_pool_id.partition("_")[0], use_fips=use_fips)
    match = _URL.fullmatch(domain)
    scheme, host, port = ("", "", None) if match is None else (match[1], match[2].lower(), match[3])
    if host == _LOCALHOST and not (scheme and port):
        raise ConfigurationError(
            "domain: for this machine, pass a URL with scheme and port, such as 'http://localhost:5000'"
        )
    has_port = port is None or 0 < int(port) <= _LARGEST_PORT
    if not has_port or not ("." in host or is_loopback(host)):
        raise ConfigurationError(
            "domain: expected a prefix such as 'my-app', a host name such as 'auth.example.com', or a URL "
            "without path"
        )
    if scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            "domain: http would send secrets unencrypted; it is only for this machine: use https"
        )
    return f"{scheme or 'https'}://{host}{'' if port is None else f':{port}'}"


def _prefix_url(prefix: str, region: str, *, use_fips: bool) -> str:
    suffix = (_FIPS_SUFFIXES if use_fips else _SUFFIXES).get(partition_of(region).name)
    if suffix is None:
        kind = "prefix domains with use_fips" if use_fips else "prefix domains"
        raise ConfigurationError(
            f"domain: the parent of {kind} in {region} is not known to this release: pass "
            "the whole host name, or the result of discover()"
        )
    return f"https://{prefix}.{suffix.format(region=region)}"


def endpoints_of(app: AppClient, domain: object) -> Endpoints:
    """Return the endpoints of a domain.

    Raises:
        ConfigurationError: ``app`` is no ``AppClient``, its id or secret cannot be sent, or the domain is of
            another form.
    """
    inner = app_of(app)
    if inner.client_secret is not None:
        credentials = f"{inner.client_id}{inner.client_secret}"
        if ":" in inner.client_id or not credentials.isprintable():
            raise ConfigurationError(
                "app: id and secret of the app client cannot be sent: the id contains a colon, or one of "
                "them characters that are not printable"
            )
    return Endpoints(inner, base_url(domain, inner.user_pool_id, use_fips=inner.client.config.use_fips))


def app_of(app: object) -> App:
    """Return the values that an ``AppClient`` holds.

    Raises:
        ConfigurationError: It is none.
    """
    if not isinstance(app, AppClient):
        raise ConfigurationError(f"app: expected an AppClient, got {type(app).__name__}")
    return app._app  # noqa: SLF001  private to the package


async def discover(app: AppClient) -> str:
    """Return the domain of the user pool, as its OpenID Connect discovery document says, for ``domain=``.

    It is read from the endpoint of the client. The result does not change while the domain is the same: call
    this once, at start.

    Raises:
        ConfigurationError: ``app`` is no ``AppClient``, or the document names a domain that secrets may not
            be sent to, such as one with ``http`` on another machine.
        InvalidRequestError: The user pool has no domain.
        InvalidResponseError: The document is not that of this user pool, or of another form.
        CognitoError: Other errors of the request.
    """
    inner = app_of(app)
    endpoints = Endpoints(inner, "")
    operation = "OpenIDConfiguration"
    path = f"/{inner.user_pool_id}/.well-known/openid-configuration"
    document, invalid = await endpoints.json(operation, "GET", path)
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or not issuer.endswith(f"/{inner.user_pool_id}"):
        raise invalid("the issuer is not this user pool")
    endpoint = document.get("token_endpoint")
    if endpoint is None:
        raise InvalidRequestError(operation, ["the user pool has no domain: create one"])
    path = "/oauth2/token"
    if (
        not isinstance(endpoint, str)
        or not re.match("https?://[^/]", endpoint)
        or not endpoint.endswith(path)
    ):
        raise invalid("token_endpoint is not the URL of one")
    return base_url(endpoint.removesuffix(path), inner.user_pool_id)
