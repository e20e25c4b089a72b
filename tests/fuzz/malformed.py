"""Hypothesis strategies for what nobody should send: as bytes, because Python's own values cannot say it all."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st
from support.strategies import answers

CANARY = "c4n4ry"
"""Stands for a secret: what is refused has it, the message must not."""

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
ODD_BYTES = [
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
MEMBERS = ["Users", "User", "NextToken", "PaginationToken", "Attributes", "message", "__type", "Settings"]


@cache
def json_texts() -> st.SearchStrategy[bytes]:
    """Values as JSON has them, and as it does not: any numbers, halves of characters, keys twice."""
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
    """JSON objects; the same key may come twice."""
    pairs = st.tuples(names, values).map(b":".join)
    return st.lists(pairs, max_size=4).map(lambda entries: b"{" + b",".join(entries) + b"}")


@cache
def json_objects() -> st.SearchStrategy[bytes]:
    """Odd JSON objects with members of the API."""
    return objects(st.sampled_from(MEMBERS).map(lambda name: json.dumps(name).encode()), json_texts())


@st.composite
def nested(draw: st.DrawFn) -> bytes:
    """Arrays or objects in each other, as deep as parsers go and far deeper, closed or not."""
    depth = draw(st.integers(1, 200) | st.integers(900, 1100) | st.sampled_from([5_000, 100_000]))
    start, end = draw(st.sampled_from([(b"[", b"]"), (b'{"Settings":', b"}"), (b'[{"Users":', b"}]")]))
    closed = draw(st.sampled_from([depth, depth - 1, 0]))
    return start * depth + draw(st.sampled_from([b"", b"null", b"1"])) + end * closed


@st.composite
def damaged(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """Bodies of which some bytes were lost, doubled or replaced."""
    body = draw(bodies)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 20)))
        piece = draw(st.binary(max_size=6) | st.sampled_from(ODD_BYTES) | st.just(body[start:end] * 2))
        body = body[:start] + piece + body[end:]
    return body


@st.composite
def with_an_odd_value(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """Bodies in which one value is another one, wherever it is, and all else is in order."""
    whole: list[Any] = [json.loads(draw(bodies) or b"{}")]
    place: Any = whole
    key: Any = 0
    while isinstance(place[key], dict | list) and place[key] and draw(st.booleans() | st.just(True)):
        place = place[key]
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = "here it goes"
    odd = draw(json_texts() | nested())
    return json.dumps(whole[0]).encode().replace(b'"here it goes"', odd, 1)


@cache
def bodies_of(name: str) -> st.SearchStrategy[bytes]:
    """What an operation may get for an answer: nearly right, odd, or nothing like it."""
    valid = answers(name)
    return st.one_of(
        with_an_odd_value(valid), damaged(valid), json_objects(), json_texts(), nested(), st.binary()
    )


@cache
def bodies() -> st.SearchStrategy[bytes]:
    """Bodies that belong to no operation in particular."""
    errors = st.fixed_dictionaries({"__type": st.text(), "message": st.text()}).map(
        lambda members: json.dumps(members).encode()
    )
    pages = st.binary().map(lambda start: start + f"<html>{CANARY}</html>".encode())
    odd = st.one_of(json_objects(), json_texts(), nested(), st.binary())
    return st.one_of(errors, with_an_odd_value(errors), damaged(errors), pages, odd)
