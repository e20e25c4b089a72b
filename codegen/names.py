"""Python names for the names of the model."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from botocore import xform_name

# What generated class bodies and methods use themselves: a member of that name would hide it.
_USED_NAMES = frozenset(
    {"bool", "bytes", "datetime", "dict", "field", "float", "int", "list", "mask", "self", "str", "types"}
)


def python_name(wire: str, overrides: Mapping[str, str]) -> str:
    """Snake case as botocore spells it, so that boto3 users find what they know."""
    name = overrides.get(wire) or xform_name(wire)
    if keyword.iskeyword(name) or name in _USED_NAMES:
        return f"{name}_"
    return name
