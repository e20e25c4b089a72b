"""Errors of hooks, for the log: without the errors of calls. Loaded only by clients that have hooks."""

from __future__ import annotations

from collections.abc import Mapping


def all_linked(error: BaseException | None) -> dict[int, BaseException]:
    """Return an error and all that its traceback shows, by their identity."""
    found: dict[int, BaseException] = {}
    pending = [error]
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in found:
            found[id(each)] = each
            pending += [each.__cause__, each.__context__]
            if isinstance(each, BaseExceptionGroup):
                pending += each.exceptions
    return found


def without(hidden: Mapping[int, BaseException], error: BaseException) -> BaseException:
    """Return an error whose traceback shows none of the hidden ones.

    Args:
        hidden: Errors by their identity.
        error: The error; links to hidden ones are removed from it and from those that it is linked to.
    """
    for each in all_linked(error).values():
        if id(each) in hidden:
            continue
        if id(each.__context__) in hidden:
            each.__context__ = None
        if id(each.__cause__) in hidden:
            each.__cause__ = None
    if hidden.keys().isdisjoint(all_linked(error)):
        return error
    # It is one of them, or a group with one: the members of a group cannot be removed.
    shown = RuntimeError(
        f"{type(error).__name__}; its text is not logged, because it is that of another error"
    )
    return shown.with_traceback(error.__traceback__)
