"""Python names for the names of the model."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from botocore import xform_name

# Names that generated classes and methods use; a member of that name would hide them.
_USED_NAMES = frozenset(
    {"bool", "bytes", "datetime", "dict", "field", "float", "int", "list", "mask", "self", "str", "types"}
)


def python_name(wire: str, overrides: Mapping[str, str]) -> str:
    """Return the Python name: botocore's snake case, which boto3 users know, or an override."""
    name = overrides.get(wire) or xform_name(wire)
    if keyword.iskeyword(name) or name in _USED_NAMES:
        return f"{name}_"
    return name
