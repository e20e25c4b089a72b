"""The parts of an error's text: what happened (what is known about it). What to do next."""

from __future__ import annotations

from collections.abc import Sequence


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
