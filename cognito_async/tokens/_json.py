"""JSON as tokens need it: strict, so that all programs that read a token read the same."""

from __future__ import annotations

import json
import math
from typing import Any


def load_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        ValueError: It is not an object in UTF-8, has a name twice, nests too deep, or has NaN or Infinity,
            or a number that a float cannot hold.
    """
    value: Any = None
    try:
        value = _decoder.decode(data.decode())
    except (json.JSONDecodeError, UnicodeDecodeError):
        problem = "it is not JSON"
    except RecursionError:
        problem = "it is nested too deep"
    else:
        problem = "" if isinstance(value, dict) else "it is not a JSON object"
    if problem:
        raise ValueError(problem)  # here: the errors above hold the text
    members: dict[str, Any] = value
    return members


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
