"""Parts of the pages of the reference as reStructuredText: words, types, signatures and facts."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Collection
from types import ModuleType

from codegen.describe import parameter_annotation
from codegen.ir import Member, Operation, Structure
from cognito_async import _errors, errors, types

_WORDS = re.compile(r"(``.+?``)|(\w+)|([\\*_`|])")
NAMES = re.compile(r"[A-Za-z_]\w*")


def exported(module: ModuleType) -> list[str]:
    """Names in a module's ``__all__``."""
    names: list[str] = vars(module)["__all__"]  # out of sight of type checkers where it is made at run time
    return names


TYPES = frozenset(exported(types))
ERRORS = frozenset(exported(errors))


def prose(text: str) -> str:
    """Our words as reStructuredText; names of classes among them become code, which conf.py links."""

    def replaced(match: re.Match[str]) -> str:
        code, word, special = match.groups()
        if code:
            return f"{code}\\ " if text[match.end() : match.end() + 1].isalnum() else code
        if special:
            return f"\\{special}"
        return f"``{word}``" if word in TYPES | ERRORS else word.replace("_", "\\_")

    return _WORDS.sub(replaced, text)


def typed(annotation: str) -> str:
    """An annotation as reStructuredText, its shapes linked."""

    def linked(match: re.Match[str]) -> str:
        name = match[0]
        return rf"\ :py:class:`~cognito_async.types.{name}`\ " if name in TYPES else name

    return NAMES.sub(linked, annotation)


def linked_tree() -> str:
    """The picture of the exceptions, each of them linked."""
    return NAMES.sub(
        lambda match: f":py:exc:`{match[0]}`" if match[0] in ERRORS else match[0],
        error_tree().replace("`", ""),
    )


def error_tree() -> str:
    """The picture of the tree in the docstring of the exceptions."""
    _, _, rest = (inspect.getdoc(_errors) or "").partition("::\n\n")
    picture = itertools.takewhile(lambda line: not line[:1].strip(), rest.splitlines())
    return inspect.cleandoc("\n".join(picture))


def signature(members: Collection[Member], extra: str = "") -> str:
    """Parameters of a method without their types, which the list below it has."""
    texts = [member.name if member.required else f"{member.name}=None" for member in members]
    texts += [extra] if extra else []
    return f"*, {', '.join(texts)}" if texts else ""


def facts(operation: Operation) -> list[str]:
    """What a caller has to know about an operation, a few words each."""
    pagination = operation.pagination
    if pagination is None:
        pages = "Not paginated"
    elif pagination.limit is None:
        pages = "Paginated, the service decides how many items a page has"
    else:
        pages = f"Paginated, at most {pagination.maximum} items a page"
    return [
        "Signed with IAM credentials" if operation.signed else "Sent unsigned: needs no AWS credentials",
        pages,
        "Replay-safe: may be sent again"
        if operation.replay_safe
        else "Not replay-safe: not sent again once it may have arrived",
        f"`{operation.name} in the reference of AWS <{operation.url}>`__",
    ]


def marks(operation: Operation) -> list[str]:
    """The facts in which an operation differs from most, a word each."""
    facts = {
        "unsigned": not operation.signed,
        "pages": operation.pagination is not None,
        "once": not operation.replay_safe,
    }
    return [word for word, holds in facts.items() if holds]


def properties(shape: Structure) -> dict[str, tuple[str, str]]:
    """What a class offers beside its members: type and words of each property, by name."""
    kind = getattr(types, shape.name)
    members = {member.name for member in shape.members}
    return {
        name: (str(value.fget.__annotations__["return"]), (inspect.getdoc(value) or "").partition("\n\n")[0])
        for name, value in inspect.getmembers(kind, lambda value: isinstance(value, property))
        if name not in members and not name.startswith("_")
    }


def plain_parameter(member: Member) -> str:
    """Type of a parameter as readers need it: whether it is required is said beside it."""
    return parameter_annotation(member).replace("types.", "").removesuffix(" | None")
