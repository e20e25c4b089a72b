"""Python names for the names of the model."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from botocore import xform_name

# A member called like the type in its own annotation would hide the type from the class body.
_ANNOTATION_NAMES = frozenset({"bool", "bytes", "datetime", "float", "int", "str"})


def python_name(wire: str, overrides: Mapping[str, str]) -> str:
    """Snake case as botocore spells it, so that boto3 users find what they know."""
    name = overrides.get(wire) or xform_name(wire)
    if keyword.iskeyword(name) or name in _ANNOTATION_NAMES:
        return f"{name}_"
    return name


def default_wire_name(name: str) -> str:
    """Wire name that the codec assumes where none is given: ``user_pool_id`` -> ``UserPoolId``."""
    return "".join(part.capitalize() for part in name.rstrip("_").split("_"))
