"""The base class of all exceptions, and the form of their text: event (details). Advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def request_detail(request_id: str | None) -> list[str]:
    """Return the detail that identifies the request, if the service sent an id."""
    return [f"request id {request_id}"] if request_id else []


def error_text(text: str, details: Sequence[str], advice: str) -> str:
    """Return the text of an error: what happened, details in brackets, and what to do."""
    if details:
        text = f"{text} ({', '.join(details)})"
    return f"{text.removesuffix('.')}. {advice}" if advice else text


def attempt_details(attempts: int, reasons: Sequence[str]) -> list[str]:
    """Return the number of attempts and the reasons for the retries; nothing for a single attempt."""
    if attempts == 0:
        return ["nothing was sent"]
    if attempts == 1:
        return []
    why = [f"retried after {' and '.join(dict.fromkeys(reasons))}"] if reasons else []
    return [f"{attempts} attempts", *why]


class CognitoError(Exception):
    """Base class of every exception that this package raises on purpose.

    Attributes:
        resume_token: Set when a list fails between two pages: the ``starting_token`` that continues after
            the last complete page. None if there was no such page, and on all other errors.
        advice: What to do next; the end of the text. Empty if the message itself says it.
    """

    resume_token: str | None = None
    advice: str = ""

    def __str__(self) -> str:
        return error_text(super().__str__(), (), self.advice)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by class, arguments and attributes, whatever the parameters of ``__init__`` are."""
        return _rebuild, (type(self), self.args), self.__dict__


def _rebuild(cls: type[CognitoError], args: tuple[object, ...]) -> CognitoError:
    error = cls.__new__(cls)
    error.args = args
    return error
