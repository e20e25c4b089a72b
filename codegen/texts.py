"""Looks up our texts by name; finds missing and unused ones."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from codegen.ir import ModelError, raise_all
from codegen.load import Inputs


@frozen(order=True)
class Place:
    """Place of a text: a file in ``inputs/texts/``, a table (empty for the top level), and a key."""

    file: str
    table: str
    key: str

    def __str__(self) -> str:
        return f"{self.file}: [{self.table}] {self.key}" if self.table else f"{self.file}: {self.key}"


class Texts:
    """Texts from ``inputs/texts/*.toml``; ``placeholder`` stands for a missing one."""

    def __init__(self, inputs: Inputs, placeholder: str = "") -> None:
        self._placeholder = placeholder
        self._operations = inputs.operation_texts
        self._members: dict[str, str] = inputs.member_texts["members"]
        self._by_shape: dict[str, dict[str, str]] = inputs.member_texts.get("shapes", {})
        self._shapes = inputs.shape_texts
        self._errors: dict[str, dict[str, str]] = inputs.error_texts
        self._missing: set[Place] = set()
        self._used: set[Place] = set()

    def operation(self, name: str) -> tuple[str, str]:
        """Return summary and details (often empty) of an operation."""
        entry: dict[str, str] = self._operations.get(name, {})
        unknown = sorted(set(entry) - {"summary", "details"})
        if unknown:
            raise ModelError(
                f"operations.toml: [{name}] has {', '.join(unknown)}, only summary and details are allowed"
            )
        summary = self._text(Place("operations.toml", name, "summary"), entry.get("summary"))
        return summary, entry.get("details", "")

    def member(self, owner: str, wire: str) -> str:
        """Return the text of a member: that of the shape if there is one, else that of the name."""
        own = self._by_shape.get(owner, {}).get(wire)
        if own is not None:
            return self._text(Place("members.toml", f"shapes.{owner}", wire), own)
        return self._text(Place("members.toml", "members", wire), self._members.get(wire))

    def shape(self, name: str) -> str:
        """Return the text of a nested structure or an enum."""
        return self._text(Place("shapes.toml", "", name), self._shapes.get(name))

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
        return self._text(Place("errors.toml", name, key), entry.get(key))

    @property
    def missing(self) -> list[Place]:
        """Texts that were looked up and do not exist."""
        return sorted(self._missing)

    @property
    def unused(self) -> list[Place]:
        """Texts that nobody looked up."""
        return sorted(self._all() - self._used)

    def check_all_used(self) -> None:
        """Raise ModelError if texts are missing or unused; names all of them."""
        raise_all(
            "\n  ".join([title, *map(str, places)])
            for title, places in (
                ("write these texts in codegen/inputs/texts:", self.missing),
                (
                    "remove these texts from codegen/inputs/texts, the model has no such names:",
                    self.unused,
                ),
            )
            if places
        )

    def _text(self, where: Place, text: Any) -> str:
        if not isinstance(text, str) or not text.strip():
            self._missing.add(where)
            return self._placeholder
        self._used.add(where)
        return text

    def _all(self) -> set[Place]:
        return {
            *(Place("operations.toml", name, "summary") for name in self._operations),
            *(Place("members.toml", "members", wire) for wire in self._members),
            *(
                Place("members.toml", f"shapes.{owner}", wire)
                for owner, texts in self._by_shape.items()
                for wire in texts
            ),
            *(Place("shapes.toml", "", name) for name in self._shapes),
            *(Place("errors.toml", name, key) for name, entry in self._errors.items() for key in entry),
        }
