"""Hypothesis strategies for malformed JSON, as bytes: Python values cannot express all of it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from support.strategies import response_bodies

CANARY = "c4n4ry"
"""A secret: the rejected value contains it, the error message must not."""

NUMBERS = [b"0", b"-1", b"-0", b"1.5", b"1e400", b"-1E-400", b"1e5", b"253402300800", b"-62135596801"]
NUMBERS += [b"NaN", b"Infinity", b"-Infinity", b"9223372036854775808", b"9" * 400, b"-" + b"9" * 5000]
TEXTS = [
    b'""',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\\u0000"',
    b'"\0"',
    b'"\\x"',
]
TEXTS += [
    b'"2020-01-01T00:00:00Z"',
    b'"9999-12-31T23:59:59-14:00"',
    b'"0001-01-01T00:00:00+14:00"',
    b'"1e999"',
]
TEXTS += [b'"AAEC"', b'"AAE"', b'"nan"', b'"' + b"9" * 5000 + b'"', f'"{CANARY}"'.encode()]
MALFORMED_BYTES = [
    b"",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\0",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"//",
    b"\\ud8",
]
PLACEHOLDER = "replace this value"
MEMBERS = ["Users", "User", "NextToken", "PaginationToken", "Attributes", "message", "__type", "Settings"]


@cache
def json_texts() -> st.SearchStrategy[bytes]:
    """Return JSON values, valid and malformed: any number, incomplete characters, duplicate keys."""
    names = st.sampled_from(MEMBERS).map(lambda name: json.dumps(name).encode()) | st.sampled_from(TEXTS)
    leaves = st.sampled_from([b"null", b"true", b"false", *NUMBERS, *TEXTS])
    leaves |= st.text(max_size=8).map(lambda text: json.dumps(text).encode())
    leaves |= st.integers().map(lambda number: str(number).encode())
    leaves |= st.floats().map(lambda number: json.dumps(number).encode())

    def containers(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        lists = st.lists(inner, max_size=3).map(lambda items: b"[" + b",".join(items) + b"]")
        return lists | objects(names, inner)

    return st.recursive(leaves, containers, max_leaves=8)


def objects(names: st.SearchStrategy[bytes], values: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Return JSON objects; a key may occur twice."""
    pairs = st.tuples(names, values).map(b":".join)
    return st.lists(pairs, max_size=4).map(lambda entries: b"{" + b",".join(entries) + b"}")


@cache
def json_objects() -> st.SearchStrategy[bytes]:
    """Return JSON objects with members of the API and any value."""
    return objects(st.sampled_from(MEMBERS).map(lambda name: json.dumps(name).encode()), json_texts())


@st.composite
def nested(draw: st.DrawFn) -> bytes:
    """Return arrays or objects nested up to the limit of parsers and far deeper, closed or not."""
    depth = draw(st.integers(1, 200) | st.integers(900, 1100) | st.sampled_from([5_000, 100_000]))
    start, end = draw(st.sampled_from([(b"[", b"]"), (b'{"Settings":', b"}"), (b'[{"Users":', b"}]")]))
    closed = draw(st.sampled_from([depth, depth - 1, 0]))
    return start * depth + draw(st.sampled_from([b"", b"null", b"1"])) + end * closed


@st.composite
def damaged(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """Return bodies with some bytes removed, doubled or replaced."""
    body = draw(bodies)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 20)))
        piece = draw(st.binary(max_size=6) | st.sampled_from(MALFORMED_BYTES) | st.just(body[start:end] * 2))
        body = body[:start] + piece + body[end:]
    return body


@st.composite
def with_one_unexpected_value(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """Return valid bodies with one value replaced at any depth."""
    document: list[Any] = [json.loads(draw(bodies) or b"{}")]
    place: Any = document
    key: Any = 0
    while isinstance(place[key], dict | list) and place[key] and draw(st.booleans() | st.just(True)):
        place = place[key]
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = PLACEHOLDER
    value = draw(json_texts() | nested())
    return json.dumps(document[0]).encode().replace(json.dumps(PLACEHOLDER).encode(), value, 1)


@cache
def bodies_of(name: str) -> st.SearchStrategy[bytes]:
    """Return bodies for an operation: nearly valid, malformed, or anything else."""
    valid = response_bodies(name)
    return st.one_of(
        with_one_unexpected_value(valid), damaged(valid), json_objects(), json_texts(), nested(), st.binary()
    )


@cache
def bodies() -> st.SearchStrategy[bytes]:
    """Return bodies of errors, HTML pages and malformed bodies, for any operation."""
    errors = st.fixed_dictionaries({"__type": st.text(), "message": st.text()}).map(
        lambda members: json.dumps(members).encode()
    )
    pages = st.binary().map(lambda start: start + f"<html>{CANARY}</html>".encode())
    malformed = st.one_of(json_objects(), json_texts(), nested(), st.binary())
    return st.one_of(errors, with_one_unexpected_value(errors), damaged(errors), pages, malformed)
