"""Our own words: looked up by name, complete, and none left over."""

from __future__ import annotations

from typing import Any

from codegen.ir import ModelError
from codegen.load import Overlays


class Docs:
    """Texts from ``docs/*.toml``; remembers which were used, so that stale ones are found."""

    def __init__(self, overlays: Overlays) -> None:
        self._operations = overlays.operation_docs
        self._members: dict[str, str] = overlays.member_docs["members"]
        self._by_shape: dict[str, dict[str, str]] = overlays.member_docs.get("shapes", {})
        self._shapes = overlays.shape_docs
        self._errors: dict[str, dict[str, str]] = overlays.error_docs
        self._missing: list[str] = []
        self._used: set[str] = set()

    def operation(self, name: str) -> tuple[str, str]:
        """Summary and details (often empty) of an operation."""
        entry: dict[str, str] = self._operations.get(name, {})
        unknown = sorted(set(entry) - {"summary", "details"})
        if unknown:
            raise ModelError(
                f"operations.toml: [{name}] has {', '.join(unknown)}, only summary and details are read"
            )
        summary = self._text(f"operations.toml: [{name}] summary", entry.get("summary"))
        return summary, entry.get("details", "")

    def member(self, owner: str, wire: str) -> str:
        """The line for a member: the shape's own if it has one, else the one for the name."""
        own = self._by_shape.get(owner, {}).get(wire)
        if own is not None:
            return self._text(f"members.toml: [shapes.{owner}] {wire}", own)
        return self._text(f"members.toml: [members] {wire}", self._members.get(wire))

    def shape(self, name: str) -> str:
        """The line for a nested structure or an enum."""
        return self._text(f"shapes.toml: {name}", self._shapes.get(name))

    def error(self, name: str) -> str:
        """The line for an exception."""
        return self._error_text(name, "summary")

    def advice(self, name: str) -> str:
        """What to do next after an exception."""
        return self._error_text(name, "advice")

    def _error_text(self, name: str, key: str) -> str:
        entry = self._errors.get(name, {})
        unknown = sorted(set(entry) - {"summary", "advice"})
        if unknown:
            raise ModelError(
                f"errors.toml: [{name}] has {', '.join(unknown)}, only summary and advice are read"
            )
        return self._text(f"errors.toml: [{name}] {key}", entry.get(key))

    def check_all_used(self) -> None:
        """Raise ModelError naming every text that is missing or belongs to nothing."""
        if self._missing:
            raise ModelError("write a text in codegen/docs for\n  " + "\n  ".join(sorted(set(self._missing))))
        stale = sorted(self._all() - self._used)
        if stale:
            raise ModelError("the model has nothing for these texts of codegen/docs\n  " + "\n  ".join(stale))

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
