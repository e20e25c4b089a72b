"""What does not fit in a request, told by path and rule, without the secrets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_SHOWN_LENGTH = 40
_NO_VALUE = object()


def shown(value: object) -> str:
    """``repr`` that always works: Python writes no number of 5,000 digits and no list 1,000 deep."""
    try:
        return repr(value)
    except (ValueError, RecursionError):
        return "(too long to be shown)"


def plain(name: str) -> str:
    """Name in lower case without ``_`` and ``-``: the same in whatever way its words are joined."""
    return name.replace("_", "").replace("-", "").lower()


def did_you_mean(name: object, valid: Iterable[str]) -> str:
    """Hint at the name that was meant, in whatever way its words were joined; empty when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  nobody has to misspell

    names = {plain(each): each for each in valid}
    nearest = get_close_matches(plain(str(name)), names, n=1)
    return f", did you mean {names[nearest[0]]!r}?" if nearest else ""


class Problem(NamedTuple):
    """A value that does not fit, and where."""

    path: str
    rule: str
    value: object = _NO_VALUE
    secret: bool = False

    def below(self, step: str, *, secret: bool = False) -> Problem:
        """Return the same, seen from one step further out."""
        return self._replace(path=step + self.path, secret=self.secret or secret)

    def __str__(self) -> str:
        text = f"{self.path.removeprefix('.')}: {self.rule}" if self.path else self.rule
        if self.value is _NO_VALUE:
            return text
        text = f"{text}, got {type(self.value).__name__}"
        if not isinstance(self.value, str | int | float):
            return text
        value = "***" if self.secret else shown(self.value)
        return f"{text} {value if len(value) <= _SHOWN_LENGTH else value[:_SHOWN_LENGTH] + '...'}"


class RefusedError(Exception):
    """Everything that does not fit in a value."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


def refuse(rule: str, value: object = _NO_VALUE) -> RefusedError:
    """Return what to raise for a value against a rule; the value is shown unless it turns out secret."""
    return RefusedError(Problem("", rule, value))
