"""What pages of the guide say about settings, lists, errors and retries; run as a script, it writes it anew.

Each piece stands on its page between ``<!-- from the code: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import attrs
from support.markdown import table

from cognito_async import CognitoClient, _errors, retry, types
from cognito_async.config import Config
from cognito_async.credentials._refreshing import ADVISORY_REFRESH, MANDATORY_REFRESH, RETRY_AFTER
from cognito_async.operations import METHODS, pagination
from cognito_async.pagination import Paginator

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
PLACE = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
FIXED = "max_response_size"
"""The one value of Config that nobody can set."""

MORE_VARIABLES = {
    "ca_bundle": ("REQUESTS_CA_BUNDLE",),
    "proxy": ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"),
}
"""What the environment says beside the variables of the AWS SDKs."""


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def _markdown(text: str) -> str:
    """Text of a docstring as Markdown, on one line."""
    text = re.sub(r":\w+:`[\w.]+?(\w+)`", r"`\1`", text)
    return re.sub(r"\s+", " ", text.replace("``", "`")).strip()


def section(documented: object, title: str) -> dict[str, str]:
    """Entries of a section of a docstring, such as ``Args:`` or ``Attributes:``."""
    found = re.search(rf"^{title}:\n((?: .*\n|\n)+)", f"{inspect.getdoc(documented)}\n", re.MULTILINE)
    if found is None:
        return {}
    entries = re.findall(r"^(\w+): (.*(?:\n .*)*)", textwrap.dedent(found[1]), re.MULTILINE)
    return {name: _markdown(text) for name, text in entries}


def _attribute_docs(kind: type) -> dict[str, str]:
    """What stands below each attribute of a class."""
    found = re.findall(
        r"^    (\w+)(?::| =) .*?^    \"\"\"(.*?)\"\"\"", inspect.getsource(kind), re.DOTALL | re.MULTILINE
    )
    return {name: _markdown(text) for name, text in found}


def settings() -> str:
    """Every setting: arguments of the client, and what only variables and files can say."""
    arguments = inspect.signature(CognitoClient).parameters
    meanings = _attribute_docs(Config) | section(CognitoClient, "Args")
    declared = {field.name: field for field in attrs.fields(Config) if field.name != "sources"}
    rows = [("Argument", "Default", "Meaning, and where else it is set")]
    for name in [*arguments, *(name for name in declared if name not in arguments)]:
        if name == FIXED:
            continue
        facts = declared[name].metadata if name in declared else {"variables": (), "key": None}
        default = declared[name].default if name in declared else arguments[name].default
        variables = (*facts["variables"], *MORE_VARIABLES.get(name, ()))
        lines = [meanings[name]]
        if variables:
            lines.append(f"Environment: {', '.join(f'`{variable}`' for variable in variables)}")
        if facts["key"]:
            lines.append(f"Shared files: `{facts['key']}`")
        rows.append(
            (
                f"`{name}`" if name in arguments else "no argument",
                "" if default is None else f"`{default!r}`",
                "<br>".join(lines),
            )
        )
    largest = declared[FIXED].default
    return f"{table(rows)}\n\nAnswers of more than {largest // 2**20} MiB are refused; nothing sets that."


def shown_config() -> str:
    """What the example of the page prints."""
    from cognito_async.config._resolve import resolve_config

    variables = {"AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "5"}
    return f"```text\n{resolve_config({'read_timeout': 30}, variables)}\n```"


def operation_of(method: str) -> Any:
    """Facts of the operation of a method."""
    found = re.search(r"types\.(\w+Request)\(", inspect.getsource(getattr(CognitoClient, method)))
    if found is None:
        raise LookupError(f"{method} sends no request")
    return getattr(types, found[1]).operation


def unsigned() -> str:
    """Operations that need no AWS credentials, area by area."""
    areas = tomllib.loads((ROOT / "codegen" / "areas.toml").read_text(encoding="utf-8"))
    rows = [("Area", "Methods")]
    for (area, _mixin), methods in METHODS.items():
        found = [method for method in methods if not operation_of(method).signed]
        if found:
            rows.append((areas[area]["title"], ", ".join(f"`{method}`" for method in found)))
    return table(rows)


def refreshing() -> str:
    """When credentials are renewed."""
    rows = [
        ("Time left", "What a signed call does"),
        (f"more than {ADVISORY_REFRESH // 60} minutes", "uses the credentials"),
        (f"{MANDATORY_REFRESH // 60} to {ADVISORY_REFRESH // 60} minutes", "uses them; new ones are fetched in the background"),
        (
            f"less than {MANDATORY_REFRESH // 60} minutes",
            "waits for new ones; when that fails, uses the old ones while they work",
        ),
        ("none", "waits for new ones; when that fails, raises `CredentialsError`"),
    ]
    return f"{table(rows)}\n\nAfter a failed fetch, credentials that still work are used for {RETRY_AFTER} seconds before the next try."


def tree() -> str:
    """The exceptions that do not come from the model, as the docstring draws them."""
    drawn = re.search(r"::\n\n(.*?)\n\n\S", _errors.__doc__ or "", re.DOTALL)
    if drawn is None:
        raise LookupError("no tree in the docstring")
    return f"```text\n{_markdown_free(textwrap.dedent(drawn[1]))}\n```"


def _markdown_free(text: str) -> str:
    return text.replace("``", "")


def error_attributes() -> str:
    """Attributes and properties of the exceptions."""
    rows = [("On", "Attribute", "Meaning")]
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type)]
    for kind in kinds:
        found = section(kind, "Attributes")
        found |= {
            name: _markdown(value.__doc__ or "")
            for name, value in vars(kind).items()
            if isinstance(value, property)
        }
        if kind is _errors.TransportError:
            found |= {name: text for name, text in _attribute_docs(kind).items() if name not in found}
        for number, (name, text) in enumerate(found.items()):
            rows.append((f"`{kind.__name__}`" if number == 0 else "", f"`{name}`", text))
    return table(rows)


def retry_numbers() -> str:
    """Numbers of the retries."""
    fields = attrs.fields_dict(Config)

    def seconds(number: float) -> str:
        return f"{number:g} s"

    rows = [
        ("What", "Value", "Where it is set"),
        ("Requests for one call at the most", str(fields["max_attempts"].default), "`max_attempts`"),
        ("Time for a whole call", seconds(fields["timeout"].default), "`timeout`"),
        ("First delay is below", seconds(retry.BASE_DELAY), "`retry.BASE_DELAY`"),
        ("First delay after throttling is below", seconds(retry.THROTTLING_BASE_DELAY), "`retry.THROTTLING_BASE_DELAY`"),
        ("No delay is longer than", seconds(retry.LONGEST_DELAY), "`retry.LONGEST_DELAY`"),
        ("Tokens of a client for retries", str(retry.QUOTA), "`retry.QUOTA`"),
        ("Price of a retry", str(retry.COST), "`retry.COST`"),
        ("Price of a retry after throttling", str(retry.THROTTLING_COST), "`retry.THROTTLING_COST`"),
        ("Given back by a call without retries", str(retry.REFUND), "`retry.REFUND`"),
        ("Difference of clocks that is corrected", f"from {seconds(retry.SKEW)}", "`retry.SKEW`"),
    ]  # fmt: skip
    return table(rows)


def retried() -> str:
    """What is retried, by what came."""
    listed = {
        name: ", ".join(f"`{code}`" for code in sorted(map(str, codes)))
        for name, codes in (
            ("throttling", service.THROTTLING_CODES),
            ("codes", service.TRANSIENT_CODES - _errors.THROTTLING_CODES),
            ("statuses", service.TRANSIENT_STATUSES),
            ("skew", retry._SKEW_CODES),
        )
    }
    rows = [
        ("What came", "Sent again"),
        ("connection refused, host not found, proxy not reachable, no connection in time", "always"),
        (f"throttling: {listed['throttling']}, or status 429", "always"),
        ("the connection broke, or no answer in time (`read_timeout`)", "if replay-safe"),
        (f"status {listed['statuses']}", "if replay-safe"),
        (f"codes {listed['codes']}", "if replay-safe"),
        (f"a refused signature while the clocks differ: {listed['skew']}", "once, signed anew"),
        ("`LimitExceededException`, also with status 429: a quota or a lockout", "never"),
        ("every other error of the service; TLS; an unreadable answer; the end of `timeout`", "never"),
    ]
    return table(rows)


def single_use() -> str:
    """Operations that are sent again only when the first request cannot have been carried out."""
    names = [
        method for methods in METHODS.values() for method in methods if not operation_of(method).replay_safe
    ]
    return "\n".join(f"- `{name}`" for name in names)


def paginators() -> list[type[Paginator[Any, Any]]]:
    """Every paginator, in the order of the names of its operation."""
    found = [getattr(pagination, name) for name in pagination.__all__ if name.endswith("Paginator")]
    return sorted(found, key=lambda kind: kind.pagination.operation)


def lists() -> str:
    """Every list that comes in pages."""
    own = tomllib.loads((ROOT / "codegen" / "paginators.toml").read_text(encoding="utf-8"))
    methods = {operation_of(method).name: method for methods in METHODS.values() for method in methods}
    rows = [("Operation", "boto3", "Page", "Items")]
    for kind in paginators():
        facts = kind.pagination
        item = get_args(kind.__orig_bases__[0])[1]  # type: ignore[attr-defined]
        name = getattr(item, "__forward_arg__", item).removeprefix("types.")
        rows.append(
            (
                f"`{methods[facts.operation]}`",
                "no" if facts.operation in own else "yes",
                str(facts.maximum) if facts.limit else "",
                f"`{name}` in `{facts.items}`",
            )
        )
    return table(rows)


def attribute_members() -> str:
    """Where user attributes are written and read."""
    rows = [("Shape", "Member", "How")]
    for name in types.__all__:
        annotations = (
            inspect.get_annotations(getattr(types, name)) if inspect.isclass(getattr(types, name)) else {}
        )
        for member, annotation in annotations.items():
            if re.search(r"\bAttributeType\b", str(annotation)):
                how = "takes a dict" if name.endswith("Request") else "`attribute_map`"
                rows.append((f"`{name}`", f"`{member}`", how))
    return table([rows[0], *sorted(rows[1:], key=lambda row: (row[2] != "takes a dict", row))])


PIECES: dict[str, Callable[[], str]] = {
    piece.__name__: piece
    for piece in (
        settings,
        shown_config,
        unsigned,
        refreshing,
        tree,
        error_attributes,
        retry_numbers,
        retried,
        single_use,
        lists,
        attribute_members,
    )
}


def current(text: str) -> str:
    """The text of a page with every piece as the code has it now."""
    return PLACE.sub(lambda place: f"{place[1]}\n{PIECES[place[2]]()}\n\n{place[3]}", text)


def pieces_on(pages: Sequence[Path]) -> list[str]:
    """Names of the pieces that stand on pages."""
    return [name for page in pages for _, name, _ in PLACE.findall(page.read_text(encoding="utf-8"))]


def main() -> None:
    """Write every page that has pieces."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if (new := current(text)) != text:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)}: written\n")


if __name__ == "__main__":
    main()
