"""AWS Signature Version 4 for the one kind of request that this API has: a POST with a JSON body.

Every request signs the same headers, so the canonical request is a single f-string. The part that depends
only on the endpoint is computed once, in ``Endpoint``. The signing key changes once a day and is cached.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from posixpath import normpath
from time import gmtime, strftime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from cognito_async._http.headers import AUTHORIZATION, BODY_TYPE, DATE, SECURITY_TOKEN
from cognito_async.credentials import Credentials

if TYPE_CHECKING:
    from _hashlib import HASH

_ALGORITHM = "AWS4-HMAC-SHA256"

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """A URL and the parts of it that are signed."""

    url: str
    """URL of the requests."""

    host: str
    """Value of the Host header: lower case, without user and default port."""

    head: str
    """Start of the canonical request: method, path, query and the constant headers."""

    @classmethod
    def from_url(cls, url: str) -> Endpoint:
        """Parse an absolute URL."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        host = f"[{host}]" if ":" in host else host
        if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
            host = f"{host}:{parts.port}"
        path, query = _canonical_path(parts.path), _canonical_query(parts.query)
        head = f"POST\n{path}\n{query}\ncontent-type:{BODY_TYPE}\nhost:{host}\n"
        return cls(url=url, host=host, head=head)


def _canonical_path(path: str) -> str:
    """Remove dot segments, then percent-encode; escapes in the path are escaped again, as SigV4 requires."""
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
    """Return the headers that sign a request: date, authorization, and the session token if there is one.

    Args:
        endpoint: Endpoint of the request.
        region: Region in the credential scope, such as ``eu-west-1``.
        service: Service in the credential scope.
        target: Value of the ``X-Amz-Target`` header.
        body: Body of the request, exactly as it is sent.
        credentials: Credentials that sign.
        now: Seconds since 1970.
    """
    stamp = _stamp(int(now))
    scope, inner, outer = _signing_key(credentials.secret_access_key, stamp[:8], region, service)
    token = credentials.session_token
    if token:
        token_line = f"x-amz-security-token:{' '.join(token.split())}\n"
        signed = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
    else:
        token_line = ""
        signed = "content-type;host;x-amz-date;x-amz-target"
    canonical = (
        f"{endpoint.head}x-amz-date:{stamp}\n{token_line}x-amz-target:{target}\n\n"
        f"{signed}\n{sha256(body).hexdigest()}"
    )
    text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    inside, signature = inner.copy(), outer.copy()
    inside.update(text.encode())
    signature.update(inside.digest())
    headers = {
        DATE: stamp,
        AUTHORIZATION: (
            f"{_ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature.hexdigest()}"
        ),
    }
    if token:
        headers[SECURITY_TOKEN] = token
    return headers


@lru_cache(maxsize=2)
def _stamp(second: int) -> str:
    return strftime("%Y%m%dT%H%M%SZ", gmtime(second))


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str, service: str) -> tuple[str, HASH, HASH]:
    """Return the credential scope and its signing key, as the inner and outer hash of an HMAC.

    Copying these takes a third of the time of ``hmac.digest``, which initializes OpenSSL each time.
    """
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    padded = key.ljust(64, b"\0")
    inner, outer = (sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    return f"{day}/{region}/{service}/aws4_request", inner, outer
