"""User pool domains: prefix domains, custom domains, and their discovery."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cognito_async._endpoints import partition_of
from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async.oauth._http import Endpoints
from cognito_async.sign_in import AppClient
from cognito_async.sign_in._flow import App

_SUFFIXES = {
    "aws": "auth.{region}.amazoncognito.com",
    "aws-cn": "auth.{region}.amazoncognito.com.cn",
    "aws-us-gov": "auth-fips.{region}.amazoncognito.com",  # has FIPS endpoints only
}
"""Parents of prefix domains, by partition; those of the others are not public."""

_PREFIX = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL = re.compile(rf"(https?)://({_NAME}|\[::1\])(:[0-9]{{1,5}})?/?")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[::1\]")


def base_url(domain: object, user_pool_id: str) -> str:
    """Return the URL of a domain, without a slash at its end.

    Args:
        domain: Prefix such as ``my-app``, host name such as ``auth.example.com``, or URL.
        user_pool_id: Id of the pool; a prefix domain is in its region.

    Raises:
        ConfigurationError: The domain is of another form, or would get secrets unencrypted.
    """
    if not isinstance(domain, str):
        raise ConfigurationError(f"domain: expected text, got {type(domain).__name__}")
    if re.fullmatch(_PREFIX, domain):
        region = user_pool_id.partition("_")[0]
        partition = partition_of(region).name
        if partition not in _SUFFIXES:
            raise ConfigurationError(
                f"domain: the parent of prefix domains in {region} is not known to this release: pass "
                "the whole host name, or the result of discover()"
            )
        return f"https://{domain}.{_SUFFIXES[partition].format(region=region)}"
    url = domain if "://" in domain else f"https://{domain}"
    match = _URL.fullmatch(url)
    if match is None:
        raise ConfigurationError(
            "domain: expected a prefix such as 'my-app', a host name such as 'auth.example.com', or a URL "
            "without path"
        )
    if match[1] == "http" and not _LOOPBACK.fullmatch(match[2].lower()):
        raise ConfigurationError(
            "domain: http would send secrets unencrypted; it is only for this machine: use https"
        )
    return url.removesuffix("/").lower()


def endpoints_of(app: AppClient, domain: object) -> Endpoints:
    """Return the endpoints of a domain.

    Raises:
        ConfigurationError: ``app`` is no ``AppClient``, or the domain is of another form.
    """
    inner = app_of(app)
    return Endpoints(inner, base_url(domain, inner.user_pool_id))


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
        InvalidRequestError: The user pool has no domain.
        InvalidResponseError: The document is not that of this user pool.
        CognitoError: Other errors of the request.
    """
    inner = app_of(app)
    state = await inner.client._pipeline.prepare()  # noqa: SLF001  private to the package
    endpoints = Endpoints(inner, f"{state.endpoint.url.rstrip('/')}/{inner.user_pool_id}")
    operation = "OpenIDConfiguration"
    document, invalid = await endpoints.json(operation, "GET", "/.well-known/openid-configuration")
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or not issuer.endswith(f"/{inner.user_pool_id}"):
        raise invalid("the issuer is not this user pool")
    endpoint = document.get("token_endpoint")
    if endpoint is None:
        raise InvalidRequestError(operation, ["the user pool has no domain: create one"])
    path = "/oauth2/token"
    if not isinstance(endpoint, str) or not endpoint.endswith(path):
        raise invalid("token_endpoint is not the URL of one")
    domain = endpoint.removesuffix(path)
    if urlsplit(domain).scheme not in ("http", "https"):
        raise invalid("token_endpoint is not the URL of one")
    return base_url(domain, inner.user_pool_id)
