"""Looks up our texts by name; finds missing and unused ones."""

from __future__ import annotations

from typing import Any

from codegen.ir import ModelError
from codegen.load import Inputs


class Texts:
    """Texts from ``inputs/texts/*.toml``."""

    def __init__(self, inputs: Inputs) -> None:
        self._operations = inputs.operation_texts
        self._members: dict[str, str] = inputs.member_texts["members"]
        self._by_shape: dict[str, dict[str, str]] = inputs.member_texts.get("shapes", {})
        self._shapes = inputs.shape_texts
        self._errors: dict[str, dict[str, str]] = inputs.error_texts
        self._missing: list[str] = []
        self._used: set[str] = set()

    def operation(self, name: str) -> tuple[str, str]:
        """Return summary and details (often empty) of an operation."""
        entry: dict[str, str] = self._operations.get(name, {})
        unknown = sorted(set(entry) - {"summary", "details"})
        if unknown:
            raise ModelError(
                f"operations.toml: [{name}] has {', '.join(unknown)}, only summary and details are allowed"
            )
        summary = self._text(f"operations.toml: [{name}] summary", entry.get("summary"))
        return summary, entry.get("details", "")

    def member(self, owner: str, wire: str) -> str:
        """Return the text of a member: that of the shape if there is one, else that of the name."""
        own = self._by_shape.get(owner, {}).get(wire)
        if own is not None:
            return self._text(f"members.toml: [shapes.{owner}] {wire}", own)
        return self._text(f"members.toml: [members] {wire}", self._members.get(wire))

    def shape(self, name: str) -> str:
        """Return the text of a nested structure or an enum."""
        return self._text(f"shapes.toml: {name}", self._shapes.get(name))

    def error(self, name: str) -> str:
        """Return the text of an exception."""
        return self._error_text(name, "summary")

    def advice(self, name: str) -> str:
        """Return the advice of an exception: what to do next."""
        return self._error_text(name, "advice")

    def _error_text(self, name: str, key: str) -> str:
        entry = self._errors.get(name, {})
        unknown = sorted(set(entry) - {"summary", "advice"})
        if unknown:
            raise ModelError(
                f"errors.toml: [{name}] has {', '.join(unknown)}, only summary and advice are allowed"
            )
        return self._text(f"errors.toml: [{name}] {key}", entry.get(key))

    def check_all_used(self) -> None:
        """Raise ModelError if a text is missing or unused; names all of them."""
        if self._missing:
            raise ModelError(
                "write these texts in codegen/inputs/texts:\n  " + "\n  ".join(sorted(set(self._missing)))
            )
        unused = sorted(self._all() - self._used)
        if unused:
            raise ModelError(
                "remove these texts from codegen/inputs/texts, the model has no such names:\n  "
                + "\n  ".join(unused)
            )

    def _text(self, where: str, text: Any) -> str:
        if not isinstance(text, str) or not text.strip():
            self._missing.append(where)
            return ""
        self._used.add(where)
        return text

    def _all(self) -> set[str]:
        return {
            *(f"operations.toml: [{name}] summary" for name in self._operations),
            *(f"members.toml: [members] {wire}" for wire in self._members),
            *(
                f"members.toml: [shapes.{owner}] {wire}"
                for owner, texts in self._by_shape.items()
                for wire in texts
            ),
            *(f"shapes.toml: {name}" for name in self._shapes),
            *(f"errors.toml: [{name}] {key}" for name, entry in self._errors.items() for key in entry),
        }
