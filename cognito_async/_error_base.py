"""The base of all exceptions, and their texts: what happened (what is known about it). What to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def request_fact(request_id: str | None) -> list[str]:
    """Name the request, where the service gave it an id."""
    return [f"request id {request_id}"] if request_id else []


def sentence(text: str, facts: Sequence[str], advice: str) -> str:
    """What happened, what is known about it in brackets, and what to do."""
    if facts:
        text = f"{text} ({', '.join(facts)})"
    return f"{text}. {advice}" if advice else text


def tries(attempts: int, reasons: Sequence[str]) -> list[str]:
    """How often a call was tried and why, as far as that is worth a word."""
    if attempts == 0:
        return ["nothing was sent"]
    if attempts == 1:
        return []
    why = [f"retried after {' and '.join(dict.fromkeys(reasons))}"] if reasons else []
    return [f"{attempts} attempts", *why]


class CognitoError(Exception):
    """Base of every exception that this package raises on purpose.

    Attributes:
        resume_token: Of an error between the pages of a list: the ``starting_token`` that goes on after the
            last good page. None when there was none, and on errors elsewhere.
    """

    resume_token: str | None = None

    advice: str = ""
    """What to do next; ends the text of the error. Empty where the message says it itself."""

    def __str__(self) -> str:
        return sentence(super().__str__(), (), self.advice)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by class, arguments and attributes, whatever ``__init__`` takes."""
        return _rebuild, (type(self), self.args), self.__dict__


def _rebuild(cls: type[CognitoError], args: tuple[object, ...]) -> CognitoError:
    error = cls.__new__(cls)
    error.args = args
    return error
