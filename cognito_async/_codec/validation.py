"""Validation problems of a request: path, rule and value, without secrets."""

from __future__ import annotations

from typing import NamedTuple

from cognito_async._messages import safe_repr

_MAX_VALUE_LENGTH = 40
_NO_VALUE = object()


class Problem(NamedTuple):
    """An invalid value and its path."""

    path: str
    rule: str
    value: object = _NO_VALUE
    secret: bool = False

    def nested(self, path: str, *, secret: bool = False) -> Problem:
        """Return the problem with ``path`` in front of its own path."""
        return self._replace(path=path + self.path, secret=self.secret or secret)

    def __str__(self) -> str:
        text = f"{self.path.removeprefix('.')}: {self.rule}" if self.path else self.rule
        if self.value is _NO_VALUE:
            return text
        text = f"{text}, got {type(self.value).__name__}"
        if not isinstance(self.value, str | int | float):
            return text
        value = "***" if self.secret else safe_repr(self.value)
        return f"{text} {value if len(value) <= _MAX_VALUE_LENGTH else value[:_MAX_VALUE_LENGTH] + '...'}"


class ValidationFailed(Exception):  # noqa: N818  internal; becomes an InvalidRequestError
    """All problems of one value."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


def invalid(rule: str, value: object = _NO_VALUE) -> ValidationFailed:
    """Return the exception to raise for a value that breaks a rule; secret values are masked later."""
    return ValidationFailed(Problem("", rule, value))
