r"""Reads the shorthand of the AWS CLI for structures and maps: ``Name=email,Value=ana@example.com``.

A value continues until the next comma. ``K=a,b`` is a list, as is ``K=[a,b]``; ``K={L=a}`` is a structure;
quotes or a backslash keep a comma: ``Value="a, b"``, ``Value=a\, b``. All values are texts here.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"

_KEY = re.compile(r"\s*([\w.:/#@-]+)\s*=")
_QUOTED = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "'\""}
_BARE = re.compile(r"(?:[^,\\]|\\.)*", re.DOTALL)
_BARE_NESTED = re.compile(r"(?:[^,\\\]}]|\\.)*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MAX_LEVELS = 50


class ShorthandError(ValueError):
    """The text is not in this form; the message tells where, and quotes nothing of the text."""


def parse_shorthand(text: str) -> dict[str, Tree]:
    """Return the keys and values of a structure or a map.

    Raises:
        ShorthandError: The text is malformed.
    """
    return _Parser(text).structure(end="", level=0)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def structure(self, end: str, level: int) -> dict[str, Tree]:
        """Read pairs up to ``end``, or to the end of the text."""
        pairs: dict[str, Tree] = {}
        while True:
            key = _KEY.match(self.text, self.place)
            if key is None:
                raise self.error("expected KEY=VALUE")
            if key[1] in pairs:
                raise self.error("this key comes twice")
            self.place = key.end()
            pairs[key[1]] = self.values(level)
            if not self.take(","):
                self.expect(end)
                return pairs

    def values(self, level: int) -> Tree:
        """Read one value, or several with commas between them."""
        first = self.value(level)
        values = [first]
        while self.peek() == "," and not _KEY.match(self.text, self.place + 1):
            self.place += 1
            values.append(self.value(level))
        return first if len(values) == 1 else values

    def value(self, level: int) -> Tree:
        """Read a value."""
        if level > _MAX_LEVELS:
            raise self.error("nested too deeply")
        if self.take("{"):
            return self.structure("}", level + 1)
        if self.take("["):
            return self.items(level + 1)
        quoted = _QUOTED.get(self.peek())
        match = (quoted or (_BARE_NESTED if level else _BARE)).match(self.text, self.place)
        if match is None:
            raise self.error("a quoted value without its closing quote")
        self.place = match.end()
        return _ESCAPED.sub(r"\1", match[1 if quoted else 0])

    def items(self, level: int) -> list[Tree]:
        """Read the items of a list up to its closing bracket."""
        items: list[Tree] = []
        if self.take("]"):
            return items
        while True:
            items.append(self.value(level))
            if not self.take(","):
                self.expect("]")
                return items

    def peek(self) -> str:
        """Return the next character; empty at the end."""
        return self.text[self.place : self.place + 1]

    def take(self, character: str) -> bool:
        """Move on if this is the next character."""
        found = self.peek() == character
        self.place += found
        return found

    def expect(self, end: str) -> None:
        """Move on behind the next character, which must be this one."""
        if self.peek() != end:
            raise self.error(f"expected {end}" if end else "expected a comma")
        self.place += len(end)

    def error(self, what: str) -> ShorthandError:
        return ShorthandError(f"{what} at character {self.place + 1}")
