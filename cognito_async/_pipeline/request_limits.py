"""Finds the values of a refused request that are outside of what the API's model states."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple
from unicodedata import category

from cognito_async._endpoints.limits import LIMITS
from cognito_async._errors import ServiceError
from cognito_async._model import mask

_MOST = 5  # values that the advice names
_LONGEST = 40  # characters of a value
# Unicode categories, which Python's regular expressions lack: most patterns with them are "[\p{L}\p{N} ]+".
_CATEGORIES = re.compile(r"\^?\[((?:\\p\{[A-Z]\})+)([^\]]*)\]\+\$?")


def advise_on_limits(error: ServiceError, operation: str, body: bytes) -> None:
    """Name the values outside of the limits of the model in front of the advice of the error."""
    found = list(islice(_shape(_Place("", secret=False), operation, json.loads(body)), _MOST + 1))
    if len(found) > _MOST:
        found[_MOST:] = ["and others"]
    if found:
        error.advice = f"Outside of the limits in the API's model: {'; '.join(found)}. {error.advice}"


class _Place(NamedTuple):
    path: str
    secret: bool

    def shown(self, value: object) -> str:
        if self.secret:
            return mask(value)
        text = repr(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

    def inside(self, part: str) -> _Place:
        return _Place(f"{self.path}{part}", self.secret)


def _shape(place: _Place, name: str, value: Mapping[str, Any]) -> Iterator[str]:
    for wire, part in value.items():
        member, secret, rule = LIMITS.get(name, {}).get(wire, ("", False, ()))
        yield from _value(_Place(f"{place.path}.{member}".lstrip("."), secret), rule, part)


def _value(place: _Place, rule: tuple[Any, ...], value: Any) -> Iterator[str]:
    if rule:
        yield from _RULES[rule[0]](place, *rule[1:], value)


def _number(place: _Place, low: float | None, high: float | None, value: float) -> Iterator[str]:
    if limit := _limit(value, low, high):
        yield f"{place.path}: {place.shown(value)}, {limit}"


def _text(place: _Place, low: int | None, high: int | None, pattern: str | None, value: str) -> Iterator[str]:
    if limit := _limit(len(value), low, high):
        length = mask(value) if place.secret else f"{len(value):,} characters"
        yield f"{place.path}: {length}, {limit}"
    elif pattern and not _matches(pattern, value):
        yield f"{place.path}: {place.shown(value)}, not of the form {pattern}"


def _known(place: _Place, *values: Any) -> Iterator[str]:
    *known, value = values
    if value not in known:
        yield f"{place.path}: {place.shown(value)}, not one of {', '.join(known)}"


def _list(
    place: _Place, low: int | None, high: int | None, rule: tuple[Any, ...], value: Sequence[Any]
) -> Iterator[str]:
    if limit := _limit(len(value), low, high):
        yield f"{place.path}: {len(value):,} items, {limit}"
    for index, item in enumerate(value):
        yield from _value(place.inside(f"[{index}]"), rule, item)


def _map(place: _Place, low: int | None, high: int | None, *others: Any) -> Iterator[str]:
    key_rule, rule, value = others
    if limit := _limit(len(value), low, high):
        yield f"{place.path}: {len(value):,} entries, {limit}"
    for key, entry in value.items():
        yield from _value(_Place(f"a key of {place.path}", place.secret), key_rule, key)
        yield from _value(place.inside(f"[{place.shown(key)}]"), rule, entry)


_RULES: Mapping[str, Callable[..., Iterator[str]]] = {
    "number": _number,
    "text": _text,
    "known": _known,
    "shape": _shape,
    "list": _list,
    "map": _map,
}


def _limit(number: float, low: float | None, high: float | None) -> str:
    """Return the limit that a number or a length is beyond; empty if there is none."""
    if high is not None and number > high:
        return f"at most {high:,}"
    return f"at least {low:,}" if low is not None and number < low else ""


def _matches(pattern: str, text: str) -> bool:
    r"""Return whether a text has the form of a pattern of the model, which has the syntax of Java.

    Patterns with ``\p`` that are not one of the simple ones are not checked.
    """
    simple = _CATEGORIES.fullmatch(pattern)
    if simple is None:
        return "\\p" in pattern or re.fullmatch(pattern, text, re.ASCII) is not None
    categories, others = simple[1], f"[{simple[2]}]" if simple[2] else "(?!)"
    return all(f"{{{category(each)[0]}}}" in categories or re.fullmatch(others, each) for each in text)
