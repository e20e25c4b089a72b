"""Signatures, compared with those of botocore for the same requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore import auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cognito_async._endpoints import SIGNING_NAME, TARGET_PREFIX
from cognito_async._http.headers import BODY_TYPE
from cognito_async._sigv4 import Endpoint, sign
from cognito_async.credentials import Credentials

NOW = datetime(2026, 9, 5, 7, 4, 3, tzinfo=UTC)
KEYS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG")
TEMPORARY = Credentials(
    access_key_id="ASIAEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG", session_token="FQoGZXIvYXdz"
)


def headers_of_cognito_async(
    url: str = "https://example.com", now: datetime = NOW, **changes: Any
) -> dict[str, str]:
    arguments = {
        "region": "eu-west-1",
        "service": SIGNING_NAME,
        "target": f"{TARGET_PREFIX}.AdminGetUser",
        "body": b"{}",
        "credentials": KEYS,
    }
    return sign(endpoint=Endpoint.from_url(url), now=now.timestamp(), **(arguments | changes))


def botocore_clock(now: datetime) -> Any:
    """Set the clock of botocore."""
    if hasattr(auth, "get_current_datetime"):
        return patch.object(auth, "get_current_datetime", return_value=now)
    clock = SimpleNamespace(datetime=SimpleNamespace(utcnow=lambda: now))  # in releases of 2023
    return patch.object(auth, "datetime", clock)


def headers_of_botocore(
    url: str, now: datetime, *, region: str, target: str, body: bytes, credentials: Credentials
) -> dict[str, str]:
    headers = {"Content-Type": BODY_TYPE, "X-Amz-Target": target}
    request = AWSRequest(method="POST", url=url, headers=headers, data=body)
    keys = BotocoreCredentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token
    )
    with botocore_clock(now):
        SigV4Auth(keys, SIGNING_NAME, region).add_auth(request)
    return {name: value for name, value in request.headers.items() if name not in headers}


def signature(headers: dict[str, str]) -> str:
    return headers["Authorization"].rpartition("Signature=")[2]


def signed_headers(headers: dict[str, str]) -> str:
    return re.search(r"SignedHeaders=([^,]*),", headers["Authorization"])[1]


# Not generated, because they never reach `sign`:
# - Credentials that are empty or not printable ASCII: `Credentials` raises an error.
# - Regions that are not host labels, and URLs with a user, a fragment, a space or a character that is not
#   printable ASCII: `resolve_config` raises an error.
# - Upper case in the zone of an IPv6 address: botocore keeps it; this package converts it to lower case, and
#   sends the Host header that it signs.
# - Targets other than names of operations, and other content types: the client sets both.
printable_ascii = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
texts = st.text(printable_ascii, min_size=1, max_size=48)
text_with_spaces = st.lists(st.text(printable_ascii, max_size=8), min_size=2, max_size=4).map("  ".join)

keys = st.builds(
    Credentials,
    access_key_id=texts,
    secret_access_key=texts,
    session_token=st.none() | texts | text_with_spaces,
)
regions = st.sampled_from(["eu-west-1", "us-gov-west-1"]) | st.from_regex(
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", fullmatch=True
)
targets = st.from_regex(rf"{TARGET_PREFIX}\.[A-Za-z0-9]{{1,40}}", fullmatch=True)
bodies = st.text().map(str.encode) | st.binary()
moments = st.datetimes(
    NOW.replace(1980, 1, 1, tzinfo=None), NOW.replace(2100, 12, 31, tzinfo=None), timezones=st.just(UTC)
)

hosts = st.sampled_from(
    [
        "localhost",
        "127.0.0.1",
        "cognito-idp.eu-west-1.amazonaws.com",
        "Cognito-IDP.EU-west-1.AmazonAWS.com",
        "emulator_1",
        "[::1]",
        "[2001:DB8::A]",
        "[fe80::1%25eth0]",
    ]
)
ports = st.sampled_from(["", ":", ":80", ":443", ":080", ":5000", ":65535"])
plain_segments = st.sampled_from(
    ["", "base", "...", "a.", ".b", "%2F", "%2e%2e", "%c3%a9", "%", "~", "a+b", "@:"]
)
segments = (
    st.sampled_from([".", ".."])
    | plain_segments
    | st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/?#"), max_size=6)
)
paths = st.just("") | st.lists(segments, max_size=6).map(lambda parts: "/" + "/".join(parts))
pairs = st.sampled_from(
    ["", "=", "q", "q=", "q=1", "q=0", "Q=1", "a=b=c", "=v", "q1=", "q-=", "x=%2f"]
) | st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="&#"), max_size=6)
queries = st.just("") | st.lists(pairs, max_size=5).map(lambda parts: "?" + "&".join(parts))
urls = st.tuples(
    st.sampled_from(["http", "https", "HTTPS"]).map("{}://".format), hosts, ports, paths, queries
).map("".join)


@settings(deadline=None, max_examples=500)
@given(url=urls, now=moments, region=regions, target=targets, body=bodies, credentials=keys)
@example(
    url="https://[::1]:443/a/../b//c/?b=2&a=1",
    now=NOW,
    region="eu-west-1",
    target="X.Y",
    body=b"",
    credentials=TEMPORARY,
)
def test_every_request_has_the_signature_of_botocore(*, url, now, **facts) -> None:
    assert headers_of_cognito_async(url, now, **facts) == headers_of_botocore(url, now, **facts)


@pytest.mark.parametrize("path", ["/.", "/..", "/a/.", "/a/b/..", "/a/..", "/a/./", "/a/../", "/a//", "//"])
def test_the_end_of_a_path_is_signed_as_in_botocore(path: str) -> None:
    facts = {"region": "eu-west-1", "target": "X.Y", "body": b"{}", "credentials": KEYS}
    url = f"https://example.com{path}"
    assert signature(headers_of_cognito_async(url, **facts)) == signature(
        headers_of_botocore(url, NOW, **facts)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"{ }"},
        {"target": f"{TARGET_PREFIX}.AdminGetUsers"},
        {"region": "eu-west-2"},
        {"service": "cognito-identity"},
        {"credentials": Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="another")},
        {"credentials": TEMPORARY},
        {"now": NOW.replace(second=4)},
        {"now": NOW.replace(day=6)},
        {"url": "https://example.org"},
        {"url": "https://example.com:8443"},
        {"url": "https://example.com/base"},
        {"url": "https://example.com?q=1"},
    ],
    ids=lambda change: "-".join([*change, str(next(iter(change.values())))[-12:]]),
)
def test_every_signed_part_changes_the_signature(change: dict[str, object]) -> None:
    assert signature(headers_of_cognito_async(**change)) != signature(headers_of_cognito_async())


def test_the_same_request_in_the_same_second_has_the_same_signature() -> None:
    assert headers_of_cognito_async(now=NOW.replace(microsecond=999_999)) == headers_of_cognito_async()


def test_a_signing_key_of_another_day_is_not_used() -> None:
    tomorrow = NOW.replace(day=6)
    facts = {"region": "eu-west-1", "target": "X.Y", "body": b"{}", "credentials": KEYS}
    for now in (NOW, tomorrow, NOW):
        assert headers_of_cognito_async(now=now, **facts) == headers_of_botocore(
            "https://example.com", now, **facts
        )


def test_without_a_session_token_none_is_sent_or_signed() -> None:
    headers = headers_of_cognito_async()
    assert headers.keys() == {"X-Amz-Date", "Authorization"}
    assert signed_headers(headers) == "content-type;host;x-amz-date;x-amz-target"


def test_a_session_token_is_sent_and_signed() -> None:
    headers = headers_of_cognito_async(credentials=TEMPORARY)
    assert headers["X-Amz-Security-Token"] == "FQoGZXIvYXdz"
    assert signed_headers(headers) == "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"


def test_the_authorization_header_has_the_key_id_and_the_scope() -> None:
    headers = headers_of_cognito_async()
    assert headers["X-Amz-Date"] == "20260905T070403Z"
    start = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260905/eu-west-1/cognito-idp/aws4_request, SignedHeaders="
    )
    assert headers["Authorization"].startswith(start)
    assert re.fullmatch("[0-9a-f]{64}", signature(headers))


def test_the_secret_is_in_no_header() -> None:
    assert KEYS.secret_access_key not in repr(headers_of_cognito_async())


@pytest.mark.parametrize("url", ["http://example.com:80", "https://example.com:443", "https://example.com:/"])
def test_a_default_port_is_not_signed(url: str) -> None:
    assert Endpoint.from_url(url).host == "example.com"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://example.com:443", "example.com:443"),
        ("https://example.com:80", "example.com:80"),
        ("http://127.0.0.1:5000/", "127.0.0.1:5000"),
        ("https://Example.COM", "example.com"),
        ("http://[2001:DB8::1]", "[2001:db8::1]"),
        ("http://[::1]:5000", "[::1]:5000"),
    ],
)
def test_the_host_is_lower_case_and_has_a_port_that_is_not_the_default(url: str, host: str) -> None:
    assert Endpoint.from_url(url).host == host


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a//b/", "/a/b/"),
        ("/a/./b/../c", "/a/c"),
        ("/../..", "/"),
        ("/a%20b", "/a%2520b"),
        ("/~a:b", "/~a%3Ab"),
    ],
)
def test_a_path_is_normalized_and_its_escapes_are_escaped(path: str, canonical: str) -> None:
    assert Endpoint.from_url(f"https://example.com{path}").head.split("\n")[1] == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [("", ""), ("b=2&a=1", "a=1&b=2"), ("a=2&a=1", "a=1&a=2"), ("a", "a="), ("a-=1&a=2", "a=2&a-=1")],
)
def test_a_query_is_sorted_by_key_and_value(query: str, canonical: str) -> None:
    assert Endpoint.from_url(f"https://example.com/?{query}").head.split("\n")[2] == canonical


def test_the_url_of_the_requests_is_not_changed() -> None:
    url = "HTTPS://Example.com:443/a/../b?b&a"
    assert Endpoint.from_url(url).url == url
