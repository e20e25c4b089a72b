"""JSON as tokens need it: strict, so that all programs that read a token read the same."""

from __future__ import annotations

import json
from typing import Any


def load_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        ValueError: It is not an object in UTF-8, has a name twice, nests too deep, or has NaN or Infinity.
    """
    try:
        value = _decoder.decode(data.decode())
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("it is not JSON") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  callers handle one class
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
