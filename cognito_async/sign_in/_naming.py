"""Names of inherited methods in error messages and tracebacks."""

from __future__ import annotations

from types import FunctionType


def name_methods(base: type, public_class: str | None) -> None:
    """Let the methods of a private base class say the class that users know, or only their own name."""
    for name, method in vars(base).items():
        if isinstance(method, FunctionType) and not name.startswith("_"):
            method.__qualname__ = name if public_class is None else f"{public_class}.{name}"
