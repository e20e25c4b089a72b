"""Parts of error messages: a safe ``repr``, and hints at misspelled names."""

from __future__ import annotations

from collections.abc import Iterable


def safe_repr(value: object) -> str:
    """Return ``repr(value)``, or a placeholder for numbers of 5,000 digits and lists nested 1,000 deep."""
    try:
        return repr(value)
    except (ValueError, RecursionError):
        return "(too long to show)"


def normalize_name(name: str) -> str:
    """Return a name in lower case without ``_`` and ``-``, so that all spellings of it are equal."""
    return name.replace("_", "").replace("-", "").lower()


def did_you_mean(name: object, valid: Iterable[str]) -> str:
    """Return a hint with the most similar valid name, in any spelling; empty if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415  needed only for error messages

    names = {normalize_name(each): each for each in valid}
    nearest = get_close_matches(normalize_name(str(name)), names, n=1)
    return f", did you mean {names[nearest[0]]!r}?" if nearest else ""
