"""Parts of reference pages as reStructuredText: texts, types, signatures and facts."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Collection
from types import ModuleType

from codegen.annotations import parameter_annotation
from codegen.ir import Member, Operation, Quota, Simple, Structure
from cognito_async import _errors, errors, types

_WORDS = re.compile(r"(``.+?``)|(\w+)|([\\*_`|])")
SHORT_PATTERN = 16
"""Length in characters; longer patterns are folded."""

NAMES = re.compile(r"[A-Za-z_]\w*")


def exported(module: ModuleType) -> list[str]:
    """Return a module's ``__all__``."""
    names: list[str] = vars(module)["__all__"]  # hidden from type checkers where it is computed
    return names


TYPES = frozenset(exported(types))
ERRORS = frozenset(exported(errors))


def prose(text: str) -> str:
    """Return our text as reStructuredText; names of classes become code, which conf.py links."""

    def replaced(match: re.Match[str]) -> str:
        code, word, special = match.groups()
        if code:
            return f"{code}\\ " if text[match.end() : match.end() + 1].isalnum() else code
        if special:
            return f"\\{special}"
        return f"``{word}``" if word in TYPES | ERRORS else word.replace("_", "\\_")

    return _WORDS.sub(replaced, text)


def linked_tree() -> str:
    """Return the tree of exceptions with links."""
    return NAMES.sub(
        lambda match: f":py:exc:`{match[0]}`" if match[0] in ERRORS else match[0],
        error_tree().replace("`", ""),
    )


def error_tree() -> str:
    """Return the tree in the docstring of ``_errors``."""
    _, _, rest = (inspect.getdoc(_errors) or "").partition("::\n\n")
    tree = itertools.takewhile(lambda line: not line[:1].strip(), rest.splitlines())
    return inspect.cleandoc("\n".join(tree))


def signature(members: Collection[Member]) -> str:
    """Return the parameters of a method with their types, which Sphinx links."""
    texts = [
        f"{member.name}: {_qualified(_parameter_type(member))}{'' if member.required else ' = None'}"
        for member in members
    ]
    return f"*, {', '.join(texts)}" if texts else ""


def short_signature(members: Collection[Member], extra: str) -> str:
    """Return the parameters of ``paginate()`` without types; the signature of the operation has them."""
    texts = [member.name if member.required else f"{member.name}=None" for member in members]
    return f"*, {', '.join([*texts, extra])}"


def _parameter_type(member: Member) -> str:
    if member.keyed:
        return f"types.{member.keyed.name}" if member.required else f"types.{member.keyed.name} | None"
    return parameter_annotation(member)


def _qualified(annotation: str) -> str:
    return annotation.replace("types.", "cognito_async.types.")


def short_pattern(member: Member) -> str:
    """Return the pattern of a member if it is short enough for a sentence; else nothing."""
    pattern = _pattern(member)
    return pattern if len(pattern) <= SHORT_PATTERN else ""


def long_pattern(member: Member) -> str:
    """Return the pattern of a member if it is too long for a sentence; else nothing."""
    pattern = _pattern(member)
    return pattern if len(pattern) > SHORT_PATTERN else ""


def _pattern(member: Member) -> str:
    match member.type:
        case Simple(_, limits) if limits.documented:
            return limits.pattern or ""
        case _:
            return ""


def facts(operation: Operation) -> list[str]:
    """Return facts about an operation, a few words each."""
    pagination = operation.pagination
    if pagination is None:
        pages = "Not paginated"
    elif pagination.limit is None:
        pages = "Paginated, the service decides the page size"
    else:
        pages = f"Paginated, at most {pagination.maximum} items a page"
    return [
        "Signed with IAM credentials" if operation.signed else "Not signed: needs no AWS credentials",
        pages,
        "Idempotent: retried after any temporary failure"
        if operation.idempotent
        else "Not idempotent: not retried if a request may have arrived",
        f"Quota: {quota_text(operation.quota)}",
        f"`{operation.name} in the reference of AWS <{operation.url}>`__",
    ]


def quota_text(quota: Quota | None) -> str:
    """Return a quota category and its rate in words."""
    if quota is None:
        return "AWS lists none"
    change = "adjustable" if quota.adjustable else "not adjustable"
    rate = f"{quota.rate} requests per second by default" if quota.adjustable else per_second(quota.rate)
    pool = f", {quota.per_pool} for one pool" if quota.per_pool else ""
    return f"`{quota.name} <{quota.url}>`__, {rate} ({change}){pool}"


def per_second(rate: int) -> str:
    """Return a rate in words."""
    return f"{rate} {'request' if rate == 1 else 'requests'} per second"


def badges(operation: Operation) -> list[str]:
    """Return the properties that distinguish an operation from most others."""
    facts = {
        "unsigned": not operation.signed,
        "paginated": operation.pagination is not None,
        "not idempotent": not operation.idempotent,
    }
    return [word for word, holds in facts.items() if holds]


def properties(shape: Structure) -> dict[str, tuple[str, str]]:
    """Return the properties of a class besides its members: type and text by name."""
    kind = getattr(types, shape.name)
    members = {member.name for member in shape.members}
    return {
        name: (str(value.fget.__annotations__["return"]), (inspect.getdoc(value) or "").partition("\n\n")[0])
        for name, value in inspect.getmembers(kind, lambda value: isinstance(value, property))
        if name not in members and not name.startswith("_")
    }


def plain_parameter(member: Member) -> str:
    """Return the type of a parameter for readers, without ``None``: the list shows what is required."""
    return parameter_annotation(member).replace("types.", "").removesuffix(" | None")
