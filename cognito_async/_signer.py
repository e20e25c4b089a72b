"""AWS Signature Version 4 for the one kind of request this API has: a JSON body, POSTed.

Every request signs the same headers, so the canonical request is one text with few gaps. What depends only
on the endpoint is worked out once in ``Endpoint``; the signing key changes once a day and is remembered.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from posixpath import normpath
from time import gmtime, strftime
from urllib.parse import quote, urlsplit

from attrs import frozen

from cognito_async.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
CONTENT_TYPE = "application/x-amz-json-1.1"

_DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen
class Endpoint:
    """A URL and what of it is signed."""

    url: str
    """Where requests go."""

    host: str
    """Value of the Host header: lower case, without user and default port."""

    path: str
    """Path in canonical form."""

    query: str
    """Query in canonical form."""

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """Split a URL that has a host."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        host = f"[{host}]" if ":" in host else host
        if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
            host = f"{host}:{parts.port}"
        return cls(
            url=url,
            host=host,
            path=_canonical_path(parts.path),
            query=_canonical_query(parts.query),
        )


def _canonical_path(path: str) -> str:
    """Drop dot segments, then percent-encode: an escape in the path is escaped once more."""
    if not path:
        return "/"
    clean = normpath(f"/{path.lstrip('/')}")
    if path.endswith("/") and clean != "/":
        clean += "/"
    return quote(clean, safe="/~")


def _canonical_query(query: str) -> str:
    pairs = sorted(tuple(pair.partition("=")[::2]) for pair in query.split("&")) if query else []
    return "&".join(f"{key}={value}" for key, value in pairs)


def sign(
    *,
    endpoint: Endpoint,
    region: str,
    service: str,
    target: str,
    body: bytes,
    credentials: Credentials,
    now: float,
) -> dict[str, str]:
    """Return the headers that sign a request: date, authorization, and the token if there is one.

    Args:
        endpoint: Where the request goes.
        region: Region in the credential scope, such as ``eu-west-1``.
        service: Service in the credential scope.
        target: Value of the ``X-Amz-Target`` header.
        body: Body of the request, as it is sent.
        credentials: Whose signature it is.
        now: Seconds since 1970.
    """
    stamp = _stamp(int(now))
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    token = credentials.session_token
    headers = {"X-Amz-Date": stamp}
    if token:
        headers["X-Amz-Security-Token"] = token
        token_line, token_name = (
            f"x-amz-security-token:{' '.join(token.split())}\n",
            "x-amz-security-token;",
        )
    else:
        token_line = token_name = ""
    signed = f"content-type;host;x-amz-date;{token_name}x-amz-target"
    canonical = (
        f"POST\n{endpoint.path}\n{endpoint.query}\n"
        f"content-type:{CONTENT_TYPE}\nhost:{endpoint.host}\nx-amz-date:{stamp}\n{token_line}x-amz-target:{target}\n\n"
        f"{signed}\n{sha256(body).hexdigest()}"
    )
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_access_key, stamp[:8], region, service)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )
    return headers


@lru_cache(maxsize=2)
def _stamp(second: int) -> str:
    return strftime("%Y%m%dT%H%M%SZ", gmtime(second))


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
